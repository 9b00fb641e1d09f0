//! Where a record is upstream's C struct to the byte, the bytes are upstream's.
//!
//! The expected bytes are written by hand from the offsets of Linux 7.3's headers on x86-64.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::cell::padded;
use kserial::PhysAddr;
use kserial_schemas::{luo_file, luo_flb, Folio};
use zerocopy::IntoBytes;

/// A struct as its fields' bytes, at their offsets.
fn laid_out<const N: usize>(fields: &[(usize, &[u8])]) -> [u8; N] {
    let mut bytes = [0; N];
    for (offset, field) in fields {
        bytes[*offset..offset + field.len()].copy_from_slice(field);
    }
    bytes
}

#[test]
fn a_folio_is_memfd_luo_folio_ser() {
    let folio = Folio::new(0x12_3456, Folio::DIRTY | Folio::UPTODATE, 9).unwrap();
    // u64 pfn:52, flags:12; u64 index.
    let word = 0x0030_0000_0012_3456_u64.to_le_bytes();
    assert_eq!(folio.as_bytes(), laid_out::<16>(&[(0, &word), (8, &9_u64.to_le_bytes())]));
}

#[test]
fn the_first_file_is_luo_file_ser() {
    let file = luo_file::gen1::File {
        compatible: padded("memfd-v2"),
        data: PhysAddr(0x1_0000_2000),
        token: 0x22,
    };
    let data = 0x1_0000_2000_u64.to_le_bytes();
    let token = 0x22_u64.to_le_bytes();
    let expected = laid_out::<64>(&[(0, b"memfd-v2"), (48, &data), (56, &token)]);
    assert_eq!(file.as_bytes(), expected);
}

#[test]
fn the_first_flb_is_luo_flb_ser() {
    let flb = luo_flb::gen1::Flb { name: padded("pci"), data: PhysAddr(0x5000), count: 3 };
    let (data, count) = (0x5000_u64.to_le_bytes(), 3_u64.to_le_bytes());
    assert_eq!(flb.as_bytes(), laid_out::<64>(&[(0, b"pci"), (48, &data), (56, &count)]));
}
