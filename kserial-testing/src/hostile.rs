//! Images from nowhere: whatever they are, an error or rows, and never anything else.

use std::cmp::Ordering;

use kserial::image::{self, ImageError};
use kserial::{Image, Record, Room};
use zerocopy::IntoBytes;

use crate::generations::written;
use crate::{rows, seal, HERE};

/// Reads `bytes` as an image with rows of `T`, as they came and [sealed](crate::seal); and as what
/// happened to an image of such rows.
pub fn hostile<T: Record>(bytes: &[u8]) {
    for image in [bytes.to_vec(), seal(bytes), damaged::<T>(bytes)] {
        // An image that is none is the usual case.
        let _ = cut(&image).and_then(|segments| read::<T>(&segments));
    }
}

/// An image with rows of `T`, one to four of its bytes changed, and sealed. Of random bytes alone a
/// property test would never come by an image.
fn damaged<T: Record>(bytes: &[u8]) -> Vec<u8> {
    let mut image = written(&rows::<T>(bytes));
    // From the back: rows are made of the front.
    for change in bytes.rchunks_exact(4).take(4) {
        let [low, high, bits, rest] = [change[0], change[1], change[2], change[3]];
        let at = usize::from(u16::from_le_bytes([low, high])) % image.len();
        image[at] ^= bits;
        if rest < 128 {
            break;
        }
    }
    seal(&image)
}

/// The segments of an image that lies in a file.
///
/// # Errors
/// When there is no head, or the segments are not as long together as the bytes are.
pub fn cut(bytes: &[u8]) -> Result<Vec<&[u8]>, ImageError> {
    let (mut segments, mut rest) = (Vec::new(), bytes);
    for length in image::segments(bytes)? {
        let short = ImageError::Truncated { segment: segments.len() };
        let (segment, more) = rest.split_at_checked(length).ok_or(short)?;
        segments.push(segment);
        rest = more;
    }
    let longer = ImageError::Length { segment: segments.len() };
    rest.is_empty().then_some(segments).ok_or(longer)
}

fn read<T: Record>(segments: &[&[u8]]) -> Result<(), ImageError> {
    let opened = Image::open(segments, &HERE, crc32fast::hash)?;
    let mut scratch = vec![T::new_zeroed(); 3];
    let mut room = Room::empty();
    let mut streamed = 0;
    let stream = opened.stream::<T>(&mut room);
    let ended_well = stream.is_ok_and(|mut stream| loop {
        match stream.next(&mut scratch) {
            Ok(Some(rows)) => streamed += rows.len(),
            Ok(None) => break true,
            Err(_) => break false,
        }
    });
    let image = opened.verify()?;
    let mut room = Room::empty();
    let Ok(table) = image.table::<T>(&mut room) else {
        assert!(!ended_well, "a stream gave all rows of a table that is refused");
        return Ok(());
    };
    assert!(ended_well && streamed == table.len(), "a stream does not give all rows");
    let rows: Vec<T> = table.iter().collect();
    assert_eq!(rows.len(), table.len(), "an iterator does not give all rows");
    let Ok(mut runs) = table.runs(&mut scratch) else { panic!("a scratch of three rows is none") };
    let mut number = 0;
    while let Some(run) = runs.next() {
        for row in run {
            assert_eq!(row.as_bytes(), rows[number].as_bytes(), "row {number} of a run");
            number += 1;
        }
    }
    assert_eq!(number, rows.len(), "runs do not give all rows");
    if let Some(slice) = table.as_slice() {
        assert_eq!(slice.as_bytes(), rows.as_bytes(), "rows that are lent");
    }
    for number in [0, 1, rows.len() / 2, rows.len().saturating_sub(1), rows.len()] {
        let (one, same) = (table.get(number), rows.get(number));
        assert_eq!(one.as_ref().map(T::as_bytes), same.map(T::as_bytes), "row {number}");
        let slice: Vec<T> = table.slice(number..number.saturating_add(2)).iter().collect();
        let same = rows.iter().skip(number).take(2);
        assert!(slice.iter().map(T::as_bytes).eq(same.map(T::as_bytes)), "rows from {number} on");
    }
    table.losses(|loss| assert!(loss.row < table.len(), "a loss in a row that is not there"));
    // Whatever the order, a search ends.
    for order in [Ordering::Less, Ordering::Equal, Ordering::Greater] {
        let _ = table.find(|_| order);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kserial::{Byte, Image};

    use super::{cut, damaged, HERE};

    #[test]
    fn some_damage_is_only_found_by_looking_at_the_rest() {
        let inputs = (0..1000_u32).map(|n| n.wrapping_mul(0x9E37_79B1).to_be_bytes());
        let images: Vec<Vec<u8>> = inputs.map(|bytes| damaged::<Byte>(&bytes)).collect();
        let is_opened = |image: &&Vec<u8>| {
            cut(image).is_ok_and(|parts| Image::open(&parts, &HERE, crc32fast::hash).is_ok())
        };
        let opened = images.iter().filter(is_opened).count();
        assert!((100..900).contains(&opened), "{opened} of 1000 are opened");
    }
}
