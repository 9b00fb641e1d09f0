//! One file per codec, and the list of all of them.
//!
//! An *operation* is one cell of the table: a codec, a workload, a direction. It is given its data
//! once; then it is a closure that does the whole thing again each time it is called.

pub mod by_hand;
pub mod capnp;
pub mod kserial;
mod list;
pub mod memcpy;
pub mod owned;
pub mod planus;
pub mod prost;
pub mod rkyv;
pub mod versionize;

use self::kserial::sum::{byte_by_byte, summing};
use self::list::List;
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
    /// Does it once. A decode holds its sum against the reference each time; what others write was
    /// held against it when they were listed.
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

/// Every operation on these workloads.
pub fn all(w: &Workloads) -> Vec<Operation<'_>> {
    let mut list = List::new();
    folios(&mut list, w);
    sessions(&mut list, w);
    devices(&mut list, w);
    list.operations()
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
    let tables = by_hand::tables::Folios::of(f);
    list.sum("by hand + crc32, other layout", move || tables.decode_sum_longer());
    let (tables, places) = (by_hand::tables::Folios::of(f), by_hand::tables::Place::of_longer());
    list.sum("by hand + crc32, other layout, selected", move || {
        tables.decode_sum_placed(std::hint::black_box(&places))
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
    list.encode(
        "kserial, for another reader",
        |b| k::encode_for_longer(f, b),
        k::decode_sum_longer,
    );
    list.transcode(|b| transcode::folios(f, b), |b| transcode::folios_by_hand(f, b));
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
    let tables = by_hand::tables::Tables::of(s);
    list.sum("by hand + crc32, other layout", move || tables.decode_sum_longer());
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
    let other = files.clone();
    list.transcode(
        move |b| transcode::files(&other, b),
        move |b| transcode::files_by_hand(&files, b),
    );
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
    list.encode("kserial, counts given", move |b| k::encode_counted(d, counts, b), k::decode_sum);
    let mut image = Vec::new();
    k::encode(d, &mut image);
    list.decode("kserial, verified first", &image, k::decode_sum_verified);
    list.decode("kserial, other layout, as &[T]", &image, k::decode_sum_longer);
    list.decode(OTHER_LAYOUT, &image, k::decode_sum_longer_selected);
    list.decode("kserial, other layout, verified first", &image, k::decode_sum_longer_verified);
}
