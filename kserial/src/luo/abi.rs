//! The C structs of LUO and its memfds, version by version, and the one struct of each that readers
//! here get.
//!
//! The member IDs are those of the catalogue in `schemas/linux/`, and a test there holds these
//! structs against it. Where a change altered what a `u64` means (an array of files became a chain
//! of blocks), the member has another ID: so a reader has both, each with the default 0, and sees
//! from the row which of them the writer meant.

use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::kho::abi::Vmalloc;
use crate::{KSerial, PhysAddr};

macro_rules! rows {
    ($($(#[$doc:meta])* $record:literal $repr:tt struct $name:ident { $($fields:tt)* })*) => {$(
        $(#[$doc])*
        #[derive(
            KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
        )]
        #[kserial(record = $record, crate = crate)]
        #[repr $repr]
        pub struct $name { $($fields)* }
    )*};
}

rows! {
    /// LUO's root of luo-v1, which travels as a device tree of three nodes: a member is the property
    /// of its name in whichever of them has it.
    "luo" (C) struct LuoV1 {
        /// How many live updates there have been, this one included.
        #[kserial(id = 1, name = "liveupdate-number")]
        pub number: u64,
        /// The head of the array of sessions.
        #[kserial(id = 2, name = "luo-session-header")]
        pub session_array: PhysAddr,
        /// The head of the array of FLBs. 6.19 has none.
        #[kserial(id = 3, name = "luo-flb-header", default = 0)]
        pub flbs: PhysAddr,
    }

    /// LUO's root of luo-v3 to luo-v5, `struct luo_ser`.
    "luo" (C, packed) struct LuoV5 {
        /// The version, as text.
        #[kserial(id = 4, text)]
        pub compatible: [u8; 8],
        /// How many live updates there have been, this one included.
        #[kserial(id = 1, name = "liveupdate_num")]
        pub number: u64,
        /// The chain of blocks of sessions.
        #[kserial(id = 5, name = "sessions_pa")]
        pub session_chain: PhysAddr,
        /// The head of the array of FLBs.
        #[kserial(id = 3, name = "flbs_pa", default = 0)]
        pub flbs: PhysAddr,
    }

    /// LUO's root, whoever wrote it.
    "luo" (C) struct Luo {
        /// How many live updates there have been, this one included.
        #[kserial(id = 1)]
        pub number: u64,
        /// The head of the array of sessions, where they are one.
        #[kserial(id = 2, default = 0)]
        pub session_array: PhysAddr,
        /// The chain of blocks of sessions, where they are one.
        #[kserial(id = 5, default = 0)]
        pub session_chain: PhysAddr,
        /// The head of the array of FLBs, or 0.
        #[kserial(id = 3, default = 0)]
        pub flbs: PhysAddr,
        /// The version, where it is part of the struct.
        #[kserial(id = 4, text, default = 0)]
        pub compatible: [u8; 8],
    }

    /// `struct luo_session_header_ser`: stands before the array of sessions.
    "luo-session-header" (C, packed) struct SessionHeader {
        /// How many sessions follow.
        #[kserial(id = 1)]
        pub count: u64,
    }

    /// `struct luo_file_set_ser` of luo-session-v2.
    "luo-file-set" (C, packed) struct FileSetV2 {
        /// The array of files.
        #[kserial(id = 1, default = 0, critical)]
        pub files: PhysAddr,
        /// How many there are.
        #[kserial(id = 2, default = 0, critical, unit = "files")]
        pub count: u64,
    }

    /// `struct luo_file_set_ser` of luo-v5: the same bytes, and another thing behind the address.
    "luo-file-set" (C, packed) struct FileSetV5 {
        /// The chain of blocks of files.
        #[kserial(id = 3, default = 0, critical)]
        pub files: PhysAddr,
        /// How many there are.
        #[kserial(id = 2, default = 0, critical, unit = "files")]
        pub count: u64,
    }

    /// The files of a session, whoever wrote them.
    "luo-file-set" (C, packed) struct FileSet {
        /// Where they are, if they are an array.
        #[kserial(id = 1, default = 0, critical)]
        pub array: PhysAddr,
        /// Where they are, if they are a chain of blocks.
        #[kserial(id = 3, default = 0, critical)]
        pub chain: PhysAddr,
        /// How many there are.
        #[kserial(id = 2, default = 0, critical, unit = "files")]
        pub count: u64,
    }

    /// `struct luo_session_ser` of luo-session-v2.
    "luo-session" (C, packed) struct SessionV2 {
        /// Its name.
        #[kserial(id = 1, text, key)]
        pub name: [u8; 64],
        /// Its files.
        #[kserial(id = 2, nested)]
        pub file_set_ser: FileSetV2,
    }

    /// `struct luo_session_ser` of luo-v5.
    "luo-session" (C, packed) struct SessionV5 {
        /// Its name.
        #[kserial(id = 1, text, key)]
        pub name: [u8; 64],
        /// Its files.
        #[kserial(id = 2, nested)]
        pub file_set_ser: FileSetV5,
    }

    /// A session, whoever wrote it.
    "luo-session" (C, packed) struct SessionRow {
        /// Its name.
        #[kserial(id = 1, text, key)]
        pub name: [u8; 64],
        /// Its files.
        #[kserial(id = 2, nested)]
        pub files: FileSet,
    }

    /// `struct luo_file_ser`, the same in every version.
    "luo-file" (C, packed) struct FileRow {
        /// Which handler takes it.
        #[kserial(id = 1, text)]
        pub compatible: [u8; 48],
        /// What the handler wrote.
        #[kserial(id = 2)]
        pub data: PhysAddr,
        /// The number by which userspace finds it again in its session.
        #[kserial(id = 3, key)]
        pub token: u64,
    }

    /// `struct luo_flb_header_ser`: stands before the array of FLBs.
    "luo-flb-header" (C, packed) struct FlbHeader {
        /// How many pages the array is, this header included.
        #[kserial(id = 1, unit = "pages")]
        pub pgcnt: u64,
        /// How many FLBs follow.
        #[kserial(id = 2)]
        pub count: u64,
    }

    /// `struct luo_flb_ser`, the same in every version.
    "luo-flb" (C, packed) struct FlbRow {
        /// Which FLB this is.
        #[kserial(id = 1, text, key)]
        pub name: [u8; 48],
        /// What it wrote: an address, or whatever else its owner makes of 64 bits.
        #[kserial(id = 2)]
        pub data: PhysAddr,
        /// How many preserved files use it.
        #[kserial(id = 3, unit = "files")]
        pub count: u64,
    }

    /// `struct memfd_luo_ser` of memfd-v1.
    "memfd" (C, packed) struct MemfdV1 {
        /// The file's position.
        #[kserial(id = 1, unit = "bytes")]
        pub pos: u64,
        /// The file's size.
        #[kserial(id = 2, unit = "bytes")]
        pub size: u64,
        /// How many folios it has.
        #[kserial(id = 5, unit = "folios")]
        pub nr_folios: u64,
        /// The table of its folios.
        #[kserial(id = 6, nested)]
        pub folios: Vmalloc,
    }

    /// `struct memfd_luo_ser` of memfd-v2, and what readers get of either.
    "memfd" (C, packed) struct MemfdV2 {
        /// The file's position.
        #[kserial(id = 1, unit = "bytes")]
        pub pos: u64,
        /// The file's size.
        #[kserial(id = 2, unit = "bytes")]
        pub size: u64,
        /// `F_SEAL_…`.
        #[kserial(id = 3, default = 0, critical)]
        pub seals: u32,
        /// None so far.
        #[kserial(id = 4, default = 0)]
        pub flags: u32,
        /// How many folios it has.
        #[kserial(id = 5, unit = "folios")]
        pub nr_folios: u64,
        /// The table of its folios.
        #[kserial(id = 6, nested)]
        pub folios: Vmalloc,
    }

    /// `struct memfd_luo_folio_ser`, the same in every version.
    "memfd-folio" (C, packed) struct FolioRow {
        #[kserial(
            bits(id = 1, name = "pfn", at = 0..52, unit = "pages"),
            bits(id = 2, name = "flags", at = 52..64)
        )]
        word: u64,
        /// Where in the file it starts.
        #[kserial(id = 3, unit = "pages", key)]
        pub index: u64,
    }
}
