//! The row of records: where each begins, and its words.

use super::error::{BtfError, Problem};
use super::header::{word, At, Header};
use super::kind::{Info, Kind, Tail, RECORD};
use super::{Base, Btf, Type};

/// Walks the records once and notes where each begins.
pub(super) fn positions(
    data: &[u8],
    header: &Header,
    layouts: &[Tail],
    first_id: u32,
) -> Result<Vec<u32>, At> {
    let end = header.types.end;
    let mut at = header.types.start;
    // 24 bytes a record is what kernels have on average.
    let mut positions = Vec::with_capacity(header.types.len() / 24);
    while at < end {
        let id = first_id.saturating_add(u32::try_from(positions.len()).unwrap_or(u32::MAX));
        let cut = (at as u64, Problem::TypeCut { id });
        if end - at < RECORD {
            return Err(cut);
        }
        let info = Info::of(word(data, at + 4, header.big_endian).ok_or(cut)?);
        let tail = info.kind().tail().or_else(|| match info.number {
            0 => None,
            number => layouts.get(usize::from(number)).copied(),
        });
        let unknown = (at as u64, Problem::UnknownKind { kind: info.number });
        let len = tail.ok_or(unknown)?.record_len(info.vlen);
        if len > (end - at) as u64 {
            return Err(cut);
        }
        positions.push(u32::try_from(at).map_err(|_| cut)?);
        at += usize::try_from(len).map_err(|_| cut)?;
    }
    Ok(positions)
}

/// The twelve bytes that every record starts with, and where what follows them begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    /// The offset of the record in its blob, for errors.
    pub(super) at: usize,
    pub(super) name: u32,
    pub(super) info: Info,
    /// A size or a type's number, as the kind has it.
    pub(super) size_or_type: u32,
}

impl Record {
    pub(super) fn kind(&self) -> Kind {
        self.info.kind()
    }

    /// The offset of the counted element `index`, of `each` bytes.
    pub(super) fn element(&self, index: u32, each: usize) -> usize {
        // Within the record, whose length was checked against the blob.
        self.at + RECORD + index as usize * each
    }
}

impl Btf {
    /// The record of one of this blob's own types.
    pub(super) fn record(&self, id: u32) -> Result<Record, BtfError> {
        let index = id.checked_sub(self.first_id).map(|index| index as usize);
        let Some(&at) = index.and_then(|index| self.records.get(index)) else {
            return Err(self.error(self.header.types.start, Problem::NoSuchType(id)));
        };
        let at = at as usize;
        Ok(Record {
            at,
            name: self.word(at)?,
            info: Info::of(self.word(at + 4)?),
            size_or_type: self.word(at + 8)?,
        })
    }

    pub(super) fn word(&self, at: usize) -> Result<u32, BtfError> {
        word(&self.data, at, self.header.big_endian)
            .ok_or_else(|| self.error(at, Problem::SectionOutside("types")))
    }

    /// A name, in this blob or in the one that it is split from. `at` is where the name is used.
    pub(super) fn string(&self, offset: u32, at: usize) -> Result<&str, BtfError> {
        let outside = || self.error(at, Problem::NameOutside(offset));
        let Some(index) = offset.checked_sub(self.first_string) else {
            return match &self.base {
                Base::None => Err(outside()),
                Base::Kernel(below) | Base::Distilled { stubs: below, .. } => {
                    below.string(offset, at)
                }
            };
        };
        let strings = &self.data[self.header.strings.clone()];
        let rest = strings.get(index as usize..).ok_or_else(outside)?;
        let len = memchr::memchr(0, rest).ok_or_else(outside)?;
        std::str::from_utf8(&rest[..len]).map_err(|_| self.error(at, Problem::NameNotText(offset)))
    }

    /// The type that a record of this blob refers to; none is `void`. `at` is where it refers.
    pub(super) fn referred(&self, id: u32, at: usize) -> Result<Option<Type<'_>>, BtfError> {
        if id == 0 {
            return Ok(None);
        }
        if id >= self.end_id() {
            return Err(self.error(at, Problem::NoSuchType(id)));
        }
        if id >= self.first_id {
            return Ok(Some(Type { btf: self, id }));
        }
        match &self.base {
            Base::None => Err(self.error(at, Problem::NoSuchType(id))),
            Base::Kernel(kernel) => kernel.referred(id, at),
            Base::Distilled { stubs, kernel: None } => stubs.referred(id, at),
            Base::Distilled { stubs, kernel: Some(kernel) } => {
                super::distilled::counterpart(stubs, kernel, id).map(Some)
            }
        }
    }

    /// What a pointer of this blob points to: where the kernel at hand has another struct of that
    /// name, the stand-in.
    pub(super) fn pointee(&self, id: u32, at: usize) -> Result<Option<Type<'_>>, BtfError> {
        match (self.referred(id, at), &self.base) {
            (
                Err(BtfError { problem: Problem::NoCounterpart { .. }, .. }),
                Base::Distilled { stubs, .. },
            ) => stubs.referred(id, at),
            (referred, _) => referred,
        }
    }
}
