//! Verdicts on real kernels.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]
#![allow(clippy::print_stdout, reason = "which kernels were judged is what these tests show")]

mod real;

use kserial::Grade;
use kserial_cli::judge::Verdict;
use kserial_cli::kernel::{Evidence, Kernel};
use kserial_cli::observe;
use real::{kernels_with_modules, stock_kernels};

fn open(path: &std::path::Path) -> Kernel {
    let kernel = observe::open(path.to_str().unwrap()).unwrap();
    assert!(kernel.unread.is_empty(), "{:?}", kernel.unread);
    kernel
}

#[test]
#[ignore = "needs stock kernels: cargo xtask stock"]
fn stock_kernels_are_built_without_kexec_handover_and_are_told_so() {
    let newest = Kernel::of_linux("7.3").unwrap();
    for path in stock_kernels() {
        let kernel = open(&path);
        for (writer, reader) in [(&kernel, &newest), (&newest, &kernel)] {
            let verdict = Verdict::of(writer, reader);
            let first = verdict.findings.first().unwrap();
            assert_eq!((verdict.grade, first.rule), (Grade::Incompatible, "KS0302"));
            assert!(!verdict.incomplete, "it was read, and there is none");
            let fix = first.fix.as_deref().unwrap();
            assert!(fix.contains("CONFIG_KEXEC_HANDOVER=y"), "{fix}");
        }
        println!("{}: built without Kexec Handover", kernel.release());
    }
}

#[test]
#[ignore = "needs kernels of the lab: cargo xtask kernels"]
fn kernels_of_the_lab_hand_over_what_the_catalogue_says_of_their_release() {
    let trees = kernels_with_modules();
    assert!(!trees.is_empty(), "run `cargo xtask kernels`");
    for tree in trees {
        let mut kernel = open(&tree.join("vmlinux"));
        kernel.cmdline = Some("kho=on liveupdate=on".to_owned());
        let version: Vec<&str> = kernel.release().split(['.', '-']).take(2).collect();
        let release = version.join(".");
        let release = Kernel::of_linux(&release)
            .unwrap_or_else(|_| panic!("the catalogue does not know Linux {release} yet"));
        // Some of the lab's configurations leave out huge pages; nothing else differs.
        let config = std::fs::read_to_string(tree.join(".config")).unwrap();
        let is_huge = config.lines().any(|line| line == "CONFIG_TRANSPARENT_HUGEPAGE=y");
        let without = if is_huge { vec![] } else { vec!["KS0305"] };
        for (writer, reader, findings) in
            [(&kernel, &release, vec![]), (&release, &kernel, without)]
        {
            let verdict = Verdict::of(writer, reader);
            // The lab may have built KSerial records in; here upstream's components count.
            let upstream = |name: &str| release.component(name).is_some();
            let records = |name: &str| kernel.records.iter().any(|r| r.layout.name == name);
            let found = verdict.findings.iter();
            let found = found
                .filter(|f| upstream(&f.subject) && !(f.rule == "KS0214" && records(&f.subject)));
            let found: Vec<&str> = found.map(|finding| finding.rule).collect();
            assert_eq!(found, findings, "{}", tree.display());
            let luo = verdict.part("luo").unwrap();
            assert_eq!(luo.today, Grade::Identical);
        }
        let luo = kernel.component("luo").unwrap();
        assert_eq!(luo.evidence, Evidence::BtfAndString);
        println!("{}: as linux:{}", tree.display(), version.join("."));
    }
}

#[test]
#[ignore = "needs kernels of the lab: cargo xtask kernels"]
fn extracts_of_real_kernels_answer_as_the_kernels_do() {
    let trees = kernels_with_modules();
    let kernels: Vec<Kernel> = trees.iter().map(|tree| open(&tree.join("vmlinux"))).collect();
    let extracts: Vec<Kernel> = kernels
        .iter()
        .map(|kernel| Kernel::from_toml("extract", &kernel.to_toml()).unwrap())
        .collect();
    for (old, old_extract) in kernels.iter().zip(&extracts) {
        for (new, new_extract) in kernels.iter().zip(&extracts) {
            assert_eq!(Verdict::of(old, new), Verdict::of(old_extract, new_extract));
        }
    }
    println!("{} kernels, {} pairs", kernels.len(), kernels.len() * kernels.len());
}

#[test]
#[ignore = "needs kernels of the lab: cargo xtask kernels"]
fn the_image_that_boots_answers_as_the_vmlinux_it_was_made_of() {
    for tree in kernels_with_modules() {
        let vmlinux = open(&tree.join("vmlinux"));
        let mut image = open(&tree.join("arch/x86/boot/bzImage"));
        // The files differ, the kernel in them does not.
        image.identity.name.clone_from(&vmlinux.identity.name);
        image.identity.sha256.clone_from(&vmlinux.identity.sha256);
        assert_eq!(image, vmlinux, "{}", tree.display());
    }
}
