//! An ELF file taken apart: what it is, its sections, its segments, its notes.
//!
//! Only the headers are looked at. Where something lies is kept as a range of the file, so that a
//! vmlinux with half a gigabyte of debug information costs as much as one without.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;
use object::elf;
use object::read::elf::{FileHeader, NoteIterator, ProgramHeader as _, SectionHeader as _};
use object::{Endian as _, Endianness, FileKind};

use super::error::{Place, Problem, SourceError};
use super::note::Note;

/// What is of interest in an ELF file.
#[derive(Debug)]
pub(super) struct Elf {
    pub(super) machine: u16,
    pub(super) big_endian: bool,
    /// Whether it is yet to be linked, as modules are.
    pub(super) relocatable: bool,
    pub(super) sections: Vec<Section>,
    /// The loaded segments, for files whose table of sections was stripped away.
    pub(super) loaded: Vec<Range<usize>>,
    pub(super) notes: Vec<Note>,
}

/// One section that occupies bytes of the file.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) name: Bytes,
    pub(super) range: Range<usize>,
    /// Whether it is part of the program in memory.
    pub(super) loaded: bool,
    /// Whether it may be executed.
    pub(super) code: bool,
}

impl Elf {
    pub(super) fn parse(file: &Bytes, place: &Place) -> Result<Self, SourceError> {
        let wrong = |what: &str| place.error(Problem::Elf(what.to_owned()));
        match FileKind::parse(&file[..]).map_err(|error| wrong(&error.to_string()))? {
            FileKind::Elf64 => parse::<elf::FileHeader64<Endianness>>(file, place),
            FileKind::Elf32 => parse::<elf::FileHeader32<Endianness>>(file, place),
            _ => Err(wrong("neither 32 nor 64 bits wide")),
        }
    }

    pub(super) fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name.as_bytes())
    }
}

fn parse<H: FileHeader<Endian = Endianness>>(
    file: &Bytes,
    place: &Place,
) -> Result<Elf, SourceError> {
    let data = &file[..];
    let wrong = |error: object::read::Error| place.error(Problem::Elf(error.to_string()));
    let header = H::parse(data).map_err(wrong)?;
    let endian = header.endian().map_err(wrong)?;
    // Whatever ran on that machine lies in it: texts found there are not the kernel's.
    if header.e_type(endian) == elf::ET_CORE {
        return Err(place.error(Problem::UnsupportedKind("a core dump (the memory of a machine)")));
    }
    let table = header.sections(endian, data).map_err(wrong)?;

    let mut sections = Vec::new();
    let mut notes = BTreeMap::new();
    let mut budget = Budget::of(file);
    for section in table.iter() {
        let name = file.slice_ref(table.section_name(endian, section).map_err(wrong)?);
        let Some((start, len)) = section.file_range(endian) else { continue };
        let flags = section.sh_flags(endian);
        let is_note = section.sh_type(endian) == elf::SHT_NOTE;
        let (loaded, code) = (flags.contains(elf::SHF_ALLOC), flags.contains(elf::SHF_EXECINSTR));
        // In modules BTF is not loaded: the kernel copies it. What nobody will look at, debug
        // information above all, may be cut off.
        let named = [&b".BTF"[..], b".BTF.base", b".modinfo"].contains(&&name[..]);
        if !is_note && !loaded && !named {
            continue;
        }
        let place = || place.part(format!("section {}", name.escape_ascii()));
        let range =
            budget.take(start, len).ok_or_else(|| place().error(Problem::SectionOutside))?;
        if flags.contains(elf::SHF_COMPRESSED) {
            return Err(place().error(Problem::SectionCompressed));
        }
        if is_note {
            let align = section.sh_addralign(endian);
            collect::<H>(file, range.clone(), endian, align, &place(), &mut notes)?;
        }
        sections.push(Section { name, range, loaded, code });
    }

    let mut loaded = Vec::new();
    let mut budget = Budget::of(file);
    for segment in header.program_headers(endian, data).map_err(wrong)? {
        let kind = segment.p_type(endian);
        if kind != elf::PT_NOTE && kind != elf::PT_LOAD {
            continue;
        }
        let (start, len) = segment.file_range(endian);
        let outside = || place.part("program header").error(Problem::SectionOutside);
        let range = budget.take(start, len).ok_or_else(outside)?;
        if kind == elf::PT_LOAD {
            loaded.push(range);
        } else {
            let (place, align) = (place.part("note segment"), segment.p_align(endian));
            collect::<H>(file, range, endian, align, &place, &mut notes)?;
        }
    }
    Ok(Elf {
        machine: header.e_machine(endian).0,
        big_endian: endian.is_big_endian(),
        relocatable: header.e_type(endian) == elf::ET_REL,
        sections,
        loaded,
        notes: notes.into_values().collect(),
    })
}

/// Keeps headers that claim the same bytes over and over from making a small file a large one.
struct Budget {
    end: u64,
    left: u64,
}

impl Budget {
    fn of(file: &Bytes) -> Self {
        // Segments of notes lie within loaded ones.
        let end = file.len() as u64;
        Budget { end, left: end.saturating_mul(2) }
    }

    fn take(&mut self, start: u64, len: u64) -> Option<Range<usize>> {
        let stop = start.checked_add(len).filter(|&stop| stop <= self.end)?;
        self.left = self.left.checked_sub(len)?;
        Some(usize::try_from(start).ok()?..usize::try_from(stop).ok()?)
    }
}

/// Notes as they follow each other without a file around them, as the kernel shows its own.
pub(super) fn loose_notes(bytes: &Bytes, place: &Place) -> Result<Vec<Note>, SourceError> {
    let mut notes = BTreeMap::new();
    let endian = if cfg!(target_endian = "big") { Endianness::Big } else { Endianness::Little };
    let all = 0..bytes.len();
    collect::<elf::FileHeader64<Endianness>>(bytes, all, endian, 4, place, &mut notes)?;
    Ok(notes.into_values().collect())
}

/// Adds the notes in a range of the file, but those that are there already: a segment of notes
/// usually covers a section of notes. The offset in a note's place counts from the start of the
/// file.
fn collect<H: FileHeader<Endian = Endianness>>(
    file: &Bytes,
    range: Range<usize>,
    endian: Endianness,
    align: H::Word,
    place: &Place,
    notes: &mut BTreeMap<u64, Note>,
) -> Result<(), SourceError> {
    let wrong = |error: object::read::Error| place.error(Problem::Elf(error.to_string()));
    let mut iterator = NoteIterator::<H>::new(endian, align, &file[range]).map_err(wrong)?;
    while let Some(note) = iterator.next().map_err(wrong)? {
        let desc = file.slice_ref(note.desc());
        let at = note.name_bytes().as_ptr().addr().wrapping_sub(file.as_ptr().addr()) as u64;
        let (owner, kind) = (file.slice_ref(note.name()), note.n_type(endian).0);
        notes.entry(at).or_insert_with(|| Note { owner, kind, desc, place: place.at(at) });
    }
    Ok(())
}
