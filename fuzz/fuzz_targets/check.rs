//! The target `check` under libFuzzer: what it promises stands in `tests/src/fuzz/check.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::check::run(bytes));
