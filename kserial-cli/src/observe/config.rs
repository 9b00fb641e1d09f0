//! The configuration: what an image carries, and what is given beside it.
//!
//! What an image carries is its own. What is given is taken for an image that carries none, before
//! anything else is looked at, for the structs depend on the size of a page; where it contradicts what
//! is known of the kernel it is another kernel's, and nobody can tell what else is mistaken.

use crate::kernel::{Config, Evidence, Kernel, Unread};
use crate::source::{self, Architecture, Setting};

/// Notes the options of a whole configuration: what it does not list is off.
pub(super) fn note(config: &mut Config, settings: &source::Config) {
    for option in crate::kernel::OPTIONS {
        config.note(option, is_on(settings, option), Evidence::Config);
    }
}

/// Notes the one that is given beside `kernel`, and what of it contradicts the kernel's own.
pub(super) fn give(kernel: &mut Kernel, given: &source::Config) {
    let mut contradictions = Vec::new();
    for (option, own) in &kernel.config.options {
        if own.evidence >= Evidence::Config && own.on != is_on(given, option) {
            let (own, given) = if own.on { ("on", "off") } else { ("off", "on") };
            contradictions
                .push(format!("CONFIG_{option} is {given} in it, and {own} in the kernel"));
        }
    }
    let machine = kernel.identity.arch.as_deref().and_then(Architecture::named);
    if let Some(size) = machine.and_then(|machine| machine.page_size(Some(given))) {
        let own = *kernel.identity.page_size.get_or_insert(size);
        if own != size {
            let [size, own] = [size, own].map(|bytes| bytes / 1024);
            contradictions
                .push(format!("pages are of {size} KiB in it, and {own} KiB in the kernel"));
        }
    }
    if contradictions.is_empty() {
        return note(&mut kernel.config, given);
    }
    let what = super::short(&given.place);
    let of = format!("it is not the configuration of {}", kernel.name());
    kernel.unread.push(Unread { what, why: format!("{of}: {}", contradictions.join("; ")) });
}

fn is_on(settings: &source::Config, option: &str) -> bool {
    matches!(settings.get(option), Some(Setting::Yes | Setting::Module))
}
