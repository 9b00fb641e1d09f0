//! versionize 0.2, what Firecracker's snapshots were written with. It evolves, by versions of each
//! type, and these bytes take no sum.
//!
//! It refuses vectors above 10 MiB. The folios of W1 are more, so they are written one after the other,
//! behind their number.

use versionize::{VersionMap, Versionize};

use crate::workload::memfd::{self, Folio, Folios};
use crate::workload::pci::{self, Devices};
use crate::workload::sessions::{self, Sessions};

/// The only version of every type.
const VERSION: u16 = 1;

fn write(value: &impl Versionize, versions: &VersionMap, buffer: &mut Vec<u8>) {
    value.serialize(buffer, versions, VERSION).expect("room");
}

fn read<T: Versionize>(bytes: &mut &[u8], versions: &VersionMap) -> T {
    T::deserialize(bytes, versions, VERSION).expect("intact")
}

/// W1.
pub fn encode_folios(folios: &Folios, buffer: &mut Vec<u8>) {
    let versions = VersionMap::new();
    buffer.clear();
    write(&folios.len(), &versions, buffer);
    folios.iter().for_each(|folio| write(folio, &versions, buffer));
}

/// W1.
pub fn decode_sum_folios(mut bytes: &[u8]) -> u64 {
    let versions = VersionMap::new();
    let count: usize = read(&mut bytes, &versions);
    // No more than there can be: the number is not to be trusted.
    let mut folios = Folios::with_capacity(count.min(bytes.len() / size_of::<Folio>()));
    folios.extend((0..count).map(|_| read::<Folio>(&mut bytes, &versions)));
    memfd::reference(&folios)
}

/// W2.
pub fn encode_sessions(sessions: &Sessions, buffer: &mut Vec<u8>) {
    buffer.clear();
    write(sessions, &VersionMap::new(), buffer);
}

/// W2.
pub fn decode_sum_sessions(mut bytes: &[u8]) -> u64 {
    let sessions: Sessions = read(&mut bytes, &VersionMap::new());
    sessions::reference(&sessions)
}

/// W3.
pub fn encode_devices(devices: &Devices, buffer: &mut Vec<u8>) {
    buffer.clear();
    write(devices, &VersionMap::new(), buffer);
}

/// W3.
pub fn decode_sum_devices(mut bytes: &[u8]) -> u64 {
    let devices: Devices = read(&mut bytes, &VersionMap::new());
    pci::reference(&devices)
}
