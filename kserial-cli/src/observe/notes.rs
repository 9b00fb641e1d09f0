//! Records that a binary's ELF notes declare.

use kserial::Layout;

use super::Facts;
use crate::kernel::{Carrier, Declared, Evidence, Unread};
use crate::schema::LayoutDoc;
use crate::source::Binary;

/// The only type of note that there is: a record.
const RECORD: u32 = 1;

pub(super) fn declared(binary: &Binary, facts: &mut Facts) {
    for note in binary.kserial_notes() {
        let read = match note.kind {
            RECORD => record(&note.desc),
            other => Err(format!("notes of type {other} are not known to this version")),
        };
        match read {
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

/// Version, roles, carrier, five bytes of zero; then the layout.
fn record(desc: &[u8]) -> Result<Declared, String> {
    let Some((head, layout)) = desc.split_first_chunk::<8>() else {
        return Err(format!("{} bytes are too few", desc.len()));
    };
    let [version, roles, carrier, reserved @ ..] = *head;
    if version != 1 {
        return Err(format!("version {version}; this reader knows version 1"));
    }
    if roles & !7 != 0 || reserved != [0; 5] {
        return Err(format!("roles {roles:#x} or reserved bytes are not known"));
    }
    let carrier = match carrier {
        0 => Carrier::Rows,
        1 => Carrier::File,
        2 => Carrier::Flb,
        3 => Carrier::Subtree,
        other => return Err(format!("carrier {other} is not known")),
    };
    let (layout, rest) = Layout::read(layout).map_err(|error| error.to_string())?;
    if rest.iter().any(|byte| *byte != 0) {
        return Err(format!("{} bytes follow the layout", rest.len()));
    }
    Ok(Declared {
        writes: roles & 1 != 0,
        reads: roles & 2 != 0,
        requires: roles & 4 != 0,
        carrier,
        module: None,
        evidence: Evidence::Note,
        layout: LayoutDoc::of(layout),
    })
}
