//! Cap'n Proto 0.27, every pointer checked as it is followed. It evolves, and takes no sum.
//!
//! The message is built in the caller's buffer: cheaper than to build it elsewhere and copy it.

#[rustfmt::skip]
#[allow(clippy::all, missing_docs, reason = "generated, see schema.capnp")]
pub mod schema_capnp;

use core::ptr::NonNull;

use capnp::message::{Allocator, Builder, HeapAllocator, ReaderOptions};
use capnp::serialize;
use schema_capnp::{devices, folios, sessions};

use crate::workload::memfd::{self, Folios};
use crate::workload::pci::{self, Devices};
use crate::workload::sessions::{self as w, Sessions};

/// Bytes in front of a message of one segment: how many segments less one, and its words.
const HEADER: usize = 8;

/// Gives out the caller's buffer as the first segment, and memory of its own if that is too small.
struct InPlace<'b> {
    first: Option<&'b mut [u8]>,
    start: *mut u8,
    others: HeapAllocator,
}

// SAFETY: the first segment is zeroed memory that the builder has to itself for as long as it
// lives; all others are HeapAllocator's.
unsafe impl Allocator for InPlace<'_> {
    fn allocate_segment(&mut self, minimum: u32) -> (NonNull<u8>, u32) {
        match self.first.take() {
            Some(first) if first.len() / 8 >= minimum as usize => {
                (NonNull::from(&mut first[0]), (first.len() / 8) as u32)
            }
            _ => self.others.allocate_segment(minimum),
        }
    }

    unsafe fn deallocate_segment(&mut self, segment: NonNull<u8>, words: u32, used: u32) {
        if segment.as_ptr() != self.start {
            // SAFETY: not the first segment, so it came from there.
            unsafe { self.others.deallocate_segment(segment, words, used) }
        }
    }
}

/// Builds a message in `buffer`, which is as long as the last message in it.
fn encode(buffer: &mut Vec<u8>, build: impl FnOnce(&mut Builder<InPlace<'_>>)) {
    let room = buffer.len().max(64);
    buffer.resize(room, 0);
    buffer.fill(0);
    assert_eq!(buffer.as_ptr() as usize % 8, 0, "aligned");
    let first = &mut buffer[HEADER..];
    let start = first.as_mut_ptr();
    let mut message =
        Builder::new(InPlace { first: Some(first), start, others: HeapAllocator::new() });
    build(&mut message);
    let used = match *message.get_segments_for_output() {
        [segment] if segment.as_ptr() == start.cast_const() => Ok(segment.len()),
        _ => Err(serialize::write_message_to_words(&message)),
    };
    drop(message);
    match used {
        Ok(used) => {
            buffer[4..HEADER].copy_from_slice(&((used / 8) as u32).to_le_bytes());
            buffer.truncate(HEADER + used);
        }
        // The first time, the buffer is too small.
        Err(message) => *buffer = message,
    }
}

fn options() -> ReaderOptions {
    *ReaderOptions::new().traversal_limit_in_words(None)
}

/// W1.
pub fn encode_folios(folios: &Folios, buffer: &mut Vec<u8>) {
    encode(buffer, |message| {
        let root = message.init_root::<folios::Builder<'_>>();
        let mut rows = root.init_rows(folios.len() as u32);
        for (n, folio) in (0..).zip(folios) {
            let mut row = rows.reborrow().get(n);
            row.set_pfn_flags(folio.pfn_flags);
            row.set_index(folio.index);
        }
    });
}

/// W1.
pub fn decode_sum_folios(mut bytes: &[u8]) -> u64 {
    let mut read = || -> capnp::Result<u64> {
        let message = serialize::read_message_from_flat_slice(&mut bytes, options())?;
        let mut sum: u64 = 0;
        for row in message.get_root::<folios::Reader<'_>>()?.get_rows()? {
            sum = sum.wrapping_add(memfd::sum(row.get_pfn_flags(), row.get_index()));
        }
        Ok(sum)
    };
    read().expect("a message")
}

/// W2.
pub fn encode_sessions(sessions: &Sessions, buffer: &mut Vec<u8>) {
    encode(buffer, |message| {
        let root = message.init_root::<sessions::Builder<'_>>();
        let mut rows = root.init_rows(sessions.len() as u32);
        for (n, session) in (0..).zip(sessions) {
            let mut row = rows.reborrow().get(n);
            row.set_name(&session.name);
            let mut files = row.init_files(session.files.len() as u32);
            for (n, file) in (0..).zip(&session.files) {
                let mut row = files.reborrow().get(n);
                row.set_compatible(&file.compatible);
                row.set_data(file.data);
                row.set_token(file.token);
            }
        }
    });
}

/// W2.
pub fn decode_sum_sessions(mut bytes: &[u8]) -> u64 {
    let mut read = || -> capnp::Result<u64> {
        let message = serialize::read_message_from_flat_slice(&mut bytes, options())?;
        let mut sum: u64 = 0;
        for session in message.get_root::<sessions::Reader<'_>>()?.get_rows()? {
            let files = session.get_files()?;
            sum = sum.wrapping_add(w::session(session.get_name()?, files.len().into()));
            for file in files {
                let one = w::file(file.get_compatible()?, file.get_data(), file.get_token());
                sum = sum.wrapping_add(one);
            }
        }
        Ok(sum)
    };
    read().expect("a message")
}

/// W3.
pub fn encode_devices(devices: &Devices, buffer: &mut Vec<u8>) {
    encode(buffer, |message| {
        let root = message.init_root::<devices::Builder<'_>>();
        let mut rows = root.init_rows(devices.len() as u32);
        for (n, device) in (0..).zip(devices) {
            let mut row = rows.reborrow().get(n);
            row.set_domain(device.domain);
            row.set_bus(device.bus);
            row.set_devfn(device.devfn);
            row.set_config(&device.config);
            let mut capabilities = row.init_capabilities(device.capabilities.len() as u32);
            for (n, capability) in (0..).zip(&device.capabilities) {
                let mut row = capabilities.reborrow().get(n);
                row.set_id(capability.id);
                row.set_offset(capability.offset);
                row.set_data(&capability.data);
            }
        }
    });
}

/// W3.
pub fn decode_sum_devices(mut bytes: &[u8]) -> u64 {
    let mut read = || -> capnp::Result<u64> {
        let message = serialize::read_message_from_flat_slice(&mut bytes, options())?;
        let mut sum: u64 = 0;
        for d in message.get_root::<devices::Reader<'_>>()?.get_rows()? {
            let capabilities = d.get_capabilities()?;
            let (address, config) = ((d.get_domain(), d.get_bus(), d.get_devfn()), d.get_config()?);
            let count = capabilities.len().into();
            sum = sum.wrapping_add(pci::device(address.0, address.1, address.2, config, count));
            for c in capabilities {
                let data = c.get_data()?;
                let own = pci::capability(c.get_id(), c.get_offset(), data.len() as u64);
                sum = sum.wrapping_add(own).wrapping_add(crate::workload::bytes(data));
            }
        }
        Ok(sum)
    };
    read().expect("a message")
}
