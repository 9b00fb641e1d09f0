//! Records that a binary's ELF notes declare.

use kserial::note::TYPE;
use kserial::Note;

use super::Facts;
use crate::kernel::{Carrier, Declared, Evidence, Unread};
use crate::schema::LayoutDoc;
use crate::source::Binary;

pub(super) fn declared(binary: &Binary, facts: &mut Facts) {
    // Notes of other types are those of a later version, and nobody's loss.
    for note in binary.kserial_notes().filter(|note| note.kind == TYPE) {
        match record(&note.desc) {
            // One record in one role may be declared by several objects that were linked together.
            Ok(record) if facts.records.contains(&record) => {}
            Ok(record) => facts.records.push(record),
            Err(why) => {
                let what = format!("{}, KSerial note", super::short(&note.place));
                facts.unread.push(Unread { what, why });
            }
        }
    }
}

fn record(description: &[u8]) -> Result<Declared, String> {
    let note = Note::read(description).map_err(|error| error.to_string())?;
    Ok(Declared {
        writes: note.roles.writes,
        reads: note.roles.reads,
        requires: note.roles.requires,
        carrier: match note.carrier {
            kserial::Carrier::Rows => Carrier::Rows,
            kserial::Carrier::File => Carrier::File,
            kserial::Carrier::Flb => Carrier::Flb,
            kserial::Carrier::Subtree => Carrier::Subtree,
        },
        module: None,
        evidence: Evidence::Note,
        layout: LayoutDoc::of(note.layout),
    })
}
