//! What can be wrong with an input: where, what, and what to do about it.
//!
//! Nothing that could not be read is ever reported as absent. What a function returns as `None` or
//! empty was looked for, in bytes that could be read, and is not there.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::btf::BtfError;
use crate::name::Name;

use super::unpack::Format;

/// A place in an input: a file, what was unpacked or cut out of it, and a byte in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file or directory.
    pub path: PathBuf,
    /// The way to the part that is meant: `zstd payload`, `section .notes`. Empty for the file.
    pub inside: Vec<String>,
    /// The byte in that part.
    pub offset: Option<u64>,
}

impl Place {
    /// A whole file or directory.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        Place { path: path.to_owned(), inside: Vec::new(), offset: None }
    }

    /// A part of this place.
    #[must_use]
    pub fn part(&self, name: impl Into<String>) -> Self {
        let mut place = self.clone();
        place.inside.push(name.into());
        place.offset = None;
        place
    }

    /// A byte in this place.
    #[must_use]
    pub fn at(&self, offset: u64) -> Self {
        Place { offset: Some(offset), ..self.clone() }
    }

    pub(super) fn error(&self, problem: Problem) -> SourceError {
        SourceError { place: self.clone(), problem }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Name::of(&self.path))?;
        for part in &self.inside {
            write!(f, ", {part}")?;
        }
        match self.offset {
            Some(offset) => write!(f, ", byte {offset:#x}"),
            None => Ok(()),
        }
    }
}

/// An input that could not be read, or not wholly.
#[derive(Debug)]
pub struct SourceError {
    /// Where.
    pub place: Place,
    /// What is wrong there.
    pub problem: Problem,
}

/// The ways in which an input can fail.
#[derive(Debug)]
pub enum Problem {
    /// The operating system refused.
    Io(io::Error),
    /// A file without a byte in it.
    Empty,
    /// Nothing that is known as a kernel, a module or BTF.
    UnknownKind,
    /// A known kind of file that holds a kernel in a way that is not read here.
    UnsupportedKind(&'static str),
    /// A compression that is known and not undone here.
    UnsupportedCompression(&'static str),
    /// A bzImage whose header does not say where the kernel in it lies.
    BootProtocol(u16),
    /// A bzImage that ends before the kernel in it does.
    PayloadOutside {
        /// Where the payload ought to end.
        end: u64,
        /// How long the file is.
        len: u64,
    },
    /// Compressed bytes that do not decompress.
    Corrupt(Format, io::Error),
    /// More bytes than a kernel can have.
    TooLarge {
        /// The most that is held in memory.
        cap: u64,
    },
    /// A payload that decompressed to another length than the one noted behind it.
    LengthDiffers {
        /// The length noted.
        noted: u32,
        /// The length found.
        found: u64,
    },
    /// Compressed bytes within compressed bytes, deeper than anything real.
    NestedTooDeep,
    /// An ELF file that breaks the rules of ELF; the text is the ELF library's.
    Elf(String),
    /// A section that reaches beyond the file.
    SectionOutside,
    /// A section that holds compressed bytes where plain ones belong.
    SectionCompressed,
    /// An ELF file without a table of sections, in which BTF cannot be found.
    NoSections,
    /// Something that every running kernel shows and this one does not.
    NotShown,
    /// An embedded configuration without its end.
    ConfigUnterminated,
    /// A configuration that is not text.
    ConfigNotText,
    /// A line in a configuration that is not a setting.
    ConfigLine {
        /// The number of the line, from 1.
        line: usize,
    },
    /// BTF that cannot be understood.
    Btf(BtfError),
    /// A directory without a kernel or a module below it.
    NothingInDirectory,
    /// Several kernels in one directory.
    SeveralKernels(Vec<PathBuf>),
    /// More files or deeper directories than any kernel's.
    DirectoryTooLarge,
    /// Text was asked for in something that holds none: raw BTF, a running kernel without its image.
    NoText,
}

impl Problem {
    /// What can be done about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Problem::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                "run as a user who may read it"
            }
            Problem::Io(_) => "check that it exists and can be read",
            Problem::Empty => {
                "give a kernel; if this is /sys/kernel/btf/vmlinux, the running kernel has no BTF"
            }
            Problem::UnknownKind => {
                "give a vmlinux, bzImage, .ko (also .xz, .zst, .gz), raw BTF or a directory of these"
            }
            Problem::UnsupportedKind(_) | Problem::UnsupportedCompression(_) => {
                "give the vmlinux of the same build"
            }
            Problem::BootProtocol(_) => {
                "give the vmlinux of the same build: this bzImage is older than Linux 2.6.26"
            }
            Problem::PayloadOutside { .. }
            | Problem::Corrupt(..)
            | Problem::LengthDiffers { .. }
            | Problem::Elf(_)
            | Problem::SectionOutside
            | Problem::ConfigUnterminated => "the file is damaged or cut short: copy it again",
            Problem::TooLarge { .. } | Problem::NestedTooDeep => {
                "unpack it into a file by hand if it is to be trusted"
            }
            Problem::SectionCompressed => {
                "decompress the file's sections (objcopy --decompress-debug-sections)"
            }
            Problem::NoSections => "give the file as its build left it, before it was stripped so far",
            Problem::NotShown => "mount sysfs and procfs",
            Problem::ConfigNotText | Problem::ConfigLine { .. } => {
                "give a .config as the kernel's build leaves it"
            }
            Problem::Btf(error) => error.problem.advice(),
            Problem::NothingInDirectory => "give the directory that holds vmlinux, vmlinuz or *.ko",
            Problem::SeveralKernels(_) => "give one of them",
            Problem::DirectoryTooLarge => "give the directory of one kernel",
            Problem::NoText => "give the vmlinux or bzImage of the same build",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Io(error) => write!(f, "{error}"),
            Problem::Empty => f.write_str("the file is empty"),
            Problem::UnknownKind => f.write_str("neither a kernel nor a module nor BTF"),
            Problem::UnsupportedKind(kind) => write!(f, "{kind}, which is not read here"),
            Problem::UnsupportedCompression(name) => {
                write!(f, "compressed with {name}, which is not undone here")
            }
            Problem::BootProtocol(version) => {
                let [minor, major] = version.to_le_bytes();
                write!(f, "boot protocol {major}.{minor:02} does not say where the payload lies")
            }
            Problem::PayloadOutside { end, len } => {
                write!(f, "the payload ends at {end:#x} but the file at {len:#x}")
            }
            Problem::Corrupt(format, error) => write!(f, "not valid {format}: {error}"),
            Problem::TooLarge { cap } => write!(f, "holds more than {} MiB", cap >> 20),
            Problem::LengthDiffers { noted, found } => {
                write!(f, "unpacks to {found} bytes where {noted} are noted")
            }
            Problem::NestedTooDeep => f.write_str("compressed again and again"),
            Problem::Elf(what) => write!(f, "not valid ELF: {what}"),
            Problem::SectionOutside => f.write_str("the section reaches beyond the file"),
            Problem::SectionCompressed => f.write_str("the section is compressed"),
            Problem::NoSections => f.write_str("the table of sections is missing"),
            Problem::NotShown => f.write_str("the running kernel does not show it"),
            Problem::ConfigUnterminated => {
                f.write_str("the embedded configuration has no end (IKCFG_ED)")
            }
            Problem::ConfigNotText => f.write_str("the configuration is not text"),
            Problem::ConfigLine { line } => {
                write!(f, "line {line} of the configuration is not a setting")
            }
            Problem::Btf(error) => write!(f, "{}", error.problem),
            Problem::NothingInDirectory => f.write_str("neither a kernel nor a module below it"),
            Problem::SeveralKernels(paths) => {
                f.write_str("several kernels:")?;
                paths.iter().try_for_each(|path| write!(f, " {}", Name::of(path)))
            }
            Problem::DirectoryTooLarge => f.write_str("too many files or too deep"),
            Problem::NoText => f.write_str("there is no text to search here"),
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.problem, self.problem.advice())
    }
}

impl std::error::Error for SourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Io(error) | Problem::Corrupt(_, error) => Some(error),
            Problem::Btf(error) => Some(error),
            _ => None,
        }
    }
}
