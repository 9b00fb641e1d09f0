//! prost 0.14 (Protocol Buffers). It evolves. Its messages are types of its own, which have to be
//! filled from the program's structs first; bulk data is borrowed by no message, so it is copied.

use prost::Message;

use crate::workload::memfd::{self, Folios};
use crate::workload::pci::{self, Devices};
use crate::workload::sessions::{self, Sessions};

#[derive(Clone, PartialEq, Message)]
struct FolioMessage {
    #[prost(fixed64, tag = "1")]
    pfn_flags: u64,
    #[prost(fixed64, tag = "2")]
    index: u64,
}

#[derive(Clone, PartialEq, Message)]
struct FoliosMessage {
    #[prost(message, repeated, tag = "1")]
    rows: Vec<FolioMessage>,
}

#[derive(Clone, PartialEq, Message)]
struct FileMessage {
    #[prost(bytes = "vec", tag = "1")]
    compatible: Vec<u8>,
    #[prost(fixed64, tag = "2")]
    data: u64,
    #[prost(fixed64, tag = "3")]
    token: u64,
}

#[derive(Clone, PartialEq, Message)]
struct SessionMessage {
    #[prost(bytes = "vec", tag = "1")]
    name: Vec<u8>,
    #[prost(message, repeated, tag = "2")]
    files: Vec<FileMessage>,
}

#[derive(Clone, PartialEq, Message)]
struct SessionsMessage {
    #[prost(message, repeated, tag = "1")]
    rows: Vec<SessionMessage>,
}

#[derive(Clone, PartialEq, Message)]
struct CapabilityMessage {
    #[prost(uint32, tag = "1")]
    id: u32,
    #[prost(uint32, tag = "2")]
    offset: u32,
    #[prost(bytes = "vec", tag = "3")]
    data: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct DeviceMessage {
    #[prost(uint32, tag = "1")]
    domain: u32,
    #[prost(uint32, tag = "2")]
    bus: u32,
    #[prost(uint32, tag = "3")]
    devfn: u32,
    #[prost(bytes = "vec", tag = "4")]
    config: Vec<u8>,
    #[prost(message, repeated, tag = "5")]
    capabilities: Vec<CapabilityMessage>,
}

#[derive(Clone, PartialEq, Message)]
struct DevicesMessage {
    #[prost(message, repeated, tag = "1")]
    rows: Vec<DeviceMessage>,
}

fn encode(message: &impl Message, buffer: &mut Vec<u8>) {
    buffer.clear();
    message.encode(buffer).expect("room");
}

/// W1.
pub fn encode_folios(folios: &Folios, buffer: &mut Vec<u8>) {
    let row = |f: &memfd::Folio| FolioMessage { pfn_flags: f.pfn_flags, index: f.index };
    encode(&FoliosMessage { rows: folios.iter().map(row).collect() }, buffer);
}

/// W1.
pub fn decode_sum_folios(bytes: &[u8]) -> u64 {
    let folios = FoliosMessage::decode(bytes).expect("a message");
    folios.rows.iter().map(|f| memfd::sum(f.pfn_flags, f.index)).fold(0, u64::wrapping_add)
}

/// W2.
pub fn encode_sessions(sessions: &Sessions, buffer: &mut Vec<u8>) {
    let file = |f: &sessions::File| FileMessage {
        compatible: f.compatible.to_vec(),
        data: f.data,
        token: f.token,
    };
    let row = |s: &sessions::Session| SessionMessage {
        name: s.name.to_vec(),
        files: s.files.iter().map(file).collect(),
    };
    encode(&SessionsMessage { rows: sessions.iter().map(row).collect() }, buffer);
}

/// W2.
pub fn decode_sum_sessions(bytes: &[u8]) -> u64 {
    let one = |s: &SessionMessage| {
        let files = s.files.iter().map(|f| sessions::file(&f.compatible, f.data, f.token));
        files.fold(sessions::session(&s.name, s.files.len() as u64), u64::wrapping_add)
    };
    let sessions = SessionsMessage::decode(bytes).expect("a message");
    sessions.rows.iter().map(one).fold(0, u64::wrapping_add)
}

/// W3.
pub fn encode_devices(devices: &Devices, buffer: &mut Vec<u8>) {
    let capability = |c: &pci::Capability| CapabilityMessage {
        id: c.id.into(),
        offset: c.offset.into(),
        data: c.data.clone(),
    };
    let row = |d: &pci::Device| DeviceMessage {
        domain: d.domain.into(),
        bus: d.bus.into(),
        devfn: d.devfn.into(),
        config: d.config.to_vec(),
        capabilities: d.capabilities.iter().map(capability).collect(),
    };
    encode(&DevicesMessage { rows: devices.iter().map(row).collect() }, buffer);
}

/// W3.
pub fn decode_sum_devices(bytes: &[u8]) -> u64 {
    let one = |d: &DeviceMessage| {
        let (domain, bus, devfn) = (d.domain as u16, d.bus as u8, d.devfn as u8);
        let own = pci::device(domain, bus, devfn, &d.config, d.capabilities.len() as u64);
        d.capabilities.iter().fold(own, |sum, c| {
            let own = pci::capability(c.id as u16, c.offset as u16, c.data.len() as u64);
            sum.wrapping_add(own).wrapping_add(crate::workload::bytes(&c.data))
        })
    };
    let devices = DevicesMessage::decode(bytes).expect("a message");
    devices.rows.iter().map(one).fold(0, u64::wrapping_add)
}
