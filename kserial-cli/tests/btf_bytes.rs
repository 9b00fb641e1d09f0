//! What the BTF reader makes of given bytes, sound and hostile.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod made;

use std::sync::Arc;

use bytes::Bytes;
use kserial_cli::btf::{Btf, BtfError, Enumerator, Int, Member, Problem, Shape};
use made::btf::{
    Made, ARRAY, CONST, DECL_TAG, ENUM, FLAG, FLOAT, FWD, INT, LAYOUTS, PTR, STRUCT, TYPEDEF,
    TYPE_TAG, UNION,
};
use proptest::prelude::*;

fn parse(bytes: Vec<u8>) -> Result<Btf, BtfError> {
    Btf::parse(bytes.into(), "test")
}

fn problem<T: std::fmt::Debug>(result: Result<T, BtfError>) -> Problem {
    result.unwrap_err().problem
}

fn members<'b>(btf: &'b Btf, name: &str) -> Vec<Member<'b>> {
    let found = btf.composites(name).unwrap();
    assert_eq!(found.len(), 1, "{name}");
    found[0].members().unwrap()
}

/// In short: name, offset, size in bits, whether a bit field, the type's name.
fn short<'b>(members: &[Member<'b>]) -> Vec<(&'b str, u64, u64, bool, &'b str)> {
    let one =
        |m: &Member<'b>| (m.name, m.bit_offset, m.bit_size, m.bit_field, m.ty.spelled().unwrap());
    members.iter().map(one).collect()
}

/// BTF made by gcc, pahole 1.24 and the libbpf of Linux 7.3 (see shapes.c), with the 32-byte header.
const SHAPES: &[u8] = include_bytes!("data/shapes.btf");

#[test]
fn a_struct_reads_as_its_c_says() {
    assert_eq!(SHAPES[4], 32, "the header of Linux 7.2");
    let btf = parse(SHAPES.to_vec()).unwrap();
    let found = members(&btf, "shapes");
    let expected = [
        ("byte", 0, 8, false, "uint8_t"),
        ("flag", 8, 8, false, "_Bool"),
        ("small", 16, 16, false, "int16_t"),
        ("pfn", 32, 52, true, "uint64_t"),
        ("flags", 84, 12, true, "uint64_t"),
        ("qualified", 96, 32, false, "uint32_t"),
        ("plain", 128, 32, false, "plain"),
        ("below", 160, 32, false, "below"),
        ("wide", 192, 64, false, "wide"),
        ("inner", 256, 576, false, "inner"),
        ("grid", 832, 240, false, ""),
        ("next", 1072, 64, false, ""),
        ("call", 1136, 64, false, ""),
        ("real", 1200, 64, false, "double"),
        ("", 1264, 64, false, ""),
        ("bits", 1328, 32, false, ""),
        ("tail", 1360, 0, false, ""),
    ];
    assert_eq!(short(&found), expected);

    let shape = |name: &str| found.iter().find(|member| member.name == name).unwrap().shape;
    let int = |size, signed, boolean| Int {
        size,
        signed,
        boolean,
        character: false,
        bits: size * 8,
        bit_offset: 0,
    };
    for (name, expected) in [
        ("byte", int(1, false, false)),
        ("flag", int(1, false, true)),
        ("small", int(2, true, false)),
        ("pfn", int(8, false, false)),
        ("qualified", int(4, false, false)),
    ] {
        assert!(matches!(shape(name), Shape::Int(found) if found == expected), "{name}");
    }
    let values = |name: &str| match shape(name) {
        Shape::Enum(it) => (it.size(), it.signed(), it.values().unwrap()),
        other => panic!("{other:?}"),
    };
    let value = |name, value| Enumerator { name, value };
    let plain = vec![value("PLAIN_NONE", 0), value("PLAIN_LAST", 0x8000_0000)];
    assert_eq!(values("plain"), (4, false, plain));
    assert_eq!(values("below"), (4, true, vec![value("BELOW", -2), value("ABOVE", 7)]));
    assert_eq!(values("wide"), (8, false, vec![value("WIDE", 0x1234_5678_9abc_def0)]));
    let array = |name: &str| match shape(name) {
        Shape::Array { element, count } => (element.spelled().unwrap(), count),
        other => panic!("{other:?}"),
    };
    // pahole makes one dimension of several.
    assert_eq!(array("grid"), ("uint16_t", 15));
    assert_eq!(array("tail"), ("inner", 0));
    assert!(matches!(shape("next"), Shape::Pointer(Some(to)) if to.name().unwrap() == "inner"));
    assert!(matches!(shape("real"), Shape::Float { size: 8 }));
    let inside = |shape| match shape {
        Shape::Composite(inside) => (inside.is_union(), short(&inside.members().unwrap())),
        other => panic!("{other:?}"),
    };
    let union = vec![("phys", 0, 64, false, "uint64_t"), ("ptr", 0, 64, false, "")];
    assert_eq!(inside(found[14].shape), (true, union));
    let bits = vec![("low", 0, 3, true, "uint32_t"), ("high", 3, 29, true, "int32_t")];
    assert_eq!(inside(shape("bits")), (false, bits));
}

/// Integers of 4 bytes, and two structs of one name.
fn small() -> Made {
    let mut made = Made::new();
    let int = made.int("int", 4, 1);
    made.composite(STRUCT, "twice", 4, &[("a", int, 0)]);
    made.composite(STRUCT, "twice", 8, &[("a", int, 0), ("b", int, 32)]);
    made
}

#[test]
fn every_struct_of_a_name_is_found() {
    let btf = parse(small().old()).unwrap();
    let sizes: Vec<_> = btf.composites("twice").unwrap().iter().map(|it| it.size()).collect();
    assert_eq!(sizes, [4, 8]);
    assert!(btf.composites("thrice").unwrap().is_empty());
    assert!(btf.composites("int").unwrap().is_empty(), "an integer is no struct");
    assert!(btf.composites("").unwrap().is_empty(), "no name is no name");
}

#[test]
fn both_headers_and_both_byte_orders_read_alike() {
    let made = small();
    for layouts in [None, Some(&[][..]), Some(&LAYOUTS[..])] {
        for big_endian in [false, true] {
            let btf = parse(made.bytes(layouts, big_endian)).unwrap();
            let second = btf.composites("twice").unwrap()[1];
            let found = short(&second.members().unwrap());
            assert_eq!(found, [("a", 0, 32, false, "int"), ("b", 32, 32, false, "int")]);
        }
    }
}

#[test]
fn more_members_are_counted_than_sixteen_bits_hold() {
    let mut made = Made::new();
    let int = made.int("u8", 1, 0);
    let names: Vec<_> = (0..70_000).map(|index| ("m", int, index * 8)).collect();
    made.composite(STRUCT, "wide", 70_000, &names);
    let btf = parse(made.old()).unwrap();
    let found = members(&btf, "wide");
    assert_eq!((found.len(), found[69_999].bit_offset), (70_000, 69_999 * 8));
}

#[test]
fn an_unknown_kind_is_stepped_over_where_its_length_is_told() {
    let mut made = Made::new();
    made.push("new", 20, 3, 0, &[1, 2, 3, 4, 5, 6, 7]);
    let int = made.int("int", 4, 1);
    made.composite(STRUCT, "after", 4, &[("a", int, 0)]);
    let layouts = [&LAYOUTS[..], &[(4, 8)]].concat();

    let btf = parse(made.new_header(&layouts)).unwrap();
    assert_eq!(short(&members(&btf, "after")), [("a", 0, 32, false, "int")]);
    assert_eq!(problem(parse(made.new_header(&LAYOUTS))), Problem::UnknownKind { kind: 20 });
    assert_eq!(problem(parse(made.old())), Problem::UnknownKind { kind: 20 });
    // A module takes the layouts of its kernel if it brings none.
    let kernel = Arc::new(parse(small().new_header(&layouts)).unwrap());
    let mut module = Made::split(&small());
    module.push("new", 20, 1, 0, &[1, 2, 3]);
    assert_eq!(Btf::parse_split(module.old().into(), "module", kernel).unwrap().len(), 1);
}

#[test]
fn layouts_that_contradict_what_is_known_are_refused() {
    let mut layouts = LAYOUTS;
    layouts[STRUCT as usize] = (0, 16);
    let kind = 4;
    assert_eq!(problem(parse(small().new_header(&layouts))), Problem::LayoutContradicts { kind });
    layouts[STRUCT as usize] = (0, 13);
    assert_eq!(problem(parse(small().new_header(&layouts))), Problem::LayoutUneven { kind });
}

#[test]
fn bit_fields_of_the_old_way_are_bit_fields() {
    let mut made = Made::new();
    // 3 of 32 bits, from bit 4 on.
    let part = made.push("unsigned int", INT, 0, 4, &[4 << 16 | 3]);
    let whole = made.int("unsigned int", 4, 0);
    made.composite(STRUCT, "old", 8, &[("part", part, 8), ("whole", whole, 32)]);
    let btf = parse(made.old()).unwrap();
    let expected =
        [("part", 12, 3, true, "unsigned int"), ("whole", 32, 32, false, "unsigned int")];
    assert_eq!(short(&members(&btf, "old")), expected);
}

#[test]
fn tags_belong_to_what_they_tag() {
    let mut made = Made::new();
    let int = made.int("int", 4, 1);
    let tagged = made.composite(STRUCT, "tagged", 8, &[("a", int, 0), ("b", int, 32)]);
    for (tag, kind, member) in [
        ("kserial:2", DECL_TAG, 1),
        ("kserial:record", DECL_TAG, u32::MAX),
        ("another", DECL_TAG, 1),
        ("an attribute", DECL_TAG | FLAG, 0),
    ] {
        made.push(tag, kind, 0, tagged, &[member]);
    }
    let btf = parse(made.old()).unwrap();
    let composite = btf.composites("tagged").unwrap()[0];
    assert_eq!(composite.tags().unwrap(), ["kserial:record"]);
    let tags: Vec<_> = composite.members().unwrap().into_iter().map(|member| member.tags).collect();
    assert_eq!(tags, [vec![], vec!["kserial:2", "another"]]);
}

#[test]
fn a_module_continues_its_kernel() {
    let kernel_made = small();
    let kernel = Arc::new(parse(kernel_made.old()).unwrap());
    let mut module = Made::split(&kernel_made);
    let own = module.next();
    module.push("", PTR, 0, own, &[]);
    module.composite(STRUCT, "own", 16, &[("next", own, 0), ("last", 3, 64)]);
    let bytes = Bytes::from(module.old());
    let btf = Btf::parse_split(bytes.clone(), "module", kernel).unwrap();
    let found = members(&btf, "own");
    assert_eq!(short(&found), [("next", 0, 64, false, ""), ("last", 64, 64, false, "twice")]);
    assert!(
        matches!(found[1].shape, Shape::Composite(twice) if twice.members().unwrap().len() == 2)
    );
    assert_eq!(btf.composites("twice").unwrap().len(), 2, "the kernel's structs are there too");
    // Without the kernel it is not half a BTF but none.
    assert_eq!(problem(Btf::parse(bytes, "module")), Problem::BaseMissing);
}

#[test]
fn a_distilled_base_is_looked_up_in_the_kernel_at_hand() {
    let mut stubs = Made::new();
    let int = stubs.int("int", 4, 1);
    let twice = stubs.push("twice", STRUCT, 0, 8, &[]);
    let mut module = Made::split(&stubs);
    let to = module.push("", PTR, 0, twice, &[]);
    let members = [("a", int, 0), ("inside", twice, 64), ("to", to, 128)];
    module.composite(STRUCT, "own", 24, &members);
    let parse_with = |kernel: Option<Made>| {
        let kernel = kernel.map(|kernel| Arc::new(parse(kernel.old()).unwrap()));
        Btf::parse_distilled(module.old().into(), stubs.old().into(), "module", kernel).unwrap()
    };
    let inside = |btf: &Btf| {
        let own = btf.composites("own")?[0];
        match own.members()?[1].shape {
            Shape::Composite(inside) => inside.members().map(|members| members.len()),
            other => panic!("{other:?}"),
        }
    };
    // Two structs have the name, one of them the size.
    assert_eq!(inside(&parse_with(Some(small()))), Ok(2));
    // Without a kernel the name and size are known, and that is not the same as no members.
    assert_eq!(problem(inside(&parse_with(None))), Problem::BodyUnknown { id: twice });
    // Another kernel, whose struct is another.
    let mut other = Made::new();
    other.int("int", 4, 1);
    let missing = Problem::NoCounterpart { id: twice, candidates: 0 };
    assert_eq!(problem(inside(&parse_with(Some(other)))), missing);
}

#[test]
fn a_distilled_base_holds_names_and_sizes_only() {
    let mut stubs = Made::new();
    let int = stubs.int("int", 4, 1);
    stubs.composite(STRUCT, "told", 4, &[("a", int, 0)]);
    let module = Made::split(&stubs);
    let parsed = Btf::parse_distilled(module.old().into(), stubs.old().into(), "module", None);
    assert_eq!(problem(parsed), Problem::NotDistilled { id: 2 });
}

#[test]
fn types_that_refer_to_each_other_without_end_are_an_error() {
    let mut made = Made::new();
    made.push("one", TYPEDEF, 0, 2, &[]);
    made.push("", CONST, 0, 1, &[]);
    made.push("", ARRAY, 0, 0, &[3, 3, 2]);
    made.composite(STRUCT, "round", 64, &[("a", 1, 0)]);
    made.composite(STRUCT, "around", 64, &[("a", 3, 0)]);
    // A struct within itself is an end: nobody follows it but who asks for it.
    made.composite(STRUCT, "itself", 64, &[("a", 6, 0)]);
    let btf = parse(made.old()).unwrap();
    for (name, id) in [("round", 1), ("around", 3)] {
        let found = btf.composites(name).unwrap()[0].members();
        assert_eq!(problem(found), Problem::TooDeep { id }, "{name}");
    }
    assert_eq!(members(&btf, "itself").len(), 1);
}

#[test]
fn what_is_broken_is_named_where_it_is_looked_at() {
    type Break = fn(&mut Made, u32) -> u32;
    let cases: [(&str, Break, Problem); 9] = [
        ("a type beyond the last", |_, _| 99, Problem::NoSuchType(99)),
        ("void", |_, _| 0, Problem::Unsized { id: 0 }),
        ("a function", |made, _| made.push("", 13, 0, 0, &[]), Problem::Unsized { id: 2 }),
        ("a declaration", |made, _| made.push("f", FWD, 0, 0, &[]), Problem::Unsized { id: 2 }),
        (
            "a byte of nine bits",
            |made, _| made.push("i", INT, 0, 1, &[9]),
            Problem::BadInteger { id: 2 },
        ),
        ("three bytes", |made, _| made.push("i", INT, 0, 3, &[24]), Problem::BadInteger { id: 2 }),
        (
            "an array of voids",
            |made, int| made.push("", ARRAY, 0, 0, &[0, int, 1]),
            Problem::Unsized { id: 2 },
        ),
        (
            "an array larger than all memory",
            |made, int| {
                let one = made.push("", ARRAY, 0, 0, &[int, int, u32::MAX]);
                let two = made.push("", ARRAY, 0, 0, &[one, int, u32::MAX]);
                made.push("", ARRAY, 0, 0, &[two, int, u32::MAX])
            },
            Problem::TooLarge { id: 2 },
        ),
        (
            "a member beyond its struct",
            |made, int| made.push("", ARRAY, 0, 0, &[int, int, 3]),
            Problem::MemberOutside { id: 3, index: 0 },
        ),
    ];
    for (what, make, expected) in cases {
        let mut made = Made::new();
        let int = made.int("int", 4, 1);
        let ty = make(&mut made, int);
        made.composite(STRUCT, "s", 8, &[("m", ty, 0)]);
        let btf = parse(made.old()).unwrap();
        let found = btf.composites("s").unwrap()[0].members();
        assert_eq!(problem(found), expected, "{what}");
    }
}

#[test]
fn a_broken_name_anywhere_makes_every_search_an_error() {
    for (name, expected) in [(1000, Problem::NameOutside(1000)), (1, Problem::NameNotText(1))] {
        let mut made = Made::new();
        made.strings = b"\0\xff\0fine\0".to_vec();
        made.push("", STRUCT, 0, 0, &[]);
        made.types[0] = name;
        let btf = parse(made.old()).unwrap();
        // The struct that is asked for may be the one whose name is broken.
        assert_eq!(problem(btf.composites("fine")), expected);
    }
}

#[test]
fn a_broken_header_is_refused() {
    let sound = small().new_header(&LAYOUTS);
    assert!(parse(sound.clone()).is_ok());
    let patched = |at: usize, bytes: &[u8]| {
        let mut broken = sound.clone();
        broken[at..at + bytes.len()].copy_from_slice(bytes);
        parse(broken)
    };
    let huge = u32::MAX.to_le_bytes();
    let cases: [(usize, &[u8], Problem); 9] = [
        (0, b"\x7fE", Problem::NotBtf),
        (2, &[2], Problem::Version(2)),
        (4, &28u32.to_le_bytes(), Problem::HeaderLength(28)),
        (4, &huge, Problem::HeaderCut),
        (8, &huge, Problem::SectionOutside("types")),
        (8, &2u32.to_le_bytes(), Problem::SectionUnaligned("types")),
        (20, &huge, Problem::SectionOutside("strings")),
        (28, &huge, Problem::SectionUnaligned("layouts")),
        (28, &0xffff_fffcu32.to_le_bytes(), Problem::SectionOutside("layouts")),
    ];
    for (at, bytes, expected) in cases {
        assert_eq!(problem(patched(at, bytes)), expected, "{bytes:?} at {at}");
    }
    for len in 0..sound.len() {
        assert!(parse(sound[..len].to_vec()).is_err(), "cut to {len} bytes");
    }
}

#[test]
fn an_error_says_where_and_what_to_do() {
    let mut made = small();
    made.push("new", 77, 0, 0, &[]);
    let error = Btf::parse(made.old().into(), "vmlinux, section .BTF").unwrap_err();
    assert_eq!(
        error.to_string(),
        "vmlinux, section .BTF: byte 0x64 of the BTF: a type of unknown kind 77, of unknown length; \
         build the kernel with pahole 1.31 or later, which lays out every kind"
    );
}

/// Looks at everything there is to see.
fn walk(btf: &Btf) -> usize {
    let mut seen = 0;
    for ty in btf.types() {
        let _ = (ty.name(), ty.spelled(), ty.size());
        match ty.shape() {
            Ok(Shape::Composite(it)) => {
                seen += it.members().map_or(0, |members| members.len());
                let _ = it.tags();
            }
            Ok(Shape::Enum(it)) => seen += it.values().map_or(0, |values| values.len()),
            _ => {}
        }
    }
    let _ = (btf.composites("shapes"), btf.enumerations("plain"));
    seen
}

/// One of everything, in the kernel and in a module of it.
fn everything() -> (Made, Made) {
    let mut made = small();
    let double = made.push("double", FLOAT, 0, 8, &[]);
    let tag = made.push("tag", TYPE_TAG, 0, 1, &[]);
    let array = made.push("", ARRAY, 0, 0, &[tag, 1, 4]);
    let union = made.composite(UNION | FLAG, "u", 16, &[("f", double, 0), ("b", 1, 3 << 24)]);
    let one = made.name("ONE");
    made.push("e", ENUM, 1, 4, &[one, 1]);
    made.push("e64", 19, 1, 8, &[one, 1, 2]);
    made.push("tagged", DECL_TAG, 0, union, &[0]);
    let mut module = Made::split(&made);
    module.composite(STRUCT, "own", 32, &[("a", array, 0), ("u", union, 128)]);
    (made, module)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..Default::default() })]

    #[test]
    fn no_bytes_whatever_make_it_panic(
        which in 0..4,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
        keep in any::<bool>(),
    ) {
        let (kernel, module) = everything();
        let mut bytes = match which {
            0 => SHAPES.to_vec(),
            1 => kernel.old(),
            2 => kernel.new_header(&LAYOUTS),
            _ => module.old(),
        };
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if !keep {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        let bytes = Bytes::from(bytes);
        if let Ok(btf) = Btf::parse(bytes.clone(), "alone") {
            walk(&btf);
        }
        let kernel = Arc::new(parse(kernel.old()).unwrap());
        if let Ok(btf) = Btf::parse_split(bytes.clone(), "split", kernel.clone()) {
            walk(&btf);
        }
        for base in [bytes.clone(), small().old().into()] {
            let parsed = Btf::parse_distilled(bytes.clone(), base, "own", Some(kernel.clone()));
            if let Ok(btf) = parsed {
                walk(&btf);
            }
        }
    }

    #[test]
    fn random_records_do_not_make_it_panic(
        words in prop::collection::vec(prop_oneof![0u32..40, any::<u32>(), (1u32..20).prop_map(|k| k << 24)], 0..200),
    ) {
        let made = Made { types: words, strings: b"\0a\0bc\0".to_vec(), ..Made::default() };
        if let Ok(btf) = parse(made.old()) {
            walk(&btf);
        }
    }
}

#[test]
fn everything_that_is_made_reads_without_an_error() {
    let (kernel, module) = everything();
    let kernel = Arc::new(parse(kernel.old()).unwrap());
    assert_eq!(walk(&kernel), 7);
    assert_eq!(walk(&Btf::parse_split(module.old().into(), "m", kernel).unwrap()), 2);
}
