// SPDX-License-Identifier: GPL-2.0

//! The handler: memfds as KSerial images.
//!
//! The row of the file is in a late table: position and seals settle at the freeze, and are written
//! again there, in place. The rows of the folios do not change any more once they are pinned.
//!
//! A file that this kernel must not take is given up as a whole: every folio that was handed over
//! goes back to the allocator, and none is put into a file first.

use kernel::fs::File;
use kernel::prelude::*;
use kernel::sync::aref::ARef;
use kserial::{Record, Room, Steps, Verified};
use liveupdate::status::{self, Verdict};
use liveupdate::{image, next, FileHandler, Handle, Incoming, Outgoing};

use crate::file::{self, Frozen};
use crate::record::{Folio, Memfd, State};

/// The names of memfds that opt in begin with this.
const PREFIX: &[u8] = b"kserial:";

/// Memfds that opt in.
pub(crate) struct MemfdHandler;

/// A preserved memfd. Fields are dropped in this order: the image tells of folios.
pub(crate) struct Preserved {
    image: Outgoing,
    frozen: Frozen,
    order: u8,
}

impl Preserved {
    fn row(&self, file: &File) -> Result<Memfd> {
        row(&self.frozen, self.order, file)
    }
}

fn row(frozen: &Frozen, order: u8, file: &File) -> Result<Memfd> {
    Memfd::of(&State {
        name: file::name(file).ok_or(EBADF)?,
        size: frozen.size(),
        position: file::position(file),
        seals: file::seals(file)?,
        mode: file::mode(file),
        order,
        folios: frozen.len() as u64,
    })
}

impl FileHandler for MemfdHandler {
    const COMPATIBLE: &'static CStr = c"kserial-memfd";

    type Preserved = Preserved;

    fn can_preserve(file: &File) -> bool {
        file::name(file).is_some_and(|name| name.starts_with(PREFIX))
    }

    fn id(file: &File) -> usize {
        file::id(file)
    }

    fn preserve(file: &File) -> Result<Preserved> {
        // SAFETY: The orchestrator holds the file until after unpreserve.
        let frozen = unsafe { Frozen::new(file) }?;
        let order = frozen.max_order();
        let row = row(&frozen, order, file)?;
        let rows = [row];
        let image = next::with_notes(|notes| {
            let mut steps = <Memfd as Record>::Steps::empty();
            let reader = notes.reader(rows.iter().cloned(), &mut steps);
            let mut steps = <Folio as Record>::Steps::empty();
            let folios = notes.reader(frozen.folios().map(|(folio, _)| folio), &mut steps);
            let tables = [reader.spec::<Memfd>(1).late(), folios.spec::<Folio>(frozen.len())];
            let plans = [reader.plan(), folios.plan()];
            Outgoing::new(plans, &tables, order, |writer, [plan, of_folios]| {
                let mut files = next::open::<Memfd>(writer, plan)?;
                files.extend(&rows)?;
                files.finish(writer)?;
                if frozen.len() == 0 {
                    return Ok(());
                }
                let mut folios = next::open::<Folio>(writer, of_folios)?;
                for (folio, _) in frozen.folios() {
                    folios.push(&folio)?;
                }
                folios.finish(writer)
            })
        })?;
        Ok(Preserved { image, frozen, order })
    }

    fn handle(preserved: &Preserved) -> u64 {
        preserved.image.handle()
    }

    fn freeze(preserved: &mut Preserved, file: &File) -> Result {
        let row = [preserved.row(file)?];
        next::takes(&row)?;
        next::takes_each(preserved.frozen.folios().map(|(folio, _)| folio))?;
        let mut steps = <Memfd as Record>::Steps::empty();
        preserved.image.rewrite(&row, &mut steps)
    }

    fn retrieve(state: Handle) -> Result<ARef<File>> {
        let incoming = Incoming::restore(state)?;
        let mut taken = 0;
        let file = incoming.read(|image| retrieve(image, &mut taken));
        file.inspect_err(|_| release(&incoming, taken))
    }

    fn abandon(state: Handle) {
        if let Ok(incoming) = Incoming::restore(state) {
            release(&incoming, 0);
        }
    }
}

/// `taken` counts the folios that are the file's, or gone with it.
fn retrieve(image: &Verified<'_>, taken: &mut usize) -> Result<ARef<File>> {
    let mut room = Room::empty();
    let files = image::table::<Memfd>(image, &mut room)?;
    let row = files.get(0).filter(|_| files.len() == 1).ok_or(EINVAL)?;
    let mut room = Room::empty();
    let folios = image::table::<Folio>(image, &mut room)?;
    let file = file::make(&row)?;
    for folio in folios.iter() {
        *taken += 1;
        file::add(&file, at(&folio).restore()?, folio.index)?;
    }
    status::note(Memfd::SHAPE.record(), Verdict::Read, format_args!("{} folios", folios.len()));
    Ok(file)
}

/// Frees what was handed over for a file that is not retrieved, but for the folios that a failed
/// retrieve took before: they have gone with its file.
fn release(incoming: &Incoming, taken: usize) {
    let released = incoming.read_any(|image| {
        let mut room = Room::empty();
        let folios = image::table::<Folio>(image, &mut room)?;
        let mut released = 0;
        for folio in folios.iter().skip(taken) {
            released += usize::from(at(&folio).restore().is_ok());
        }
        Ok(released)
    });
    let record = Memfd::SHAPE.record();
    match released {
        Ok(folios) => status::note(record, Verdict::Released, format_args!("{folios} folios")),
        Err(_) => status::note(record, Verdict::Held, format_args!("folios until a cold boot")),
    }
}

fn at(folio: &Folio) -> Handle {
    Handle::new(folio.pfn() << kernel::page::PAGE_SHIFT)
}
