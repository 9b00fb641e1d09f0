//! Reaches every public function of `kserial`, so that `cargo xtask prove --no-panic` can look for
//! panics in the object code that comes of it.
//!
//! `reach_layout` calls every public function of `Layout`, `reach_image` those of `Image` and the
//! free ones of its module, and so on. The command lists the functions from the sources, and fails
//! when one is not called where it belongs. Every argument comes from outside and every result goes
//! into a [`black_box`], so nothing is settled at compile time that a kernel would settle at run time.

#![no_std]

use core::cmp::Ordering;
use core::fmt::Write;
use core::hint::black_box;

use kserial::cell::{padded, Cell, HeadCell};
use kserial::image::{
    self, ImageError, InTurn, Loss, Runs, SelectedInTurn, SelectedRows, SelectedStream,
    SelectedTable, Size, Stream, TableError, TableWriter, WriteError,
};
use kserial::lock::{Broken, Contradiction, History};
use kserial::note::{ElfNote, NoteError};
use kserial::{
    Blob, Byte, Carrier, Cause, Check, Grade, Image, Incompatible, Interval, Kind, Layout,
    LayoutError, Machine, Mark, Member, MemberId, Note, Path, PhysAddr, Plan, Record, Roles, Room,
    Rows, Spec, Step, Steps, Sum, Table, Verdict, Verified, Writer,
};
use kserial_derive::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A record of many kinds.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone)]
#[kserial(record = "sample", required)]
#[repr(C)]
pub struct Sample {
    #[kserial(
        bits(id = 1, name = "pfn", at = 0..52),
        bits(id = 2, name = "state", closed(off = 0, on = 1), at = 53..56, default = 0)
    )]
    word: u64,
    #[kserial(id = 3, key, default = -1, range = -1..=900)]
    owner: i32,
    #[kserial(id = 4, legacy, default = 3)]
    old: u16,
    #[kserial(id = 5, default = 0)]
    pair: [i8; 2],
    #[kserial(id = 6, default = 0)]
    base: PhysAddr,
    #[kserial(id = 7)]
    pages: Rows<Page>,
    #[kserial(id = 8)]
    data: Blob,
}

/// A child row.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone)]
#[kserial(record = "page")]
#[repr(C)]
pub struct Page {
    #[kserial(id = 1, unit = "pages")]
    pfn: u64,
}

/// Indexes with what comes from outside: this must be found, or the search finds nothing.
#[inline(never)]
pub fn control(bytes: &[u8], at: usize) -> u8 {
    #[allow(clippy::indexing_slicing, reason = "the positive control")]
    black_box(bytes[at])
}

/// Takes a value to where the compiler does not look.
fn see<T>(value: T) {
    let _ = black_box(value);
}

/// Every public function of `MemberId`.
#[inline(never)]
pub fn reach_memberid(number: u16) {
    black_box(MemberId::new(number).map(MemberId::get));
}

/// Every public function of `Path`.
#[inline(never)]
pub fn reach_path(id: u16, out: &mut dyn Write) {
    let path = Path::of(id);
    black_box((path.then(id), path.parent(), path.ids()));
    black_box(write!(out, "{path}").is_ok());
}

/// Every public function of `Kind`.
#[inline(never)]
pub fn reach_kind(kind: Kind) {
    black_box((kind.number(), kind.is_enum(), kind.name()));
}

/// Every public function of `Member`.
#[inline(never)]
pub fn reach_member(member: Member<'_>) {
    black_box((member.path(), member.kind(), member.bits(), member.bit(), member.count()));
    black_box((member.default(), member.is_critical(), member.is_key(), member.is_legacy()));
    black_box((member.is_sensitive(), member.is_array(), member.name(), member.unit()));
    black_box(member.cell());
}

/// Every public function of `Interval`.
#[inline(never)]
pub fn reach_interval(interval: Interval<'_>) {
    black_box((interval.low(), interval.high(), interval.name()));
}

/// Every public function of `Layout`.
#[inline(never)]
pub fn reach_layout(head: &HeadCell, cells: &[Cell], bytes: &[u8], path: Path) {
    black_box(Layout::new(head, cells).is_ok());
    let Ok((layout, rest)) = Layout::read(bytes) else { return };
    black_box((rest, layout.record(), layout.row(), layout.align(), layout.is_critical()));
    black_box((
        layout.is_required(),
        layout.is_understood(),
        layout.head(),
        layout.cells(),
        layout.encoded_len(),
    ));
    layout.members().for_each(|member| see(member.cell()));
    layout.written().for_each(|member| see(member.cell()));
    layout.intervals(path).for_each(|interval| see(interval.low()));
    layout.retired().for_each(see);
    black_box((layout.member(path).is_some(), layout.child(path), rest.is_empty()));
    black_box(Layout::new(head, cells).is_ok_and(|other| layout == other));
}

/// What the module `cell` has without a type.
#[inline(never)]
pub fn reach_cell(text: &str) {
    black_box(padded::<24>(text));
}

/// Every public function of `Machine`.
#[inline(never)]
pub fn reach_machine(machine: &Machine, writer: &Machine) {
    black_box(machine.accepts(writer));
}

/// Every public function of `Plan`.
#[inline(never)]
pub fn reach_plan(layout: Layout<'_>, other: Layout<'_>, rows: &[u8], target: &mut [u8]) {
    let mut room = <Sample as Record>::Steps::empty();
    black_box(Plan::reading::<Sample>(layout, &mut room).is_ok());
    black_box(Plan::writing::<Sample>(layout, &mut room).is_ok());
    let mut room = [Step::EMPTY; 16];
    black_box(Plan::between_images(layout, other, &mut room).is_ok());
    let Ok(plan) = Plan::between(layout, other, &mut room) else { return };
    black_box((plan.is_in_place(), plan.is_checked(), plan.source(), plan.target()));
    plan.checks().for_each(reach_check_shape);
    plan.losses(rows).for_each(|unmet| see(unmet.row));
    black_box(plan.refused(rows).is_some());
    plan.convert(rows, target);
}

#[inline(never)]
fn reach_check_shape(check: Check<'_>) {
    reach_check(&check, &[], 1);
}

/// Every public function of `Check`.
#[inline(never)]
pub fn reach_check(check: &Check<'_>, rows: &[u8], stride: u32) {
    black_box((check.member(), check.elements(), check.effect()));
    check.allowed().for_each(see);
    black_box(check.first_unmet(rows, stride));
}

/// Every public function of `Verdict`.
#[inline(never)]
pub fn reach_verdict(source: Layout<'_>, target: Layout<'_>) {
    let verdict = Verdict::of(source, target);
    black_box((verdict.grade(), verdict.may_lose()));
    verdict.findings(|finding| see(finding.path));
}

/// Every public function of `Grade`.
#[inline(never)]
pub fn reach_grade(grade: Grade, out: &mut dyn Write) {
    black_box((grade.name(), write!(out, "{grade}").is_ok()));
}

/// Every public function of `Carrier`.
#[inline(never)]
pub fn reach_carrier(number: u8) {
    black_box(Carrier::from_number(number).map(Carrier::name));
}

/// Every public function of `Note`.
#[inline(never)]
pub fn reach_note(bytes: &[u8]) {
    black_box(Note::read(bytes).is_ok());
}

/// Every public function of `ElfNote`.
#[inline(never)]
pub fn reach_elfnote(roles: Roles, carrier: Carrier, layout: Layout<'_>) {
    black_box(ElfNote::<4>::new(roles, carrier, layout).is_some());
}

/// Every public function of `History`.
#[inline(never)]
pub fn reach_history(history: &History<'_>, now: Layout<'_>, id: u16) {
    black_box((history.judge(now).is_ok(), history.judge_below(now, id).is_ok()));
}

/// Every public function of `Broken`.
#[inline(never)]
pub fn reach_broken(broken: Broken) {
    black_box(broken.sentence());
}

/// Every public function of `Rows`.
#[inline(never)]
pub fn reach_rows(position: u64) {
    let rows: Rows<Page> = Rows::up_to(position);
    black_box((rows.end(), rows.position(), <Rows<Page, u32> as Mark>::at(position).is_some()));
}

/// Every public function of `Blob`.
#[inline(never)]
pub fn reach_blob(position: u64) {
    let blob: Blob = Blob::up_to(position);
    black_box((blob.end(), blob.position(), <Blob<u32> as Mark>::at(position).is_some()));
}

/// Every public function of `Spec`.
#[inline(never)]
pub fn reach_spec<'a>(layout: Layout<'a>, rows: usize, name: &str) -> [Spec<'a>; 3] {
    [
        Spec::of::<Sample>(rows).late(),
        Spec::of::<Page>(rows).sorted(),
        Spec::like(layout, rows).named(name),
    ]
}

/// Every public function of `Size`.
#[inline(never)]
pub fn reach_size(size: &Size) {
    black_box(size.bytes());
}

/// What the module `size` has without a type.
#[inline(never)]
pub fn reach_size_alone(tables: &[Spec<'_>], segment: usize) {
    black_box(image::size(tables, segment).is_ok());
}

/// Every public function of `Writer`, and with it those of a `TableWriter`.
#[inline(never)]
pub fn reach_writer<'m>(
    tables: &'m [Spec<'m>],
    machine: Machine,
    number: u32,
    segments: &'m mut [&'m mut [u8]],
    sum: Sum,
    plan: Plan<'m>,
) {
    let Ok(mut image) = Writer::new(tables, machine, number, segments, sum) else { return };
    if let Ok(table) = image.table::<Page>() {
        reach_tablewriter(table, &[], &mut image);
    }
    if let Ok(table) = image.table_for::<Sample>(plan) {
        black_box(table.finish(&mut image).is_ok());
    }
    black_box(image.rows(&plan, &[]).is_ok());
    black_box(image.deposit(|place| place.fill(0)).is_ok());
    if let Ok(table) = image.table::<Byte>() {
        black_box(table.finish(&mut image).is_ok());
    }
    black_box(image.finish().is_ok());
}

/// Every public function of `TableWriter`.
#[inline(never)]
pub fn reach_tablewriter(
    mut table: TableWriter<'_, '_, Page>,
    rows: &[Page],
    image: &mut Writer<'_, '_>,
) {
    black_box(rows.first().map(|row| table.push(row).is_ok()));
    black_box(table.extend(rows).is_ok());
    black_box((table.mark::<Rows<Page, u32>>().is_ok(), table.len(), table.is_empty()));
    black_box(table.finish(image).is_ok());
}

/// A table of a record with values to check and bits to clear.
#[inline(never)]
pub fn reach_tablewriter_of_claims(
    mut table: TableWriter<'_, '_, Sample>,
    rows: &[Sample],
    image: &mut Writer<'_, '_>,
) {
    black_box(table.extend(rows).is_ok());
    black_box(table.finish(image).is_ok());
}

/// What the module `late` has without a type.
#[inline(never)]
pub fn reach_late(
    segments: &mut [&mut [u8]],
    rows: &[Sample],
    (layout, bytes): (Layout<'_>, &[u8]),
    room: &mut [Step],
    sum: Sum,
) {
    let mut steps = Steps::empty();
    black_box(image::rewrite(segments, rows, &mut steps, sum).is_ok());
    black_box(image::rewrite_rows(segments, layout, bytes, room, sum).is_ok());
}

/// What the module `open` has without a type.
#[inline(never)]
pub fn reach_open(first: &[u8]) {
    black_box(image::number(first).is_ok());
    if let Ok(lengths) = image::segments(first) {
        lengths.for_each(see);
    }
}

/// Every public function of `Image`.
#[inline(never)]
pub fn reach_image(segments: &[&[u8]], machine: &Machine, sum: Sum, name: &str) {
    black_box(Image::open(segments, machine, sum).is_ok());
    let Ok(image) = Image::inspect(segments, sum) else { return };
    black_box((image.machine(), image.number(), image.knows(&[name]).is_ok()));
    image.tables().for_each(|table| see(table.rows));
    image.pieces().for_each(see);
    let mut room = Room::empty();
    black_box(image.stream::<Sample>(&mut room).is_ok());
    let mut room = Room::empty();
    black_box(image.stream_named::<Byte>(name, &mut room).is_ok());
    black_box(image.verify().is_ok());
}

/// Every public function of `Verified`.
#[inline(never)]
pub fn reach_verified(image: &Verified<'_>, name: &str) {
    let mut room = Room::empty();
    black_box(image.table::<Sample>(&mut room).is_ok());
    let mut room = Room::empty();
    black_box(image.table_named::<Byte>(name, &mut room).is_ok());
    image.tables().for_each(|table| see(table.rows));
    image.pieces().for_each(see);
    black_box((image.machine(), image.knows(&[name]).is_ok()));
}

/// Every public function of `Room`.
#[inline(never)]
pub fn reach_room(image: &Verified<'_>) {
    let mut room = Room::<Sample>::empty();
    black_box(image.table(&mut room).is_ok());
}

/// Every public function of `Stream`.
#[inline(never)]
pub fn reach_stream(mut stream: Stream<'_, Sample>, scratch: &mut [Sample], paths: [Path; 4]) {
    black_box((stream.len(), stream.is_empty()));
    black_box(stream.next(scratch).is_ok());
    let [word, owner, pair, pages] = paths;
    black_box(stream.select::<Selected>((word, owner, (pair, pages))).is_ok());
}

/// Members of every form: bits, a signed number, an array, an end mark.
type Selected = (u64, i64, ([i8; 2], Rows<Page>));

/// Every public function of `SelectedStream`.
#[inline(never)]
pub fn reach_selectedstream(stream: &mut SelectedStream<'_, Sample, Selected>) {
    black_box(stream.next().is_ok());
}

/// Every public function of `SelectedTable`.
#[inline(never)]
pub fn reach_selectedtable(table: &SelectedTable<'_, Sample, Selected>, number: usize) {
    reach_selectedrows(table.iter());
    reach_selectedrows(table.slice(0..number));
    black_box(table.in_turn());
}

/// Every public function of `SelectedInTurn`.
#[inline(never)]
pub fn reach_selectedinturn(in_turn: &mut SelectedInTurn<'_, '_, Page, u64>, row: &Sample) {
    black_box(in_turn.up_to(&row.pages).len());
}

/// Every public function of `SelectedRows`.
#[inline(never)]
pub fn reach_selectedrows(mut rows: SelectedRows<'_, Selected>) {
    black_box((rows.len(), rows.is_empty(), rows.next().is_some()));
    rows.for_each(|members| see(members.0));
}

/// Every public function of `Table`.
#[inline(never)]
pub fn reach_table(table: &Table<'_, Sample>, pages: &Table<'_, Page>, number: usize, key: i32) {
    black_box((table.len(), table.is_empty(), table.is_in_place(), table.as_slice().is_some()));
    black_box(table.get(number).is_some());
    table.iter().for_each(|row| see(row.owner));
    let part = table.slice(0..number);
    black_box(part.children(number, |row| row.pages));
    for (row, pages) in table.with(|row| row.pages, pages) {
        black_box((row.word, pages.len()));
    }
    black_box(
        table.find(|row| if row.owner < key { Ordering::Less } else { Ordering::Equal }).is_ok(),
    );
    black_box(pages.in_turn());
    table.losses(|loss: Loss<'_>| see(loss.row));
    black_box(table.runs(&mut []).is_ok());
    black_box(table.select::<PhysAddr>(Path::of(6)).is_ok());
}

/// Every public function of `InTurn`.
#[inline(never)]
pub fn reach_inturn(in_turn: &mut InTurn<'_, Page>, row: &Sample) {
    black_box(in_turn.up_to(&row.pages).len());
}

/// Every public function of `Runs`.
#[inline(never)]
pub fn reach_runs(runs: &mut Runs<'_, Sample>) {
    black_box(runs.next().map(<[Sample]>::len));
}

/// What errors say.
#[inline(never)]
pub fn reach_errors(
    out: &mut dyn Write,
    layout: LayoutError,
    (image, table, write): (ImageError, TableError, WriteError),
    (note, lock): (NoteError, Contradiction),
    (pair, cause): (Incompatible, Cause),
) {
    black_box(write!(out, "{layout} {} {image} {table} {write}", layout.fault).is_ok());
    black_box(write!(out, "{note} {lock} {pair} {cause}").is_ok());
}
