//! `kserial explain`: a rule in full.

use std::fmt::Write as _;

use super::arguments::ExplainArguments;
use super::{print, Failure};
use crate::report::Exit;
use crate::rules::{self, Rule};

pub(super) fn run(arguments: &ExplainArguments) -> Result<Exit, Failure> {
    match &arguments.rule {
        Some(id) => {
            let id = id.to_uppercase();
            let unknown =
                || Failure::usage(format!("there is no rule {id}; `kserial explain` lists them"));
            print(text(rules::get(&id).ok_or_else(unknown)?))?;
        }
        None => {
            let mut list = String::new();
            for rule in rules::ids().filter_map(rules::get) {
                let _ = writeln!(list, "{}  {:7}  {}", rule.id, rule.severity.name(), rule.title);
            }
            print(list)?;
        }
    }
    Ok(Exit::Compatible)
}

fn text(rule: &Rule) -> String {
    let mut text = format!("{} ({}): {}\n", rule.id, rule.severity.name(), rule.title);
    let _ = writeln!(text, "\n{}\n", rule.consequence.trim());
    let _ = writeln!(text, "What to do: {}", rule.fix.trim());
    let examples = [("Before", &rule.before), ("After", &rule.after)];
    for (when, example) in examples.into_iter().filter(|(_, example)| !example.is_empty()) {
        let _ = writeln!(text, "\n{when}:\n");
        for line in example.trim().lines() {
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}
