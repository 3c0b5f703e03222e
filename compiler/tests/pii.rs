//! Personal data: programs that must be told of a flow out, and programs that must not.

use journey_compiler::load::{File, project};
use journey_compiler::{Database, check};

const MANIFEST: &str = "[project]\nname = \"shop\"\nversion = \"1.0.0\"\nedition = \"2026\"\n\
    timezone = \"UTC\"\n[lints]\nunused-declaration = \"allow\"\ncontended-field = \"allow\"\n\
    goal-without-send = \"allow\"\n";
const SHOP: &str = "type person_line { who: text pii  sku: text }\n\
    event bought { order: text  note: text pii  lines: list<person_line> }\n\
    event seen { what: text  secret: text pii  age: int? }\n\
    enum kind { a, b }\n\
    profile {\n\
        email: text? pii  first_name: text? pii  birth_date: date? pii  nick: text?  shy: text? pii\n\
        age: int in 0..120 pii = 30  tier: kind = a\n\
        let greeting = \"Dear {first_name ?? \"friend\"}\"\n\
        let note = last bought.note\n\
        let notes = count bought where note != \"\"\n\
        let grown = age >= 18\n\
    }\n\
    fn loud(words: text) -> text = \"{words}!\"\n\
    fn twice(words: text) -> text = loud(loud(words))\n\
    fn size(words: text) -> text = if words contains \"a\" then \"big\" else \"small\"\n\
    fn latter(one: text, two: text) -> text = \"{two}\"\n\
    purpose service { consent not_needed basis contract }\n\
    channel email { to email  deliver none }\n\
    channel push { to nick  deliver none }\n\
    audience ours = known email and email ends with \"@shop.com\"\n\
    message hello(name: text) for service { email { body: \"{name} {email ?? \"\"}\" } }\n\
    offer_type gift { }\n\
    offer mug: gift { value 1 EUR }\n";

/// What is told: each flow's message and its labels.
fn flows(steps: &str) -> Vec<String> {
    told(&format!("journey j {{ enter on bought\n{steps}\n}}\n"))
}

fn told(declarations: &str) -> Vec<String> {
    let db = Database::default();
    let files = vec![
        File::new("journey.toml", MANIFEST),
        File::new("shop.journey", format!("{SHOP}{declarations}")),
    ];
    let workspace = project(&db, files);
    let all = check(&db, workspace);
    let other: Vec<_> = all.iter().filter(|p| p.code != "pii-flows-out").collect();
    assert!(
        other
            .iter()
            .all(|p| p.severity != journey_compiler::diagnostics::Severity::Error),
        "{declarations}: {other:#?}"
    );
    let flows = all.iter().filter(|p| p.code == "pii-flows-out");
    flows
        .map(|p| {
            let ways = p.labels.iter().chain(&p.related);
            let ways: Vec<&str> = ways.map(|label| label.text.as_str()).collect();
            format!("{} [{}]", p.message, ways.join("; "))
        })
        .collect()
}

/// The one source that is told.
fn source_of(steps: &str) -> String {
    let found = flows(steps);
    assert_eq!(found.len(), 1, "{steps}: {found:?}");
    let source = found.first().and_then(|one| one.split(" flows").next());
    source.unwrap_or_default().to_owned()
}

#[test]
fn what_flows_out_is_told_with_its_source() {
    for (value, source) in [
        ("first_name ?? \"\"", "`profile.first_name`"),
        ("\"a{first_name ?? \"\"}\"", "`profile.first_name`"),
        ("entry.note", "`bought.note`"),
        ("greeting", "`profile.first_name`"),
        ("note ?? \"\"", "`bought.note`"),
        ("(last bought.note) ?? \"\"", "`bought.note`"),
        ("loud(email ?? \"\")", "`profile.email`"),
        ("twice(email ?? \"\")", "`profile.email`"),
        ("latter(\"\", email ?? \"\")", "`profile.email`"),
        ("if known email then email else \"\"", "`profile.email`"),
        (
            "match tier { a => email ?? \"\", b => \"\" }",
            "`profile.email`",
        ),
        ("(first x.who in entry.lines) ?? \"\"", "`person_line.who`"),
        ("least(\"x\", entry.note)", "`bought.note`"),
        ("\"{age}\"", "`profile.age`"),
        ("\"{age * 2 + 1}\"", "`profile.age`"),
        (
            "\"{years since (birth_date ?? today)}\"",
            "`profile.birth_date`",
        ),
    ] {
        assert_eq!(
            source_of(&format!("emit seen {{ what: {value}, secret: \"\" }}")),
            source
        );
        assert_eq!(source_of(&format!("set nick = {value}")), source);
        assert_eq!(
            flows(&format!(
                "emit seen {{ what: \"\", secret: {value} }} set shy = {value}"
            )),
            [""; 0],
            "{value}"
        );
        assert_eq!(
            flows(&format!(
                "emit seen {{ what: reveal({value}), secret: \"\" }}"
            )),
            [""; 0],
            "{value}"
        );
    }
}

#[test]
fn answers_about_the_data_are_not_the_data() {
    for value in [
        "if known email then \"yes\" else \"no\"",
        "if email ?? \"\" == \"a\" then \"yes\" else \"no\"",
        "if ours then \"yes\" else \"no\"",
        "\"{grown}\"",
        "\"{notes}\"",
        "\"{count bought}\"",
        "\"{count x in entry.lines where x.who == \"me\"}\"",
        "size(email ?? \"\")",
        "latter(email ?? \"\", \"\")",
        "entry.order",
        "(first x.sku in entry.lines) ?? \"\"",
        "match age { 0..17 => \"young\", else => \"old\" }",
        "reveal(email) ?? \"\"",
        "loud(reveal(email ?? \"\"))",
    ] {
        let steps = format!("emit seen {{ what: {value}, secret: \"\" }}");
        assert_eq!(flows(&steps), [""; 0], "{value}");
    }
    assert_eq!(
        flows("send hi = hello(first_name ?? \"\") by email"),
        [""; 0]
    );
}

#[test]
fn the_way_is_told_through_variables_and_declarations() {
    assert_eq!(
        flows(
            "let name = first_name ?? \"\"\nlet cry = loud(name)\nemit seen { what: \"{cry}.\", secret: \"\" }"
        ),
        [
            "`profile.first_name` flows out through `seen.what`, which is not marked `pii` \
          [`profile.first_name` is read here; `name` holds it from here on; \
          `loud` makes its result of it; `cry` holds it from here on; \
          its field `what` is not marked `pii`]"
        ]
    );
    // a variable that is written later, in a loop
    let steps = "let name = \"\"\nrepeat up to 2 times { emit seen { what: name, secret: \"\" }  wait 1 hour  set name = email ?? \"\" }";
    assert_eq!(flows(steps).len(), 1);
}

#[test]
fn a_started_journey_is_given_it() {
    let other = |value: &str| {
        told(&format!(
            "journey j {{ enter on bought  start k(one: \"\", two: {value}) }}\n\
             journey k {{ enter on start(one: text, two: text)\n\
             emit seen {{ what: one, secret: one }}  start l(entry.two) }}\n\
             journey l {{ enter on start(words: text)  emit seen {{ what: words, secret: \"\" }} }}\n"
        ))
    };
    assert_eq!(other("\"\""), [""; 0]);
    let found = other("email ?? \"\"");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("`profile.email` flows out through `seen.what`"),
        "{found:?}"
    );
    assert_eq!(other("reveal(email ?? \"\")"), [""; 0]);
}

#[test]
fn scores_and_keys_are_recorded() {
    let decision = |rank: &str, value: &str| {
        told(&format!(
            "decision best(points: number) -> gift {{ among mug  rank by {rank} }}\n\
             journey j {{ enter on bought  decide pick = best({value}) }}\n"
        ))
    };
    assert_eq!(decision("points", "1"), [""; 0]);
    assert_eq!(decision("if age >= 18 then 2 else 1", "1"), [""; 0]);
    assert_eq!(decision("logistic(0.1 * age)", "1"), [""; 0]);
    assert_eq!(decision("points + age", "1").len(), 1);
    assert_eq!(decision("points", "1.0 * age").len(), 1);
    assert_eq!(decision("points", "reveal(1.0 * age)"), [""; 0]);
    assert_eq!(
        told("journey j { enter on bought key order  wait 1 hour }\n"),
        [""; 0]
    );
    let key = told("journey j { enter on bought key note  wait 1 hour }\n");
    assert_eq!(key.len(), 1);
    assert!(
        key[0].starts_with("`note` of `bought` is personal"),
        "{key:?}"
    );
}
