#![no_main]
use kserial_fuzz::InC;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kserial_fuzz_targets::second_reader(bytes, &InC));
