//! What is found in a kernel, whatever it comes in.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod made;

use std::fs;
use std::path::{Path, PathBuf};

use kserial_cli::source::{Binary, Format, Kernel, Problem, Role, Setting, SourceError};
use made::btf::{Made, STRUCT};
use made::bzimage::{bzimage, compressed, payload, with_payload, Packed};
use made::elf::{note, Elf};

/// A folder that is gone when the test is.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}

fn open(bytes: &[u8]) -> Result<Binary, SourceError> {
    Binary::open(&Folder::new().put("kernel", bytes))
}

fn problem<T: std::fmt::Debug>(result: Result<T, SourceError>) -> Problem {
    result.unwrap_err().problem
}

fn texts(binary: &Binary) -> Vec<String> {
    let wanted = |text: &str| text.starts_with("kho-") || text.starts_with("memfd-");
    binary.find_texts(wanted).unwrap().into_iter().map(|found| found.text).collect()
}

fn btf() -> Made {
    let mut made = Made::new();
    let int = made.int("unsigned int", 4, 0);
    made.composite(STRUCT, "memfd-v7", 4, &[("kho-v7", int, 0)]);
    made
}

const CONFIG: &str = "# Linux 7.3.4\nCONFIG_KEXEC_HANDOVER=y\nCONFIG_LIVEUPDATE=m\n\
    # CONFIG_EXPERT is not set\nCONFIG_CMDLINE=\"kho=on\"\n";

/// A kernel with everything in it.
fn kernel() -> Elf {
    let mut config = b"\0IKCFG_ST".to_vec();
    config.extend(compressed(CONFIG.as_bytes(), Packed::Gzip));
    config.extend(b"IKCFG_ED\0");
    Elf::kernel()
        .note("KSerial", 1, b"first")
        .note("Linux", 0x100, b"7.0.0-salt\0")
        .note("KSerial", 1, b"second")
        .rodata(b"one\0kho-v4\0not kho-v4\0kho-v4 \0\0")
        .rodata(&config)
        .data(b"\x60\x12\x8c\x83\xff\xff\xff\xffmemfd-v2\0\0\0\0\0\0\0\0kho-unterminated")
        .btf(&btf().old())
        .apart(".debug_str", b"\0kho-v8\0")
}

/// All of it, however it was packed.
fn assert_is_kernel(binary: &Binary, what: &str) {
    assert_eq!(*binary.role(), Role::Kernel, "{what}");
    let identity = binary.identity();
    assert_eq!(identity.release.as_deref(), Some("7.3.4-made"), "{what}");
    assert_eq!(identity.build_id.as_deref(), Some(&[0xab; 20][..]), "{what}");
    assert_eq!(identity.architecture.unwrap().to_string(), "x86_64", "{what}");
    assert_eq!(identity.page_size, Some(4096), "{what}");
    let notes: Vec<_> = binary.kserial_notes().map(|note| &note.desc[..]).collect();
    assert_eq!(notes, [&b"first"[..], b"second"], "{what}");
    assert_eq!(texts(binary), ["kho-v4", "kho-v4 ", "memfd-v2"], "{what}");
    let config = binary.config().unwrap();
    assert!(config.is_yes("KEXEC_HANDOVER"), "{what}");
    assert_eq!(config.get("LIVEUPDATE"), Some(&Setting::Module), "{what}");
    assert_eq!(config.iter().count(), 4, "{what}");
    let btf = binary.btf(None).unwrap().unwrap();
    assert_eq!(btf.composites("memfd-v7").unwrap().len(), 1, "{what}");
}

#[test]
fn a_kernel_is_the_same_in_every_packing() {
    let vmlinux = kernel().bytes();
    assert_is_kernel(&open(&vmlinux).unwrap(), "vmlinux");
    for packed in made::bzimage::ALL {
        let what = format!("{packed:?}");
        let image = open(&bzimage(&vmlinux, packed)).unwrap();
        assert_is_kernel(&image, &what);
        if !matches!(packed, Packed::Stored) {
            let place = image.place().to_string().to_lowercase();
            assert!(place.ends_with(&format!("{} payload", what.to_lowercase())), "{place}");
            assert_is_kernel(&open(&compressed(&vmlinux, packed)).unwrap(), &what);
        }
    }
}

#[test]
fn the_sum_is_that_of_the_file_as_it_lies_on_the_disk() {
    let hex = |binary: Binary| -> String {
        binary.sha256().unwrap().iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let shapes = include_bytes!("data/shapes.btf");
    // As sha256sum has it.
    let expected = "9559c7d17cb1750bfc213ae54cf26de7323357cce83696ce151b7db53f8ce507";
    assert_eq!(hex(open(shapes).unwrap()), expected);
    assert_ne!(hex(open(&compressed(shapes, Packed::Zstd)).unwrap()), expected);
}

#[test]
fn what_is_not_read_is_called_by_its_name() {
    let mut arm = vec![0; 64];
    arm[0x38..0x3c].copy_from_slice(b"ARM\x64");
    let mut core = kernel().bytes();
    core[16] = 4;
    let bytes: [(&[u8], &str); 10] = [
        (&core, "a core dump (the memory of a machine), which is not read here"),
        (&with_payload(b"BZh91AY&SY    "), "compressed with bzip2, which is not undone here"),
        (
            &with_payload(b"\x89LZO\0\r\n\x1a\n    "),
            "compressed with lzo, which is not undone here",
        ),
        (&with_payload(b"what is this    "), "neither a kernel nor a module nor BTF"),
        (&arm, "an arm64 Image, which is not read here"),
        (b"MZ\0\0zimg\0\0\0\0", "an EFI zboot image, which is not read here"),
        (b"MZ and so on", "an EFI program without Linux's boot header, which is not read here"),
        (b"!<arch>\ndebian-binary", "an archive or a package, which is not read here"),
        (b"hello, world", "neither a kernel nor a module nor BTF"),
        (b"", "the file is empty"),
    ];
    for (bytes, expected) in bytes {
        assert_eq!(problem(open(bytes)).to_string(), expected);
    }
    assert!(matches!(problem(Binary::open(Path::new("/no/such/file"))), Problem::Io(_)));
}

#[test]
fn an_error_says_what_where_and_what_to_do() {
    let folder = Folder::new();
    let mut payload = payload(&kernel().bytes(), Packed::Xz);
    let end = payload.len() - 4;
    payload[end..].copy_from_slice(&77u32.to_le_bytes());
    let path = folder.put("vmlinuz", &with_payload(&payload));
    let error = Binary::open(&path).unwrap_err();
    let found = kernel().bytes().len();
    let expected = format!(
        "{}, xz payload: unpacks to {found} bytes where 77 are noted; \
         the file is damaged or cut short: copy it again",
        path.display()
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_bzimage_that_was_cut_short_is_an_error_wherever_it_was_cut() {
    let vmlinux = kernel().bytes();
    for packed in made::bzimage::ALL {
        let image = bzimage(&vmlinux, packed);
        let payload = payload(&vmlinux, packed);
        // The last bytes are code that unpacks the payload.
        let end = image.len() - 333;
        for len in (0..end).step_by(97) {
            assert!(open(&image[..len]).is_err(), "{packed:?}, cut to {len}");
        }
        // The header may be whole and say less than there was.
        for len in (0..payload.len()).step_by(97).chain(payload.len() - 4..payload.len()) {
            let cut = open(&with_payload(&payload[..len]));
            assert!(cut.is_err(), "{packed:?}, payload cut to {len}");
        }
    }
}

#[test]
fn a_boot_protocol_without_a_payload_is_refused() {
    let mut image = bzimage(&kernel().bytes(), Packed::Gzip);
    image[0x206..0x208].copy_from_slice(&[0x07, 0x02]);
    assert!(matches!(problem(open(&image)), Problem::BootProtocol(0x207)));
}

#[test]
fn a_small_file_that_unpacks_to_a_gigabyte_is_refused() {
    // Zeros by the gigabyte, as frames of zstd: 9 bytes make 128 KiB, so this makes 1 GiB and more.
    let mut bomb = b"\x28\xb5\x2f\xfd\x00\x58".to_vec();
    for index in 0..8200u32 {
        // A block of one repeated byte, 128 KiB of it; the last one says so.
        let block = (128 << 10) << 3 | 1 << 1 | u32::from(index == 8199);
        bomb.extend(&block.to_le_bytes()[..3]);
        bomb.push(0);
    }
    assert!(matches!(problem(open(&bomb)), Problem::TooLarge { .. }));
    bomb.extend(64u32.to_le_bytes());
    assert!(matches!(problem(open(&with_payload(&bomb))), Problem::Corrupt(Format::Zstd, _)));
}

#[test]
fn a_release_is_not_taken_from_a_note() {
    // Distributions leave all sorts of text in the build salt.
    let program = Elf::program().note("Linux", 0x100, b"6.1.102-salt\0").rodata(b"hello\0");
    let program = open(&program.bytes()).unwrap();
    assert_eq!(*program.role(), Role::Program);
    assert_eq!(program.identity().release, None);
}

#[test]
fn notes_are_found_in_sections_and_in_segments() {
    let elf = kernel();
    let with_sections = open(&elf.bytes()).unwrap();
    assert_eq!(with_sections.notes().len(), 4, "the segment shows none a second time");
    // Stripped of its table of sections, a file still has its segments.
    let stripped = open(&Elf { section_table: false, ..elf }.bytes()).unwrap();
    let descs = |binary: &Binary| -> Vec<_> {
        binary.kserial_notes().map(|note| note.desc.clone()).collect()
    };
    assert_eq!(descs(&stripped), descs(&with_sections));
    assert_eq!(stripped.identity().release.as_deref(), Some("7.3.4-made"));
    assert!(texts(&stripped).contains(&"memfd-v2".to_owned()));
    // Whether it has BTF can no longer be told, which is not the same as having none.
    assert!(matches!(problem(stripped.btf(None)), Problem::NoSections));
    let none = open(&Elf::kernel().bytes()).unwrap();
    assert!(none.btf(None).unwrap().is_none());
    assert_eq!(none.kserial_notes().count(), 0);
}

#[test]
fn a_big_endian_kernel_is_read() {
    let elf = Elf { big_endian: true, machine: 22, ..Elf::program() }
        .note("KSerial", 1, b"big")
        .rodata(b"\0Linux version 7.3.4 (a)\0kho-v4\0")
        .btf(&btf().bytes(None, true));
    let binary = open(&elf.bytes()).unwrap();
    assert_eq!(binary.identity().architecture.unwrap().to_string(), "s390x");
    assert_eq!(&binary.kserial_notes().next().unwrap().desc[..], b"big");
    assert_eq!(binary.btf(None).unwrap().unwrap().composites("memfd-v7").unwrap().len(), 1);
}

#[test]
fn the_page_size_of_arm64_is_its_configurations() {
    let arm = Elf { machine: 183, ..Elf::kernel() };
    let folder = Folder::new();
    folder.put("vmlinux", &arm.bytes());
    let size = || {
        let kernel = Kernel::open(folder.path()).unwrap();
        kernel.binary().unwrap().identity().page_size
    };
    assert_eq!(size(), None, "there are three, and nothing tells which");
    for (option, expected) in
        [("ARM64_4K_PAGES", 4096), ("ARM64_16K_PAGES", 16384), ("ARM64_64K_PAGES", 65536)]
    {
        folder.put("config-7.3.4-made", format!("CONFIG_{option}=y\n").as_bytes());
        assert_eq!(size(), Some(expected), "{option}");
    }
}

#[test]
fn a_module_says_its_name_and_the_release_it_is_for() {
    let mut own = Made::split(&btf());
    own.composite(STRUCT, "own", 4, &[("a", 1, 0)]);
    let module = Elf::module("luo_test")
        .note("KSerial", 1, b"mine")
        .data(b"\0\0\0\0\0\0\0\0memfd-v1\0\0")
        .apart(".BTF", &own.old());
    let folder = Folder::new();
    for (end, packed) in [
        ("ko", Packed::Stored),
        ("ko.gz", Packed::Gzip),
        ("ko.xz", Packed::Xz),
        ("ko.zst", Packed::Zstd),
    ] {
        let path = folder.put(&format!("m.{end}"), &compressed(&module.bytes(), packed));
        let kernel = Kernel::open(&path).unwrap();
        assert!(kernel.binary().is_none(), "a module is no kernel");
        let seen = kernel.modules().scan(|module| {
            let module = module.unwrap();
            let kernel = open(&kernel_with_btf()).unwrap().btf(None).unwrap().unwrap();
            assert!(module.btf(None).is_err(), "its types continue its kernel's");
            let btf = module.btf(Some(&kernel.into())).unwrap().unwrap();
            assert_eq!(btf.composites("own").unwrap()[0].members().unwrap()[0].bit_size, 32);
            let notes: Vec<_> = module.kserial_notes().map(|note| note.desc.to_vec()).collect();
            (module.role().clone(), module.identity().release.clone(), texts(module), notes)
        });
        let role = Role::Module { name: "luo_test".into() };
        let texts = vec!["memfd-v1".to_owned()];
        let expected = (role, Some("7.3.4-made".to_owned()), texts, vec![b"mine".to_vec()]);
        assert_eq!(seen, [expected], "{end}");
    }
}

fn kernel_with_btf() -> Vec<u8> {
    Elf::kernel().btf(&btf().old()).bytes()
}

#[test]
fn raw_btf_has_types_and_no_text() {
    for bytes in [btf().old(), btf().bytes(None, true), compressed(&btf().old(), Packed::Xz)] {
        let raw = open(&bytes).unwrap();
        assert_eq!(*raw.role(), Role::Btf);
        assert_eq!(raw.btf(None).unwrap().unwrap().len(), 2);
        assert!(matches!(problem(raw.find_texts(|_| true)), Problem::NoText));
    }
}

#[test]
fn broken_btf_is_an_error_when_it_is_asked_for() {
    let mut bytes = btf().old();
    bytes[8] = 1;
    let broken = open(&Elf::kernel().btf(&bytes).bytes()).unwrap();
    let error = broken.btf(None).unwrap_err().to_string();
    let expected =
        ", section .BTF, byte 0x8: the section of types does not start at a multiple of \
                    four; the BTF is damaged";
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_text_at_the_end_of_a_longer_one_is_not_it() {
    let kernel = open(&Elf::kernel().rodata(b"virtio-pci\0pcie\0").bytes()).unwrap();
    assert!(kernel.find_texts(|text| text == "pci").unwrap().is_empty());
}

#[test]
fn a_texts_place_is_where_it_is() {
    let bytes = kernel().bytes();
    let binary = open(&bytes).unwrap();
    for text in binary.find_texts(|text| text == "memfd-v2").unwrap() {
        let at = usize::try_from(text.place.offset.unwrap()).unwrap();
        assert_eq!(&bytes[at..at + 9], b"memfd-v2\0");
        assert!(text.place.to_string().contains(", section .data, byte 0x"), "{}", text.place);
    }
}

#[test]
fn a_section_beyond_the_file_is_an_error_unless_nobody_needs_it() {
    let elf = Elf::kernel().apart(".debug_info", b"1234");
    let bytes = elf.bytes();
    // The last section's header but one (that of the names) is that of the debug information.
    let header = bytes.len() - 2 * 64;
    let mut broken = bytes.clone();
    broken[header + 24..header + 32].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(open(&broken).is_ok(), "debug information is not looked at");
    broken[header + 8] = 2;
    assert!(matches!(problem(open(&broken)), Problem::SectionOutside), "now it is loaded");
    let mut compressed = bytes;
    compressed[header + 8..header + 16].copy_from_slice(&0x802u64.to_le_bytes());
    assert!(matches!(problem(open(&compressed)), Problem::SectionCompressed));
}

#[test]
fn a_directory_holds_one_kernel_its_configuration_and_its_modules() {
    let folder = Folder::new();
    folder.put("lib/modules/7.3.4-made/vmlinuz", &bzimage(&Elf::kernel().bytes(), Packed::Zstd));
    folder.put("lib/modules/7.3.4-made/config", b"CONFIG_LIVEUPDATE=y\n");
    for name in ["b", "a/c", "a/b"] {
        let module = Elf::module(&name.replace('/', "_")).bytes();
        folder.put(&format!("lib/modules/7.3.4-made/kernel/{name}.ko"), &module);
    }
    folder.put("lib/modules/7.3.4-made/kernel/broken.ko.xz", b"\xfd7zXZ\0 not really");
    folder.put("lib/modules/7.3.4-made/modules.dep", b"");
    #[cfg(unix)]
    std::os::unix::fs::symlink("/", folder.path().join("build")).unwrap();

    let kernel = Kernel::open(folder.path()).unwrap();
    let binary = kernel.binary().unwrap();
    assert_eq!(binary.identity().release.as_deref(), Some("7.3.4-made"));
    assert!(binary.config().unwrap().is_yes("LIVEUPDATE"));
    let seen = kernel.modules().scan(|module| match module.map(Binary::role) {
        Ok(Role::Module { name }) => name.clone(),
        Ok(role) => format!("{role:?}"),
        Err(error) => match error.problem {
            Problem::Corrupt(Format::Xz, _) => "not xz".to_owned(),
            problem => format!("{problem:?}"),
        },
    });
    assert_eq!(seen, ["a_b", "a_c", "b", "not xz"], "in the order of their paths");
}

#[test]
fn a_configuration_may_be_a_module() {
    let folder = Folder::new();
    folder.put("vmlinuz", &bzimage(&Elf::kernel().bytes(), Packed::Lz4));
    let mut config = b"IKCFG_ST".to_vec();
    config.extend(compressed(CONFIG.as_bytes(), Packed::Gzip));
    config.extend(b"IKCFG_ED");
    let module = Elf::module("configs").rodata(&config).bytes();
    folder.put("kernel/kernel/configs.ko.xz", &compressed(&module, Packed::Xz));
    let kernel = Kernel::open(folder.path()).unwrap();
    let config = kernel.binary().unwrap().config().unwrap();
    assert!(config.is_yes("KEXEC_HANDOVER"));
    assert!(config.place.path.ends_with("configs.ko.xz"), "{}", config.place);
}

#[test]
fn a_device_without_an_end_is_refused() {
    let opened = Kernel::open(Path::new("/dev/zero"));
    assert!(matches!(problem(opened), Problem::UnsupportedKind("a device or a socket")));
}

#[test]
fn a_build_tree_has_one_kernel_though_it_has_many_files() {
    let folder = Folder::new();
    let path = folder.put("vmlinux", &Elf::kernel().bytes());
    for other in ["vmlinux.o", "vmlinux.unstripped", "vmlinux-gdb.py", "arch/x86/boot/bzImage"] {
        folder.put(other, b"something else");
    }
    folder.put("arch/x86/boot/compressed/vmlinux", b"something else");
    let kernel = Kernel::open(folder.path()).unwrap();
    assert_eq!(kernel.binary().unwrap().place().path, path);
}

#[test]
fn a_directory_of_several_kernels_or_of_none_is_an_error() {
    let folder = Folder::new();
    assert!(matches!(problem(Kernel::open(folder.path())), Problem::NothingInDirectory));
    let one = folder.put("vmlinuz-7.2.1", &bzimage(&Elf::kernel().bytes(), Packed::Gzip));
    folder.put("vmlinux-7.2.1", &Elf::kernel().bytes());
    #[cfg(unix)]
    std::os::unix::fs::symlink(&one, folder.path().join("vmlinuz")).unwrap();
    assert!(Kernel::open(folder.path()).is_ok(), "one kernel in two forms, with a link to it");
    folder.put("vmlinuz-7.3.4", &bzimage(&Elf::kernel().bytes(), Packed::Gzip));
    match problem(Kernel::open(folder.path())) {
        Problem::SeveralKernels(kernels) => assert_eq!(kernels.len(), 3),
        other => panic!("{other:?}"),
    }
}

/// `/sys` and `/proc` of a kernel that runs.
fn running() -> Folder {
    let folder = Folder::new();
    let notes = [note("GNU", 3, &[0xab; 20], false), note("KSerial", 1, b"running", false)];
    folder.put("sys/kernel/notes", &notes.concat());
    folder.put("sys/kernel/btf/vmlinux", &btf().old());
    folder.put("proc/sys/kernel/osrelease", b"7.3.4-made\n");
    folder.put("proc/sys/kernel/arch", b"x86_64\n");
    folder.put("proc/cmdline", b"kho=on liveupdate=on\n");
    folder.put("proc/config.gz", &compressed(CONFIG.as_bytes(), Packed::Gzip));
    let module = note("KSerial", 1, b"loaded", false);
    folder.put("sys/module/luo_test/notes/.note.KSerial", &module);
    folder.put("sys/module/luo_test/initstate", b"live\n");
    folder.put("sys/module/printk/parameters/time", b"Y\n");
    folder
}

fn open_running(folder: &Folder) -> Kernel {
    Kernel::running_below(folder.path(), Some(4096)).unwrap()
}

#[test]
fn the_running_kernel_is_what_it_shows() {
    let folder = running();
    let kernel = open_running(&folder);
    let binary = kernel.binary().unwrap();
    assert_eq!(binary.identity().release.as_deref(), Some("7.3.4-made"));
    assert_eq!(binary.identity().build_id.as_deref(), Some(&[0xab; 20][..]));
    assert_eq!(binary.identity().architecture.unwrap().to_string(), "x86_64");
    assert_eq!(kernel.cmdline(), Some("kho=on liveupdate=on"));
    assert!(binary.config().unwrap().is_yes("KEXEC_HANDOVER"));
    assert_eq!(&binary.kserial_notes().next().unwrap().desc[..], b"running");
    assert_eq!(kernel.btf().unwrap().unwrap().composites("memfd-v7").unwrap().len(), 1);
    assert_eq!(binary.sha256(), None, "it is no file");
    let seen = kernel.modules().scan(|module| {
        let module = module.unwrap();
        let notes: Vec<_> = module.kserial_notes().map(|note| note.desc.to_vec()).collect();
        (module.role().clone(), notes)
    });
    // What is built in has a folder too.
    let loaded = (Role::Module { name: "luo_test".into() }, vec![b"loaded".to_vec()]);
    assert_eq!(seen, [loaded]);
}

#[test]
fn a_running_kernel_without_btf_has_none() {
    let folder = running();
    folder.put("sys/kernel/btf/vmlinux", b"");
    assert!(open_running(&folder).btf().unwrap().is_none(), "an empty file is no BTF");
    fs::remove_dir_all(folder.path().join("sys/kernel/btf")).unwrap();
    assert!(open_running(&folder).btf().unwrap().is_none());
    fs::remove_file(folder.path().join("sys/kernel/notes")).unwrap();
    let shown = Kernel::running_below(folder.path(), None);
    assert!(matches!(problem(shown), Problem::NotShown), "no notes are not the same as none shown");
}

#[test]
fn the_text_of_a_running_kernel_is_that_of_the_image_of_its_build() {
    let folder = running();
    let find = || open_running(&folder).binary().unwrap().find_texts(|text| text == "kho-v4");
    assert!(matches!(problem(find()), Problem::NoText), "a running kernel shows no text");
    let other = Elf::program().rodata(b"\0Linux version 7.3.4-made (b)\0kho-v4\0");
    let other = other.note("GNU", 3, &[0xcd; 20]).bytes();
    let image = folder.put("boot/vmlinuz-7.3.4-made", &bzimage(&other, Packed::Zstd));
    assert!(matches!(problem(find()), Problem::NoText), "its name is right, its build ID is not");
    fs::write(image, bzimage(&kernel().bytes(), Packed::Zstd)).unwrap();
    assert_eq!(find().unwrap().len(), 1);
}
