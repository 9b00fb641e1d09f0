//! IDs that a kernel's own source gives its members, in BTF as clang writes it.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod made;

use kserial_cli::judge::Verdict;
use kserial_cli::kernel::Kernel;
use kserial_cli::observe;
use made::elf::Elf;

/// See `data/tagged.c`.
const TAGGED: &[u8] = include_bytes!("data/tagged.btf");

fn tagged() -> Kernel {
    let folder = tempfile::tempdir().unwrap();
    let strings =
        b"\0Linux version %s (%s)\0Linux version 7.3.4-tagged (c) #1\n\0kho-v4\0luo-v5\0memfd-v2\0";
    let path = folder.path().join("vmlinux");
    std::fs::write(&path, Elf::program().rodata(strings).btf(TAGGED).bytes()).unwrap();
    let kernel = observe::open(path.to_str().unwrap()).unwrap();
    assert!(kernel.unread.is_empty(), "{:?}", kernel.unread);
    kernel
}

#[test]
fn a_tag_says_which_member_it_is_whatever_its_name() {
    let kernel = tagged();
    let memfd = kernel.component("memfd").unwrap().layout("memfd").unwrap();
    let members: Vec<_> =
        memfd.members.iter().map(|m| (m.id.to_string(), m.name.as_str(), m.bit, m.bits)).collect();
    let expected = [
        // By their tags: a size that is called otherwise, and a member that nobody knew.
        ("2", "length", 0, 64),
        // By their names.
        ("1", "pos", 64, 64),
        ("3", "seals", 128, 32),
        ("40", "purpose", 160, 32),
        ("5", "nr_folios", 192, 64),
        ("6", "folios", 0, 0),
        ("6.1", "first", 256, 64),
        ("6.2", "total_pages", 320, 32),
        ("6.3", "flags", 352, 16),
        ("6.4", "order", 368, 16),
    ];
    let expected = expected.map(|(id, name, bit, bits)| (id.to_owned(), name, bit, bits));
    assert_eq!(members, expected);
}

/// Size and position have changed places: without the tag, a member called `length` would be new.
#[test]
fn a_tagged_member_that_moved_is_named_as_the_one_it_is() {
    let release = Kernel::of_linux("7.3").unwrap();
    let verdict = Verdict::of(&tagged(), &release);
    let finding = verdict.findings.iter().find(|f| f.subject == "memfd").unwrap();
    assert_eq!(finding.rule, "KS0202");
    let moved = "length is 8 bytes at byte 0, then size is 8 bytes at byte 8";
    assert!(finding.details.iter().any(|line| line == moved), "{:#?}", finding.details);
}

/// Nothing is known of it, so nothing is said to be absent in it.
#[test]
fn an_input_that_cannot_be_read_lacks_nothing() {
    let unreadable = observe::open("/nonexistent/vmlinux").unwrap();
    for (writer, reader) in [(&tagged(), &unreadable), (&unreadable, &tagged())] {
        let verdict = Verdict::of(writer, reader);
        let rules: Vec<_> = verdict.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!((rules.as_slice(), verdict.incomplete), (&["KS0501"][..], true));
    }
}
