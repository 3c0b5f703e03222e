//! The target `format` under libFuzzer: what it promises stands in `tests/src/fuzz/format.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::format::run(bytes));
