//! The page about it: `docs/CHECKERS.md`.

use std::fmt::Write as _;

use super::{Answers, Case};

/// How a checker did.
#[derive(Default)]
struct Score {
    asked: usize,
    right: usize,
    missed: usize,
    false_alarms: usize,
}

impl Score {
    fn of(cases: &[Case], said: &[Option<[bool; 2]>]) -> Self {
        let mut score = Self::default();
        for (case, said) in cases.iter().zip(said) {
            let Some(said) = said else { continue };
            for (harmful, alarm) in case.harmful.iter().zip(said) {
                score.asked += 1;
                match (harmful, alarm) {
                    (true, false) => score.missed += 1,
                    (false, true) => score.false_alarms += 1,
                    _ => score.right += 1,
                }
            }
        }
        score
    }
}

/// A line for each checker.
pub(super) fn summary(cases: &[Case], answers: &[Answers]) -> String {
    let mut text = String::from(
        "| checker | version | changes it can be told of | answers | right | harm missed | false alarms |\n\
         |---|---|---:|---:|---:|---:|---:|\n",
    );
    for of in answers {
        let told = of.said.iter().flatten().count();
        let s = Score::of(cases, &of.said);
        let percent = s.right * 100 / s.asked.max(1);
        let _ = writeln!(
            text,
            "| {} | {} | {told} | {} | {} ({percent} %) | {} | {} |",
            of.checker, of.version, s.asked, s.right, s.missed, s.false_alarms
        );
    }
    text
}

/// All of the page.
pub(super) fn page(cases: &[Case], answers: &[Answers]) -> String {
    let mut text = format!(
        "# What other checkers say\n\n\
         Written by `cargo xtask prove --checkers`, which installs what it can; do not edit.\n\n\
         {} changes of layouts (`compat-corpus/changes`), each in the language of every checker that\n\
         can say it, update and rollback. A checker is asked yes or no, and kindly: any complaint\n\
         counts, whatever it is about. None of them gives a direction or a grade by itself; they were\n\
         asked twice, with the versions exchanged. `kserial` says which rows and what becomes of them\n\
         as well (`cargo xtask prove --verdicts`).\n\n\
         Right is whether some row comes to harm (refused, cut, dropped, misread) when it is read by\n\
         member IDs; the reference interpreter finds out by reading rows. That is the question of a\n\
         live update, and not the one that these tools were made for: `abidiff` is right that a struct\n\
         whose members moved cannot be read in place, and in protobuf a member that was left out takes\n\
         the reader's default. \"Can be told of\" leaves out what a language has no words for: a unit,\n\
         a range, an array's length in proto, an ID in C. Changes that show nowhere (one ID, name, type\n\
         and unit, and another meaning) are left out: neither they nor `kserial` can know.\n\n\
         `kserial` is held to the same rule, twice. The plan judges two layouts. The lock judges\n\
         history: that an ID means what it meant. It is there to complain of members and values that\n\
         are renamed, of IDs that are given away, dropped or taken back, when nobody told it, whether\n\
         a row comes to harm or not. It knows no direction: what it says counts for both, and as a\n\
         false alarm where no row is harmed.\n\n",
        cases.len()
    );
    text.push_str(&summary(cases, answers));
    text.push_str("\n## The changes by which checkers are usually compared\n\n");
    text.push_str(
        "Update / rollback. **ok** and **no** are right answers; ~~struck~~ ones are wrong; · the \
         language has no words for it.\n\n",
    );
    head(&mut text, "change", answers);
    for (n, case) in cases.iter().enumerate() {
        let Some(name) = &case.known_as else { continue };
        let _ = write!(text, "| {name} |");
        let truth = case.harmful.map(word).join(" / ");
        let _ = write!(text, " {truth} |");
        for of in answers {
            let said = of.said.get(n).copied().flatten();
            let words = said.map_or("·".to_owned(), |said| {
                let each = said.iter().zip(&case.harmful);
                let each = each.map(|(said, truth)| match said == truth {
                    true => word(*said).to_owned(),
                    false => format!("~~{}~~", word(*said)),
                });
                each.collect::<Vec<_>>().join(" / ")
            });
            let _ = write!(text, " {words} |");
        }
        text.push('\n');
    }
    text.push_str("\n## By kind of change\n\nRight answers of answers.\n\n");
    head(&mut text, "change", answers);
    let mut changes: Vec<&str> = Vec::new();
    for case in cases {
        if !changes.contains(&case.change.as_str()) {
            changes.push(&case.change);
        }
    }
    for change in changes {
        let of_change = || cases.iter().enumerate().filter(|(_, case)| case.change == change);
        let harm = of_change().flat_map(|(_, case)| case.harmful).filter(|harm| *harm).count();
        let _ = write!(text, "| {change} | {harm} of {} harm |", of_change().count() * 2);
        for of in answers {
            let mut score = Score::default();
            for (n, case) in of_change() {
                let said = of.said.get(n).copied().flatten();
                let one = Score::of(std::slice::from_ref(case), &[said]);
                score.asked += one.asked;
                score.right += one.right;
            }
            let _ = match score.asked {
                0 => write!(text, " · |"),
                asked => write!(text, " {}/{asked} |", score.right),
            };
        }
        text.push('\n');
    }
    text
}

fn head(text: &mut String, first: &str, answers: &[Answers]) {
    let names: Vec<&str> =
        answers.iter().map(|of| of.checker.split(", on").next().unwrap_or_default()).collect();
    let _ = writeln!(text, "| {first} | truth | {} |", names.join(" | "));
    let _ = writeln!(text, "|---|---|{}", "---|".repeat(names.len()));
}

fn word(harmful: bool) -> &'static str {
    if harmful {
        "no"
    } else {
        "ok"
    }
}
