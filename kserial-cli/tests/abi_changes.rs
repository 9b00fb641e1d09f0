//! Changes that Linux's live-update ABI really went through, released and posted, each with what a
//! checker has to say of it.
//!
//! The expected grades were worked out by hand from the structs, strings and sources of both sides, not
//! taken from what the checker prints. The numbers are those of the list of changes in the catalogue.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use kserial::Grade::{self, Compatible, Conditional, Identical, Incompatible};
use kserial_cli::judge::{PartVerdict, Verdict};
use kserial_cli::kernel::Kernel;

/// What is expected of one component: today and with member IDs, old to new and back.
struct Row {
    number: u32,
    what: &'static str,
    old: &'static str,
    new: &'static str,
    part: &'static str,
    today: [Grade; 2],
    with_ids: [Grade; 2],
}

const ROWS: &[Row] = &[
    Row {
        number: 1,
        what: "memfd gains seals and flags in the middle",
        old: "7.0",
        new: "7.1",
        part: "memfd",
        today: [Incompatible, Incompatible],
        // No seals is what every memfd-v1 had; seals that are set must not be dropped.
        with_ids: [Compatible, Conditional],
    },
    Row {
        number: 2,
        what: "a session gains its files",
        old: "posted/luo-session-v1",
        new: "6.19",
        part: "sessions",
        today: [Incompatible, Incompatible],
        with_ids: [Compatible, Conditional],
    },
    Row {
        number: 3,
        what: "LUO's root moves from an FDT to a struct",
        old: "7.1",
        new: "posted/luo-v2",
        part: "luo",
        today: [Incompatible, Incompatible],
        with_ids: [Compatible, Compatible],
    },
    Row {
        number: 4,
        what: "LUO's struct begins with its version string",
        old: "posted/luo-v2",
        new: "posted/luo-v3",
        part: "luo",
        today: [Incompatible, Incompatible],
        // The string is the envelope's; the rest only moved.
        with_ids: [Compatible, Compatible],
    },
    Row {
        number: 5,
        what: "the array of sessions becomes a chain of blocks behind the same u64",
        old: "posted/luo-v3",
        new: "posted/luo-v4",
        part: "luo",
        today: [Incompatible, Incompatible],
        // In an image both are a table.
        with_ids: [Identical, Identical],
    },
    Row {
        number: 6,
        what: "the array of files becomes a chain of blocks behind the same u64",
        old: "posted/luo-v4",
        new: "7.2",
        part: "sessions",
        today: [Incompatible, Incompatible],
        with_ids: [Identical, Identical],
    },
    Row {
        number: 7,
        what: "FLBs appear, and their node must be there",
        old: "6.19",
        new: "7.0",
        part: "flbs",
        today: [Incompatible, Conditional],
        with_ids: [Compatible, Conditional],
    },
    Row {
        number: 8,
        what: "the memory map becomes a radix tree",
        old: "7.0",
        new: "posted/kho-v2",
        part: "memory-map",
        today: [Incompatible, Incompatible],
        // Another data structure: no ID helps.
        with_ids: [Incompatible, Incompatible],
    },
    Row {
        number: 9,
        what: "the property fdt becomes preserved-data, and blob-size is added",
        old: "posted/kho-v2",
        new: "posted/kho-v3",
        part: "kho",
        today: [Incompatible, Incompatible],
        with_ids: [Compatible, Conditional],
    },
    Row {
        number: 10,
        what: "KHO's string is raised for LUO's blocks",
        old: "7.1",
        new: "7.2",
        part: "kho",
        today: [Incompatible, Incompatible],
        with_ids: [Identical, Identical],
    },
    Row {
        number: 14,
        what: "kexec metadata appears, optional",
        old: "7.0",
        new: "7.1",
        part: "kexec-metadata",
        today: [Compatible, Compatible],
        with_ids: [Compatible, Conditional],
    },
    Row {
        number: 15,
        what: "luo_file_ser.data becomes a union called serialized_data",
        old: "7.3",
        new: "posted/serialized-data",
        part: "sessions",
        today: [Compatible, Compatible],
        with_ids: [Compatible, Compatible],
    },
    Row {
        number: 16,
        what: "a feature header is put before LUO's struct",
        old: "7.3",
        new: "posted/feature-header",
        part: "luo",
        today: [Incompatible, Incompatible],
        with_ids: [Compatible, Compatible],
    },
    Row {
        number: 16,
        what: "a feature header is put before the memfd's struct",
        old: "7.3",
        new: "posted/feature-header",
        part: "memfd",
        today: [Incompatible, Incompatible],
        with_ids: [Compatible, Compatible],
    },
    Row {
        number: 17,
        what: "a longer version string shifts all of LUO's struct",
        old: "7.2",
        new: "posted/luo-composite",
        part: "luo",
        today: [Incompatible, Incompatible],
        with_ids: [Compatible, Compatible],
    },
    Row {
        number: 18,
        what: "reserved bytes become a reference count",
        old: "posted/pci-v1",
        new: "posted/pci-v2",
        part: "pci",
        today: [Incompatible, Incompatible],
        // Not a rename: a new member, critical, with a default.
        with_ids: [Compatible, Conditional],
    },
    Row {
        number: 19,
        what: "two trees, one string, counts of 64 and of 32 bits",
        old: "posted/pci-v2",
        new: "posted/pci-v2-narrow",
        part: "pci",
        today: [Incompatible, Incompatible],
        with_ids: [Conditional, Compatible],
    },
    Row {
        number: 20,
        what:
            "an array behind a header becomes a chain of blocks, the version a number in the data",
        old: "posted/pci-v2",
        new: "posted/pci-1",
        part: "pci",
        today: [Incompatible, Incompatible],
        // The header's capacity is lost, the count has 32 bits.
        with_ids: [Conditional, Compatible],
    },
    Row {
        number: 21,
        what: "a reference count becomes a count of devices below, in the same bytes",
        old: "posted/pci-1",
        new: "posted/pci-2",
        part: "pci",
        today: [Incompatible, Incompatible],
        // A new meaning is a new member; neither count can stand in for the other.
        with_ids: [Incompatible, Incompatible],
    },
    Row {
        number: 22,
        what: "VFIO's domain widens, members swap places, a nested struct follows",
        old: "posted/vfio-pci-v1",
        new: "posted/vfio-pci-v2",
        part: "vfio-pci",
        today: [Incompatible, Incompatible],
        with_ids: [Compatible, Conditional],
    },
    Row {
        number: 23,
        what: "VFIO's struct goes away, its string stays",
        old: "posted/vfio-pci-v1",
        new: "posted/vfio-pci-v1-bare",
        part: "vfio-pci",
        // What was written is not read, then what was never written is.
        today: [Conditional, Incompatible],
        // Back, the file has no row, and nothing else tells which device it is.
        with_ids: [Conditional, Incompatible],
    },
    Row {
        number: 24,
        what: "the tails that only one driver uses go away, a version is put in front",
        old: "posted/iommu-v1",
        new: "posted/iommu-1",
        part: "iommu",
        today: [Incompatible, Incompatible],
        // What the tails held is refused where it is in use; back, it was not in use.
        with_ids: [Conditional, Compatible],
    },
    Row {
        number: 25,
        what: "a pointer of the running kernel is handed over, and nothing else changed",
        old: "posted/iommu-v1",
        new: "posted/iommu-v1",
        part: "iommu",
        today: [Conditional, Conditional],
        // No image holds it.
        with_ids: [Identical, Identical],
    },
    Row {
        number: 26,
        what: "two trees, one string, other members",
        old: "posted/kvm-attributes",
        new: "posted/kvm-arch-state",
        part: "kvm",
        today: [Incompatible, Incompatible],
        with_ids: [Conditional, Conditional],
    },
    Row {
        number: 29,
        what: "bit fields 52 and 12 bits wide stay what they are",
        old: "7.2",
        new: "7.3",
        part: "memfd",
        today: [Identical, Identical],
        with_ids: [Identical, Identical],
    },
];

fn linux(name: &str) -> Kernel {
    Kernel::of_linux(name).unwrap()
}

/// The verdict on one component, there and back.
fn both_ways(old: &Kernel, new: &Kernel, part: &str) -> [PartVerdict; 2] {
    [(old, new), (new, old)].map(|(writer, reader)| {
        let verdict = Verdict::of(writer, reader);
        verdict.part(part).unwrap_or_else(|| panic!("no verdict on {part}")).clone()
    })
}

#[test]
fn every_change_gets_the_grades_that_were_worked_out_by_hand() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let found = both_ways(&linux(row.old), &linux(row.new), row.part);
        let today = found.each_ref().map(|part| part.today);
        let with_ids = found.each_ref().map(|part| part.with_ids.unwrap());
        if today != row.today || with_ids != row.with_ids {
            wrong.push(format!(
                "row {}, {}: today {today:?}, with IDs {with_ids:?}; expected {:?} and {:?}",
                row.number, row.what, row.today, row.with_ids
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn sealed_memfds_are_what_stands_between_a_rollback_and_success() {
    let [_, rollback] = both_ways(&linux("7.0"), &linux("7.1"), "memfd");
    let conditions: Vec<String> = rollback.with_ids_if.iter().map(ToString::to_string).collect();
    assert_eq!(conditions, ["seals = 0, else refused", "flags = 0, else lost"]);
}

#[test]
fn a_domain_beyond_16_bits_is_refused_by_the_older_vfio() {
    let [_, rollback] =
        both_ways(&linux("posted/vfio-pci-v1"), &linux("posted/vfio-pci-v2"), "vfio-pci");
    let conditions: Vec<String> = rollback.with_ids_if.iter().map(ToString::to_string).collect();
    assert!(conditions.contains(&"domain ≤ 65535, else refused".to_owned()), "{conditions:?}");
}

/// Row 11: the depth of the tree was corrected for pages other than 4 KiB, under one string.
#[test]
fn another_depth_of_the_memory_map_is_seen_although_the_string_stayed() {
    let with_depth = |depth: u32, page_size: u32| {
        let text = linux("7.3").to_toml();
        let of_depth = |depth| format!("values = [{{ low = {depth}, high = {depth} }}]");
        assert!(text.contains(&of_depth(6)), "{text}");
        let text =
            text.replace(&of_depth(6), &of_depth(depth)).replace("4096", &page_size.to_string());
        Kernel::from_toml("extract", &text).unwrap()
    };
    // Key width, bitmap and table of 16 KiB pages: 50 or 51, 17 and 11 bits.
    let (before, after) = (with_depth(4, 16384), with_depth(5, 16384));
    for (writer, reader, says) in
        [(&before, &after, "tree-depth: 4, then 5"), (&after, &before, "tree-depth: 5, then 4")]
    {
        let verdict = Verdict::of(writer, reader);
        let finding = verdict.findings.first().unwrap();
        assert_eq!((finding.rule, verdict.grade), ("KS0402", Incompatible));
        assert_eq!(finding.details, ["in preserved-memory:", says]);
    }
    // With pages of 4 KiB the correction changed nothing.
    assert_eq!(Verdict::of(&with_depth(6, 4096), &linux("7.3")).grade, Identical);
}

/// What the catalogue says of a series, with some texts of it replaced: a version that was never posted.
fn edited(series: &str, edits: &[(&str, &str)]) -> Kernel {
    let mut text = linux(series).to_toml();
    for (old, new) in edits {
        assert!(text.contains(old), "\"{old}\" is not in:\n{text}");
        text = text.replace(old, new);
    }
    Kernel::from_toml("extract", &text).unwrap()
}

/// Row 28: the array of pools is as long as a configuration says, and no string tells.
#[test]
fn an_array_as_long_as_the_configuration_says_is_a_table_with_ids() {
    let four = linux("posted/hugetlb-v1");
    let two = edited(
        "posted/hugetlb-v1",
        &[
            ("row = 37", "row = 19"),
            ("count = 36", "count = 18"),
            (
                "kind = \"unsigned\", bit = 288, bits = 8,",
                "kind = \"unsigned\", bit = 144, bits = 8,",
            ),
        ],
    );
    for part in both_ways(&four, &two, "hugetlb") {
        assert_eq!(part.today, Incompatible, "one string, and the count lies elsewhere");
        // As many rows as there are pools: nothing is cut.
        assert!(part.with_ids.unwrap() <= Compatible, "{:?}", part.with_ids_if);
    }
}

/// Row 27: a struct of the user interface that grows, embedded in what is handed over.
#[test]
fn an_embedded_struct_that_grows_moves_all_behind_it_and_with_ids_nothing() {
    let small = linux("posted/kvm-vcpu");
    // 64 bytes more of xsave: the members behind it by their bits, and the row.
    let large = edited(
        "posted/kvm-vcpu",
        &[
            ("count = 4096", "count = 4160"),
            ("bit = 51104", "bit = 51616"),
            (
                "name = \"debugregs\", kind = \"bytes\", bit = 51616",
                "name = \"debugregs\", kind = \"bytes\", bit = 52128",
            ),
            ("bit = 52640", "bit = 53152"),
            ("bit = 53664", "bit = 54176"),
            ("row = 6712", "row = 6776"),
        ],
    );
    let [update, rollback] = both_ways(&small, &large, "kvm-vcpu");
    assert_eq!((update.today, rollback.today), (Incompatible, Incompatible));
    assert_eq!((update.with_ids, rollback.with_ids), (Some(Compatible), Some(Conditional)));
    let conditions: Vec<String> = rollback.with_ids_if.iter().map(ToString::to_string).collect();
    assert_eq!(conditions, ["xsave[4096..4160] = 0, else refused"]);
}

/// Row 25: named, wherever it lies, and also where both kernels are the same.
#[test]
fn a_pointer_in_the_state_is_named() {
    let kernel = linux("posted/iommu-v1");
    let verdict = Verdict::of(&kernel, &kernel);
    let finding = verdict.findings.iter().find(|finding| finding.rule == "KS0215").unwrap();
    assert_eq!(finding.details, ["iommu-domain: restored_domain"]);
    assert_eq!(verdict.grade, Conditional);
}

/// A kernel without the handler loses every session, whatever series brought it.
#[test]
fn every_posted_handler_is_missed_by_a_kernel_that_lacks_it() {
    let handlers = [
        ("posted/hugetlb-v1", "huge-memfd"),
        ("posted/tmpfs-mnt-v1", "tmpfs-mnt"),
        ("posted/guest-memfd", "guest-memfd"),
        ("posted/kvm-vcpu", "kvm-vcpu"),
    ];
    for (series, part) in handlers {
        let [update, rollback] = both_ways(&linux("7.3"), &linux(series), part);
        assert_eq!((update.today, rollback.today), (Compatible, Conditional), "{series}");
    }
}

/// Row 11, from the other side: a kernel for 16 KiB and one for 64 KiB, and one that does not tell.
#[test]
fn kernels_of_other_page_sizes_are_never_called_identical() {
    let arm = |page_size: &str, depth: &str| {
        edited(
            "7.3",
            &[
                ("arch = \"x86_64\"", "arch = \"aarch64\""),
                ("page-size = 4096\n", page_size),
                ("values = [{ low = 4096, high = 4096 }]", "values = []"),
                ("values = [{ low = 6, high = 6 }]", depth),
            ],
        )
    };
    let depth = "values = [{ low = 5, high = 5 }]";
    let of_16k = arm("page-size = 16384\n", depth);
    let of_64k = arm("page-size = 65536\n", depth);
    let untold = arm("", depth);
    let first = |writer: &Kernel, reader: &Kernel| {
        let verdict = Verdict::of(writer, reader);
        (verdict.findings.first().map(|finding| finding.rule), verdict.grade)
    };
    assert_eq!(first(&of_16k, &of_64k), (Some("KS0307"), Incompatible));
    assert_eq!(first(&of_64k, &of_16k), (Some("KS0307"), Incompatible));
    for (writer, reader) in [(&untold, &of_64k), (&of_64k, &untold), (&untold, &untold)] {
        assert_eq!(first(writer, reader), (Some("KS0307"), Conditional));
    }
    assert_eq!(first(&of_64k, &of_64k), (None, Identical));
}

/// A handler is found by its string: a module may bring the one that is not built in.
#[test]
fn a_module_with_the_older_handler_saves_the_rollback_once_it_is_loaded() {
    let with_both = |loaded: Option<&str>| {
        let mut kernel = linux("7.2");
        let older = linux("7.0").component("memfd").unwrap().clone();
        kernel
            .components
            .push(kserial_cli::kernel::Component { module: Some("memfd_v1".to_owned()), ..older });
        kernel.loaded = loaded.map(|module| vec![module.to_owned()]);
        kernel
    };
    let mut writer = linux("7.2");
    writer.components.retain(|component| component.name != "memfd");
    writer.components.push(linux("7.0").component("memfd").unwrap().clone());
    let part = |kernel: &Kernel| Verdict::of(&writer, kernel).part("memfd").unwrap().today;
    assert_eq!(part(&linux("7.2")), Incompatible);
    assert_eq!(part(&with_both(None)), Conditional, "if the module is loaded in time");
    assert_eq!(part(&with_both(Some("memfd_v1"))), Identical);
    assert_eq!(part(&with_both(Some("another"))), Incompatible, "it is known not to be");
    // What is built in is still what such a kernel writes.
    let verdict = Verdict::of(&with_both(Some("memfd_v1")), &linux("7.2"));
    assert_eq!(verdict.part("memfd").unwrap().today, Identical);
}

/// Rows 12 and 13: an enumerator renamed (7.2 to 7.3), a struct moved between headers (6.19 to 7.0).
#[test]
fn changes_of_the_source_alone_raise_no_alarm() {
    for (old, new) in [("7.2", "7.3"), ("7.3", "7.2")] {
        let verdict = Verdict::of(&linux(old), &linux(new));
        assert_eq!((verdict.grade, verdict.findings.len()), (Identical, 0), "{old} to {new}");
    }
    for direction in both_ways(&linux("6.19"), &linux("7.0"), "memfd") {
        assert_eq!((direction.today, direction.with_ids), (Identical, Some(Identical)));
    }
}

/// Rows 5, 6 and 21: not one byte, name or type differs, only the meaning. The member IDs of the
/// catalogue keep them apart; had somebody kept the ID as well, no layout would show it.
#[test]
fn the_same_bytes_with_another_meaning_are_never_identical() {
    let cases = [
        ("posted/luo-v3", "posted/luo-v4", "luo", "luo"),
        ("posted/luo-v4", "7.2", "sessions", "luo-session"),
        ("posted/pci-1", "posted/pci-2", "pci", "pci-device"),
    ];
    for (old, new, part, record) in cases {
        let (old, new) = (linux(old), linux(new));
        let layout = |kernel: &Kernel| {
            kernel.component(part).unwrap().layout(record).unwrap().cells().unwrap()
        };
        let (a, b) = (layout(&old), layout(&new));
        let places = |cells: &kserial_cli::schema::Cells| -> Vec<_> {
            cells.layout().written().map(|m| (m.name().to_owned(), m.bit(), m.bits())).collect()
        };
        assert_eq!(places(&a), places(&b), "{record}: no difference in names, places, sizes");
        for (writer, reader) in [(&a, &b), (&b, &a)] {
            let grade = kserial::Verdict::of(writer.layout(), reader.layout()).grade();
            assert!(grade > Compatible, "{record}: {grade}");
        }
    }
}

/// Where an ID is reused with its type, both sides agree and mean different things: only what was
/// written down before can know. Row 21, had the ID been kept.
#[test]
fn an_id_reused_with_the_same_type_is_seen_by_the_lock_alone() {
    let record = |name: &str| {
        let text = format!(
            "[[record]]\nname = \"pci-device\"\nrow = 2\nmember = [{{ id = 4, name = \"{name}\", kind \
             = \"unsigned\", bits = 16 }}]"
        );
        Kernel::from_toml("pci", &text).unwrap()
    };
    let cells = |kernel: &Kernel| kernel.layouts().next().unwrap().cells().unwrap();
    let (old, new) = (cells(&record("refcount")), cells(&record("below")));
    let pair = kserial::Verdict::of(old.layout(), new.layout());
    assert_eq!(pair.grade(), Compatible, "the pair sees a rename");

    let generations = [old.layout()];
    let history = kserial::lock::History { generations: &generations, renamed: &[] };
    let contradiction = history.judge(new.layout()).unwrap_err();
    assert_eq!(contradiction.what, kserial::lock::Broken::Name);
}
