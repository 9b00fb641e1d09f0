//! The pre-flight in the loop: before each run `kserial check` reads both kernels and their modules,
//! as a release engineer would, and what it says is held against what then happened.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{bail, ensure, Context, Result};
use serde_json::Value;

use super::chain::{Chain, Stage};
use super::scenario::Evidence;
use super::{initrd, program};

/// The command, built from this checkout.
pub(crate) struct Preflight {
    kserial: PathBuf,
}

/// What it says of a chain: of all its updates together.
#[derive(Default)]
pub(crate) struct Foretold {
    /// The worst verdict.
    pub(crate) verdict: String,
    /// Rule and subject of every finding that is not compatible.
    pub(crate) findings: BTreeSet<(String, String)>,
}

/// The verdicts, from best to worst.
const GRADES: [&str; 4] = ["identical", "compatible", "conditional", "incompatible"];

impl Preflight {
    /// With the command built.
    pub(crate) fn build() -> Result<Self> {
        Ok(Self { kserial: program::kserial()? })
    }

    /// Checks every update of a chain. `loaded` says whether the new kernels load the modules in
    /// time.
    pub(crate) fn check(
        &self,
        chain: &Chain<'_>,
        modules: &[&str],
        loaded: bool,
        run: &Path,
    ) -> Result<Foretold> {
        let modules = modules.join(",");
        let mut all = Foretold { verdict: GRADES[0].to_owned(), ..Foretold::default() };
        for pair in chain.0.windows(2) {
            let [old, new] = pair else { continue };
            let (old, new) = (source(old, run, "old")?, source(new, run, "new")?);
            let mut check = Command::new(&self.kserial);
            check.arg("check").args([&old, &new]).args(["--direction", "update"]);
            check.args(["--old-cmdline", "liveupdate=on", "--new-cmdline", "liveupdate=on"]);
            check.args(["--old-modules", &modules, "--format", "json"]);
            if loaded {
                check.args(["--new-modules", &modules]);
            }
            let out = check.output().context("cannot run kserial")?;
            let report: Value = serde_json::from_slice(&out.stdout).with_context(|| {
                format!("kserial check gave no JSON: {}", String::from_utf8_lossy(&out.stderr))
            })?;
            fs::write(run.join("check.json"), &out.stdout)?;
            all.add(&report)?;
        }
        Ok(all)
    }
}

impl Preflight {
    /// Reads all that is handed over from a machine's memory.
    pub(crate) fn dump(&self, memory: &Path) -> Result<Value> {
        let out = Command::new(&self.kserial)
            .args(["dump".as_ref(), memory])
            .args(["--format", "json"])
            .output()
            .context("cannot run kserial")?;
        let said = String::from_utf8_lossy(&out.stderr);
        let dump: Value = serde_json::from_slice(&out.stdout)
            .with_context(|| format!("kserial dump gave no JSON: {said}"))?;
        ensure!(dump["schema"] != "kserial-failure/1", "{said}");
        Ok(dump)
    }
}

impl Foretold {
    fn add(&mut self, report: &Value) -> Result<()> {
        let verdict = report["verdict"].as_str().unwrap_or_default();
        let grade = |verdict: &str| GRADES.iter().position(|grade| *grade == verdict);
        let Some(place) = grade(verdict) else {
            bail!("kserial check could not complete: {report}");
        };
        if Some(place) > grade(&self.verdict) {
            verdict.clone_into(&mut self.verdict);
        }
        for direction in report["directions"].as_array().into_iter().flatten() {
            for finding in direction["findings"].as_array().into_iter().flatten() {
                if matches!(finding["verdict"].as_str(), Some("conditional" | "incompatible")) {
                    let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
                    self.findings.insert((text("rule"), text("subject")));
                }
            }
        }
        Ok(())
    }

    /// Holds what was said against what happened: where it went wrong, by which rule and about what
    /// that had to be foretold; where it went well, that it was not called impossible.
    pub(crate) fn hold_against(&self, went_wrong: Option<(&str, &str)>, evidence: &mut Evidence) {
        match went_wrong {
            Some((rule, subject)) => {
                let named = self.findings.contains(&(rule.to_owned(), subject.to_owned()));
                let what = format!("kserial check foretold {rule} of {subject}: {}", self.verdict);
                evidence.see(named, what);
            }
            None => {
                let possible = self.verdict != "incompatible";
                evidence.see(possible, format!("kserial check said {}", self.verdict));
            }
        }
    }
}

/// A stage's kernel and modules, as a folder that the command takes.
fn source(stage: &Stage<'_>, run: &Path, name: &str) -> Result<PathBuf> {
    let folder = run.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    symlink(stage.kernel.build.join("vmlinux"), folder.join("vmlinux"))?;
    for module in initrd::modules(&stage.modules)? {
        symlink(&module, folder.join(module.file_name().unwrap_or_default()))?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRONG: (&str, &str) = ("KS0301", "kserial_pci");

    /// What is wrong with what was foretold, given what happened.
    fn held(
        verdict: &str,
        finding: Option<(&str, &str)>,
        went_wrong: Option<(&str, &str)>,
    ) -> Vec<String> {
        let findings = finding.map(|(rule, subject)| (rule.to_owned(), subject.to_owned()));
        let foretold =
            Foretold { verdict: verdict.to_owned(), findings: findings.into_iter().collect() };
        let mut evidence = Evidence::default();
        foretold.hold_against(went_wrong, &mut evidence);
        assert_eq!(evidence.good.len() + evidence.bad.len(), 1);
        evidence.bad
    }

    #[test]
    fn what_went_well_contradicts_only_that_it_is_impossible() {
        for verdict in ["identical", "compatible", "conditional"] {
            assert_eq!(held(verdict, None, None), Vec::<String>::new(), "{verdict}");
        }
        let bad = held("incompatible", Some(WRONG), None);
        assert_eq!(bad, ["not so: kserial check said incompatible"]);
    }

    #[test]
    fn what_went_wrong_had_to_be_foretold_by_its_rule_and_of_its_subject() {
        assert_eq!(held("incompatible", Some(WRONG), Some(WRONG)), Vec::<String>::new());
        let bad = ["not so: kserial check foretold KS0301 of kserial_pci: incompatible"];
        for other in [None, Some(("KS0302", WRONG.1)), Some((WRONG.0, "kserial_iommu"))] {
            assert_eq!(held("incompatible", other, Some(WRONG)), bad, "{other:?}");
        }
    }
}
