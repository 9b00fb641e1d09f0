//! `--instructions`: what is executed while nobody's machine runs, as instructions.
//!
//! QEMU counts: with `-icount shift=0` the guest's clocks go on by a nanosecond with each instruction, so
//! that a time of the guest's *is* a count. It is an emulation's: it knows no caches and no memory, and
//! says nothing of time.
//!
//! The blackout has two parts. *Freeze* is from the call of `reboot(2)` to the last word of the old
//! kernel; most of that is not live update's, so that what the same takes with nothing preserved is
//! subtracted. *Retrieve* is what the new kernel executes in the calls that retrieve, finish and
//! close. For memfds the same is done with upstream's handler, whose rows are raw structs.

use std::path::Path;

use anyhow::{Context, Result};
use lab_guest::{Step, FREEZE};
use rayon::prelude::*;

use super::chain::Chain;
use super::machine::{Machine, LAST_WORDS};
use super::transcript::Transcript;
use super::{initrd, iommu, label, memfd, pci};

/// A kind of state, and whether upstream hands over the same with raw structs.
struct Subject {
    what: &'static str,
    script: Script,
    raw: Option<Script>,
}

/// The steps of so many stages.
type Script = fn(usize) -> Vec<Vec<Step>>;

const SUBJECTS: [Subject; 5] = [
    Subject {
        what: "4 memfds, 2,055 pages",
        script: memfd::ours,
        raw: Some(memfd::upstream_sealed_late),
    },
    Subject {
        what: "1 memfd, 16,384 pages",
        script: |stages| memfd::plain(stages, "kserial:", 64 << 20),
        raw: Some(|stages| memfd::plain(stages, "", 64 << 20)),
    },
    Subject { what: "PCI configuration, 1 device", script: pci::script, raw: None },
    Subject { what: "IOMMU tables, 13 of 1 device", script: iommu::script, raw: None },
    Subject { what: "a row of a user in C", script: label::script, raw: None },
];

/// How often each is run, of which the median counts.
const RUNS: usize = 3;

/// Instructions of the two parts.
#[derive(Clone, Copy)]
struct Count {
    freeze: u64,
    retrieve: u64,
}

/// Counts, and prints a table in Markdown.
pub(crate) fn count(chain: &Chain<'_>, guest: &Path, run: &Path) -> Result<()> {
    let mut farthest: f64 = 0.0;
    let mut of = |what: &str, script: Script| {
        eprintln!("  counting: {what}");
        // What others do on the machine meanwhile is no instruction of a guest's.
        let counts = (0..RUNS).into_par_iter().map(|number| {
            let run = run.join(number.to_string());
            once(chain, guest, &run, &script(chain.len()))
        });
        let mut counts = counts.collect::<Result<Vec<_>>>()?;
        let mut median = |part: fn(&Count) -> u64| {
            counts.sort_by_key(part);
            let [least, most] = [counts.first(), counts.last()].map(|c| c.map_or(0, part) as f64);
            let median = counts.get(RUNS / 2).map_or(0, part);
            farthest = farthest.max((most - least) / (median as f64).max(1.0));
            median
        };
        anyhow::Ok(Count { freeze: median(|c| c.freeze), retrieve: median(|c| c.retrieve) })
    };
    let nothing = of("nothing", |_| vec![vec![Step::Kexec], Vec::new()])?;
    println!("| handed over | freeze | retrieve | raw: freeze | raw: retrieve | ratio |");
    println!("|---|---:|---:|---:|---:|---:|");
    for subject in SUBJECTS {
        let sum = |count: Count| {
            let freeze = count.freeze.saturating_sub(nothing.freeze);
            (freeze, count.retrieve, freeze + count.retrieve)
        };
        let (freeze, retrieve, all) = sum(of(subject.what, subject.script)?);
        print!("| {} | {} | {} ", subject.what, thousands(freeze), thousands(retrieve));
        match subject.raw {
            Some(raw) => {
                let (freeze, retrieve, raw) = sum(of("the same with raw structs", raw)?);
                let ratio = all as f64 / raw.max(1) as f64;
                println!("| {} | {} | {ratio:.2} |", thousands(freeze), thousands(retrieve));
            }
            None => println!("| | | |"),
        }
    }
    println!();
    println!("With nothing handed over, freeze is {}.", thousands(nothing.freeze));
    println!("Medians of {RUNS} runs, which lie no more than {:.1} % apart.", farthest * 100.0);
    Ok(())
}

fn once(chain: &Chain<'_>, guest: &Path, run: &Path, scripts: &[Vec<Step>]) -> Result<Count> {
    let initrd = initrd::nest(guest, &chain.0, scripts, &[], run)?;
    let kernel = chain.0[0].kernel.image();
    let transcript = Machine::new(&kernel, &initrd, run, 1024).counting().boot()?;
    let troubles = transcript.troubles(chain.len(), &[]);
    anyhow::ensure!(troubles.is_empty(), "a run did not go through: {}", troubles.join("; "));
    let freeze = between(&transcript.console, FREEZE, LAST_WORDS)
        .context("the console does not tell when the kexec began and ended")?;
    Ok(Count { freeze, retrieve: retrieve(&transcript) })
}

/// What the new kernel executed for what was handed over.
fn retrieve(transcript: &Transcript) -> u64 {
    let counted = |step: &Step| {
        matches!(
            step,
            Step::RetrieveSession { .. }
                | Step::Retrieve { .. }
                | Step::Finish { .. }
                | Step::Close { .. }
        )
    };
    transcript.stage(2).filter(|answer| counted(&answer.did)).map(|answer| answer.ticks).sum()
}

/// From one line of the console to another, by their stamps of microseconds, in nanoseconds.
fn between(console: &str, from: &str, to: &str) -> Option<u64> {
    let stamp = |what: &str| {
        let line = console.lines().find(|line| line.contains(what))?;
        let (seconds, micros) =
            line.split_once('[')?.1.split_once(']')?.0.trim().split_once('.')?;
        Some(seconds.parse::<u64>().ok()? * 1_000_000 + micros.parse::<u64>().ok()?)
    };
    Some(stamp(to)?.checked_sub(stamp(from)?)? * 1000)
}

fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_the_time_between_two_lines() {
        let console =
            "[    1.000100] lab: freeze\n[    1.234567] kexec_core: Starting new kernel\n";
        assert_eq!(between(console, FREEZE, LAST_WORDS), Some(234_467_000));
        assert_eq!(between(console, LAST_WORDS, FREEZE), None);
        assert_eq!(between("", FREEZE, LAST_WORDS), None);
        assert_eq!(thousands(234_467_000), "234,467,000");
        assert_eq!(thousands(7), "7");
    }
}
