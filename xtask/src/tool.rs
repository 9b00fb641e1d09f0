//! Running other programs: bounded in time, with their output kept, and with a sign of life.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{bail, Context, Result};

/// How often a long step says that it is alive.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);

/// A program about to be run.
pub(crate) struct Tool {
    command: Command,
    what: String,
    limit: Duration,
}

impl Tool {
    /// A program that may run for ten minutes.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let what = Path::new(&program)
            .file_name()
            .unwrap_or(program.as_ref())
            .to_string_lossy()
            .into_owned();
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        Self { command, what, limit: Duration::from_secs(600) }
    }

    /// A `cargo` that follows the toolchain of the folder it runs in, not that of the `cargo run`
    /// which started this program.
    pub(crate) fn cargo() -> Self {
        let mut tool = Self::new("cargo");
        for name in ["CARGO", "RUSTC", "RUSTDOC"] {
            tool.command.env_remove(name);
        }
        tool
    }

    /// Names the step in messages.
    pub(crate) fn what(mut self, what: impl Into<String>) -> Self {
        self.what = what.into();
        self
    }

    /// Adds arguments.
    pub(crate) fn args<I, S>(mut self, args: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.command.args(args);
        self
    }

    /// Sets a variable of its environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable out of its environment.
    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Sets the folder that it runs in.
    pub(crate) fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// Sets how long it may run.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it with its output shown.
    pub(crate) fn run(mut self) -> Result<()> {
        let child = self.spawn()?;
        let status = self.wait(child, None)?;
        self.judge(status)
    }

    /// Runs it with its output in a file; the end of that file is part of the error.
    pub(crate) fn run_logged(mut self, log: &Path) -> Result<()> {
        if let Some(parent) = log.parent() {
            fs::create_dir_all(parent)?;
        }
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        self.command.stdout(file.try_clone()?).stderr(file);
        let child = self.spawn()?;
        let status = self.wait(child, Some(log))?;
        self.judge(status)
            .with_context(|| format!("its output, {}, ends in:\n{}", log.display(), tail(log, 20)))
    }

    /// Runs it and returns what it printed on standard output.
    pub(crate) fn output(mut self) -> Result<String> {
        let out = self
            .command
            .output()
            .with_context(|| format!("cannot run {}: is it installed?", self.what))?;
        if !out.status.success() {
            bail!("{}: {}\n{}", self.what, out.status, String::from_utf8_lossy(&out.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&out.stdout).into_owned())
    }

    fn spawn(&mut self) -> Result<Child> {
        self.command.spawn().with_context(|| format!("cannot run {}: is it installed?", self.what))
    }

    fn wait(&self, mut child: Child, log: Option<&Path>) -> Result<ExitStatus> {
        let start = Instant::now();
        let mut said = start;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if start.elapsed() > self.limit {
                end(&mut child);
                bail!("{} took more than {} s and was ended", self.what, self.limit.as_secs());
            }
            if let Some(log) = log.filter(|_| said.elapsed() > SIGN_OF_LIFE) {
                said = Instant::now();
                let last = tail(log, 1);
                eprintln!("  {} … {} s  {}", self.what, start.elapsed().as_secs(), last.trim());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn judge(&self, status: ExitStatus) -> Result<()> {
        if !status.success() {
            bail!("{}: {status}", self.what);
        }
        Ok(())
    }
}

/// Ends a program: first by asking, so that make and cargo end what they started.
fn end(child: &mut Child) {
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    for _ in 0..100 {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The last lines of a file, for a message.
fn tail(path: &Path, lines: usize) -> String {
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// Where a program lies on `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}
