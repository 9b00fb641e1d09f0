#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kserial_fuzz_targets::records(bytes));
