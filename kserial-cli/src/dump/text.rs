//! The tree.

use std::fmt::{self, Display};
use std::io::{self, Write};

use kserial::kho::image::{Stored, Summary};
use kserial::kho::{Blob, Content as Said, Map, Run};
use kserial::luo::{Content, File, Flb, Memfd, Session, State};

use super::Dump;
use crate::image::{self, Contents};
use crate::name::Name;
use crate::quantity::{Bytes, Count};

/// The most that a column is wide.
const WIDEST: usize = 64;
/// How many unclaimed runs are listed.
const UNCLAIMED: usize = 16;

/// What to show beyond the tree.
#[derive(Clone, Copy, Debug, Default)]
pub struct Detail {
    /// Every run of folios.
    pub folios: bool,
    /// What of KSerial images.
    pub images: image::Detail,
}

impl Dump {
    /// Draws everything as a tree.
    ///
    /// # Errors
    /// Those of writing.
    pub fn text(&self, out: &mut dyn Write, detail: Detail) -> io::Result<()> {
        let preserved = self.preserved.borrow();
        let (pages, tallies) = (preserved.pages(), preserved.tallies());
        let unclaimed: Vec<Run> = preserved.unclaimed().collect();
        drop(preserved);
        let free: u64 = unclaimed.iter().map(|run| run.pages()).sum();
        let claimed = match free {
            _ if pages == 0 => "or the map of them cannot be read".to_owned(),
            0 => "all claimed".to_owned(),
            _ => format!("{} claimed by nobody", Count(free)),
        };
        let handover = &self.handover;
        writeln!(
            out,
            "KHO {}   {} page{} preserved ({}), {claimed}",
            handover.root.version.name(),
            Count(pages),
            if pages == 1 { "" } else { "s" },
            Bytes(pages.saturating_mul(self.pages.bytes() as u64)),
        )?;
        let place = handover.root.at.map_or("in a file".to_owned(), |at| format!("{:#x}", at.0));
        let map = match &handover.map {
            Map::Radix(nodes) => format!("radix tree, {} nodes", Count(nodes.len() as u64)),
            Map::List(chunks) => format!("list, {} pages", Count(chunks.len() as u64)),
        };
        writeln!(
            out,
            "├ root {place}, {} bytes; map {:#x}, {map}",
            handover.root.bytes, handover.root.map.0
        )?;
        let orders =
            tallies.iter().map(|tally| format!("order {} × {}", tally.order, Count(tally.keys)));
        writeln!(out, "├ preserved {}", list(orders, "nothing"))?;
        for run in unclaimed.iter().take(UNCLAIMED) {
            writeln!(out, "├ claimed by nobody  {}", self.place(run))?;
        }
        if let Some(more) = unclaimed.len().checked_sub(UNCLAIMED).filter(|more| *more > 0) {
            writeln!(
                out,
                "├ claimed by nobody  {} more runs (--format json lists them)",
                Count(more as u64)
            )?;
        }
        for area in &self.scratch {
            writeln!(out, "├ scratch {:#x}, {}", area.addr.0, Bytes(area.size))?;
        }
        for blob in &handover.blobs {
            blob_line(out, blob)?;
            if let Said::Image(stored, _) = &blob.content {
                self.image_rows(out, stored, "│   ", detail)?;
            }
        }
        match (&self.luo, handover.root.subtree("LUO")) {
            (Some(luo), _) => self.luo_tree(out, luo, detail)?,
            (None, Some(named)) => {
                let (at, size) = (named.data.0, Count(named.size));
                writeln!(out, "└ LUO {at:#x}, {size} bytes   could not be read: sessions unknown")?;
            }
            (None, None) => writeln!(out, "└ no LUO: this kernel has none, or it is off")?,
        }
        Ok(())
    }

    fn place(&self, run: &Run) -> String {
        let at = self.pages.at(run.first.frame).map_or(u64::MAX, |at| at.0);
        format!("{at:#x}  order {} × {}", run.first.order, Count(run.keys))
    }

    fn luo_tree(&self, out: &mut dyn Write, luo: &State, detail: Detail) -> io::Result<()> {
        let sessions = luo.sessions.as_deref();
        let note = match sessions {
            None => "   sessions unknown: not serialized, or not readable",
            Some(_) => "",
        };
        writeln!(out, "└ LUO {}, live update {}{note}", luo.version.name(), Count(luo.number))?;
        let sessions = sessions.unwrap_or_default();
        let users = luo.flbs.iter().map(|flb| Name(&flb.name).to_string().chars().count());
        let width = users.max().unwrap_or(0);
        for (n, session) in sessions.iter().enumerate() {
            let last = luo.flbs.is_empty() && n + 1 == sessions.len();
            let (branch, stem) = if last { ("└", "  ") } else { ("├", "│ ") };
            self.session_tree(out, session, branch, stem, detail)?;
        }
        for (n, flb) in luo.flbs.iter().enumerate() {
            let last = n + 1 == luo.flbs.len();
            flb_line(out, if last { "└" } else { "├" }, flb, width)?;
            if let Content::Image(stored, _) = &flb.content {
                self.image_rows(out, stored, if last { "      " } else { "  │   " }, detail)?;
            }
        }
        Ok(())
    }

    fn session_tree(
        &self,
        out: &mut dyn Write,
        session: &Session,
        branch: &str,
        stem: &str,
        detail: Detail,
    ) -> io::Result<()> {
        let empty = if session.files.is_empty() { "   no files" } else { "" };
        writeln!(out, "  {branch} session {}{empty}", Name(&session.name))?;
        let lines: Vec<[String; 4]> = session.files.iter().map(columns).collect();
        let width = |column: usize| {
            let lengths =
                lines.iter().filter_map(|line| line.get(column)).map(|t| t.chars().count());
            // One that is longer than a line must not push all others apart.
            lengths.filter(|length| *length <= WIDEST).max()
        };
        let widths = [0, 1, 2, 3].map(|column| width(column).unwrap_or(0));
        for (n, (file, [token, handler, size, rest])) in
            session.files.iter().zip(&lines).enumerate()
        {
            let last = n + 1 == session.files.len();
            let line = format!(
                "{token:<a$}  {handler:<b$}  {size:>c$}  {rest:<d$}",
                a = widths[0],
                b = widths[1],
                c = widths[2],
                d = widths[3],
            );
            let line = format!("{line}  {}", Pages(file.pages));
            writeln!(out, "  {stem}{} {}", if last { "└" } else { "├" }, line.trim_end())?;
            let below = format!("  {stem}{}  ", if last { "  " } else { "│ " });
            match &file.content {
                Content::Memfd(memfd) if detail.folios => self.folio_lines(out, memfd, &below)?,
                Content::Image(stored, _) => self.image_rows(out, stored, &below, detail)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The rows of a KSerial image; of one that is damaged, none.
    fn image_rows(
        &self,
        out: &mut dyn Write,
        stored: &Stored,
        stem: &str,
        detail: Detail,
    ) -> io::Result<()> {
        let bytes = self.bytes_of(stored);
        let parts: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
        match Contents::read(&parts) {
            Ok(contents) => contents.rows(out, stem, detail.images),
            Err(_) => Ok(()),
        }
    }

    fn folio_lines(&self, out: &mut dyn Write, memfd: &Memfd, stem: &str) -> io::Result<()> {
        let mut preserved = self.preserved.borrow_mut();
        for run in memfd.folios(&*self.memory, self.pages, &mut preserved).runs() {
            let step = run.first.key.pages();
            let last = run.first.index.saturating_add(step.saturating_mul(run.folios)) - 1;
            let lost = if run.first.preserved { "" } else { "  NOT PRESERVED" };
            writeln!(
                out,
                "{stem}pages {} to {}  at pfn {:#x}  order {} × {}{lost}",
                Count(run.first.index),
                Count(last),
                run.first.key.frame,
                run.first.key.order,
                Count(run.folios),
            )?;
        }
        Ok(())
    }
}

/// Token, handler, size and what else there is to say of a file.
fn columns(file: &File) -> [String; 4] {
    let token = format!("{:#x}", file.token);
    let handler = Name(&file.handler).to_string();
    match &file.content {
        Content::Memfd(memfd) => {
            let mut rest = Vec::new();
            if memfd.pos != 0 {
                rest.push(format!("pos {}", Count(memfd.pos)));
            }
            if memfd.seals != 0 {
                rest.push(format!("seals {}", Seals(memfd.seals)));
            }
            if memfd.flags != 0 {
                rest.push(format!("flags {:#x}", memfd.flags));
            }
            rest.push(folios(memfd));
            [token, handler, Bytes(memfd.size).to_string(), rest.join("  ")]
        }
        Content::Image(_, tables) => [token, handler, String::new(), summary(tables)],
        Content::Foreign => {
            let data = format!("data {:#x}   (no reader for this record)", file.data.0);
            [token, handler, String::new(), data]
        }
        Content::Unread => {
            [token, handler, String::new(), format!("data {:#x}   could not be read", file.data.0)]
        }
    }
}

/// The tables of a KSerial image.
fn summary(tables: &[Summary]) -> String {
    let tables =
        tables.iter().map(|table| format!("{} × {}", table.record, Count(table.rows as u64)));
    format!("KSerial image: {}", list(tables, "no tables"))
}

fn folios(memfd: &Memfd) -> String {
    if memfd.stated == 0 {
        return "no folios".to_owned();
    }
    let huge = memfd.orders.keys().any(|order| *order > 0);
    let orders =
        memfd.orders.iter().map(|(order, count)| format!("order {order} × {}", Count(*count)));
    let orders = if huge { format!(" ({})", list(orders, "")) } else { String::new() };
    let runs = match memfd.runs {
        1 => String::new(),
        runs => format!(" in {} runs", Count(runs)),
    };
    let cut = match memfd.stated.checked_sub(memfd.folios) {
        Some(missing) if missing > 0 => format!(", {} more unreadable", Count(missing)),
        _ => String::new(),
    };
    let s = if memfd.folios == 1 { "" } else { "s" };
    format!("{} folio{s}{runs}{orders}{cut}", Count(memfd.folios))
}

fn flb_line(out: &mut dyn Write, branch: &str, flb: &Flb, width: usize) -> io::Result<()> {
    let name = format!("{:<width$}", Name(&flb.name).to_string());
    let s = if flb.users == 1 { "" } else { "s" };
    let (users, data) = (Count(flb.users), flb.data.0);
    let what = match &flb.content {
        Content::Image(_, tables) => summary(tables),
        Content::Unread => format!("data {data:#x}   could not be read"),
        _ => format!("data {data:#x}   (no reader for this record)"),
    };
    let line = format!("FLB {name}  {users} file{s}  {what}  {}", Pages(flb.pages));
    writeln!(out, "  {branch} {}", line.trim_end())
}

fn blob_line(out: &mut dyn Write, blob: &Blob) -> io::Result<()> {
    let name = Name(blob.named.name.as_bytes());
    match &blob.content {
        Said::Metadata { previous_release, kexec_count } => {
            let release = Name(previous_release);
            writeln!(out, "├ {name}   from {release}, kexec {kexec_count}")
        }
        Said::ReserveMem(areas) => {
            writeln!(
                out,
                "├ {name}   {} area{}",
                areas.len(),
                if areas.len() == 1 { "" } else { "s" }
            )?;
            for (name, area) in areas {
                let name = Name(name.as_bytes());
                writeln!(out, "│   {name}  {:#x}, {}", area.start.0, Bytes(area.size))?;
            }
            Ok(())
        }
        Said::Image(_, tables) => writeln!(out, "├ {name}   {}", summary(tables)),
        Said::Unknown => writeln!(
            out,
            "├ {name}   {:#x}, {} bytes   (no reader for this subtree)",
            blob.named.data.0,
            Count(blob.named.size),
        ),
    }
}

fn list(parts: impl Iterator<Item = String>, none: &str) -> String {
    let joined = parts.collect::<Vec<_>>().join(", ");
    if joined.is_empty() {
        none.to_owned()
    } else {
        joined
    }
}

/// How many pages belong to something; nothing where none are known.
struct Pages(u64);

impl Display for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            1 => f.write_str("1 page"),
            pages => write!(f, "{} pages", Count(pages)),
        }
    }
}

/// Seals by name.
struct Seals(u32);

/// The names of `F_SEAL_…`, by bit.
pub(super) const SEALS: [&str; 6] = ["seal", "shrink", "grow", "write", "future-write", "exec"];

impl Display for Seals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = SEALS.iter().enumerate().filter(|(bit, _)| self.0 & 1 << bit != 0);
        let mut words: Vec<String> = named.map(|(_, name)| (*name).to_owned()).collect();
        let unknown = self.0 & !0x3f;
        if unknown != 0 {
            words.push(format!("{unknown:#x}"));
        }
        f.write_str(&words.join(" "))
    }
}
