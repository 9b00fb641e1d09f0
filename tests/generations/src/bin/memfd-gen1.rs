//! Generation 1.

use std::error::Error;
use std::fmt::Write;
use std::process::ExitCode;

use kserial::{Room, Rows, Verified};
use kserial_schemas::memfd::gen1::Memfd;
use kserial_schemas::memfd_folio::gen1::Folio;

kserial::note!(Memfd, Roles { writes: true, reads: true, requires: false }, Carrier::File);
kserial::note!(Folio, Roles { writes: true, reads: true, requires: false }, Carrier::Rows);

fn main() -> ExitCode {
    kserial_generations::run(write, read)
}

fn write(sealed: bool) -> Result<Vec<u8>, Box<dyn Error>> {
    if sealed {
        return Err("this generation has no seals".into());
    }
    let folios = [(0x100, 0), (0x101, 1), (0x2_0000, 7)].map(|(pfn, index)| Folio { pfn, index });
    let memfds = [
        Memfd { pos: 1234, size: 8192, folios: Rows::up_to(2) },
        Memfd { pos: 0, size: 32768, folios: Rows::up_to(3) },
    ];
    kserial_generations::image_of(&memfds, &folios)
}

fn read(image: &Verified<'_>) -> Result<String, Box<dyn Error>> {
    let (mut memfd_room, mut folio_room) = (Room::empty(), Room::empty());
    let memfds = image.table::<Memfd>(&mut memfd_room)?;
    let folios = image.table::<Folio>(&mut folio_room)?;
    let mut said = String::new();
    for (memfd, folios) in memfds.with(|memfd| memfd.folios, &folios) {
        write!(said, "pos {} size {} folios", memfd.pos, memfd.size)?;
        for folio in folios.iter() {
            write!(said, " {:#x}@{}", folio.pfn, folio.index)?;
        }
        said.push('\n');
    }
    memfds.losses(|loss| {
        // Writing to a string cannot fail.
        let _ = writeln!(said, "lost: {} of row {}", loss.check.member().name(), loss.row);
    });
    Ok(said)
}
