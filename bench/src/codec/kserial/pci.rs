//! W3 as three tables: devices, capabilities, and the bytes of their data.

use kserial::{Blob, Byte, KSerial, Record, Room, Rows, Spec, Table};
use zerocopy::{FromBytes, FromZeros as _, Immutable, IntoBytes, KnownLayout};

use super::{cut, open, writer, CHANGED, SEGMENTS};
use crate::workload::pci as w;
use crate::workload::pci::{Counts, Devices};

/// A capability.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug)]
#[kserial(record = "capability")]
#[repr(C)]
pub struct Capability {
    #[kserial(id = 1)]
    id: u16,
    #[kserial(id = 2)]
    offset: u16,
    #[kserial(id = 3)]
    data: Blob<u32>,
}

/// A device.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug)]
#[kserial(record = "device")]
#[repr(C)]
pub struct Device {
    #[kserial(id = 1)]
    domain: u16,
    #[kserial(id = 2)]
    bus: u8,
    #[kserial(id = 3)]
    devfn: u8,
    #[kserial(id = 4)]
    config: [u8; 256],
    #[kserial(id = 5)]
    capabilities: Rows<Capability, u32>,
}

/// A version of a capability with a member more.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug)]
#[kserial(record = "capability")]
#[repr(C)]
pub struct LongerCapability {
    #[kserial(id = 2)]
    offset: u16,
    #[kserial(id = 1)]
    id: u16,
    #[kserial(id = 4, default = 0)]
    flags: u32,
    #[kserial(id = 3)]
    data: Blob<u32>,
}

/// A version of a device with a member more, in front.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug)]
#[kserial(record = "device")]
#[repr(C)]
pub struct LongerDevice {
    #[kserial(id = 6, default = 0)]
    flags: u32,
    #[kserial(id = 1)]
    domain: u16,
    #[kserial(id = 2)]
    bus: u8,
    #[kserial(id = 3)]
    devfn: u8,
    #[kserial(id = 4)]
    config: [u8; 256],
    #[kserial(id = 5)]
    capabilities: Rows<LongerCapability, u32>,
}

/// The name of the table of bytes: record and member that they are the blob of.
const DATA: &str = "capability.3";

trait CapabilityRow: Record + Copy {
    fn sum(&self, length: u64) -> u64;
    fn data(&self) -> Blob<u32>;
}

trait DeviceRow: Record + Copy {
    type Capability: CapabilityRow;
    fn sum(&self, capabilities: u64) -> u64;
    fn capabilities(&self) -> Rows<Self::Capability, u32>;
}

impl CapabilityRow for Capability {
    #[inline]
    fn sum(&self, length: u64) -> u64 {
        w::capability(self.id, self.offset, length)
    }
    #[inline]
    fn data(&self) -> Blob<u32> {
        self.data
    }
}

impl CapabilityRow for LongerCapability {
    #[inline]
    fn sum(&self, length: u64) -> u64 {
        w::capability(self.id, self.offset, length) + u64::from(self.flags)
    }
    #[inline]
    fn data(&self) -> Blob<u32> {
        self.data
    }
}

impl DeviceRow for Device {
    type Capability = Capability;
    #[inline]
    fn sum(&self, capabilities: u64) -> u64 {
        w::device(self.domain, self.bus, self.devfn, &self.config, capabilities)
    }
    #[inline]
    fn capabilities(&self) -> Rows<Capability, u32> {
        self.capabilities
    }
}

impl DeviceRow for LongerDevice {
    type Capability = LongerCapability;
    #[inline]
    fn sum(&self, capabilities: u64) -> u64 {
        w::device(self.domain, self.bus, self.devfn, &self.config, capabilities)
            .wrapping_add(self.flags.into())
    }
    #[inline]
    fn capabilities(&self) -> Rows<LongerCapability, u32> {
        self.capabilities
    }
}

/// Writes the devices, whose rows it counts first.
pub fn encode(devices: &Devices, buffer: &mut Vec<u8>) {
    encode_counted(devices, w::count(devices), buffer);
}

/// Writes the devices, given how many rows they have below them.
pub fn encode_counted(devices: &Devices, counts: Counts, buffer: &mut Vec<u8>) {
    let tables = [
        Spec::of::<Device>(devices.len()),
        Spec::of::<Capability>(counts.capabilities),
        Spec::of::<Byte>(counts.bytes).named(DATA),
    ];
    let mut parts = cut(&tables, buffer);
    let mut image = writer(&tables, &mut parts);
    let mut rows = image.table::<Device>().expect("announced");
    let mut capabilities = image.table::<Capability>().expect("announced");
    let mut data = image.table::<Byte>().expect("announced");
    for device in devices {
        for capability in &device.capabilities {
            let blob = <[Byte]>::ref_from_bytes(&capability.data).expect("bytes");
            data.extend(blob).expect("announced");
            let w::Capability { id, offset, .. } = *capability;
            let data = data.mark().expect("32 bits");
            capabilities.push(&Capability { id, offset, data }).expect("announced");
        }
        let capabilities = capabilities.mark().expect("32 bits");
        let w::Device { domain, bus, devfn, config, .. } = *device;
        rows.push(&Device { domain, bus, devfn, config, capabilities }).expect("announced");
    }
    rows.finish(&mut image).expect("filled");
    capabilities.finish(&mut image).expect("filled");
    data.finish(&mut image).expect("filled");
    image.finish().expect("filled");
}

const SCRATCH: usize = 32;

fn stream_as<D: DeviceRow>(bytes: &[u8]) -> u64 {
    let mut parts = [&[][..]; SEGMENTS];
    let image = open(bytes, &mut parts);
    let (mut room, mut capability_room, mut byte_room) =
        (Room::empty(), Room::empty(), Room::empty());
    let mut devices = image.stream::<D>(&mut room).expect("compatible");
    let mut capabilities = image.stream::<D::Capability>(&mut capability_room).expect("compatible");
    let mut data = image.stream_named::<Byte>(DATA, &mut byte_room).expect("compatible");
    let mut scratch = [D::new_zeroed(); SCRATCH];
    let mut capability_scratch = [D::Capability::new_zeroed(); SCRATCH];
    let mut byte_scratch = [Byte(0); 1];
    let mut capabilities_ahead: &[D::Capability] = &[];
    let mut ahead: &[Byte] = &[];
    let (mut sum, mut first, mut start): (u64, u32, u32) = (0, 0, 0);
    while let Some(rows) = devices.next(&mut scratch).expect(CHANGED) {
        for device in rows {
            let last = device.capabilities().end();
            sum = sum.wrapping_add(device.sum(u64::from(last - first)));
            for _ in first..last {
                if capabilities_ahead.is_empty() {
                    let more = capabilities.next(&mut capability_scratch).expect(CHANGED);
                    capabilities_ahead = more.expect("more capabilities");
                }
                let (capability, later) = capabilities_ahead.split_first().expect("not empty");
                capabilities_ahead = later;
                let end = capability.data().end();
                let mut left = (end - start) as usize;
                sum = sum.wrapping_add(capability.sum(left as u64));
                start = end;
                while left > 0 {
                    if ahead.is_empty() {
                        ahead = data.next(&mut byte_scratch).expect(CHANGED).expect("more data");
                    }
                    let (now, later) = ahead.split_at(left.min(ahead.len()));
                    sum = sum.wrapping_add(crate::workload::bytes(now.as_bytes()));
                    (ahead, left) = (later, left - now.len());
                }
            }
            first = last;
        }
    }
    sum
}

fn verified_as<D: DeviceRow>(bytes: &[u8]) -> u64 {
    let mut parts = [&[][..]; SEGMENTS];
    let image = open(bytes, &mut parts).verify().expect(CHANGED);
    let (mut room, mut capability_room, mut byte_room) =
        (Room::empty(), Room::empty(), Room::empty());
    let devices = image.table::<D>(&mut room).expect("compatible");
    let capabilities = image.table::<D::Capability>(&mut capability_room).expect("compatible");
    let data = image.table_named::<Byte>(DATA, &mut byte_room).expect("compatible");
    let (mut capabilities, mut data) = (capabilities.in_turn(), data.in_turn());
    let mut scratch = [D::new_zeroed(); SCRATCH];
    let mut capability_scratch = [D::Capability::new_zeroed(); SCRATCH];
    let mut runs = devices.runs(&mut scratch).expect("room");
    let mut sum: u64 = 0;
    while let Some(devices) = runs.next() {
        for device in devices {
            let capabilities = capabilities.up_to(&device.capabilities());
            sum = sum.wrapping_add(device.sum(capabilities.len() as u64));
            let mut runs = capabilities.runs(&mut capability_scratch).expect("room");
            while let Some(capabilities) = runs.next() {
                for capability in capabilities {
                    let data = data.up_to(&capability.data());
                    sum = sum.wrapping_add(capability.sum(data.len() as u64));
                    sum = sum.wrapping_add(sum_of(&data));
                }
            }
        }
    }
    sum
}

/// The bytes of one blob, which two segments may share.
#[inline]
fn sum_of(data: &Table<'_, Byte>) -> u64 {
    if let Some(data) = data.as_slice() {
        return crate::workload::bytes(data.as_bytes());
    }
    let mut scratch = [Byte(0); 1];
    let mut runs = data.runs(&mut scratch).expect("room");
    let mut sum: u64 = 0;
    while let Some(run) = runs.next() {
        sum += crate::workload::bytes(run.as_bytes());
    }
    sum
}

/// Another layout, selected members: all of every record.
pub fn decode_sum_longer_selected(bytes: &[u8]) -> u64 {
    type Member = (u16, u16, u32, Blob<u32>);
    type Parent = (u32, u16, u8, u8, [u8; 256], Rows<LongerCapability, u32>);
    use LongerCapability as C;
    use LongerDevice as D;
    let mut parts = [&[][..]; SEGMENTS];
    let image = open(bytes, &mut parts);
    let (mut room, mut capability_room, mut byte_room) =
        (Room::empty(), Room::empty(), Room::empty());
    let devices = image.stream::<D>(&mut room).expect("compatible");
    let paths = (D::FLAGS, D::DOMAIN, D::BUS, D::DEVFN, D::CONFIG, D::CAPABILITIES);
    let mut devices = devices.select::<Parent>(paths).expect("members of the row");
    let capabilities = image.stream::<C>(&mut capability_room).expect("compatible");
    let paths = (C::OFFSET, C::ID, C::FLAGS, C::DATA);
    let mut capabilities = capabilities.select::<Member>(paths).expect("members of the row");
    let mut capabilities_ahead = capabilities.next().expect(CHANGED).expect("capabilities");
    let mut data = image.stream_named::<Byte>(DATA, &mut byte_room).expect("compatible");
    let mut byte_scratch = [Byte(0); 1];
    let mut ahead: &[Byte] = &[];
    let (mut sum, mut first, mut start): (u64, u32, u32) = (0, 0, 0);
    while let Some(rows) = devices.next().expect(CHANGED) {
        for (flags, domain, bus, devfn, config, mark) in rows {
            let last = mark.end();
            let own = w::device(domain, bus, devfn, &config, u64::from(last - first));
            sum = sum.wrapping_add(own).wrapping_add(flags.into());
            for _ in first..last {
                if capabilities_ahead.is_empty() {
                    let more = capabilities.next().expect(CHANGED);
                    capabilities_ahead = more.expect("more capabilities");
                }
                let capability = capabilities_ahead.next().expect("not empty");
                let (offset, id, flags, mark) = capability;
                let end = mark.end();
                let mut left = (end - start) as usize;
                let own = w::capability(id, offset, left as u64) + u64::from(flags);
                sum = sum.wrapping_add(own);
                start = end;
                while left > 0 {
                    if ahead.is_empty() {
                        ahead = data.next(&mut byte_scratch).expect(CHANGED).expect("more data");
                    }
                    let (now, later) = ahead.split_at(left.min(ahead.len()));
                    sum = sum.wrapping_add(crate::workload::bytes(now.as_bytes()));
                    (ahead, left) = (later, left - now.len());
                }
            }
            first = last;
        }
    }
    sum
}

/// Same layout, block by block.
pub fn decode_sum(bytes: &[u8]) -> u64 {
    stream_as::<Device>(bytes)
}

/// Same layout, verified first, everything with its children.
pub fn decode_sum_verified(bytes: &[u8]) -> u64 {
    verified_as::<Device>(bytes)
}

/// Another layout, as `&[T]` through the scratch.
pub fn decode_sum_longer(bytes: &[u8]) -> u64 {
    stream_as::<LongerDevice>(bytes)
}

/// Another layout, verified first, everything with its children.
pub fn decode_sum_longer_verified(bytes: &[u8]) -> u64 {
    verified_as::<LongerDevice>(bytes)
}
