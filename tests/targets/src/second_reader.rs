//! The reader in C beside this one: both take the same images and layouts, and see the same in them.

use kserial::image::ImageError;
use kserial::{Image, Layout, Plan, Verdict};
use kserial_reference::{cells, image as reference, row, rules, Kind, Shape};
use kserial_testing::{cut, seal};
use kserial_tests::judged::{path, ROOM};
use kserial_tests::records::{shape_of, Device, File, Page};
use serde_json::{json, Map, Value};

/// What another reader says: what it prints, or why it refuses.
pub type Answer = Result<String, String>;

/// Another reader of the format.
pub trait SecondReader {
    /// Verifies an image.
    fn image(&self, image: &[u8]) -> Result<(), String>;
    /// What a reader with this layout sees of its record's table, as JSON.
    fn read_as(&self, layout: &[u8], image: &[u8]) -> Answer;
    /// Verifies a layout.
    fn layout(&self, layout: &[u8]) -> Result<(), String>;
    /// The grade of reading rows of the first layout as the second one, in a word.
    fn grade(&self, source: &[u8], target: &[u8]) -> Answer;
    /// Verifies the description of a note.
    fn note(&self, description: &[u8]) -> Result<(), String>;
}

/// The bytes as an image, sealed; as the description of a note; and as two layouts.
pub fn second_reader(bytes: &[u8], other: &dyn SecondReader) {
    let note = kserial::Note::read(bytes).map(drop);
    alike("the note", note.map_err(|error| error.to_string()), other.note(bytes));
    layouts(bytes, other);
    let sealed = seal(bytes);
    let taken = verified(&sealed);
    let right = cut(&sealed).map_err(|error| error.to_string());
    let right = right.and_then(|parts| reference::read(&parts).map_err(str::to_owned));
    alike("the image, by the reference", taken.clone(), right.map(drop));
    alike("the image", taken.clone(), other.image(&sealed));
    if taken.is_ok() {
        for shape in [shape_of::<Device>(), shape_of::<File>(), shape_of::<Page>()] {
            as_seen(&sealed, &shape, other);
        }
    }
}

/// Both say yes, or both say no.
fn alike(what: &str, ours: Result<(), String>, theirs: Result<(), String>) {
    match (&ours, &theirs) {
        (Ok(()), Err(why)) => panic!("{what}: taken here, refused there: {why}"),
        (Err(why), Ok(())) => panic!("{what}: taken there, refused here: {why}"),
        _ => {}
    }
}

fn verified(image: &[u8]) -> Result<(), String> {
    let verify = |parts: Vec<&[u8]>| -> Result<(), ImageError> {
        Image::inspect(&parts, crc32fast::hash)?.verify().map(drop)
    };
    cut(image).and_then(verify).map_err(|error| error.to_string())
}

fn layouts(bytes: &[u8], other: &dyn SecondReader) {
    let Some(first) = length(bytes) else { return };
    let (first, rest) = bytes.split_at(first);
    let taken = |bytes| Layout::read(bytes).map(drop).map_err(|error| error.to_string());
    alike("the layout", taken(first), other.layout(first));
    let Some(second) = length(rest) else { return };
    let second = &rest[..second];
    alike("the second layout", taken(second), other.layout(second));
    let (Ok((source, _)), Ok((target, _))) = (Layout::read(first), Layout::read(second)) else {
        return;
    };
    let grade = Verdict::of(source, target).grade().name();
    assert_eq!(other.grade(first, second).as_deref(), Ok(grade), "the grade");
}

/// How long the layout at the start of `bytes` says it is.
fn length(bytes: &[u8]) -> Option<usize> {
    let cells = u16::from_le_bytes(*bytes.get(52..)?.first_chunk()?);
    Some((usize::from(cells) + 1) * 64).filter(|length| *length <= bytes.len())
}

/// What a reader with the layout `target` sees of an intact image.
fn as_seen(bytes: &[u8], target: &Shape, other: &dyn SecondReader) {
    let cells = cells::encode(target);
    let ours = seen(bytes, target, &cells);
    let theirs = other.read_as(&cells, bytes);
    match (ours, theirs) {
        (Err(_), Err(_)) => {}
        (Ok(ours), Ok(theirs)) => {
            let theirs: Value = serde_json::from_str(&theirs).unwrap_or_default();
            assert_eq!(ours, theirs, "what {} sees", target.record);
        }
        (Ok(_), Err(why)) => panic!("{}: read here, refused there: {why}", target.record),
        (Err(why), Ok(_)) => panic!("{}: read there, refused here: {why}", target.record),
    }
}

fn seen(bytes: &[u8], target: &Shape, cells: &[u8]) -> Result<Value, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let parts = cut(bytes).map_err(|error| text(&error))?;
    let image = Image::inspect(&parts, crc32fast::hash).map_err(|error| text(&error))?;
    let (layout, _) = Layout::read(cells).map_err(|error| text(&error))?;
    let (mut data, mut losses) = (Vec::new(), Vec::new());
    let table = image.tables().find(|table| table.layout.record() == target.record);
    let Some(table) = table.filter(|table| table.rows > 0) else {
        if table.is_none() && target.required {
            return Err("absent".to_owned());
        }
        return Ok(json!({"record": target.record, "rows": 0, "data": [], "losses": []}));
    };
    let mut room = ROOM;
    let plan = Plan::between(table.layout, layout, &mut room).map_err(|error| text(&error))?;
    for (from, rows) in image.pieces().filter(|(from, _)| from.record() == target.record) {
        if let Some(unmet) = plan.refused(rows) {
            return Err(format!("row {}", unmet.row));
        }
        losses.extend(plan.losses(rows).map(|unmet| unmet.check.member().path()));
        let mut read = vec![0; rows.len() / from.row() as usize * target.row as usize];
        plan.convert(rows, &mut read);
        data.extend(read.chunks(target.row as usize).map(|bytes| shown(target, bytes)));
    }
    let order = |lost: &kserial::Path| table.layout.members().position(|m| m.path() == *lost);
    losses.sort_by_key(order);
    losses.dedup();
    let losses: Vec<String> = losses.iter().map(|lost| dotted(&path(*lost))).collect();
    Ok(json!({"record": target.record, "rows": data.len(), "data": data, "losses": losses}))
}

/// A row as the reader in C prints it.
fn shown(shape: &Shape, bytes: &[u8]) -> Value {
    let members = || shape.members.iter().filter(|member| member.kind != Kind::Group);
    let mut values = row::decode(members(), bytes);
    let mut shown = Map::new();
    for member in members() {
        let elements = values.remove(&member.path).unwrap_or_default();
        let one = |value: &i128| match member.kind {
            Kind::Bool => Value::from(*value != 0),
            _ => Value::from(value.to_string()),
        };
        let value = match (member.kind, member.array) {
            (Kind::Bytes | Kind::Text, _) => {
                Value::from(elements.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            }
            (_, true) => elements.iter().map(one).collect(),
            (_, false) => elements.first().map(one).unwrap_or_default(),
        };
        shown.insert(dotted(&member.path), value);
    }
    debug_assert!(rules::broken(shape).is_none());
    Value::from(shown)
}

fn dotted(path: &[u16]) -> String {
    let ids: Vec<String> = path.iter().map(u16::to_string).collect();
    ids.join(".")
}
