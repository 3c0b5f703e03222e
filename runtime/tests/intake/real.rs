//! Real data, read whole: the invoices of Online Retail II and the purchases of CDNOW. They lie beside the
//! workspace; where they do not, the test says so and passes.

use crate::shop;
use journey_program::plan::SourceFormat;
use journey_runtime::input::Input;
use journey_runtime::intake::reader::{Body, Reader};
use journey_runtime::intake::{Intake, Taken};
use std::io::Write as _;
use std::path::Path;

fn data(path: &str) -> Option<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let path = root.join("../shared/data").join(path);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        // straight to the terminal: what a passing test prints is not shown
        let _ = writeln!(std::io::stderr(), "SKIPPED: no data at {}", path.display());
    }
    bytes
}

#[test]
fn online_retail_is_read_whole() {
    let Some(bytes) = data("online-retail-2010/invoices.csv.zst") else {
        return;
    };
    let program = shop::program();
    let mut intake = Intake::new(&program, Some("till")).unwrap();
    let mut reader = Reader::open(&bytes[..], "invoices.csv.zst", intake.format()).unwrap();
    intake.header(reader.columns()).unwrap();
    let (mut sold, mut cancelled, mut dead) = (0, 0, std::collections::BTreeMap::new());
    while let Some(taken) = intake.next(&mut reader, 0).unwrap() {
        match taken {
            Taken::Input(Input::Event(event)) if event.event.0 == 0 => sold += 1,
            Taken::Input(_) => cancelled += 1,
            Taken::DeadLetter(letter) => *dead.entry(letter.reason.name()).or_insert(0) += 1,
        }
    }
    assert_eq!(reader.position().records, 28_816);
    assert_eq!(reader.position().bytes, u64::try_from(bytes.len()).unwrap());
    assert_eq!(sold + cancelled + dead.values().sum::<i32>(), 28_816);
    assert!(
        dead.keys()
            .all(|reason| ["no_identity", "no_rule"].contains(reason)),
        "{dead:?}"
    );
}

#[test]
fn cdnow_is_read_whole() {
    let Some(bytes) = data("cdnow/transactions.csv.zst") else {
        return;
    };
    let mut reader = Reader::open(&bytes[..], "transactions.csv.zst", SourceFormat::Csv).unwrap();
    assert_eq!(reader.columns(), ["customer_id", "date", "cds", "dollars"]);
    let mut rows = 0;
    while let Some(record) = reader.next().unwrap() {
        assert!(matches!(record.body, Body::Row(_)));
        rows += 1;
    }
    assert_eq!(rows, 69_659);
}
