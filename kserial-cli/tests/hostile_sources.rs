//! Whatever the bytes: no panic, an end, and an answer or an error.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod made;

use std::io::Write;
use std::sync::{Arc, LazyLock};

use kserial_cli::source::{Binary, Kernel};
use made::btf::{Made, STRUCT};
use made::bzimage::{bzimage, compressed, Packed, ALL};
use made::elf::{note, Elf};
use proptest::prelude::*;
use proptest::sample::Index;

/// One of every kind of input.
static INPUTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut btf = Made::new();
    let int = btf.int("unsigned int", 4, 0);
    btf.composite(STRUCT, "memfd_luo_ser", 4, &[("seals", int, 0)]);
    let mut own = Made::split(&btf);
    own.composite(STRUCT, "own", 4, &[("a", int, 0)]);
    let mut config = b"IKCFG_ST".to_vec();
    config.extend(compressed(b"CONFIG_LIVEUPDATE=y\n", Packed::Gzip));
    config.extend(b"IKCFG_ED");
    let kernel = Elf::kernel()
        .note("KSerial", 1, b"note")
        .rodata(&config)
        .data(b"\xffmemfd-v2\0")
        .btf(&btf.old());
    let big = Elf { big_endian: true, ..Elf::program() }.note("KSerial", 1, b"note");
    let module = Elf::module("luo_test").apart(".BTF", &own.old()).apart(".BTF.base", &btf.old());
    let mut all = vec![
        kernel.bytes(),
        Elf { section_table: false, ..kernel.clone() }.bytes(),
        big.bytes(),
        module.bytes(),
        btf.old(),
    ];
    all.extend(ALL.map(|packed| bzimage(&kernel.bytes(), packed)));
    all.extend(ALL.map(|packed| compressed(&module.bytes(), packed)));
    all
});

/// Asks for everything.
fn look_at(binary: &Binary) {
    let _ = (binary.identity(), binary.sha256(), binary.kserial_notes().count());
    let _ = binary.config().map(|config| config.iter().count());
    let _ = binary.find_texts(|text| text.len() > 3);
    if let Ok(Some(btf)) = binary.btf(None) {
        let btf = Arc::new(btf);
        let _ = binary.btf(Some(&btf));
        for composite in btf.composites("memfd_luo_ser").unwrap_or_default() {
            let _ = composite.members();
        }
    }
}

fn open(bytes: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    match Kernel::open(file.path()) {
        Ok(kernel) => {
            if let Some(binary) = kernel.binary() {
                look_at(binary);
            }
            kernel.modules().scan(|module| module.map_or((), look_at));
        }
        Err(error) => assert!(error.to_string().len() > 20, "{error}"),
    }
}

#[test]
fn what_is_to_be_broken_is_sound() {
    for (index, input) in INPUTS.iter().enumerate() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(input).unwrap();
        Binary::open(file.path()).unwrap_or_else(|error| panic!("{index}: {error}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..Default::default() })]

    #[test]
    fn flipped_bytes_do_not_make_it_panic(
        which in any::<Index>(),
        flips in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = which.get(&INPUTS).clone();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        open(&bytes);
    }

    #[test]
    fn fields_of_headers_may_hold_anything(
        which in any::<Index>(),
        // The headers of ELF and of its sections, and the boot header, in words.
        at in any::<Index>(),
        word in prop_oneof![Just(u32::MAX), Just(0u32), 0u32..200, any::<u32>()],
        near_the_end in any::<bool>(),
    ) {
        let mut bytes = which.get(&INPUTS).clone();
        let words = bytes.len() / 4;
        let at = if near_the_end { words - 1 - at.index(words.min(256)) } else { at.index(words.min(256)) };
        bytes[at * 4..at * 4 + 4].copy_from_slice(&word.to_le_bytes());
        open(&bytes);
    }

    #[test]
    fn cut_files_do_not_make_it_panic(which in any::<Index>(), cut in any::<Index>()) {
        let bytes = which.get(&INPUTS);
        open(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn what_a_kernel_shows_may_be_anything(
        notes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..64),
            (0usize..40).prop_map(|cut| note("KSerial", 1, b"running", false)[..cut.min(28)].to_vec()),
        ],
        other in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let root = tempfile::tempdir().unwrap();
        let put = |name: &str, bytes: &[u8]| {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        put("sys/kernel/notes", &notes);
        put("sys/kernel/btf/vmlinux", &other);
        put("proc/sys/kernel/osrelease", &other);
        put("proc/cmdline", &other);
        if let Ok(kernel) = Kernel::running_below(root.path(), None) {
            if let Some(binary) = kernel.binary() {
                look_at(binary);
            }
        }
    }
}
