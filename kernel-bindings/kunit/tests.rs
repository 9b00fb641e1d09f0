// SPDX-License-Identifier: GPL-2.0

//! What the library promises, tried inside the kernel: with its compiler flags, its checksum and its
//! memory.
//!
//! `one.image` was written by another implementation, from the format's specification alone; what it
//! holds is said here by hand.

use kernel::prelude::*;

#[kunit_tests(kserial)]
mod tests {
    use kernel::prelude::*;
    use kserial::image::{self, TableError};
    use kserial::{Image, KSerial, Machine, PhysAddr, Record, Room, Spec, Writer};
    use liveupdate::{crc32, Handle, Outgoing, Preserved};
    use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

    const ONE: &[u8] = include_bytes!("one.image");
    const HERE: Machine =
        Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
    /// That of the sample.
    const NUMBER: u32 = 0xc0ff_ee11;

    #[derive(KSerial, Clone, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
    #[kserial(record = "one")]
    #[repr(C)]
    struct One {
        #[kserial(id = 1, unit = "pages")]
        count: u32,
        #[kserial(id = 2, default = -3)]
        delta: i16,
        #[kserial(id = 3, bool)]
        on: u8,
        #[kserial(pad)]
        pad: u8,
        #[kserial(id = 4, name = "where")]
        at: PhysAddr,
    }

    /// The same record two generations later.
    #[derive(KSerial, Clone, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout)]
    #[kserial(record = "one", retired(3 = "on"))]
    #[repr(C)]
    struct Later {
        #[kserial(id = 4)]
        at: PhysAddr,
        #[kserial(id = 1, unit = "pages")]
        count: u64,
        #[kserial(id = 9, default = 0, critical)]
        owner: u32,
        #[kserial(id = 2, default = -3)]
        delta: i32,
    }

    fn one(count: u32, delta: i16, on: u8, at: u64) -> One {
        One { count, delta, on, pad: 0, at: PhysAddr(at) }
    }

    /// An image of these rows in `memory`.
    fn write<T: Record>(rows: &[T], memory: &mut [u8]) -> Result<usize> {
        let tables = [Spec::of::<T>(rows.len())];
        let size = image::size(&tables, memory.len()).map_err(|_| EINVAL)?.bytes();
        let mut parts = [memory.get_mut(..size).ok_or(ENOSPC)?];
        let mut writer = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32).map_err(|_| EINVAL)?;
        let mut table = writer.table::<T>().map_err(|_| EINVAL)?;
        table.extend(rows).map_err(|_| EINVAL)?;
        table.finish(&mut writer).map_err(|_| EINVAL)?;
        writer.finish().map_err(|_| EINVAL)?;
        Ok(size)
    }

    #[test]
    fn the_checksum_is_that_of_the_format() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn what_another_implementation_wrote_is_read() -> Result {
        let parts = [ONE];
        let image = Image::open(&parts, &HERE, crc32).and_then(Image::verify);
        let image = image.map_err(|_| EINVAL)?;
        let mut room = Room::empty();
        let table = image.table::<One>(&mut room).map_err(|_| EINVAL)?;
        assert!(table.is_in_place());
        assert!(table.get(0) == Some(one(7, -3, 1, 0xffff_8000_0000_1000)));
        assert!(table.get(1) == Some(one(u32::MAX, i16::MIN, 0, u64::MAX)));
        assert!(table.get(2) == Some(one(0, i16::MAX, 1, 0)));
        assert_eq!(table.len(), 3);
        Ok(())
    }

    #[test]
    fn it_is_read_in_another_shape() -> Result {
        let parts = [ONE];
        let image = Image::open(&parts, &HERE, crc32).and_then(Image::verify);
        let image = image.map_err(|_| EINVAL)?;
        let mut room = Room::empty();
        let table = image.table::<Later>(&mut room).map_err(|_| EINVAL)?;
        let second = Later {
            at: PhysAddr(u64::MAX),
            count: u64::from(u32::MAX),
            owner: 0,
            delta: i32::from(i16::MIN),
        };
        assert!(table.get(1) == Some(second));
        let mut lost = 0;
        table.losses(|_| lost += 1);
        assert_eq!(lost, 1);
        Ok(())
    }

    #[test]
    fn what_is_written_is_what_another_implementation_writes() -> Result {
        let rows = [
            one(7, -3, 1, 0xffff_8000_0000_1000),
            one(u32::MAX, i16::MIN, 0, u64::MAX),
            one(0, i16::MAX, 1, 0),
        ];
        let mut memory = KVec::from_elem(0xaa_u8, 4096, GFP_KERNEL)?;
        let size = write(&rows, &mut memory)?;
        assert!(memory.get(..size) == Some(ONE));
        Ok(())
    }

    #[test]
    fn every_flipped_bit_is_found() -> Result {
        let mut damaged = KVec::new();
        damaged.extend_from_slice(ONE, GFP_KERNEL)?;
        let mut missed = 0;
        for bit in 0..ONE.len() * 8 {
            damaged[bit / 8] ^= 1 << (bit % 8);
            let parts = [&damaged[..]];
            if Image::open(&parts, &HERE, crc32).and_then(Image::verify).is_ok() {
                missed += 1;
            }
            damaged[bit / 8] ^= 1 << (bit % 8);
        }
        assert_eq!(missed, 0);
        Ok(())
    }

    #[test]
    fn a_critical_member_in_use_is_refused() -> Result {
        let mut memory = KVec::from_elem(0_u8, 4096, GFP_KERNEL)?;
        for (owner, taken) in [(0, true), (1, false)] {
            let row = Later { at: PhysAddr(4096), count: 1, owner, delta: 0 };
            let size = write(&[row], &mut memory)?;
            let parts = [&memory[..size]];
            let image = Image::open(&parts, &HERE, crc32).and_then(Image::verify);
            let image = image.map_err(|_| EINVAL)?;
            let mut room = Room::empty();
            let read = image.table::<Old>(&mut room);
            assert_eq!(read.is_ok(), taken);
            if let Err(why) = read {
                assert!(matches!(why, TableError::Refused { row: 0, path } if path == Later::OWNER));
            }
        }
        Ok(())
    }

    /// What an older reader knows of `Later`.
    #[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
    #[kserial(record = "one")]
    #[repr(C)]
    struct Old {
        #[kserial(id = 1, unit = "pages")]
        count: u64,
        #[kserial(id = 4)]
        at: PhysAddr,
    }

    #[test]
    fn an_image_of_another_machine_is_refused() {
        let parts = [ONE];
        let smaller = Machine { max_order: 9, ..HERE };
        assert!(matches!(
            Image::open(&parts, &smaller, crc32),
            Err(image::ImageError::Machine)
        ));
    }

    /// Rows that are found by their number.
    #[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
    #[kserial(record = "numbered")]
    #[repr(C)]
    struct Numbered {
        #[kserial(id = 1, key)]
        number: u64,
    }

    #[test]
    fn an_image_that_could_not_be_read_is_not_handed_over() -> Result {
        let tables = [Spec::of::<Numbered>(2).sorted()];
        for (numbers, whole) in [([1, 2], true), ([2, 1], false), ([1, 1], false)] {
            let image = Outgoing::new([], &tables, 0, |writer, []| {
                let mut rows = writer.table::<Numbered>()?;
                for number in numbers {
                    rows.push(&Numbered { number })?;
                }
                rows.finish(writer)
            });
            assert_eq!(image.is_ok(), whole);
            assert!(image.err().is_none_or(|error| error == EINVAL));
        }
        Ok(())
    }

    #[test]
    fn an_image_of_more_segments_than_readers_take_is_not_begun() {
        // 72 MiB of rows, and none of it is allocated.
        let tables = [Spec::of::<Numbered>(9 << 20)];
        let image = Outgoing::new([], &tables, 0, |_, []| Ok(()));
        assert!(image.is_err_and(|error| error == E2BIG));
    }

    #[test]
    fn an_image_is_made_anew_only_if_it_could_be_read() -> Result {
        let tables = [Spec::of::<Numbered>(2).sorted()];
        let mut image = Outgoing::rooted([], &[], 0, |_, []| Ok(()))?;
        let handle = image.handle();
        for (numbers, whole) in [([2, 1], false), ([1, 2], true)] {
            let made = image.replace([], &tables, 0, |writer, []| {
                let mut rows = writer.table::<Numbered>()?;
                for number in numbers {
                    rows.push(&Numbered { number })?;
                }
                rows.finish(writer)
            });
            assert_eq!(made.is_ok(), whole);
            assert_eq!(image.handle(), handle);
        }
        Ok(())
    }

    #[test]
    fn memory_that_was_not_handed_over_is_not_restored() -> Result {
        let memory = Preserved::new(8192)?;
        assert_eq!(memory.len(), 8192);
        assert!(memory.iter().all(|byte| *byte == 0));
        for handle in [memory.handle(), memory.handle() + 1, 0, u64::MAX] {
            assert!(matches!(Handle::new(handle).restore(), Err(error) if error == ENOENT));
        }
        Ok(())
    }
}
