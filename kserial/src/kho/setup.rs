//! What the boot parameters of x86 say of a handover.
//!
//! Its `boot_params`, a page that begins as the head of every bzImage does, name a chain of nodes called
//! `setup_data`; the one of KHO's type says where the root is, and where the scratch memory that the
//! next kernel boots in. The new kernel keeps the chain; in the memory of the old one it is there as
//! soon as it has been loaded, but leads to where it will be.

use std::collections::HashSet;
use std::vec::Vec;

use super::{rows, Data, Memory, Scratch};
use crate::{PhysAddr, Record};

/// Where the boot parameters say that they are some: the boot sector's flag, a jump, and `HdrS`.
const FLAG: u64 = 0x1fe;
/// Where the chain's address is, since version 2.9 of the boot protocol.
const VERSION: u64 = 0x206;
const SETUP_DATA: u64 = 0x250;
/// The type of KHO's node.
const SETUP_KEXEC_KHO: u32 = 10;
/// More scratch areas than a machine has nodes of memory.
const MOST_AREAS: usize = 1024;

/// What the boot parameters at `at` say of a handover, if there are any and they say something.
pub fn named(memory: &dyn Memory, at: PhysAddr) -> Option<Data> {
    let mut sign = [0; 8];
    memory.read(offset(at, FLAG)?, &mut sign).ok()?;
    if sign.first_chunk::<2>() != Some(b"\x55\xaa") || sign.last_chunk::<4>() != Some(b"HdrS") {
        return None;
    }
    let mut version = [0; 2];
    memory.read(offset(at, VERSION)?, &mut version).ok()?;
    if u16::from_le_bytes(version) < 0x209 {
        return None;
    }
    let mut next = word(memory, offset(at, SETUP_DATA)?)?;
    let mut seen = HashSet::new();
    while next != 0 && seen.insert(next) {
        let node = PhysAddr(next);
        let mut head = [0; 16];
        memory.read(node, &mut head).ok()?;
        let [.., a, b, c, d, _, _, _, _] = head;
        if u32::from_le_bytes([a, b, c, d]) == SETUP_KEXEC_KHO {
            let mut row = std::vec![0; rows::stride(Data::SHAPE)];
            memory.read(offset(node, 16)?, &mut row).ok()?;
            let data = rows::read_one::<Data>(Data::SHAPE, &row).ok()?;
            return Some(data).filter(|data| data.fdt_addr.0 != 0);
        }
        next = word(memory, node)?;
    }
    None
}

/// The areas of scratch memory that `data` lists, as far as they can be read.
pub fn scratch(memory: &dyn Memory, data: &Data) -> Vec<Scratch> {
    let stride = rows::stride(Scratch::SHAPE);
    let listed = usize::try_from(data.scratch_size).unwrap_or(usize::MAX).checked_div(stride);
    let mut bytes = std::vec![0; listed.unwrap_or(0).min(MOST_AREAS).saturating_mul(stride)];
    match memory.read(data.scratch_addr, &mut bytes) {
        Ok(()) => rows::read::<Scratch>(Scratch::SHAPE, &bytes).unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

fn offset(at: PhysAddr, bytes: u64) -> Option<PhysAddr> {
    at.0.checked_add(bytes).map(PhysAddr)
}

fn word(memory: &dyn Memory, at: PhysAddr) -> Option<u64> {
    let mut word = [0; 8];
    memory.read(at, &mut word).ok()?;
    Some(u64::from_le_bytes(word))
}
