//! The target `edits` under libFuzzer: what it promises stands in `tests/src/fuzz/edits.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::edits::run(bytes));
