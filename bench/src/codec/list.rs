//! Operations as they are listed, each held against the reference before any is timed.
//!
//! What a decode comes to is compared each time. What an encode or a transcode writes is looked at
//! once, here: one that leaves something out would be the faster for it.

use super::{memcpy, Direction, Operation, MEMCPY};

/// Operations, and what those of the current workload are held against.
pub(super) struct List<'w> {
    operations: Vec<Operation<'w>>,
    workload: &'static str,
    payload: usize,
    reference: u64,
}

/// What lies in a buffer before it is written: nothing that a codec writes, so that it shows where
/// nothing was written.
const STALE: u8 = 0xa5;

impl<'w> List<'w> {
    pub(super) fn new() -> Self {
        Self { operations: Vec::new(), workload: "", payload: 0, reference: 0 }
    }

    pub(super) fn operations(self) -> Vec<Operation<'w>> {
        self.operations
    }

    pub(super) fn begin(&mut self, workload: &'static str, payload: usize, reference: u64) {
        (self.workload, self.payload, self.reference) = (workload, payload, reference);
        let bytes = vec![0x5a; payload];
        let mut summed = Vec::new();
        memcpy::encode_crc32(&bytes, &mut summed);
        let (copied, encoded) = (bytes.clone(), bytes.clone());
        self.write(MEMCPY, Direction::Encode, move |b| memcpy::copy(&copied, b), |b| b == bytes);
        self.write(
            "memcpy + crc32",
            Direction::Encode,
            move |b| memcpy::encode_crc32(&encoded, b),
            |b| b == summed,
        );
        let read = summed.clone();
        self.write(
            "memcpy + crc32",
            Direction::Decode,
            move |b| memcpy::decode_crc32(&read, b),
            |b| b == bytes,
        );
    }

    /// A codec that is its own reader.
    pub(super) fn codec(
        &mut self,
        codec: &'static str,
        encode: impl Fn(&mut Vec<u8>) + 'w,
        decode: fn(&[u8]) -> u64,
    ) {
        let mut buffer = Vec::new();
        encode(&mut buffer);
        self.decode(codec, &buffer, decode);
        self.encode(codec, encode, decode);
    }

    /// An encoder, and the decoder that what it writes is for.
    pub(super) fn encode(
        &mut self,
        codec: &'static str,
        encode: impl Fn(&mut Vec<u8>) + 'w,
        decode: fn(&[u8]) -> u64,
    ) {
        let reference = self.reference;
        self.write(codec, Direction::Encode, encode, |bytes| decode(bytes) == reference);
    }

    /// A decoder of these bytes.
    pub(super) fn decode(&mut self, codec: &'static str, bytes: &[u8], decode: fn(&[u8]) -> u64) {
        let bytes = bytes.to_vec();
        self.sum(codec, move || decode(&bytes));
    }

    /// A decoder that has its bytes.
    pub(super) fn sum(&mut self, codec: &'static str, sum: impl Fn() -> u64 + 'w) {
        let (reference, workload) = (self.reference, self.workload);
        self.add(codec, Direction::Decode, 0.0, move || {
            assert_eq!(sum(), reference, "{codec} sums {workload} wrong");
        });
    }

    /// Rows turned into rows of another layout by a plan, and the same by a loop that knows both: they
    /// write the same bytes.
    pub(super) fn transcode(
        &mut self,
        planned: impl Fn(&mut Vec<u8>) + 'w,
        by_hand: impl Fn(&mut Vec<u8>) + 'w,
    ) {
        let (mut plan_writes, mut hand_writes) = (Vec::new(), Vec::new());
        planned(&mut plan_writes);
        by_hand(&mut hand_writes);
        let transcode = Direction::Transcode;
        self.write("kserial, planned", transcode, planned, |bytes| bytes == hand_writes);
        self.write("by hand", transcode, by_hand, |bytes| bytes == plan_writes);
    }

    /// What fills a buffer: its own, which it has filled before it is timed, over other bytes.
    fn write(
        &mut self,
        codec: &'static str,
        direction: Direction,
        write: impl Fn(&mut Vec<u8>) + 'w,
        is_right: impl FnOnce(&[u8]) -> bool,
    ) {
        let mut buffer = Vec::new();
        write(&mut buffer);
        buffer.fill(STALE);
        write(&mut buffer);
        assert!(is_right(&buffer), "{codec} writes {} wrong ({direction:?})", self.workload);
        let size = match direction {
            Direction::Encode => buffer.len() as f64 / self.payload as f64,
            Direction::Decode | Direction::Transcode => 0.0,
        };
        self.add(codec, direction, size, move || write(&mut buffer));
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> List<'static> {
        let mut list = List::new();
        list.begin("W", 4, 10);
        list
    }

    fn sum(bytes: &[u8]) -> u64 {
        bytes.iter().map(|byte| u64::from(*byte)).sum()
    }

    fn write(bytes: &'static [u8]) -> impl Fn(&mut Vec<u8>) {
        move |buffer| {
            buffer.clear();
            buffer.extend_from_slice(bytes);
        }
    }

    #[test]
    fn what_is_written_as_it_should_be_is_listed() {
        let mut list = list();
        list.codec("codec", write(&[1, 2, 3, 4]), sum);
        list.transcode(write(&[1, 2]), write(&[1, 2]));
        assert_eq!(list.operations().len(), 7);
    }

    #[test]
    #[should_panic(expected = "codec writes W wrong (Encode)")]
    fn an_encoder_that_leaves_out_a_byte_is_noticed() {
        list().encode("codec", write(&[1, 2, 3]), sum);
    }

    #[test]
    #[should_panic(expected = "codec writes W wrong (Encode)")]
    fn an_encoder_that_relies_on_what_the_buffer_held_is_noticed() {
        let once = |buffer: &mut Vec<u8>| {
            if buffer.is_empty() {
                buffer.extend_from_slice(&[1, 2, 3, 4]);
            }
        };
        list().encode("codec", once, sum);
    }

    #[test]
    #[should_panic(expected = "kserial, planned writes W wrong (Transcode)")]
    fn a_plan_that_skips_a_member_is_noticed() {
        list().transcode(write(&[1, 0, 3]), write(&[1, 2, 3]));
    }

    #[test]
    #[should_panic(expected = "codec sums W wrong")]
    fn a_decoder_that_leaves_out_a_byte_is_noticed_when_it_runs() {
        let mut list = list();
        list.decode("codec", &[1, 2, 3, 4], |bytes| sum(bytes) - 1);
        (list.operations().pop().expect("the decoder").run)();
    }
}
