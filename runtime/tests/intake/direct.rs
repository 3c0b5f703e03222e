//! The shorter way of usual records, held against the general one: the same input, or the same dead letter, over
//! records that are nearly usual in all ways.

use crate::shop::{self, ARRIVED, binary, path, text};
use journey_program::plan::{Program, SourceFormat, SourcePlan, SourceRule, SourceTarget};
use journey_program::raw::RawOp;
use journey_program::types::EventId;
use journey_runtime::input::Input;
use journey_runtime::intake::reader::Reader;
use journey_runtime::intake::{Intake, Taken};
use proptest::prelude::*;

/// What a rule of the source `plain` reads; `wide` wants a list, which has no place there.
fn program() -> Program {
    let rule = |kind: &str, target, assigns| SourceRule {
        when: Some(binary(RawOp::Eq, path("type"), text(kind))),
        each: None,
        target,
        at: Some(path("ts")),
        id: Some(path("id")),
        assigns,
    };
    let mut program = shop::program();
    let placed = vec![
        (4, path("props.order_id")),
        (5, path("props.sum")),
        (6, path("props.items")),
        (8, path("props.score")),
    ];
    let event = |number| SourceTarget::Event(EventId(number));
    program.sources.push(SourcePlan {
        name: "plain".into(),
        format: SourceFormat::Json,
        identify: vec![
            ("email".into(), path("who.email_address")),
            ("user_id".into(), path("who.id")),
        ],
        rules: vec![
            rule("cancel", event(1), vec![(4, path("props.order_id"))]),
            rule("order", event(0), placed),
            rule(
                "profile",
                SourceTarget::Profile,
                vec![(2, path("props.tier")), (3, path("props.visits"))],
            ),
            rule(
                "sum",
                event(1),
                vec![(4, binary(RawOp::Add, path("props.sum"), path("props.sum")))],
            ),
        ],
    });
    program
}

fn both(line: &str) -> [Vec<Taken>; 2] {
    let program = program();
    [false, true].map(|general| {
        let intake = Intake::new(&program, Some("plain")).unwrap();
        let mut intake = if general { intake.in_general() } else { intake };
        let mut reader = Reader::open(line.as_bytes(), "", intake.format()).unwrap();
        let mut all = Vec::new();
        while let Ok(Some(taken)) = intake.next(&mut reader, ARRIVED) {
            all.push(taken);
        }
        all
    })
}

/// A value of any kind, mostly one that is taken.
fn value(usual: &'static [&'static str]) -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "null",
        "true",
        "false",
        "\"\"",
        "\"a\\nb\"",
        "\"a\\u00e4\"",
        "\"ä\"",
        "[]",
        "[1, {\"a\":[]}]",
        "{}",
        "{\"id\":1}",
        "1.5",
        "-0",
        "01",
        "1e3",
        "12345678901234567890",
        "\"true\"",
        "\"7\"",
        "\"\u{1}\"",
        "tru",
        "\"",
    ]);
    let usual = prop::sample::select(usual.to_vec());
    prop_oneof![9 => usual, 1 => odd].prop_map(str::to_owned)
}

/// An object of these fields in any order, some of them missing, some twice, with others between.
fn object(fields: Vec<(&'static str, BoxedStrategy<String>)>) -> BoxedStrategy<String> {
    let others = prop::sample::select(vec![
        "\"x\":1.25",
        "\"typ\":\"cancel\"",
        "\"type_of_all\":{\"id\":{\"id\":[\"]}\"]}}",
        "\"\":[]",
        "\"a longer key\" : [ 1 , 2 ]",
        "\"order_id_\":\"n\"",
        "\"order_i\":0",
        "\"ts\\u0061\":1",
        "\"ua\":\"Mozilla/5.0 (X11; Linux) {[,:\"",
        "\"deep\":{}",
    ]);
    let one = fields.into_iter().map(|(name, value)| {
        let times = prop_oneof![1 => Just(0usize), 40 => Just(1), 1 => Just(2)];
        (prop::collection::vec(value, 2), times).prop_map(move |(values, times)| {
            let fields = values
                .iter()
                .take(times)
                .map(|value| format!("\"{name}\":{value}"));
            fields.collect::<Vec<_>>()
        })
    });
    let fields: Vec<_> = one.collect();
    let space = prop::sample::select(vec![",", ",", ", ", " , ", "\t,\n", ",,"]);
    (fields, prop::collection::vec(others, 0..4), space)
        .prop_map(|(fields, others, space)| {
            let others = others.into_iter().map(str::to_owned);
            let all: Vec<String> = fields.into_iter().flatten().chain(others).collect();
            (all, space)
        })
        .prop_flat_map(|(all, space)| (Just(all).prop_shuffle(), Just(space)))
        .prop_map(|(all, space)| format!("{{{}}}", all.join(space)))
        .boxed()
}

fn record() -> BoxedStrategy<String> {
    let who = object(vec![
        ("id", value(&["\"u1\"", "\"u2\"", "17"]).boxed()),
        ("email_address", value(&["\"a@b.example\"", "null"]).boxed()),
    ]);
    let props = object(vec![
        ("order_id", value(&["\"o1\"", "\"o22\"", "33"]).boxed()),
        (
            "sum",
            value(&["12.50", "\"3.99\"", "8", "\"8 GBP\""]).boxed(),
        ),
        (
            "items",
            value(&["[]", "[{\"sku\":\"s\",\"price\":1}]"]).boxed(),
        ),
        ("score", value(&["1", "-2", "null", "\"\""]).boxed()),
        ("tier", value(&["\"gold\"", "\"none\"", "null"]).boxed()),
        ("visits", value(&["3", "\"4\""]).boxed()),
    ]);
    let odd = prop::sample::select(vec!["1", "null", "[{}]", "\"who\""]).prop_map(str::to_owned);
    let maybe = |object: BoxedStrategy<String>| prop_oneof![20 => object, 1 => odd.clone()].boxed();
    object(vec![
        (
            "type",
            value(&[
                "\"cancel\"",
                "\"order\"",
                "\"profile\"",
                "\"sum\"",
                "\"other\"",
            ])
            .boxed(),
        ),
        ("id", value(&["\"e1\"", "\"e0000000002\"", "5"]).boxed()),
        (
            "ts",
            value(&[
                "1700000000123",
                "\"2026-01-05T10:00:00Z\"",
                "\"2026-01-05\"",
            ])
            .boxed(),
        ),
        ("who", maybe(who)),
        ("props", maybe(props)),
    ])
}

/// The same, and one byte of it gone or another.
fn broken() -> impl Strategy<Value = String> {
    let byte = prop::sample::select(b"{}[]\":,0a \\".to_vec());
    (
        record(),
        any::<prop::sample::Index>(),
        prop::option::of(byte),
    )
        .prop_map(|(record, at, byte)| {
            let mut bytes = record.into_bytes();
            let at = at.index(bytes.len());
            match byte {
                Some(byte) => bytes[at] = byte,
                None => drop(bytes.remove(at)),
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn both_ways_lead_to_the_same(line in prop_oneof![3 => record(), 1 => broken()]) {
        let [direct, general] = both(&line);
        prop_assert_eq!(direct, general, "{}", line);
    }
}

#[test]
fn what_is_usual_is_taken() {
    let line = r#" {"id":"e1","ballast":{"a":[1,{"b":"}"}]},"props":{"order_id":"o1"},"who":{"id":"u"},"ts":1700000000123,"type":"cancel"} "#;
    let [direct, general] = both(line);
    assert_eq!(direct, general);
    let [Taken::Input(Input::Event(event))] = direct.as_slice() else {
        panic!("{direct:?}")
    };
    assert_eq!((event.at, event.id.as_str()), (1_700_000_000_123, "e1"));
}

#[test]
fn depth_is_bounded_on_both_ways() {
    for depth in 60..68 {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        let line = format!(
            r#"{{"id":"e1","deep":{open}{close},"props":{{"order_id":"o1"}},"who":{{"id":"u"}},"ts":1700000000123,"type":"cancel"}}"#
        );
        let [direct, general] = both(&line);
        assert_eq!(direct, general, "{depth}");
    }
}
