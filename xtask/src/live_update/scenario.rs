//! The scenarios: what each stage does, and how what came of it is judged.

use std::collections::BTreeMap;

use anyhow::Result;
use lab_guest::Step;
use serde_json::Value;

use super::chain::Chain;
use super::machine::Walk;
use super::memory::Memory;
use super::self_test::VALUES;
use super::transcript::Transcript;
use super::{
    damage, failing, iommu, kunit, label, lineage, many, master, memfd, pci, pinned, rows,
    selftests, together,
};
use crate::kernels::Variant;

/// What most need: KHO's scratch area does not fit into 512 MiB.
const MEMORY: u32 = 1024;

/// What a scenario looks at, or disturbs, in the memory while the machine stands still.
pub(crate) type Look = fn(&Value, &Memory) -> Result<BTreeMap<String, String>>;

/// A scenario.
pub(crate) struct Scenario {
    /// What `--scenario` calls it.
    pub(crate) name: &'static str,
    /// What it shows.
    pub(crate) about: &'static str,
    /// How it ends, in a word.
    pub(crate) outcome: &'static str,
    /// The guest's memory in MiB.
    pub(crate) memory: u32,
    /// How the translation tables are found in the machine's memory.
    pub(crate) walk: Option<Walk>,
    /// Whether `--scenario all` alone leaves it out.
    pub(crate) slow: bool,
    /// What goes wrong in it, as the rule and the subject by which the pre-flight must foretell it.
    pub(crate) wrong: Option<(&'static str, &'static str)>,
    /// The modules that its stages load.
    pub(crate) modules: &'static [&'static str],
    /// Whether upstream's own tests are in the initrds.
    pub(crate) selftests: bool,
    /// What is done at each kexec from outside.
    pub(crate) at_kexec: Option<Look>,
    /// Whether it makes sense for these stages.
    pub(crate) takes: fn(&Chain<'_>) -> bool,
    /// The steps of each of so many stages.
    pub(crate) script: fn(usize) -> Vec<Vec<Step>>,
    /// Falsifications of the [self-test](super::self_test) that its judge does not look at.
    pub(crate) looks_away: &'static [&'static str],
    /// Holds what happened over so many stages against what should.
    pub(crate) judge: fn(&Transcript, usize) -> Evidence,
}

/// What most scenarios are.
const INTACT: Scenario = Scenario {
    name: "",
    about: "",
    outcome: "intact",
    memory: MEMORY,
    walk: None,
    slow: false,
    wrong: None,
    modules: &["kserial_pci", "kserial_iommu"],
    selftests: false,
    at_kexec: None,
    takes: |_| true,
    script: memfd::ours,
    looks_away: &[],
    judge: memfd::are_unchanged,
};

impl Scenario {
    /// What was seen of a run. Nothing seen is nothing shown.
    pub(crate) fn judged(&self, transcript: &Transcript, stages: usize) -> Evidence {
        let mut evidence = (self.judge)(transcript, stages);
        if evidence.good.is_empty() && evidence.bad.is_empty() {
            evidence.bad.push("the judge looked at nothing".to_owned());
        }
        evidence
    }
}

/// What was seen.
#[derive(Default)]
pub(crate) struct Evidence {
    /// What is as it should be.
    pub(crate) good: Vec<String>,
    /// What is not.
    pub(crate) bad: Vec<String>,
}

impl Evidence {
    /// Notes what holds as good, and what does not as bad.
    pub(crate) fn see(&mut self, holds: bool, what: String) {
        if holds {
            self.good.push(what);
        } else {
            self.bad.push(format!("not so: {what}"));
        }
    }
}

impl Evidence {
    /// Holds what a stage read in the status file against how one of its lines must begin.
    pub(crate) fn status(&mut self, transcript: &Transcript, stage: u32, begins: &str) {
        let status = transcript
            .stage(stage)
            .filter(|answer| matches!(&answer.did, Step::Read { path } if path.ends_with("status")))
            .filter_map(|answer| answer.facts.get("text"));
        let found = status.flat_map(|text| text.lines()).any(|line| line.starts_with(begins));
        self.see(found, format!("stage {stage}: the status file says: {begins}…"));
    }
}

/// All scenarios.
pub(crate) fn all() -> Vec<Scenario> {
    let mut all = memfds();
    all.extend(devices());
    all.extend(damage::all(INTACT));
    all.extend(stress());
    all
}

/// One update, whichever way.
fn once(chain: &Chain<'_>) -> bool {
    chain.len() == 2
}

/// One update from the older shape of the records to the newer, or to the same.
fn forward(chain: &Chain<'_>) -> bool {
    chain.len() == 2 && !chain.rolls_back()
}

/// One update from the older shape of the records to the newer.
fn upgrade(chain: &Chain<'_>) -> bool {
    forward(chain) && chain.changes_shape()
}

/// One update from the newer shape of the records to the older.
fn rollback(chain: &Chain<'_>) -> bool {
    chain.len() == 2 && chain.rolls_back()
}

fn memfds() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "memfd-upstream",
            about: "memfds cross with upstream's own handler: the lab itself works",
            takes: once,
            script: memfd::upstream,
            ..INTACT
        },
        Scenario {
            name: "memfd",
            about: "memfds cross as KSerial images, between two shapes of their record",
            ..INTACT
        },
        Scenario {
            name: "memfd-reversed",
            about: "what was preserved first is retrieved last",
            takes: once,
            script: memfd::reversed,
            ..INTACT
        },
        Scenario {
            name: "memfd-again",
            about: "preserved, given up, and preserved again before the update",
            takes: once,
            script: memfd::again,
            ..INTACT
        },
        Scenario {
            name: "memfd-killed",
            about: "who preserved it was killed before the update: nothing of it is handed over",
            outcome: "given up",
            takes: once,
            script: memfd::killed,
            judge: memfd::is_given_up,
            ..INTACT
        },
        Scenario {
            name: "memfd-twice",
            about: "a memfd is opened again and preserved again: it has one owner",
            outcome: "one owner",
            takes: once,
            script: memfd::twice,
            judge: memfd::has_one_owner,
            ..INTACT
        },
        Scenario {
            name: "memfd-critical",
            about: "an older kernel refuses a memfd of a purpose that it does not know",
            outcome: "refused",
            wrong: Some(("KS0113", "kserial-memfd")),
            takes: rollback,
            script: memfd::critical,
            judge: memfd::is_refused,
            ..INTACT
        },
        Scenario {
            name: "memfd-last-word",
            about: "told what the next kernel declares, the running one calls the kexec off",
            outcome: "aborted",
            wrong: Some(("KS0113", "kserial-memfd")),
            takes: rollback,
            script: memfd::aborted,
            judge: memfd::is_aborted,
            ..INTACT
        },
        Scenario {
            name: "memfd-refrozen",
            about: "frozen, called off, changed, and frozen again: what crosses is the last state",
            outcome: "aborted",
            wrong: Some(("KS0113", "kserial-memfd")),
            takes: rollback,
            script: memfd::refrozen,
            judge: memfd::is_refrozen,
            ..INTACT
        },
        Scenario {
            name: "memfd-pinned",
            about: "told of an older reader, a kernel writes its layout: seen in the memory itself",
            at_kexec: Some(memfd::layout_in_memory),
            takes: rollback,
            script: memfd::pinned,
            judge: memfd::is_pinned,
            ..INTACT
        },
        Scenario {
            name: "memfd-huge",
            about: "folios of 2 MiB cross to a kernel that has such",
            takes: |chain| chain.leads(Variant::Distro, Variant::Distro),
            script: memfd::huge,
            ..INTACT
        },
        Scenario {
            name: "memfd-huge-refused",
            about: "a kernel without huge pages refuses folios of 2 MiB, and gives them back",
            outcome: "refused",
            wrong: Some(("KS0305", "kserial-memfd")),
            takes: |chain| chain.leads(Variant::Distro, Variant::Debug),
            script: memfd::huge,
            judge: memfd::huge_is_refused,
            ..INTACT
        },
        Scenario {
            name: "memfd-large",
            about: "a memfd of 600 MiB, whose folios' rows need several segments",
            memory: 2048,
            slow: true,
            takes: once,
            script: memfd::large,
            ..INTACT
        },
        Scenario {
            name: "memfd-2g",
            about: "a memfd of 2 GiB of small folios",
            memory: 5120,
            slow: true,
            takes: once,
            script: memfd::largest,
            ..INTACT
        },
    ]
}

fn devices() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "pci-config",
            about: "a device's configuration crosses between two shapes of its record",
            script: pci::script,
            judge: pci::is_unchanged,
            ..INTACT
        },
        Scenario {
            name: "pci-no-handler",
            about: "the new kernel's module is loaded too late: no session can be reached, and it lives",
            outcome: "refused",
            wrong: Some(("KS0301", "kserial-pci")),
            takes: forward,
            script: pci::without_handler,
            judge: pci::is_unreachable,
            ..INTACT
        },
        Scenario {
            name: "pci-again",
            about: "preserved, given up, and preserved again before the update",
            takes: once,
            script: pci::again,
            judge: pci::is_unchanged,
            ..INTACT
        },
        Scenario {
            name: "pci-critical",
            about: "an older kernel refuses a device with quirks that it does not know",
            outcome: "refused",
            wrong: Some(("KS0113", "pci-device")),
            takes: rollback,
            script: pci::critical,
            judge: pci::is_refused,
            ..INTACT
        },
        Scenario {
            name: "pci-root",
            about: "the root of an image has another image's number, and right sums: refused",
            outcome: "found",
            at_kexec: Some(pci::renumber_root),
            takes: forward,
            script: pci::script,
            judge: pci::root_is_anothers,
            ..INTACT
        },
        Scenario {
            name: "pci-master-driver",
            about: "bus mastering is withheld until a driver is bound, whose domain is attached",
            modules: &["kserial_pci"],
            takes: once,
            script: master::by_driver,
            judge: master::is_back_with_driver,
            ..INTACT
        },
        Scenario {
            name: "pci-master-process",
            about: "bus mastering is withheld until a process has attached its domain and asks",
            modules: &["kserial_pci"],
            takes: once,
            script: master::by_process,
            judge: master::is_back_with_domain,
            ..INTACT
        },
        Scenario {
            name: "pci-master-again",
            about: "bus mastering is withheld over a second update, and then given back",
            modules: &["kserial_pci"],
            takes: |chain| chain.len() == 3,
            script: master::again,
            judge: master::is_back_after_two,
            ..INTACT
        },
        Scenario {
            name: "iommu-tables",
            // What its file answers is for people; the list of mappings is what counts.
            looks_away: &[VALUES],
            about: "a device's translation tables cross, and every entry is verified",
            walk: Some(iommu::walk),
            script: iommu::script,
            judge: iommu::is_verified,
            ..INTACT
        },
        Scenario {
            name: "iommu-changed",
            about: "tables that change between preserve and freeze call the kexec off",
            outcome: "aborted",
            takes: once,
            script: iommu::changed,
            judge: iommu::is_aborted,
            ..INTACT
        },
        Scenario {
            name: "iommu-flipped",
            about: "an entry of a table is flipped between the kernels: refused, and named",
            outcome: "found",
            at_kexec: Some(iommu::flip_entry),
            takes: once,
            script: iommu::flipped,
            judge: iommu::is_refused,
            ..INTACT
        },
        Scenario {
            name: "rows-last-word",
            // What its file answers is for people; the list of mappings is what counts.
            looks_away: &[VALUES],
            about: "told of a kernel that reads no folios, entries or files: called off, until forgotten",
            outcome: "aborted",
            walk: Some(iommu::walk),
            takes: once,
            script: rows::script,
            judge: rows::is_heard,
            ..INTACT
        },
        Scenario {
            name: "together",
            about: "memfds, a device's configuration and its tables, in a session each",
            walk: Some(iommu::walk),
            script: together::script,
            judge: together::came_across,
            ..INTACT
        },
        Scenario {
            name: "label",
            about: "a user in C: its struct crosses between two shapes",
            modules: label::MODULES,
            script: label::script,
            judge: label::is_unchanged,
            ..INTACT
        },
        Scenario {
            name: "label-in-turn",
            about: "rows that a user in C wrote are read in Rust, and what that writes in C again",
            modules: label::TWINS,
            takes: |chain| chain.len() == 3,
            script: label::in_turn,
            judge: label::crossed_languages,
            ..INTACT
        },
        Scenario {
            name: "pinned",
            about: "told of an older reader, every user writes its layouts: seen in the memory itself",
            walk: Some(iommu::walk),
            modules: pinned::MODULES,
            at_kexec: Some(pinned::layouts),
            takes: rollback,
            script: pinned::script,
            judge: pinned::came_across,
            ..INTACT
        },
        Scenario {
            name: "lineage",
            about: "what every kernel tells the next by name, without userspace",
            at_kexec: Some(lineage::row),
            script: lineage::script,
            judge: lineage::is_known,
            ..INTACT
        },
        Scenario {
            name: "required",
            // There is no second value: it is refused.
            looks_away: &[VALUES],
            about: "an older kernel lacks a member that the reader must be given: refused",
            outcome: "refused",
            wrong: Some(("KS0108", "kserial-owned")),
            modules: label::OWNED_MODULES,
            takes: upgrade,
            script: label::owned,
            judge: label::owner_is_missing,
            ..INTACT
        },
        Scenario {
            name: "required-last-word",
            about: "the same, and the running kernel is told: the kexec is called off",
            outcome: "aborted",
            wrong: Some(("KS0108", "kserial-owned")),
            modules: label::OWNED_MODULES,
            takes: upgrade,
            script: label::owned_late,
            judge: label::owner_aborted,
            ..INTACT
        },
        Scenario {
            name: "label-refrozen",
            about: "a user in C is frozen and called off, twice: nothing is lost, freed twice or left",
            outcome: "aborted",
            wrong: Some(("KS0113", "kserial-memfd")),
            modules: label::MODULES,
            takes: rollback,
            script: label::refrozen,
            judge: label::is_refrozen,
            ..INTACT
        },
        Scenario {
            name: "label-last-word",
            about: "a critical member is set between the check and the freeze: aborted, alive",
            outcome: "aborted",
            wrong: Some(("KS0113", "kserial-label")),
            modules: label::MODULES,
            takes: rollback,
            script: label::set_late,
            judge: label::is_aborted,
            ..INTACT
        },
    ]
}

fn stress() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "many-sessions",
            about: "2,000 sessions with a memfd each",
            slow: true,
            takes: once,
            script: many::sessions,
            judge: many::all_came,
            ..INTACT
        },
        Scenario {
            name: "many-files",
            about: "500 memfds in one session",
            slow: true,
            takes: once,
            script: many::files,
            judge: many::all_came,
            ..INTACT
        },
        Scenario {
            name: "failing-preserve",
            about: "each allocation of a preserve fails once: nothing stays preserved",
            at_kexec: Some(|_, _| Ok(BTreeMap::new())),
            takes: |chain| chain.len() == 2 && chain.0[0].kernel.variant == Variant::Debug,
            script: failing::preserve,
            judge: failing::left_nothing,
            ..INTACT
        },
        Scenario {
            name: "failing-retrieve",
            about: "each allocation of a retrieve fails once: its memory comes back",
            takes: |chain| chain.len() == 2 && chain.0[1].kernel.variant == Variant::Debug,
            script: failing::retrieve,
            judge: failing::gave_back,
            ..INTACT
        },
        Scenario {
            name: "selftests",
            about: "upstream's own tests of live update, beside KSerial",
            selftests: true,
            takes: once,
            script: selftests::script,
            judge: selftests::passed,
            ..INTACT
        },
        Scenario {
            name: "kunit",
            about: "the library's tests inside the kernel, at each boot",
            takes: once,
            script: kunit::script,
            judge: kunit::passed,
            ..INTACT
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_judge_that_looks_at_nothing_shows_nothing() {
        let blind = Scenario { judge: |_, _| Evidence::default(), ..INTACT };
        assert_eq!(blind.judged(&Transcript::default(), 2).bad, ["the judge looked at nothing"]);
    }
}
