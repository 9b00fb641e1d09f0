//! A case before both judges: the reference, which knows what happened to rows and what members
//! mean, and `kserial`, which knows neither.

#![allow(clippy::unwrap_used, reason = "a case that cannot go on is a mistake of the corpus")]

use std::collections::BTreeSet;
use std::panic::{catch_unwind, AssertUnwindSafe};

use kserial::lock::{Broken, History, Renamed};
use kserial::{Layout, Verdict};
use kserial_reference::cross::obstacles;
use kserial_reference::drawn::{clean_row, harmful_row, rows, Dice};
use kserial_reference::grade::demands;
use kserial_reference::history::{faults, misread, Fault, Version};
use kserial_reference::{cells, cross, grade, Crossing, Grade, Path, Row, Shape};
use kserial_tests::judged::{agree_before_any_row, agree_on_conditions, agree_on_rows, word};
use serde::Serialize;

use crate::case::Case;

/// What a case comes to.
#[derive(Clone, Debug, Serialize)]
pub struct Judged {
    /// The case.
    pub name: String,
    /// The changes in it.
    pub changes: Vec<String>,
    /// The name that it has among those who compare checkers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_as: Option<String>,
    /// The first version's rows, read by the last.
    pub update: Way,
    /// The last version's rows, read by the first.
    pub rollback: Way,
    /// What the lock must not let pass, and what it did not.
    pub lock: Locked,
    /// How `kserial` and the truth differ; nothing, if all is well.
    pub differs: Vec<String>,
}

/// One direction.
#[derive(Clone, Debug, Serialize)]
pub struct Way {
    /// What happened to rows.
    pub truth: String,
    /// What `kserial` said of the layouts.
    pub kserial: String,
    /// How many rows were tried: unharmed, with a loss, refused.
    pub rows: [usize; 3],
    /// A row that meets the conditions, where there are any and it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meets: Option<String>,
    /// A row that does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails: Option<String>,
    /// Whether the reader would take one thing for another.
    pub misread: bool,
}

/// The lock.
#[derive(Clone, Debug, Serialize)]
pub struct Locked {
    /// What history shows.
    pub truth: Vec<String>,
    /// What the lock said.
    pub kserial: Option<String>,
}

/// Judges a case.
#[must_use]
pub fn judged(case: &Case) -> Judged {
    let (first, last) = (case.versions.first().unwrap(), case.versions.last().unwrap());
    let mut differs = Vec::new();
    if let Some(path) = &case.float {
        return no_layout(case, first, last, path);
    }
    // Of two changes, each was tried on more rows alone.
    let rows = if case.changes.len() == 1 { 48 } else { 12 };
    let update = way((first, last), "update", rows, &mut differs);
    let rollback = way((last, first), "rollback", rows, &mut differs);
    let lock = locked(case, &mut differs);
    // The two judges together let no misreading pass, if anybody can know of it.
    let known = !lock.truth.is_empty() || !case.cannot_know;
    for (name, way) in [("update", &update), ("rollback", &rollback)] {
        let stopped = way.truth == "incompatible" || !lock.truth.is_empty();
        if way.misread && known && !stopped {
            differs.push(format!("{name}: misread, and no judge can know: is the corpus right?"));
        }
    }
    Judged {
        name: case.name.clone(),
        changes: case.changes.clone(),
        known_as: case.known_as.clone(),
        update,
        rollback,
        lock,
        differs,
    }
}

/// A member of a type that there is not: no checker has to guess what a conversion would do.
fn no_layout(case: &Case, first: &Version, last: &Version, path: &Path) -> Judged {
    let mut bytes = cells::encode(&last.shape);
    let of_member = |cell: &&mut [u8]| {
        let ids: Vec<u8> = path.iter().flat_map(|id| id.to_le_bytes()).collect();
        cell.starts_with(&ids) && cell[8] == 1
    };
    let cell = bytes.chunks_mut(64).skip(1).find(of_member).unwrap();
    cell[9] = 11;
    let mut differs = Vec::new();
    if cells::decode(&bytes).is_some() {
        differs.push("the reference takes it for a layout".to_owned());
    }
    let kserial = match Layout::read(&bytes) {
        Ok(_) => "a layout",
        Err(_) => "no layout",
    };
    if kserial != "no layout" {
        differs.push("kserial takes it for a layout".to_owned());
    }
    if Layout::read(&cells::encode(&first.shape)).is_err() {
        differs.push("without the float it is no layout either".to_owned());
    }
    let way = Way {
        truth: "no layout".to_owned(),
        kserial: kserial.to_owned(),
        rows: [0; 3],
        meets: None,
        fails: None,
        misread: false,
    };
    Judged {
        name: case.name.clone(),
        changes: case.changes.clone(),
        known_as: case.known_as.clone(),
        update: way.clone(),
        rollback: way,
        lock: Locked { truth: Vec::new(), kserial: None },
        differs,
    }
}

fn way(
    (source, target): (&Version, &Version),
    name: &str,
    rows: usize,
    differs: &mut Vec<String>,
) -> Way {
    let misread = !misread(source, target).is_empty();
    let (source, target) = (&source.shape, &target.shape);
    let mut dice = Dice(500);
    let tried = tried(source, target, rows, &mut dice);
    let happened = tried.grade(source, target);
    if happened != grade(source, target) {
        // The reference contradicts itself: its sets say something else than its rows.
        differs.push(format!("{name}: rows say {happened:?}, sets {:?}", grade(source, target)));
    }
    let (from, to) = (cells::encode(source), cells::encode(target));
    let said = match (Layout::read(&from), Layout::read(&to)) {
        (Ok((from, _)), Ok((to, _))) => word(Verdict::of(from, to).grade()),
        _ => {
            differs.push(format!("{name}: kserial takes a layout for none"));
            Grade::Incompatible
        }
    };
    if said != happened {
        differs.push(format!("{name}: {said:?}, and what happened is {happened:?}"));
    }
    let mut hold = |what: &str, agree: &dyn Fn()| {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(agree)) {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            let words = words.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
            differs.push(format!("{name}, {what}: {words}"));
        }
    };
    hold("verdict and plan", &|| agree_before_any_row(source, target));
    hold("rows", &|| agree_on_rows(source, target, &tried.rows));
    hold("conditions", &|| agree_on_conditions(source, target, &mut Dice(7)));
    let spelled = |row: &Row| spelled(source, target, row);
    Way {
        truth: named(happened),
        kserial: named(said),
        rows: [tried.unharmed, tried.lost, tried.refused],
        meets: tried.meets.as_ref().map(spelled),
        fails: tried.fails.as_ref().map(spelled),
        misread,
    }
}

/// Rows, and what became of them.
struct Tried {
    rows: Vec<Row>,
    unharmed: usize,
    lost: usize,
    refused: usize,
    meets: Option<Row>,
    fails: Option<Row>,
}

/// Rows of every kind: drawn where the layouts differ, one that meets every demand, and one each
/// that breaks a demand. What becomes of them is for [`cross`] to say.
fn tried(source: &Shape, target: &Shape, drawn: usize, dice: &mut Dice) -> Tried {
    let mut all = rows(source, target, drawn, dice);
    let none =
        Tried { rows: Vec::new(), unharmed: 0, lost: 0, refused: 0, meets: None, fails: None };
    if !obstacles(source, target).is_empty() {
        return Tried { refused: all.len(), rows: all, ..none };
    }
    let demands = demands(source, target);
    // Where something is always lost, a row can still be taken.
    let refusing: Vec<_> = demands.iter().filter(|demand| demand.refuses).cloned().collect();
    let clean = [&demands, &refusing].map(|demands| clean_row(source, demands, dice));
    let harmful = demands.iter().filter_map(|demand| harmful_row(source, demand, dice));
    let harmful: Vec<Row> = harmful.collect();
    all.extend(clean.into_iter().flatten().chain(harmful));
    let mut tried = Tried { rows: all, ..none };
    for row in &tried.rows {
        match cross(source, target, row) {
            Crossing::Refused(_) => tried.refused += 1,
            Crossing::Crosses { losses, .. } if !losses.is_empty() => tried.lost += 1,
            Crossing::Crosses { .. } => {
                tried.unharmed += 1;
                tried.meets = Some(row.clone());
                continue;
            }
        }
        tried.fails = Some(row.clone());
    }
    // Only a condition has two sides worth showing.
    if tried.fails.is_none() {
        tried.meets = None;
    }
    tried
}

impl Tried {
    /// The grade that the rows' fates are.
    fn grade(&self, source: &Shape, target: &Shape) -> Grade {
        let sorted = |shape: &Shape| {
            let bytes = cells::encode(shape);
            let mut cells: Vec<_> = bytes[64..].chunks(64).map(<[u8]>::to_vec).collect();
            cells.sort_unstable();
            (bytes[..64].to_vec(), cells)
        };
        match (self.unharmed, self.lost, self.refused) {
            (0, 0, _) => Grade::Incompatible,
            (_, 0, 0) if sorted(source) == sorted(target) => Grade::Identical,
            (_, 0, 0) => Grade::Compatible,
            _ => Grade::Conditional,
        }
    }
}

/// The lock of all versions but the last, held against the last.
fn locked(case: &Case, differs: &mut Vec<String>) -> Locked {
    let (now, before) = case.versions.split_last().unwrap();
    let mut truth = faults(before, now, &case.told);
    let hidden = |(_, fault): &(Path, Fault)| *fault == Fault::Meaning;
    let cannot_know = truth.iter().any(hidden);
    if cannot_know != case.cannot_know {
        differs.push("the corpus says wrongly whether anybody can know".to_owned());
    }
    truth.retain(|fault| !hidden(fault));
    let encoded: Vec<Vec<u8>> = case.versions.iter().map(|v| cells::encode(&v.shape)).collect();
    let layouts: Vec<Layout<'_>> =
        encoded.iter().map(|bytes| Layout::read(bytes).unwrap().0).collect();
    let (now, generations) = layouts.split_last().unwrap();
    let path = |ids: &Path| {
        let (first, more) = ids.split_first().unwrap();
        more.iter().fold(kserial::Path::of(*first), |path, id| path.then(*id).unwrap())
    };
    let renamed: Vec<Renamed<'_>> = case
        .told
        .iter()
        .map(|told| Renamed { path: path(&told.path), from: &told.from, to: &told.to })
        .collect();
    let said = History { generations, renamed: &renamed }.judge(*now).err();
    let agrees = match &said {
        None => truth.is_empty(),
        Some(said) => {
            let path = kserial_tests::judged::path(said.path);
            truth.contains(&(path, fault(said.what)))
        }
    };
    if !agrees {
        differs.push(format!("the lock says {said:?}, and history shows {truth:?}"));
    }
    let words: BTreeSet<String> = truth.iter().map(|(_, fault)| format!("{fault:?}")).collect();
    Locked {
        truth: words.into_iter().map(|word| word.to_lowercase()).collect(),
        kserial: said.map(|said| format!("{:?}", said.what).to_lowercase()),
    }
}

fn fault(what: Broken) -> Fault {
    match what {
        Broken::Name => Fault::Name,
        Broken::Kind => Fault::Kind,
        Broken::Array => Fault::Array,
        Broken::Unit => Fault::Unit,
        Broken::Child => Fault::Child,
        Broken::Value => Fault::Value,
        Broken::Dropped => Fault::Dropped,
        Broken::Returned => Fault::Returned,
        other => panic!("the reference does not know {other:?}"),
    }
}

fn named(grade: Grade) -> String {
    format!("{grade:?}").to_lowercase()
}

/// The members of a row that the two layouts do not have alike.
fn spelled(source: &Shape, target: &Shape, row: &Row) -> String {
    let alike = |path: &Path| match (source.member(path), target.member(path)) {
        (Some(s), Some(t)) => s.values() == t.values() && s.count == t.count,
        _ => false,
    };
    let name = |path: &Path| source.member(path).map_or(String::new(), |m| m.name.clone());
    let shown = row.iter().filter(|(path, _)| !alike(path));
    let words = shown.map(|(path, elements)| match elements.as_slice() {
        [value] => format!("{} = {value}", name(path)),
        many => format!("{} = {many:?}", name(path)),
    });
    words.collect::<Vec<_>>().join(", ")
}
