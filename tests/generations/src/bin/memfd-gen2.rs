//! Generation 2.

use std::error::Error;
use std::fmt::Write;
use std::process::ExitCode;

use kserial::{Room, Rows, Verified};
use kserial_schemas::memfd::gen2::Memfd;
use kserial_schemas::memfd_folio::gen2::Folio;

kserial::note!(Memfd, Roles { writes: true, reads: true, requires: false }, Carrier::File);
kserial::note!(Folio, Roles { writes: true, reads: true, requires: false }, Carrier::Rows);

fn main() -> ExitCode {
    kserial_generations::run(write, read)
}

/// `F_SEAL_SHRINK | F_SEAL_GROW`.
const SEALS: u32 = 6;

fn write(sealed: bool) -> Result<Vec<u8>, Box<dyn Error>> {
    let folios = [(0x100, 0), (0x101, 1), (0x2_0000, 7)].iter();
    let folios: Option<Vec<Folio>> =
        folios.map(|&(pfn, index)| Folio::new(pfn, 0, index)).collect();
    let folios = folios.ok_or("a frame number has 52 bits")?;
    let seals = if sealed { SEALS } else { 0 };
    let memfds = [
        Memfd { pos: 1234, size: 8192, seals, flags: 0, folios: Rows::up_to(2) },
        Memfd { pos: 0, size: 32768, seals: 0, flags: 0, folios: Rows::up_to(3) },
    ];
    kserial_generations::image_of(&memfds, &folios)
}

fn read(image: &Verified<'_>) -> Result<String, Box<dyn Error>> {
    let (mut memfd_room, mut folio_room) = (Room::empty(), Room::empty());
    let memfds = image.table::<Memfd>(&mut memfd_room)?;
    let folios = image.table::<Folio>(&mut folio_room)?;
    let mut said = String::new();
    for (memfd, folios) in memfds.with(|memfd| memfd.folios, &folios) {
        let Memfd { pos, size, seals, flags, .. } = memfd;
        write!(said, "pos {pos} size {size} seals {seals:#x} flags {flags:#x} folios")?;
        for folio in folios.iter() {
            write!(said, " {:#x}@{}", folio.pfn(), folio.index)?;
        }
        said.push('\n');
    }
    Ok(said)
}
