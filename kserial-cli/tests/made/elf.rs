//! ELF files of 64 bits.

const PROGBITS: u32 = 1;
const NOTE: u32 = 7;
const WRITE: u64 = 1;
const ALLOC: u64 = 2;
const EXEC: u64 = 4;

/// An ELF file in the making.
#[derive(Debug, Clone)]
pub(crate) struct Elf {
    pub(crate) machine: u16,
    pub(crate) big_endian: bool,
    pub(crate) relocatable: bool,
    /// Whether it keeps its table of sections.
    pub(crate) section_table: bool,
    pub(crate) sections: Vec<Section>,
}

#[derive(Debug, Clone)]
pub(crate) struct Section {
    name: &'static str,
    kind: u32,
    flags: u64,
    data: Vec<u8>,
}

impl Elf {
    /// An x86-64 program.
    pub(crate) fn program() -> Self {
        let (machine, relocatable) = (62, false);
        Elf { machine, relocatable, big_endian: false, section_table: true, sections: Vec::new() }
    }

    /// What every vmlinux has: code, a banner, a build ID.
    pub(crate) fn kernel() -> Self {
        Self::program()
            .code(".text", b"\x90kho-v9\0")
            .rodata(b"\0Linux version %s (%s)\0Linux version 7.3.4-made (a@b) (cc) #1 SMP\n\0")
            .note("GNU", 3, &[0xab; 20])
    }

    /// What every module has.
    pub(crate) fn module(name: &str) -> Self {
        let info = format!("license=GPL\0name={name}\0vermagic=7.3.4-made SMP preempt \0");
        let module = Elf { relocatable: true, ..Self::program() };
        module.section(".modinfo", PROGBITS, ALLOC, info.as_bytes())
    }

    /// Data that is writable, as `.rodata` of a vmlinux is.
    pub(crate) fn rodata(self, data: &[u8]) -> Self {
        self.section(".rodata", PROGBITS, ALLOC | WRITE, data)
    }

    /// Data that is even executable, as `.data` of a vmlinux is.
    pub(crate) fn data(self, data: &[u8]) -> Self {
        self.section(".data", PROGBITS, ALLOC | WRITE | EXEC, data)
    }

    pub(crate) fn code(self, name: &'static str, data: &[u8]) -> Self {
        self.section(name, PROGBITS, ALLOC | EXEC, data)
    }

    /// What is not loaded: debug information, a module's BTF.
    pub(crate) fn apart(self, name: &'static str, data: &[u8]) -> Self {
        self.section(name, PROGBITS, 0, data)
    }

    pub(crate) fn btf(self, data: &[u8]) -> Self {
        self.section(".BTF", PROGBITS, ALLOC, data)
    }

    /// A note, merged with the one before it if that was the last to be added.
    pub(crate) fn note(mut self, owner: &str, kind: u32, desc: &[u8]) -> Self {
        let note = note(owner, kind, desc, self.big_endian);
        match self.sections.last_mut() {
            Some(last) if last.kind == NOTE => {
                last.data.extend(note);
                self
            }
            _ => self.section(".notes", NOTE, ALLOC, &note),
        }
    }

    fn section(mut self, name: &'static str, kind: u32, flags: u64, data: &[u8]) -> Self {
        self.sections.push(Section { name, kind, flags, data: data.to_vec() });
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let (u16, u32, u64) = (
            |value: u16| if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() },
            |value: u32| if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() },
            |value: u64| if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() },
        );
        let segments: Vec<(usize, u32)> = self
            .sections
            .iter()
            .enumerate()
            .filter(|(_, section)| !self.relocatable && section.flags & ALLOC != 0)
            .flat_map(|(index, section)| {
                let note = (section.kind == NOTE).then_some((index, 4));
                [Some((index, 1)), note].into_iter().flatten()
            })
            .collect();
        let mut at = 64 + 56 * segments.len();
        let mut offsets = Vec::new();
        let mut body = Vec::new();
        let mut names = b"\0.shstrtab\0".to_vec();
        for section in &self.sections {
            while !at.is_multiple_of(4) {
                body.push(0);
                at += 1;
            }
            offsets.push((at as u64, names.len() as u32));
            names.extend(section.name.as_bytes());
            names.push(0);
            body.extend(&section.data);
            at += section.data.len();
        }
        let (names_at, names_len) = (at as u64, names.len() as u64);
        let table_at = names_at + names_len;
        let count = if self.section_table { self.sections.len() as u16 + 2 } else { 0 };

        let mut out = b"\x7fELF\x02".to_vec();
        out.extend([if self.big_endian { 2 } else { 1 }, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        out.extend(u16(if self.relocatable { 1 } else { 2 }));
        out.extend(u16(self.machine));
        out.extend(u32(1));
        out.extend([0, if segments.is_empty() { 0 } else { 64 }].into_iter().flat_map(u64));
        out.extend(u64(if count == 0 { 0 } else { table_at }));
        out.extend(u32(0));
        let header = [64, 56, segments.len() as u16, 64, count, count.saturating_sub(1)];
        out.extend(header.into_iter().flat_map(u16));
        for (index, kind) in segments {
            let (offset, len) = (offsets[index].0, self.sections[index].data.len() as u64);
            out.extend([kind, 4].into_iter().flat_map(u32));
            out.extend([offset, 0, 0, len, len, 4].into_iter().flat_map(u64));
        }
        out.extend(body);
        if count == 0 {
            return out;
        }
        out.extend(names);
        out.extend([0; 64]);
        for (section, (offset, name)) in self.sections.iter().zip(offsets) {
            out.extend([name, section.kind].into_iter().flat_map(u32));
            let fields = [section.flags, 0, offset, section.data.len() as u64];
            out.extend(fields.into_iter().flat_map(u64));
            out.extend([0, 0].into_iter().flat_map(u32));
            out.extend([4, 0].into_iter().flat_map(u64));
        }
        out.extend([1, 3].into_iter().flat_map(u32));
        out.extend([0, 0, names_at, names_len].into_iter().flat_map(u64));
        out.extend([0, 0].into_iter().flat_map(u32));
        out.extend([1, 0].into_iter().flat_map(u64));
        out
    }
}

/// A note as it lies in a file and in `/sys/kernel/notes`.
pub(crate) fn note(owner: &str, kind: u32, desc: &[u8], big_endian: bool) -> Vec<u8> {
    let word = |word: u32| if big_endian { word.to_be_bytes() } else { word.to_le_bytes() };
    let mut note = Vec::new();
    for field in [owner.len() as u32 + 1, desc.len() as u32, kind] {
        note.extend(word(field));
    }
    for part in [&[owner.as_bytes(), &[0]].concat(), desc] {
        note.extend(part);
        note.resize(note.len().next_multiple_of(4), 0);
    }
    note
}
