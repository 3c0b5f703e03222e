//! The canonical envelope: what it takes, what it refuses and how it says so.

use crate::shop::{self, told};
use journey_program::types::{EnumId, EventId, Value};
use journey_runtime::input::{EventInput, Input, ProfileInput};
use journey_runtime::intake::{Intake, Taken};

fn one(input: &str) -> Taken {
    let mut taken = shop::take(None, input.as_bytes());
    assert_eq!(taken.len(), 1, "{taken:?}");
    taken.remove(0)
}

fn refused(input: &str) -> String {
    told(None, input).join("\n")
}

#[test]
fn an_event_a_profile_an_outcome_the_clock() {
    let order = r#"{"type":"order_placed","id":"e-17","at":"2026-01-05T10:00:00Z","ids":{"email":"a@b.c","user_id":"u1"},"data":{"order_id":"o1","total":80.10,"items":[]}}"#;
    let text = |value: &str| Value::Text(value.into());
    let fields = vec![
        text("o1"),
        Value::Money(8010, shop::gbp()),
        Value::List(vec![]),
        text(""),
        Value::Unknown,
    ];
    let ids = vec![(0, "u1".to_string()), (1, "a@b.c".to_string())];
    let event = EventInput {
        event: EventId(0),
        id: "e-17".into(),
        at: 1_767_607_200_000,
        source: String::new(),
        ids,
        fields,
    };
    assert_eq!(one(order), Taken::Input(Input::Event(event)));
    let profile = r#"{"type":"profile","id":"e-18","ids":{"user_id":"u1"},"data":{"tier":"gold","email":null}}"#;
    let writes = vec![(1, Value::Unknown), (2, Value::Enum(EnumId(0), 2))];
    let (id, at, source) = ("e-18".into(), shop::ARRIVED, String::new());
    let ids = vec![(0, "u1".to_string())];
    let expected = ProfileInput {
        id,
        at,
        source,
        ids,
        writes,
    };
    assert_eq!(one(profile), Taken::Input(Input::Profile(expected)));
    let click =
        r#"{"type":"email.clicked","ids":{"user_id":"u1"},"data":{"send":"k","link":"https://x"}}"#;
    assert!(matches!(one(click), Taken::Input(Input::Event(event)) if event.event == EventId(2)));
    let clock = r#"{"type":"@clock","at":"2026-02-01T00:00:00Z"}"#;
    assert_eq!(one(clock), Taken::Input(Input::Clock(1_769_904_000_000)));
}

#[test]
fn an_id_of_its_own_for_every_record() {
    let line = r#"{"type":"order_cancelled","ids":{"user_id":"u1"},"data":{"order_id":"o1"}}"#;
    let input = format!("{line}\n\n{line}\n");
    let ids = |input: &str| -> Vec<String> {
        let taken = shop::take(None, input.as_bytes());
        let id = |taken| match taken {
            Taken::Input(Input::Event(event)) => event.id,
            other @ (Taken::Input(_) | Taken::DeadLetter(_)) => panic!("{other:?}"),
        };
        taken.into_iter().map(id).collect()
    };
    let first = ids(&input);
    assert_ne!(first[0], first[1]);
    assert!(first[0].len() == 32 && first[0].bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(first, ids(&input));
    assert_eq!(first, ids(&format!("[{line}, {line}]")));
}

#[test]
fn refusals_name_field_value_and_reason() {
    let table = [
        (
            "5",
            r#""reason":"not_a_record","message":"an event is a JSON object, this is a number","raw":5"#,
        ),
        (
            "{",
            r#""reason":"not_a_record","message":"the record is not JSON: a key in quotes is due (byte 1)","raw":"{""#,
        ),
        (
            "{}",
            r#""field":"type","message":"`type` is missing, expected the name of an event""#,
        ),
        (
            r#"{"type":"order_plased"}"#,
            r#""message":"no event is called `order_plased`, did you mean `order_placed`?""#,
        ),
        (
            r#"{"type":"@clock"}"#,
            r#""field":"at","message":"`at` is missing, expected a time"#,
        ),
        (
            r#"{"type":"profile"}"#,
            r#""reason":"no_identity","event":"profile""#,
        ),
        (
            r#"{"type":"profile","ids":{"user_id":17}}"#,
            r#""field":"ids.user_id","value":"17","message":"`ids.user_id` is `17`, expected a text""#,
        ),
        (
            r#"{"type":"profile","ids":{"user_id":"u"},"data":{"visits":null}}"#,
            r#""reason":"missing_field","event":"profile","field":"visits""#,
        ),
        (
            r#"{"type":"order_cancelled","ids":{"user_id":"u"},"data":{}}"#,
            r#""reason":"missing_field","event":"order_cancelled","field":"order_id","message":"`order_id` is missing, expected a text","raw":{"type":"order_cancelled""#,
        ),
        (
            r#"{"type":"order_cancelled","ids":{"user_id":"u"},"at":"2026-01-05T10:00:00","data":{"order_id":"o"}}"#,
            r#""field":"at","value":"2026-01-05T10:00:00""#,
        ),
        (
            r#"{"type":"order_cancelled","ids":{"user_id":"u"},"data":[]}"#,
            r#""field":"data""#,
        ),
    ];
    for (input, expected) in table {
        let told = refused(input);
        assert!(told.contains(expected), "{input}\n{told}\n{expected}");
        assert!(
            serde_json::from_str::<serde_json::Value>(&told).is_ok(),
            "{told}"
        );
    }
}

#[test]
fn unknown_fields_are_counted() {
    let program = shop::program();
    let mut intake = Intake::new(&program, None).unwrap();
    let line = r#"{"type":"order_cancelled","x":1,"ids":{"user_id":"u","phone":"1"},"data":{"order_id":"o","colour":"red"}}"#;
    let input = format!("{line}\n{line}");
    let mut reader =
        journey_runtime::intake::reader::Reader::open(input.as_bytes(), "", intake.format())
            .unwrap();
    while let Some(taken) = intake.next(&mut reader, 0).unwrap() {
        assert!(matches!(taken, Taken::Input(_)));
    }
    let extra: Vec<(String, u64)> = intake.extra().unwrap().iter().collect();
    let expected =
        ["envelope.x", "ids.phone", "order_cancelled.colour"].map(|name| (name.into(), 2));
    assert_eq!(extra, expected);
}
