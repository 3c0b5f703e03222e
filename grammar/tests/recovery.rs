//! Broken texts: every mistake is found in one run, hides no neighbour, and nothing panics or hangs.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test may fail by panicking"
)]

use journey_grammar::tree::{DeclKind, MemberKind, StepKind};
use journey_grammar::{Parsed, parse_chunk, split, tokens};

const BROKEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/broken.journey");

fn own<'t>(text: &'t str, chunk: &journey_grammar::Chunk) -> &'t str {
    &text[chunk.start as usize..chunk.end as usize]
}

/// The problems of a file as `line: code message`.
fn problems(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for chunk in split(text) {
        for problem in parse_chunk(own(text, &chunk)).problems {
            let line = text[..(chunk.start + problem.span.start) as usize]
                .matches('\n')
                .count()
                + 1;
            out.push(format!("{line}: {} {}", problem.code, problem.message));
        }
    }
    out
}

/// In `broken.journey` a line's mistake stands behind it as `//! CODE MESSAGE`.
#[test]
fn every_planted_mistake_is_found() {
    let bad = std::fs::read_to_string(BROKEN).unwrap();
    let mut planted = Vec::new();
    for (at, line) in bad.lines().enumerate() {
        planted.extend(
            line.split("//! ")
                .skip(1)
                .map(|said| format!("{}: {}", at + 1, said.trim())),
        );
    }
    // What is said of a line is no part of it: it would end up in the texts that are not closed.
    let text: Vec<&str> = bad
        .lines()
        .map(|line| line.split("//! ").next().unwrap())
        .collect();
    let found = problems(&text.join("\n"));
    if std::env::var_os("JOURNEY_BLESS").is_some() {
        std::fs::write(BROKEN, blessed(&bad, &found)).unwrap();
    }
    assert_eq!(found, planted);
}

/// `broken.journey` with what was found behind each line.
fn blessed(bad: &str, found: &[String]) -> String {
    let mut out = String::new();
    for (at, line) in bad.lines().enumerate() {
        out += line.split("//! ").next().unwrap().trim_end();
        for said in found
            .iter()
            .filter_map(|said| said.strip_prefix(&format!("{}: ", at + 1)))
        {
            out += &format!(" //! {said}");
        }
        out += "\n";
    }
    out
}

#[test]
fn a_broken_step_hides_no_sibling() {
    let text =
        "journey j {\n enter on e\n foo bar\n wiat 3 days { x }\n wait 3 dys\n send a = m by c\n}";
    let Parsed { decl, problems } = parse_chunk(text);
    let DeclKind::Journey(journey) = decl.unwrap().kind else {
        panic!("no journey")
    };
    assert_eq!(problems.len(), 3, "{problems:#?}");
    assert!(matches!(journey.members[0].kind, MemberKind::EnterOn(..)));
    assert!(
        journey
            .steps
            .iter()
            .any(|step| matches!(step.kind, StepKind::Wait { .. }))
    );
    assert!(
        journey
            .steps
            .iter()
            .any(|step| matches!(step.kind, StepKind::Send(_)))
    );
}

#[test]
fn an_unclosed_brace_costs_one_declaration() {
    let text = "event a { x: int }\njourney b {\n    if c {\n        end\n}\n\nevent d { y: int }\nevent e { }\n";
    let chunks = split(text);
    assert_eq!(chunks.len(), 4);
    let said = problems(text);
    assert_eq!(said, ["3: unclosed-brace this `{` is never closed"]);
}

#[test]
fn too_deep_is_said_at_once() {
    let many = 200_000;
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("not ", ""),
        ("-", ""),
        ("if ", ""),
        ("if a then ", ""),
    ] {
        let text = format!("audience a = {}x{}", open.repeat(many), close.repeat(many));
        let parsed = parse_chunk(&text);
        assert!(
            parsed.problems.iter().any(|p| p.code == "too-deep"),
            "{open}: {:?}",
            parsed.problems.first()
        );
    }
    for part in [
        " + 1",
        " ?? 1",
        ".b",
        " else if a then b",
        "?",
        " == 1",
        " or a",
        " and a",
        " in a",
        ", 1",
    ] {
        let text = format!("audience a = x{}", part.repeat(5_000));
        let parsed = parse_chunk(&text);
        drop(parsed);
    }
    for part in [
        "if a { ",
        "repeat up to 3 times { ",
        "list<",
        "match a { else => ",
        "wait for { timeout => {",
    ] {
        let text = format!("journey a {{ let x: list<int> = 1 {}", part.repeat(100_000));
        let parsed = parse_chunk(&text);
        assert!(parsed.problems.iter().any(|p| !p.code.is_empty()), "{part}");
    }
    let text = format!("const a = {}\"x\"{}", "\"{".repeat(20), "}\"".repeat(20));
    assert!(
        parse_chunk(&text)
            .problems
            .iter()
            .any(|p| p.code == "too-deep")
    );
    let text = format!(
        "type t {{ a: {}int{} }}",
        "list<".repeat(100_000),
        ">".repeat(100_000)
    );
    assert!(
        parse_chunk(&text)
            .problems
            .iter()
            .any(|p| p.code == "too-deep")
    );
}

/// What nests just within the bound parses and is formatted, on the small stack of a test's thread.
#[test]
fn what_is_not_too_deep_parses() {
    let parens = format!("audience a = {}x{}\n", "(".repeat(250), ")".repeat(250));
    let lists = format!("const a = {}1{}\n", "[".repeat(250), "]".repeat(250));
    let wheres = format!("audience a = {}x\n", "any b where ".repeat(120));
    let blocks = format!(
        "journey a {{ {}end {} }}\n",
        "if b { ".repeat(250),
        "}".repeat(250)
    );
    let waits = format!(
        "journey a {{ {}end {} }}\n",
        "wait for { timeout => { ".repeat(120),
        "} }".repeat(120)
    );
    let matches = format!(
        "audience a = {}x{}\n",
        "match b { else => ".repeat(120),
        "}".repeat(120)
    );
    for text in [parens, lists, wheres, blocks, waits, matches] {
        assert_eq!(parse_chunk(&text).problems, [], "{}", &text[..40]);
        let formatted = journey_grammar::format(&text).unwrap();
        assert_eq!(journey_grammar::format(&formatted).unwrap(), formatted);
    }
    let text = format!("audience a = {}x", "any b where ".repeat(50_000));
    assert_eq!(parse_chunk(&text).problems[0].code, "too-deep");
}

#[test]
fn long_chains_stay_shallow() {
    let text = format!(
        "audience a = x{}",
        " or y == 1 and_z".replace(" and_z", "").repeat(10_000)
    );
    let parsed = parse_chunk(&text);
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems.first());
}

#[test]
fn a_missing_opening_brace_costs_one_declaration() {
    let text = "event a { }\ntest \"t\" \n    profile { x: 1 }\n    expect in audience b\n}\nevent c { }\n";
    let said = problems(text);
    assert_eq!(split(text).len(), 3);
    assert_eq!(said, ["2: expected-token expected `{` after `\"t\"`"]);
}

/// Twice the mistakes take about twice the time: ten thousand end while one waits.
#[test]
fn many_mistakes_cost_no_more_each() {
    for line in [
        "    let x = \"a {b\n",
        "    wiat 3 days\n",
        "    if a {\n",
        "    } }\n",
        "    let y = ; ;\n",
        "event a {\n",
    ] {
        let text = format!("journey j {{\n{}", line.repeat(10_000));
        let mut count = 0;
        for chunk in split(&text) {
            count += parse_chunk(own(&text, &chunk)).problems.len();
        }
        assert!(count > 0, "{line}");
    }
}

/// A small generator of numbers: the same every time.
struct Dice(u64);
impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }
}

#[test]
fn damaged_texts_never_panic_and_stay_whole() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut dice = Dice(7);
    let mut texts: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    texts.sort();
    for round in 0..600 {
        let text = &texts[round % texts.len()];
        let mut parts: Vec<&str> = tokens(text).iter().map(|token| token.text(text)).collect();
        for _ in 0..=dice.below(4) {
            if parts.is_empty() {
                break;
            }
            let (a, b) = (dice.below(parts.len()), dice.below(parts.len()));
            match dice.below(6) {
                0 => drop(parts.remove(a)),
                1 => parts.swap(a, b),
                2 => parts.insert(a, parts[b]),
                3 => parts.truncate(a.max(1)),
                4 => parts.insert(
                    a,
                    ["{", "}", "\"", "(", "é", "`", "'", "\\", "//", "\u{feff}"][b % 10],
                ),
                _ => parts[a] = parts[b],
            }
        }
        let text = parts.concat();
        let all: String = tokens(&text)
            .iter()
            .map(|token| token.text(&text))
            .collect();
        assert_eq!(all, text);
        let mut end = 0;
        for chunk in split(&text) {
            assert_eq!(chunk.start, end);
            end = chunk.end;
            let own = own(&text, &chunk);
            let parsed = parse_chunk(own);
            for problem in &parsed.problems {
                assert!(
                    own.get(problem.span.start as usize..problem.span.end as usize)
                        .is_some()
                );
            }
            if let Some(decl) = parsed.decl {
                assert!(decl.kind != DeclKind::Broken || !parsed.problems.is_empty());
            }
        }
        assert_eq!(end as usize, text.len());
    }
}

#[test]
fn ways_from_an_older_version() {
    let around = |block: &str| format!("journey j {{ enter on e wait d7: 1 day {block} }}");
    let of = |block: &str| problems(&around(block));
    assert_eq!(
        of("migrate from \"1.3.0\" { d30 => end gone, d7 => d7 { n: 1 } }"),
        [""; 0]
    );
    assert_eq!(
        of("migrate \"1.3.0\" { d7 => d7 }"),
        ["1: expected-token expected `from`, found `\"1.3.0\"`"]
    );
    assert_eq!(
        of("migrate from { d7 => d7 }"),
        ["1: expected-token expected a text (`\"…\"`), found `{`"]
    );
    assert_eq!(of("migrate from \"1.3.0\" { d7 d7 }").len(), 1);
    assert_eq!(of("migrate from \"1.3.0\" { d7 => }").len(), 1);
    // what is broken hides no arm behind it
    let parsed = parse_chunk(&around("migrate from \"1.3.0\" { 7, d7 => d7 }"));
    let Some(DeclKind::Journey(journey)) = parsed.decl.map(|decl| decl.kind) else {
        panic!("a journey");
    };
    assert_eq!(journey.migrations[0].arms.len(), 1);
    assert_eq!(parsed.problems.len(), 1);
}
