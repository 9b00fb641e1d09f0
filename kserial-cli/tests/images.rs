//! From the bytes of an image to the verdict.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod made;

use std::path::Path;

use kserial::{Grade, Layout, Record};
use kserial_cli::judge::{Finding, Verdict};
use kserial_cli::kernel::{Evidence, Kernel};
use kserial_cli::observe;
use kserial_schemas::memfd;
use made::btf::{Made, ARRAY, FLAG, STRUCT, UNION};
use made::elf::Elf;
use tempfile::TempDir;
use zerocopy::IntoBytes;

/// What a note of this record says: it writes and reads it as a file's.
fn note(layout: Layout<'_>) -> Vec<u8> {
    let mut description = vec![1, 3, 1, 0, 0, 0, 0, 0];
    description.extend(layout.head().as_bytes());
    layout.cells().iter().for_each(|cell| description.extend(cell.as_bytes()));
    description
}

fn with_note(elf: Elf, layout: Layout<'_>) -> Elf {
    elf.note("KSerial", 1, &note(layout))
}

/// What a kernel like 7.3 has in its data, with these version strings.
fn kernel(strings: &str) -> Elf {
    let data = format!("\0{strings}\0kexec-metadata\0transparent_hugepage=\0");
    Elf::kernel().data(data.as_bytes())
}

const OF_73: &str = "kho-v4\0luo-v5\0memfd-v2\0memblock-v1\0reserve-mem-v1";

fn open(folder: &TempDir, name: &str, elf: &Elf) -> Kernel {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, elf.bytes()).unwrap();
    observe::open(path.to_str().unwrap()).unwrap()
}

/// As started with both switches on.
fn started(mut kernel: Kernel) -> Kernel {
    kernel.cmdline = Some("kho=on liveupdate=on".to_owned());
    kernel
}

fn rules(verdict: &Verdict) -> Vec<&str> {
    verdict.findings.iter().map(|finding| finding.rule).collect()
}

fn finding<'v>(verdict: &'v Verdict, rule: &str) -> &'v Finding {
    let found = verdict.findings.iter().find(|finding| finding.rule == rule);
    found.unwrap_or_else(|| panic!("no {rule} among {:?}", rules(verdict)))
}

#[test]
fn two_generations_of_memfd_in_the_notes_of_two_programs() {
    let folder = TempDir::new().unwrap();
    let old = open(&folder, "a.elf", &with_note(Elf::program(), memfd::gen1::Memfd::SHAPE));
    let new = open(&folder, "b.elf", &with_note(Elf::program(), memfd::gen2::Memfd::SHAPE));
    // As the records' own page has it: seals and flags are what generation 1 does not know.
    assert_eq!(Verdict::of(&old, &old).grade, Grade::Identical);
    assert_eq!(Verdict::of(&old, &new).grade, Grade::Compatible);
    let rollback = Verdict::of(&new, &old);
    assert_eq!(rollback.grade, Grade::Conditional);
    let seals = finding(&rollback, "KS0113");
    assert_eq!(seals.member.as_ref().unwrap().name, "seals");
    assert_eq!(seals.condition.as_ref().unwrap().to_string(), "seals = 0, else refused");
    assert_eq!(seals.evidence, Some(Evidence::Note));
}

#[test]
fn a_note_that_is_broken_is_never_taken_for_none() {
    let folder = TempDir::new().unwrap();
    let mut broken = note(memfd::gen1::Memfd::SHAPE);
    broken.truncate(100);
    let broken = open(&folder, "a.elf", &Elf::program().note("KSerial", 1, &broken));
    let sound = open(&folder, "b.elf", &with_note(Elf::program(), memfd::gen1::Memfd::SHAPE));
    let verdict = Verdict::of(&broken, &sound);
    assert!(verdict.incomplete && verdict.grade > Grade::Compatible, "{verdict:?}");
}

#[test]
fn strings_of_one_release_are_judged_as_that_release() {
    let folder = TempDir::new().unwrap();
    let image = started(open(&folder, "vmlinux", &kernel(OF_73)));
    let release = Kernel::of_linux("7.3").unwrap();
    for (writer, reader) in [(&image, &release), (&release, &image)] {
        let verdict = Verdict::of(writer, reader);
        assert_eq!(rules(&verdict), [""; 0]);
        assert_eq!(verdict.grade, Grade::Identical);
    }
    let luo = image.component("luo").unwrap();
    assert_eq!(luo.evidence, Evidence::CatalogueByString);
    assert!(image.component("sessions").is_some(), "luo-v5 stands for its sessions too");
}

#[test]
fn a_version_that_nobody_knows_is_refused_by_others_and_doubted_by_itself() {
    let folder = TempDir::new().unwrap();
    let of_future = OF_73.replace("memfd-v2", "memfd-v7");
    let future = started(open(&folder, "vmlinux", &kernel(&of_future)));
    assert_eq!(future.component("memfd").unwrap().evidence, Evidence::StringAlone);
    let same = Verdict::of(&future, &future);
    assert_eq!((same.grade, rules(&same)), (Grade::Conditional, vec!["KS0203"]));
    let release = Kernel::of_linux("7.3").unwrap();
    let verdict = Verdict::of(&future, &release);
    assert_eq!((verdict.grade, rules(&verdict)), (Grade::Incompatible, vec!["KS0201"]));
}

#[test]
fn a_kernel_without_the_strings_is_one_without_handover() {
    let folder = TempDir::new().unwrap();
    let stock = open(&folder, "vmlinuz", &Elf::kernel().rodata(b"\0transparent_hugepage=\0"));
    let verdict = Verdict::of(&stock, &Kernel::of_linux("7.3").unwrap());
    assert_eq!(verdict.grade, Grade::Incompatible);
    assert!(!verdict.incomplete);
    let missing = finding(&verdict, "KS0302");
    assert_eq!(missing.writer, "built without CONFIG_KEXEC_HANDOVER");
    assert_eq!(finding(&verdict, "KS0303").masked_by.as_deref(), Some("kho"));
}

#[test]
fn what_cannot_be_read_is_not_what_is_not_there() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("vmlinuz");
    std::fs::write(&path, [0x1f, 0x8b, 8, 0, 0, 0]).unwrap();
    let unread = observe::open(path.to_str().unwrap()).unwrap();
    for (writer, reader) in
        [(&unread, &Kernel::of_linux("7.3").unwrap()), (&Kernel::of_linux("7.3").unwrap(), &unread)]
    {
        let verdict = Verdict::of(writer, reader);
        assert!(verdict.incomplete);
        assert_eq!(rules(&verdict), ["KS0501"], "nothing is said to be missing");
    }
}

#[test]
fn huge_folios_are_a_matter_of_configuration_where_strings_agree() {
    let folder = TempDir::new().unwrap();
    let huge = started(open(&folder, "huge", &kernel(OF_73)));
    let data = format!("\0{OF_73}\0kexec-metadata\0");
    let small = started(open(&folder, "small", &Elf::kernel().data(data.as_bytes())));
    let update = Verdict::of(&huge, &small);
    assert_eq!((update.grade, rules(&update)), (Grade::Conditional, vec!["KS0305"]));
    assert_eq!(Verdict::of(&small, &huge).grade, Grade::Identical);
}

#[test]
fn a_handler_in_a_module_depends_on_its_being_loaded() {
    let folder = TempDir::new().unwrap();
    let builtin = with_note(kernel(OF_73), memfd::gen2::Memfd::SHAPE);
    let old = started(open(&folder, "old/vmlinux", &builtin));
    let module = with_note(Elf::module("memfd_handler"), memfd::gen2::Memfd::SHAPE);
    std::fs::create_dir_all(folder.path().join("new/extra")).unwrap();
    std::fs::write(folder.path().join("new/vmlinux"), kernel(OF_73).bytes()).unwrap();
    std::fs::write(folder.path().join("new/extra/memfd_handler.ko"), module.bytes()).unwrap();
    let new = observe::open(folder.path().join("new").to_str().unwrap()).unwrap();
    let mut new = started(new);

    let verdict = Verdict::of(&old, &new);
    assert_eq!((verdict.grade, rules(&verdict)), (Grade::Conditional, vec!["KS0301"]));
    let says = finding(&verdict, "KS0301").condition.as_ref().unwrap().to_string();
    assert_eq!(says, "memfd_handler is loaded in new before the first open of /dev/liveupdate");

    new.loaded = Some(vec!["memfd-handler".to_owned()]);
    assert_eq!(Verdict::of(&old, &new).grade, Grade::Identical);

    new.loaded = Some(Vec::new());
    let verdict = Verdict::of(&old, &new);
    assert_eq!((verdict.grade, rules(&verdict)), (Grade::Conditional, vec!["KS0214"]));
}

/// Findings and grades; names of inputs aside.
fn answer(old: &Kernel, new: &Kernel) -> Vec<Verdict> {
    vec![Verdict::of(old, new), Verdict::of(new, old)]
}

#[test]
fn an_extract_answers_as_its_kernel_does() {
    let folder = TempDir::new().unwrap();
    let with_records = with_note(kernel(OF_73), memfd::gen2::Memfd::SHAPE);
    let future = kernel(&OF_73.replace("memfd-v2", "memfd-v7"));
    let kernels = [
        open(&folder, "a", &with_records),
        open(&folder, "b", &with_note(future, memfd::gen3::Memfd::SHAPE)),
        open(&folder, "c", &Elf::kernel().rodata(b"\0nothing here\0")),
        Kernel::of_linux("7.0").unwrap(),
        Kernel::of_linux("posted/vfio-pci-v1").unwrap(),
        open(&folder, "d", &with_note(Elf::program(), memfd::gen1::Memfd::SHAPE)),
    ];
    let extracts = kernels.each_ref().map(|kernel| {
        let extract = Kernel::from_toml("extract", &kernel.to_toml()).unwrap();
        assert_eq!(&extract, kernel);
        extract
    });
    for (old, old_extract) in kernels.iter().zip(&extracts) {
        for (new, new_extract) in kernels.iter().zip(&extracts) {
            assert_eq!(answer(old, new), answer(old_extract, new_extract));
        }
    }
}

#[test]
fn a_file_that_does_not_exist_is_a_finding() {
    let kernel = observe::open("/nonexistent/vmlinuz").unwrap();
    assert!(!Path::new("/nonexistent").exists());
    let verdict = Verdict::of(&kernel, &kernel);
    assert!(verdict.incomplete && rules(&verdict).contains(&"KS0501"));
}

/// The structs of 7.3 beside those that are made below: what is in them does not matter here.
const OTHERS: [&str; 11] = [
    "kho_block_header_ser",
    "kho_data",
    "kho_kexec_metadata",
    "kho_radix_node",
    "kho_scratch",
    "kho_vmalloc_chunk",
    "luo_flb_header_ser",
    "luo_flb_ser",
    "luo_ser",
    "luo_session_ser",
    "memfd_luo_folio_ser",
];

/// BTF with `luo_file_ser` (its middle member called and typed as told) and `memfd_luo_ser`; and all
/// others.
fn types(data: &str, extra: Option<&str>) -> Vec<u8> {
    types_with(data, extra, &OTHERS)
}

fn types_with(data: &str, extra: Option<&str>, others: &[&str]) -> Vec<u8> {
    let mut btf = Made::new();
    let word = btf.int("long unsigned int", 8, 0);
    let half = btf.int("unsigned int", 4, 0);
    let short = btf.int("short unsigned int", 2, 0);
    let byte = btf.int("char", 1, 0);
    let array = btf.push("", ARRAY, 0, 0, &[byte, half, 48]);
    let address = btf.composite(UNION, "", 8, &[("phys", word, 0)]);
    btf.composite(
        STRUCT,
        "luo_file_ser",
        64,
        &[
            ("compatible", array, 0),
            (data, if data == "data" { word } else { address }, 384),
            ("token", word, 448),
        ],
    );
    let vmalloc = btf.composite(
        STRUCT,
        "kho_vmalloc",
        16,
        &[
            ("first", address, 0),
            ("total_pages", half, 64),
            ("flags", short, 96),
            ("order", short, 112),
        ],
    );
    let shift = if extra.is_some() { 64 } else { 0 };
    let mut members = vec![("pos", word, 0), ("size", word, 64)];
    members.extend(extra.map(|name| (name, word, 128)));
    members.extend([
        ("seals", half, 128 + shift),
        ("flags", half, 160 + shift),
        ("nr_folios", word, 192 + shift),
        ("folios", vmalloc, 256 + shift),
    ]);
    btf.composite(STRUCT, "memfd_luo_ser", 48 + shift / 8, &members);
    for name in others {
        match *name {
            // Bits and place of each member in a word.
            "memfd_luo_folio_ser" => {
                let bits = [("pfn", word, 52 << 24), ("flags", word, (12 << 24) | 52)];
                let members = [bits[0], bits[1], ("index", word, 64)];
                btf.composite(STRUCT | FLAG, name, 16, &members)
            }
            _ => btf.composite(STRUCT, name, 8, &[("whatever", word, 0)]),
        };
    }
    btf.old()
}

#[test]
fn structs_come_from_btf_with_the_ids_of_the_catalogue() {
    let folder = TempDir::new().unwrap();
    let kernel = open(&folder, "vmlinux", &kernel(OF_73).btf(&types("data", None)));
    let release = Kernel::of_linux("7.3").unwrap();
    let memfd = kernel.component("memfd").unwrap();
    assert_eq!(memfd.evidence, Evidence::BtfAndString);
    assert_eq!(memfd.layout("memfd"), release.component("memfd").unwrap().layout("memfd"));
}

#[test]
fn one_string_with_two_layouts_is_caught() {
    let folder = TempDir::new().unwrap();
    let of = |name, extra| started(open(&folder, name, &kernel(OF_73).btf(&types("data", extra))));
    let (plain, grown) = (of("plain", None), of("grown", Some("nr_holes")));
    for (writer, reader) in [(&plain, &grown), (&grown, &plain)] {
        let verdict = Verdict::of(writer, reader);
        assert_eq!((verdict.grade, rules(&verdict)), (Grade::Incompatible, vec!["KS0202"]));
    }
    // The member that nobody knew has one ID in every kernel that has it.
    assert_eq!(Verdict::of(&grown, &of("again", Some("nr_holes"))).grade, Grade::Identical);
}

#[test]
fn a_struct_that_is_not_in_the_types_is_not_taken_for_the_catalogues() {
    let folder = TempDir::new().unwrap();
    // 7.3 but for one struct, which bears another name: whatever is in it now.
    let folios = |name| {
        let others = OTHERS.map(|other| if other == "memfd_luo_folio_ser" { name } else { other });
        types_with("data", None, &others)
    };
    let of = |name, types: Vec<u8>| started(open(&folder, name, &kernel(OF_73).btf(&types)));
    let whole = of("whole", folios("memfd_luo_folio_ser"));
    let renamed = of("renamed", folios("memfd_luo_folio_ser2"));
    let told = "the BTF of renamed has no struct memfd_luo_folio_ser";
    for (writer, reader) in [(&whole, &renamed), (&renamed, &whole), (&renamed, &renamed)] {
        let verdict = Verdict::of(writer, reader);
        assert_eq!((verdict.grade, rules(&verdict)), (Grade::Conditional, vec!["KS0203"]));
        let finding = finding(&verdict, "KS0203");
        assert_eq!(finding.subject, "memfd");
        assert!(finding.details.iter().any(|line| line == told), "{:?}", finding.details);
        let extracts = [writer, reader].map(|k| Kernel::from_toml("x", &k.to_toml()).unwrap());
        assert_eq!(Verdict::of(&extracts[0], &extracts[1]), verdict);
    }
    assert_eq!(Verdict::of(&whole, &whole).grade, Grade::Identical);
    // What is seen to differ is a no all the same, and so is another string.
    let grown = types_with("data", Some("nr_holes"), &OTHERS[..10]);
    assert_eq!(OTHERS[10], "memfd_luo_folio_ser");
    let verdict = Verdict::of(&whole, &of("grown", grown));
    assert_eq!(verdict.grade, Grade::Incompatible);
    assert!(rules(&verdict).contains(&"KS0202") && rules(&verdict).contains(&"KS0203"));
    let verdict = Verdict::of(&renamed, &Kernel::of_linux("7.0").unwrap());
    assert_eq!(finding(&verdict, "KS0401").grade, Grade::Incompatible);
}

/// Row 15 of the ABI's changes, as BTF shows it: a member renamed and turned into a union.
#[test]
fn another_name_for_the_same_bytes_raises_no_alarm() {
    let folder = TempDir::new().unwrap();
    let of = |name, data| started(open(&folder, name, &kernel(OF_73).btf(&types(data, None))));
    let verdict = Verdict::of(&of("old", "data"), &of("new", "serialized_data"));
    assert_eq!(verdict.grade, Grade::Compatible, "{:?}", verdict.findings);
}

#[test]
fn types_without_strings_are_no_better_than_conditional() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("vmlinux.btf");
    std::fs::write(&path, types_with("data", None, &[])).unwrap();
    let types = observe::open(path.to_str().unwrap()).unwrap();
    // Without the structs of KHO and LUO there is no KHO and no LUO.
    let verdict = Verdict::of(&types, &Kernel::of_linux("7.3").unwrap());
    assert_eq!(finding(&verdict, "KS0302").evidence, Some(Evidence::Btf));
}
