//! The BTF reader beside the tools that the kernel's own developers use, on real kernels.

#![allow(clippy::print_stdout, reason = "the counts are what these tests show")]

mod judges;

use judges::{bpftool, pahole, stock_kernels, Case};

#[test]
#[ignore = "needs pahole and stock kernels (cargo xtask stock)"]
fn pahole_agrees_on_every_struct_and_bit_field() {
    for path in stock_kernels() {
        let case = Case::of(&path);
        let (counts, wrong) = pahole::compare(&case);
        println!("{}: pahole: {counts:?}, {} disagreements", case.name, wrong.len());
        assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(20)].join("\n"));
        assert!(counts.structs > 5000 && counts.bit_fields > 1000, "too few to be a kernel");
    }
}

#[test]
#[ignore = "needs bpftool and stock kernels (cargo xtask stock)"]
fn bpftool_agrees_on_every_type() {
    for path in stock_kernels() {
        let case = Case::of(&path);
        let (counts, wrong) = bpftool::compare(&case);
        println!("{}: bpftool: {counts:?}, {} disagreements", case.name, wrong.len());
        assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(20)].join("\n"));
        assert!(counts.types > 100_000, "too few to be a kernel");
    }
}
