//! The target `packed` under libFuzzer: what it promises stands in `tests/src/fuzz/packed.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::packed::run(bytes));
