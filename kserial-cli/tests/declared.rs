//! What the notes of one record say together: FORMAT.md, section 4. Several notes of a kernel and its
//! modules add up where they agree, and say nothing where they do not.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod made;

use std::fs;
use std::path::Path;

use kserial::Grade::{self, Compatible, Conditional, Identical, Incompatible};
use kserial_cli::in_use::{manifest, InUse};
use kserial_cli::judge::{Finding, Verdict};
use kserial_cli::kernel::Kernel;
use kserial_cli::observe;
use made::elf::Elf;

/// A note of `volume`: what is said of it, in the module where one is named, with rows of a layout that
/// has this second member.
fn note(said: &str, second: &str) -> String {
    format!(
        r#"
[[record]]
name = "volume"
row = 16
{said}
member = [
    {SIZE}
    {second}
]
"#
    )
}

const SIZE: &str = r#"{ id = 1, name = "size", kind = "unsigned", bits = 64 },"#;
const A: &str = r#"{ id = 2, name = "blocks", kind = "unsigned", bit = 64, bits = 64 },"#;
/// Does not take what A says, nor A what it says.
const B: &str = r#"{ id = 2, name = "blocks", kind = "signed", bit = 64, bits = 64 },"#;

fn kernel(name: &str, notes: &[String], loaded: Option<&[&str]>) -> Kernel {
    let mut kernel = Kernel::from_toml(name, &notes.concat()).unwrap();
    kernel.loaded = loaded.map(|modules| modules.iter().map(|&module| module.to_owned()).collect());
    kernel
}

/// The verdict on an update, and the rules of what is not at least compatible in it.
fn graded(verdict: &Verdict) -> (Grade, Vec<&'static str>) {
    let bad = |finding: &&Finding| finding.grade > Compatible;
    (verdict.grade, verdict.findings.iter().filter(bad).map(|finding| finding.rule).collect())
}

fn state_of(json: &str) -> InUse {
    manifest::read(format!(r#"{{"schema": "kserial-manifest/1", {json}}}"#).as_bytes()).unwrap()
}

/// What it is, the notes of the next kernel, its loaded modules if known, the grade, and the rules.
type Case<'a> = (&'a str, &'a [String], Option<&'a [&'a str]>, Grade, &'a [&'a str]);

#[test]
fn of_notes_that_contradict_each_other_none_is_believed() {
    let file = "carrier = \"file\"";
    let in_x = "carrier = \"file\"\nmodule = \"x\"";
    let in_y = "carrier = \"file\"\nmodule = \"y\"";
    let a = kernel("old", &[note(file, A)], None);
    let built_in_and_stale = [note(file, B), note(in_x, A)];
    let good_and_stale = [note(file, A), note(in_x, B)];
    let two_modules = [note(in_x, B), note(in_y, A)];
    let two_carriers = [note(file, A), note("carrier = \"flb\"", A)];
    let other_order =
        [note(file, A), note(in_x, A).replace(SIZE, "").replace(A, &format!("{A}\n    {SIZE}"))];
    let cases: [Case<'_>; 9] = [
        // What is built in is what reads, whatever a module that may be loaded says.
        ("stale", &built_in_and_stale, None, Incompatible, &["KS0102", "KS0217"]),
        ("stale, loaded", &built_in_and_stale, Some(&["x"]), Incompatible, &["KS0217"]),
        ("stale, left out", &built_in_and_stale, Some(&[]), Incompatible, &["KS0102"]),
        ("good", &good_and_stale, None, Conditional, &["KS0217"]),
        ("good, left out", &good_and_stale, Some(&[]), Identical, &[]),
        ("one of two", &two_modules, None, Conditional, &["KS0301", "KS0217"]),
        ("the right one", &two_modules, Some(&["y"]), Identical, &[]),
        ("two carriers", &two_carriers, None, Incompatible, &["KS0217"]),
        ("alike", &other_order, Some(&["x"]), Identical, &[]),
    ];
    for (what, notes, loaded, grade, rules) in cases {
        let next = kernel("next", notes, loaded);
        let verdict = Verdict::with_fixes(&a, &next, &[]);
        let (found, of_rules) = graded(&verdict);
        assert_eq!(found, grade, "{what}: {verdict:#?}");
        for rule in rules {
            assert!(of_rules.contains(rule), "{what}: {rule} in {of_rules:?}");
        }
        for finding in verdict.findings.iter().filter(|finding| finding.rule == "KS0217") {
            assert_eq!(finding.details.len(), 2, "both places are named: {finding:?}");
            assert!(finding.fix.is_some() && !finding.then.is_empty(), "{finding:?}");
        }
        // Who writes what nobody knows is understood no better.
        if rules.contains(&"KS0217") {
            assert!(graded(&Verdict::of(&next, &a)).1.contains(&"KS0217"), "{what}, back");
        }
    }
}

#[test]
fn what_is_not_in_use_may_be_contradicted() {
    let file = "carrier = \"file\"";
    let old = kernel("old", &[note(file, A)], None);
    let next = kernel("next", &[note(file, A), note(file, B)], None);
    let answered = |state: &InUse| {
        let mut verdict = Verdict::of(&old, &next);
        state.answer(&old, &next, &mut verdict);
        graded(&verdict)
    };
    assert_eq!(answered(&state_of(r#""sessions": []"#)), (Compatible, vec![]));
    let one = r#""sessions": [{"name": "s", "files": [{"token": 1, "handler": "volume"}]}]"#;
    assert_eq!(answered(&state_of(one)), (Incompatible, vec!["KS0217"]));
}

/// What a kernel does not come up without must be there, not only be possible.
#[test]
fn what_is_required_must_be_handed_over() {
    for (carrier, none, one) in [
        (
            "file",
            r#""sessions": []"#,
            r#""sessions": [{"name": "s", "files": [{"token": 1, "handler": "volume"}]}]"#,
        ),
        (
            "subtree",
            r#""sessions": [], "subtrees": []"#,
            r#""sessions": [], "subtrees": ["volume"]"#,
        ),
    ] {
        let said = |more: &str| format!("carrier = \"{carrier}\"\n{more}");
        let next = kernel("next", &[note(&said("requires = true"), A)], None);
        let from = |old: &str| {
            let old = Kernel::from_toml("old", old).unwrap();
            let answered = |state: Option<&str>| {
                let mut verdict = Verdict::with_fixes(&old, &next, &[]);
                if let Some(json) = state {
                    state_of(json).answer(&old, &next, &mut verdict);
                }
                let bad = verdict.findings.iter().filter(|finding| finding.grade > Compatible);
                assert!(bad.clone().all(|finding| finding.fix.is_some()), "{verdict:#?}");
                graded(&verdict)
            };
            [None, Some(none), Some(one)].map(answered)
        };
        let missing = (Incompatible, vec!["KS0211"]);
        let depends = (Conditional, vec!["KS0218"]);
        for writer in ["", "module = \"x\""] {
            let [alone, none, one] = from(&note(&said(writer), A));
            assert_eq!(alone, depends, "{carrier} {writer}: nobody knows whether there is any");
            assert_eq!(none, missing, "{carrier} {writer}");
            assert_eq!((one.0 <= Compatible, one.1), (true, vec![]), "{carrier} {writer}");
        }
        // Who never writes it hands none over; having none is just what is wrong.
        let [alone, none, _] = from(&note(&said("writes = false"), A));
        assert_eq!((alone, none), (missing.clone(), missing), "{carrier}");
    }
    // The objects of a manifest that lists none are not known.
    let old = kernel("old", &[note("carrier = \"flb\"", A)], None);
    let next = kernel("next", &[note("carrier = \"flb\"\nrequires = true", A)], None);
    for (flbs, grade) in [("[]", Conditional), (r#"[{"name": "volume", "users": 1}]"#, Compatible)]
    {
        let mut verdict = Verdict::of(&old, &next);
        let state = state_of(&format!(r#""sessions": [], "flbs": {flbs}"#));
        state.answer(&old, &next, &mut verdict);
        assert_eq!(verdict.grade, grade, "{flbs}: {verdict:#?}");
    }
}

/// What a later version of the format may say beside the records is none of this one's business.
#[test]
fn notes_of_other_types_are_passed_over() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/format-1/notes");
    let memfd = fs::read(corpus.join("memfd-gen3.note")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plain = Elf::program().note("KSerial", 1, &memfd);
    let later = Elf::program().note("KSerial", 2, b"later").note("KSerial", 1, &memfd);
    let [plain, later] = [("plain", plain), ("later", later)].map(|(name, elf)| {
        let path = folder.path().join(name);
        fs::write(&path, elf.bytes()).unwrap();
        observe::open(path.to_str().unwrap()).unwrap()
    });
    assert_eq!(later.records, plain.records);
    assert_eq!(later.records.len(), 1);
    assert!(later.unread.is_empty(), "{:?}", later.unread);
}

#[test]
fn what_the_next_kernel_leaves_in_a_module_is_loaded_by_loading_that() {
    let writer = kernel("old", &[note("carrier = \"file\"", A)], None);
    let elsewhere = [note("carrier = \"file\"\nmodule = \"x\"", A)];
    let fix = |reader: &Kernel| {
        let verdict = Verdict::with_fixes(&writer, reader, &[]);
        let finding = verdict.findings.into_iter().find(|finding| finding.rule == "KS0214");
        finding.unwrap().fix.unwrap()
    };
    assert!(fix(&kernel("new", &elsewhere, Some(&[]))).starts_with("load x early in new"));
    assert!(fix(&kernel("new", &[], Some(&[]))).contains("holds no volume rows"));
}

#[test]
fn of_two_kernels_of_one_release_a_sentence_names_the_one_that_it_means() {
    let folder = tempfile::TempDir::new().unwrap();
    let put = |name: &str, notes: &str| {
        let path = folder.path().join(name);
        let source =
            format!("[source]\nname = \"{name}\"\nscope = \"objects\"\nrelease = \"7.3.4\"\n");
        fs::write(&path, source + notes).unwrap();
        path
    };
    let (one, other) = (put("one.toml", &note("", A)), put("other.toml", &note("", B)));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kserial"));
    let output = command.arg("check").args([one, other]).output().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("update: what other.toml would do"), "{report}");
    assert!(!report.contains("what 7.3.4 would do"), "{report}");
}
