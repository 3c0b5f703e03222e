//! Every rule of the verifier has a function or a table that breaks it, and nothing else.

use crate::sample::{pattern, program};
use journey_program::ir::Ty;
use journey_program::plan::*;
use journey_program::text::parse_function;
use journey_program::types::*;
use journey_program::verify::{verify, verify_function};

/// What the verifier says of a body with registers `bool int num text list ref int`, in the context of
/// an event and an instance.
fn says(body: &str) -> String {
    let text = format!("function f(bool) -> \nregs bool int num text list ref int\n{body}\nend");
    let function = parse_function(&text).unwrap();
    let context = FunctionContext {
        event: Some(RecordId(1)),
        instance: Some(JourneyId(0)),
    };
    match verify_function(&program(), &function, context) {
        Ok(()) => "sound".to_owned(),
        Err(problems) => problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn check(body: &str, expected: &str) {
    let said = says(body);
    assert!(said.contains(expected), "{body}\n{said}");
    assert!(
        expected == "sound" || said.lines().count() == 1,
        "{body}\n{said}"
    );
}

#[test]
fn instructions() {
    for (line, expected) in [
        ("r1:int = const 5", "sound"),
        ("r1:int = const true", "r1 is Int, due is Bool"),
        ("r2:num = const num 0x7ff0000000000000", "not finite"),
        ("r3:text = const text 1", "sound"),
        ("r3:text = const text 2", "there is no text 2"),
        ("r9:int = const 5", "there is no register r9"),
        ("r1:int = copy r0", "r0 is Bool, due is Int"),
        ("r1:int = load profile+8 int", "sound"),
        ("r1:int = load profile+9999 int", "8 bytes at 9999"),
        ("r1:int = load event+41 int", "8 bytes at 41"),
        ("r1:int = load scratch+0 int", "8 bytes at 0"),
        ("r1:int = load const+32 int", "8 bytes at 32"),
        ("r0:bool = load profile+0 int", "r0 is Bool, due is Int"),
        ("r0:bool = bit profile+0 8", "no bit 8"),
        ("r1:int = symbol profile+16", "sound"),
        ("r0:bool = int.lt r1 5", "r1 is read before"),
        ("r0:bool = not r0", "sound"),
        ("store instance+0 bool r0", "sound"),
        ("store profile+0 bool r0", "only the instance's"),
        ("store instance+72 bool r0", "1 bytes at 72"),
        ("storebit instance+0 1 r0", "sound"),
        ("store event+0 bool r0", "only the instance's"),
        ("fuel @1", "there is no site 1"),
        ("call TextBegin @0", "sound"),
        ("r1:int = call Today @0", "sound"),
        ("call Today @0", "sound"),
        ("r1:int = call TextBegin @0", "TextBegin has no result"),
        ("call TextPushBool @0", "TextPushBool takes 1"),
        ("r2:num = call Today @0", "r2 is Num, due is Int"),
        ("r5:ref = load event+0 ref", "sound"),
    ] {
        check(&format!("b0:\n{line}\nreturn"), expected);
    }
}

#[test]
fn handles_reach_no_further_than_a_record() {
    let with = |line| format!("b0:\nr5:ref = load event+0 ref\n{line}\nreturn");
    check(&with("r1:int = load [r5+40] int"), "sound");
    check(&with("r1:int = load [r5+41] int"), "8 bytes at 41");
    check(&with("r1:int = load [r0+0] int"), "r0 is Bool, due is Ref");
    check(&with("store [r5+0] bool r0"), "only the instance's");
}

#[test]
fn flow() {
    check("b0:\njump b1", "there is no block b1");
    check("b0:\nreturn\nb1:\nreturn", "b1 is never reached");
    check("b0:\nreturn r0", "returns 0 results");
    check(
        "b0:\nbranch r1 b1 b1\nb1:\nreturn",
        "r1 is Int, due is Bool",
    );
    check("b0:\njump b0", "b0 goes back to b0, which burns no fuel");
    check("b0:\nfuel @0\njump b0", "sound");
    check(
        "b0:\njump b1\nb1:\nr1:int = const 1\nfuel @0\nbranch r0 b1 b2\nb2:\nreturn",
        "which burns no fuel",
    );
    // Written on one way only.
    let diamond = |left: &str, right: &str| {
        format!(
            "b0:\nbranch r0 b1 b2\nb1:\n{left}\njump b3\nb2:\n{right}\njump b3\nb3:\nr6:int = copy r1\nreturn"
        )
    };
    check(&diamond("r1:int = const 1", "r1:int = const 2"), "sound");
    check(
        &diamond("r1:int = const 1", "fuel @0"),
        "r1 is read before it is written",
    );
    // A loop's first round reads what only a later round has written.
    check(
        "b0:\njump b1\nb1:\nfuel @0\nbranch r0 b2 b3\nb2:\nr1:int = const 1\njump b1\nb3:\nr6:int = copy r1\nreturn",
        "r1 is read before it is written",
    );
    check(
        "b0:\nr1:int = const 1\nswitch r1 b1 b2 else b3\nb1:\nreturn\nb2:\nreturn\nb3:\nfault overflow @0",
        "sound",
    );
}

type Change = fn(&mut Program);

fn of_data() -> Vec<(Change, &'static str)> {
    vec![
        (|p| p.contexts.clear(), "not one for each function"),
        (
            |p| p.contexts[0].event = Some(RecordId(9)),
            "names what is not there",
        ),
        (
            |p| p.contexts[1].event = Some(RecordId(1)),
            "looks at what its role does not offer",
        ),
        (
            |p| p.timezone = "Mars/Base".to_owned(),
            "there is no time zone",
        ),
        (
            |p| p.layouts[0].fields[0].offset = 0,
            "not those of the records",
        ),
        (
            |p| p.element_types[0] = Type::Enum(EnumId(1)),
            "there is no enum 1",
        ),
        (
            |p| p.enums[0].values = vec![String::new(); 257],
            "more than 256",
        ),
        (|p| p.profile.size = 33, "not inside of its block"),
        (|p| p.profile.timezone = Some(7), "no field 7"),
        (
            |p| p.events[0].feeds[0].history = HistoryId(1),
            "there is no history 1",
        ),
        (
            |p| p.events[0].feeds[0].when = Some(1),
            "there is no result 1",
        ),
        (
            |p| p.events[0].filters.push(FunctionId(0)),
            "not as many as together",
        ),
        (
            |p| p.events[0].consents[0].purpose = PurposeId(1),
            "there is no purpose 1",
        ),
        (|p| p.histories[0].event = EventId(4), "there is no event 4"),
        (
            |p| p.histories[0].value = vec![2, 0],
            "no field 0 on its path",
        ),
        (
            |p| p.histories[0].slot.as_mut().unwrap().offset = 9999,
            "not inside",
        ),
    ]
}

fn of_behaviour() -> Vec<(Change, &'static str)> {
    vec![
        (
            |p| p.audiences_fn = Some(FunctionId(2)),
            "has not the form of its role",
        ),
        (
            |p| p.audiences[0].watch.audiences = vec![AudienceId(5)],
            "there is no audience 5",
        ),
        (
            |p| p.channels[0].address = Some(FunctionId(1)),
            "has not the form of its role",
        ),
        (
            |p| p.channels[0].quiet[0].to = 86_400_000,
            "not times of day",
        ),
        (
            |p| p.journeys[0].run = FunctionId(99),
            "there is no function 99",
        ),
        (
            |p| p.journeys[0].sends[0].message = 1,
            "there is no message 1",
        ),
        (
            |p| p.journeys[0].waits[0].arms[0].bind = Some((32, None)),
            "awaited event",
        ),
        (|p| p.journeys[0].instance.entry = Some(32), "entry event"),
        (
            |p| p.journeys[0].goals.push(pattern(3)),
            "there is no event 3",
        ),
        (|p| p.sources[0].rules[0].assigns[0].0 = 9, "no field 9"),
        (|p| p.regexes.clear(), "there is no regular expression 0"),
        (
            |p| p.functions[1].params.push(Ty::Num),
            "not its parameters",
        ),
    ]
}

#[test]
fn tables() {
    let changes = of_data().into_iter().chain(of_behaviour());
    for (number, (change, expected)) in changes.enumerate() {
        let mut program = program();
        change(&mut program);
        let said = verify(&program).expect_err(expected);
        let said: Vec<String> = said.iter().map(ToString::to_string).collect();
        assert!(
            said.iter().any(|line| line.contains(expected)),
            "{number}: {said:#?}"
        );
    }
}
