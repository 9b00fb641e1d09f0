//! `kserial schema`: layouts, by themselves.

use super::arguments::{Format, FormatArguments, SchemaArguments, SchemaCommand};
use super::check::open_both;
use super::{complain, lock, open, print, Failure};
use crate::judge::Direction;
use crate::kernel::{push_layout, Declared, Identity, Kernel};
use crate::report::{Exit, Paint, Report};

pub(super) fn run(arguments: &SchemaArguments) -> Result<Exit, Failure> {
    match &arguments.command {
        SchemaCommand::Show { source, record } => show(source, record.as_deref()),
        SchemaCommand::Diff { old, new, format } => diff(old, new, format),
        SchemaCommand::Extract { source } => extract(source),
        SchemaCommand::Lock { source, locks, write } => lock::run(source, locks, *write),
    }
}

fn show(source: &str, record: Option<&str>) -> Result<Exit, Failure> {
    let kernel = open(source)?;
    let mut text = String::new();
    for layout in kernel.layouts().filter(|layout| record.is_none_or(|name| layout.name == name)) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str("[[record]]\n");
        push_layout(&mut text, layout);
    }
    if let (true, Some(record)) = (text.is_empty(), record) {
        let names: Vec<&str> = kernel.layouts().map(|layout| layout.name.as_str()).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(Failure::usage(format!("{source} has no record {record}; it has {known}")));
    }
    print(text)?;
    Ok(complete(&kernel))
}

fn extract(source: &str) -> Result<Exit, Failure> {
    let kernel = open(source)?;
    print(kernel.to_toml())?;
    Ok(complete(&kernel))
}

/// Says on stderr what could not be read.
pub(super) fn complete(kernel: &Kernel) -> Exit {
    for unread in &kernel.unread {
        complain(format!("{}: {}", unread.what, unread.why));
    }
    match kernel.unread.is_empty() {
        true => Exit::Compatible,
        false => Exit::Incomplete,
    }
}

fn diff(old: &str, new: &str, format: &FormatArguments) -> Result<Exit, Failure> {
    let (old, new) = open_both((old, None), (new, None));
    let (old, new) = (layouts_of(&old?), layouts_of(&new?));
    let directions = [Direction::Update, Direction::Rollback];
    let report = Report { with_changes: true, ..Report::of(&old, &new, &directions, &[]) };
    match format.format {
        Format::Text => print(report.text(Paint::of_stdout()))?,
        Format::Json => print(report.json())?,
    }
    Ok(report.exit())
}

/// The layouts of a kernel as if they were all KSerial records.
fn layouts_of(kernel: &Kernel) -> Kernel {
    let mut bare =
        Kernel::new(Identity { scope: crate::kernel::Scope::Objects, ..kernel.identity.clone() });
    bare.unread.clone_from(&kernel.unread);
    for layout in kernel.layouts() {
        let declared = Declared::plain(layout.clone());
        if !bare.records.contains(&declared) {
            bare.records.push(declared);
        }
    }
    bare
}
