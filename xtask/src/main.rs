//! `cargo xtask …`: everything that the project runs beside `cargo build` and `cargo test`.
//!
//! Each subcommand is a file of its own, can be run by hand, and is what CI runs. What they fetch
//! and build is kept in a [cache](cache) outside the checkout. A stage ends in one of three
//! [outcomes](outcome): it passed, it failed, or it was *not run*, with the reason; the third is
//! never shown as the first.
//!
//! * [`ci`]: the stages of CI, in order.
//! * [`setup`]: installs what stages need from the distribution.
//! * [`stock`]: Debian's stock kernels, as real input for the checker.
//! * [`kernels`]: kernels with Kexec Handover, Live Update and Rust, built from Debian's sources.
//! * [`prove`]: what is claimed of the core, shown.
//! * [`fuzz`]: every place that bytes come in, under libFuzzer.
//! * [`coverage`], [`mutants`], [`miri`]: how much of the core is tested, how well, and on what ground.
//! * [`bench`]: KSerial beside its peers.
//! * [`corpus`]: images of every generation, and what they must decode to.
//! * [`guest_memory`]: what a real kernel hands over, read from what QEMU makes of its memory.
//! * [`live_update`]: boots such kernels in QEMU and updates one into the other.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command that talks to a person")]

mod bench;
mod cache;
mod cargo_tool;
mod ci;
mod corpus;
mod coverage;
mod debian;
mod fuzz;
mod guest_memory;
mod kernels;
mod live_update;
mod miri;
mod msrv;
mod mutants;
mod outcome;
mod prove;
mod setup;
mod stock;
mod tool;

use std::process::ExitCode;

use clap::Parser;

/// What the project runs beside `cargo build` and `cargo test`.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Xtask {
    /// Run the stages of CI and print a summary.
    Ci(ci::Options),
    /// Install what stages need with apt-get (as root, on Debian).
    Setup(setup::Options),
    /// Fetch Debian's stock kernel images and print their paths.
    Stock(stock::Options),
    /// Fetch and build kernels with Kexec Handover, Live Update and Rust.
    Kernels(kernels::Options),
    /// Hold the images of the corpus against what would be written today.
    Corpus(corpus::Options),
    /// Measure KSerial and its peers.
    Bench(bench::Options),
    /// Read a stopped guest's memory, as a file and as QEMU's ELF core.
    GuestMemory(guest_memory::Options),
    /// Update one kernel into another in QEMU, and judge what came across.
    LiveUpdate(live_update::Options),
    /// Fuzz every place that bytes come in.
    Fuzz(fuzz::Options),
    /// Measure how much of the core the tests run.
    Coverage(coverage::Options),
    /// Change the core in small ways, and list what no test notices. Takes an hour or more.
    Mutants(mutants::Options),
    /// Interpret what the derive makes, so that undefined behaviour shows.
    Miri,
    /// Show what is claimed of the core: mistakes are caught, nothing panics, faults are found.
    Prove(prove::Options),
}

fn main() -> ExitCode {
    let outcome = match Xtask::parse() {
        Xtask::Ci(options) => return ci::run(&options),
        Xtask::Setup(options) => setup::run(&options),
        Xtask::Stock(options) => stock::run(&options),
        Xtask::Kernels(options) => kernels::run(&options),
        Xtask::Corpus(options) => corpus::run(&options),
        Xtask::Bench(options) => bench::run(&options),
        Xtask::GuestMemory(options) => guest_memory::run(&options),
        Xtask::LiveUpdate(options) => live_update::run(&options),
        Xtask::Prove(options) => prove::run(&options),
        Xtask::Fuzz(options) => fuzz::run(&options),
        Xtask::Coverage(options) => coverage::run(&options),
        Xtask::Mutants(options) => mutants::run(&options),
        Xtask::Miri => miri::run(),
    };
    outcome.report()
}
