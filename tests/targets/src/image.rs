//! Images: everything the core does with one.

use std::io;

use kserial::image::{rewrite, ImageError};
use kserial::{Byte, Image, Room, Steps};
use kserial_cli::image::{self as shown, Contents, Detail, Json};
use kserial_testing::{cut, hostile, seal};
use kserial_tests::records::{Device, File, Page};

/// Reads the bytes as an image: as they came, and sealed.
pub fn image(bytes: &[u8]) {
    hostile::<Device>(bytes);
    for image in [bytes.to_vec(), seal(bytes)] {
        // An image that is none is the usual case.
        let _ = cut(&image).and_then(|segments| all_of_it(&segments));
        shown(&image);
    }
}

/// What a tool shows of it, with and without what is sensitive, and as it would be written again.
fn shown(bytes: &[u8]) {
    let Ok(parts) = shown::parts(bytes) else { return };
    let Ok(contents) = Contents::read(&parts) else { return };
    for reveal in [false, true] {
        let detail = Detail { rows: true, reveal };
        assert!(contents.text(&mut io::sink(), detail).is_ok(), "text");
        let json = serde_json::to_vec(&Json::of(&contents, None, reveal));
        assert!(json.is_ok(), "JSON");
    }
}

fn all_of_it(segments: &[&[u8]]) -> Result<(), ImageError> {
    let opened = Image::inspect(segments, crc32fast::hash)?;
    let _ = opened.knows(&["device", "file"]);
    let stated: usize = opened.tables().map(|table| table.rows).sum();
    let verified = opened.verify();
    let whole: usize =
        opened.pieces().map(|(layout, rows)| rows.len() / layout.row() as usize).sum();
    let verified = verified?;
    assert_eq!(whole, stated, "a verified image has all the rows that it states");
    let (mut file_room, mut page_room, mut byte_room) =
        (Room::empty(), Room::empty(), Room::empty());
    let files = verified.table::<File>(&mut file_room);
    let pages = verified.table::<Page>(&mut page_room);
    let data = verified.table_named::<Byte>("file.3", &mut byte_room);
    if let (Ok(files), Ok(pages), Ok(data)) = (&files, &pages, &data) {
        let mut families = 0;
        for ((file, own), (_, blob)) in
            files.with(|file| file.pages, pages).zip(files.with(|file| file.data, data))
        {
            families += own.iter().count() + blob.iter().count();
            let _ = pages.find(|page| page.index.cmp(&file.token));
        }
        assert!(families <= pages.len() + data.len(), "a child has two parents");
    }
    if let Ok(files) = files {
        rewritten(segments, &files.iter().collect::<Vec<_>>());
    }
    Ok(())
}

/// Rewriting a late table with what it holds leaves an image that holds the same.
fn rewritten(segments: &[&[u8]], rows: &[File]) {
    let mut memory: Vec<Vec<u8>> = segments.iter().map(|segment| segment.to_vec()).collect();
    let mut parts: Vec<&mut [u8]> = memory.iter_mut().map(Vec::as_mut_slice).collect();
    if rewrite(&mut parts, rows, &mut Steps::empty(), crc32fast::hash).is_err() {
        return;
    }
    let parts: Vec<&[u8]> = memory.iter().map(Vec::as_slice).collect();
    let again = Image::inspect(&parts, crc32fast::hash).and_then(Image::verify);
    let Ok(again) = again else { panic!("rewritten with what it held, and no image any more") };
    let mut room = Room::empty();
    let Ok(table) = again.table::<File>(&mut room) else { panic!("no table any more") };
    let again: Vec<File> = table.iter().collect();
    // A member that the image's layout does not have is the same default before and after.
    assert!(again == rows, "rewritten with what it held, and another table");
}
