//! The kernel that runs, judged by what it shows.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod made;

use std::fs;
use std::path::Path;

use kserial::Grade;
use kserial_cli::judge::Verdict;
use kserial_cli::kernel::{Evidence, Kernel};
use kserial_cli::{observe, source};
use made::elf::{note, Elf};

/// Structs of `memfd-v2`, some of them with tags: see `data/tagged.c`.
const BTF: &[u8] = include_bytes!("data/tagged.btf");
const BUILD: [u8; 20] = [0xab; 20];

fn put(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// What a kernel shows of itself, and the modules that are loaded.
fn running(cmdline: &str, modules: &[&str], has_image: bool) -> Kernel {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    put(root, "sys/kernel/notes", &note("GNU", 3, &BUILD, false));
    put(root, "sys/kernel/btf/vmlinux", BTF);
    put(root, "proc/sys/kernel/osrelease", b"7.3.4-made\n");
    put(root, "proc/sys/kernel/arch", b"x86_64\n");
    put(root, "proc/cmdline", cmdline.as_bytes());
    for module in modules {
        put(root, &format!("sys/module/{module}/initstate"), b"live\n");
    }
    if has_image {
        let strings = b"\0Linux version 7.3.4-made (c)\0kho-v4\0luo-v5\0memfd-v2\0kexec-metadata\0";
        let image = Elf::program().rodata(strings).note("GNU", 3, &BUILD).bytes();
        put(root, "lib/modules/7.3.4-made/vmlinux", &image);
    }
    let shown = source::Kernel::running_below(root, Some(4096)).unwrap();
    observe::of_source("running", &shown).unwrap()
}

#[test]
fn with_its_image_at_hand_it_is_known_by_types_and_strings() {
    let kernel = running("kho=on liveupdate=on", &["luo_test"], true);
    assert_eq!(kernel.release(), "7.3.4-made");
    assert_eq!(kernel.cmdline.as_deref(), Some("kho=on liveupdate=on"));
    assert_eq!(kernel.loaded, Some(vec!["luo_test".to_owned()]));
    let memfd = kernel.component("memfd").unwrap();
    assert_eq!(
        (memfd.evidence, memfd.writes.concat()),
        (Evidence::BtfAndString, "memfd-v2".into())
    );
    assert_eq!(kernel.component("luo").unwrap().writes, ["luo-v5"]);
}

#[test]
fn without_its_image_the_strings_are_not_known_and_it_is_never_called_compatible() {
    let kernel = running("kho=on liveupdate=on", &[], false);
    let memfd = kernel.component("memfd").unwrap();
    assert_eq!((memfd.evidence, memfd.writes.len()), (Evidence::Btf, 0));
    let release = Kernel::of_linux("7.3").unwrap();
    for (writer, reader) in [(&kernel, &release), (&release, &kernel), (&kernel, &kernel)] {
        let verdict = Verdict::of(writer, reader);
        assert!(verdict.grade >= Grade::Conditional, "{:?}", verdict.findings);
    }
}

#[test]
fn the_command_line_that_it_runs_with_is_the_one_that_counts() {
    let rules = |cmdline: &str| {
        let kernel = running(cmdline, &[], true);
        let release = Kernel::of_linux("7.3").unwrap();
        let verdict = Verdict::of(&kernel, &release);
        verdict.findings.iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert!(rules("kho=off").contains(&"KS0304"), "{:?}", rules("kho=off"));
    assert!(rules("kho=on").contains(&"KS0308"), "{:?}", rules("kho=on"));
    let on = rules("kho=on liveupdate=on");
    assert!(!on.contains(&"KS0304") && !on.contains(&"KS0308"), "{on:?}");
}

#[test]
fn a_handler_in_a_module_is_seen_in_the_file_of_its_build() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    put(root, "sys/kernel/notes", &note("GNU", 3, &BUILD, false));
    put(root, "proc/sys/kernel/osrelease", b"7.3.4-made\n");
    put(root, "proc/sys/kernel/arch", b"x86_64\n");
    put(root, "proc/cmdline", b"kho=on liveupdate=on");
    let strings = b"\0Linux version 7.3.4-made (c)\0kho-v4\0luo-v5\0memfd-v2\0kexec-metadata\0";
    let image = Elf::program().rodata(strings).note("GNU", 3, &BUILD).bytes();
    put(root, "lib/modules/7.3.4-made/vmlinux", &image);
    let build = [0xcd; 20];
    put(root, "sys/module/vfio_pci_core/initstate", b"live\n");
    put(root, "sys/module/vfio_pci_core/notes/gnu", &note("GNU", 3, &build, false));
    let running = || {
        let shown = source::Kernel::running_below(root, Some(4096)).unwrap();
        observe::of_source("running", &shown).unwrap()
    };
    let release = Kernel::of_linux("7.3").unwrap();
    let other = Elf::module("vfio_pci_core").rodata(b"\0vfio-pci-v2\0").note("GNU", 3, &BUILD);
    let path = "lib/modules/7.3.4-made/kernel/drivers/vfio/pci/vfio-pci-core.ko";
    for file in [None, Some(other)] {
        if let Some(file) = file {
            put(root, path, &file.bytes());
        }
        // What a module without its file holds, nobody can tell.
        let kernel = running();
        let [unread] = &kernel.unread[..] else { panic!("{:?}", kernel.unread) };
        assert!(unread.why.contains("vfio_pci_core"), "{unread:?}");
        assert!(Verdict::of(&kernel, &release).incomplete);
    }
    let own = Elf::module("vfio_pci_core").rodata(b"\0vfio-pci-v2\0").note("GNU", 3, &build);
    put(root, path, &own.bytes());
    let kernel = running();
    assert_eq!(kernel.unread, []);
    let vfio = kernel.component("vfio-pci").unwrap();
    assert_eq!(vfio.module.as_deref(), Some("vfio_pci_core"));
    let verdict = Verdict::of(&kernel, &release);
    assert!(verdict.findings.iter().any(|f| f.rule == "KS0207" && f.subject == "vfio-pci"));
}
