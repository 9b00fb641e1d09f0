//! What can be asked.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const SOURCES: &str = "\
A SOURCE is a vmlinux, a bzImage, a module (.ko, also .xz, .zst or .gz), raw BTF, a folder of these, \
an extract or schema (.toml), `running` for the kernel that runs, or `linux:7.3` and \
`linux:posted/<series>` from the built-in catalogue.";

const EXITS: &str = "\
Exit codes: 0 compatible, 10 conditional (0 with --allow-conditional), 20 incompatible (also where a \
kernel has no KHO or LUO), 30 could not complete, 2 usage.";

/// Will the next kernel understand the state of this one?
#[derive(Parser)]
#[command(name = "kserial", version, about, after_help = format!("{SOURCES}\n\n{EXITS}"))]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Check one pair of kernels before a live update, and the way back
    Check(Box<CheckArguments>),
    /// Check every pair of several kernels, both ways
    Matrix(MatrixArguments),
    /// Show what a kernel hands over: sessions, files, memfds, preserved memory
    Dump(DumpArguments),
    /// Give an image other layouts; make JSON or a device tree of it; make bytes of JSON again
    Convert(ConvertArguments),
    /// Explain a rule; without one, list them all
    Explain(ExplainArguments),
    /// Show, compare, extract and lock layouts
    Schema(SchemaArguments),
}

impl Command {
    /// The form that was asked for, of what has more than one.
    pub(super) fn format(&self) -> Format {
        match self {
            Self::Check(arguments) => arguments.format.format,
            Self::Matrix(arguments) => arguments.format.format,
            Self::Dump(arguments) => arguments.format.format,
            Self::Convert(arguments) => arguments.format.format,
            Self::Explain(_) => Format::Text,
            Self::Schema(arguments) => match &arguments.command {
                SchemaCommand::Diff { format, .. } => format.format,
                _ => Format::Text,
            },
        }
    }
}

#[derive(Args)]
#[command(after_help = format!("{SOURCES}\n\n{EXITS}"))]
pub(super) struct CheckArguments {
    /// The kernel before the update (a SOURCE)
    pub(super) old: String,
    /// The kernel after it (a SOURCE)
    pub(super) new: String,
    /// Which way to check
    #[arg(long, value_enum, default_value_t = Way::Both)]
    pub(super) direction: Way,
    /// Modules that the old kernel has loaded before /dev/liveupdate is first opened; no others
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(super) old_modules: Option<Vec<String>>,
    /// The same of the new kernel
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(super) new_modules: Option<Vec<String>>,
    /// The old kernel's command line
    #[arg(long, value_name = "STRING", allow_hyphen_values = true)]
    pub(super) old_cmdline: Option<String>,
    /// The new kernel's command line
    #[arg(long, value_name = "STRING", allow_hyphen_values = true)]
    pub(super) new_cmdline: Option<String>,
    /// The old kernel's .config
    #[arg(long, value_name = "FILE")]
    pub(super) old_config: Option<PathBuf>,
    /// The new kernel's .config
    #[arg(long, value_name = "FILE")]
    pub(super) new_config: Option<PathBuf>,
    /// What is preserved: memory as `dump` reads it without options (pages are as large as OLD's, 4 KiB
    /// where that is not known; what needs --root, --fdt or --stage is given as the JSON of such a dump),
    /// or a manifest such as {"schema": "kserial-manifest/1", "sessions": [{"name": "vm-17", "files":
    /// [{"token": "0x11", "handler": "memfd-v2"}]}]}; checks the update alone
    #[arg(long, value_name = "STATE")]
    pub(super) state: Option<PathBuf>,
    /// End with 0 where the verdict is conditional
    #[arg(long)]
    pub(super) allow_conditional: bool,
    #[command(flatten)]
    pub(super) format: FormatArguments,
}

#[derive(Args)]
#[command(after_help = format!("{SOURCES}\n\n{EXITS}"))]
pub(super) struct MatrixArguments {
    /// Two kernels or more (SOURCEs)
    #[arg(required = true, num_args = 2.., value_name = "SOURCE")]
    pub(super) sources: Vec<String>,
    /// End with 0 where the worst verdict is conditional
    #[arg(long)]
    pub(super) allow_conditional: bool,
    #[command(flatten)]
    pub(super) format: FormatArguments,
}

#[derive(Args)]
#[command(after_help = DUMP_EXITS)]
pub(super) struct DumpArguments {
    /// Memory: RAM as a file (also .zst), an ELF core, /proc/kcore, `running`, a folder of pages, the
    /// JSON of a dump; or a KSerial image
    pub(super) state: PathBuf,
    /// Exit with 20 where what was read contradicts itself: counts, owners, reserved bits
    #[arg(long)]
    pub(super) verify: bool,
    /// List every run of folios
    #[arg(long)]
    pub(super) folios: bool,
    /// Show every row of a KSerial image, not only the first ones
    #[arg(long)]
    pub(super) rows: bool,
    /// Show members of an image that are marked sensitive
    #[arg(long)]
    pub(super) reveal: bool,
    /// Write the content of a memfd to the file of --output
    #[arg(long, value_name = "SESSION/TOKEN", requires = "output")]
    pub(super) extract_memfd: Option<OsString>,
    /// A file that does not exist yet
    #[arg(long, value_name = "FILE", requires = "extract_memfd")]
    pub(super) output: Option<PathBuf>,
    /// Where the KHO root is, instead of searching for it
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(super) root: Option<u64>,
    /// The KHO root itself, as debugfs shows it (kho/in/fdt)
    #[arg(long, value_name = "FILE", conflicts_with = "root")]
    pub(super) fdt: Option<PathBuf>,
    /// Which moment of a folder of pages: the first part of the files' names
    #[arg(long, value_name = "NAME")]
    pub(super) stage: Option<String>,
    /// The size of a page: 4096, 16384 or 65536; the JSON of a dump says it itself
    #[arg(long, value_name = "BYTES", default_value_t = 4096)]
    pub(super) page_size: u32,
    #[command(flatten)]
    pub(super) format: FormatArguments,
}

#[derive(Args)]
#[command(after_help = CONVERT_EXITS)]
pub(super) struct ConvertArguments {
    /// A KSerial image, or the JSON of one; or the JSON of a dump, which becomes memory, each byte at
    /// its address
    pub(super) input: PathBuf,
    /// A file that does not exist yet
    #[arg(long, value_name = "FILE")]
    pub(super) output: PathBuf,
    /// Give the image's tables the layouts of this SOURCE, which may also be an image; tables of
    /// which it has no layout are kept whole
    #[arg(long, value_name = "SOURCE")]
    pub(super) to: Option<String>,
    /// What to write
    #[arg(long = "as", value_enum, value_name = "FORM")]
    pub(super) form: Option<Form>,
    /// Write what members hold that are marked sensitive, in JSON or a device tree
    #[arg(long)]
    pub(super) reveal: bool,
    /// End with 0 where something was lost
    #[arg(long)]
    pub(super) allow_conditional: bool,
    #[command(flatten)]
    pub(super) format: FormatArguments,
}

/// What an image becomes.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// An image
    Image,
    /// JSON, from which `convert` makes the same bytes again
    Json,
    /// A device tree blob, to look at with `dtc -I dtb`
    Fdt,
}

const CONVERT_EXITS: &str = "\
Exit codes: 0 nothing was lost, 10 something was (0 with --allow-conditional), 20 there are rows that \
the other layouts cannot hold: nothing is written, 30 something could not be read, 2 usage.";

const LOCK_EXITS: &str = "\
Exit codes: 0 everything is written down, 10 a record or a generation is not (with --write it is), 20 a \
record contradicts its lock, 30 something could not be read, 2 usage.";

const DUMP_EXITS: &str = "\
Exit codes: 0 everything was read, 20 it contradicts itself (with --verify), 30 something could not be \
read or is not serialized yet, 2 usage.";

/// An address or a token: decimal, or hexadecimal after 0x.
pub(super) fn address(text: &str) -> Result<u64, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => text.parse(),
    };
    parsed.map_err(|error| error.to_string())
}

#[derive(Args)]
pub(super) struct ExplainArguments {
    /// The rule, as in KS0401
    pub(super) rule: Option<String>,
}

#[derive(Args)]
pub(super) struct SchemaArguments {
    #[command(subcommand)]
    pub(super) command: SchemaCommand,
}

#[derive(Subcommand)]
pub(super) enum SchemaCommand {
    /// Show the layouts that a SOURCE writes and reads
    Show {
        /// The SOURCE
        source: String,
        /// Only this record
        record: Option<String>,
    },
    /// Compare the layouts of two SOURCEs, member by member, as KSerial would read them
    Diff {
        /// The SOURCE that writes
        old: String,
        /// The SOURCE that reads
        new: String,
        #[command(flatten)]
        format: FormatArguments,
    },
    /// Hold the KSerial records of a SOURCE against what was written down of them
    #[command(after_help = LOCK_EXITS)]
    Lock {
        /// The SOURCE
        source: String,
        /// The folder of the lock files, one for each record
        #[arg(long, value_name = "FOLDER", default_value = "locks")]
        locks: PathBuf,
        /// Write new generations down
        #[arg(long)]
        write: bool,
    },
    /// Write down what `check` needs to know of a SOURCE, as TOML that stands for it
    Extract {
        /// The SOURCE
        source: String,
    },
}

#[derive(Args)]
pub(super) struct FormatArguments {
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

/// Which way to check.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Way {
    /// Old to new
    Update,
    /// New to old
    Rollback,
    /// Both; the worse verdict decides
    Both,
}

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}
