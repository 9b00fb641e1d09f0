//! One file per codec, and the list of all of them.
//!
//! An *operation* is one cell of the table: a codec, a workload, a direction. It is given its data
//! once; then it is a closure that does the whole thing again each time it is called.

pub mod by_hand;
pub mod capnp;
pub mod kserial;
pub mod memcpy;
pub mod owned;
pub mod planus;
pub mod prost;
pub mod rkyv;
pub mod versionize;

use self::kserial::sum::{byte_by_byte, summing};
use crate::workload::{memfd, pci, sessions};

/// Which way.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From native structs to bytes.
    Encode,
    /// From bytes that are not trusted to the sum over every field.
    Decode,
    /// From rows of one layout to rows of another.
    Transcode,
}

/// One thing to measure.
pub struct Operation<'w> {
    /// `W1` to `W3`.
    pub workload: &'static str,
    /// The codec, and what is special about the row.
    pub codec: &'static str,
    /// Which way.
    pub direction: Direction,
    /// Bytes of the encoding, as a multiple of the payload; 0 where another row says it.
    pub size: f64,
    /// Does it once, and holds the sum against the reference.
    pub run: Box<dyn FnMut() + 'w>,
}

/// The codec that all others are a multiple of.
pub const MEMCPY: &str = "memcpy";

/// KSerial reading the members of rows that another version wrote.
const OTHER_LAYOUT: &str = "kserial, other layout, selected members";

/// All data of a run.
pub struct Workloads {
    pub folios: memfd::Folios,
    pub sessions: sessions::Sessions,
    pub devices: pci::Devices,
}

impl Workloads {
    /// The data of `seed`, as much as the measured workloads divided by `part`.
    pub fn generate(seed: u64, part: usize) -> Self {
        Self {
            folios: memfd::generate(seed, memfd::FOLIOS / part),
            sessions: sessions::generate(seed, sessions::SESSIONS / part),
            devices: pci::generate(seed, pci::DEVICES / part),
        }
    }
}

/// Operations as they are listed below.
struct List<'w> {
    operations: Vec<Operation<'w>>,
    workload: &'static str,
    payload: usize,
    reference: u64,
}

impl<'w> List<'w> {
    fn begin(&mut self, workload: &'static str, payload: usize, reference: u64) {
        (self.workload, self.payload, self.reference) = (workload, payload, reference);
        let (bytes, mut buffer) = (vec![0x5a; payload], Vec::new());
        self.add(MEMCPY, Direction::Encode, 1.0, move || memcpy::copy(&bytes, &mut buffer));
        let (bytes, mut buffer) = (vec![0x5a; payload], Vec::new());
        self.add("memcpy + crc32", Direction::Encode, 1.0, move || {
            memcpy::encode_crc32(&bytes, &mut buffer);
        });
        let (mut bytes, mut buffer) = (Vec::new(), Vec::new());
        memcpy::encode_crc32(&vec![0x5a; payload], &mut bytes);
        self.add("memcpy + crc32", Direction::Decode, 0.0, move || {
            memcpy::decode_crc32(&bytes, &mut buffer);
        });
    }

    fn add(
        &mut self,
        codec: &'static str,
        direction: Direction,
        size: f64,
        run: impl FnMut() + 'w,
    ) {
        let run = Box::new(run);
        self.operations.push(Operation { workload: self.workload, codec, direction, size, run });
    }

    /// A codec that is its own reader.
    fn codec(
        &mut self,
        codec: &'static str,
        encode: impl Fn(&mut Vec<u8>) + 'w,
        decode: fn(&[u8]) -> u64,
    ) {
        let mut buffer = Vec::new();
        encode(&mut buffer);
        self.decode(codec, &buffer, decode);
        self.encode(codec, encode);
    }

    fn encode(&mut self, codec: &'static str, encode: impl Fn(&mut Vec<u8>) + 'w) {
        let mut buffer = Vec::new();
        encode(&mut buffer);
        let size = buffer.len() as f64 / self.payload as f64;
        self.add(codec, Direction::Encode, size, move || encode(&mut buffer));
    }

    fn decode(&mut self, codec: &'static str, bytes: &[u8], decode: fn(&[u8]) -> u64) {
        let (bytes, reference, workload) = (bytes.to_vec(), self.reference, self.workload);
        self.add(codec, Direction::Decode, 0.0, move || {
            assert_eq!(decode(&bytes), reference, "{codec} sums {workload} wrong");
        });
    }
}

/// Every operation on these workloads.
pub fn all(w: &Workloads) -> Vec<Operation<'_>> {
    let mut list = List { operations: Vec::new(), workload: "", payload: 0, reference: 0 };
    folios(&mut list, w);
    sessions(&mut list, w);
    devices(&mut list, w);
    list.operations
}

/// The codecs that build structs of their own or of the program when they decode.
macro_rules! owned {
    ($list:ident, $data:ident, $encode:ident, $decode:ident) => {
        $list.codec("wincode", |b| owned::wincode::$encode($data, b), owned::wincode::$decode);
        $list.codec("bincode", |b| owned::bincode::$encode($data, b), owned::bincode::$decode);
        $list.codec("postcard", |b| owned::postcard::$encode($data, b), owned::postcard::$decode);
        $list.codec("savefile", |b| owned::savefile::$encode($data, b), owned::savefile::$decode);
        $list.codec("minicbor", |b| owned::minicbor::$encode($data, b), owned::minicbor::$decode);
        $list.codec("versionize", |b| versionize::$encode($data, b), versionize::$decode);
        $list.codec("prost", |b| prost::$encode($data, b), prost::$decode);
    };
}

/// KSerial with sums as a kernel computes them that may not use its vector registers.
macro_rules! bytewise {
    ($list:ident, $data:ident, $of:ident) => {
        $list.codec(
            "kserial, sums byte by byte",
            |b| summing(byte_by_byte, || $of::encode($data, b)),
            |b| summing(byte_by_byte, || $of::decode_sum(b)),
        );
        let mut image = Vec::new();
        $of::encode($data, &mut image);
        $list.decode("kserial, sums byte by byte, verified first", &image, |b| {
            summing(byte_by_byte, || $of::decode_sum_verified(b))
        });
    };
}

fn folios<'w>(list: &mut List<'w>, w: &'w Workloads) {
    use by_hand::{Plain, Summed, SummedFirst};
    use kserial::{memfd as k, transcode};
    let f = &w.folios;
    list.begin("W1", memfd::payload(f), memfd::reference(f));
    list.codec(
        "by hand",
        |b| by_hand::encode_folios::<Plain>(f, b),
        by_hand::decode_sum_folios::<Plain>,
    );
    list.codec(
        "by hand + crc32",
        |b| by_hand::encode_folios::<Summed>(f, b),
        by_hand::decode_sum_folios::<Summed>,
    );
    let mut summed = Vec::new();
    by_hand::encode_folios::<Summed>(f, &mut summed);
    let first = by_hand::decode_sum_folios::<SummedFirst>;
    list.decode("by hand + crc32, verified first", &summed, first);
    let (tables, reference) = (by_hand::tables::Folios::of(f), list.reference);
    list.add("by hand + crc32, other layout", Direction::Decode, 0.0, move || {
        assert_eq!(tables.decode_sum_longer(), reference, "the table by hand sums W1 wrong");
    });
    let (tables, places) = (by_hand::tables::Folios::of(f), by_hand::tables::Place::of_longer());
    list.add("by hand + crc32, other layout, selected", Direction::Decode, 0.0, move || {
        let sum = tables.decode_sum_placed(std::hint::black_box(&places));
        assert_eq!(sum, reference, "the places by hand sum W1 wrong");
    });
    list.codec("rkyv", |b| rkyv::encode_folios(f, b), rkyv::decode_sum_folios);
    list.codec("capnp", |b| capnp::encode_folios(f, b), capnp::decode_sum_folios);
    list.codec("planus", |b| planus::encode_folios(f, b), planus::decode_sum_folios);
    owned!(list, f, encode_folios, decode_sum_folios);
    list.codec("kserial", |b| k::encode(f, b), k::decode_sum);
    bytewise!(list, f, k);
    let mut image = Vec::new();
    k::encode(f, &mut image);
    list.decode("kserial, verified first", &image, k::decode_sum_verified);
    list.decode("kserial, other layout, as &[T]", &image, k::decode_sum_longer);
    list.decode(OTHER_LAYOUT, &image, k::decode_sum_longer_selected);
    list.decode("kserial, other layout, verified first", &image, k::decode_sum_longer_verified);
    list.decode("kserial, selected members", &image, k::decode_sum_selected);
    list.decode("kserial, bit fields split anew, as &[T]", &image, k::decode_sum_split);
    list.decode("kserial, bit fields split anew, selected", &image, k::decode_sum_split_selected);
    list.codec("kserial, one range", |b| k::encode_ranged(f, b), k::decode_sum_ranged);
    list.encode("kserial, for another reader", |b| k::encode_for_longer(f, b));
    let mut buffer = Vec::new();
    list.add("kserial, planned", Direction::Transcode, 0.0, move || {
        transcode::folios(f, &mut buffer)
    });
    let mut buffer = Vec::new();
    list.add("by hand", Direction::Transcode, 0.0, move || {
        transcode::folios_by_hand(f, &mut buffer)
    });
}

fn sessions<'w>(list: &mut List<'w>, w: &'w Workloads) {
    use by_hand::{Plain, Summed, SummedFirst};
    use kserial::{sessions as k, transcode};
    let s = &w.sessions;
    list.begin("W2", sessions::payload(s), sessions::reference(s));
    list.codec(
        "by hand",
        |b| by_hand::encode_sessions::<Plain>(s, b),
        by_hand::decode_sum_sessions::<Plain>,
    );
    list.codec(
        "by hand + crc32",
        |b| by_hand::encode_sessions::<Summed>(s, b),
        by_hand::decode_sum_sessions::<Summed>,
    );
    let mut summed = Vec::new();
    by_hand::encode_sessions::<Summed>(s, &mut summed);
    let first = by_hand::decode_sum_sessions::<SummedFirst>;
    list.decode("by hand + crc32, verified first", &summed, first);
    let (tables, reference) = (by_hand::tables::Tables::of(s), list.reference);
    list.add("by hand + crc32, other layout", Direction::Decode, 0.0, move || {
        assert_eq!(tables.decode_sum_longer(), reference, "the tables by hand sum W2 wrong");
    });
    list.codec("rkyv", |b| rkyv::encode_sessions(s, b), rkyv::decode_sum_sessions);
    list.codec("capnp", |b| capnp::encode_sessions(s, b), capnp::decode_sum_sessions);
    list.codec("planus", |b| planus::encode_sessions(s, b), planus::decode_sum_sessions);
    owned!(list, s, encode_sessions, decode_sum_sessions);
    list.codec("kserial", |b| k::encode(s, b), k::decode_sum);
    bytewise!(list, s, k);
    let mut image = Vec::new();
    k::encode(s, &mut image);
    list.decode("kserial, verified first", &image, k::decode_sum_verified);
    list.decode("kserial, other layout, as &[T]", &image, k::decode_sum_longer);
    list.decode(OTHER_LAYOUT, &image, k::decode_sum_longer_selected);
    list.decode("kserial, other layout, verified first", &image, k::decode_sum_longer_verified);
    let files = transcode::files_of(s);
    let (other, mut buffer) = (files.clone(), Vec::new());
    list.add("kserial, planned", Direction::Transcode, 0.0, move || {
        transcode::files(&other, &mut buffer)
    });
    let mut buffer = Vec::new();
    list.add("by hand", Direction::Transcode, 0.0, move || {
        transcode::files_by_hand(&files, &mut buffer)
    });
}

fn devices<'w>(list: &mut List<'w>, w: &'w Workloads) {
    use by_hand::{Plain, Summed, SummedFirst};
    use kserial::pci as k;
    let d = &w.devices;
    list.begin("W3", pci::payload(d), pci::reference(d));
    list.codec(
        "by hand",
        |b| by_hand::encode_devices::<Plain>(d, b),
        by_hand::decode_sum_devices::<Plain>,
    );
    list.codec(
        "by hand + crc32",
        |b| by_hand::encode_devices::<Summed>(d, b),
        by_hand::decode_sum_devices::<Summed>,
    );
    let mut summed = Vec::new();
    by_hand::encode_devices::<Summed>(d, &mut summed);
    let first = by_hand::decode_sum_devices::<SummedFirst>;
    list.decode("by hand + crc32, verified first", &summed, first);
    list.codec("rkyv", |b| rkyv::encode_devices(d, b), rkyv::decode_sum_devices);
    list.codec("capnp", |b| capnp::encode_devices(d, b), capnp::decode_sum_devices);
    list.codec("planus", |b| planus::encode_devices(d, b), planus::decode_sum_devices);
    owned!(list, d, encode_devices, decode_sum_devices);
    list.codec("kserial", |b| k::encode(d, b), k::decode_sum);
    bytewise!(list, d, k);
    let counts = pci::count(d);
    list.encode("kserial, counts given", move |b| k::encode_counted(d, counts, b));
    let mut image = Vec::new();
    k::encode(d, &mut image);
    list.decode("kserial, verified first", &image, k::decode_sum_verified);
    list.decode("kserial, other layout, as &[T]", &image, k::decode_sum_longer);
    list.decode(OTHER_LAYOUT, &image, k::decode_sum_longer_selected);
    list.decode("kserial, other layout, verified first", &image, k::decode_sum_longer_verified);
}
