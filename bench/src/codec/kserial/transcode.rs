//! A host turns rows of one layout into rows of another, knowing neither at compile time; beside it
//! the same by a loop that knows both.

use kserial::{Plan, Record, Steps};
use zerocopy::{FromBytes, IntoBytes};

use super::{memfd, sessions};
use crate::workload::memfd::Folios;
use crate::workload::sessions::Sessions;

/// Bytes of rows converted at once, so that they stay in the nearest cache.
const RUN: usize = 8192;

/// Converts all `rows` of `From` to rows of `To`, as a plan between their layouts says.
fn planned<From: Record, To: Record>(rows: &[u8], buffer: &mut Vec<u8>) {
    let mut room = To::Steps::empty();
    let plan = Plan::between(From::SHAPE, To::SHAPE, room.steps()).expect("compatible");
    let (from, to) = (size_of::<From>(), size_of::<To>());
    buffer.resize(rows.len() / from * to, 0);
    let run = RUN / from;
    for (rows, place) in rows.chunks(run * from).zip(buffer.chunks_mut(run * to)) {
        assert!(!plan.is_checked() || plan.refused(rows).is_none(), "all rows can cross");
        plan.convert(rows, place);
    }
}

/// The folios as longer rows.
pub fn folios(folios: &Folios, buffer: &mut Vec<u8>) {
    planned::<memfd::Folio, memfd::Longer>(folios.as_bytes(), buffer);
}

/// The same with offsets known at compile time.
pub fn folios_by_hand(folios: &Folios, buffer: &mut Vec<u8>) {
    buffer.resize(folios.len() * size_of::<memfd::Longer>(), 0);
    let rows = <[memfd::Longer]>::mut_from_bytes(buffer).expect("whole rows");
    for (folio, row) in folios.iter().zip(rows) {
        let (pfn_flags, index) = (folio.pfn_flags, folio.index);
        *row = memfd::Longer { pfn_flags, order: 0, node: 0, index };
    }
}

/// All files of all sessions, side by side as [`sessions::File`].
pub fn files_of(sessions: &Sessions) -> Vec<u8> {
    let files = sessions.iter().flat_map(|session| &session.files);
    let rows =
        files.map(|f| sessions::File { compatible: f.compatible, data: f.data, token: f.token });
    rows.collect::<Vec<_>>().as_bytes().to_vec()
}

/// The files as longer rows.
pub fn files(files: &[u8], buffer: &mut Vec<u8>) {
    planned::<sessions::File, sessions::LongerFile>(files, buffer);
}

/// The same with offsets known at compile time.
pub fn files_by_hand(files: &[u8], buffer: &mut Vec<u8>) {
    let files = <[sessions::File]>::ref_from_bytes(files).expect("whole rows");
    buffer.resize(
        size_of_val(files) / size_of::<sessions::File>() * size_of::<sessions::LongerFile>(),
        0,
    );
    let rows = <[sessions::LongerFile]>::mut_from_bytes(buffer).expect("whole rows");
    for (file, row) in files.iter().zip(rows) {
        let sessions::File { compatible, data, token } = *file;
        *row = sessions::LongerFile { token, flags: 0, compatible, data };
    }
}
