//! The records of each generation, as writers and readers of images: `kserial`, with the structs of
//! `schemas/`.

use std::collections::BTreeSet;

use kserial::image::{size, Size, TableError, WriteError};
use kserial::{Byte, Layout, Machine, Plan, Record, Room, Spec, Step, Verified, Writer};
use kserial_reference::image::Table;
use kserial_reference::{row, Kind, Path, Row, Shape};
use kserial_schemas::{luo_file, luo_flb, luo_session, memfd, memfd_folio};
use zerocopy::IntoBytes;

use super::Image;
use crate::judged::path;
use crate::records::{shape_of, Device, File, Page};

/// The machine that writes and reads all images.
pub const HERE: Machine =
    Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
/// The number of every image here.
pub const NUMBER: u32 = 0x5eed_1e55;

/// Writes rows, as bytes, in the layout of another reader; the plan goes into the room.
type FillFor =
    for<'s> fn(&mut Writer<'_, 's>, &[u8], Layout<'s>, &'s mut [Step]) -> Result<(), WriteError>;

/// A record of one generation.
pub struct Known {
    /// Its layout as the reference sees it, under the name of its table.
    pub shape: Shape,
    fill: fn(&mut Writer<'_, '_>, &[u8]) -> Result<(), WriteError>,
    fill_for: FillFor,
    read: fn(&Verified<'_>, &str) -> Result<Outcome, TableError>,
    layout: Layout<'static>,
}

/// What a reader makes of a table.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// Its rows, and the members that lose something.
    Read(Vec<Row>, BTreeSet<Path>),
    /// It is refused for this member.
    Refused(Path),
}

/// The records of a generation of a family, in the order in which it writes their tables; none where
/// there is no such generation.
#[must_use]
pub fn records(family: &str, generation: usize) -> Vec<Known> {
    match (family, generation) {
        ("sessions", 1) => {
            vec![of::<luo_session::gen1::Session>(), of::<luo_file::gen1::File>()]
        }
        ("sessions", 2) => {
            vec![of::<luo_session::gen2::Session>(), of::<luo_file::gen2::File>()]
        }
        // Children may come first.
        ("sessions", 3) => {
            vec![of::<luo_file::gen3::File>(), of::<luo_session::gen3::Session>()]
        }
        ("flbs", 1) => vec![of::<luo_flb::gen1::Flb>()],
        ("flbs", 2) => vec![of::<luo_flb::gen2::Flb>()],
        ("flbs", 3) => vec![of::<luo_flb::gen3::Flb>()],
        ("memfds", 1) => vec![of::<memfd::gen1::Memfd>(), of::<memfd_folio::gen1::Folio>()],
        ("memfds", 2) => vec![of::<memfd::gen2::Memfd>(), of::<memfd_folio::gen2::Folio>()],
        ("memfds", 3) => vec![of::<memfd_folio::gen3::Folio>(), of::<memfd::gen3::Memfd>()],
        ("kinds", 1) => {
            let mut blob = of::<Byte>();
            blob.shape.record = BLOB.to_owned();
            vec![of::<Device>(), of::<File>(), of::<Page>(), blob]
        }
        _ => Vec::new(),
    }
}

/// The table of the blobs of [`File`].
const BLOB: &str = "file.3";

fn of<T: Record>() -> Known {
    Known {
        shape: shape_of::<T>(),
        fill: fill::<T>,
        fill_for: fill_for::<T>,
        read: read::<T>,
        layout: T::SHAPE,
    }
}

fn rows_of<T: Record>(bytes: &[u8]) -> Vec<T> {
    let mut rows = vec![T::new_zeroed(); bytes.len() / size_of::<T>()];
    rows.as_mut_bytes().copy_from_slice(bytes);
    rows
}

fn fill<T: Record>(writer: &mut Writer<'_, '_>, rows: &[u8]) -> Result<(), WriteError> {
    let mut table = writer.table::<T>()?;
    table.extend(&rows_of::<T>(rows))?;
    table.finish(writer)
}

fn fill_for<'s, T: Record>(
    writer: &mut Writer<'_, 's>,
    rows: &[u8],
    target: Layout<'s>,
    room: &'s mut [Step],
) -> Result<(), WriteError> {
    let plan = Plan::between_images(T::SHAPE, target, room)?;
    let mut table = writer.table_for::<T>(plan)?;
    table.extend(&rows_of::<T>(rows))?;
    table.finish(writer)
}

fn read<T: Record>(image: &Verified<'_>, name: &str) -> Result<Outcome, TableError> {
    let mut room = Room::empty();
    let table = match image.table_named::<T>(name, &mut room) {
        Err(TableError::Refused { path: refused, .. }) => {
            return Ok(Outcome::Refused(path(refused)))
        }
        Err(TableError::Incompatible(why)) => return Ok(Outcome::Refused(path(why.path))),
        table => table?,
    };
    let shape = shape_of::<T>();
    let members = || shape.members.iter().filter(|member| member.kind != Kind::Group);
    let rows: Vec<Row> = table.iter().map(|seen| row::decode(members(), seen.as_bytes())).collect();
    // The other way to the same rows.
    let mut scratch = vec![T::new_zeroed(); 7];
    let (mut runs, mut again) = (table.runs(&mut scratch).expect("a scratch"), Vec::new());
    while let Some(run) = runs.next() {
        again.extend(run.iter().map(|seen| row::decode(members(), seen.as_bytes())));
    }
    assert_eq!(again, rows, "{name}: rows one by one, and in runs");
    let mut losses = BTreeSet::new();
    table.losses(|loss| {
        losses.insert(path(loss.check.member().path()));
    });
    Ok(Outcome::Read(rows, losses))
}

impl Known {
    /// Its layout, cell by cell, as the derive wrote it.
    pub(super) fn cells(&self) -> Vec<u8> {
        [self.layout.head().as_bytes(), self.layout.cells().as_bytes()].concat()
    }

    /// What this reader makes of its table in `image`.
    ///
    /// # Errors
    /// Where that is neither rows nor a refusal of them.
    pub fn read(&self, image: &Verified<'_>) -> Result<Outcome, TableError> {
        (self.read)(image, &self.shape.record)
    }
}

/// The segments of `image`, by `kserial`.
pub(super) fn write(image: &Image) -> Result<Vec<Vec<u8>>, WriteError> {
    image.written(None)
}

impl Image {
    /// The segments of the same rows, written for a reader of generation `reader`.
    ///
    /// # Errors
    /// What keeps a row from being written.
    pub fn written_for(&self, reader: usize) -> Result<Vec<Vec<u8>>, WriteError> {
        self.written(Some(reader))
    }

    fn written(&self, reader: Option<usize>) -> Result<Vec<Vec<u8>>, WriteError> {
        let known = records(self.state.family, self.generation);
        let targets = reader.map_or_else(Vec::new, |reader| records(self.state.family, reader));
        let layout = |known: &Known| {
            let same = |target: &&Known| target.shape.record == known.shape.record;
            targets.iter().find(same).map_or(known.layout, |target| target.layout)
        };
        let spec = |(known, table): (&Known, Table)| {
            let spec = Spec::like(layout(known), table.rows.len()).named(&known.shape.record);
            let spec = if table.late { spec.late() } else { spec };
            if table.sorted {
                spec.sorted()
            } else {
                spec
            }
        };
        let specs: Vec<Spec<'_>> = known.iter().zip(self.tables()).map(spec).collect();
        let Size { segments, segment, last } = size(&specs, self.state.segment)?;
        let mut memory = vec![vec![0; segment]; segments];
        if let Some(end) = memory.last_mut() {
            end.truncate(last);
        }
        let mut rooms = vec![[Step::EMPTY; 64]; known.len()];
        let mut parts: Vec<&mut [u8]> = memory.iter_mut().map(Vec::as_mut_slice).collect();
        let mut writer = Writer::new(&specs, HERE, NUMBER, &mut parts, crc32fast::hash)?;
        for ((known, rows), room) in known.iter().zip(self.rows()).zip(&mut rooms) {
            match reader {
                None => (known.fill)(&mut writer, &rows)?,
                Some(_) => (known.fill_for)(&mut writer, &rows, layout(known), room)?,
            }
        }
        writer.finish()?;
        Ok(memory)
    }
}
