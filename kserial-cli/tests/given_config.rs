//! A kernel that does not carry its configuration is known by the one that is given beside it; one that
//! carries it is not known by another's.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod made;

use std::fs;
use std::path::Path;
use std::process::Command;

use made::bzimage::{compressed, Packed};
use made::elf::Elf;
use tempfile::TempDir;

const AARCH64: u16 = 183;
const ON: &str = "kho=on liveupdate=on";

fn config(more: &str) -> String {
    let options = ["KEXEC_HANDOVER", "LIVEUPDATE", "LIVEUPDATE_MEMFD", "TRANSPARENT_HUGEPAGE"];
    options.map(|option| format!("CONFIG_{option}=y\n")).concat() + more
}

const TEXTS: &str =
    "\0kho-v4\0luo-v5\0memfd-v2\0memblock-v1\0kexec-metadata\0transparent_hugepage=\0";

/// A kernel of 7.3 for arm64, where pages have one of three sizes.
fn arm64() -> Elf {
    arm64_with(TEXTS)
}

fn arm64_with(texts: &str) -> Elf {
    Elf { machine: AARCH64, ..Elf::kernel() }.rodata(texts.as_bytes())
}

fn with_embedded(config: &str) -> Elf {
    embedding(config, arm64())
}

fn embedding(config: &str, kernel: Elf) -> Elf {
    let mut embedded = b"\0IKCFG_ST".to_vec();
    embedded.extend(compressed(config.as_bytes(), Packed::Gzip));
    embedded.extend(b"IKCFG_ED\0");
    kernel.rodata(&embedded)
}

/// The exit code and the report for two kernels, each with the configuration that is given beside it.
fn check(kernels: [&Elf; 2], configs: [Option<&str>; 2]) -> (i32, String) {
    let folder = TempDir::new().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let [old, new] = ["old", "new"].map(|name| put(name, &[]));
    for (path, kernel) in [&old, &new].into_iter().zip(kernels) {
        fs::write(path, kernel.bytes()).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_kserial"));
    command.arg("check").args([old, new]).args(["--old-cmdline", ON, "--new-cmdline", ON]);
    for (side, config) in ["old", "new"].iter().zip(configs) {
        if let Some(config) = config {
            let path = put(&format!("config-{side}"), config.as_bytes());
            command.arg(format!("--{side}-config")).arg::<&Path>(&path);
        }
    }
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_page_size_that_the_image_does_not_tell_is_the_configurations() {
    let [small, large] =
        ["4K", "64K"].map(|size| config(&format!("CONFIG_ARM64_{size}_PAGES=y\n")));
    let (small, large, none) = (Some(small.as_str()), Some(large.as_str()), config(""));
    type Case<'a> = ([Option<&'a str>; 2], i32, &'a str, &'a [&'a str]);
    let cases: [Case<'_>; 6] = [
        ([None, None], 10, "--old-config or --new-config", &["KS0203", "KS0307"]),
        ([small, None], 10, "4 KiB", &["KS0203", "KS0307"]),
        ([Some(&none), Some(&none)], 10, "not known", &["KS0203", "KS0307"]),
        ([small, small], 0, "", &[]),
        // How the map of preserved memory has its nodes then, the catalogue does not know.
        ([large, large], 10, "BTF", &["KS0203"]),
        ([small, large], 20, "64 KiB", &["KS0203", "KS0307"]),
    ];
    for (configs, expected, words, rules) in cases {
        let kernel = arm64();
        let (exit, report) = check([&kernel, &kernel], configs);
        assert_eq!(exit, expected, "{configs:?}: {report}");
        assert!(report.contains(words), "{words}: {report}");
        for rule in ["KS0203", "KS0307"] {
            assert_eq!(
                report.contains(rule),
                rules.contains(&rule),
                "{rule}, {configs:?}: {report}"
            );
        }
    }
}

#[test]
fn a_configuration_that_is_not_this_kernels_is_not_taken_for_it() {
    let own = config("CONFIG_ARM64_4K_PAGES=y\n");
    let kernel = with_embedded(&own);
    let cases = [
        (own.clone(), 0, ""),
        (
            own.replace("CONFIG_LIVEUPDATE=y", "# CONFIG_LIVEUPDATE is not set"),
            30,
            "CONFIG_LIVEUPDATE",
        ),
        (own.replace("4K", "64K"), 30, "64 KiB"),
    ];
    for (given, expected, words) in cases {
        let (exit, report) = check([&kernel, &kernel], [None, Some(&given)]);
        assert_eq!(exit, expected, "{report}");
        assert!(report.contains(words), "{words}: {report}");
    }
    // Nor does one that claims more make a yes of a no.
    let without = with_embedded(&own.replace("CONFIG_KEXEC_HANDOVER=y\n", ""));
    assert_eq!(check([&kernel, &without], [None, Some(&own)]).0, 20);
}

#[test]
fn what_is_built_in_and_has_no_version_that_is_known_cannot_be_judged() {
    let small = config("CONFIG_ARM64_4K_PAGES=y\n");
    let known = with_embedded(&small);
    // A later release may name its versions otherwise, or the linker keep a longer text alone.
    let cases = [
        ("kho-v4", "kho/17", "KEXEC_HANDOVER"),
        ("kho-v4", "no kho-v4", "KEXEC_HANDOVER"),
        ("luo-v5", "luo-v5.1", "LIVEUPDATE"),
        ("memfd-v2", "shmem-v2", "LIVEUPDATE_MEMFD"),
    ];
    for (text, other, option) in cases {
        let renamed = || arm64_with(&TEXTS.replace(text, other));
        for (kernel, given) in [(embedding(&small, renamed()), None), (renamed(), Some(&*small))] {
            for (pair, configs) in
                [([&known, &kernel], [None, given]), ([&kernel, &known], [given, None])]
            {
                let (exit, report) = check(pair, configs);
                assert_eq!(exit, 30, "{other}, {configs:?}: {report}");
                assert!(report.contains(&format!("CONFIG_{option} ")), "{option}: {report}");
            }
        }
    }
}

#[test]
fn a_configuration_that_leaves_out_what_the_image_has_is_another_kernels() {
    let small = config("CONFIG_ARM64_4K_PAGES=y\n");
    for (option, version) in [("KEXEC_HANDOVER", "kho-v4"), ("LIVEUPDATE", "luo-v5")] {
        let without = small.replace(&format!("CONFIG_{option}=y\n"), "");
        let (exit, report) = check([&arm64(), &arm64()], [Some(&small), Some(&without)]);
        assert_eq!(exit, 30, "{report}");
        let why = format!("CONFIG_{option} is off in it, and {version} is in the kernel");
        assert_eq!(report.matches(&why).count(), 1, "{report}");
    }
}

#[test]
fn a_configuration_beside_what_cannot_be_read_tells_nothing_of_it() {
    let folder = TempDir::new().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let records = "[[record]]\nname = \"volume\"\nrow = 8\nrequires = true\nmember = [\n    \
         { id = 1, name = \"size\", kind = \"unsigned\", bits = 64 },\n]\n";
    let (new, given) = (put("new.toml", records), put("config", &config("")));
    for told in [false, true] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kserial"));
        command.args(["check", "/nonexistent/vmlinux"]).arg(&new);
        if told {
            command.arg("--old-config").arg(&given);
        }
        let output = command.output().unwrap();
        let report = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(30), "{told}: {report}");
        assert!(!report.contains("KS0211"), "{told}: {report}");
    }
}
