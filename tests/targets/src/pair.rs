//! Random layouts, changes of them, and rows: `kserial` against the reference.
//!
//! The bytes are choices, so that a mutation of the bytes is a mutation of the choices, and whatever
//! comes out is a valid layout. (The strategies of the property tests cannot be driven by bytes: where
//! these end, a strategy that draws until a number suits it would draw for ever.)

use kserial::{Image, Layout, Plan};
use kserial_reference::drawn::{rows, settled, Change, Dice, Draft, Placed};
use kserial_reference::image::{self, Head, Table};
use kserial_reference::{cells, cross, row, Crossing, Kind, Member, Row, Shape};
use kserial_tests::judged::{
    agree_before_any_row, agree_between_images, agree_on_conditions, agree_on_rows, ROOM,
};

const HEAD: Head =
    Head { arch: 62, page_shift: 12, max_order: 10, encrypted: false, number: 0x7a11_0075 };

/// Kinds that have bits; those where mistakes live come oftener.
const KINDS: [Kind; 12] = [
    Kind::Unsigned,
    Kind::Signed,
    Kind::Unsigned,
    Kind::Signed,
    Kind::ClosedEnum,
    Kind::OpenEnum,
    Kind::ClosedEnum,
    Kind::Bool,
    Kind::Bytes,
    Kind::Text,
    Kind::Physical,
    Kind::End,
];

/// The first eight bytes seed the rows, the rest is what layouts and changes are drawn from.
pub fn pair(bytes: &[u8]) {
    let Some((seed, rest)) = bytes.split_first_chunk() else { return };
    let mut choices = Choices(rest);
    let mut changed = choices.draft();
    let old = changed.packed();
    for _ in 0..choices.below(5) {
        choices.change().apply(&mut changed);
    }
    let new = changed.packed();
    let mut dice = Dice(u64::from_le_bytes(*seed));
    for (source, target) in [(&old, &new), (&new, &old), (&old, &old)] {
        agree_before_any_row(source, target);
        let rows = rows(source, target, 5, &mut dice);
        agree_on_rows(source, target, &rows);
        agree_between_images(source, target, &rows);
        agree_on_conditions(source, target, &mut dice);
        agree_through_an_image(source, target, rows);
    }
}

/// Bytes as choices, one or two for each. When none are left, it is always the first.
struct Choices<'b>(&'b [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn seed(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    fn seeds(&mut self) -> Vec<(u16, u16)> {
        (0..self.below(4)).map(|_| (self.seed(), self.seed())).collect()
    }

    fn bits(&mut self) -> u8 {
        match self.below(80) {
            n @ 0..64 => u8::try_from(n + 1).unwrap_or(64),
            n => [8, 16, 32, 64][n % 4],
        }
    }

    fn draft(&mut self) -> Draft {
        let members = (1..=1 + self.below(6)).map(|_| self.placed()).enumerate();
        let members = members.map(|(n, placed)| numbered(n, placed)).collect();
        let flags = (self.flag(), self.flag());
        let align = self.pick(&[0, 1, 2, 3]);
        let record = "state".to_owned();
        let mut draft = Draft { record, align, flags, members, retired: Vec::new() };
        for n in 0..draft.members.len() {
            let (ranges, default) = (self.seeds(), self.flag().then(|| self.seed()));
            Change::Ranges(n, ranges).apply(&mut draft);
            Change::Default(n, default).apply(&mut draft);
        }
        draft
    }

    /// A member without an ID, intervals and default; what its kind cannot have is settled later.
    fn placed(&mut self) -> Placed {
        let flags = self.byte();
        let flag = |n: u32| flags >> n & 1 == 1;
        let member = Member {
            path: self.pick(&[&[][..], &[], &[], &[100], &[100, 50], &[101]]).to_vec(),
            name: String::new(),
            kind: self.pick(&KINDS),
            bits: self.bits(),
            bit: 0,
            count: u32::from(self.byte() % 6) + 1,
            array: flag(0) && flag(1),
            default: None,
            critical: flag(2),
            key: flag(3) && flag(4),
            legacy: flag(5) && flag(6),
            sensitive: flag(7),
            unit: self.pick(&["", "", "", "bytes"]).to_owned(),
            ranges: Vec::new(),
            child: Some(self.pick(&["folio", "page"]).to_owned()),
        };
        Placed { member, gap: self.pick(&[0, 0, 0, 3, 8, 1]) }
    }

    fn change(&mut self) -> Change {
        let n = self.below(8);
        match self.below(26) {
            0 => Change::Bits(n, self.bits()),
            1 => Change::Split(n, self.pick(&[1, 2, 4, 8])),
            2 => Change::Kind(n, self.pick(&KINDS)),
            3 => Change::Array(n),
            4 => Change::Count(n, u32::from(self.byte() % 6) + 1),
            5 => Change::Unit(n, self.pick(&["", "bytes", "pages"])),
            6 => Change::Default(n, self.flag().then(|| self.seed())),
            7 => Change::Ranges(n, self.seeds()),
            8 => Change::OpenOrClose(n),
            9 => Change::AddValue(n, self.seed()),
            10 => Change::DropValue(n),
            11 => Change::Renumber(n),
            12 => Change::RenameValue(n),
            13 => Change::Rename(n),
            14 => Change::Critical(n),
            15 => Change::Key(n),
            16 => Change::Sensitive(n),
            17 => Change::Legacy(n),
            18 => Change::Child(n, self.pick(&["folio", "page"])),
            19 => Change::Remove(n, self.flag()),
            20 => Change::Add(n, Box::new(numbered(6, self.placed()))),
            21 => Change::Swap(n, self.below(8)),
            22 => Change::Gap(n, self.byte() % 12),
            23 => Change::Align(self.byte() % 5),
            24 => Change::Record,
            _ => Change::RecordFlags(self.flag(), self.flag()),
        }
    }
}

/// The member with the ID `n + 1`.
fn numbered(n: usize, mut placed: Placed) -> Placed {
    let id = u16::try_from(n + 1).unwrap_or(1);
    placed.member.path.push(id);
    placed.member.name = format!("m{id}");
    placed.member = settled(placed.member);
    placed
}

/// The rows in an image that the reference wrote, read by `kserial`.
fn agree_through_an_image(source: &Shape, target: &Shape, mut rows: Vec<Row>) {
    // Children are another table's.
    for mark in source.held().filter(|member| member.kind == Kind::End) {
        rows.iter_mut().for_each(|row| drop(row.insert(mark.path.clone(), vec![0])));
    }
    let tables = [Table::of(source.clone(), rows.clone())];
    let mut length = 64;
    let segments = loop {
        match image::Draft::new(HEAD, &tables, &[length]) {
            Some(draft) => break draft.sealed(),
            None => length += 64,
        }
    };
    let parts: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
    let opened = Image::inspect(&parts, crc32fast::hash);
    let Ok(image) = opened else { panic!("the reference's image is refused: {opened:?}") };
    assert!(image.verify().is_ok(), "the reference's image is damaged: {:?}", image.verify().err());
    if source.record != target.record {
        return;
    }
    let cells = cells::encode(target);
    let Ok((layout, _)) = Layout::read(&cells) else { panic!("the reference's layout is refused") };
    let mut number = 0;
    for (from, bytes) in image.pieces() {
        let mut room = ROOM;
        let Ok(plan) = Plan::between(from, layout, &mut room) else { continue };
        let (stride, pitch) = (source.row as usize, target.row as usize);
        let mut read = vec![0xa5; bytes.len() / stride * pitch];
        plan.convert(bytes, &mut read);
        for (bytes, read) in bytes.chunks(stride).zip(read.chunks(pitch)) {
            let refused = plan.refused(bytes).is_some();
            match cross(source, target, &rows[number]) {
                Crossing::Refused(_) => assert!(refused, "row {number} is taken"),
                Crossing::Crosses { row: right, .. } => {
                    let members = target.members.iter().filter(|m| m.kind != Kind::Group);
                    assert!(!refused, "row {number} is refused");
                    assert_eq!(row::decode(members, read), right, "row {number}");
                }
            }
            number += 1;
        }
    }
}
