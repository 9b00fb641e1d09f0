//! The last word about what lies below a file's own rows, and about files that hand over a row alone.
//!
//! The running kernel is told of a next one that does not read one of these records. It must call the kexec
//! off, and go on when that is forgotten.

use lab_guest::Step;

use super::memfd::{NEXT, STATUS};
use super::scenario::Evidence;
use super::transcript::Transcript;
use super::{held, iommu, memfd, pci, together};

/// Each is left out of what the next kernel declares, one at a time.
const RECORDS: [&str; 5] =
    ["kserial-memfd-folio", "iommu-table", "iommu-entry", "kserial-iommu", "kserial-pci"];

/// Memfds, a device's tables, its configuration.
pub(crate) fn script(stages: usize) -> Vec<Vec<Step>> {
    let users = [iommu::script(stages), pci::script(stages), memfd::ours(stages)];
    let mut scripts = together::side_by_side(stages, &users);
    if let Some(first) = scripts.first_mut() {
        first.pop();
        for record in RECORDS {
            let (from, to, without) = ("/next/notes".into(), NEXT.into(), record.into());
            first.push(Step::CopyNotes { from, to, without });
            first.push(Step::Kexec);
        }
        first.push(Step::Read { path: STATUS.into() });
        first.push(Step::Write { path: NEXT.into(), text: "\n".into() });
        first.push(Step::Kexec);
    }
    scripts
}

/// Every kexec but the last must have been called off, each for its record; and all must have come across.
pub(crate) fn is_heard(transcript: &Transcript, stages: usize) -> Evidence {
    let expected = [(1, Step::Kexec, "EOPNOTSUPP")];
    let mut evidence = memfd::unchanged(transcript, stages, &expected);
    let off = transcript.called_off(1);
    evidence.see(off == RECORDS.len(), format!("stage 1: the kexec was called off {off} times"));
    for record in RECORDS {
        evidence.status(transcript, 1, &format!("{record} aborted "));
    }
    iommu::judge(transcript, stages, &mut evidence);
    pci::judge(transcript, stages, &mut evidence);
    // The last stage does not finish the session of the tables: its block of files stays held.
    held::all_but(transcript, 2, 1, &mut evidence);
    evidence
}
