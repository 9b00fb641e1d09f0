//! FlatBuffers by planus 1.3: tables, every offset checked as it is followed. It evolves, and takes no
//! sum.
//!
//! The builder writes from the back to the front, so its memory is its own: it is kept from one time
//! to the next, and what it holds in the end is copied into the caller's buffer.

#[rustfmt::skip]
#[allow(clippy::all, missing_docs, reason = "`planus rust schema.fbs -o schema.rs` (planus-cli 1.3)")]
pub mod schema;

use std::cell::RefCell;

use planus::{Builder, Offset, ReadAsRoot, WriteAsOffset};
use schema::bench as fb;

use crate::workload::memfd::{self, Folios};
use crate::workload::pci::{self, Devices};
use crate::workload::sessions::{self, Sessions};

fn encode<T>(buffer: &mut Vec<u8>, build: impl FnOnce(&mut Builder) -> Offset<T>) {
    thread_local! {
        static BUILDER: RefCell<Builder> = RefCell::default();
    }
    BUILDER.with_borrow_mut(|builder| {
        builder.clear();
        let root = build(builder);
        buffer.clear();
        buffer.extend_from_slice(builder.finish(root, None));
    });
}

/// A vector of tables, which have to be written before it.
fn tables<'w, T: 'w, U>(
    builder: &mut Builder,
    rows: &'w [T],
    one: impl Fn(&mut Builder, &'w T) -> Offset<U>,
) -> Offset<[Offset<U>]>
where
    [Offset<U>]: WriteAsOffset<[Offset<U>]>,
{
    let offsets: Vec<_> = rows.iter().map(|row| one(builder, row)).collect();
    builder.create_vector(offsets.as_slice())
}

/// W1.
pub fn encode_folios(folios: &Folios, buffer: &mut Vec<u8>) {
    encode(buffer, |b| {
        let rows = tables(b, folios, |b, f| fb::Folio::create(b, f.pfn_flags, f.index));
        fb::Folios::create(b, rows)
    });
}

/// W1.
pub fn decode_sum_folios(bytes: &[u8]) -> u64 {
    let sum = || -> planus::Result<u64> {
        let rows = fb::FoliosRef::read_as_root(bytes)?.rows()?.expect("rows");
        rows.iter().try_fold(0, |sum: u64, row| {
            let row = row?;
            Ok(sum.wrapping_add(memfd::sum(row.pfn_flags()?, row.index()?)))
        })
    };
    sum().expect("a message")
}

/// W2.
pub fn encode_sessions(sessions: &Sessions, buffer: &mut Vec<u8>) {
    encode(buffer, |b| {
        let rows = tables(b, sessions, |b, s| {
            let files = tables(b, &s.files, |b, f| {
                fb::File::create(b, f.compatible.as_slice(), f.data, f.token)
            });
            fb::Session::create(b, s.name.as_slice(), files)
        });
        fb::Sessions::create(b, rows)
    });
}

/// W2.
pub fn decode_sum_sessions(bytes: &[u8]) -> u64 {
    let sum = || -> planus::Result<u64> {
        let rows = fb::SessionsRef::read_as_root(bytes)?.rows()?.expect("rows");
        rows.iter().try_fold(0, |sum: u64, session| {
            let session = session?;
            let files = session.files()?.expect("files");
            let own = sessions::session(session.name()?.expect("a name"), files.len() as u64);
            files.iter().try_fold(sum.wrapping_add(own), |sum, file| {
                let file = file?;
                let compatible = file.compatible()?.expect("who can take it");
                Ok(sum.wrapping_add(sessions::file(compatible, file.data()?, file.token()?)))
            })
        })
    };
    sum().expect("a message")
}

/// W3.
pub fn encode_devices(devices: &Devices, buffer: &mut Vec<u8>) {
    encode(buffer, |b| {
        let rows = tables(b, devices, |b, d| {
            let capabilities = tables(b, &d.capabilities, |b, c| {
                fb::Capability::create(b, c.id, c.offset, c.data.as_slice())
            });
            fb::Device::create(b, d.domain, d.bus, d.devfn, d.config.as_slice(), capabilities)
        });
        fb::Devices::create(b, rows)
    });
}

/// W3.
pub fn decode_sum_devices(bytes: &[u8]) -> u64 {
    let sum = || -> planus::Result<u64> {
        let rows = fb::DevicesRef::read_as_root(bytes)?.rows()?.expect("rows");
        rows.iter().try_fold(0, |sum: u64, device| {
            let device = device?;
            let capabilities = device.capabilities()?.expect("capabilities");
            let (domain, bus, devfn) = (device.domain()?, device.bus()?, device.devfn()?);
            let config = device.config()?.expect("its configuration");
            let own = pci::device(domain, bus, devfn, config, capabilities.len() as u64);
            capabilities.iter().try_fold(sum.wrapping_add(own), |sum, capability| {
                let capability = capability?;
                let data = capability.data()?.expect("data");
                let (id, offset) = (capability.id()?, capability.offset()?);
                let own = pci::capability(id, offset, data.len() as u64);
                Ok(sum.wrapping_add(own).wrapping_add(crate::workload::bytes(data)))
            })
        })
    };
    sum().expect("a message")
}
