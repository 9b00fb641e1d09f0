//! rkyv 0.8, its archive checked before it is read. It does not evolve.

use rkyv::api::high::HighValidator;
use rkyv::bytecheck::CheckBytes;
use rkyv::rancor::Error;
use rkyv::vec::ArchivedVec;
use rkyv::Portable;

use crate::workload::memfd::{self, ArchivedFolio, Folios};
use crate::workload::pci::{self, ArchivedDevice, Devices};
use crate::workload::sessions::{self, ArchivedSession, Sessions};

/// The encoders have nothing to say beyond the types.
macro_rules! encoder {
    ($name:ident, $of:ty) => {
        /// Writes the workload.
        pub fn $name(workload: &$of, buffer: &mut Vec<u8>) {
            buffer.clear();
            rkyv::api::high::to_bytes_in::<_, Error>(workload, buffer).expect("room");
        }
    };
}
encoder!(encode_folios, Folios);
encoder!(encode_sessions, Sessions);
encoder!(encode_devices, Devices);

fn checked<T>(bytes: &[u8]) -> &[T]
where
    T: Portable,
    ArchivedVec<T>: for<'a> CheckBytes<HighValidator<'a, Error>>,
{
    rkyv::access::<ArchivedVec<T>, Error>(bytes).expect("a valid archive")
}

/// W1.
pub fn decode_sum_folios(bytes: &[u8]) -> u64 {
    let rows = checked::<ArchivedFolio>(bytes);
    let one = |row: &ArchivedFolio| memfd::sum(row.pfn_flags.to_native(), row.index.to_native());
    rows.iter().map(one).fold(0, u64::wrapping_add)
}

/// W2.
pub fn decode_sum_sessions(bytes: &[u8]) -> u64 {
    let one = |session: &ArchivedSession| {
        let own = sessions::session(&session.name, session.files.len() as u64);
        session.files.iter().fold(own, |sum, f| {
            let file = sessions::file(&f.compatible, f.data.to_native(), f.token.to_native());
            sum.wrapping_add(file)
        })
    };
    checked(bytes).iter().map(one).fold(0, u64::wrapping_add)
}

/// W3.
pub fn decode_sum_devices(bytes: &[u8]) -> u64 {
    let one = |d: &ArchivedDevice| {
        let count = d.capabilities.len() as u64;
        let own = pci::device(d.domain.to_native(), d.bus, d.devfn, &d.config, count);
        d.capabilities.iter().fold(own, |sum, c| {
            let (id, offset) = (c.id.to_native(), c.offset.to_native());
            sum.wrapping_add(pci::capability(id, offset, c.data.len() as u64))
                .wrapping_add(crate::workload::bytes(&c.data))
        })
    };
    checked(bytes).iter().map(one).fold(0, u64::wrapping_add)
}
