//! The structs through which handovers are read are those of the catalogue, member by member.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;

use kserial::kho::abi as kho;
use kserial::luo::abi as luo;
use kserial::{Kind, Layout, Record};
use kserial_cli::schema::{Carried, LayoutDoc};
use serde::Deserialize;

#[derive(Deserialize)]
struct Component {
    layout: Vec<LayoutDoc>,
}

fn catalogue(file: &str, record: &str) -> LayoutDoc {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/linux").join(file);
    let text = fs::read_to_string(path.with_extension("toml")).unwrap();
    let component: Component = toml::from_str(&text).unwrap();
    component.layout.into_iter().find(|layout| layout.name == record).unwrap()
}

#[test]
fn every_struct_is_the_one_of_the_catalogue() {
    // In luo-v1 the head of the FLBs is a node of its own, which the catalogue has as another
    // component: there the reader's struct knows one member more.
    let table: [(&str, &str, Layout<'_>, usize); 18] = [
        ("kho-v1", "kho-data", kho::Data::SHAPE, 0),
        ("kho-v4", "kho-data", kho::Data::SHAPE, 0),
        ("kho-v4", "kho-scratch", kho::Scratch::SHAPE, 0),
        ("kho-v1", "kho-subtree", kho::SubtreeV1::SHAPE, 0),
        ("kho-v3", "kho-subtree", kho::Subtree::SHAPE, 0),
        ("kho-v4", "kho-subtree", kho::Subtree::SHAPE, 0),
        ("luo-v5", "kho-block-header", kho::BlockHeader::SHAPE, 0),
        ("kexec-metadata-1", "kexec-metadata", kho::Metadata::SHAPE, 0),
        ("memblock-v1", "reserve-mem", kho::ReserveMem::SHAPE, 0),
        ("luo-v1", "luo", luo::LuoV1::SHAPE, 1),
        ("luo-v5", "luo", luo::LuoV5::SHAPE, 0),
        ("luo-session-v2", "luo-session", luo::SessionV2::SHAPE, 0),
        ("luo-sessions-of-luo-v5", "luo-session", luo::SessionV5::SHAPE, 0),
        ("luo-sessions-of-luo-v5", "luo-file", luo::FileRow::SHAPE, 0),
        ("luo-flbs-of-luo-v5", "luo-flb", luo::FlbRow::SHAPE, 0),
        ("memfd-v1", "memfd", luo::MemfdV1::SHAPE, 0),
        ("memfd-v2", "memfd", luo::MemfdV2::SHAPE, 0),
        ("memfd-v2", "memfd-folio", luo::FolioRow::SHAPE, 0),
    ];
    for (file, record, ours, more) in table {
        let doc = catalogue(file, record);
        let cells = doc.cells().unwrap();
        let theirs = cells.layout();
        let place = format!("{record} of {file}");
        assert_eq!(theirs.record(), ours.record(), "{place}");
        if doc.carried == Carried::Struct {
            assert_eq!(theirs.row(), ours.row(), "{place}");
        }
        for member in theirs.members() {
            let path = member.path();
            let own = ours.member(path).unwrap_or_else(|| panic!("{place}: no member {path}"));
            let facts = |m: kserial::Member<'_>| {
                let what =
                    (m.kind(), m.bits(), m.count(), m.is_array(), m.default(), m.unit().to_owned());
                // A property is found by its name, a field by its place.
                let place = match doc.carried {
                    Carried::Fdt => (m.name().to_owned(), 0),
                    Carried::Struct => (String::new(), m.bit()),
                };
                (what, place, m.is_critical(), m.is_key())
            };
            assert_eq!(facts(own), facts(member), "{place}: member {path}");
        }
        let count =
            |layout: Layout<'_>| layout.members().filter(|m| m.kind() != Kind::Group).count();
        assert_eq!(count(ours), count(theirs) + more, "{place}");
    }
}
