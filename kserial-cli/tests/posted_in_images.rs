//! Handlers that are in no release, in kernels that have them all the same: what was posted is known by
//! its version strings.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod made;

use std::fs;
use std::process::Command;

use kserial::Grade;
use kserial_cli::judge::{Condition, Verdict};
use kserial_cli::kernel::{Component, Evidence, Kernel};
use kserial_cli::observe;
use made::elf::Elf;
use tempfile::TempDir;

/// The texts of 7.3, and some more.
fn vmlinux(more: &str) -> Elf {
    let texts = "kho-v4\0luo-v5\0memfd-v2\0memblock-v1\0kexec-metadata\0transparent_hugepage=\0";
    Elf::kernel().rodata(format!("\0{texts}{more}\0").as_bytes())
}

/// A folder with a kernel, and a module if it has texts.
fn folder(built_in: &str, module: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("vmlinux"), vmlinux(built_in).bytes()).unwrap();
    if !module.is_empty() {
        let module = Elf::module("vfio_pci_core").rodata(format!("\0{module}\0").as_bytes());
        fs::write(folder.path().join("vfio-pci-core.ko"), module.bytes()).unwrap();
    }
    folder
}

fn open(folder: &TempDir) -> Kernel {
    let mut kernel = observe::open(folder.path().to_str().unwrap()).unwrap();
    kernel.cmdline = Some("kho=on liveupdate=on".to_owned());
    assert!(kernel.unread.is_empty(), "{:?}", kernel.unread);
    kernel
}

fn kernel(built_in: &str) -> Kernel {
    open(&folder(built_in, ""))
}

#[test]
fn a_handler_that_the_next_kernel_lacks_is_foretold_as_for_the_catalogues_kernels() {
    let plain = kernel("");
    for texts in
        ["vfio-pci-v2", "vfio-pci-v1", "huge-memfd-v1\0hugetlb-v1", "kvm_vm_luo_v1", "vfio-pci-v9"]
    {
        let verdict = Verdict::of(&kernel(texts), &plain);
        let lost = verdict.findings.iter().find(|f| f.rule == "KS0207").unwrap();
        assert_eq!(lost.grade, Grade::Conditional, "{texts}");
        assert!(matches!(lost.condition, Some(Condition::None { .. })), "{lost:?}");
        assert!(lost.then.contains("EIO"), "{}", lost.then);
    }
    let of_catalogue = ["posted/vfio-pci-v2", "7.3"].map(|name| Kernel::of_linux(name).unwrap());
    let foretold = |old: &Kernel, new: &Kernel| {
        let verdict = Verdict::of(old, new);
        let mut found = verdict.findings.iter().filter(|f| f.rule == "KS0207");
        let finding = found.next().unwrap().clone();
        assert!(found.next().is_none());
        (finding.subject, finding.grade, finding.effect, finding.condition)
    };
    assert_eq!(
        foretold(&kernel("vfio-pci-v2"), &plain),
        foretold(&of_catalogue[0], &of_catalogue[1])
    );
}

#[test]
fn a_posted_version_is_known_where_one_layout_alone_was_posted_under_it() {
    let vfio = |kernel: &Kernel| kernel.component("vfio-pci").unwrap().clone();
    let same = |component: &Component| (component.evidence, component.layouts.len());
    assert_eq!(same(&vfio(&kernel("vfio-pci-v2"))), (Evidence::CatalogueByString, 1));
    // Under the other string two structs were posted, and nobody has posted a ninth.
    for texts in ["vfio-pci-v1", "vfio-pci-v9"] {
        assert_eq!(same(&vfio(&kernel(texts))), (Evidence::StringAlone, 0), "{texts}");
    }
    let rules = |old: &str, new: &str| -> Vec<&str> {
        let verdict = Verdict::of(&kernel(old), &kernel(new));
        let of_vfio = verdict.findings.iter().filter(|f| f.subject == "vfio-pci");
        of_vfio.map(|finding| finding.rule).collect()
    };
    assert_eq!(rules("vfio-pci-v2", "vfio-pci-v2"), [""; 0]);
    assert_eq!(rules("vfio-pci-v1", "vfio-pci-v1"), ["KS0203"]);
    assert_eq!(rules("vfio-pci-v2", "vfio-pci-v1"), ["KS0201"]);
}

#[test]
fn what_only_looks_like_a_posted_version_is_none() {
    let released: Vec<_> = kernel("").components.into_iter().map(|c| c.name).collect();
    for texts in
        ["not vfio-pci-v2", "vfio-pci-v2-", "vfio-pci-v", "pci-v2x", "memfd", "a feature header"]
    {
        let found: Vec<_> = kernel(texts).components.into_iter().map(|c| c.name).collect();
        assert_eq!(found, released, "{texts}");
    }
}

#[test]
fn a_file_of_a_posted_handler_is_taken_up_by_a_kernel_that_has_it() {
    let state = tempfile::NamedTempFile::new().unwrap();
    let json = r#"{"schema": "kserial-manifest/1", "sessions": [{"name": "vm", "files":
        [{"token": 1, "handler": "vfio-pci-v2"}]}]}"#;
    fs::write(state.path(), json).unwrap();
    let check = |new: &TempDir, modules: &[&str]| {
        let old = folder("vfio-pci-v2", "");
        let mut command = Command::new(env!("CARGO_BIN_EXE_kserial"));
        command.arg("check").args([old.path(), new.path()]).arg("--state").arg(state.path());
        let on = "kho=on liveupdate=on";
        command.args(["--old-cmdline", on, "--new-cmdline", on]).args(modules);
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let in_module = || folder("", "vfio-pci-v2");
    let cases = [
        (folder("vfio-pci-v2", ""), &[][..], 0),
        (in_module(), &[], 10),
        (in_module(), &["--new-modules", "vfio-pci-core"], 0),
        (in_module(), &["--new-modules", ""], 20),
        (folder("", ""), &[], 20),
    ];
    for (new, modules, expected) in cases {
        let (exit, report) = check(&new, modules);
        assert_eq!(exit, expected, "{modules:?}: {report}");
    }
}
