//! Sources: rules in order, dynamic raw values, exact arithmetic, dead letters that say which rule and field.

use crate::shop::{self, binary, path, told};
use journey_program::raw::{RawExpr, RawOp};
use journey_program::types::Value;
use journey_runtime::input::Input;
use journey_runtime::intake::reader::Reader;
use journey_runtime::intake::{Intake, Taken};

const HEADER: &str = "invoice,ts,customer_id,amount\n";

#[test]
fn a_till_sells_and_cancels() {
    let rows = "489434,2009-12-01T07:45,13085,505.3\nC489449,2009-06-01 10:33,16321,-4.2\n";
    let taken = shop::take(Some("till"), format!("{HEADER}{rows}").as_bytes());
    let Taken::Input(Input::Event(sold)) = &taken[0] else {
        panic!("{taken:?}")
    };
    assert_eq!(sold.fields[1], Value::Money(50530, shop::gbp()));
    assert_eq!((sold.at, sold.source.as_str()), (1_259_653_500_000, "till"));
    assert_eq!(sold.ids, [(0, "13085".to_string())]);
    let Taken::Input(Input::Event(back)) = &taken[1] else {
        panic!("{taken:?}")
    };
    // British Summer Time
    assert_eq!((back.event.0, back.at), (1, 1_243_848_780_000));
}

#[test]
fn what_is_not_taken_says_why() {
    let rows = [
        (
            "A5,2009-12-01,1,2",
            r#""reason":"no_rule","message":"no rule of the source takes the record","raw":{"invoice":"A5","ts":"2009-12-01","customer_id":"1","amount":"2"}"#,
        ),
        (
            "5,2009-12-01,,2",
            r#""reason":"no_identity","event":"order_placed","message":"the record identifies nobody","rule":2"#,
        ),
        ("5,12/01/2009,1,2", r#""field":"at","value":"12/01/2009""#),
        (
            "5,,1,2",
            r#""reason":"missing_field","event":"order_placed","field":"at""#,
        ),
        (
            "5,2009-12-01,1,2.505",
            r#""field":"total","value":"2.505","message":"`total` is `2.505`, expected at most 2 digits"#,
        ),
        (
            "5,2009-12-01,1,",
            r#""reason":"missing_field","event":"order_placed","field":"total""#,
        ),
        (
            "5,2009-12-01,1",
            r#""reason":"ragged_row","message":"the row has 3 cells, the header 4","raw":"5,2009-12-01,1""#,
        ),
    ];
    for (row, expected) in rows {
        let told = told(Some("till"), &format!("{HEADER}{row}\n")).join("\n");
        assert!(
            told.starts_with(r#"{"record":1,"source":"till","#),
            "{told}"
        );
        assert!(told.contains(expected), "{row}\n{told}\n{expected}");
    }
}

#[test]
fn a_missing_column_is_an_error_before_the_first_record() {
    let program = shop::program();
    let mut intake = Intake::new(&program, Some("till")).unwrap();
    let input = "invoice,ts,Customer_ID,amount\n1,2,3,4\n";
    let reader = Reader::open(input.as_bytes(), "", intake.format()).unwrap();
    let told = intake.header(reader.columns()).unwrap_err().to_string();
    assert_eq!(
        told,
        "source `till` reads a column `customer_id` that is missing, did you mean `Customer_ID`?"
    );
    let twice = ["invoice", "ts", "ts", "customer_id", "amount"].map(Into::into);
    let told = intake.header(&twice).unwrap_err().to_string();
    assert_eq!(told, "the column `ts` stands twice in the header");
    let told = Intake::new(&program, Some("til")).unwrap_err().to_string();
    assert_eq!(
        told,
        "the program has no source `til`, did you mean `till`?"
    );
}

#[test]
fn json_by_paths() {
    let order = r#"{"type":"track","event":"Order Completed","messageId":"m1","ts":"2026-01-05T10:00:00Z","userId":17,"properties":{"order_id":5,"revenue":"19.99","products":[{"sku":"a","price":1.1}],"a":0.1,"b":1.9}}"#;
    let taken = shop::take(Some("web"), order.as_bytes());
    let Taken::Input(Input::Event(event)) = &taken[0] else {
        panic!("{taken:?}")
    };
    assert_eq!(
        (event.id.as_str(), &event.ids[0]),
        ("m1", &(0, "17".to_string()))
    );
    // 0.1 + 1.9 is 2, a whole number, as no double would have it for certain
    assert_eq!(event.fields[4], Value::Int(2));
    let identify = r#"{"type":"identify","traits":{"email":"a@b.c","tier":null}}"#;
    let taken = shop::take(Some("web"), identify.as_bytes());
    let Taken::Input(Input::Profile(profile)) = &taken[0] else {
        panic!("{taken:?}")
    };
    assert_eq!(profile.writes, [(1, Value::Text("a@b.c".into()))]);
    let inexact = order.replace("0.1,", "\"x\",");
    let told = told(Some("web"), &inexact).join("\n");
    assert!(
        told.contains(
            r#""field":"score","value":"x","message":"`score` is `x`, expected a number"#
        ),
        "{told}"
    );
}

/// `when: raw` over `{"a": …}`: whether the rule takes it.
fn holds(raw: RawExpr, record: &str) -> bool {
    let mut program = shop::program();
    let mut source = program.sources[1].clone();
    source.identify = vec![("user_id".into(), shop::text("u"))];
    source.rules[1].when = Some(raw);
    source.rules.remove(0);
    program.sources = vec![source];
    let mut intake = Intake::new(&program, Some("web")).unwrap();
    let mut reader = Reader::open(record.as_bytes(), "", intake.format()).unwrap();
    matches!(intake.next(&mut reader, 0).unwrap(), Some(Taken::Input(_)))
}

#[test]
fn comparisons_are_dynamic() {
    let number = |text: &str| RawExpr::Number(text.into());
    let list = |texts: &[&str]| RawExpr::List(texts.iter().map(|t| shop::text(t)).collect());
    let a = || path("a");
    let absent = r#"{"b":1}"#;
    let table = [
        (binary(RawOp::Eq, a(), number("1.0")), r#"{"a":1}"#, true),
        (binary(RawOp::Eq, a(), number("1")), r#"{"a":"1.00"}"#, true),
        (
            binary(RawOp::Eq, a(), shop::text("01")),
            r#"{"a":"1"}"#,
            false,
        ),
        (binary(RawOp::Gt, a(), number("9")), r#"{"a":"10"}"#, true),
        (
            binary(RawOp::Gt, a(), shop::text("9")),
            r#"{"a":"x"}"#,
            true,
        ),
        (
            binary(RawOp::Eq, a(), RawExpr::Bool(true)),
            r#"{"a":"True"}"#,
            true,
        ),
        (binary(RawOp::Eq, a(), shop::text("x")), absent, false),
        (binary(RawOp::Ne, a(), shop::text("x")), absent, true),
        (binary(RawOp::Lt, a(), number("5")), absent, false),
        (binary(RawOp::Ge, a(), number("5")), absent, false),
        (
            binary(RawOp::In, a(), list(&["x", "y"])),
            r#"{"a":"y"}"#,
            true,
        ),
        (
            binary(RawOp::Contains, a(), shop::text("y")),
            r#"{"a":["x","y"]}"#,
            true,
        ),
        (
            binary(RawOp::Contains, a(), shop::text("y")),
            r#"{"a":"xyz"}"#,
            true,
        ),
        (
            binary(RawOp::EndsWith, a(), shop::text("z")),
            r#"{"a":"xyz"}"#,
            true,
        ),
        (RawExpr::Known(Box::new(a())), r#"{"a":null}"#, false),
        (
            RawExpr::Not(Box::new(RawExpr::Known(Box::new(a())))),
            absent,
            true,
        ),
        (RawExpr::Matches(Box::new(a()), 0), r#"{"a":"123"}"#, true),
        (RawExpr::Matches(Box::new(a()), 0), r#"{"a":"12x"}"#, false),
        (
            binary(
                RawOp::Eq,
                binary(RawOp::Else, a(), number("7")),
                number("7"),
            ),
            absent,
            true,
        ),
        (
            binary(
                RawOp::Eq,
                binary(RawOp::Mul, a(), number("3")),
                number("0.3"),
            ),
            r#"{"a":0.1}"#,
            true,
        ),
        (
            binary(
                RawOp::Eq,
                binary(RawOp::Sub, a(), number("0.2")),
                number("0.1"),
            ),
            r#"{"a":0.3}"#,
            true,
        ),
        (
            RawExpr::Between(Box::new(a()), Box::new(number("1")), Box::new(number("2"))),
            r#"{"a":2}"#,
            true,
        ),
    ];
    for (raw, record, expected) in table {
        assert_eq!(
            holds(raw.clone(), record),
            expected,
            "{raw:?} over {record}"
        );
    }
}
