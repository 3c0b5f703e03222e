//! Any bytes as a CSV behind a header: rows are taken or become dead letters, however the bytes arrive. And
//! tables that the `csv` crate wrote come out cell for cell.

use super::envelope::read;
use arbitrary::Unstructured;
use journey_program::plan::SourceFormat;
use journey_runtime::intake::reader::{Body, Reader};

const HEADER: &[u8] = b"kind,customer,day,receipt,amount,points,a note\n";

pub fn run(bytes: &[u8]) {
    let behind = [HEADER, bytes].concat();
    for input in [bytes, &behind] {
        let whole = read(input, Some("till"), input.len());
        let slow = read(input, Some("till"), 61);
        assert_eq!(slow, whole, "it depends on how the bytes arrive");
    }
    table(bytes);
}

/// A table of cells that the bytes choose, written by one crate and read by ours.
fn table(bytes: &[u8]) {
    let from = &mut Unstructured::new(bytes);
    let columns = from.int_in_range(1..=4).unwrap_or(1);
    let mut rows: Vec<Vec<String>> = Vec::new();
    while !from.is_empty() && rows.len() < 40 {
        let cells = (0..columns).map(|_| cell(from)).collect();
        rows.push(cells);
    }
    let mut writer = ::csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(Vec::new());
    let header: Vec<String> = (0..columns).map(|number| format!("c{number}")).collect();
    writer.write_record(&header).expect("a table in memory");
    for row in &rows {
        writer.write_record(row).expect("a table in memory");
    }
    let text = writer.into_inner().expect("a table in memory");
    let mut reader = Reader::open(&text[..], "", SourceFormat::Csv).expect("a table opens");
    assert_eq!(reader.columns(), header);
    for row in &rows {
        let record = reader
            .next()
            .expect("a table reads")
            .expect("a row is there");
        let Body::Row(found) = record.body else {
            panic!("{row:?} is {:?}", record.body);
        };
        let found: Vec<&str> = found.iter().collect();
        assert_eq!(&found, row);
    }
    assert!(reader.next().expect("a table ends").is_none());
}

fn cell(from: &mut Unstructured<'_>) -> String {
    let all = ['a', 'b', ',', '"', '\n', '\r', ' ', 'é', '1', ';'];
    let length = from.int_in_range(0..=6).unwrap_or(0);
    let mut text: String = (0..length)
        .map(|_| *from.choose(&all).unwrap_or(&'a'))
        .collect();
    if text.trim().is_empty() {
        // a row of blanks alone is no row
        text.push('x');
    }
    text
}

pub fn seeds() -> Vec<Vec<u8>> {
    let rows = [
        "sale,u1,2026-01-05,r1,19.99,3,thanks\nsale,u2,2026-01-06 10:00,r2,\"1,5\",11,\"a \"\"note\"\"\"\n",
        "ping,u1,,,,7,\r\n\"\",\"\n\",\"a\nb\",,,,\n",
        "kind,customer\n",
        "sale,u1,2026-01-05,r1,19.99\nsale,u1,2026-01-05,r1,19.99,3,\"never closed\nsale,u1,2026-01-05,r3,19.99,3,x\n",
        "kind;customer;day\nsale;u;2026-01-01\n",
    ];
    let whole = rows.map(|text| [HEADER, text.as_bytes()].concat());
    rows.iter()
        .map(|text| text.as_bytes().to_vec())
        .chain(whole)
        .collect()
}
