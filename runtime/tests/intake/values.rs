//! Good and bad values of every type, strict (the envelope) and lenient (a source).

use crate::shop;
use journey_program::civil::Zone;
use journey_program::types::{Currency, EnumId, RecordId, Span, Type, Value};
use journey_runtime::intake::convert::Converter;
use journey_runtime::intake::json::Json;

fn read(json: &str, ty: &Type, lenient: bool) -> Result<Value, String> {
    let program = shop::program();
    let zone = lenient.then(|| Zone::named("Europe/London").unwrap());
    let converter = Converter {
        program: &program,
        zone,
        lenient,
    };
    let json = Json::parse(json).unwrap();
    converter
        .field(Some(&json), ty, None)
        .map_err(|refusal| refusal.message("f"))
}

fn good(ty: &Type, table: &[(&str, Value)]) {
    for (json, value) in table {
        for lenient in [false, true] {
            assert_eq!(
                read(json, ty, lenient),
                Ok(value.clone()),
                "{json} as {ty:?}"
            );
        }
    }
}

fn lenient(ty: &Type, table: &[(&str, Value)]) {
    for (json, value) in table {
        assert_eq!(read(json, ty, true), Ok(value.clone()), "{json} as {ty:?}");
        assert!(
            read(json, ty, false).is_err(),
            "{json} as {ty:?} is not meant to be strict"
        );
    }
}

fn bad(ty: &Type, table: &[&str]) {
    for json in table {
        for lenient in [false, true] {
            let read = read(json, ty, lenient);
            assert!(read.is_err(), "{json} as {ty:?} gave {read:?}");
        }
    }
}

#[test]
fn bools() {
    good(
        &Type::Bool,
        &[("true", Value::Bool(true)), ("false", Value::Bool(false))],
    );
    lenient(
        &Type::Bool,
        &[
            ("\"TRUE\"", Value::Bool(true)),
            ("\"false\"", Value::Bool(false)),
        ],
    );
    bad(
        &Type::Bool,
        &["1", "0", "\"yes\"", "\"\"", "null", "[]", "{}"],
    );
}

#[test]
fn ints() {
    good(
        &Type::Int,
        &[
            ("0", Value::Int(0)),
            ("-0", Value::Int(0)),
            ("9223372036854775807", Value::Int(i64::MAX)),
            ("-9223372036854775808", Value::Int(i64::MIN)),
            ("9007199254740993", Value::Int(9_007_199_254_740_993)),
            ("5.0", Value::Int(5)),
            ("1e3", Value::Int(1000)),
            ("1200e-2", Value::Int(12)),
        ],
    );
    lenient(
        &Type::Int,
        &[
            ("\"17\"", Value::Int(17)),
            ("\"17850.0\"", Value::Int(17850)),
        ],
    );
    bad(
        &Type::Int,
        &[
            "5.5",
            "9223372036854775808",
            "1e19",
            "1e-1",
            "1e999999999",
            "\"\"",
            "\" 5\"",
            "\"5 \"",
            "\"0x5\"",
            "\"5,000\"",
            "\"+5\"",
            "\"٣\"",
            "true",
            "null",
            "[5]",
            "\"NaN\"",
            "\"1_000\"",
        ],
    );
    let told = read("99999999999999999999", &Type::Int, false).unwrap_err();
    assert!(
        told.ends_with("expected a whole number that 64 bits can hold"),
        "{told}"
    );
    good(
        &Type::IntIn(0, 10),
        &[("0", Value::Int(0)), ("10", Value::Int(10))],
    );
    bad(&Type::IntIn(0, 10), &["-1", "11", "10.5"]);
}

#[test]
fn numbers() {
    good(
        &Type::Number,
        &[
            ("0.1", Value::Number(0.1)),
            ("1", Value::Number(1.0)),
            ("-2e-3", Value::Number(-0.002)),
        ],
    );
    lenient(&Type::Number, &[("\"0.25\"", Value::Number(0.25))]);
    bad(
        &Type::Number,
        &[
            "1e999",
            "-1e999",
            "\"inf\"",
            "\"NaN\"",
            "\"infinity\"",
            "\".5\"",
            "\"5.\"",
            "\"5%\"",
        ],
    );
    let share = Type::NumberIn(0f64.to_bits(), 1f64.to_bits());
    good(
        &share,
        &[("1.0", Value::Number(1.0)), ("0", Value::Number(0.0))],
    );
    bad(&share, &["1.0000001", "-0.1"]);
}

#[test]
fn money_is_exact() {
    let gbp = shop::gbp();
    let pounds = |minor| Value::Money(minor, gbp);
    good(
        &Type::Money(gbp),
        &[
            ("19.99", pounds(1999)),
            ("\"19.99\"", pounds(1999)),
            ("\"19.99 GBP\"", pounds(1999)),
            ("{\"amount\":\"19.99\",\"currency\":\"GBP\"}", pounds(1999)),
            ("{\"amount\":19.99,\"currency\":\"GBP\"}", pounds(1999)),
            ("-505.3", pounds(-50530)),
            ("80", pounds(8000)),
            ("80.000", pounds(8000)),
            ("1.999e1", pounds(1999)),
            ("92233720368547758.07", pounds(i64::MAX)),
            ("0.29", pounds(29)),
            ("1.10", pounds(110)),
        ],
    );
    bad(
        &Type::Money(gbp),
        &[
            "19.999",
            "1e-3",
            "92233720368547758.08",
            "\"£80\"",
            "\"80.00 EUR\"",
            "\"1,234.56\"",
            "\"\"",
            "true",
            "[]",
            "{\"amount\":\"80\"}",
            "{\"amount\":\"80\",\"currency\":\"EUR\"}",
            "{\"currency\":\"GBP\"}",
            "null",
            "1e99999",
        ],
    );
    let (yen, dinar) = (
        Currency::parse("JPY").unwrap(),
        Currency::parse("KWD").unwrap(),
    );
    good(
        &Type::Money(yen),
        &[
            ("80", Value::Money(80, yen)),
            ("80.0", Value::Money(80, yen)),
        ],
    );
    bad(&Type::Money(yen), &["80.5"]);
    good(&Type::Money(dinar), &[("0.125", Value::Money(125, dinar))]);
    let told = read("19.999", &Type::Money(gbp), false).unwrap_err();
    assert_eq!(
        told,
        "`f` is `19.999`, expected at most 2 digits after the point: `GBP` has no more"
    );
}

#[test]
fn texts() {
    good(
        &Type::Text,
        &[
            ("\"\"", Value::Text("".into())),
            ("\"ä\\u00e4\"", Value::Text("ää".into())),
        ],
    );
    lenient(
        &Type::Text,
        &[
            ("17", Value::Text("17".into())),
            ("1.50", Value::Text("1.50".into())),
        ],
    );
    bad(&Type::Text, &["null", "[]", "{}"]);
}

#[test]
fn times() {
    let ten = 1_767_607_200_000;
    good(
        &Type::Time,
        &[
            ("\"2026-01-05T10:00:00Z\"", Value::Time(ten)),
            ("\"2026-01-05t10:00:00.123456z\"", Value::Time(ten + 123)),
            ("\"2026-01-05T11:00:00+01:00\"", Value::Time(ten)),
            ("\"2026-01-05 04:30:00-05:30\"", Value::Time(ten)),
            ("\"1969-12-31T23:59:59.999Z\"", Value::Time(-1)),
        ],
    );
    lenient(
        &Type::Time,
        &[
            ("\"2026-01-05\"", Value::Time(ten - 36_000_000)),
            // milliseconds; what could be seconds is refused
            ("1767607200000", Value::Time(ten)),
            ("1767607200000.9", Value::Time(ten)),
            ("\"1767607200000\"", Value::Time(ten)),
            // microseconds, as GA4 exports them
            ("1767607200000123", Value::Time(ten)),
            ("\"1767607200000123\"", Value::Time(ten)),
            ("\"2026-01-05T10:00\"", Value::Time(ten)),
            ("\"2026-07-05 10:00:00\"", Value::Time(1_783_242_000_000)),
            // skipped by the change of clocks: the first instant after the gap
            ("\"2026-03-29T01:30:00\"", Value::Time(1_774_746_000_000)),
            // repeated: the first of the two
            ("\"2026-10-25T01:30:00\"", Value::Time(1_792_888_200_000)),
        ],
    );
    bad(
        &Type::Time,
        &[
            "\"2026-13-05T10:00:00Z\"",
            "\"2026-02-30T10:00:00Z\"",
            "\"2026-01-05T24:00:00Z\"",
            "\"2026-01-05T10:60:00Z\"",
            "\"2026-01-05T10:00:00Zx\"",
            "\"2026-01-05T10:00:00.Z\"",
            "\"2026-1-5T10:00:00Z\"",
            "\"05/01/2026\"",
            "\"\"",
            "1767607200",
            "null",
            "\"2026-01-05T10:00:00+1:00\"",
            "\"2026-01-05T\"",
            "\"2026-01-05T10:00:60Z\"",
        ],
    );
    let told = read("\"2026-01-05T10:00:00\"", &Type::Time, false).unwrap_err();
    assert!(told.contains("with its zone"), "{told}");
}

#[test]
fn dates_clocks_zones() {
    good(
        &Type::Date,
        &[
            ("\"1970-01-02\"", Value::Date(1)),
            ("\"2026-05-10\"", Value::Date(20583)),
        ],
    );
    bad(
        &Type::Date,
        &[
            "\"2026-02-29\"",
            "\"10.05.2026\"",
            "\"2026-05-10T00:00:00Z\"",
            "20583",
        ],
    );
    good(
        &Type::Clock,
        &[
            ("\"21:00\"", Value::Clock(75_600_000)),
            ("\"00:00:00.5\"", Value::Clock(500)),
        ],
    );
    bad(
        &Type::Clock,
        &["\"24:00\"", "\"9:00\"", "\"21:60\"", "\"21\"", "21"],
    );
    let zone = |name: &str| Value::Timezone(name.into());
    good(
        &Type::Timezone,
        &[
            ("\"Europe/London\"", zone("Europe/London")),
            ("\"UTC\"", zone("UTC")),
        ],
    );
    bad(
        &Type::Timezone,
        &["\"Mars/Olympus\"", "\"GMT+25\"", "\"\"", "0"],
    );
}

#[test]
fn durations_and_spans() {
    let ms = Value::Duration;
    good(
        &Type::Duration,
        &[
            ("\"PT1H\"", ms(3_600_000)),
            ("\"P1DT2H3M4.5S\"", ms(93_784_500)),
            ("\"P2W\"", ms(1_209_600_000)),
            ("\"-PT1M\"", ms(-60_000)),
            ("\"30 minutes\"", ms(1_800_000)),
        ],
    );
    bad(
        &Type::Duration,
        &[
            "\"P1M\"",
            "\"P1Y\"",
            "\"PT\"",
            "\"P\"",
            "\"PT1\"",
            "\"PT1H1H\"",
            "\"PT1M1H\"",
            "\"P1.5D\"",
            "\"1h\"",
            "\"P1H\"",
            "\"PT99999999999999999999S\"",
            "3600",
            "\"\"",
            "\"P9999999999999D\"",
        ],
    );
    let span = |months, days| Value::Span(Span { months, days });
    good(
        &Type::Span,
        &[
            ("\"P1M\"", span(1, 0)),
            ("\"P1Y2M10D\"", span(14, 10)),
            ("\"P1W\"", span(0, 7)),
            ("\"1 calendar day\"", span(0, 1)),
        ],
    );
    bad(
        &Type::Span,
        &[
            "\"PT1H\"",
            "\"P1DT1H\"",
            "\"P999999999Y\"",
            "\"P99999999999D\"",
            "1",
        ],
    );
}

#[test]
fn enums_records_lists() {
    let tier = Type::Enum(EnumId(0));
    good(&tier, &[("\"gold\"", Value::Enum(EnumId(0), 2))]);
    bad(&tier, &["\"Gold\"", "2", "\"\"", "null"]);
    let told = read("\"platinum\"", &tier, false).unwrap_err();
    assert_eq!(
        told,
        "`f` is `platinum`, expected a `tier`: `none`, `silver`, `gold`"
    );
    let line = Type::Record(RecordId(0));
    let fields = vec![
        Value::Text("a".into()),
        Value::Money(250, shop::gbp()),
        Value::Int(1),
    ];
    let value = Value::Record(RecordId(0), fields);
    good(
        &line,
        &[(
            "{\"sku\":\"a\",\"price\":2.5,\"colour\":\"red\"}",
            value.clone(),
        )],
    );
    let list = Type::List(Box::new(line));
    good(
        &list,
        &[
            ("[]", Value::List(vec![])),
            ("[{\"price\":2.50,\"sku\":\"a\"}]", Value::List(vec![value])),
        ],
    );
    bad(&list, &["{}", "[null]", "[[]]", "\"[]\"", "null"]);
    let told = read(
        "[{\"sku\":\"a\",\"price\":1},{\"sku\":\"b\"}]",
        &list,
        false,
    )
    .unwrap_err();
    assert_eq!(
        told,
        "`f[1].price` is missing, expected an amount in `GBP` such as `80.00`"
    );
    let ints = Type::List(Box::new(Type::Int));
    let many = |count: usize| format!("[{}]", vec!["1"; count].join(","));
    assert!(read(&many(1_000), &ints, false).is_ok());
    let told = read(&many(1_001), &ints, false).unwrap_err();
    assert_eq!(
        told,
        "`f` is `1001 elements`, expected a list of at most 1000 elements"
    );
}

#[test]
fn unknown_and_defaults() {
    good(
        &Type::Int.optional(),
        &[("null", Value::Unknown), ("5", Value::Int(5))],
    );
    assert_eq!(
        read("\"\"", &Type::Int.optional(), true),
        Ok(Value::Unknown)
    );
    assert!(read("\"\"", &Type::Int.optional(), false).is_err());
    good(&Type::Text.optional(), &[("\"\"", Value::Text("".into()))]);
    let long = format!("\"{}\"", "ä".repeat(500));
    let told = read(&long, &Type::Int, true).unwrap_err();
    assert_eq!(
        told,
        format!("`f` is `{}…`, expected a whole number", "ä".repeat(80))
    );
}
