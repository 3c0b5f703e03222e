//! The target `soup` under libFuzzer: what it promises stands in `tests/src/fuzz/soup.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::soup::run(bytes));
