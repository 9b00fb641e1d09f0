//! W3: PCI devices with their configuration space, and capabilities with data of odd lengths.

use versionize::{VersionMap, Versionize, VersionizeResult};

use super::{bytes, words, Numbers};

/// Devices in the measured workload.
pub const DEVICES: usize = 10_000;

/// A capability of a device.
#[derive(
    Clone,
    Debug,
    PartialEq,
    serde::Serialize,
    serde::Deserialize,
    bincode::Encode,
    bincode::Decode,
    rkyv::Archive,
    rkyv::Serialize,
    savefile_derive::Savefile,
    minicbor::Encode,
    minicbor::Decode,
    wincode::SchemaWrite,
    wincode::SchemaRead,
    versionize_derive::Versionize,
)]
pub struct Capability {
    #[n(0)]
    pub id: u16,
    #[n(1)]
    pub offset: u16,
    #[serde(with = "serde_bytes")]
    #[cbor(n(2), with = "minicbor::bytes")]
    pub data: Vec<u8>,
}

/// A device.
#[derive(
    Clone,
    Debug,
    PartialEq,
    serde::Serialize,
    serde::Deserialize,
    bincode::Encode,
    bincode::Decode,
    rkyv::Archive,
    rkyv::Serialize,
    savefile_derive::Savefile,
    minicbor::Encode,
    minicbor::Decode,
    wincode::SchemaWrite,
    wincode::SchemaRead,
    versionize_derive::Versionize,
)]
pub struct Device {
    #[n(0)]
    pub domain: u16,
    #[n(1)]
    pub bus: u8,
    #[n(2)]
    pub devfn: u8,
    #[serde(with = "serde_bytes")]
    #[cbor(n(3), with = "minicbor::bytes")]
    pub config: [u8; 256],
    #[n(4)]
    pub capabilities: Vec<Capability>,
}

/// The workload.
pub type Devices = Vec<Device>;

/// How many rows the devices have below them.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    pub capabilities: usize,
    pub bytes: usize,
}

/// Counts what has to be announced before it is written, by a walk over all of it.
pub fn count(devices: &Devices) -> Counts {
    let mut counts = Counts { capabilities: 0, bytes: 0 };
    for device in devices {
        counts.capabilities += device.capabilities.len();
        counts.bytes += device.capabilities.iter().map(|c| c.data.len()).sum::<usize>();
    }
    counts
}

/// Bytes of the payload: 260 per device, 4 per capability, their data, and an end of 4 bytes for
/// each list.
pub fn payload(devices: &Devices) -> usize {
    let counts = count(devices);
    devices.len() * 264 + counts.capabilities * 8 + counts.bytes
}

/// `rows` devices with 4 to 12 capabilities of 0 to 60 bytes.
pub fn generate(seed: u64, rows: usize) -> Devices {
    let mut numbers = Numbers::seeded(seed);
    (0..rows)
        .map(|n| {
            let mut config = [0; 256];
            numbers.fill(&mut config);
            let capabilities = (0..4 + numbers.below(9)).map(|_| {
                let mut data = vec![0; numbers.below(61) as usize];
                numbers.fill(&mut data);
                Capability { id: numbers.below(0x30) as u16, offset: numbers.draw() as u16, data }
            });
            let capabilities = capabilities.collect();
            let (domain, bus, devfn) = ((n >> 16) as u16, (n >> 8) as u8, n as u8);
            Device { domain, bus, devfn, config, capabilities }
        })
        .collect()
}

/// What a device contributes to the sum, its capabilities apart.
#[inline]
pub fn device(domain: u16, bus: u8, devfn: u8, config: &[u8], capabilities: u64) -> u64 {
    let address = u64::from(domain) << 3 ^ u64::from(bus) << 2 ^ u64::from(devfn) << 1;
    words(config).wrapping_add(address).wrapping_add(capabilities << 4)
}

/// What a capability contributes, its data apart.
#[inline]
pub fn capability(id: u16, offset: u16, length: u64) -> u64 {
    u64::from(id) + (u64::from(offset) << 1) + (length << 2)
}

/// The reference.
pub fn reference(devices: &Devices) -> u64 {
    let one = |d: &Device| {
        let own = device(d.domain, d.bus, d.devfn, &d.config, d.capabilities.len() as u64);
        d.capabilities.iter().fold(own, |sum, c| {
            let own = capability(c.id, c.offset, c.data.len() as u64);
            sum.wrapping_add(own).wrapping_add(bytes(&c.data))
        })
    };
    devices.iter().map(one).fold(0, u64::wrapping_add)
}
