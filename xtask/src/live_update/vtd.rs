//! Tables of Intel VT-d, read from a machine's memory from outside.
//!
//! This is the second opinion on what a kernel says its tables map: written from the specification
//! (Intel Virtualization Technology for Directed I/O, chapter 9), in other terms than the kernel's
//! code, and shared with nothing there.

use std::fmt;

use anyhow::{bail, Result};

/// Where QEMU's unit has the register that leads to the root table.
pub(crate) const ROOT_REGISTER: u64 = 0xfed9_0020;

/// Eight bytes at a physical address.
pub(crate) type Load<'a> = &'a dyn Fn(u64) -> Result<u64>;

/// Pages that lie one behind the other on both sides.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Run {
    pub(crate) iova: u64,
    pub(crate) physical: u64,
    pub(crate) bytes: u64,
    pub(crate) rights: (bool, bool),
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { iova, physical, bytes, rights: (read, write) } = self;
        let (read, write) = (if *read { 'r' } else { '-' }, if *write { 'w' } else { '-' });
        write!(f, "{iova:#x} {physical:#x} {bytes:#x} {read}{write}")
    }
}

/// Everything that the unit lets a device reach, by address. `root` is what the register holds.
pub(crate) fn reach(load: Load<'_>, root: u64, bus: u8, devfn: u8) -> Result<Vec<Run>> {
    if root & 0xfff != 0 {
        bail!("the unit is not in legacy mode: {root:#x}");
    }
    let of_bus = load(root + u64::from(bus) * 16)?;
    if of_bus & 1 == 0 {
        bail!("no device of bus {bus:#x} is translated");
    }
    let context = frame(of_bus) + u64::from(devfn) * 16;
    let (low, high) = (load(context)?, load(context + 8)?);
    if low & 1 == 0 || low >> 2 & 3 != 0 {
        bail!("device {devfn:#x} is not translated: {low:#x}");
    }
    // An address width of 30 + 9n bits has n + 2 levels.
    let bits = 30 + 9 * u32::try_from(high & 7)?;
    let mut runs = Vec::new();
    table(load, frame(low), bits, 0, &mut runs)?;
    Ok(runs)
}

/// The part of a table that covers `bits` bits of address from `iova` on.
fn table(load: Load<'_>, at: u64, bits: u32, iova: u64, runs: &mut Vec<Run>) -> Result<()> {
    let below = bits - 9;
    for slot in 0..512_u64 {
        let entry = load(at + slot * 8)?;
        let rights = (entry & 1 != 0, entry & 2 != 0);
        if rights == (false, false) {
            continue;
        }
        let iova = iova + (slot << below);
        if below > 12 && entry & 0x80 == 0 {
            table(load, frame(entry), below, iova, runs)?;
            continue;
        }
        let bytes = 1 << below;
        let physical = frame(entry) / bytes * bytes;
        match runs.last_mut() {
            Some(last)
                if last.iova + last.bytes == iova
                    && last.physical + last.bytes == physical
                    && last.rights == rights =>
            {
                last.bytes += bytes;
            }
            _ => runs.push(Run { iova, physical, bytes, rights }),
        }
    }
    Ok(())
}

/// Bits 12 to 51.
fn frame(entry: u64) -> u64 {
    entry << 12 >> 24 << 12
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// A unit that lets device 00:04.0 reach three pages, two of them side by side, and 2 MiB.
    fn machine() -> HashMap<u64, u64> {
        HashMap::from([
            (0x1000, 0x2001),
            (0x2200, 0x3001),
            // 39 bits: three levels.
            (0x2208, 0x0501),
            (0x3000 + 8, 0x4003),
            (0x4000, 0x5003),
            (0x4008, 0x20_0000 | 0x83),
            // Accessed and dirty.
            (0x5000, 0x9000 | 0x303),
            (0x5008, 0xa003),
            (0x5010, 0xb001),
        ])
    }

    #[test]
    fn a_walk_finds_what_a_device_reaches() {
        let memory = machine();
        let load = |at: u64| Ok(memory.get(&at).copied().unwrap_or(0));
        let runs: Vec<String> =
            reach(&load, 0x1000, 0, 0x20).unwrap().iter().map(Run::to_string).collect();
        assert_eq!(
            runs,
            [
                "0x40000000 0x9000 0x2000 rw",
                "0x40002000 0xb000 0x1000 r-",
                "0x40200000 0x200000 0x200000 rw",
            ]
        );
    }

    #[test]
    fn what_is_not_translated_is_said() {
        let memory = machine();
        let load = |at: u64| Ok(memory.get(&at).copied().unwrap_or(0));
        assert!(reach(&load, 0x1000, 1, 0x20).is_err());
        assert!(reach(&load, 0x1000, 0, 0x28).is_err());
        assert!(reach(&load, 0x1400, 0, 0x20).is_err());
    }
}
