//! What must be built in and switched on.

use kserial::Grade;

use super::{Condition, Finding, Pair, Verdict};
use crate::kernel::{flag, Component, Effect, Evidence, Kernel, Scope};

/// A switch of the kernel: an option that builds it in, a parameter that turns it on.
struct Switch {
    missing: &'static str,
    off: &'static str,
    component: &'static str,
    option: &'static str,
    on_by_default: Option<&'static str>,
    parameter: &'static str,
    /// What a reader without it does.
    effect: Effect,
}

const SWITCHES: [Switch; 2] = [
    Switch {
        missing: "KS0302",
        off: "KS0304",
        component: "kho",
        option: "KEXEC_HANDOVER",
        on_by_default: Some("KEXEC_HANDOVER_ENABLE_DEFAULT"),
        parameter: "kho",
        effect: Effect::MemoryLost,
    },
    Switch {
        missing: "KS0303",
        off: "KS0308",
        component: "luo",
        option: "LIVEUPDATE",
        on_by_default: None,
        parameter: "liveupdate",
        effect: Effect::SessionsLost,
    },
];

pub(super) fn judge(pair: Pair<'_>, verdict: &mut Verdict) {
    for switch in &SWITCHES {
        switch.judge(pair, verdict);
    }
}

impl Switch {
    fn judge(&self, pair: Pair<'_>, verdict: &mut Verdict) {
        let (writer, reader) = (self.is_built_in(pair.writer), self.is_built_in(pair.reader));
        if writer == Some(false) || reader == Some(false) {
            let says = |built_in: Option<bool>| match built_in {
                Some(true) => format!("CONFIG_{}=y", self.option),
                Some(false) => format!("built without CONFIG_{}", self.option),
                None => format!("CONFIG_{}: not known", self.option),
            };
            let without = if writer == Some(false) { pair.writer } else { pair.reader };
            let known = self.evidence(without);
            let mut finding = Finding::new(self.missing, Grade::Incompatible, self.component)
                .between(says(writer), says(reader))
                .known(known, known);
            if writer == Some(false) {
                finding.then = format!(
                    "{} has nothing to hand over: no live update starts",
                    pair.writer.release()
                );
            } else {
                finding = finding.doing(pair, self.effect, "sessions");
            }
            let without = [(pair.writer, writer), (pair.reader, reader)];
            let names: Vec<&str> = without
                .iter()
                .filter(|(_, on)| *on == Some(false))
                .map(|(k, _)| k.name())
                .collect();
            let fix = format!("build {} with CONFIG_{}=y", names.join(" and "), self.option);
            verdict.findings.push(finding.fixed_by(fix));
            return;
        }
        for (kernel, is_reader) in [(pair.writer, false), (pair.reader, true)] {
            self.judge_on(pair, kernel, is_reader, verdict);
        }
    }

    fn judge_on(&self, pair: Pair<'_>, kernel: &Kernel, is_reader: bool, verdict: &mut Verdict) {
        let parameter = format!("{}=on", self.parameter);
        let fix = format!("start {} with {parameter}", kernel.name());
        let says = |on: Option<bool>, k: &Kernel| match (on, &k.cmdline) {
            (Some(true), _) => "switched on".to_owned(),
            (Some(false), _) => format!("switched off: no {parameter}"),
            (None, None) => "command line not known".to_owned(),
            (None, Some(_)) => "not known whether it is on by default".to_owned(),
        };
        let on = self.is_on(kernel);
        let finding = |grade| {
            Finding::new(self.off, grade, self.component)
                .between(
                    says(self.is_on(pair.writer), pair.writer),
                    says(self.is_on(pair.reader), pair.reader),
                )
                .fixed_by(fix.clone())
        };
        match (on, is_reader) {
            (Some(true), _) => {}
            (Some(false), true) => verdict.findings.push(finding(Grade::Incompatible).doing(
                pair,
                self.effect,
                "sessions",
            )),
            (Some(false), false) => {
                let mut finding = finding(Grade::Incompatible);
                finding.then =
                    format!("{} has nothing to hand over: no live update starts", kernel.release());
                verdict.findings.push(finding);
            }
            (None, true) => {
                let condition = Condition::Boot {
                    parameter: parameter.clone(),
                    kernel: kernel.name().to_owned(),
                };
                let finding = finding(Grade::Conditional).doing(pair, self.effect, "sessions");
                verdict.findings.push(Finding { untold: true, ..finding.unless(condition) });
            }
            // Where nothing could be preserved, nothing can be lost.
            (None, false) => {}
        }
    }

    fn is_built_in(&self, kernel: &Kernel) -> Option<bool> {
        if let Some(on) = kernel.config.get(self.option) {
            return Some(on);
        }
        if kernel.component(self.component).is_some() {
            return Some(true);
        }
        // What was searched for and not found is not there; what could not be searched may be.
        let searched = kernel.identity.scope != Scope::Objects && kernel.unread.is_empty();
        searched.then_some(false)
    }

    fn evidence(&self, kernel: &Kernel) -> Evidence {
        let of_config = kernel.config.options.get(self.option).map(|setting| setting.evidence);
        let of_component = kernel.component(self.component).map(|component| component.evidence);
        of_config.or(of_component).unwrap_or(match kernel.identity.scope {
            Scope::Types => Evidence::Btf,
            _ => Evidence::CatalogueByString,
        })
    }

    fn is_on(&self, kernel: &Kernel) -> Option<bool> {
        let of_cmdline = kernel.cmdline.as_deref().and_then(|line| flag(line, self.parameter));
        let of_default = || match self.on_by_default {
            Some(option) => kernel.config.get(option).filter(|on| *on || kernel.cmdline.is_some()),
            None => kernel.cmdline.is_some().then_some(false),
        };
        of_cmdline.or_else(of_default)
    }
}

/// Whether the component's own switches are the reader's concern.
pub(super) fn is_switched(component: &Component) -> bool {
    SWITCHES.iter().any(|switch| switch.component == component.name)
}
