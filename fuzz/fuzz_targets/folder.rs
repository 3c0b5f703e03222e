//! The target `folder` under libFuzzer: what it promises stands in `tests/src/fuzz/folder.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::folder::run(bytes));
