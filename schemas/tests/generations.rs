//! Every generation of every record read by every other, both ways: what the verdict is, and why.
//!
//! The tables in the modules' headers say the same in words.

use kserial::{Effect, Grade, Layout, Record, Verdict, What};
use kserial_schemas::{
    iommu_device, iommu_entry, iommu_table, luo_file, luo_flb, luo_session, memfd, memfd_folio,
    pci_device,
};

use Grade::{Compatible, Conditional, Identical};

/// What stands between rows of `source` and a reader of `target`, in words.
fn reasons(source: Layout<'_>, target: Layout<'_>) -> Vec<String> {
    let mut reasons = Vec::new();
    Verdict::of(source, target).findings(|finding| match finding.what {
        What::Incompatible(cause) => reasons.push(format!("{:?}: {cause}", finding.path)),
        What::Check(check) => {
            let effect = match check.effect() {
                Effect::Refuse => "refused",
                Effect::Lose => "lost",
            };
            let allowed: Vec<String> =
                check.allowed().map(|(low, high)| format!("{low:#x}..={high:#x}")).collect();
            let member = check.member();
            reasons.push(format!("{} {effect} outside {}", member.name(), allowed.join(", ")));
        }
        What::Change(_) => {}
    });
    reasons
}

/// The verdict on rows of one generation read by another, and every reason for it.
type Case<'a> = (usize, usize, Grade, &'a [&'a str]);

#[track_caller]
fn judge<const N: usize>(generations: [Layout<'static>; N], cases: &[Case<'_>]) {
    assert_eq!(cases.len(), N * N, "every pair, both ways");
    for (writer, reader, grade, expected) in cases {
        let (source, target) = (generations[writer - 1], generations[reader - 1]);
        let pair = format!("{}: gen {writer} read by gen {reader}", source.record());
        assert_eq!(reasons(source, target), *expected, "{pair}");
        assert_eq!(Verdict::of(source, target).grade(), *grade, "{pair}");
    }
}

#[test]
fn memfds_cross_unless_sealed_or_huge() {
    let generations =
        [memfd::gen1::Memfd::SHAPE, memfd::gen2::Memfd::SHAPE, memfd::gen3::Memfd::SHAPE];
    judge(
        generations,
        &[
            (1, 1, Identical, &[]),
            (1, 2, Compatible, &[]),
            (1, 3, Compatible, &[]),
            (
                2,
                1,
                Conditional,
                &["seals refused outside 0x0..=0x0", "flags lost outside 0x0..=0x0"],
            ),
            (2, 2, Identical, &[]),
            (2, 3, Conditional, &["flags refused outside 0x0..=0xffff"]),
            (
                3,
                1,
                Conditional,
                &[
                    "seals refused outside 0x0..=0x0",
                    "flags lost outside 0x0..=0x0",
                    "max_order refused outside 0x0..=0x0",
                ],
            ),
            (3, 2, Conditional, &["max_order refused outside 0x0..=0x0"]),
            (3, 3, Identical, &[]),
        ],
    );
}

#[test]
fn folios_cross_unless_flags_are_unknown() {
    use memfd_folio::{gen1, gen2, gen3};
    let pfn = "pfn refused outside 0x0..=0xfffffffffffff";
    let unset = "flags refused outside 0x0..=0x0";
    judge(
        [gen1::Folio::SHAPE, gen2::Folio::SHAPE, gen3::Folio::SHAPE],
        &[
            (1, 1, Identical, &[]),
            (1, 2, Conditional, &[pfn]),
            (1, 3, Conditional, &[pfn]),
            (2, 1, Conditional, &[unset]),
            (2, 2, Identical, &[]),
            (2, 3, Conditional, &["flags refused outside 0x0..=0x3"]),
            (3, 1, Conditional, &[unset]),
            (3, 2, Compatible, &[]),
            (3, 3, Identical, &[]),
        ],
    );
}

#[test]
fn sessions_cross_unless_they_have_too_many_files() {
    use luo_session::{gen1, gen2, gen3};
    let files = "files refused outside 0x0..=0xffffffff";
    let updates = "updates lost outside 0x0..=0x0";
    judge(
        [gen1::Session::SHAPE, gen2::Session::SHAPE, gen3::Session::SHAPE],
        &[
            (1, 1, Identical, &[]),
            (1, 2, Compatible, &[]),
            (1, 3, Compatible, &[]),
            (2, 1, Conditional, &[files]),
            (2, 2, Identical, &[]),
            (2, 3, Compatible, &[]),
            (3, 1, Conditional, &[files, updates]),
            (3, 2, Conditional, &[updates]),
            (3, 3, Identical, &[]),
        ],
    );
}

#[test]
fn files_cross_unless_optional() {
    use luo_file::{gen1, gen2, gen3};
    let length = "data_len lost outside 0x0..=0x0";
    let optional = "optional refused outside 0x0..=0x0";
    judge(
        [gen1::File::SHAPE, gen2::File::SHAPE, gen3::File::SHAPE],
        &[
            (1, 1, Identical, &[]),
            (1, 2, Compatible, &[]),
            (1, 3, Compatible, &[]),
            (2, 1, Conditional, &[length]),
            (2, 2, Identical, &[]),
            (2, 3, Compatible, &[]),
            (3, 1, Conditional, &[length, optional]),
            (3, 2, Conditional, &[optional]),
            (3, 3, Identical, &[]),
        ],
    );
}

#[test]
fn flbs_cross_unless_they_state_a_version() {
    use luo_flb::{gen1, gen2, gen3};
    let count = "count refused outside 0x0..=0xffffffff";
    let length = "data_len lost outside 0x0..=0x0";
    let version = "version refused outside 0x0..=0x0";
    judge(
        [gen1::Flb::SHAPE, gen2::Flb::SHAPE, gen3::Flb::SHAPE],
        &[
            (1, 1, Identical, &[]),
            (1, 2, Conditional, &[count]),
            (1, 3, Conditional, &[count]),
            (2, 1, Conditional, &[length, version]),
            (2, 2, Identical, &[]),
            (2, 3, Conditional, &[version]),
            (3, 1, Conditional, &[length]),
            (3, 2, Compatible, &[]),
            (3, 3, Identical, &[]),
        ],
    );
}

#[test]
fn pci_devices_cross_unless_they_have_quirks() {
    use pci_device::{gen1, gen2};
    judge(
        [gen1::PciDevice::SHAPE, gen2::PciDevice::SHAPE],
        &[
            (1, 1, Identical, &[]),
            (1, 2, Conditional, &["status lost outside 0x0..=0x0"]),
            (
                2,
                1,
                Conditional,
                &[
                    "segment refused outside 0x0..=0xffff",
                    "class lost outside 0x0..=0x0",
                    "quirks refused outside 0x0..=0x0",
                ],
            ),
            (2, 2, Identical, &[]),
        ],
    );
}

#[test]
fn devices_of_an_iommu_cross_unless_their_format_is_new() {
    use iommu_device::{gen1, gen2};
    judge(
        [gen1::Device::SHAPE, gen2::Device::SHAPE],
        &[
            (1, 1, Identical, &[]),
            (1, 2, Conditional, &["domain lost outside 0x0..=0x0"]),
            (
                2,
                1,
                Conditional,
                &["segment refused outside 0x0..=0xffff", "format refused outside 0x0..=0x0"],
            ),
            (2, 2, Identical, &[]),
        ],
    );
}

#[test]
fn translation_tables_cross_unless_they_are_more_than_a_page() {
    use iommu_table::{gen1, gen2};
    judge(
        [gen1::Table::SHAPE, gen2::Table::SHAPE],
        &[
            (1, 1, Identical, &[]),
            (1, 2, Conditional, &["users lost outside 0x0..=0x0"]),
            (2, 1, Conditional, &["order refused outside 0x0..=0x0"]),
            (2, 2, Identical, &[]),
        ],
    );
}

#[test]
fn entries_of_translation_tables_cross() {
    use iommu_entry::{gen1, gen2};
    judge(
        [gen1::Entry::SHAPE, gen2::Entry::SHAPE],
        &[
            (1, 1, Identical, &[]),
            (1, 2, Compatible, &[]),
            (2, 1, Compatible, &[]),
            (2, 2, Identical, &[]),
        ],
    );
}
