//! The target `values` under libFuzzer: what it promises stands in `tests/src/fuzz/values.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::values::run(bytes));
