//! `kserial convert`: the same state in another form.
//!
//! | input | becomes |
//! |---|---|
//! | an image | an image in other layouts (`--to`), JSON, a device tree (`--as`) |
//! | the JSON of an image | the image, byte for byte; and then as above |
//! | the JSON of a dump | memory, byte for byte as the kernel left it |

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use kserial::image::ImageError;
use kserial::Layout;
use serde::Deserialize;

use super::arguments::{ConvertArguments, Form, Format};
use super::check::allowed;
use super::{complain, open, print, Failure};
use crate::dump::{rebuild, sha256_of};
use crate::image::transcode::{self, Crossed, Refusal, TranscodeError, Transcoded};
use crate::image::{fdt, parts, starts, written, Contents, Json};
use crate::name::Name;
use crate::report::{Conversion, Exit};
use crate::schema::Cells;

pub(super) fn run(arguments: &ConvertArguments) -> Result<Exit, Failure> {
    let input = &arguments.input;
    let bytes = fs::read(input).map_err(|error| Failure::at(input, error))?;
    let sum = sha256_of(&bytes);
    let image = if starts(&bytes) {
        if arguments.to.is_none() && arguments.form.is_none() {
            let say = "say what to make of the image: --to SOURCE, --as json, or --as fdt";
            return Err(Failure::usage(say));
        }
        bytes
    } else if is_image(&bytes) {
        written(&bytes).map_err(|error| Failure::at(input, error))?
    } else {
        return memory(arguments, &bytes, &sum);
    };
    let (image, tables) = match &arguments.to {
        None => (image, Vec::new()),
        Some(target) => match transcoded(arguments, &image, target)? {
            Ok(transcoded) => (transcoded.image, transcoded.tables),
            Err(error) => {
                let exit = Exit::Incompatible;
                if arguments.format.format == Format::Json {
                    let refusal = error.refusal();
                    print(report(arguments, &sum, None, &[], Some(&refusal), &[]).json(exit))?;
                }
                complain(format!("{} → {target}: {error}", Name::of(input)));
                return Ok(exit);
            }
        },
    };
    let masked = write(arguments, &image)?;
    let lossy = tables.iter().any(|table| !table.losses.is_empty());
    let exit = if lossy { Exit::Conditional } else { Exit::Compatible };
    let exit = allowed(exit, arguments.allow_conditional);
    match arguments.format.format {
        Format::Text => print(tables.iter().map(|table| format!("{table}\n")).collect::<String>())?,
        Format::Json => {
            let output = Some(arguments.output.as_path());
            print(report(arguments, &sum, output, &tables, None, &masked).json(exit))?;
        }
    }
    Ok(exit)
}

fn report<'r>(
    arguments: &'r ConvertArguments,
    sha256: &'r str,
    output: Option<&'r Path>,
    tables: &'r [Crossed],
    refused: Option<&'r Refusal>,
    masked: &'r [String],
) -> Conversion<'r> {
    let (input, target) = (arguments.input.as_path(), arguments.to.as_deref());
    Conversion { input, sha256, target, output, tables, refused, masked }
}

/// Whether this is a JSON that says that it is an image's.
fn is_image(json: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Form {
        schema: String,
    }
    let form = serde_json::from_slice::<Form>(json);
    form.is_ok_and(|form| form.schema.starts_with("kserial-image/"))
}

/// The JSON of a dump as memory.
fn memory(arguments: &ConvertArguments, json: &[u8], sum: &str) -> Result<Exit, Failure> {
    let (memory, _) =
        rebuild::memory(json).map_err(|error| Failure::at(&arguments.input, error))?;
    if arguments.to.is_some() || arguments.form.is_some() {
        let what = "the JSON of a dump becomes memory: --to and --as are for images";
        return Err(Failure::usage(what));
    }
    rebuild::to_file(&memory, &arguments.output)
        .map_err(|error| Failure::at(&arguments.output, error))?;
    if arguments.format.format == Format::Json {
        let output = Some(arguments.output.as_path());
        print(report(arguments, sum, output, &[], None, &[]).json(Exit::Compatible))?;
    }
    Ok(Exit::Compatible)
}

/// The image in the layouts of `target`; or what those cannot hold.
fn transcoded(
    arguments: &ConvertArguments,
    image: &[u8],
    target: &str,
) -> Result<Result<Transcoded, TranscodeError>, Failure> {
    let broken = |error: ImageError| Failure::at(&arguments.input, error);
    let parts = parts(image).map_err(broken)?;
    let contents = Contents::read(&parts).map_err(broken)?;
    let transcode = |layouts: &[Layout<'_>]| match transcode::transcode(&contents, layouts) {
        // Nothing was asked that could be answered.
        Err(error @ TranscodeError::Strangers { .. }) => Err(Failure::at(&arguments.input, error)),
        answered => Ok(answered),
    };
    match fs::read(target) {
        Ok(other) if starts(&other) => {
            let broken = |error: ImageError| Failure::at(Path::new(target), error);
            let parts = self::parts(&other).map_err(broken)?;
            let other = Contents::read(&parts).map_err(broken)?;
            let layouts: Vec<_> = other.tables.iter().map(|table| table.info.layout).collect();
            transcode(&layouts)
        }
        _ => {
            let cells = records_of(target)?;
            let layouts: Vec<_> = cells.iter().map(Cells::layout).collect();
            transcode(&layouts)
        }
    }
}

/// The layouts that a kernel, a program or a schema declares.
fn records_of(source: &str) -> Result<Vec<Cells>, Failure> {
    let kernel = open(source)?;
    if let Some(unread) = kernel.unread.first() {
        return Err(Failure::incomplete(format!("{}: {}", unread.what, unread.why)));
    }
    let cells = kernel
        .records
        .iter()
        .map(|record| record.layout.cells().map_err(|error| Failure::at(Path::new(source), error)));
    cells.collect()
}

/// Writes the image in the form that was asked for, and says which members are masked in that.
fn write(arguments: &ConvertArguments, image: &[u8]) -> Result<Vec<String>, Failure> {
    let broken = |error: ImageError| Failure::at(&arguments.input, error);
    let parts = parts(image).map_err(broken)?;
    let contents = Contents::read(&parts).map_err(broken)?;
    let tree = match arguments.form {
        Some(Form::Fdt) => fdt::tree(&contents, arguments.reveal),
        _ => Ok(Vec::new()),
    };
    let tree = tree.map_err(|error| Failure::at(&arguments.input, error))?;
    let path = &arguments.output;
    let mut new = OpenOptions::new();
    let file = new.write(true).create_new(true).mode(0o600).open(path);
    let file = file.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::at(path, "is there already; name a file that is not")
        }
        _ => Failure::at(path, error),
    })?;
    let mut out = BufWriter::new(file);
    let written = match arguments.form {
        None | Some(Form::Image) => out.write_all(image),
        Some(Form::Fdt) => out.write_all(&tree),
        Some(Form::Json) => {
            let json = Json::of(&contents, None, arguments.reveal);
            serde_json::to_writer_pretty(&mut out, &json)
                .map_err(io::Error::from)
                .and_then(|()| writeln!(out))
        }
    };
    written.and_then(|()| out.flush()).map_err(|error| {
        // What went wrong before is what counts.
        let _ = fs::remove_file(path);
        Failure::at(path, error)
    })?;
    let mut masked = contents.sensitive();
    if !matches!(arguments.form, Some(Form::Json)) || arguments.reveal {
        masked.clear();
    }
    if !masked.is_empty() {
        let mut stderr = io::stderr().lock();
        // Nowhere is left to complain to if this fails.
        let _ = writeln!(
            stderr,
            "note: {} {} masked, and the JSON cannot become an image again; --reveal writes all",
            masked.join(", "),
            if masked.len() == 1 { "is" } else { "are" },
        );
    }
    Ok(masked)
}
