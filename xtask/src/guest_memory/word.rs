//! The guest's word: what it preserved, in its own bytes and sums.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::{bail, ensure, Context, Result};
use lab_guest::{Answer, Step};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::odd;
use super::pages::number;
use crate::live_update::unclaimed;

/// What the guest said.
pub(super) struct Known {
    /// The names of the sessions, in the order in which they were created.
    sessions: Vec<Vec<u8>>,
    files: Vec<File>,
}

/// A file that it preserved.
struct File {
    session: Vec<u8>,
    token: u64,
    name: String,
    facts: BTreeMap<String, String>,
}

impl File {
    /// Whether upstream's handler took it.
    fn is_upstreams(&self) -> bool {
        !self.name.starts_with("kserial:")
    }

    fn fact(&self, name: &str) -> Result<u64> {
        let text = self.facts.get(name).with_context(|| format!("nobody said the {name}"))?;
        let hex = text.strip_prefix("0x").map(|hex| u64::from_str_radix(hex, 16));
        Ok(hex.unwrap_or_else(|| text.parse())?)
    }
}

impl Known {
    pub(super) fn of(answers: &[Answer]) -> Self {
        let mut known = Self { sessions: Vec::new(), files: Vec::new() };
        let mut names = BTreeMap::new();
        for answer in answers {
            match &answer.did {
                Step::NameSession { session, name } => {
                    names.insert(session.as_str(), name);
                    known.sessions.push(name.clone());
                }
                Step::Preserve { session, token, file } => known.files.push(File {
                    session: names
                        .get(session.as_str())
                        .map_or_else(Vec::new, |name| name.to_vec()),
                    token: *token,
                    name: file.clone(),
                    facts: BTreeMap::new(),
                }),
                Step::Describe { file } => {
                    let said = known.files.iter_mut().filter(|known| known.name == *file);
                    said.for_each(|known| known.facts = answer.facts.clone());
                }
                Step::CreateMany { sessions, .. } => {
                    let many = (0..*sessions).map(|n| format!("many-{n}").into_bytes());
                    known.sessions.extend(many);
                }
                _ => {}
            }
        }
        known
    }

    pub(super) fn summary(&self) -> String {
        format!("{} sessions, {} described files", self.sessions.len(), self.files.len())
    }

    /// Whether `dump` says the same.
    pub(super) fn hold_against(&self, dump: &Value) -> Result<()> {
        let sessions = dump["luo"]["sessions"].as_array().context("no sessions were read")?;
        let names: Vec<Vec<u8>> = sessions.iter().map(|s| bytes(&s["name"])).collect();
        ensure!(names == self.sessions, "other sessions were read: {names:?}");
        for (session, name) in sessions.iter().zip(&names) {
            let files = session["files"].as_array().context("a session has a list of files")?;
            let known: Vec<&File> = self.files.iter().filter(|f| f.session == *name).collect();
            if name.starts_with(b"many-") {
                ensure!(files.len() == 1 && files[0]["token"] == "0x0", "many have one file each");
                ensure!(files[0]["memfd"]["size"] == 4096, "of a page");
                continue;
            }
            ensure!(files.len() == known.len(), "{}: {files:?}", name.escape_ascii());
            for (found, known) in files.iter().zip(known) {
                same(found, known).with_context(|| format!("{:?}", known.name))?;
            }
        }
        let subtrees = dump["kho"]["subtrees"].as_array().into_iter().flatten();
        let areas = subtrees.flat_map(|s| s["reserve_mem"].as_array().into_iter().flatten());
        let (name, size) = odd::RESERVED;
        let reserved = areas.filter(|area| area["name"] == name && area["size"] == size).count();
        ensure!(reserved == 1, "what was reserved by name was read {reserved} times");
        let (as_known, what) = unclaimed::judge(dump);
        ensure!(as_known, what);
        Ok(())
    }

    /// Takes out each memfd of upstream's handler and compares sums. `take` is given what to take, and
    /// to which file.
    pub(super) fn extract(
        &self,
        to: &Path,
        take: &dyn Fn(&OsStr, &Path) -> Result<()>,
    ) -> Result<()> {
        for file in self.files.iter().filter(|file| file.is_upstreams()) {
            let mut which = OsString::from(OsStr::from_bytes(&file.session));
            which.push(format!("/{:#x}", file.token));
            let _ = fs::remove_file(to);
            take(&which, to)?;
            let sum = Sha256::digest(fs::read(to)?);
            let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
            fs::remove_file(to)?;
            if file.facts.get("sha256") != Some(&sum) {
                bail!("{:?}: the content that was taken out is another: {sum}", file.name);
            }
        }
        Ok(())
    }
}

/// Whether a file was read as it was.
fn same(found: &Value, known: &File) -> Result<()> {
    ensure!(found["token"] == format!("{:#x}", known.token), "the token is {}", found["token"]);
    let members = if known.is_upstreams() {
        ensure!(found["handler"] == "memfd-v2", "the handler is {}", found["handler"]);
        [("pos", "position"), ("size", "size"), ("seals", "seals")]
            .map(|m| (&found["memfd"][m.0], m.1))
    } else {
        let row = &found["image"]["content"]["tables"][0]["rows"][0];
        [("position", "position"), ("size", "size"), ("seals", "seals")].map(|m| (&row[m.0], m.1))
    };
    for (read, fact) in members {
        ensure!(*read == known.fact(fact)?, "{fact} is {}, and not {read}", known.fact(fact)?);
    }
    if known.is_upstreams() {
        let folios = found["memfd"]["folios"].as_array().context("a memfd has folios")?;
        let pages = folios.iter().map(|run| Ok(number(&run["count"])? << number(&run["order"])?));
        let (pages, size) = (pages.sum::<Result<u64>>()?, known.fact("size")?);
        // The last folio may reach beyond the end.
        ensure!(pages >= size.div_ceil(4096), "{pages} pages for {size} bytes");
    }
    Ok(())
}

/// A name: text, or an object with its bytes in hexadecimal.
fn bytes(name: &Value) -> Vec<u8> {
    if let Some(text) = name.as_str() {
        return text.as_bytes().to_vec();
    }
    let digits = name["bytes"].as_str().unwrap_or_default().as_bytes();
    let pairs = digits.chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}
