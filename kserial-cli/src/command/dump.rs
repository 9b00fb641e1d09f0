//! `kserial dump`: what is being handed over.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::Path;
use std::time::{Duration, Instant};

use kserial::kho::Pages;
use kserial::luo::Content;
use kserial::PhysAddr;
use memmap2::Mmap;

use super::arguments::{address, DumpArguments, Format};
use super::Failure;
use crate::dump::{rebuild, sha256, Detail, Dump};
use crate::image;
use crate::in_use::{manifest, InUse};
use crate::name::{unescaped, Name};
use crate::report::{Exit, StateInput, StateKind};
use crate::state::{self, Choice, Hint, Source};

pub(super) fn run(arguments: &DumpArguments) -> Result<Exit, Failure> {
    let pages = pages_of(arguments.page_size)?;
    refuse_pipe(&arguments.state)?;
    if let Some(bytes) = image_in(&arguments.state) {
        return show_image(&bytes, arguments);
    }
    let mut progress = Progress::new();
    let choice = Choice { stage: arguments.stage.as_deref() };
    let (mut source, told) = open(&arguments.state, choice, &mut progress)?;
    let pages = told.unwrap_or(pages);
    if let Some(at) = arguments.root {
        source.hint = Hint::At(PhysAddr(at));
    } else if let Some(path) = &arguments.fdt {
        let bytes = fs::read(path).map_err(|error| Failure::at(path, error))?;
        source.hint = Hint::Bytes(bytes);
    }
    let running = arguments.state == Path::new("running") || arguments.state.starts_with("/proc");
    // What came in is known from elsewhere than the memory.
    let was_taken_up = running && matches!(source.hint, Hint::Named(_) | Hint::Bytes(_));
    let dump = Dump::read(source, pages, &mut |done| progress.at("reading", done));
    progress.end();
    if was_taken_up {
        // Nowhere is left to complain to if this fails.
        let _ = writeln!(
            io::stderr(),
            "note: this is what was handed to the kernel that runs, which has taken most of it up since; \
             --root shows what it hands over itself"
        );
    }
    let dump = dump.map_err(|error| Failure::at(&arguments.state, error))?;
    if let (Some(which), Some(output)) = (&arguments.extract_memfd, &arguments.output) {
        return extract(&dump, which.as_bytes(), output);
    }
    let stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let written = match arguments.format.format {
        Format::Text => show(&dump, stdout, arguments),
        Format::Json => {
            let sum = sum(&arguments.state)?;
            dump.json_of(stdout, &arguments.state, sum, arguments.reveal)
        }
    };
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(Failure::incomplete(format!("the result could not be written: {error}")));
        }
        _ => {}
    }
    complain(&dump);
    Ok(dump.exit(arguments.verify))
}

fn pages_of(bytes: u32) -> Result<Pages, Failure> {
    Pages::of_shift(bytes.trailing_zeros())
        .filter(|pages| pages.bytes() == bytes as usize)
        .ok_or_else(|| Failure::usage("pages have 4096, 16384 or 65536 bytes"))
}

/// A pipe is read once and in order; and opening one that has a name waits for somebody who writes.
fn refuse_pipe(path: &Path) -> Result<(), Failure> {
    if fs::metadata(path).is_ok_and(|meta| meta.file_type().is_fifo()) {
        let why = "a pipe, and this is read here and there; write it into a file first";
        return Err(Failure::at(path, why));
    }
    Ok(())
}

/// The bytes of the file at `path`, if it begins as images do.
fn image_in(path: &Path) -> Option<Mmap> {
    let file = File::open(path).ok().filter(|_| path.is_file())?;
    let mut magic = [0; 8];
    file.read_exact_at(&mut magic, 0).ok().filter(|()| image::starts(&magic))?;
    state::map(&file).ok()
}

/// A KSerial image in a file.
fn show_image(bytes: &[u8], arguments: &DumpArguments) -> Result<Exit, Failure> {
    let failed = |error| Failure::at(&arguments.state, error);
    let parts = image::parts(bytes).map_err(failed)?;
    let contents = image::Contents::read(&parts).map_err(failed)?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let written = match arguments.format.format {
        Format::Text => {
            let detail = image::Detail { rows: arguments.rows, reveal: arguments.reveal };
            contents.text(&mut out, detail)
        }
        Format::Json => {
            let input = image::Input::of(&arguments.state, bytes);
            let json = image::Json::of(&contents, Some(input), arguments.reveal);
            serde_json::to_writer_pretty(&mut out, &json)
                .map_err(io::Error::from)
                .and_then(|()| writeln!(out))
        }
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::incomplete(format!("the result could not be written: {error}")))
        }
        _ => Ok(Exit::Compatible),
    }
}

fn show(dump: &Dump, mut out: impl Write, arguments: &DumpArguments) -> io::Result<()> {
    let images = image::Detail { rows: arguments.rows, reveal: arguments.reveal };
    dump.text(&mut out, Detail { folios: arguments.folios, images })?;
    if arguments.verify && dump.faults().is_empty() {
        writeln!(
            out,
            "\nverified: every page that a table names is preserved and has one owner; counts agree; \
             no bit is set that means nothing"
        )?;
    }
    out.flush()
}

/// Says on stderr what was wrong.
fn complain(dump: &Dump) {
    let mut stderr = io::stderr().lock();
    for at in &dump.others {
        // Nowhere is left to complain to if this fails.
        let _ = writeln!(
            stderr,
            "note: {:#x} is a KHO root too, and its own map does not preserve it: a copy",
            at.0
        );
    }
    for fault in dump.faults().list() {
        let word = if fault.wrong.is_disagreement() { "disagrees" } else { "error" };
        let _ = writeln!(stderr, "{word}: {fault}");
    }
    if dump.faults().more() > 0 {
        let _ = writeln!(stderr, "and {} more", dump.faults().more());
    }
}

fn extract(dump: &Dump, which: &[u8], output: &Path) -> Result<Exit, Failure> {
    let shown = String::from_utf8_lossy(which);
    let slash = which.iter().rposition(|byte| *byte == b'/');
    let parts = slash.map(|at| (&which[..at], &which[at + 1..]));
    let token = |text: &[u8]| address(std::str::from_utf8(text).ok()?).ok();
    let (session, token) =
        parts.and_then(|(session, text)| Some((session, token(text)?))).ok_or_else(|| {
            Failure::usage(format!("{shown}: not a session and a token, as in name/0x11"))
        })?;
    let typed = std::str::from_utf8(session).map(unescaped);
    let memfd = dump.memfd(session, token).or_else(|| dump.memfd(&typed.ok()?, token));
    let named = dump.named(session, token);
    let named =
        named.or_else(|| dump.named(&std::str::from_utf8(session).map(unescaped).ok()?, token));
    if let Some(Content::Image(stored, _)) = named.map(|file| &file.content) {
        dump.extract_image(stored, output).map_err(Failure::incomplete)?;
        return Ok(Exit::Compatible);
    }
    let Some(memfd) = memfd else {
        complain(dump);
        let why = match named.map(|file| (&file.content, Name(&file.handler))) {
            Some((Content::Memfd(_) | Content::Unread, _)) => "it could not be read".to_owned(),
            Some((_, handler)) => format!(
                "its handler is {handler}, and only memfds of upstream's handler and of KSerial's can be taken out"
            ),
            None => "there is no such file; `kserial dump` lists them".to_owned(),
        };
        let session = Name(session);
        return Err(Failure::incomplete(format!("session {session}, file {token:#x}: {why}")));
    };
    dump.extract(memfd, output).map_err(Failure::incomplete)?;
    Ok(Exit::Compatible)
}

/// How far a long read is, on a terminal only.
struct Progress {
    shown: bool,
    terminal: bool,
    next: Instant,
}

impl Progress {
    /// Before the first line, and between two.
    const PAUSE: Duration = Duration::from_millis(200);

    fn new() -> Self {
        let terminal = io::stderr().is_terminal();
        Self { shown: false, terminal, next: Instant::now() + Self::PAUSE }
    }

    fn at(&mut self, what: &str, bytes: u64) {
        if self.terminal && Instant::now() >= self.next {
            // A terminal that is gone needs no progress.
            let _ = write!(io::stderr(), "\r{what}: {} MiB\x1b[K", bytes >> 20);
            self.shown = true;
            self.next = Instant::now() + Self::PAUSE;
        }
    }

    fn end(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// What a state is.
#[derive(PartialEq, Eq)]
enum Form {
    /// Memory of a machine.
    Memory,
    /// The JSON of a dump, from which memory can be made.
    Dump,
    /// What an orchestrator says is preserved.
    Manifest,
}

impl Form {
    fn of(state: &Path) -> Result<Self, Failure> {
        if !state.is_file() {
            return Ok(Self::Memory);
        }
        let mut first = [0; 256];
        let read = File::open(state).and_then(|mut file| file.read(&mut first));
        let first = &first[..read.map_err(|error| Failure::at(state, error))?];
        Ok(match manifest::is_one(first) {
            false => Self::Memory,
            // That is where `dump` says what it has written.
            true if rebuild::begins(first) => Self::Dump,
            true => Self::Manifest,
        })
    }
}

/// Opens a state that is memory, or was; a dump says how large its pages are.
fn open(
    state: &Path,
    choice: Choice<'_>,
    progress: &mut Progress,
) -> Result<(Source, Option<Pages>), Failure> {
    match Form::of(state)? {
        Form::Memory => state::open(state, choice, &mut |read| progress.at("unpacking", read))
            .map(|source| (source, None))
            .map_err(Failure::incomplete),
        Form::Dump => {
            let json = fs::read(state).map_err(|error| Failure::at(state, error))?;
            let (memory, pages, root) =
                rebuild::with_root(&json).map_err(|error| Failure::at(state, error))?;
            Ok((Source { memory: Box::new(memory), hint: Hint::At(root) }, Some(pages)))
        }
        Form::Manifest => Err(Failure::at(
            state,
            "a manifest, which says what is going to be handed over, and no memory; \
              `kserial check OLD NEW --state` takes it",
        )),
    }
}

/// The sum by which a state is known.
fn sum(state: &Path) -> Result<Option<String>, Failure> {
    let mut progress = Progress::new();
    let sum = sha256(state, &mut |read| progress.at("summing up", read));
    progress.end();
    sum.map_err(|error| Failure::at(state, error))
}

/// Which state this is.
pub(super) fn identity(state: &Path) -> Result<StateInput, Failure> {
    let name = state.file_name().unwrap_or(state.as_os_str()).to_string_lossy().into_owned();
    let manifest = Form::of(state)? == Form::Manifest;
    let kind = if manifest { StateKind::Manifest } else { StateKind::Memory };
    let sha256 = sum(state)?;
    Ok(StateInput { name, kind, sha256 })
}

/// What is preserved, from memory with pages of this size or from a manifest.
pub(super) fn in_use(state: &Path, page_size: Option<u32>) -> Result<InUse, Failure> {
    refuse_pipe(state)?;
    if Form::of(state)? == Form::Manifest {
        let json = fs::read(state).map_err(|error| Failure::at(state, error))?;
        return manifest::read(&json).map_err(|error| Failure::at(state, error));
    }
    let pages = page_size.map_or(Ok(Pages::OF_4K), pages_of)?;
    let mut progress = Progress::new();
    let (source, told) = open(state, Choice::default(), &mut progress)?;
    let dump = Dump::read(source, told.unwrap_or(pages), &mut |done| progress.at("reading", done));
    progress.end();
    dump.map(|dump| InUse::of(&dump)).map_err(|error| Failure::at(state, error))
}
