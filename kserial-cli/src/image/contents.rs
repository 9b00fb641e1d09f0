//! A verified image, table by table.

use std::ops::Range;

use kserial::image::{segments, ImageError, TableInfo, MAGIC};
use kserial::{Image, Kind, Machine, Member};

/// Whether `bytes` begin as images do.
#[must_use]
pub fn starts(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The segments of the image that a file holds: they follow each other, and the file ends with the
/// last one.
///
/// # Errors
/// Where the first is no head, or the file is longer or shorter than it says.
pub fn parts(bytes: &[u8]) -> Result<Vec<&[u8]>, ImageError> {
    let (mut parts, mut rest) = (Vec::new(), bytes);
    for length in segments(bytes)? {
        let missing = ImageError::Truncated { segment: parts.len() };
        let (part, more) = rest.split_at_checked(length).ok_or(missing)?;
        parts.push(part);
        rest = more;
    }
    match rest.is_empty() {
        true => Ok(parts),
        false => Err(ImageError::Length { segment: parts.len().saturating_sub(1) }),
    }
}

/// Segments that are in memory, as an image takes them.
pub(crate) fn parts_of(segments: &[Vec<u8>]) -> Vec<&[u8]> {
    segments.iter().map(Vec::as_slice).collect()
}

/// An image of which everything was checked.
#[derive(Clone, Debug)]
pub struct Contents<'a> {
    /// The machine that the state belongs to.
    pub machine: Machine,
    /// What tells it from other images.
    pub number: u32,
    /// The length of each segment, in bytes.
    pub segments: Vec<usize>,
    /// The tables, in the order of the directory.
    pub tables: Vec<TableView<'a>>,
}

/// A table: its layout, and its rows as they lie.
#[derive(Clone, Debug)]
pub struct TableView<'a> {
    /// What the image says of it.
    pub info: TableInfo<'a>,
    /// The number of the first row of each piece, and its rows.
    pieces: Vec<(usize, &'a [u8])>,
}

impl<'a> Contents<'a> {
    /// Verifies the image in these segments.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(parts: &'a [&'a [u8]]) -> Result<Self, ImageError> {
        let image = Image::inspect(parts, crc32fast::hash)?;
        image.verify()?;
        let mut tables: Vec<_> =
            image.tables().map(|info| TableView { info, pieces: Vec::new() }).collect();
        for (layout, rows) in image.pieces() {
            // No two tables have one record.
            let same = |table: &&mut TableView<'_>| table.record() == layout.record();
            if let Some(table) = tables.iter_mut().find(same) {
                let first = table
                    .pieces
                    .last()
                    .map_or(0, |(first, rows)| first + rows.len() / table.stride());
                table.pieces.push((first, rows));
            }
        }
        let segments = parts.iter().map(|part| part.len()).collect();
        Ok(Self { machine: image.machine(), number: image.number(), segments, tables })
    }

    /// The table of `record`, by its place in the directory.
    #[must_use]
    pub fn find(&self, record: &str) -> Option<usize> {
        self.tables.iter().position(|table| table.record() == record)
    }

    /// The end marks of table `number`, and the tables whose rows they count.
    pub fn children(&self, number: usize) -> impl Iterator<Item = (Member<'a>, usize)> + '_ {
        let layout = self.tables.get(number).map(|table| table.info.layout);
        layout.into_iter().flat_map(move |layout| {
            let ends = layout.written().filter(|member| member.kind() == Kind::End);
            ends.filter_map(move |mark| Some((mark, self.find(layout.child(mark.path())?)?)))
        })
    }

    /// The tables that are nobody's children.
    pub fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        let counted = |table: usize| {
            (0..self.tables.len()).any(|parent| self.children(parent).any(|(_, n)| n == table))
        };
        (0..self.tables.len()).filter(move |table| !counted(*table))
    }

    /// The members that are shown only to those who ask for it, as `record.path`.
    #[must_use]
    pub fn sensitive(&self) -> Vec<String> {
        let members = self.tables.iter().flat_map(|table| {
            let sensitive = table.info.layout.written().filter(Member::is_sensitive);
            sensitive.map(|member| format!("{}.{}", table.record(), member.path()))
        });
        members.collect()
    }
}

impl<'a> TableView<'a> {
    /// The record's name.
    #[must_use]
    pub fn record(&self) -> &'a str {
        self.info.layout.record()
    }

    /// Bytes of a row, at least 1.
    #[must_use]
    pub fn stride(&self) -> usize {
        // A row is no longer than 65,536 bytes.
        self.info.layout.row().max(1) as usize
    }

    /// Rows that lie side by side, and the number of the first of them.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (usize, &'a [u8])> + '_ {
        self.pieces.iter().copied()
    }

    /// All rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        let stride = self.stride();
        self.pieces.iter().flat_map(move |(_, rows)| rows.chunks_exact(stride))
    }

    /// Row `number`.
    #[must_use]
    pub fn row(&self, number: usize) -> Option<&'a [u8]> {
        let after = self.pieces.partition_point(|(first, _)| *first <= number);
        let (first, rows) = self.pieces.get(after.checked_sub(1)?)?;
        let start = (number - first).checked_mul(self.stride())?;
        rows.get(start..start.checked_add(self.stride())?)
    }

    /// The rows of `range`, side by side; of a blob, its bytes.
    #[must_use]
    pub fn bytes(&self, range: Range<usize>) -> Vec<u8> {
        range.filter_map(|number| self.row(number)).flatten().copied().collect()
    }

    /// Which rows of the child belong to row `number`, as the end mark `mark` says.
    #[must_use]
    pub fn children(&self, number: usize, mark: Member<'_>) -> Range<usize> {
        let end = |number: usize| {
            let row = self.row(number)?;
            usize::try_from(super::value::element(mark, row, 0)).ok()
        };
        let start = number.checked_sub(1).map_or(Some(0), end);
        start.unwrap_or(0)..end(number).unwrap_or(0)
    }

    /// Whether a row is one byte of a blob.
    #[must_use]
    pub fn is_blob(&self) -> bool {
        let mut members = self.info.layout.members();
        let byte = members.next();
        let is_byte = |member: Member<'_>| {
            member.kind() == Kind::Unsigned && member.bits() == 8 && !member.is_array()
        };
        self.info.layout.row() == 1
            && members.next().is_none()
            && byte.is_some_and(|m| is_byte(m) && !m.is_legacy() && !m.is_sensitive())
            && byte.is_some_and(|m| self.info.layout.intervals(m.path()).next().is_none())
    }
}
