//! One file of a kernel: a vmlinux, a module, a program, raw BTF.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::btf::{Btf, BtfError, Problem as BtfProblem};
use crate::name::Name;

use super::bzimage;
use super::config::Config;
use super::elf::Elf;
use super::error::{Place, Problem, SourceError};
use super::file;
use super::identity::{modinfo, release_in_banner, Architecture, Identity};
use super::note::Note;
use super::text::{self, Text};
use super::unpack::{unpack, Packing, CAP};

/// Compressed files within compressed files: a bzImage in an archive's `.gz`, not more.
const NESTING: u32 = 3;

/// One file of a kernel, and what was found in it.
#[derive(Debug)]
pub struct Binary {
    pub(super) place: Place,
    pub(super) role: Role,
    pub(super) identity: Identity,
    pub(super) config: Option<Config>,
    pub(super) notes: Vec<Note>,
    pub(super) btf: BtfBytes,
    /// The data in which version strings may lie; none where there is none to look at.
    pub(super) data: Option<Vec<Data>>,
    /// The file as it lies on the disk; none for what has no file.
    pub(super) file: Option<Bytes>,
    pub(super) sha256: OnceLock<[u8; 32]>,
}

/// What part a file plays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The kernel itself, with all that is built in.
    Kernel,
    /// A loadable module. What is in it is there only once it is loaded.
    Module {
        /// Its name, as `lsmod` shows it.
        name: String,
    },
    /// An ELF file that is neither: it may still declare records in its notes.
    Program,
    /// BTF without a kernel around it.
    Btf,
}

/// The BTF of a file, yet to be read.
#[derive(Debug)]
pub(super) enum BtfBytes {
    Absent,
    Found {
        blob: Bytes,
        base: Option<Bytes>,
    },
    /// The table of sections is missing, without which BTF is not found.
    Unknown,
}

/// A stretch of the unpacked file that is data.
#[derive(Debug)]
pub(super) struct Data {
    name: String,
    start: usize,
    bytes: Bytes,
}

impl Binary {
    /// Opens a file: a vmlinux, a bzImage, a module, any ELF file, or raw BTF, compressed or not.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is none of these, or is damaged where it was looked at. BTF is looked
    /// at when it is asked for.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        Self::of_file(file::map(path)?, path)
    }

    fn of_file(file: Bytes, path: &Path) -> Result<Self, SourceError> {
        let mut place = Place::file(path);
        let mut content = file.clone();
        for _ in 0..NESTING {
            if content.is_empty() {
                return Err(place.error(Problem::Empty));
            }
            if content.starts_with(b"\x7fELF") {
                return Self::of_elf(&content, file, place);
            }
            if content.starts_with(b"\x9f\xeb\x01") || content.starts_with(b"\xeb\x9f\x01") {
                return Ok(Self::of_btf(content, file, place));
            }
            if bzimage::is_bzimage(&content) {
                (content, _, place) = bzimage::payload(&content, &place)?;
                continue;
            }
            match Packing::of(&content) {
                Packing::In(format) => {
                    place = place.part(format!("{format} stream"));
                    content = unpack(&content, format, None, CAP, &place)?;
                }
                Packing::Unsupported(name) => {
                    return Err(place.error(Problem::UnsupportedCompression(name)));
                }
                Packing::Plain => return Err(place.error(unread(&content))),
            }
        }
        Err(place.error(Problem::NestedTooDeep))
    }

    fn of_btf(blob: Bytes, file: Bytes, place: Place) -> Self {
        Binary {
            place,
            role: Role::Btf,
            identity: Identity::default(),
            config: None,
            notes: Vec::new(),
            btf: BtfBytes::Found { blob, base: None },
            data: None,
            file: Some(file),
            sha256: OnceLock::new(),
        }
    }

    fn of_elf(content: &Bytes, file: Bytes, place: Place) -> Result<Self, SourceError> {
        let elf = Elf::parse(content, &place)?;
        let section = |name| elf.section(name).map(|section| content.slice(section.range.clone()));
        let btf = match (section(".BTF"), elf.sections.is_empty()) {
            (Some(blob), _) => BtfBytes::Found { blob, base: section(".BTF.base") },
            (None, true) => BtfBytes::Unknown,
            (None, false) => BtfBytes::Absent,
        };
        let data = data(&elf, content);
        let modinfo_section = section(".modinfo").filter(|_| elf.relocatable);
        let info = |key| modinfo(modinfo_section.as_deref()?, key).map(str::to_owned);
        let banner = data.iter().find_map(|data| find_release(&data.bytes));
        let (role, release) = if let Some(name) = info("name") {
            let name = Name(name.as_bytes()).to_string();
            let vermagic = info("vermagic");
            let release = vermagic.and_then(|magic| {
                magic.split(' ').next().map(|release| Name(release.as_bytes()).to_string())
            });
            (Role::Module { name }, release)
        } else if banner.is_some() {
            (Role::Kernel, banner)
        } else {
            (Role::Program, None)
        };
        let mut config = None;
        for data in &data {
            if config.is_none() {
                config = Config::embedded(&data.bytes, &place.part(data.name.as_str()))?;
            }
        }
        let architecture = Architecture::new(elf.machine, elf.big_endian);
        let identity = Identity {
            release,
            build_id: elf.notes.iter().find_map(Note::build_id).map(<[u8]>::to_vec),
            architecture: Some(architecture),
            page_size: architecture.page_size(config.as_ref()),
        };
        Ok(Binary {
            place,
            role,
            identity,
            config,
            notes: elf.notes,
            btf,
            data: Some(data),
            file: Some(file),
            sha256: OnceLock::new(),
        })
    }

    /// Where it is: the file, and how what is in it was packed.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What part it plays.
    #[must_use]
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// Which build of which kernel it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The configuration that it carries or that was found beside it.
    #[must_use]
    pub fn config(&self) -> Option<&Config> {
        self.config.as_ref()
    }

    /// All its ELF notes, in the order of the file.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Takes `config` for its own, with what it says of the machine.
    pub(super) fn give_config(&mut self, config: Config) {
        let machine = self.identity.architecture;
        let told = machine.and_then(|machine| machine.page_size(Some(&config)));
        self.identity.page_size = self.identity.page_size.or(told);
        self.config = Some(config);
    }

    /// Its notes of owner `KSerial`.
    pub fn kserial_notes(&self) -> impl Iterator<Item = &Note> {
        self.notes.iter().filter(|note| note.is_kserial())
    }

    /// The sum of the file as it lies on the disk. It is made when it is first asked for, at about
    /// 1.5 GB a second; what is no file has none.
    #[must_use]
    pub fn sha256(&self) -> Option<[u8; 32]> {
        let file = self.file.as_ref()?;
        Some(*self.sha256.get_or_init(|| Sha256::digest(file).into()))
    }

    /// The bytes of its BTF, unread.
    #[must_use]
    pub fn btf_bytes(&self) -> Option<&[u8]> {
        match &self.btf {
            BtfBytes::Found { blob, .. } => Some(blob),
            BtfBytes::Absent | BtfBytes::Unknown => None,
        }
    }

    /// Its BTF, if it has any. That of a module is split from its kernel's.
    ///
    /// # Errors
    ///
    /// If it is broken, if a module's kernel is needed and not given, or if a stripped file no
    /// longer tells whether it has any.
    pub fn btf(&self, kernel: Option<&Arc<Btf>>) -> Result<Option<Btf>, SourceError> {
        let (blob, base) = match &self.btf {
            BtfBytes::Absent => return Ok(None),
            BtfBytes::Unknown => return Err(self.place.error(Problem::NoSections)),
            BtfBytes::Found { blob, base } => (blob.clone(), base),
        };
        let place = match self.role {
            Role::Btf => self.place.clone(),
            _ => self.place.part("section .BTF"),
        };
        let name = place.to_string();
        let split = |blob: Bytes| match kernel {
            Some(kernel) => Btf::parse_split(blob, name.clone(), kernel.clone()),
            None => Btf::parse(blob, name.clone()),
        };
        let btf = match (&self.role, base) {
            (_, Some(base)) => Btf::parse_distilled(blob, base.clone(), name, kernel.cloned()),
            (Role::Module { .. }, None) => split(blob),
            // Raw BTF may be a module's; it shows when it is read.
            (Role::Btf, None) => match Btf::parse(blob.clone(), name.clone()) {
                Err(BtfError { problem: BtfProblem::BaseMissing, .. }) => split(blob),
                btf => btf,
            },
            (Role::Kernel | Role::Program, None) => Btf::parse(blob, name),
        };
        btf.map(Some).map_err(|error| {
            // What is wrong may be wrong in what it is split from.
            let place = if *error.origin == *place.to_string() {
                place.at(error.offset)
            } else {
                place.part(error.origin.as_ref()).at(error.offset)
            };
            place.error(Problem::Btf(error))
        })
    }

    /// Every text in its data that is wanted: whole texts, ended by NUL, with nothing printable
    /// before them.
    ///
    /// # Errors
    ///
    /// If there is no data to search: raw BTF, a running kernel without its image.
    pub fn find_texts(
        &self,
        mut wanted: impl FnMut(&str) -> bool,
    ) -> Result<Vec<Text>, SourceError> {
        let Some(data) = &self.data else { return Err(self.place.error(Problem::NoText)) };
        let mut found = Vec::new();
        for data in data {
            text::each(&data.bytes, |at, text| {
                if wanted(text) {
                    let place = self.place.part(data.name.as_str()).at((data.start + at) as u64);
                    found.push(Text { text: text.to_owned(), place });
                }
            });
        }
        Ok(found)
    }
}

/// Where version strings may lie: all data that is loaded. Constants are not always read-only (the
/// name of a file handler is part of a struct with list heads in it), flags are not always what
/// they seem (`.rodata` of a vmlinux is writable, `.data` executable), and BTF is a sea of names.
fn data(elf: &Elf, content: &Bytes) -> Vec<Data> {
    if elf.sections.is_empty() {
        let whole = |range: &std::ops::Range<usize>| Data {
            name: "loaded segment".into(),
            start: range.start,
            bytes: content.slice(range.clone()),
        };
        return elf.loaded.iter().map(whole).collect();
    }
    let mut all = Vec::new();
    for section in &elf.sections {
        let name = section.name.escape_ascii().to_string();
        let is_code = section.code && name.contains("text");
        let is_table = [".BTF", ".orc_", ".note"].iter().any(|table| name.starts_with(table));
        if section.loaded && !is_code && !is_table && !section.range.is_empty() {
            let (start, bytes) = (section.range.start, content.slice(section.range.clone()));
            all.push(Data { name: format!("section {name}"), start, bytes });
        }
    }
    all
}

/// The release in a kernel's banner, somewhere in its data.
fn find_release(data: &[u8]) -> Option<String> {
    memchr::memmem::find_iter(data, "Linux version ").find_map(|at| {
        let rest = &data[at..];
        // No banner is longer than a few hundred bytes.
        let rest = &rest[..rest.len().min(4096)];
        let text = std::str::from_utf8(&rest[..memchr::memchr(0, rest)?]).ok()?;
        release_in_banner(text).map(str::to_owned)
    })
}

/// What to say of a file that is not read.
fn unread(content: &[u8]) -> Problem {
    let at =
        |at: usize, magic: &[u8]| content.get(at..).is_some_and(|rest| rest.starts_with(magic));
    if at(0x38, b"ARM\x64") {
        Problem::UnsupportedKind("an arm64 Image")
    } else if at(0, b"MZ") && at(4, b"zimg") {
        Problem::UnsupportedKind("an EFI zboot image")
    } else if at(0, b"MZ") {
        Problem::UnsupportedKind("an EFI program without Linux's boot header")
    } else if at(0, b"!<arch>") {
        Problem::UnsupportedKind("an archive or a package")
    } else {
        Problem::UnknownKind
    }
}
