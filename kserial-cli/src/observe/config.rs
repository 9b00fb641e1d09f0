//! The configuration: what an image carries, and what is given beside it.
//!
//! What an image carries is its own. What is given is taken for an image that carries none, before
//! anything else is looked at, for the structs depend on the size of a page; where it contradicts what
//! is known of the kernel it is another kernel's, and nobody can tell what else is mistaken. What the
//! image holds is known, too: neither may say more than the other.

use crate::kernel::{Component, Config, Evidence, Kernel, Scope, Unread};
use crate::source::{self, Architecture, Setting};

/// The options that build in a component with a version string of its own.
const BUILDS: [(&str, &str); 3] =
    [("KEXEC_HANDOVER", "kho"), ("LIVEUPDATE", "luo"), ("LIVEUPDATE_MEMFD", "memfd")];

/// Notes the configuration that an image carries. What it has built in and no version string shows is
/// there all the same, in a version that nobody can tell.
pub(super) fn own(kernel: &mut Kernel, settings: &source::Config) {
    note(&mut kernel.config, settings);
    for (option, name) in unseen(kernel, settings) {
        kernel.unread.push(Unread {
            what: format!("{}, version of {name}", kernel.name()),
            why: format!(
                "CONFIG_{option} is on in its configuration, and the kernel image has no version string of \
                 {name} in a form that is known; see whether a newer kserial knows it"
            ),
        });
    }
}

/// What is built in by these settings and was not found in a kernel whose strings were searched.
fn unseen(kernel: &Kernel, settings: &source::Config) -> Vec<(&'static str, &'static str)> {
    let found_any = !kernel.components.is_empty() || kernel.unread.is_empty();
    let searched = kernel.identity.scope == Scope::Kernel && found_any;
    let is_unseen = |(option, name): &(&str, &str)| {
        searched && is_on(settings, option) && kernel.component(name).is_none()
    };
    BUILDS.into_iter().filter(is_unseen).collect()
}

/// What was found in the image and is not built in by these settings, where it carries none of its own.
fn left_out<'k>(
    kernel: &'k Kernel,
    settings: &source::Config,
) -> Vec<(&'static str, &'k Component)> {
    let of_image = |component: &&Component| {
        let evidence = [Evidence::StringAlone, Evidence::CatalogueByString, Evidence::BtfAndString];
        component.module.is_none() && evidence.contains(&component.evidence)
    };
    let is_told = |option: &str| {
        kernel.config.options.get(option).is_some_and(|own| own.evidence >= Evidence::Config)
    };
    let off = |(option, _): &(&str, &str)| !is_told(option) && !is_on(settings, option);
    let off = BUILDS.into_iter().filter(off);
    off.filter_map(|(option, name)| Some((option, kernel.component(name).filter(of_image)?)))
        .collect()
}

/// Notes the options of a whole configuration: what it does not list is off.
fn note(config: &mut Config, settings: &source::Config) {
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
    let no_version = |(option, name)| {
        format!(
            "CONFIG_{option} is on in it, and no version of {name} that is known is in the kernel"
        )
    };
    contradictions.extend(unseen(kernel, given).into_iter().map(no_version));
    for (option, found) in left_out(kernel, given) {
        let version = found.writes.join(" or ");
        contradictions
            .push(format!("CONFIG_{option} is off in it, and {version} is in the kernel"));
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
    let unread = Unread { what, why: format!("{of}: {}", contradictions.join("; ")) };
    // It is given to the image first, and then to whatever stands for a kernel.
    if !kernel.unread.contains(&unread) {
        kernel.unread.push(unread);
    }
}

fn is_on(settings: &source::Config, option: &str) -> bool {
    matches!(settings.get(option), Some(Setting::Yes | Setting::Module))
}
