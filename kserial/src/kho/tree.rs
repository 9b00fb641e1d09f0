//! Device trees in memory, and their nodes as rows.

use core::mem::size_of;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

use dtoolkit::fdt::{Fdt, FdtNode};
use dtoolkit::{Node, Property};

use super::{Memory, Wrong};
use crate::{Kind, Layout, PhysAddr};

/// What every device tree begins with, big-endian.
pub const MAGIC: [u8; 4] = [0xd0, 0x0d, 0xfe, 0xed];

/// The longest device tree that is read: KHO's own have a page at most, memblock's a few.
const MOST: usize = 1 << 20;

/// The bytes of the device tree at `at`.
///
/// # Errors
/// When they are not there, or are no device tree.
pub fn read(memory: &dyn Memory, at: PhysAddr) -> Result<Vec<u8>, Wrong> {
    let mut head = [0; 8];
    memory.read(at, &mut head)?;
    let [a, b, c, d, length @ ..] = head;
    if [a, b, c, d] != MAGIC {
        return Err(Wrong::Tree("it does not begin with d00dfeed".to_string()));
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > MOST {
        return Err(Wrong::Tree("it says that it is longer than 1 MiB".to_string()));
    }
    let mut bytes = vec![0; length];
    memory.read(at, &mut bytes)?;
    parse(&bytes)?;
    Ok(bytes)
}

/// A device tree in `bytes`.
///
/// # Errors
/// When they are none.
pub fn parse(bytes: &[u8]) -> Result<Fdt<'_>, Wrong> {
    Fdt::new(bytes).map_err(|error| Wrong::Tree(error.to_string()))
}

/// What the string property `name` of `node` holds, without its NUL.
pub fn text<'a>(node: FdtNode<'a>, name: &str) -> Option<Vec<u8>> {
    let property = node.property(name)?;
    property.value().strip_suffix(&[0]).map(<[u8]>::to_vec)
}

/// Puts the properties of these nodes where `layout` has the members of their names; members with a
/// default may be without one.
///
/// # Errors
/// A property that must be there and is not, or does not have the member's width.
pub fn row(nodes: &[FdtNode<'_>], layout: Layout<'static>) -> Result<Vec<u8>, Wrong> {
    let mut row = vec![0; usize::try_from(layout.row()).unwrap_or(0)];
    for member in layout.members().filter(|member| member.kind() != Kind::Group) {
        let Some(property) = nodes.iter().find_map(|node| node.property(member.name())) else {
            if member.default().is_some() {
                continue;
            }
            return Err(Wrong::Property(member.name()));
        };
        let value = property.value();
        let start = usize::try_from(member.bit() / 8).unwrap_or(usize::MAX);
        let place = row.get_mut(start..).and_then(|rest| rest.get_mut(..size_of::<u64>()));
        match place {
            Some(place) if value.len() == place.len() => place.copy_from_slice(value),
            _ => return Err(Wrong::Property(member.name())),
        }
    }
    Ok(row)
}

/// The `u64` that the property `name` of `node` holds, in the machine's byte order.
///
/// # Errors
/// When there is no such property of eight bytes.
pub fn word(node: FdtNode<'_>, name: &'static str) -> Result<u64, Wrong> {
    let property = node.property(name).ok_or(Wrong::Property(name))?;
    let value = property.value().try_into().map_err(|_| Wrong::Property(name))?;
    Ok(u64::from_le_bytes(value))
}

/// Makes sure that `node` is compatible with `version`.
///
/// # Errors
/// The version that it states instead.
pub fn expect(node: FdtNode<'_>, version: &str) -> Result<(), Wrong> {
    let compatible = text(node, "compatible").ok_or(Wrong::Property("compatible"))?;
    if compatible == version.as_bytes() {
        Ok(())
    } else {
        Err(Wrong::Version(std::string::String::from_utf8_lossy(&compatible).into_owned()))
    }
}
