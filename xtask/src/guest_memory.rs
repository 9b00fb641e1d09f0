//! `cargo xtask guest-memory`: what a real kernel hands over, read from what QEMU makes of its memory.
//!
//! The machine of a live update that was run before is booted again, and stopped as its kexec begins,
//! when all that is handed over is final. Its RAM is a file, and QEMU's `dump-guest-memory` makes an ELF
//! core of it. `kserial dump` must find everything in either by itself, contradict nothing, and say the
//! same of both.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail, Context, Result};
use serde_json::{json, Value};

use crate::cache;
use crate::outcome::{not_run, Outcome};
use crate::setup;
use crate::tool::Tool;

/// As for a live update: a machine that is this late hangs.
const LIMIT: Duration = Duration::from_secs(300);
/// What the kernel says last.
const LAST_WORDS: &[u8] = b"Starting new kernel";
const COMMAND_LINE: &str = "console=ttyS0 liveupdate=on panic=-1 oops=panic lab.stage=1";

/// Reads a stopped guest's memory, as a file and as an ELF core.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Keep RAM and core in the cache: more than 2 GiB.
    #[arg(long)]
    keep: bool,
}

impl Options {
    /// What CI runs.
    pub(crate) fn for_ci() -> Self {
        Self { keep: false }
    }
}

pub(crate) fn run(options: &Options) -> Outcome {
    Outcome::from(guest_memory(options))
}

fn guest_memory(options: &Options) -> Result<()> {
    setup::install(setup::QEMU).map_err(|error| not_run(&error))?;
    let before = cache::root()?.join("runs/live-update");
    let run = newest(&before).map_err(|error| not_run(&error))?;
    let kserial = build()?;
    let folder = cache::folder("runs/guest-memory")?;
    let (ram, core) = (folder.join("ram"), folder.join("core"));
    let made = Machine::boot(&run, &folder, &ram).and_then(|mut machine| {
        machine.wait_for_kexec()?;
        machine.command("stop", &json!({}))?;
        let protocol = format!("file:{}", core.display());
        machine.command("dump-guest-memory", &json!({ "paging": false, "protocol": protocol }))?;
        machine.command("quit", &json!({}))
    });
    let judged = made.and_then(|_| {
        let (of_ram, of_core) = (dump(&kserial, &ram)?, dump(&kserial, &core)?);
        if of_ram != of_core {
            bail!("the file of RAM and QEMU's core are read differently: {}", folder.display());
        }
        let files = of_ram["luo"]["sessions"][0]["files"].as_array().map_or(0, Vec::len);
        if files == 0 {
            bail!("no file was found, and the guest preserved some: {}", run.display());
        }
        println!("{files} files, {} pages preserved", of_ram["kho"]["preserved_pages"]);
        Ok(())
    });
    if !options.keep {
        for path in [&ram, &core] {
            let _ = fs::remove_file(path);
        }
    }
    judged
}

/// The folder of the last live update of memfds.
fn newest(runs: &Path) -> Result<PathBuf> {
    let missing = || anyhow!("no live update was run before: cargo xtask live-update");
    let entries = fs::read_dir(runs).map_err(|_| missing())?.filter_map(Result::ok);
    // `memfd-7.2-7.3`: other scenarios than that of memfds alone may call their kexec off.
    let memfds = entries.filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.strip_prefix("memfd-")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    let complete = memfds.map(|entry| entry.path()).filter(|path| {
        path.join("initrd").exists() && image(path).is_some_and(|image| image.exists())
    });
    let age = |path: &PathBuf| fs::metadata(path.join("initrd")).and_then(|m| m.modified()).ok();
    complete.max_by_key(age).ok_or_else(missing)
}

/// The image of the kernel that ran first.
fn image(run: &Path) -> Option<PathBuf> {
    let vmlinux = fs::canonicalize(run.join("old/vmlinux")).ok()?;
    Some(vmlinux.parent()?.join("arch/x86/boot/bzImage"))
}

/// The command, built from this checkout.
fn build() -> Result<PathBuf> {
    let target = cache::folder("kserial-cli")?;
    Tool::cargo()
        .args(["build", "--quiet", "--release", "--package", "kserial-cli"])
        .args(["--target-dir".as_ref(), target.as_path()])
        .dir(cache::checkout())
        .limit(Duration::from_secs(1800))
        .what("building kserial")
        .run_logged(&cache::folder("logs")?.join("kserial-cli.log"))?;
    Ok(target.join("release/kserial"))
}

/// What is found in `memory`, but for the file's own name and sum.
fn dump(kserial: &Path, memory: &Path) -> Result<Value> {
    let output = Command::new(kserial)
        .args(["dump", "--verify", "--format", "json"])
        .arg(memory)
        .output()
        .context("cannot run kserial")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        bail!("{}: {}\n{}", memory.display(), output.status, said.trim());
    }
    let mut json: Value = serde_json::from_slice(&output.stdout)?;
    json.as_object_mut().and_then(|document| document.remove("input"));
    Ok(json)
}

/// A machine that runs, and the line to its monitor.
struct Machine {
    qemu: Child,
    console: PathBuf,
    monitor: BufReader<UnixStream>,
}

impl Machine {
    fn boot(run: &Path, folder: &Path, ram: &Path) -> Result<Self> {
        let (console, socket) = (folder.join("console.log"), folder.join("monitor"));
        for path in [&console, &socket] {
            let _ = fs::remove_file(path);
        }
        let image = image(run).context("no kernel")?;
        let backend =
            format!("memory-backend-file,id=ram,size=1024M,share=on,mem-path={}", ram.display());
        let qemu = Command::new("qemu-system-x86_64")
            .args(["-machine", "q35,memory-backend=ram", "-object", &backend])
            .args(["-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", "1024"])
            .args(["-nodefaults", "-display", "none", "-no-reboot", "-append", COMMAND_LINE])
            .args(["-kernel".as_ref(), image.as_os_str()])
            .args(["-initrd".as_ref(), run.join("initrd").as_os_str()])
            .args(["-serial", &format!("file:{}", console.display()), "-serial", "null"])
            .args(["-qmp", &format!("unix:{},server,nowait", socket.display())])
            .stdin(Stdio::null())
            .stderr(fs::File::create(folder.join("qemu.log"))?)
            .spawn()
            .context("cannot run qemu-system-x86_64")?;
        let start = Instant::now();
        let stream = loop {
            match UnixStream::connect(&socket) {
                Ok(stream) => break stream,
                Err(_) if start.elapsed() < LIMIT => thread::sleep(Duration::from_millis(20)),
                Err(error) => return Err(error).context("QEMU's monitor does not answer"),
            }
        };
        stream.set_read_timeout(Some(LIMIT))?;
        let mut machine = Self { qemu, console, monitor: BufReader::new(stream) };
        machine.command("qmp_capabilities", &json!({}))?;
        Ok(machine)
    }

    fn wait_for_kexec(&self) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < LIMIT {
            let said = fs::read(&self.console).unwrap_or_default();
            if said.windows(LAST_WORDS.len()).any(|words| words == LAST_WORDS) {
                return Ok(());
            }
            // The guest goes on until it is stopped: a moment later the next kernel runs.
            thread::sleep(Duration::from_millis(1));
        }
        bail!("no kexec within {} s: {}", LIMIT.as_secs(), self.console.display())
    }

    /// What the monitor answers; events in between are left out.
    fn command(&mut self, name: &str, arguments: &Value) -> Result<Value> {
        let line = json!({ "execute": name, "arguments": arguments });
        writeln!(self.monitor.get_mut(), "{line}")?;
        loop {
            let mut line = String::new();
            if self.monitor.read_line(&mut line)? == 0 {
                bail!("QEMU ended while it was to {name}");
            }
            let mut answer: Value = serde_json::from_str(&line)?;
            if let Some(error) = answer.get("error") {
                bail!("QEMU could not {name}: {error}");
            }
            if let Some(answer) = answer.get_mut("return") {
                return Ok(answer.take());
            }
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}
