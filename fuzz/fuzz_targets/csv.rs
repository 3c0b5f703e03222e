//! The target `csv` under libFuzzer: what it promises stands in `tests/src/fuzz/csv.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journey_tests::fuzz::csv::run(bytes));
