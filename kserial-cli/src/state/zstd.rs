//! RAM that was packed with zstd.
//!
//! It is unpacked into a file that has no name. Memory of a machine does not fit this one's memory,
//! and what is looked at lies anywhere in it; a file is read back only where it is needed, and page
//! cache is given up when something else wants the room. Most of a machine's memory is zero: such
//! pages become holes, and so unpacking takes little longer than unpacking into nothing.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use ::zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

use super::extents::{Extent, Extents};
use super::image::Mapped;
use super::StateError;

/// What zstd frames begin with.
pub(super) const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// What is unpacked at once.
const AT_ONCE: usize = 1 << 20;
/// What is looked at as a whole: zero, or to be written.
const PAGE: usize = 4096;
/// The most that is ever unpacked.
const CAP: u64 = 1 << 42;

/// Unpacks `file`. `progress` is told now and then how many of its bytes have been read.
pub(super) fn unpack(
    file: &File,
    path: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Mapped, StateError> {
    let io = |error: io::Error| StateError::io(path, &error);
    let target = tempfile::tempfile().map_err(io)?;
    let (length, list) = thread::scope(|scope| {
        let (full, written) = mpsc::sync_channel::<Vec<u8>>(2);
        let (empty, free) = mpsc::channel::<Vec<u8>>();
        for _ in 0..4 {
            // The other end is held below.
            let _ = empty.send(vec![0; AT_ONCE]);
        }
        let writer = scope.spawn({
            let target = &target;
            move || write(target, &written, &empty)
        });
        let read = decode(file, path, &full, &free, progress);
        drop(full);
        let list = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok::<_, StateError>((read?, list.map_err(io)?))
    })?;
    // A mapping reaches no further than the file.
    target.set_len(length).map_err(io)?;
    Mapped::new(&target, Extents::new(list, length)).map_err(io)
}

/// Unpacks until the end, and says how long that was.
fn decode(
    mut file: &File,
    path: &Path,
    full: &mpsc::SyncSender<Vec<u8>>,
    free: &mpsc::Receiver<Vec<u8>>,
    progress: &mut dyn FnMut(u64),
) -> Result<u64, StateError> {
    let damaged =
        |what: String| StateError::new(path, what, "it is damaged or cut short: copy it again");
    let mut decoder = Decoder::new().map_err(|error| StateError::io(path, &error))?;
    let mut packed = vec![0; 256 << 10];
    let (mut read, mut length, mut open_frame) = (0_u64, 0_u64, false);
    let (mut start, mut end, mut ended) = (0, 0, false);
    loop {
        // A writer that failed says so itself.
        let Ok(mut chunk) = free.recv() else { return Ok(length) };
        chunk.resize(AT_ONCE, 0);
        let mut filled = 0;
        while filled < chunk.len() {
            if start == end && !ended {
                end = file.read(&mut packed).map_err(|error| StateError::io(path, &error))?;
                (start, ended) = (0, end == 0);
                read += end as u64;
            }
            let mut input = InBuffer::around(&packed[start..end]);
            let mut output = OutBuffer::around(&mut chunk[filled..]);
            let hint = decoder
                .run(&mut input, &mut output)
                .map_err(|error| damaged(format!("not valid zstd: {error}")))?;
            let (taken, made) = (input.pos(), output.pos());
            start += taken;
            filled += made;
            if taken > 0 || made > 0 {
                open_frame = hint != 0;
            }
            if ended && made == 0 {
                break;
            }
            if hint == 0 && start < end {
                // Another frame follows, as `zstd -T` and `cat` leave them.
                decoder.reinit().map_err(|error| StateError::io(path, &error))?;
            }
        }
        chunk.truncate(filled);
        length += filled as u64;
        let last = filled < AT_ONCE;
        if filled > 0 && full.send(chunk).is_err() {
            return Ok(length);
        }
        progress(read);
        if last {
            break;
        }
        if length > CAP {
            return Err(StateError::new(path, "unpacks to more than 4 TiB", "unpack it by hand"));
        }
    }
    if open_frame {
        return Err(damaged(format!("the zstd data ends within a frame, after {length} bytes")));
    }
    Ok(length)
}

/// Writes what is not zero where it belongs, and says what that was.
fn write(
    target: &File,
    full: &mpsc::Receiver<Vec<u8>>,
    empty: &mpsc::Sender<Vec<u8>>,
) -> io::Result<Vec<Extent>> {
    let mut list: Vec<Extent> = Vec::new();
    let mut at = 0_u64;
    for chunk in full {
        let mut rest = chunk.as_slice();
        while !rest.is_empty() {
            let zeros = leading_pages(rest, true);
            at += zeros as u64;
            rest = &rest[zeros..];
            let bytes = leading_pages(rest, false);
            let (now, later) = rest.split_at(bytes);
            target.write_all_at(now, at)?;
            match list.last_mut() {
                Some(last) if last.phys + last.len == at => last.len += bytes as u64,
                _ if bytes > 0 => list.push(Extent { phys: at, len: bytes as u64, offset: at }),
                _ => {}
            }
            at += bytes as u64;
            rest = later;
        }
        // Nobody waits for it after the end.
        let _ = empty.send(chunk);
    }
    Ok(list)
}

/// How many bytes at the start are pages that are zero, or pages that are not.
fn leading_pages(bytes: &[u8], zero: bool) -> usize {
    let pages = bytes.chunks(PAGE).take_while(|page| is_zero(page) == zero);
    pages.map(<[u8]>::len).sum()
}

/// Whether all bytes are zero.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    let (head, middle) = bytes.as_chunks::<64>();
    head.iter().all(|block| {
        let (words, _) = block.as_chunks::<8>();
        words.iter().fold(0, |or, word| or | u64::from_ne_bytes(*word)) == 0
    }) && middle.iter().all(|byte| *byte == 0)
}
