//! The states of the corpus: rows by hand, as values of members by their IDs.
//!
//! A state is written once, with every member that any generation has; a generation takes those that
//! it knows, and what it leaves out has to be unused. So `seals = 6` is a state of generations that
//! have seals, and no other.

use kserial_reference::image::Table;
use kserial_reference::{Member, Path, Row, Shape};

/// What is preserved, whichever generation hands it over.
#[derive(Clone)]
pub struct State {
    /// The folder: which records.
    pub family: &'static str,
    /// What is special about it.
    pub name: &'static str,
    /// Who can write it.
    pub generations: &'static [usize],
    /// The longest segment of its images, in bytes.
    pub segment: usize,
    tables: Vec<Rows>,
}

/// The rows of one record.
#[derive(Clone)]
struct Rows {
    record: &'static str,
    late: bool,
    sorted: bool,
    rows: Vec<Hand>,
}

/// A row by hand.
type Hand = Vec<(&'static [u16], Held)>;

/// What a member holds.
#[derive(Clone)]
enum Held {
    Number(i128),
    /// Padded with NUL.
    Text(&'static str),
    Each(Vec<i128>),
}

impl From<i128> for Held {
    fn from(number: i128) -> Self {
        Self::Number(number)
    }
}

impl From<&'static str> for Held {
    fn from(text: &'static str) -> Self {
        Self::Text(text)
    }
}

impl State {
    /// The rows of the record of this shape, as a table.
    ///
    /// # Panics
    /// When the state does not say what a member holds, or says something that the shape cannot hold.
    pub(super) fn table(&self, shape: &Shape) -> Table {
        let found = self.tables.iter().find(|rows| rows.record == shape.record);
        let found = found.unwrap_or_else(|| panic!("{}: no rows of {}", self.name, shape.record));
        let rows = found.rows.iter().map(|hand| self.row(shape, hand)).collect();
        Table { shape: shape.clone(), rows, late: found.late, sorted: found.sorted }
    }

    fn row(&self, shape: &Shape, hand: &Hand) -> Row {
        for (path, held) in hand {
            let unused = matches!(held, Held::Number(0));
            assert!(
                unused || shape.member(path).is_some(),
                "{}/{}: a generation that lacks {path:?} cannot write this state",
                self.family,
                self.name
            );
        }
        let elements = |member: &Member| -> (Path, Vec<i128>) {
            let held = hand.iter().find(|(path, _)| *path == member.path).map(|(_, held)| held);
            let mut elements = match held {
                Some(Held::Number(number)) => vec![*number],
                Some(Held::Text(text)) => text.bytes().map(i128::from).collect(),
                Some(Held::Each(elements)) => elements.clone(),
                None => panic!("{}/{}: member {:?}", self.family, self.name, member.path),
            };
            let count = member.count as usize;
            assert!(elements.len() <= count, "{}: {:?} is too long", self.name, member.path);
            elements.resize(count, 0);
            (member.path.clone(), elements)
        };
        shape.held().map(elements).collect()
    }
}

const EVERY: &[usize] = &[1, 2, 3];
const PAGE: usize = 4096;
const LARGE: usize = 2 << 20;
const LARGEST: i128 = u64::MAX as i128;

/// All states.
#[must_use]
pub fn all() -> Vec<State> {
    [sessions(), flbs(), memfds(), kinds()].concat()
}

fn session(name: &'static str, files: i128, updates: i128) -> Hand {
    vec![(&[1], name.into()), (&[2, 20], files.into()), (&[3], updates.into())]
}

fn file(handler: &'static str, token: i128, data: i128, length: i128, optional: i128) -> Hand {
    vec![
        (&[1], handler.into()),
        (&[2], data.into()),
        (&[3], token.into()),
        (&[4], length.into()),
        (&[5], optional.into()),
    ]
}

fn sessions() -> Vec<State> {
    // 63 and 47 bytes: as many as upstream takes.
    let longest = "the-longest-name-that-a-session-can-have-is-of-sixty-three-byte";
    let handler = "a-handler-whose-name-has-as-many-bytes-as-it-ca";
    let plain = |length, updates, optional| {
        let sessions = vec![
            session("golden-session", 2, updates),
            session("nothing-in-it", 2, 0),
            session("  vm/17, Zürich ", 3, LARGEST * updates.min(1)),
            session(longest, 5, 0),
        ];
        let files = vec![
            file("memfd-v2", 0x11, 0x2b0_5000, length, 0),
            file("memfd-v2", 0x22, 0x73_b000, 0, optional),
            file("vfio-pci-v2", LARGEST, 0, 0, 0),
            file(handler, 0, LARGEST, LARGEST * length.min(1), 0),
            file("memfd-v2", 0x11, 0x1000, 0, 0),
        ];
        (sessions, files)
    };
    let state = |name, generations, (sessions, files): (Vec<Hand>, Vec<Hand>)| State {
        family: "sessions",
        name,
        generations,
        segment: LARGE,
        tables: vec![
            Rows { record: "luo-session", late: false, sorted: false, rows: sessions },
            Rows { record: "luo-file", late: false, sorted: false, rows: files },
        ],
    };
    // Sessions on more than one block, files on more than one segment, sorted within each session.
    let many = State {
        family: "sessions",
        name: "many",
        generations: EVERY,
        segment: PAGE,
        tables: vec![
            Rows {
                record: "luo-session",
                late: true,
                sorted: false,
                rows: (1..=120).map(|n| session("vm", n + n / 2, 0)).collect(),
            },
            Rows {
                record: "luo-file",
                late: false,
                sorted: true,
                rows: (1..=120)
                    .flat_map(|n| (0..1 + (n + 1) % 2).map(move |token| (n, token)))
                    .map(|(n, token)| file("memfd-v2", token << 60, n << 12, 0, 0))
                    .collect(),
            },
        ],
    };
    vec![
        state("plain", EVERY, plain(0, 0, 0)),
        state("empty", EVERY, (Vec::new(), Vec::new())),
        state("lengths", &[2, 3], plain(48, 0, 0)),
        state("updates", &[3], plain(0, 7, 0)),
        state("optional", &[3], plain(0, 0, 1)),
        many,
    ]
}

fn flbs() -> Vec<State> {
    let flb = |name: &'static str, data: i128, length: i128, users: i128, version: i128| -> Hand {
        vec![
            (&[1], name.into()),
            (&[2], data.into()),
            (&[3], users.into()),
            (&[4], length.into()),
            (&[5], version.into()),
        ]
    };
    let state = |name, generations, length: i128, users: i128, version: i128| State {
        family: "flbs",
        name,
        generations,
        segment: LARGE,
        tables: vec![Rows {
            record: "luo-flb",
            late: false,
            // By name, as text is compared: byte by byte.
            sorted: true,
            rows: vec![
                flb("a-name-of-an-flb-that-takes-all-that-there-is-r", 0, 0, 0, 0),
                flb("iommu-v1", LARGEST, LARGEST * length.min(1), 1, 0),
                flb("liveupdate-test-flb-v0", 0x24e_3000, length, users, 0),
                flb("pci", 0x6bf_000, 0, 0xffff_ffff, version),
            ],
        }],
    };
    vec![
        state("plain", EVERY, 0, 2, 0),
        state("users", &[1], 0, 1 << 32, 0),
        state("lengths", &[2, 3], 4096, 2, 0),
        state("version", &[2], 0, 2, 3),
    ]
}

fn memfd(pos: i128, size: i128, end: i128, seals: i128, flags: i128, order: i128) -> Hand {
    vec![
        (&[1], pos.into()),
        (&[2], size.into()),
        (&[3], seals.into()),
        (&[4], flags.into()),
        (&[7], end.into()),
        (&[8], order.into()),
    ]
}

fn folio(pfn: i128, flags: i128, index: i128) -> Hand {
    vec![(&[1], pfn.into()), (&[2], flags.into()), (&[3], index.into())]
}

fn memfds() -> Vec<State> {
    let state = |name, generations, seals, flags, order, folio_flags, pfn| State {
        family: "memfds",
        name,
        generations,
        segment: LARGE,
        tables: vec![
            // Position and seals settle last.
            Rows {
                record: "memfd",
                late: true,
                sorted: false,
                rows: vec![
                    memfd(1234, 20480, 5, seals, 0, 0),
                    memfd(0, 0, 5, 0, flags, 0),
                    memfd(LARGEST, LARGEST, 7, 0, 0, order),
                ],
            },
            Rows {
                record: "memfd-folio",
                late: false,
                sorted: true,
                rows: vec![
                    folio(0x2b05, 0, 0),
                    folio(0x2b04, folio_flags, 1),
                    folio(0, 0, 2),
                    folio(0xf_ffff_ffff_ffff, 0, 3),
                    folio(0x73b, 0, 4),
                    folio(pfn, 0, 0),
                    folio(0x1_0000, 0, LARGEST),
                ],
            },
        ],
    };
    // More folios than a segment takes, and more than a block.
    let many = State {
        family: "memfds",
        name: "many",
        generations: EVERY,
        segment: 3 * PAGE,
        tables: vec![
            Rows {
                record: "memfd",
                late: true,
                sorted: false,
                rows: vec![memfd(0, 600 << 12, 600, 0, 0, 0), memfd(0, 1 << 30, 900, 0, 0, 0)],
            },
            Rows {
                record: "memfd-folio",
                late: false,
                sorted: true,
                rows: (0..900)
                    .map(|n| folio(0x10_0000 + 512 * n, 0, if n < 600 { n } else { 2 * n }))
                    .collect(),
            },
        ],
    };
    vec![
        state("plain", EVERY, 0, 0, 0, 0, 0x80),
        state("sealed", &[2, 3], 6, 0, 0, 0, 0x80),
        state("flags", &[2, 3], 0, 0xffff, 0, 0, 0x80),
        state("wide-flags", &[2], 0, 0x1_0000, 0, 0, 0x80),
        state("huge", &[3], 0, 0, 9, 0, 0x80),
        state("dirty", &[2, 3], 0, 0, 0, 3, 0x80),
        state("unknown-flag", &[2], 0, 0, 0, 0x804, 0x80),
        state("far", &[1], 0, 0, 0, 0, 1 << 52),
        many,
    ]
}

/// Every kind of member, with the bits, ends and names of values that only they have; and blobs.
fn kinds() -> Vec<State> {
    let device = |n: i128, low: bool| -> Hand {
        let pick = |least, most| Held::Number(if low { least } else { most });
        let each = |values: &[i128]| Held::Each(values.to_vec());
        vec![
            (&[1], pick(0, (1 << 48) - 1)),
            (&[2], pick(0, 1)),
            (&[3], pick(0, 4)),
            (&[4], pick(0, 10)),
            (&[5], pick(-1, 900)),
            (&[6], pick(9, 0xffff)),
            (&[8], if low { "".into() } else { "twelve bytes".into() }),
            (&[9], each(&[n, 0, 0xffff, 7, 1, 0x8000])),
            (&[10], pick(0, LARGEST)),
            (&[11], Held::Number(n)),
            (&[12, 1], pick(0, 0xffff_ffff)),
            (&[12, 2], pick(-0x8000, 0x7fff)),
            (&[12, 3], pick(-0x80, 0x7f)),
            (&[12, 4], pick(0, 1)),
            (&[13], each(&[0xde, 0xad, 0, 0xbe, 0xef, n, 0xff])),
        ]
    };
    let file = |token: i128, pages: i128, data: i128, seals: i128| -> Hand {
        let values = [token, pages, data, seals].map(Held::Number);
        [&[1][..], &[2], &[3], &[4]].into_iter().zip(values).collect()
    };
    let rows = |record, sorted, rows| Rows { record, late: false, sorted, rows };
    let blob =
        b"a blob is bytes, \0 among them".map(|byte| vec![(&[1][..], i128::from(byte).into())]);
    vec![State {
        family: "kinds",
        name: "every",
        generations: &[1],
        segment: LARGE,
        tables: vec![
            rows("device", true, (1..=4).map(|n| device(n, n % 2 == 0)).collect()),
            rows("file", true, vec![file(1, 2, 17, 0), file(2, 2, 17, 63), file(9, 3, 29, 1)]),
            rows(
                "page",
                false,
                [(1, 7), (2, 7), (LARGEST, 0)]
                    .map(|(pfn, index)| vec![(&[1][..], pfn.into()), (&[2][..], index.into())])
                    .to_vec(),
            ),
            rows("file.3", false, blob.to_vec()),
        ],
    }]
}
