//! The target `ir` under libFuzzer: what it promises stands in `tests/src/fuzz/ir.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::ir::run(bytes));
