//! The machine both kernels must share.

use kserial::Grade;

use super::{Finding, Pair, Verdict};
use crate::kernel::Effect;

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
}
