//! The target `syntax` under libFuzzer: what it promises stands in `tests/src/fuzz/syntax.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::syntax::run(bytes));
