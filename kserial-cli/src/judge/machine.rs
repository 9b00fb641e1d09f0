//! The machine both kernels must share.

use kserial::Grade;

use super::{Condition, Finding, Pair, Verdict};
use crate::kernel::{Effect, Scope};

pub(super) fn judge(pair: Pair<'_>, verdict: &mut Verdict) {
    let (writer, reader) = (&pair.writer.identity, &pair.reader.identity);
    let mut differs = |rule, subject, old: Option<String>, new: Option<String>| {
        if let (Some(old), Some(new)) = (old, new) {
            if old != new {
                let finding = Finding::new(rule, Grade::Incompatible, subject)
                    .between(old, new)
                    .doing(pair, Effect::Misread, "handover");
                verdict.findings.push(finding);
            }
        }
    };
    differs("KS0306", "architecture", writer.arch.clone(), reader.arch.clone());
    let page = |size: Option<u32>| size.map(|bytes| format!("{} KiB", bytes / 1024));
    differs("KS0307", "page size", page(writer.page_size), page(reader.page_size));
    // Of a machine that has several and an image that does not tell which, nothing can be said.
    let untold = |size: Option<u32>| page(size).unwrap_or_else(|| "not known".to_owned());
    let kernels = [writer, reader].iter().all(|kernel| kernel.scope == Scope::Kernel);
    let known = writer.page_size.is_some() && reader.page_size.is_some();
    if kernels && writer.arch.is_some() && writer.arch == reader.arch && !known {
        let finding = Finding::new("KS0307", Grade::Conditional, "page size")
            .between(untold(writer.page_size), untold(reader.page_size))
            .doing(pair, Effect::Misread, "handover")
            .unless(Condition::Known { what: "both have pages of one size".to_owned() })
            .fixed_by("give the kernel's configuration with --old-config or --new-config");
        verdict.findings.push(Finding { untold: true, ..finding });
    }
}
