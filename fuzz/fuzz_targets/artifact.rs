//! The target `artifact` under libFuzzer: what it promises stands in `tests/src/fuzz/artifact.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::artifact::run(bytes));
