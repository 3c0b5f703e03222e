//! The target `manifest` under libFuzzer: what it promises stands in `tests/src/fuzz/manifest.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::manifest::run(bytes));
