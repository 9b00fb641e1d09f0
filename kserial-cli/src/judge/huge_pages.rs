//! Folios larger than a page, for a kernel that knows none.
//!
//! Strings and structs agree, and still: such a memfd, retrieved all the same, oopses the kernel at the
//! first read, and a KSerial image that tells of such folios is refused (FORMAT.md, section 2.7).

use std::collections::BTreeSet;

use kserial::Grade;

use super::{records, Condition, Finding, Pair, Verdict};
use crate::kernel::{Carrier, Effect, Evidence, Kernel};

const OPTION: &str = "TRANSPARENT_HUGEPAGE";

pub(super) fn judge(pair: Pair<'_>, verdict: &mut Verdict) {
    // Who knows none preserves none: images are read before they are handed over.
    if pair.writer.config.get(OPTION) == Some(false) {
        return;
    }
    let has_memfd = |kernel: &Kernel| kernel.component("memfd").is_some();
    if has_memfd(pair.writer) && has_memfd(pair.reader) {
        let never = format!("set shmem_enabled to never in {} before", pair.writer.name());
        let finding = of(pair, "memfd", "memfds", &format!("{never} the memfds are filled"));
        let oopses =
            |f: Finding| f.doing(pair, Effect::Oops, "memfds with folios larger than a page");
        verdict.findings.extend(finding.map(oopses));
    }
    let written = pair.writer.records.iter().filter(|record| record.writes);
    let names: BTreeSet<&str> = written.map(|record| record.layout.name.as_str()).collect();
    let writes = |name: &&str| !records::writing(pair, name).is_empty();
    verdict.findings.extend(names.into_iter().filter(writes).filter_map(|n| of_images(pair, n)));
}

/// What the reader makes of images of the record `name` with such folios; `None` if it knows them, or
/// has nobody who would read the images.
pub(crate) fn of_images(pair: Pair<'_>, name: &str) -> Option<Finding> {
    let is_root = records::reading(pair, name).iter().any(|note| note.carrier != Carrier::Rows);
    let without = format!("keep such folios out of what {} preserves", pair.writer.name());
    let mut finding = of(pair, name, &format!("{name} images"), &without).filter(|_| is_root)?;
    finding.effect = Effect::Lost;
    finding.then = format!("{} refuses such an image, for good", pair.reader.release());
    Some(finding)
}

/// The finding, once it is known that there are such folios.
pub(crate) fn met(reader: &Kernel, finding: Finding) -> Finding {
    match reader.config.get(OPTION) {
        Some(_) => Finding { grade: Grade::Incompatible, condition: None, ..finding },
        None => finding.unless(Condition::Known {
            what: format!("{} is built with CONFIG_{OPTION}=y", reader.name()),
        }),
    }
}

fn of(pair: Pair<'_>, subject: &str, what: &str, without: &str) -> Option<Finding> {
    let [writer, reader] = [pair.writer, pair.reader].map(|kernel| kernel.config.get(OPTION));
    let built_in = format!("build {} with CONFIG_{OPTION}=y", pair.reader.name());
    let fix = match reader {
        Some(true) => return None,
        Some(false) => format!("{built_in}, or {without}"),
        None => format!("{built_in} and say so with --old-config or --new-config, or {without}"),
    };
    let says = |on: Option<bool>| match on {
        Some(true) => format!("CONFIG_{OPTION}=y"),
        Some(false) => format!("built without CONFIG_{OPTION}"),
        None => format!("CONFIG_{OPTION}: not known"),
    };
    let evidence = |kernel: &Kernel| {
        kernel.config.options.get(OPTION).map_or(Evidence::StringAlone, |setting| setting.evidence)
    };
    let finding = Finding::new("KS0305", Grade::Conditional, subject)
        .between(says(writer), says(reader))
        .unless(Condition::None { of: format!("{what} with folios larger than a page") })
        .known(evidence(pair.writer), evidence(pair.reader))
        .fixed_by(fix);
    Some(Finding { untold: reader.is_none(), ..finding })
}
