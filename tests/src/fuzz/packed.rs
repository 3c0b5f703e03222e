//! Records packed as gzip or zstd, whole, in several parts, cut off or damaged: what is read is a prefix of
//! what was written, an input that ends too early says so and how many records came before, and nothing that
//! was read is lost.

use super::envelope::read;
use arbitrary::{Result, Unstructured};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

pub fn run(bytes: &[u8]) {
    // Too few bytes are a small input, no failure.
    let _ = packed(&mut Unstructured::new(bytes));
}

fn lines(from: &mut Unstructured<'_>, first: usize) -> Result<(String, usize)> {
    let count = from.int_in_range(0..=60)?;
    let mut text = String::new();
    for number in first..first + count {
        let noise = from.arbitrary::<u32>().unwrap_or(0);
        let line = format!(
            "{{\"type\":\"ping\",\"id\":\"e{number}\",\"ids\":{{\"user_id\":\"u{noise}\"}},\"data\":{{}}}}\n"
        );
        text.push_str(if from.ratio(1, 12).unwrap_or(false) {
            "{broken\n"
        } else {
            &line
        });
    }
    Ok((text, first + count))
}

fn compressed(text: &str, gzip: bool) -> Vec<u8> {
    if gzip {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).expect("in memory");
        encoder.finish().expect("in memory")
    } else {
        zstd::encode_all(text.as_bytes(), 1).expect("in memory")
    }
}

fn packed(from: &mut Unstructured<'_>) -> Result<()> {
    let gzip = from.arbitrary()?;
    let parts = from.int_in_range(1..=3)?;
    let damage = from.int_in_range(0..=3)?;
    let place: u32 = from.arbitrary()?;
    let (mut plain, mut bytes, mut first) = (String::new(), Vec::new(), 0);
    for _ in 0..parts {
        let (text, next) = lines(from, first)?;
        first = next;
        bytes.extend(compressed(&text, gzip));
        plain.push_str(&text);
    }
    let whole = read(plain.as_bytes(), None, plain.len());
    let place = place as usize % bytes.len();
    match damage {
        1 => bytes.truncate(place),
        2 => bytes[place] ^= 1 << (place % 8),
        _ => {}
    }
    let found = read(&bytes, None, 512);
    if damage == 0 || damage == 3 {
        assert_eq!(found, whole, "packing changes nothing");
        return Ok(());
    }
    // A check stands at the end of a part only, so what was read before it may differ; and where
    // too little is left to be known as packed: it is read as it stands
    if damage == 2 || place < 4 {
        return Ok(());
    }
    assert!(
        whole.inputs.starts_with(&found.inputs),
        "no prefix of what was written"
    );
    assert!(
        whole.dead.starts_with(&found.dead),
        "no prefix of what was written"
    );
    if found.records < whole.records && !at_a_seam(&bytes, gzip) {
        let error = found.error.expect("an input that was cut off says so");
        let count = format!("({} records", found.records);
        assert!(error.contains(&count), "{error}");
    }
    Ok(())
}

/// Cut between two parts: a whole file all the same.
fn at_a_seam(bytes: &[u8], gzip: bool) -> bool {
    if gzip {
        let mut decoder = flate2::read::MultiGzDecoder::new(bytes);
        std::io::copy(&mut decoder, &mut std::io::sink()).is_ok()
    } else {
        zstd::decode_all(bytes).is_ok()
    }
}
