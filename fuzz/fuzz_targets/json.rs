//! The target `json` under libFuzzer: what it promises stands in `tests/src/fuzz/json.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::json::run(bytes));
