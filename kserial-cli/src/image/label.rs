//! The names by which a row has its members: those of the records that a member is nested in, and its
//! own. Names need not be unique; where they are not, the path of IDs follows.

use std::collections::BTreeMap;

use kserial::{Layout, Member, Path};

/// The members that a row holds, each with its label; no two have the same.
pub(crate) fn labelled<'a>(layout: Layout<'a>) -> Vec<(Member<'a>, String)> {
    let members = || layout.written();
    let mut labels: Vec<String> = members().map(|member| dotted(layout, member.path())).collect();
    if !are_unique(&labels) {
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        labels.iter().for_each(|label| *times.entry(label.clone()).or_default() += 1);
        for (label, member) in labels.iter_mut().zip(members()) {
            if times.get(label).is_some_and(|times| *times > 1) {
                *label = format!("{label}#{}", member.path());
            }
        }
    }
    if !are_unique(&labels) {
        labels = members().map(|member| member.path().to_string()).collect();
    }
    members().zip(labels).collect()
}

fn dotted(layout: Layout<'_>, path: Path) -> String {
    let name = layout.member(path).map_or("", |member| member.name());
    match path.parent() {
        Some(outer) => format!("{}.{name}", dotted(layout, outer)),
        None => name.to_owned(),
    }
}

fn are_unique(labels: &[String]) -> bool {
    let mut sorted: Vec<&String> = labels.iter().collect();
    sorted.sort();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}
