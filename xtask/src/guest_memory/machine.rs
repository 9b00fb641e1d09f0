//! The machine whose memory is read: stopped as its kexec begins, when all that is handed over is final.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{bail, Context, Result};
use lab_guest::{Answer, Line, Step, MARK};
use serde_json::{json, Value};

use super::odd;

/// As for a live update: a machine that is this late hangs.
const LIMIT: Duration = Duration::from_secs(300);
/// What the kernel says last.
const LAST_WORDS: &[u8] = b"Starting new kernel";

/// A machine that runs, and the line to its monitor.
pub(super) struct Machine {
    qemu: Child,
    console: PathBuf,
    answers: PathBuf,
    monitor: BufReader<UnixStream>,
}

impl Machine {
    /// Boots it; its RAM is the file `ram`.
    pub(super) fn boot(image: &Path, initrd: &Path, folder: &Path, ram: &Path) -> Result<Self> {
        let [console, answers, socket] =
            ["console.log", "answers.log", "monitor"].map(|name| folder.join(name));
        for path in [&console, &answers, &socket] {
            let _ = fs::remove_file(path);
        }
        let backend =
            format!("memory-backend-file,id=ram,size=1024M,share=on,mem-path={}", ram.display());
        let (name, size) = odd::RESERVED;
        let line = format!(
            "console=ttyS0 liveupdate=on panic=-1 oops=panic no_timer_check lab.stage=1 \
             reserve_mem={size}:4096:{name}"
        );
        let qemu = Command::new("qemu-system-x86_64")
            .args(["-machine", "q35,memory-backend=ram", "-object", &backend])
            .args(["-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", "1024"])
            .args(["-nodefaults", "-display", "none", "-no-reboot", "-append", &line])
            .args(["-kernel".as_ref(), image.as_os_str(), "-initrd".as_ref(), initrd.as_os_str()])
            .args(["-serial", &format!("file:{}", console.display())])
            .args(["-serial", &format!("file:{}", answers.display())])
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
        let mut machine = Self { qemu, console, answers, monitor: BufReader::new(stream) };
        machine.command("qmp_capabilities", &json!({}))?;
        Ok(machine)
    }

    /// Waits for the kernel's last words.
    pub(super) fn wait_for_kexec(&mut self) -> Result<()> {
        let console = self.console.clone();
        self.wait("kexec", || holds(&fs::read(&console).unwrap_or_default(), LAST_WORDS))
    }

    /// Waits until the guest has answered to `step`, and said all of that.
    pub(super) fn wait_for(&mut self, step: &Step) -> Result<()> {
        let did = serde_json::to_string(step)?;
        let answers = self.answers.clone();
        self.wait("answer", || holds(whole_lines(&answers).as_bytes(), did.as_bytes()))
    }

    fn wait(&mut self, what: &str, came: impl Fn() -> bool) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < LIMIT {
            if came() {
                return Ok(());
            }
            if self.qemu.try_wait()?.is_some() {
                bail!("the machine ended before its {what}: {}", self.console.display());
            }
            // The guest goes on until it is stopped: a moment later it does something else.
            thread::sleep(Duration::from_millis(1));
        }
        bail!("no {what} within {} s: {}", LIMIT.as_secs(), self.console.display())
    }

    /// Stops it where it is.
    pub(super) fn stop(&mut self) -> Result<()> {
        self.command("stop", &json!({})).map(drop)
    }

    /// Lets it go on.
    pub(super) fn go_on(&mut self) -> Result<()> {
        self.command("cont", &json!({})).map(drop)
    }

    /// What the guest did and saw. A step that failed is an error, but for those that may.
    pub(super) fn answers(&self) -> Result<Vec<Answer>> {
        let text = whole_lines(&self.answers);
        let mut answers = Vec::new();
        for line in text.lines().filter_map(|line| line.strip_prefix(MARK)) {
            match serde_json::from_str(line).with_context(|| format!("cannot read: {line}"))? {
                Line::Answer(Answer { error: Some(error), did, .. }) if !odd::may_fail(&did) => {
                    bail!("the guest got {error} from {did:?}")
                }
                Line::Answer(answer) => answers.push(answer),
                Line::Trouble { why } => bail!("the guest could not go on: {why}"),
                _ => {}
            }
        }
        Ok(answers)
    }

    /// What the monitor answers; events in between are left out.
    pub(super) fn command(&mut self, name: &str, arguments: &Value) -> Result<Value> {
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

/// What a file has so far, but for a line that is still being written.
fn whole_lines(path: &Path) -> String {
    let mut text = String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
    text
}

fn holds(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|there| there == words)
}
