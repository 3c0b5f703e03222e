//! The target `lsp` under libFuzzer: what it promises stands in `tests/src/fuzz/lsp.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::lsp::run(bytes));
