//! The language between the lab and the program that it boots.
//!
//! A live update is a chain of *stages*: kernels, each started by the one before. The lab writes
//! for each stage a list of [`Step`]s; `lab-init` (the guest's `/init`) does one after the other
//! and answers each with one line, an [`Answer`], on its second serial line. The guest knows no
//! expectation: it says what happened, and the lab judges.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where in the initrd the steps of stage *n* lie: `/stages/n.json`.
pub const STAGES: &str = "/stages";

/// The word of the kernel's command line that says which stage this is.
pub const STAGE: &str = "lab.stage=";

/// What each line of the guest's begins with.
pub const MARK: &str = "@lab ";

/// What the guest writes into the kernel's log when nothing is left to do but the update.
pub const FREEZE: &str = "lab: freeze";

/// One thing to do. Files and sessions have names that the steps of one stage share.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Step {
    /// Create a memfd filled with a pattern that `seed` decides.
    Memfd {
        /// What the steps call it; the kernel is told the same name.
        file: String,
        /// Bytes.
        size: u64,
        /// Which pattern.
        seed: u64,
        /// `F_SEAL_*` bits, set after filling.
        seals: u32,
        /// The file position.
        position: u64,
    },
    /// Create a memfd of which parts are filled, and others then cut out again.
    SparseMemfd {
        /// What the steps call it; the kernel is told the same name.
        file: String,
        /// Bytes.
        size: u64,
        /// Which pattern.
        seed: u64,
        /// What is filled: from where, a multiple of eight, and how many bytes.
        parts: Vec<(u64, u64)>,
        /// What is cut out afterwards: from where, and how many bytes.
        holes: Vec<(u64, u64)>,
    },
    /// Add seals to a memfd.
    Seal {
        /// Which.
        file: String,
        /// `F_SEAL_*` bits.
        seals: u32,
    },
    /// Say a memfd's size, position, seals and the SHA-256 of its contents.
    Describe {
        /// Which.
        file: String,
    },
    /// Create a session.
    CreateSession {
        /// Its name.
        session: String,
    },
    /// Create a session whose name may be any bytes.
    NameSession {
        /// What the steps call it.
        session: String,
        /// Its name.
        name: Vec<u8>,
    },
    /// Retrieve a session that an earlier kernel's stage created.
    RetrieveSession {
        /// Its name.
        session: String,
    },
    /// Preserve a file in a session.
    Preserve {
        /// Which session.
        session: String,
        /// Under which token.
        token: u64,
        /// Which file.
        file: String,
    },
    /// Retrieve a file from a session.
    Retrieve {
        /// Which session.
        session: String,
        /// The token it was preserved under.
        token: u64,
        /// What to call it.
        file: String,
    },
    /// Finish a session.
    Finish {
        /// Which.
        session: String,
    },
    /// Close a file or a session.
    Close {
        /// Which.
        name: String,
    },
    /// Open a file of the guest's.
    Open {
        /// What to call it.
        file: String,
        /// Where it is.
        path: String,
    },
    /// Open an open file once more, by its link in `/proc`: another file of the same inode.
    Reopen {
        /// Which.
        file: String,
        /// What to call the other.
        called: String,
    },
    /// Write a text to an open file.
    Tell {
        /// Which.
        file: String,
        /// What to write.
        text: String,
    },
    /// Put an open file's position somewhere.
    Seek {
        /// Which.
        file: String,
        /// Where, from its start.
        to: i64,
    },
    /// Read an open file from where it is.
    Ask {
        /// Which.
        file: String,
    },
    /// Read bytes of a file, as hexadecimal digits.
    Peek {
        /// Where it is.
        path: String,
        /// Where in it.
        offset: u64,
        /// How many bytes.
        len: usize,
    },
    /// Write bytes into a file.
    Poke {
        /// Where it is.
        path: String,
        /// Where in it.
        offset: u64,
        /// What to write.
        bytes: Vec<u8>,
    },
    /// Read a text file whole.
    Read {
        /// Where it is.
        path: String,
    },
    /// Say how many entries a folder has, and their names.
    Count {
        /// Where it is.
        path: String,
    },
    /// Write a text to a file.
    Write {
        /// Where it is.
        path: String,
        /// What to write.
        text: String,
    },
    /// Write the bytes of one file to another.
    Copy {
        /// From where.
        from: String,
        /// To where.
        to: String,
    },
    /// Write ELF notes of one file to another, but for those of one of KSerial's records.
    CopyNotes {
        /// From where.
        from: String,
        /// To where.
        to: String,
        /// The record whose notes are left out.
        without: String,
    },
    /// Take a PCI device that vfio-pci is bound to, and map memory for it; both stay as they are
    /// until the stage is over.
    HoldDevice {
        /// Its PCI address.
        address: String,
        /// What is mapped.
        maps: Vec<Map>,
    },
    /// Give a device up that was taken.
    ReleaseDevice {
        /// Its PCI address.
        address: String,
    },
    /// Read eight bytes of hardware, as a hexadecimal number.
    Register {
        /// The physical address.
        at: u64,
    },
    /// Load a kernel module.
    LoadModule {
        /// Where it is.
        path: String,
        /// Its parameters.
        parameters: String,
    },
    /// Unload a kernel module.
    UnloadModule {
        /// Its name.
        module: String,
    },
    /// Create many sessions, each with as many memfds of a page, whose contents and tokens their
    /// places decide.
    CreateMany {
        /// What the memfds' names begin with: whose handler takes them.
        prefix: String,
        /// How many sessions.
        sessions: u32,
        /// How many memfds in each.
        files: u32,
    },
    /// Retrieve the same from the last to the first, say how many are what they were, and finish the
    /// sessions.
    RetrieveMany {
        /// How many sessions.
        sessions: u32,
        /// How many memfds in each.
        files: u32,
    },
    /// Do steps in a process of their own, and kill it when it is through.
    Killed {
        /// What it does.
        steps: Vec<Step>,
    },
    /// Do a step during which an allocation of the kernel's fails. Says whether one did.
    FailAllocation {
        /// Which, from 1.
        nth: u32,
        /// What to do.
        step: Box<Step>,
    },
    /// Run a program, and say what it printed.
    Run {
        /// Where it is.
        path: String,
        /// Its arguments.
        arguments: Vec<String>,
    },
    /// Load the next stage's kernel and start it. Answered only if that fails: the next answer is
    /// otherwise the next stage's first.
    Kexec,
}

/// Memory that is mapped for a device.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Map {
    /// The address that the device uses.
    pub iova: u64,
    /// Bytes, whole pages.
    pub len: u64,
    /// Whether the device may write, too.
    pub write: bool,
}

/// What came of a step.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Answer {
    /// The stage that did it, from 1.
    pub stage: u32,
    /// The step's place in its list, from 0.
    pub step: usize,
    /// What was done.
    pub did: Step,
    /// The error's name, such as `ENOENT`, where it failed.
    pub error: Option<String>,
    /// What it found out.
    pub facts: BTreeMap<String, String>,
    /// How far the processor's time stamp went on meanwhile: instructions, where the lab counts
    /// those.
    #[serde(default)]
    pub ticks: u64,
}

/// A line of the guest's.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// A stage begins.
    Begin {
        /// Which, from 1.
        stage: u32,
        /// What `uname -r` says.
        release: String,
    },
    /// A step was done.
    Answer(Answer),
    /// The guest is about to load and start the next stage's kernel.
    Leaving {
        /// The stage that is left.
        stage: u32,
    },
    /// The last stage is over.
    End {
        /// The last stage.
        stage: u32,
    },
    /// The guest could not go on.
    Trouble {
        /// Why.
        why: String,
    },
}
