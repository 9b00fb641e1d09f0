//! What the guest preserves: whatever the interface of live update lets pass.
//!
//! Names of sessions are any bytes but NUL, tokens any 64 bits and the same in several sessions; a
//! memfd may be empty, sparse, in pieces, or made of huge pages and what is left of them.

use lab_guest::Step;

const PAGE: u64 = 4096;
const HUGE: u64 = 2 << 20;
const SHRINK: u32 = 0x2;
const GROW: u32 = 0x4;

/// What the kernel is asked to reserve by name: KHO hands it over too.
pub(super) const RESERVED: (&str, u64) = ("lab-trace", 1 << 20);

/// Sessions of which there are many, each with a file.
pub(super) const MANY: u32 = 300;

/// Where a kernel with huge pages is told to use them for memfds.
const HUGE_PAGES: &str = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";

/// A session, and what the steps call it.
pub(super) const SESSIONS: [(&str, &[u8]); 9] = [
    ("plain", b"plain"),
    ("slashes", b"vm/17//disk/"),
    ("spaces", b"  both ends  "),
    ("letters", "größe-\u{65e5}\u{672c}\u{202e}txt".as_bytes()),
    ("terminal", b"\x1b[31mred\x07\r\nKHO kho-v4\t\x9b2J"),
    ("no-text", b"\xff\xfe\x80\\xff"),
    ("longest", &[b'x'; 63]),
    ("like-a-token", b"plain/0x0"),
    ("no-files", b"\"quoted\""),
];

/// A file that is preserved.
struct File {
    session: &'static str,
    token: u64,
    make: Step,
}

fn full(session: &'static str, token: u64, size: u64, seals: u32, position: u64) -> File {
    let file = format!("{session}-{token:x}");
    let seed = token ^ size << 20;
    File { session, token, make: Step::Memfd { file, size, seed, seals, position } }
}

fn sparse(
    session: &'static str,
    token: u64,
    size: u64,
    parts: &[(u64, u64)],
    holes: &[(u64, u64)],
) -> File {
    let file = format!("{session}-{token:x}");
    let (parts, holes) = (parts.to_vec(), holes.to_vec());
    let make = Step::SparseMemfd { file, size, seed: token ^ size << 20, parts, holes };
    File { session, token, make }
}

fn files() -> Vec<File> {
    let ours = |token, size, position| {
        let file = format!("kserial:{token:x}");
        let make = Step::Memfd { file, size, seed: token, seals: GROW, position };
        File { session: "plain", token, make }
    };
    let mut files = vec![
        full("plain", 0, PAGE, 0, 0),
        full("plain", u64::MAX, 5 * PAGE + 17, SHRINK | GROW, 4113),
        ours(0x10, 3 * PAGE + 1, 77),
        ours(0x11, 0, 0),
        full("slashes", 0x11, 0, 0, 0),
        full("slashes", 0, 1, 0, 1 << 40),
        // A hole at either end and in between, and a last page that is not full.
        sparse("spaces", 0, 3 * HUGE + 5, &[(64 * PAGE, 2 * PAGE), (HUGE, 8)], &[]),
        sparse("letters", 7, 9 * PAGE, &[], &[]),
        full("terminal", 0, 3 * PAGE, 0x3f & !0x20, 0),
        full("no-text", 1, PAGE + 1, 0, 0),
        full("longest", 1 << 63, 2 * PAGE, 0, 0),
        full("like-a-token", 0x11, PAGE, GROW, 0),
    ];
    // Whole folios of 2 MiB; and one that holes leave pieces of, of every order in between.
    let pieces = [(HUGE + PAGE, PAGE), (HUGE + HUGE / 2, 16 * PAGE), (3 * HUGE - PAGE, PAGE)];
    let parts: Vec<_> = (0..4).map(|n| (n * HUGE, 2 * PAGE)).collect();
    files.push(sparse("plain", 0x20, 2 * HUGE, &parts[..2], &[]));
    files.push(sparse("plain", 0x21, 4 * HUGE - 100, &parts, &pieces));
    files
}

/// The steps of the first stage: `inside` when all is preserved.
pub(super) fn steps(inside: Vec<Step>) -> Vec<Step> {
    let mut steps = vec![Step::Write { path: HUGE_PAGES.into(), text: "always".into() }];
    let sessions = SESSIONS.iter().map(|(session, name)| Step::NameSession {
        session: (*session).to_owned(),
        name: name.to_vec(),
    });
    steps.extend(sessions);
    for File { session, token, make } in files() {
        let (Step::Memfd { file, .. } | Step::SparseMemfd { file, .. }) = &make else { continue };
        let file = file.clone();
        let session = session.to_owned();
        steps.push(make);
        steps.push(Step::Preserve { session, token, file: file.clone() });
        steps.push(Step::Describe { file });
    }
    steps.push(Step::Write { path: HUGE_PAGES.into(), text: "never".into() });
    steps.push(Step::CreateMany { prefix: "many".into(), sessions: MANY, files: 1 });
    steps.extend(inside);
    steps.push(Step::Kexec);
    steps
}

/// Whether a kernel may fail to do this: one without huge pages has nothing to switch on.
pub(super) fn may_fail(step: &Step) -> bool {
    matches!(step, Step::Write { path, .. } if path == HUGE_PAGES)
}
