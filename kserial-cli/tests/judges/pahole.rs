//! `pahole -F btf` prints every struct as C with the offset and size of each member behind it.
//!
//! Structs without a name are printed too (`-a -A`), each by itself; of structs that are alike only
//! one is printed. So what is compared are the two sets of structs, each a name, a size and the
//! members' names, places and widths.

use std::collections::BTreeSet;
use std::process::Command;

use kserial_cli::btf::{BtfError, Composite, Shape};

use super::Case;

/// One struct or union as both sides can tell it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Block {
    union: bool,
    name: String,
    /// pahole does not print the size of a union.
    size: Option<u32>,
    members: Vec<Member>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Member {
    name: String,
    bit_offset: u64,
    bit_size: u64,
    bit_field: bool,
}

/// What was compared.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) structs: usize,
    pub(crate) unions: usize,
    pub(crate) members: usize,
    pub(crate) bit_fields: usize,
    pub(crate) printed: usize,
}

/// Compares every struct and union; the disagreements are returned.
pub(crate) fn compare(case: &Case) -> (Counts, Vec<String>) {
    let mut command = Command::new("pahole");
    command.args(["-F", "btf", "-a", "-A"]).arg(case.file.path());
    let text = String::from_utf8(crate::real::output(&mut command)).expect("text");
    let theirs: BTreeSet<Block> = blocks(&text).into_iter().collect();
    let mut counts = Counts { printed: theirs.len(), ..Counts::default() };
    let mut ours = BTreeSet::new();
    for ty in case.btf.types() {
        let shape = ty.shape().unwrap_or_else(|e| panic!("{e}"));
        let Shape::Composite(composite) = shape else { continue };
        // Names for it and qualifiers lead here as well.
        if composite.ty() != ty {
            continue;
        }
        let block = block(&composite).unwrap_or_else(|e| panic!("{e}"));
        *(if block.union { &mut counts.unions } else { &mut counts.structs }) += 1;
        counts.members += block.members.len();
        counts.bit_fields += block.members.iter().filter(|member| member.bit_field).count();
        ours.insert(block);
    }
    let only = |who: &str, a: &BTreeSet<Block>, b: &BTreeSet<Block>| -> Vec<String> {
        a.difference(b).map(|block| format!("{} only {who}: {block:?}", case.name)).collect()
    };
    let mut wrong = only("ours", &ours, &theirs);
    wrong.extend(only("pahole's", &theirs, &ours));
    (counts, wrong)
}

fn block(composite: &Composite<'_>) -> Result<Block, BtfError> {
    let members = composite.members()?;
    let size = (!composite.is_union()).then_some(composite.size());
    let members = members.iter().map(|member| Member {
        name: member.name.to_owned(),
        bit_offset: member.bit_offset,
        bit_size: member.bit_size,
        bit_field: member.bit_field,
    });
    let (union, name) = (composite.is_union(), composite.name().to_owned());
    Ok(Block { union, name, size, members: members.collect() })
}

/// Reads what pahole prints.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in text.lines() {
        match &mut open {
            None => {
                let Some(head) = line.strip_suffix('{') else { continue };
                // A struct without a name may be shown with a name for it.
                let mut words = head.split_whitespace().filter(|&word| word != "typedef");
                let union = match words.next() {
                    Some("struct") => false,
                    Some("union") => true,
                    other => panic!("{other:?} opens {line:?}"),
                };
                let name = words.next().unwrap_or_default().to_owned();
                open = Some(Block { union, name, size: None, members: Vec::new() });
            }
            Some(_) if line.starts_with('}') => blocks.extend(open.take()),
            Some(block) => {
                // One tab: a member of this struct. More: of a struct inside, printed by itself.
                let Some(line) = line.strip_prefix('\t').filter(|line| !line.starts_with('\t'))
                else {
                    continue;
                };
                if let Some(size) = line.strip_prefix("/* size: ") {
                    let size = size.split(|c: char| !c.is_ascii_digit()).next();
                    block.size = size.and_then(|size| size.parse().ok());
                } else if let Some(member) = member(line) {
                    block.members.push(member);
                }
            }
        }
    }
    assert!(open.is_none(), "pahole stopped in the middle");
    blocks
}

/// `unsigned int name:3; /* 2796: 4  4 */`
fn member(line: &str) -> Option<Member> {
    let (declaration, comment) = line.rsplit_once("/*")?;
    let declaration = declaration.trim_end().strip_suffix(';')?;
    let comment = comment.strip_suffix("*/")?;
    let mut numbers = comment.split([' ', ':']).filter(|word| !word.is_empty());
    let mut number = || numbers.next()?.parse::<u64>().ok();
    let offset = number()?;
    // A type, filled up with spaces, and no name behind it: only what follows it tells.
    let nameless = declaration.ends_with(' ') || declaration.contains("  __attribute__");
    let declaration = without_attributes(declaration);
    let (declaration, width) = match declaration.rsplit_once(':') {
        Some((declaration, width)) => {
            (declaration.to_owned(), Some(width.trim().parse::<u64>().expect("a width")))
        }
        None => (declaration, None),
    };
    let (bit, size) = if comment.contains(':') { (number()?, number()?) } else { (0, number()?) };
    Some(Member {
        name: if nameless { String::new() } else { declared(&declaration).to_owned() },
        bit_offset: offset * 8 + bit,
        bit_size: width.unwrap_or(size * 8),
        bit_field: width.is_some(),
    })
}

/// The declaration without `__attribute__((…))`.
fn without_attributes(declaration: &str) -> String {
    let mut out = String::new();
    let mut rest = declaration;
    while let Some(at) = rest.find("__attribute__((") {
        out.push_str(&rest[..at]);
        let mut depth = 0;
        let end = rest[at..].find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            c == ')' && depth == 0
        });
        rest = &rest[at + end.expect("a closing parenthesis") + 1..];
    }
    out + rest
}

/// The name that a declaration declares: in `int (*name)(int)` and `u8 name[4]` as in `int name`.
fn declared(declaration: &str) -> &str {
    let inner = match declaration.find("(*") {
        // Of a function that returns a function, the innermost.
        Some(at) => {
            let inner = declaration[at..].trim_start_matches(['(', '*', ' ']);
            inner.split([')', '(']).next().unwrap_or_default()
        }
        None => declaration,
    };
    let inner = inner.split('[').next().unwrap_or_default().trim_end();
    let start = inner.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
    &inner[start.map_or(0, |at| at + 1)..]
}

#[test]
fn a_line_of_pahole_is_understood() {
    let cases = [
        ("u64                        seals;                /*    16     4 */", ("seals", 128, 32)),
        ("unsigned int               b:3; /*  2796: 4  4 */", ("b", 22372, 3)),
        ("void                       (*f)(struct page *, int); /*     8     8 */", ("f", 64, 64)),
        ("u8                         (*table)[16]; /*     8     8 */", ("table", 64, 64)),
        ("int                        (*ops[4])(void *); /*     0    32 */", ("ops", 0, 256)),
        ("char                       name[64];             /*     0    64 */", ("name", 0, 512)),
        ("struct x se __attribute__((__aligned__(64))); /*   128   320 */", ("se", 1024, 2560)),
        ("union pipe_index           ;                     /*    72     8 */", ("", 576, 64)),
        (
            "union u                     __attribute__((__aligned__(8))); /*    72     8 */",
            ("", 576, 64),
        ),
        ("};                                               /*     0     4 */", ("", 0, 32)),
        ("} b;                                             /*     0     4 */", ("b", 0, 32)),
    ];
    for (line, (name, bit_offset, bit_size)) in cases {
        let found = member(line).expect(line);
        let expected = Member { name: name.into(), bit_offset, bit_size, bit_field: bit_size == 3 };
        assert_eq!(found, expected, "{line}");
    }
}
