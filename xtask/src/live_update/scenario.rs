//! The scenarios: what each stage does, and how what came of it is judged.

use lab_guest::Step;

use super::chain::Chain;
use super::machine::Walk;
use super::transcript::Transcript;
use super::{iommu, memfd, pci, together};

/// What most need: KHO's scratch area does not fit into 512 MiB.
const MEMORY: u32 = 1024;

/// A scenario.
pub(crate) struct Scenario {
    /// What `--scenario` calls it.
    pub(crate) name: &'static str,
    /// What it shows.
    pub(crate) about: &'static str,
    /// The guest's memory in MiB.
    pub(crate) memory: u32,
    /// How the translation tables are found in the machine's memory.
    pub(crate) walk: Option<Walk>,
    /// Whether `--scenario all` alone leaves it out.
    pub(crate) slow: bool,
    /// What goes wrong in it, as the rule and the subject by which the pre-flight must foretell it.
    pub(crate) wrong: Option<(&'static str, &'static str)>,
    /// Whether it makes sense for these stages.
    pub(crate) takes: fn(&Chain<'_>) -> bool,
    /// The steps of each of so many stages.
    pub(crate) script: fn(usize) -> Vec<Vec<Step>>,
    /// Holds what happened over so many stages against what should.
    pub(crate) judge: fn(&Transcript, usize) -> Evidence,
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
    vec![
        Scenario {
            name: "memfd-upstream",
            about: "memfds cross with upstream's own handler: the lab itself works",
            memory: MEMORY,
            walk: None,
            slow: false,
            wrong: None,
            takes: |_| true,
            script: memfd::upstream,
            judge: memfd::are_unchanged,
        },
        Scenario {
            name: "memfd",
            about: "memfds cross as KSerial images, between two shapes of their record",
            memory: MEMORY,
            walk: None,
            slow: false,
            wrong: None,
            takes: |_| true,
            script: memfd::ours,
            judge: memfd::are_unchanged,
        },
        Scenario {
            name: "memfd-large",
            about: "a memfd of 600 MiB, whose folios' rows need several segments",
            memory: 2048,
            walk: None,
            slow: true,
            wrong: None,
            takes: |chain| chain.len() == 2,
            script: memfd::large,
            judge: memfd::are_unchanged,
        },
        Scenario {
            name: "memfd-critical",
            about: "an older kernel refuses a memfd of a purpose that it does not know",
            memory: MEMORY,
            walk: None,
            slow: false,
            wrong: Some(("KS0113", "kserial-memfd")),
            takes: |chain| chain.len() == 2 && chain.rolls_back(),
            script: memfd::critical,
            judge: memfd::is_refused,
        },
        Scenario {
            name: "memfd-last-word",
            about: "told what the next kernel declares, the running one calls the kexec off",
            memory: MEMORY,
            walk: None,
            slow: false,
            wrong: Some(("KS0113", "kserial-memfd")),
            takes: |chain| chain.len() == 2 && chain.rolls_back(),
            script: memfd::aborted,
            judge: memfd::is_aborted,
        },
        Scenario {
            name: "pci-config",
            about: "a device's configuration crosses between two shapes of its record",
            memory: MEMORY,
            walk: None,
            slow: false,
            wrong: None,
            takes: |_| true,
            script: pci::script,
            judge: pci::is_unchanged,
        },
        Scenario {
            name: "pci-no-handler",
            about: "the new kernel's module is not loaded: no session can be reached, and it lives",
            memory: MEMORY,
            walk: None,
            slow: false,
            wrong: Some(("KS0301", "kserial-pci")),
            takes: |chain| chain.len() == 2 && !chain.rolls_back(),
            script: pci::without_handler,
            judge: pci::is_unreachable,
        },
        Scenario {
            name: "pci-again",
            about: "preserved, given up, and preserved again before the update",
            memory: MEMORY,
            walk: None,
            slow: false,
            wrong: None,
            takes: |chain| chain.len() == 2,
            script: pci::again,
            judge: pci::is_unchanged,
        },
        Scenario {
            name: "pci-critical",
            about: "an older kernel refuses a device with quirks that it does not know",
            memory: MEMORY,
            walk: None,
            slow: false,
            wrong: Some(("KS0113", "pci-device")),
            takes: |chain| chain.len() == 2 && chain.rolls_back(),
            script: pci::critical,
            judge: pci::is_refused,
        },
        Scenario {
            name: "iommu-tables",
            about: "a device's translation tables cross, and every entry is verified",
            memory: MEMORY,
            walk: Some(iommu::walk),
            slow: false,
            wrong: None,
            takes: |_| true,
            script: iommu::script,
            judge: iommu::is_verified,
        },
        Scenario {
            name: "iommu-changed",
            about: "tables that change between preserve and freeze call the kexec off",
            memory: MEMORY,
            walk: None,
            slow: false,
            wrong: None,
            takes: |chain| chain.len() == 2,
            script: iommu::changed,
            judge: iommu::is_aborted,
        },
        Scenario {
            name: "together",
            about: "memfds, a device's configuration and its tables, in a session each",
            memory: MEMORY,
            walk: Some(iommu::walk),
            slow: false,
            wrong: None,
            takes: |_| true,
            script: together::script,
            judge: together::came_across,
        },
    ]
}
