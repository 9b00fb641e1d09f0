//! Running other programs: bounded in time, with their output kept, and with a sign of life. What is
//! ended takes along what it started.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail, Context, Result};

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
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.spawn()?;
        let (out, err) = (listen(child.stdout.take()), listen(child.stderr.take()));
        let status = self.wait(child, None)?;
        if !status.success() {
            bail!("{}: {status}\n{}", self.what, heard(err)?.trim());
        }
        heard(out)
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

/// Reads a stream while the program runs: one that is full would hold it up.
fn listen(stream: Option<impl Read + Send + 'static>) -> JoinHandle<io::Result<Vec<u8>>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.map_or(Ok(0), |mut stream| stream.read_to_end(&mut bytes)).map(|_| bytes)
    })
}

fn heard(stream: JoinHandle<io::Result<Vec<u8>>>) -> Result<String> {
    let bytes = stream.join().map_err(|_| anyhow!("what listened to a program panicked"))??;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Ends a program and all that it started: cargo, for one, leaves the tests that it runs alone. They are
/// asked first.
pub(crate) fn end(child: &mut Child) {
    let mut family = vec![child.id()];
    descend(child.id(), &mut family);
    signal("-TERM", &family);
    for _ in 0..100 {
        if !family.iter().any(|id| Path::new("/proc").join(id.to_string()).exists()) {
            break;
        }
        // One that has ended stays in the list of processes until it is asked for.
        let _ = child.try_wait();
        thread::sleep(Duration::from_millis(50));
    }
    signal("-KILL", &family);
    let _ = child.wait();
}

/// Adds what a process has started, and what that has.
fn descend(id: u32, family: &mut Vec<u32>) {
    let threads = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let children =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let children: Vec<u32> = children
        .flat_map(|line| {
            line.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()
        })
        .collect();
    for child in children {
        family.push(child);
        descend(child, family);
    }
}

/// What has ended since cannot be sent anything, which is as it should be.
fn signal(signal: &str, processes: &[u32]) {
    let ids = processes.iter().map(u32::to_string);
    let _ = Command::new("kill").arg(signal).args(ids).stderr(Stdio::null()).status();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Tool {
        Tool::new("sh").args(["-c", script])
    }

    #[test]
    fn what_takes_too_long_takes_along_what_it_started() {
        let note = std::env::temp_dir().join(format!("kserial-tool-{}", std::process::id()));
        let script = format!("sh -c 'sleep 300 & echo $! >{}; wait' & wait", note.display());
        let ended = shell(&script).limit(Duration::from_secs(1)).output();
        let error = ended.map_err(|error| error.to_string());
        assert_eq!(error, Err("sh took more than 1 s and was ended".to_owned()));
        let id = fs::read_to_string(&note).unwrap_or_default();
        let _ = fs::remove_file(&note);
        let status = fs::read_to_string(format!("/proc/{}/status", id.trim())).unwrap_or_default();
        // Whoever inherits it may not have asked for it yet.
        let ended = status.is_empty() || status.contains("State:\tZ");
        assert!(!id.is_empty() && ended, "process {id}{status}");
    }

    #[test]
    fn what_fills_a_pipe_is_heard_to_its_end() {
        let said = shell("seq 100000; seq 100000 >&2").output().map(|text| text.lines().count());
        assert_eq!(said.map_err(|error| error.to_string()), Ok(100_000));
    }
}
