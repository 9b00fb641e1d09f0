//! `kserial check`: the pre-flight.

use std::path::Path;

use super::arguments::{CheckArguments, Format, Way};
use super::names::tell_apart;
use super::{print, Failure};
use crate::catalogue;
use crate::judge::Direction;
use crate::kernel::Kernel;
use crate::observe;
use crate::report::{Exit, Paint, Report};
use crate::source;

pub(super) fn run(arguments: &CheckArguments) -> Result<Exit, Failure> {
    let [old_config, new_config] = [&arguments.old_config, &arguments.new_config]
        .map(|path| path.as_deref().map(config).transpose());
    let (old, new) =
        open_both((&arguments.old, old_config?.as_ref()), (&arguments.new, new_config?.as_ref()));
    let (mut old, mut new) = (old?, new?);
    tell(&mut old, &arguments.old_modules, &arguments.old_cmdline);
    tell(&mut new, &arguments.new_modules, &arguments.new_cmdline);
    tell_apart(&mut [&mut old, &mut new]);
    if arguments.state.is_some() && arguments.direction == Way::Rollback {
        let why = "--state is what the old kernel preserves: it says nothing of the rollback";
        return Err(Failure::usage(why));
    }
    let in_use = |state| super::dump::in_use(state, old.identity.page_size);
    let in_use = arguments.state.as_deref().map(in_use).transpose()?;
    let directions: &[Direction] = match arguments.direction {
        _ if in_use.is_some() => &[Direction::Update],
        Way::Update => &[Direction::Update],
        Way::Rollback => &[Direction::Rollback],
        Way::Both => &[Direction::Update, Direction::Rollback],
    };
    let bridges = releases();
    let at_hand: Vec<&Kernel> = bridges.iter().collect();
    let mut report = Report::of(&old, &new, directions, &at_hand);
    if let Some(in_use) = &in_use {
        for checked in &mut report.checked {
            in_use.answer(&old, &new, &mut checked.verdict);
        }
    }
    match arguments.format.format {
        Format::Text => print(report.text(Paint::of_stdout()))?,
        Format::Json => {
            report.state = arguments.state.as_deref().map(super::dump::identity).transpose()?;
            print(report.json())?;
        }
    }
    Ok(allowed(report.exit(), arguments.allow_conditional))
}

/// A SOURCE, and the configuration that is given beside it.
type Given<'a> = (&'a str, Option<&'a source::Config>);

/// Opens both at once: a kernel is large, and there are usually two cores.
pub(super) fn open_both(
    old: Given<'_>,
    new: Given<'_>,
) -> (Result<Kernel, Failure>, Result<Kernel, Failure>) {
    let open = |(spec, config)| observe::open_with(spec, config).map_err(Failure::usage);
    rayon::join(|| open(old), || open(new))
}

fn config(path: &Path) -> Result<source::Config, Failure> {
    source::Config::read(path).map_err(Failure::incomplete)
}

/// What counts as an end without complaint.
pub(super) fn allowed(exit: Exit, allow_conditional: bool) -> Exit {
    match exit {
        Exit::Conditional if allow_conditional => Exit::Compatible,
        exit => exit,
    }
}

/// Adds to a kernel what the command line says of it.
fn tell(kernel: &mut Kernel, modules: &Option<Vec<String>>, cmdline: &Option<String>) {
    if let Some(modules) = modules {
        kernel.loaded = Some(modules.iter().filter(|name| !name.is_empty()).cloned().collect());
    }
    if let Some(cmdline) = cmdline {
        kernel.cmdline = Some(cmdline.clone());
    }
}

/// The catalogue's releases, over which a way might lead.
fn releases() -> Vec<Kernel> {
    let names = catalogue::releases().unwrap_or_default();
    names.iter().filter_map(|name| Kernel::of_linux(name).ok()).collect()
}
