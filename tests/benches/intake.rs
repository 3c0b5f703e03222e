//! How fast bytes become inputs: canonical JSON lines, rows of a CSV through a source, and the same rows
//! compressed. Prints records a second.

#![expect(clippy::unwrap_used, reason = "a bench may fail by panicking")]

#[path = "../../runtime/tests/intake/shop.rs"]
#[expect(dead_code, reason = "shared with the intake's own tests")]
mod shop;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use journey_runtime::intake::reader::Reader;
use journey_runtime::intake::{Intake, Taken};
use std::fmt::Write;
use std::hint::black_box;

const RECORDS: u32 = 20_000;

fn lines() -> String {
    let mut text = String::new();
    for n in 0..RECORDS {
        let (day, pence) = (n % 28 + 1, n % 100);
        writeln!(
            text,
            r#"{{"type":"order_placed","id":"e-{n}","at":"2026-01-{day:02}T10:00:00Z","ids":{{"user_id":"u{}"}},"data":{{"order_id":"o{n}","total":{n}.{pence:02},"items":[{{"sku":"a{n}","price":1.25}}]}}}}"#,
            n % 1_000
        )
        .unwrap();
    }
    text
}

fn rows() -> String {
    let mut text = String::from("invoice,ts,customer_id,country,lines,units,amount\n");
    for n in 0..RECORDS {
        let (day, pence) = (n % 28 + 1, n % 100);
        writeln!(
            text,
            "{n},2010-01-{day:02}T07:45,{},United Kingdom,8,166,{n}.{pence:02}",
            n % 999
        )
        .unwrap();
    }
    text
}

fn read(source: Option<&str>, bytes: &[u8]) -> u32 {
    let program = shop::program();
    let mut intake = Intake::new(&program, source).unwrap();
    let mut reader = Reader::open(bytes, "", intake.format()).unwrap();
    intake.header(reader.columns()).unwrap();
    let mut taken = 0;
    while let Some(next) = intake.next(&mut reader, 0).unwrap() {
        taken += u32::from(matches!(black_box(next), Taken::Input(_)));
    }
    taken
}

fn intake(criterion: &mut Criterion) {
    let (lines, rows) = (lines(), rows());
    let packed = zstd::encode_all(rows.as_bytes(), 3).unwrap();
    let mut group = criterion.benchmark_group("intake");
    group.throughput(Throughput::Elements(u64::from(RECORDS)));
    for (name, source, bytes) in [
        ("canonical json", None, lines.as_bytes()),
        ("csv source", Some("till"), rows.as_bytes()),
        ("csv source, zstd", Some("till"), &packed),
    ] {
        assert_eq!(read(source, bytes), RECORDS);
        group.bench_function(name, |bencher| bencher.iter(|| read(source, bytes)));
    }
    group.finish();
}

criterion_group!(benches, intake);
criterion_main!(benches);
