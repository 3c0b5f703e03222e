//! Sources, from their text to what the engine takes: Segment's calls, text, lists that make several events.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "only tests use it: a broken assumption must stop them"
)]

use journey_compiler::load::{File, lone_file};
use journey_compiler::lower::lower;
use journey_compiler::{Database, check, checked};
use journey_program::types::Value;
use journey_runtime::input::Input;
use journey_runtime::intake::reader::Reader;
use journey_runtime::intake::{Intake, Taken};

const ARRIVED: i64 = 1_767_607_200_000;

const PROGRAM: &str = r#"
event bought { sku: text  price: money<EUR>  order: text  note: text = "none" }
event churn_signal { note: text }
profile { email: text?  first_name: text? }
identity { user_id unique  ignore "anonymous" }
offer_type gift { code: text }
offer mug: gift { code: "M" }
offer pen: gift { code: "P" }
decision treat -> gift { among mug, pen outcome accepted }
source web from segment {
    identify { user_id: userId }
    when type == "track" and event == "Order Completed" => bought each x in properties.products {
        sku: x.sku
        price: x.price
        order: properties.order_id
    }
    when type == "identify" => profile { email: traits.email, first_name: traits.firstName }
}
source calls from text {
    when body matches /(?i)\b(cancel|leav(e|ing)|switch)/ => churn_signal { note: body }
}
"#;

/// What an input becomes, a line each.
fn read(source: &str, input: &str) -> Vec<String> {
    taken(Some(source), input)
}

fn taken(source: Option<&str>, input: &str) -> Vec<String> {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("shop.journey", PROGRAM));
    let Some(hir) = checked(&db, workspace) else {
        panic!("{:#?}", check(&db, workspace))
    };
    let program = lower(&hir, &|_, _| (1, 1));
    journey_program::verify::verify(&program).unwrap();
    let mut intake = Intake::new(&program, source).unwrap();
    let mut reader = Reader::open(input.as_bytes(), "", intake.format()).unwrap();
    let mut out = Vec::new();
    while let Some(taken) = intake.next(&mut reader, ARRIVED).unwrap() {
        out.push(match taken {
            Taken::Input(Input::Event(event)) => {
                let fields: Vec<String> = event.fields.iter().map(show).collect();
                let after = event.at - ARRIVED;
                let who = &event.ids.first().unwrap().1;
                format!("{} +{after} {who}: {}", event.id, fields.join(", "))
            }
            Taken::Input(Input::Profile(profile)) => {
                let writes = profile.writes.iter();
                let writes: Vec<String> = writes
                    .map(|(field, value)| format!("{field} = {}", show(value)))
                    .collect();
                format!("{} profile: {}", profile.id, writes.join(", "))
            }
            Taken::Input(other) => format!("{other:?}"),
            Taken::DeadLetter(letter) => format!("{}: {}", letter.reason.name(), letter.message),
        });
    }
    out
}

fn show(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Money(minor, _) => minor.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_call_makes_an_event_for_each_of_its_products() {
    let call = r#"{"type":"track","event":"Order Completed","messageId":"m1","userId":"u1",
        "timestamp":"2026-01-05T10:00:01Z","properties":{"order_id":"o1","products":[
        {"sku":"a","price":1.5},{"sku":"b","price":"x"},{"sku":"c","price":2}]}}"#
        .replace('\n', "");
    let read = read("web", &call);
    assert_eq!(read.len(), 3);
    assert_eq!(read[0], "m1#1 +1000 u1: a, 150, o1, none");
    assert!(read[1].starts_with("bad_value: "), "{}", read[1]);
    assert_eq!(read[2], "m1#3 +1000 u1: c, 200, o1, none");
}

#[test]
fn a_batch_is_its_calls() {
    let batch = r#"{"batch":[
        {"type":"identify","messageId":"m1","userId":"u1","traits":{"email":"a@b.c"}},
        {"type":"page","messageId":"m2","userId":"u1"},
        {"type":"identify","userId":"u2","traits":{"firstName":"Ann"}}]}"#
        .replace('\n', "");
    let read = read("web", &batch);
    assert_eq!(read.len(), 3);
    assert_eq!(read[0], "m1 profile: 0 = a@b.c");
    assert_eq!(read[1], "no_rule: no rule of the source takes the record");
    assert!(read[2].ends_with("#3 profile: 1 = Ann"), "{}", read[2]);
}

#[test]
fn a_list_that_is_missing_or_empty_is_said() {
    let call = r#"{"type":"track","event":"Order Completed","userId":"u1","properties":{}}"#;
    assert!(read("web", call)[0].starts_with("missing_field: "));
    let call = call.replace("{}", r#"{"products":[]}"#);
    assert!(read("web", &call)[0].starts_with("bad_value: "));
}

#[test]
fn a_line_of_text_is_a_body_and_an_object_says_more() {
    let lines = "I want to cancel\n\
        {\"user_id\":\"u1\",\"at\":\"2026-01-05T10:00:02Z\",\"id\":\"c1\",\"body\":\"We are leaving\"}\n\
        {\"user_id\":\"u1\",\"body\":\"all is well\"}\n";
    let read = read("calls", lines);
    assert_eq!(
        read,
        [
            "no_identity: the record identifies nobody",
            "c1 +2000 u1: We are leaving",
            "no_rule: no rule of the source takes the record",
        ]
    );
}

#[test]
fn a_touchpoint_reports_what_became_of_an_offer() {
    let line = r#"{"type":"treat.accepted","id":"e1","at":"2026-01-05T10:00:01Z","ids":{"user_id":"u1"},"data":{"offer":"pen"}}"#;
    let read = taken(None, line);
    assert!(read[0].starts_with("e1 +1000 u1: Enum("), "{}", read[0]);
    let line = line.replace("pen", "cup");
    let read = taken(None, &line);
    assert!(read[0].starts_with("bad_value: "), "{}", read[0]);
}
