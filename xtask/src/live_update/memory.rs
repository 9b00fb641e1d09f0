//! The guest's memory, looked at from outside while the machine stands still.
//!
//! Below 3 GiB a guest-physical address is an offset in the file that QEMU keeps the memory in. The
//! moment is the last one of a kernel: it has said that it starts the next, so that everything is
//! handed over, and nothing has been read yet.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{anyhow, bail, Context, Result};
use serde_json::{json, Value};

/// What was found in the memory at one kexec.
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    /// What `kserial dump` read from it.
    pub(crate) dump: Value,
    /// What else a scenario looked at.
    pub(crate) facts: BTreeMap<String, String>,
}

/// The memory of a machine that stands still.
pub(crate) struct Memory {
    file: File,
}

impl Memory {
    /// Opens the file.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::options().read(true).write(true).open(path);
        Ok(Self { file: file.with_context(|| format!("cannot open {}", path.display()))? })
    }

    /// Reads bytes.
    pub(crate) fn read(&self, at: u64, len: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; len];
        self.file.read_exact_at(&mut bytes, at).with_context(|| format!("no memory at {at:#x}"))?;
        Ok(bytes)
    }

    /// Flips a bit.
    pub(crate) fn flip(&self, at: u64, bit: u32) -> Result<()> {
        let byte = self.read(at, 1)?[0] ^ 1 << bit;
        self.write(at, &[byte])
    }

    /// Writes bytes.
    pub(crate) fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        self.file.write_all_at(bytes, at).context("cannot write the memory")
    }
}

/// An address in a dump: text in hexadecimal.
pub(crate) fn address(value: &Value) -> Result<u64> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    let address = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    address.ok_or_else(|| anyhow!("the dump has no address there: {value}"))
}

/// A preserved file in a dump, by its session and token.
pub(crate) fn file<'a>(dump: &'a Value, session: &str, token: u64) -> Result<&'a Value> {
    let sessions = dump["luo"]["sessions"].as_array().into_iter().flatten();
    let mut files = sessions
        .filter(|found| found["name"] == session)
        .flat_map(|found| found["files"].as_array().into_iter().flatten());
    let token = format!("{token:#x}");
    files
        .find(|file| file["token"] == token.as_str())
        .ok_or_else(|| anyhow!("the dump has no file {token} in a session {session}"))
}

/// A table of a KSerial image in a dump, by its record, wherever the image is.
pub(crate) fn table<'a>(dump: &'a Value, record: &str) -> Option<&'a Value> {
    let inside = |value: &'a Value| table(value, record);
    match dump {
        Value::Object(map) if dump["record"] == record && map.contains_key("cells") => Some(dump),
        Value::Object(map) => map.values().find_map(inside),
        Value::Array(all) => all.iter().find_map(inside),
        _ => None,
    }
}

/// QEMU's monitor.
pub(crate) struct Monitor {
    path: PathBuf,
    stream: Option<BufReader<UnixStream>>,
}

impl Monitor {
    /// A monitor that QEMU is going to offer at this path.
    pub(crate) fn at(path: PathBuf) -> Self {
        let _ = fs::remove_file(&path);
        Self { path, stream: None }
    }

    /// What tells QEMU to offer it.
    pub(crate) fn argument(&self) -> String {
        format!("unix:{},server=on,wait=off", self.path.display())
    }

    /// Makes the machine stand still; when this returns, it does.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.ask("stop")
    }

    /// Lets it go on.
    pub(crate) fn go_on(&mut self) -> Result<()> {
        self.ask("cont")
    }

    fn ask(&mut self, command: &str) -> Result<()> {
        if self.stream.is_none() {
            self.connect()?;
        }
        self.say(command)
    }

    /// Connects before there is anything to stop: that takes time.
    pub(crate) fn connect(&mut self) -> Result<()> {
        let mut tries = 0;
        let stream = loop {
            match UnixStream::connect(&self.path) {
                Ok(stream) => break stream,
                Err(error) if tries > 500 => {
                    return Err(error).context("QEMU's monitor does not answer");
                }
                Err(_) => {
                    tries += 1;
                    thread::sleep(Duration::from_millis(20));
                }
            }
        };
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        self.stream = Some(BufReader::new(stream));
        self.say("qmp_capabilities")
    }

    fn say(&mut self, command: &str) -> Result<()> {
        let stream = self.stream.as_mut().ok_or_else(|| anyhow!("the monitor is not connected"))?;
        let line = json!({ "execute": command }).to_string();
        stream.get_mut().write_all(line.as_bytes())?;
        // The greeting and events come between.
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                bail!("QEMU closed its monitor");
            }
            let answer: Value = serde_json::from_str(&line)?;
            if answer.get("return").is_some() {
                return Ok(());
            }
            if let Some(error) = answer.get("error") {
                bail!("QEMU's monitor on {command}: {error}");
            }
        }
    }
}
