//! Every rule fires on its own example.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use kserial_cli::judge::Verdict;
use kserial_cli::kernel::Kernel;
use kserial_cli::rules::{self, Severity};

/// The kernel that an example describes: a name of the catalogue, or a schema.
fn example(name: &str, text: &str) -> Kernel {
    match text.strip_prefix("linux:") {
        Some(release) => Kernel::of_linux(release).unwrap(),
        None => Kernel::from_toml(name, text).unwrap_or_else(|error| panic!("{name}: {error}")),
    }
}

#[test]
fn every_rule_fires_on_its_example_and_not_where_nothing_changed() {
    for id in rules::ids() {
        let rule = rules::get(id).unwrap_or_else(|| panic!("{id}.toml is no rule"));
        assert_eq!(rule.id, id);
        // Stands for what the core may find one day and no rule describes yet.
        if id == "KS0100" {
            continue;
        }
        let (before, after) = (example("before", &rule.before), example("after", &rule.after));
        let (writer, reader) = match rule.direction.as_str() {
            "update" => (&before, &after),
            "rollback" => (&after, &before),
            other => panic!("{id}: direction {other}"),
        };
        let verdict = Verdict::of(writer, reader);
        let found: Vec<&str> = verdict.findings.iter().map(|finding| finding.rule).collect();
        assert!(found.contains(&id), "{id} does not fire on its example; found {found:?}");

        // What is about one input, or about what nobody knows, stands without any change.
        let of_one_side = ["KS0203", "KS0209", "KS0210", "KS0215", "KS0501", "KS0502"];
        if !of_one_side.contains(&id) {
            let verdict = Verdict::of(&before, &before);
            let fires = verdict.findings.iter().any(|finding| finding.rule == id);
            let same_flaw = matches!(id, "KS0301" | "KS0302" | "KS0303");
            assert!(!fires || same_flaw, "{id} fires where nothing changed");
        }
    }
}

#[test]
fn every_finding_has_a_rule_and_every_rule_says_something() {
    for id in rules::ids() {
        let rule = rules::get(id).unwrap();
        for text in [&rule.title, &rule.sentence, &rule.consequence, &rule.fix] {
            assert!(text.len() > 8, "{id}: \"{text}\"");
        }
        assert!(id.len() == 6 && id.starts_with("KS"), "{id}");
        assert!(rule.severity >= Severity::Note);
    }
}

#[test]
fn the_severity_of_a_rule_is_that_of_its_example() {
    for rule in rules::ids().filter_map(rules::get).filter(|rule| rule.id != "KS0100") {
        let (before, after) = (example("before", &rule.before), example("after", &rule.after));
        let (writer, reader) = match rule.direction.as_str() {
            "rollback" => (&after, &before),
            _ => (&before, &after),
        };
        let verdict = Verdict::of(writer, reader);
        let finding = verdict.findings.iter().find(|finding| finding.rule == rule.id).unwrap();
        let severity = match finding.grade {
            kserial::Grade::Incompatible => Severity::Error,
            kserial::Grade::Conditional => Severity::Warning,
            _ => Severity::Note,
        };
        assert_eq!(severity, rule.severity, "{}", rule.id);
    }
}

#[test]
fn what_is_said_of_a_missing_member_holds_of_missing_elements_too() {
    // No 0 among the values, and no default: there is nothing to put where elements are missing.
    let lanes = |count: u8| {
        let text = format!(
            "[[record]]\nname = \"volume\"\nrow = 8\nmember = [{{ id = 1, name = \"lanes\", kind = \
             \"unsigned\", bits = 8, count = {count}, values = [{{ low = 1, high = 3 }}], critical = \
             true }}]"
        );
        example(&format!("lanes-{count}"), &text)
    };
    let says = |writer: &Kernel, reader: &Kernel| {
        let verdict = Verdict::of(writer, reader);
        let finding = verdict.findings.first().unwrap();
        (finding.rule, finding.sentence.clone())
    };
    let (rule, sentence) = says(&lanes(4), &lanes(8));
    assert_eq!((rule, sentence.contains("or elements of one")), ("KS0108", true), "{sentence}");
    let (rule, sentence) = says(&lanes(8), &lanes(4));
    assert_eq!(
        (rule, sentence.contains("or not all its elements")),
        ("KS0109", true),
        "{sentence}"
    );
}

#[test]
fn what_becomes_of_an_unknown_critical_record_depends_on_its_carrier() {
    let (critical, moved) = (rules::get("KS0213").unwrap(), rules::get("KS0216").unwrap());
    let plain = critical.before.replace("critical = true\n", "");
    assert_ne!(plain, critical.before);
    let lease = "name = \"lease\"\n";
    let by = |carrier: &str| {
        critical.before.replace(lease, &format!("{lease}carrier = \"{carrier}\"\n"))
    };
    let flagged = moved.before.replace("row = 8\n", "row = 8\ncritical = true\n");
    let cases = [
        (critical.before.clone(), &critical.after, "refuses an image that has such rows"),
        (plain, &critical.after, "does without the lease rows"),
        (by("file"), &critical.after, "every open of /dev/liveupdate fails"),
        (by("flb"), &critical.after, "ignores the lease images"),
        (by("subtree"), &critical.after, "ignores the lease images"),
        (moved.before.clone(), &moved.after, "does without the pci-device rows"),
        (flagged, &moved.after, "refuses an image that has such rows"),
    ];
    for (before, after, words) in cases {
        let verdict = Verdict::of(&example("before", &before), &example("after", after));
        let then = &verdict.findings.first().unwrap().then;
        assert!(then.contains(words), "{words}: {then}\n{before}");
    }
}

#[test]
fn what_is_not_known_is_not_stated_as_a_fact() {
    let thp = "TRANSPARENT_HUGEPAGE = { on = false, evidence = \"config\" }\n";
    let cases = [
        // Without a command line, without an option, without a page size.
        ("KS0304", "cmdline = \"kho=off liveupdate=on\"\n", "nothing that is known switches Kexec"),
        ("KS0308", "cmdline = \"kho=on\"\n", "nothing that is known switches the Live"),
        ("KS0305", thp, "is not known to have folios larger"),
        ("KS0307", "page-size = 65536\n", "are not known to have one page size"),
    ];
    for id in rules::ids() {
        let rule = rules::get(id).unwrap();
        assert_eq!(rule.untold.is_some(), cases.iter().any(|(of, ..)| *of == id), "{id}");
    }
    let of_one_machine = |text: &str| {
        text.replace("scope = \"kernel\"\n", "scope = \"kernel\"\narch = \"aarch64\"\n")
    };
    for (id, fact, words) in cases {
        let rule = rules::get(id).unwrap();
        assert!(rule.after.contains(fact), "{id}");
        let says = |after: &str| {
            let before = example("before", &of_one_machine(&rule.before));
            let verdict = Verdict::of(&before, &example("after", &of_one_machine(after)));
            let mut found = verdict.findings.iter().filter(|finding| finding.rule == id);
            (found.next().unwrap().sentence.clone(), found.next().is_none())
        };
        let (known, unknown) = (says(&rule.after), says(&rule.after.replace(fact, "")));
        assert!(!known.0.contains("known") && known.1, "{id}: {known:?}");
        assert!(unknown.0.contains(words) && unknown.1, "{id}: {unknown:?}");
    }
}

#[test]
fn types_that_agree_hide_nothing_else_that_is_known() {
    let rule = rules::get("KS0210").unwrap();
    let renamed = rule.after.replace("max_nr_devices", "most_devices");
    let more = "[[component.layout]]\nname = \"slots\"\nrow = 8\nmember = [{ id = 1, name = \
                \"slot\", kind = \"unsigned\", bits = 64 }]\n";
    let told = "on-unknown = \"leaked\"\n";
    let with_missing = rule.after.replace(told, &format!("{told}missing = [\"pci_ser\"]\n"));
    let unseen = rule.after.replace("evidence = \"btf\"", "evidence = \"string-alone\"");
    let unseen = unseen.split("[[component.layout]]").next().unwrap().to_owned();
    let before = rule.before.clone();
    let cases = [
        (before.clone(), renamed, vec!["KS0210", "KS0206"], ""),
        (format!("{before}{more}"), rule.after.clone(), vec!["KS0210", "KS0205"], ""),
        (before.clone(), with_missing, vec!["KS0210"], "the BTF of kernel has no struct pci_ser"),
        // Nothing is written or read that the other has not: nobody knows what that one has.
        (before.clone(), unseen.clone(), vec!["KS0210"], "no structs of kernel are known"),
        (unseen, before, vec!["KS0210"], "no structs of kernel are known"),
    ];
    for (before, after, expected, words) in cases {
        let verdict = Verdict::of(&example("before", &before), &example("after", &after));
        let found: Vec<&str> = verdict.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!((verdict.grade, found), (kserial::Grade::Conditional, expected), "{words}");
        let untold = verdict.findings.iter().find(|finding| finding.rule == "KS0210").unwrap();
        assert_eq!(untold.details.join("\n"), words);
    }
}

#[test]
fn a_matrix_names_what_fails_for_certain_before_what_only_may() {
    let rule = rules::get("KS0219").unwrap();
    let mut kernels = [example("before", &rule.before), example("after", &rule.after)];
    // Whether that one is switched on comes first and is not known.
    kernels[1].cmdline = None;
    let matrix = kserial_cli::report::Matrix::of(&kernels);
    let verdict = matrix.cell(0, 1).unwrap();
    let first = verdict.findings.first().unwrap_or_else(|| panic!("{verdict:?}"));
    assert_eq!(first.rule, "KS0304");
    let json: serde_json::Value = serde_json::from_str(&matrix.json()).unwrap();
    assert_eq!(json["cells"][0]["rule"], "KS0219");
    let text = matrix.text(kserial_cli::report::Paint::plain()).to_string();
    assert!(text.contains("KS0219  pci"), "{text}");
}
