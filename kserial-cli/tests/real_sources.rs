//! Files that others made: the tools of the kernel's build, and whole kernels.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "which kernels were read is what these tests show")]

mod made;
mod real;

use std::fs;
use std::path::Path;
use std::process::Command;

use kserial_cli::source::{Binary, Kernel, Role, Setting};
use made::bzimage::with_payload;
use made::elf::Elf;
use real::{kernels_with_modules, output, stock_kernels};

fn open(path: &Path) -> Binary {
    Binary::open(path).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
#[ignore = "needs gzip, xz, lz4 and zstd"]
fn what_the_compressors_of_the_kernels_build_pack_is_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let vmlinux = folder.path().join("vmlinux");
    // More than one block of lz4's 8 MiB.
    let filler: Vec<u8> =
        (0..20u32 << 20).map(|i| (i.wrapping_mul(i) >> 13).to_le_bytes()[0]).collect();
    let bytes = Elf::kernel().note("KSerial", 1, b"note").rodata(&filler).bytes();
    fs::write(&vmlinux, &bytes).unwrap();
    // As scripts/Makefile.lib and scripts/xz_wrap.sh call them, at a lower level where one is slow.
    for (tool, options) in [
        ("gzip", &["-n", "-f", "-9", "-c"][..]),
        ("xz", &["--check=crc32", "--x86", "--lzma2=dict=32MiB", "-c"]),
        ("xz", &["--format=lzma", "-9", "-c"]),
        ("lz4", &["-l", "-9", "-c"]),
        ("zstd", &["-12", "--ultra", "--long=27", "-c"]),
    ] {
        let mut payload = output(Command::new(tool).args(options).arg(&vmlinux));
        if tool != "gzip" {
            payload.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
        }
        let image = folder.path().join("bzImage");
        fs::write(&image, with_payload(&payload)).unwrap();
        let image = open(&image);
        assert_eq!(image.identity(), open(&vmlinux).identity(), "{tool} {options:?}");
        assert_eq!(image.kserial_notes().count(), 1, "{tool} {options:?}");
    }
}

#[test]
#[ignore = "needs cc and strip"]
fn a_program_keeps_its_notes_when_it_is_stripped() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("program.c");
    fs::write(
        &source,
        r#"
        #define NOTE(name, text) \
            __attribute__((section(".note.KSerial"), aligned(4), used)) static const struct { \
                unsigned int owner_len, desc_len, kind; char owner[8], desc[8]; \
            } name = { 8, 8, 1, "KSerial", text }
        NOTE(first, "memfd__");
        NOTE(second, "luo_ses");
        int main(void) { return first.kind + second.kind; }
        "#,
    )
    .unwrap();
    let program = folder.path().join("program");
    let run = |command: &mut Command| assert!(command.status().unwrap().success());
    run(Command::new("cc").args(["-g", "-o"]).arg(&program).arg(&source));
    for strip in [None, Some("--strip-debug"), Some("--strip-all")] {
        if let Some(strip) = strip {
            run(Command::new("strip").arg(strip).arg(&program));
        }
        let program = open(&program);
        assert_eq!(*program.role(), Role::Program);
        let notes: Vec<_> = program.kserial_notes().map(|note| note.desc.clone()).collect();
        assert_eq!(notes, [&b"memfd__\0"[..], b"luo_ses\0"], "{strip:?}");
    }
}

#[test]
#[ignore = "needs stock kernels (cargo xtask stock)"]
fn a_stock_kernel_is_known_by_its_packages_name() {
    for path in stock_kernels() {
        let Some(package) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let Some(release) = package.strip_prefix("linux-binary-") else { continue };
        let kernel = Kernel::open(&path).unwrap_or_else(|error| panic!("{error}"));
        let binary = kernel.binary().unwrap();
        assert_eq!(binary.identity().release.as_deref(), Some(release));
        assert_eq!(binary.identity().build_id.as_ref().map(Vec::len), Some(20));
        assert_eq!(binary.identity().page_size, Some(4096));
        assert_eq!(binary.kserial_notes().count(), 0);
        // Debian builds without Kexec Handover, and keeps its configuration elsewhere.
        let kho = binary.find_texts(|text| text.starts_with("kho-v")).unwrap();
        assert!(kho.is_empty(), "{kho:?}");
        assert!(binary.config().is_none());
        println!("{}: {} notes", binary.place(), binary.notes().len());
    }
}

#[test]
#[ignore = "needs readelf and built kernels (cargo xtask kernels)"]
fn a_built_kernel_is_the_same_as_vmlinux_and_as_bzimage() {
    for tree in kernels_with_modules() {
        let vmlinux = tree.join("vmlinux");
        let image = tree.join("arch/x86/boot/bzImage");
        if !vmlinux.exists() || !image.exists() {
            continue;
        }
        let (plain, packed) = (open(&vmlinux), open(&image));
        assert_eq!(plain.identity(), packed.identity());
        let descs = |binary: &Binary| -> Vec<_> {
            binary.notes().iter().map(|note| (note.owner.clone(), note.desc.clone())).collect()
        };
        assert_eq!(descs(&plain), descs(&packed));
        assert_eq!(plain.btf_bytes(), packed.btf_bytes());
        let texts = |binary: &Binary| -> Vec<String> {
            let wanted =
                |text: &str| ["kho-v", "luo-v", "memfd-v"].iter().any(|it| text.starts_with(it));
            binary.find_texts(wanted).unwrap().into_iter().map(|text| text.text).collect()
        };
        assert_eq!(texts(&plain), texts(&packed));

        // The build's own files as the second source.
        let release = fs::read_to_string(tree.join("include/config/kernel.release")).unwrap();
        assert_eq!(plain.identity().release.as_deref(), Some(release.trim()));
        let config = plain.config().expect("CONFIG_IKCONFIG");
        let written = fs::read_to_string(tree.join(".config")).unwrap();
        let mut options = 0;
        for line in written.lines() {
            let told =
                line.strip_prefix("# CONFIG_").and_then(|line| line.strip_suffix(" is not set"));
            if let Some(name) = told {
                assert_eq!(config.get(name), Some(&Setting::No), "{name}");
            } else if let Some((name, value)) =
                line.strip_prefix("CONFIG_").and_then(|line| line.split_once('='))
            {
                assert_eq!(config.get(name).map(spelled).as_deref(), Some(value), "{name}");
            } else {
                continue;
            }
            options += 1;
        }
        assert_eq!(config.iter().count(), options);
        let notes = output(Command::new("readelf").arg("-nW").arg(&vmlinux));
        let id: String =
            plain.identity().build_id.iter().flatten().map(|b| format!("{b:02x}")).collect();
        assert!(!id.is_empty() && String::from_utf8_lossy(&notes).contains(&id), "{id}");
        println!("{}: {options} options, {:?}", plain.place(), texts(&plain));
    }
}

fn spelled(setting: &Setting) -> String {
    match setting {
        Setting::Yes => "y".into(),
        Setting::Module => "m".into(),
        Setting::No => "n".into(),
        Setting::Number(number) => number.clone(),
        Setting::Text(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

#[test]
#[ignore = "reads the kernel that runs"]
fn the_kernel_that_runs_is_read() {
    let kernel = Kernel::running().unwrap_or_else(|error| panic!("{error}"));
    let identity = kernel.binary().unwrap().identity();
    let uname = |option| String::from_utf8(output(Command::new("uname").arg(option))).unwrap();
    assert_eq!(identity.release.as_deref(), Some(uname("-r").trim()));
    assert_eq!(identity.architecture.unwrap().to_string(), uname("-m").trim());
    let shown = fs::read("/sys/kernel/btf/vmlinux").is_ok_and(|btf| !btf.is_empty());
    let btf = kernel.btf().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(btf.is_some(), shown);
    println!(
        "{identity:?}, {} types, {} modules",
        btf.map_or(0, |btf| btf.len()),
        kernel.modules().len()
    );
}
