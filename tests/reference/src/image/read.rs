//! Reading an image back into its tables.
//!
//! Every rule of §2 that a reader refuses for is here, so that an image can be judged by two.

use super::place::extents;
use super::write::salt;
use super::{crc32, padded, Head, Table, ALIGN};
use crate::shape::{Kind, Shape};
use crate::{cells, row, rules};

/// What the head says and the tables of an image, or what is wrong with it, in a word or two.
pub fn read(segments: &[&[u8]]) -> Result<(Head, Vec<Table>), &'static str> {
    let first = *segments.first().ok_or("no segment")?;
    let head = first.get(..64).ok_or("short")?;
    if !head.starts_with(b"KSerial\0") || head[8..10] != [1, 0] || head[24] != 1 || head[27] > 1 {
        return Err("no head");
    }
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (length, count, tables) = (word(12) as usize, word(16) as usize, word(20) as usize);
    let covered = first.get(..length).ok_or("short")?;
    let start = length + ALIGN;
    let seal = first.get(length..start).ok_or("short")?;
    if seal[..4] != crc32(covered).to_le_bytes() || seal[4..] != [0; 60] || head[32..48] != [0; 16]
    {
        return Err("head sum");
    }
    let entries_at = 64 + padded(count * 4);
    let layouts_at = entries_at + padded(tables * 16);
    let lengths = covered.get(64..entries_at).ok_or("directory")?;
    let entries = covered.get(entries_at..layouts_at).ok_or("directory")?;
    if lengths[count * 4..].iter().chain(&entries[tables * 16..]).any(|byte| *byte != 0) {
        return Err("directory");
    }
    let stated =
        lengths.chunks(4).take(count).map(|l| u32::from_le_bytes([l[0], l[1], l[2], l[3]]));
    let given: Vec<usize> = segments.iter().map(|segment| segment.len()).collect();
    let fits = |length: &usize| (64..=2 << 20).contains(length) && length.is_multiple_of(64);
    if !stated.map(|length| length as usize).eq(given.iter().copied()) || !given.iter().all(fits) {
        return Err("lengths");
    }
    let mut rest = &covered[layouts_at..];
    let mut read = Vec::new();
    let mut sizes = Vec::new();
    let mut all_known = true;
    let mut strange = Vec::new();
    for entry in entries.chunks(16).take(tables) {
        let (shape, bytes, known) = layout(rest).ok_or("layout")?;
        all_known &= known;
        rest = &rest[bytes..];
        if entry[0] > 3 || entry[1] != 0 || entry[4..8] != [0; 4] || entry[13..] != [0; 3] {
            return Err("entry");
        }
        let rows =
            u64::from_le_bytes([entry[8], entry[9], entry[10], entry[11], entry[12], 0, 0, 0]);
        sizes.push((shape.row as usize, usize::try_from(rows).map_err(|_| "rows")?));
        let (late, sorted) = (entry[0] & 1 != 0, entry[0] & 2 != 0);
        strange.push(!known);
        read.push(Table { shape, rows: Vec::new(), late, sorted });
    }
    if !rest.is_empty() || count == 0 || tables > 256 {
        return Err("directory");
    }
    if (0..tables).any(|a| (0..a).any(|b| read[a].shape.record == read[b].shape.record)) {
        return Err("twice");
    }
    let extents = extents(&sizes, &given, start).ok_or("space")?;
    let mut used: Vec<Vec<bool>> = given.iter().map(|length| vec![false; *length]).collect();
    used[0][..start].fill(true);
    for extent in &extents {
        let segment = segments[extent.segment];
        used[extent.segment][extent.offset..extent.end()].fill(true);
        for (block, rows, sum) in extent.sealed() {
            let salted = crc32(&segment[rows]) ^ salt(word(28), extent.table, block);
            if segment[sum..sum + 4] != salted.to_le_bytes() {
                return Err("block sum");
            }
        }
        let table = &mut read[extent.table];
        for bytes in segment[extent.offset..extent.sums()].chunks(extent.row) {
            let known = !strange[extent.table];
            table.rows.push(if known { sound(&table.shape, bytes)? } else { row::Row::new() });
        }
    }
    let gaps = used.iter().zip(segments).flat_map(|(used, bytes)| used.iter().zip(*bytes));
    if gaps.into_iter().any(|(used, byte)| !used && *byte != 0) {
        return Err("gap");
    }
    check_ends(&read)?;
    check_depth(&read)?;
    if (read.iter().zip(&strange)).any(|(t, strange)| t.sorted && !strange && is_keyless(t)) {
        return Err("no key");
    }
    // What is not understood may part the rows of any table (§2.6).
    read.iter_mut().for_each(|table| table.sorted &= all_known);
    check_order(&read)?;
    let head = Head {
        arch: u16::from_le_bytes([head[10], head[11]]),
        page_shift: head[25],
        max_order: head[26],
        encrypted: head[27] == 1,
        number: word(28),
    };
    Ok((head, read))
}

/// The shape at the start of `bytes`, its length, and whether it is understood (§1.2): otherwise only its
/// head cell counts.
fn layout(bytes: &[u8]) -> Option<(Shape, usize, bool)> {
    let count = usize::from(u16::from_le_bytes([*bytes.get(52)?, *bytes.get(53)?]));
    let length = (count + 1) * 64;
    let known = bytes.get(64..length)?.chunks(64).all(|cell| match cell[8] {
        1 => (1..=10).contains(&cell[9]) && cell[20] < 64 && cell[21] == 0,
        tag => (2..=4).contains(&tag) || tag >= 128,
    });
    let mut head = bytes[..64].to_vec();
    head[52..54].fill(0);
    let (shape, _) = cells::decode(if known { bytes } else { &head })?;
    (count <= 512 && rules::broken(&shape).is_none()).then_some((shape, length, known))
}

fn is_keyless(table: &Table) -> bool {
    !table.shape.held().any(|member| member.key)
}

/// §2.4.
fn sound(shape: &Shape, bytes: &[u8]) -> Result<row::Row, &'static str> {
    let held = row::held_bits(shape, |member| !member.legacy);
    if bytes.iter().zip(held).any(|(byte, held)| byte & !held != 0) {
        return Err("bits of no member");
    }
    let row = row::decode(shape.held(), bytes);
    if row::is_sound(shape, &row) {
        Ok(row)
    } else {
        Err("value")
    }
}

/// §2.5.
fn check_ends(tables: &[Table]) -> Result<(), &'static str> {
    let mut counted = Vec::new();
    for table in tables {
        for mark in table.shape.held().filter(|m| m.kind == Kind::End) {
            let marks: Vec<i128> = table.rows.iter().map(|row| row[&mark.path][0]).collect();
            let child = mark.child.as_ref().ok_or("child")?;
            let rows = tables.iter().find(|t| t.shape.record == *child).map_or(0, |t| t.rows.len());
            let last = marks.last().copied().unwrap_or(0);
            if !marks.is_sorted() || usize::try_from(last) != Ok(rows) || counted.contains(child) {
                return Err("end marks");
            }
            counted.push(child.clone());
        }
    }
    Ok(())
}

/// §2.5: generations of parents, by tables.
fn check_depth(tables: &[Table]) -> Result<(), &'static str> {
    let counts = |table: &Table, record: &str| {
        table.shape.held().any(|member| member.child.as_deref() == Some(record))
    };
    for table in tables {
        let mut record = &table.shape.record;
        let mut generations = 0;
        while let Some(parent) = tables.iter().find(|parent| counts(parent, record)) {
            record = &parent.shape.record;
            generations += 1;
            if generations > 16 {
                return Err("generations");
            }
        }
    }
    Ok(())
}

/// §2.6.
fn check_order(tables: &[Table]) -> Result<(), &'static str> {
    for table in tables.iter().filter(|table| table.sorted) {
        let mut keys: Vec<_> = table.shape.held().filter(|m| m.key).collect();
        keys.sort_by_key(|member| &member.path);
        if keys.is_empty() {
            return Err("no key");
        }
        let key = |n: usize| -> Vec<i128> {
            keys.iter().flat_map(|m| table.rows[n][&m.path].clone()).collect()
        };
        let borders = borders(tables, &table.shape.record);
        let falls = |n: usize| !borders.contains(&n) && key(n - 1) >= key(n);
        if (1..table.rows.len()).any(falls) {
            return Err("order");
        }
    }
    Ok(())
}

/// The rows of `record` at which another parent's children begin.
fn borders(tables: &[Table], record: &str) -> Vec<usize> {
    let mut found = Vec::new();
    for table in tables {
        let marks = table.shape.held().filter(|m| m.child.as_deref() == Some(record));
        for mark in marks {
            found.extend(table.rows.iter().filter_map(|r| usize::try_from(r[&mark.path][0]).ok()));
        }
    }
    found
}
