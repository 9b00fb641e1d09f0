//! Handovers that a kernel might have left: a captured one, changed where the bytes say.
//!
//! Memory as such is too large and too empty for a fuzzer to find its way in it. So an input is a
//! list of changes of what real and rebuilt kernels handed over, twelve bytes each, and the changes
//! are those that hurt: words become other words, or the addresses of other pages.

use std::io;
use std::path::Path;

use kserial::kho::write::Written;
use kserial::kho::Pages;
use kserial_cli::dump::{rebuild, Detail, Dump};
use kserial_cli::image;
use kserial_cli::in_use::InUse;
use kserial_cli::state::{Hint, Source};

use crate::captured::{captures, Changed};

/// The first byte says which capture and how its root is found, then come changes.
pub fn handover(bytes: &[u8]) {
    let Some((first, changes)) = bytes.split_first() else { return };
    let captured = &captures()[usize::from(first & 0x7f) % captures().len()];
    let mut memory = Changed::of(captured);
    changes.as_chunks().0.iter().take(64).for_each(|change| memory.change(change));
    let hint = if first & 0x80 == 0 { captured.hint() } else { Hint::Search };
    let source = Source { memory: Box::new(memory), hint };
    if let Ok(dump) = Dump::read(source, Pages::OF_4K, &mut |_| {}) {
        show(&dump);
        again(&dump);
    }
}

/// Everything that can be asked of a dump.
pub fn show(dump: &Dump) {
    for all in [false, true] {
        let images = image::Detail { rows: all, reveal: all };
        assert!(dump.text(&mut io::sink(), Detail { folios: all, images }).is_ok(), "text");
    }
    let _ = (dump.exit(false), dump.exit(true), dump.unclaimed(), dump.preserved());
    let _ = InUse::of(dump);
    for fault in dump.faults().list() {
        assert!(fault.to_string().len() > 8, "a fault says where and what");
    }
}

/// Its JSON, made into memory again, reads as a handover, where the JSON can be made into one.
fn again(dump: &Dump) {
    let mut json = Vec::new();
    assert!(dump.json(&mut json, Path::new("memory"), true).is_ok(), "JSON");
    let value: Result<serde_json::Value, _> = serde_json::from_slice(&json);
    assert!(value.is_ok(), "JSON that is none: {value:?}");
    let Ok((memory, pages)) = rebuild::memory(&json) else { return };
    read(memory, pages);
}

pub(crate) fn read(memory: Written, pages: Pages) {
    let source = Source { memory: Box::new(memory), hint: Hint::Search };
    if let Ok(dump) = Dump::read(source, pages, &mut |_| {}) {
        show(&dump);
    }
}
