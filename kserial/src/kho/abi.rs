//! The C structs of KHO, and what stands for them in its device trees, as rows.
//!
//! A property of the root's device tree holds a `u64` in the machine's own byte order, unlike
//! anything else in a device tree. So a node is a row as well: each member is the property of its
//! name ([`tree::row`](super::tree::row)).

use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{KSerial, PhysAddr};

/// `struct kho_data`: what x86 passes in `setup_data`.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(record = "kho-data", crate = crate)]
#[repr(C, packed)]
pub struct Data {
    /// Where the root is.
    #[kserial(id = 1)]
    pub fdt_addr: PhysAddr,
    /// How long it is.
    #[kserial(id = 2, unit = "bytes")]
    pub fdt_size: u64,
    /// Where the areas of scratch memory are listed.
    #[kserial(id = 3)]
    pub scratch_addr: PhysAddr,
    /// How long the list is.
    #[kserial(id = 4, unit = "bytes")]
    pub scratch_size: u64,
}

/// `struct kho_scratch`: memory that the next kernel boots in.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(record = "kho-scratch", crate = crate)]
#[repr(C)]
pub struct Scratch {
    /// Where it is.
    #[kserial(id = 1)]
    pub addr: PhysAddr,
    /// How long it is.
    #[kserial(id = 2, unit = "bytes")]
    pub size: u64,
}

/// A subsystem's node in the root of kho-v1.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(record = "kho-subtree", crate = crate)]
#[repr(C)]
pub struct SubtreeV1 {
    /// Where its device tree is.
    #[kserial(id = 1)]
    pub fdt: PhysAddr,
    #[doc(hidden)]
    #[kserial(pad)]
    pub _pad: u64,
}

/// A subsystem's node since kho-v3: a blob of any format, so its size is told.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(record = "kho-subtree", crate = crate)]
#[repr(C)]
pub struct Subtree {
    /// Where its blob is.
    #[kserial(id = 1, name = "preserved-data")]
    pub data: PhysAddr,
    /// How long it is; 0 where nobody said.
    #[kserial(id = 2, name = "blob-size", unit = "bytes", default = 0)]
    pub size: u64,
}

/// `struct kho_vmalloc`: memory that was allocated with `vmalloc`.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(record = "kho-vmalloc", crate = crate)]
#[repr(C, packed)]
pub struct Vmalloc {
    /// The first page of the list of its pages.
    #[kserial(id = 1)]
    pub first: PhysAddr,
    /// How many pages it has.
    #[kserial(id = 2, unit = "pages")]
    pub total_pages: u32,
    /// 1 allocated by `vmalloc`, 2 mapped with huge pages.
    #[kserial(id = 3)]
    pub flags: u16,
    /// The order of its pages.
    #[kserial(id = 4)]
    pub order: u16,
}

/// `struct kho_block_header_ser`: the head of a page of rows, in a chain of such pages.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(record = "kho-block-header", crate = crate)]
#[repr(C, packed)]
pub struct BlockHeader {
    /// The next page; 0 in the last.
    #[kserial(id = 1)]
    pub next: PhysAddr,
    /// How many rows follow in this one.
    #[kserial(id = 2)]
    pub count: u64,
}

/// `struct kho_kexec_metadata`: who ran before.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(record = "kexec-metadata", crate = crate)]
#[repr(C, packed)]
pub struct Metadata {
    /// Of this struct: 1.
    #[kserial(id = 1)]
    pub version: u32,
    /// The release of the kernel that hands over.
    #[kserial(id = 2, text)]
    pub previous_release: [u8; 65],
    /// How many kexecs since power-on.
    #[kserial(id = 3, default = 0)]
    pub kexec_count: u32,
}

/// An area of the command line's `reserve_mem=`.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(record = "reserve-mem", crate = crate)]
#[repr(C)]
pub struct ReserveMem {
    /// Where it is.
    #[kserial(id = 1)]
    pub start: PhysAddr,
    /// How long it is.
    #[kserial(id = 2, unit = "bytes")]
    pub size: u64,
}
