//! A virtual machine: QEMU, emulating.
//!
//! The kernel's console is the first serial line and goes to a file; the guest program answers on
//! the second, which is read as it comes. `-no-reboot` ends the machine when a kernel panics (the
//! command line says `panic=-1`) or the last stage is over; a kexec is no reboot to it. Where a
//! scenario wants to look into the memory, the machine is stopped when a kernel says that it starts the
//! next.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use lab_guest::{Line, MARK};

use super::memory::{Memory, Monitor, Snapshot};
use super::transcript::Transcript;
use super::vtd::Run;

/// Emulation makes a live update take seconds; a machine that is this late for each GiB of its memory, be
/// its host as busy as it may, hangs.
const LIMIT: Duration = Duration::from_secs(300);

/// A busy host lets emulated timers be so late that a kernel which checks them gives up.
const COMMAND_LINE: &str = "console=ttyS0 liveupdate=on panic=-1 oops=panic printk.devkmsg=on \
                            no_timer_check lab.stage=1";

/// The devices whose configuration is handed over: at 00:03.0 one that a driver binds, at 00:04.0
/// one that none does.
const DEVICES: [&str; 4] = ["-device", "e1000,addr=3", "-device", "edu,addr=4"];

/// Time is what was executed. Where a processor waits for a timer, the clocks leap to it.
const COUNTING: [&str; 2] = ["-icount", "shift=0,sleep=off"];

/// What a kernel says last.
pub(crate) const LAST_WORDS: &str = "kexec_core: Starting new kernel";

/// What is done at each kexec while the machine stands still.
pub(crate) type AtKexec<'a> = &'a dyn Fn(&Path, &Memory) -> Result<Snapshot>;

/// VT-d as firmware describes it to the kernel. The unit comes before what it translates for.
const IOMMU: [&str; 2] = ["-device", "intel-iommu,intremap=on,caching-mode=on"];

/// What is read from a machine's memory, by what the guest has said so far.
pub(crate) type Walk = fn(&File, &[Line]) -> Result<Vec<Run>>;

/// A machine about to be booted.
pub(crate) struct Machine<'a> {
    kernel: &'a Path,
    initrd: &'a Path,
    run: &'a Path,
    memory: u32,
    at_kexec: Option<AtKexec<'a>>,
    walk: Option<Walk>,
    counting: bool,
    limit: Duration,
}

/// A machine that runs, and the files that go with it: what ends a look at it early ends it, too.
struct Running<'m> {
    qemu: Child,
    files: [&'m Path; 2],
}

impl Running<'_> {
    fn end(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.end();
        for file in self.files {
            let _ = fs::remove_file(file);
        }
    }
}

impl<'a> Machine<'a> {
    /// A machine of so many MiB that keeps its evidence in the folder `run`.
    pub(crate) fn new(kernel: &'a Path, initrd: &'a Path, run: &'a Path, memory: u32) -> Self {
        Self {
            kernel,
            initrd,
            run,
            memory,
            at_kexec: None,
            walk: None,
            counting: false,
            limit: LIMIT * memory.div_ceil(1024),
        }
    }

    /// Has something done at each kexec.
    pub(crate) fn at_kexec(mut self, act: Option<AtKexec<'a>>) -> Self {
        self.at_kexec = act;
        self
    }

    /// Has its translation tables walked, from outside, each time a stage is left and at the end.
    pub(crate) fn walked(mut self, walk: Option<Walk>) -> Self {
        self.walk = walk;
        self
    }

    /// Has its clocks count instructions: one goes by in a nanosecond, whatever it does.
    pub(crate) fn counting(mut self) -> Self {
        self.counting = true;
        self
    }

    /// Boots it and lets it run to its end.
    pub(crate) fn boot(&self) -> Result<Transcript> {
        let console = self.run.join("console.log");
        let _ = fs::remove_file(&console);
        let errors = File::create(self.run.join("qemu.log"))?;
        // Below 3 GiB a physical address is an offset in this file.
        let ram = self.run.join("ram");
        let memory = format!(
            "memory-backend-file,id=ram,share=on,size={}M,mem-path={}",
            self.memory,
            ram.display()
        );
        // A socket's path may have 107 bytes only, which the run's folder may not leave.
        let name = self.run.file_name().unwrap_or_default().display();
        let socket = std::env::temp_dir().join(format!("kserial-{}-{name}", std::process::id()));
        let mut monitor = Monitor::at(socket.clone());
        let mut qemu = Command::new("qemu-system-x86_64")
            .args(["-machine", "q35,kernel-irqchip=split,memory-backend=ram"])
            .args([
                "-qmp",
                &monitor.argument(),
                "-object",
                &memory,
                "-accel",
                "tcg",
                "-cpu",
                "max",
                "-smp",
                "1",
            ])
            .args(["-m", &self.memory.to_string(), "-nodefaults", "-display", "none"])
            .args(IOMMU)
            .args(DEVICES)
            .args(if self.counting { COUNTING.as_slice() } else { &[] })
            .args(["-no-reboot", "-append", &self.command_line()])
            .args(["-kernel".as_ref(), self.kernel.as_os_str()])
            .args(["-initrd".as_ref(), self.initrd.as_os_str()])
            .args(["-serial", &file_device(&console), "-serial", "stdio"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .context("cannot run qemu-system-x86_64")?;
        let stdout = qemu.stdout.take().context("QEMU has no standard output")?;
        let mut running = Running { qemu, files: [&ram, &socket] };
        let (sender, receiver) = mpsc::channel();
        let reader = thread::spawn(move || {
            for line in BufReader::new(stdout).split(b'\n') {
                let Ok(line) = line else { break };
                if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    break;
                }
            }
        });

        let deadline = Instant::now() + self.limit;
        let mut transcript = Transcript::default();
        let mut kexecs = 0;
        if self.at_kexec.is_some() {
            monitor.connect()?;
        }
        loop {
            let mut left = deadline.saturating_duration_since(Instant::now());
            let leaving = matches!(transcript.lines.last(), Some(Line::Leaving { .. }));
            if let Some(act) = self.at_kexec.filter(|_| leaving) {
                left = left.min(Duration::from_millis(1));
                if said(&console) > kexecs {
                    kexecs += 1;
                    monitor.stop()?;
                    match act(&ram, &Memory::open(&ram)?) {
                        Ok(snapshot) => transcript.snapshots.push(snapshot),
                        Err(why) => transcript.trouble(&why),
                    }
                    monitor.go_on()?;
                }
            }
            match receiver.recv_timeout(left) {
                Ok(line) => {
                    transcript.lines.extend(parse(&line));
                    // The tables are those of a device whose mappings do not change any more.
                    if matches!(transcript.lines.last(), Some(Line::Leaving { .. })) {
                        self.walk_into(&mut transcript, &ram)?;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
                Err(RecvTimeoutError::Timeout) => {
                    transcript.timed_out = true;
                    break;
                }
            }
        }
        running.end();
        let _ = reader.join();
        self.walk_into(&mut transcript, &ram)?;
        transcript.console =
            String::from_utf8_lossy(&fs::read(&console).unwrap_or_default()).into_owned();
        fs::write(
            self.run.join("transcript.json"),
            serde_json::to_string_pretty(&transcript.lines)?,
        )?;
        Ok(transcript)
    }
}

impl Machine<'_> {
    fn command_line(&self) -> String {
        // What kernels say slows them down, at the speed of a serial line: only what is needed.
        let more = if self.counting { " printk.time=1 loglevel=6" } else { "" };
        format!("{COMMAND_LINE}{more}")
    }

    fn walk_into(&self, transcript: &mut Transcript, ram: &Path) -> Result<()> {
        if let Some(walk) = self.walk {
            match walk(&File::open(ram)?, &transcript.lines) {
                Ok(runs) => transcript.tables.push(runs),
                Err(why) => transcript.trouble(&why),
            }
        }
        Ok(())
    }
}

/// How many kernels have said their last words.
fn said(console: &Path) -> usize {
    let text = fs::read(console).unwrap_or_default();
    String::from_utf8_lossy(&text).matches(LAST_WORDS).count()
}

/// A line of the guest's. One that cannot be read is kept as trouble, not dropped.
fn parse(line: &str) -> Option<Line> {
    let json = line.trim_end().strip_prefix(MARK)?;
    Some(serde_json::from_str(json).unwrap_or_else(|error| Line::Trouble {
        why: format!("a line of the guest's cannot be read ({error}): {json}"),
    }))
}

fn file_device(path: &Path) -> String {
    format!("file:{}", path.display())
}
