//! What decoders that build the program's own structs have in common: the structs are summed as the
//! reference is. Their encoders and decoders say which library they are; the rest is its default.

use crate::workload::memfd::{self, Folios};
use crate::workload::pci::{self, Devices};
use crate::workload::sessions::{self, Sessions};

/// Encoders and decoders of the three workloads, from how the library writes and reads any type.
macro_rules! codec {
    (
        $(#[$doc:meta])*
        $name:ident,
        |$value:ident, $buffer:ident| $encode:expr,
        |$bytes:ident| $decode:expr
    ) => {
        $(#[$doc])*
        pub mod $name {
            use super::*;

            /// W1.
            pub fn encode_folios($value: &Folios, $buffer: &mut Vec<u8>) {
                $encode
            }

            /// W1.
            pub fn decode_sum_folios($bytes: &[u8]) -> u64 {
                let folios: Folios = $decode;
                memfd::reference(&folios)
            }

            /// W2.
            pub fn encode_sessions($value: &Sessions, $buffer: &mut Vec<u8>) {
                $encode
            }

            /// W2.
            pub fn decode_sum_sessions($bytes: &[u8]) -> u64 {
                let sessions: Sessions = $decode;
                sessions::reference(&sessions)
            }

            /// W3.
            pub fn encode_devices($value: &Devices, $buffer: &mut Vec<u8>) {
                $encode
            }

            /// W3.
            pub fn decode_sum_devices($bytes: &[u8]) -> u64 {
                let devices: Devices = $decode;
                pci::reference(&devices)
            }
        }
    };
}

codec! {
    /// bincode 2, integers of fixed width. It does not evolve.
    bincode,
    |value, buffer| {
        buffer.clear();
        let fixed = ::bincode::config::standard().with_fixed_int_encoding();
        ::bincode::encode_into_std_write(value, buffer, fixed).expect("room");
    },
    |bytes| {
        let fixed = ::bincode::config::standard().with_fixed_int_encoding();
        ::bincode::decode_from_slice(bytes, fixed).expect("intact").0
    }
}

codec! {
    /// postcard 1.1, integers of variable width. It does not evolve.
    postcard,
    |value, buffer| {
        buffer.clear();
        let full = ::postcard::to_extend(value, core::mem::take(buffer)).expect("room");
        *buffer = full;
    },
    |bytes| ::postcard::from_bytes(bytes).expect("intact")
}

codec! {
    /// wincode 0.6, allowed to allocate as much as W1 and W2 need at once. It does not evolve.
    wincode,
    |value, buffer| {
        buffer.clear();
        let large = ::wincode::config::Configuration::default()
            .with_preallocation_size_limit::<{ 64 << 20 }>();
        ::wincode::config::serialize_into(&mut *buffer, value, large).expect("room");
    },
    |bytes| {
        let large = ::wincode::config::Configuration::default()
            .with_preallocation_size_limit::<{ 64 << 20 }>();
        ::wincode::config::deserialize(bytes, large).expect("intact")
    }
}

codec! {
    /// minicbor 2, members by number. It evolves.
    minicbor,
    |value, buffer| {
        buffer.clear();
        ::minicbor::encode(value, &mut *buffer).expect("room");
    },
    |bytes| ::minicbor::decode(bytes).expect("intact")
}

codec! {
    /// savefile 0.20, with its version but without its schema. It evolves.
    savefile,
    |value, buffer| {
        buffer.clear();
        ::savefile::save_noschema(buffer, 0, value).expect("room");
    },
    |bytes| ::savefile::load_noschema(&mut &bytes[..], 0).expect("intact")
}
