//! The notes of the corpus: records of every generation as a kernel declares them. The head is by hand,
//! from `docs/FORMAT.md` §4; the cells are the derive's, once the reference reads the record in them.

use kserial_reference::cells;

use super::{records, Known};

/// What the notes say beside the layout: the folder of a record's images, the record, its roles (1
/// writes, 2 reads, 4 requires) and its carrier.
const SAID: [(&str, &str, u8, u8); 4] = [
    ("memfds", "memfd", 3, 1),
    ("memfds", "memfd-folio", 3, 0),
    ("flbs", "luo-flb", 7, 2),
    ("sessions", "luo-session", 2, 3),
];

/// A record as a kernel of one generation declares it.
pub struct Declared {
    /// Its file's name without the ending.
    pub name: String,
    known: Known,
    roles: u8,
    carrier: u8,
}

impl Declared {
    /// The description of the note; `None` where the reference reads another record in its cells.
    #[must_use]
    pub fn description(&self) -> Option<Vec<u8>> {
        let cells = self.known.cells();
        let (shape, read) = cells::decode(&cells)?;
        let head = [1, self.roles, self.carrier, 0, 0, 0, 0, 0];
        (shape == self.known.shape && read == cells.len())
            .then(|| [&head, cells.as_slice()].concat())
    }
}

/// All notes there are.
#[must_use]
pub fn all() -> Vec<Declared> {
    let of = |(family, record, roles, carrier)| {
        (1..=3).flat_map(move |generation| {
            let known = records(family, generation).into_iter();
            known.filter(move |known| known.shape.record == record).map(move |known| Declared {
                name: format!("{record}-gen{generation}"),
                known,
                roles,
                carrier,
            })
        })
    };
    SAID.into_iter().flat_map(of).collect()
}
