//! Preserved pages that nothing tells of: those of upstream's own test, and no more.

use serde_json::Value;

/// What upstream's own test of Kexec Handover preserves at a cold boot: folios of random orders, twice as
/// much as the largest has, and two pages of a list of them. Only that test finds them again.
const KHO_TEST: u64 = 2 * 1024 + 2;

/// Whether there are as many in a dump as there should be, and how many there are.
pub(crate) fn judge(dump: &Value) -> (bool, String) {
    let kho = &dump["kho"];
    let unclaimed = kho["unclaimed"].as_array().map(|runs| runs.iter().map(pages).sum::<u64>());
    let mut subtrees = kho["subtrees"].as_array().into_iter().flatten();
    let tested = subtrees.any(|subtree| subtree["name"] == "kho_test");
    let expected = Some(if tested { KHO_TEST } else { 0 });
    (unclaimed == expected, format!("preserved pages that nothing tells of: {unclaimed:?}"))
}

/// The pages of a run of folios.
fn pages(run: &Value) -> u64 {
    let number = |name: &str| run[name].as_u64().unwrap_or(0);
    number("count") << number("order")
}
