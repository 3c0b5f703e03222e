//! The target `envelope` under libFuzzer: what it promises stands in `tests/src/fuzz/envelope.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::envelope::run(bytes));
