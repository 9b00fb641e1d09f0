//! A layout by hand, with zerocopy, for these very structs and no others: it cannot evolve.
//!
//! Rows follow each other, children right behind their parent, so nothing has to be counted before
//! it is written. This is the floor for anything that copies fields and does not check sums; with
//! `Summed` it also takes and checks a CRC-32 per 8 KiB right behind the cursor, as KSerial does; with
//! `SummedFirst` it checks all of them before it reads the first row.
//!
//! [`tables`] is the floor for a reader that gets structs of another layout.

pub mod tables;

use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::workload::memfd::{self, Folio, Folios};
use crate::workload::pci::{self, Devices};
use crate::workload::sessions::{self, Sessions};

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct SessionRow {
    name: [u8; 64],
    files: zerocopy::little_endian::U64,
}

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct FileRow {
    compatible: [u8; 48],
    data: zerocopy::little_endian::U64,
    token: zerocopy::little_endian::U64,
}

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct DeviceRow {
    domain: U16,
    bus: u8,
    devfn: u8,
    config: [u8; 256],
    capabilities: U32,
}

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct CapabilityRow {
    id: U16,
    offset: U16,
    length: U32,
}

/// Whether sums are taken: settled at compile time, so that the floor pays nothing for the choice.
pub trait Sums {
    const TAKEN: bool;
    /// All are checked before the first row is read.
    const FIRST: bool = false;
}

/// No sums.
#[derive(Debug)]
pub struct Plain;

/// A CRC-32 per 8 KiB.
#[derive(Debug)]
pub struct Summed;

/// A CRC-32 per 8 KiB, all checked first.
#[derive(Debug)]
pub struct SummedFirst;

impl Sums for SummedFirst {
    const TAKEN: bool = true;
    const FIRST: bool = true;
}

impl Sums for Plain {
    const TAKEN: bool = false;
}

impl Sums for Summed {
    const TAKEN: bool = true;
}

const BLOCK: usize = 8192;

/// Takes sums of what has been written, a block at a time, and puts them at the end.
#[derive(Default)]
struct Sealer {
    sealed: usize,
    sums: Vec<u32>,
}

impl Sealer {
    #[inline]
    fn follow<S: Sums>(&mut self, written: &[u8]) {
        while S::TAKEN && written.len() - self.sealed >= BLOCK {
            let end = self.sealed + BLOCK;
            self.sums.push(crc32fast::hash(&written[self.sealed..end]));
            self.sealed = end;
        }
    }

    fn finish<S: Sums>(mut self, buffer: &mut Vec<u8>) {
        if S::TAKEN {
            self.sums.push(crc32fast::hash(&buffer[self.sealed..]));
            buffer.extend_from_slice(self.sums.as_bytes());
        }
    }
}

/// Checks the sums of what is about to be read.
struct Checker<'a> {
    rows: &'a [u8],
    sums: &'a [u8],
    checked: usize,
}

impl<'a> Checker<'a> {
    fn new<S: Sums>(bytes: &'a [u8]) -> Self {
        // One sum for each full block and one for what follows the last of them.
        let blocks = if S::TAKEN { (bytes.len() - 4) / (BLOCK + 4) + 1 } else { 0 };
        let (rows, sums) = bytes.split_at(bytes.len() - blocks * 4);
        let mut checker = Self { rows, sums, checked: 0 };
        if S::FIRST {
            checker.up_to::<S>(rows.len());
        }
        checker
    }

    /// Checks up to at least `end`.
    #[inline]
    fn up_to<S: Sums>(&mut self, end: usize) {
        while S::TAKEN && self.checked < end.min(self.rows.len()) {
            let block = &self.rows[self.checked..][..BLOCK.min(self.rows.len() - self.checked)];
            let (sum, sums) = self.sums.split_first_chunk().expect("a sum for every block");
            assert_eq!(crc32fast::hash(block), u32::from_le_bytes(*sum), "intact");
            (self.sums, self.checked) = (sums, self.checked + block.len());
        }
    }
}

/// W1: the rows as they are.
pub fn encode_folios<S: Sums>(folios: &Folios, buffer: &mut Vec<u8>) {
    buffer.clear();
    let mut sealer = Sealer::default();
    if S::TAKEN {
        for rows in folios.chunks(BLOCK / size_of::<Folio>()) {
            buffer.extend_from_slice(rows.as_bytes());
            sealer.follow::<S>(buffer);
        }
    } else {
        buffer.extend_from_slice(folios.as_bytes());
    }
    sealer.finish::<S>(buffer);
}

/// W1.
pub fn decode_sum_folios<S: Sums>(bytes: &[u8]) -> u64 {
    let mut checker = Checker::new::<S>(bytes);
    let (mut sum, mut end): (u64, usize) = (0, 0);
    let step = if S::TAKEN { BLOCK } else { usize::MAX };
    for block in checker.rows.chunks(step) {
        end += block.len();
        checker.up_to::<S>(end);
        let rows = <[Folio]>::ref_from_bytes(block).expect("whole rows, aligned");
        for row in rows {
            sum = sum.wrapping_add(memfd::sum(row.pfn_flags, row.index));
        }
    }
    sum
}

/// W2: each session and then its files.
pub fn encode_sessions<S: Sums>(sessions: &Sessions, buffer: &mut Vec<u8>) {
    buffer.clear();
    let mut sealer = Sealer::default();
    for session in sessions {
        let row = SessionRow { name: session.name, files: (session.files.len() as u64).into() };
        buffer.extend_from_slice(row.as_bytes());
        for f in &session.files {
            let row =
                FileRow { compatible: f.compatible, data: f.data.into(), token: f.token.into() };
            buffer.extend_from_slice(row.as_bytes());
        }
        sealer.follow::<S>(buffer);
    }
    sealer.finish::<S>(buffer);
}

/// W2.
pub fn decode_sum_sessions<S: Sums>(bytes: &[u8]) -> u64 {
    let mut checker = Checker::new::<S>(bytes);
    let mut rest = checker.rows;
    let mut sum: u64 = 0;
    while !rest.is_empty() {
        checker.up_to::<S>(checker.rows.len() - rest.len() + BLOCK);
        let (session, after) = SessionRow::ref_from_prefix(rest).expect("a session");
        let count = session.files.get();
        sum = sum.wrapping_add(sessions::session(&session.name, count));
        let (files, after) =
            <[FileRow]>::ref_from_prefix_with_elems(after, count as usize).expect("its files");
        for file in files {
            let one = sessions::file(&file.compatible, file.data.get(), file.token.get());
            sum = sum.wrapping_add(one);
        }
        rest = after;
    }
    sum
}

/// W3: each device, then each of its capabilities with its data.
pub fn encode_devices<S: Sums>(devices: &Devices, buffer: &mut Vec<u8>) {
    buffer.clear();
    let mut sealer = Sealer::default();
    for device in devices {
        let row = DeviceRow {
            domain: device.domain.into(),
            bus: device.bus,
            devfn: device.devfn,
            config: device.config,
            capabilities: (device.capabilities.len() as u32).into(),
        };
        buffer.extend_from_slice(row.as_bytes());
        for c in &device.capabilities {
            let length = (c.data.len() as u32).into();
            let row = CapabilityRow { id: c.id.into(), offset: c.offset.into(), length };
            buffer.extend_from_slice(row.as_bytes());
            buffer.extend_from_slice(&c.data);
        }
        sealer.follow::<S>(buffer);
    }
    sealer.finish::<S>(buffer);
}

/// W3.
pub fn decode_sum_devices<S: Sums>(bytes: &[u8]) -> u64 {
    let mut checker = Checker::new::<S>(bytes);
    let mut rest = checker.rows;
    let mut sum: u64 = 0;
    while !rest.is_empty() {
        checker.up_to::<S>(checker.rows.len() - rest.len() + BLOCK);
        let (d, after) = DeviceRow::ref_from_prefix(rest).expect("a device");
        let count = d.capabilities.get();
        let own = pci::device(d.domain.get(), d.bus, d.devfn, &d.config, count.into());
        sum = sum.wrapping_add(own);
        rest = after;
        for _ in 0..count {
            let (c, after) = CapabilityRow::ref_from_prefix(rest).expect("a capability");
            let length = c.length.get();
            let (data, after) = after.split_at_checked(length as usize).expect("its data");
            let own = pci::capability(c.id.get(), c.offset.get(), length.into());
            sum = sum.wrapping_add(own).wrapping_add(crate::workload::bytes(data));
            rest = after;
        }
    }
    sum
}
