//! The target `request` under libFuzzer: what it promises stands in `tests/src/fuzz/request.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::request::run(bytes));
