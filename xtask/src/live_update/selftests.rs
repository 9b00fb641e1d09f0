//! Upstream's own tests of live update: built from the kernel's source, run beside KSerial.
//!
//! Each has a stage before the kexec, which leaves a process that holds its sessions, and one after
//! it, which says whether all came.

use std::path::PathBuf;

use anyhow::Result;
use lab_guest::Step;

use super::scenario::Evidence;
use super::transcript::Transcript;
use crate::cache;
use crate::kernels::Kernel;
use crate::tool::Tool;

const TESTS: [&str; 2] = ["luo_kexec_simple", "luo_multi_session"];

fn run(test: &str, stage: usize) -> Step {
    Step::Run {
        path: format!("/programs/{test}"),
        arguments: vec!["-s".to_owned(), stage.to_string()],
    }
}

/// Both tests in one update.
pub(crate) fn script(_stages: usize) -> Vec<Vec<Step>> {
    let stage = |stage| TESTS.iter().map(move |test| run(test, stage));
    vec![stage(1).chain([Step::Kexec]).collect(), stage(2).collect()]
}

/// Each must have ended well in both stages, and said so in the second.
pub(crate) fn passed(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &[]) };
    for test in TESTS {
        for stage in [1, 2] {
            let did = run(test, stage as usize);
            let facts = transcript.stage(stage).find(|answer| answer.did == did);
            let facts = facts.map(|answer| &answer.facts);
            let code = facts.and_then(|facts| facts.get("code"));
            let text = facts.and_then(|facts| facts.get("text"));
            let last = text.and_then(|text| text.lines().last()).unwrap_or_default();
            let well = code.map(String::as_str) == Some("0");
            let passed = stage == 1 || text.is_some_and(|text| text.contains("TEST PASSED"));
            evidence
                .see(well && passed, format!("stage {stage}: {test} ended with {code:?}: {last}"));
        }
    }
    evidence
}

/// Builds the tests from a kernel's source, as programs that need no library.
pub(crate) fn build(kernel: &Kernel) -> Result<Vec<PathBuf>> {
    let name = kernel.build.file_name().unwrap_or_default();
    let out = cache::folder("selftests")?.join(name);
    std::fs::create_dir_all(&out)?;
    let tests = kernel.source.join("tools/testing/selftests/liveupdate");
    let mut programs = Vec::new();
    for test in TESTS {
        let program = out.join(test);
        Tool::new("gcc")
            .args(["-static", "-O2", "-D_GNU_SOURCE=", "-o"])
            .args([&program, &tests.join(format!("{test}.c")), &tests.join("lib/lu_utils.c")])
            .args(["-I".into(), tests.join("lib/include")])
            .args(["-I".into(), kernel.source.join("tools/testing/selftests")])
            .args(["-idirafter".into(), kernel.source.join("include/uapi")])
            .what(format!("building upstream's {test}"))
            .run()?;
        programs.push(program);
    }
    Ok(programs)
}
