//! The BTF reader beside the tools that the kernel's own developers use, on real kernels.

#![allow(clippy::print_stdout, reason = "the counts are what these tests show")]

mod judges;
mod real;

use judges::{bpftool, pahole, Case};
use kserial_cli::source::Kernel;
use real::{kernels_with_modules, stock_kernels};

fn open(path: &std::path::Path) -> Kernel {
    Kernel::open(path).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
#[ignore = "needs pahole and stock kernels (cargo xtask stock)"]
fn pahole_agrees_on_every_struct_and_bit_field() {
    for path in stock_kernels() {
        let case = Case::of(&open(&path));
        let (counts, wrong) = pahole::compare(&case);
        let pahole::Counts { structs, unions, members, bit_fields, printed } = counts;
        println!(
            "{}: {structs} structs and {unions} unions with {members} members, {bit_fields} of \
             them bit fields; pahole prints {printed} that differ from each other; {} disagreements",
            case.name,
            wrong.len(),
        );
        assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(20)].join("\n"));
        assert!(structs > 5000 && bit_fields > 1000, "too few to be a kernel");
    }
}

#[test]
#[ignore = "needs bpftool and stock kernels (cargo xtask stock)"]
fn bpftool_agrees_on_every_type() {
    for path in stock_kernels() {
        let case = Case::of(&open(&path));
        let (counts, wrong) = bpftool::compare(&case, None);
        println!("{}: bpftool: {counts:?}, {} disagreements", case.name, wrong.len());
        assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(20)].join("\n"));
        assert!(counts.types > 50_000, "too few to be a kernel");
    }
}

#[test]
#[ignore = "needs bpftool and built kernels (cargo xtask kernels)"]
fn bpftool_agrees_on_every_type_of_every_module() {
    let mut modules = 0;
    for path in kernels_with_modules() {
        let kernel = open(&path);
        let case = Case::of(&kernel);
        let mut counts = bpftool::Counts::default();
        let mut split = 0;
        let compared = kernel.modules().scan(|module| {
            let module = module.unwrap_or_else(|error| panic!("{error}"));
            let module = Case::of_module(module, &case)?;
            Some(bpftool::compare(&module, Some(&case)))
        });
        for (more, wrong) in compared.into_iter().flatten() {
            assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(20)].join("\n"));
            counts += more;
            split += 1;
        }
        println!("{}: {split} modules: bpftool: {counts:?}, 0 disagreements", case.name);
        modules += split;
    }
    assert!(modules > 0, "no module with BTF; run `cargo xtask kernels`");
}
