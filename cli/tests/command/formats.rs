//! Options and formats of every command, as `--help` promises them.

use super::{journey, shop, with_input, write};
use std::path::Path;

const BAD: &[u8] = b"event signup {\n    plan: text\n}\naudience a = pland == \"x\"\naudience b = 1 EUR + 1 USD == 2 EUR\njourney j {\n    enter on sginup\n    wait 1 day\n}\n";

fn code(said: &str) -> &str {
    said.lines().next().unwrap_or_default()
}

#[test]
fn help_of_every_command() {
    let here = Path::new(".");
    let mut all = journey(here, &["--help"]);
    for command in [
        "new", "check", "fmt", "build", "test", "run", "plan", "graph", "explain", "lsp",
    ] {
        all += &journey(here, &[command, "--help"]);
    }
    insta::assert_snapshot!("help", all);
}

/// Clients made of vscode-languageclient say `--stdio` by themselves.
#[test]
fn the_language_server_may_be_told_to_use_standard_input() {
    let here = Path::new(".");
    assert_eq!(code(&journey(here, &["lsp", "--stdio"])), "exit 0");
    assert_eq!(code(&journey(here, &["lsp"])), "exit 0");
}

#[test]
fn check_speaks_to_tools() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("shop")).unwrap();
    write(&folder, "shop/bad.journey", BAD);
    let manifest = b"[project]\nname = \"shop\"\ntimezone = \"europe/london\"\n";
    write(&folder, "shop/journey.toml", manifest);
    write(
        &folder,
        "shop/good.journey",
        b"event other {\n    n: int\n}\n",
    );
    for format in ["sarif", "github", "junit"] {
        let said = journey(folder.path(), &["check", "shop", "--format", format]);
        insta::assert_snapshot!(format!("check_{format}"), said);
    }
    let json = journey(folder.path(), &["check", "shop", "--format", "json"]);
    for line in json.lines().filter(|line| line.starts_with('{')) {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "{line}"
        );
    }
}

#[test]
fn warnings_fail_where_they_are_denied() {
    let folder = tempfile::tempdir().unwrap();
    write(
        &folder,
        "lone.journey",
        b"event signup {\n    plan: text\n}\n",
    );
    assert_eq!(
        code(&journey(folder.path(), &["check", "lone.journey"])),
        "exit 0"
    );
    let denied = ["check", "lone.journey", "--deny", "warnings"];
    assert_eq!(code(&journey(folder.path(), &denied)), "exit 1");
}

#[test]
fn lints_have_levels() {
    let levels = [
        ("allow", "exit 0", 0),
        ("warn", "exit 0", 1),
        ("deny", "exit 1", 1),
    ];
    for (level, exit, said) in levels {
        let folder = tempfile::tempdir().unwrap();
        let manifest = format!("[project]\nname = \"a\"\n\n[lints]\nno-timezone = \"{level}\"\n");
        write(&folder, "journey.toml", manifest.as_bytes());
        write(&folder, "a.journey", b"event signup {\n    plan: text\n}\n");
        let out = journey(folder.path(), &["check", "--format", "json"]);
        assert_eq!(code(&out), exit, "{level}: {out}");
        assert_eq!(
            out.matches("no-timezone\",\"severity").count(),
            said,
            "{level}: {out}"
        );
    }
}

#[test]
fn colour_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "bad.journey", BAD);
    let said = |choice| journey(folder.path(), &["--color", choice, "check", "bad.journey"]);
    assert!(said("always").contains('\u{1b}'));
    assert!(!said("never").contains('\u{1b}') && !said("auto").contains('\u{1b}'));
    assert_eq!(code(&said("sometimes")), "exit 2");
}

#[test]
fn fmt_checks_and_mends() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "a.journey", b"enum  tier{none, gold}");
    write(&folder, "b.journey", b"enum other { one, two }\n");
    let check = ["fmt", "--check", "a.journey", "b.journey"];
    insta::assert_snapshot!("fmt_check", journey(folder.path(), &check));
    assert_eq!(code(&journey(folder.path(), &["fmt", "."])), "exit 0");
    let text = std::fs::read_to_string(folder.path().join("a.journey")).unwrap();
    assert_eq!(text, "enum tier { none, gold }\n");
    assert_eq!(code(&journey(folder.path(), &check)), "exit 0");
    assert_eq!(
        code(&journey(folder.path(), &["fmt", "--stdin", "--check"])),
        "exit 2"
    );
    assert_eq!(
        code(&with_input(folder.path(), &["fmt", "--stdin"], b"\xff")),
        "exit 3"
    );
}

#[test]
fn build_emits_every_stage() {
    let folder = shop();
    let emit = |stage| journey(folder.path(), &["build", "shop", "--emit", stage]);
    for (stage, part) in [
        ("ast", "Journey"),
        ("hir", "journeys"),
        ("ir", "function "),
        ("clif", "block0"),
        ("asm", "ret"),
        ("graph", "digraph"),
    ] {
        let said = emit(stage);
        assert!(
            code(&said) == "exit 0" && said.contains(part),
            "{stage}: {said}"
        );
    }
    let foreign = [
        "build",
        "shop",
        "--emit",
        "asm",
        "--target",
        "aarch64-linux",
    ];
    assert!(journey(folder.path(), &foreign).contains("ret"));
    let unknown = ["build", "shop", "-o", "a.jrn", "--target", "vax"];
    insta::assert_snapshot!("build_target", journey(folder.path(), &unknown));
    assert_eq!(code(&journey(folder.path(), &["build", "shop"])), "exit 2");
    let nowhere = ["build", "shop", "-o", "no/such/folder/a.jrn"];
    assert_eq!(code(&journey(folder.path(), &nowhere)), "exit 3");
    let two = [
        "build",
        "shop",
        "-o",
        "a.jrn",
        "--target",
        "x86_64-linux,aarch64-linux",
    ];
    assert_eq!(code(&journey(folder.path(), &two)), "exit 0");
}

#[test]
fn run_takes_what_it_is_asked() {
    let folder = shop();
    let run = |more: &[&str]| {
        let args = [
            &[
                "run",
                "shop",
                "--events",
                "shop/events.jsonl",
                "--actions",
                "-",
            ],
            more,
        ];
        journey(folder.path(), &args.concat())
    };
    assert!(run(&[]).contains("\"kind\":\"enter\""));
    assert!(!run(&["--actions-exclude", "enter,send"]).contains("\"kind\":\"enter\""));
    let events = std::fs::read_to_string(folder.path().join("shop/events.jsonl")).unwrap();
    let order = events.lines().find(|l| l.contains("order_placed")).unwrap();
    let orders: String = (0..3)
        .map(|n| order.replacen("\"id\":\"", &format!("\"id\":\"again-{n}-"), 1) + "\n")
        .collect();
    let piped = ["run", "shop", "--events", "-", "--actions", "-"];
    let loyal =
        |more: &[&str]| with_input(folder.path(), &[&piped, more].concat(), orders.as_bytes());
    assert!(!loyal(&[]).contains("\"kind\":\"audience\""));
    assert!(loyal(&["--actions-include", "audience"]).contains("\"kind\":\"audience\""));
    insta::assert_snapshot!("run_wrong_kind", run(&["--actions-include", "sends"]));
    insta::assert_snapshot!("run_wrong_until", run(&["--until", "2026-02-01"]));
    let events = std::fs::read(folder.path().join("shop/events.jsonl")).unwrap();
    let plain = run(&[]);
    assert_eq!(with_input(folder.path(), &piped, &events), plain);
    for name in ["events.jsonl.zst", "events.jsonl.gz"] {
        let packed = if name.ends_with("zst") {
            zstd::encode_all(&events[..], 1).unwrap()
        } else {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            std::io::Write::write_all(&mut gzip, &events).unwrap();
            gzip.finish().unwrap()
        };
        write(&folder, name, &packed);
        let args = ["run", "shop", "--events", name, "--actions", "-"];
        assert_eq!(journey(folder.path(), &args), plain, "{name}");
    }
}

#[test]
fn tests_and_graphs_are_chosen_by_name() {
    let folder = shop();
    let said = journey(folder.path(), &["test", "shop", "no such title"]);
    insta::assert_snapshot!("test_none", said);
    let inside = folder.path().join("shop");
    assert_eq!(code(&journey(&inside, &["test"])), "exit 0");
    assert_eq!(
        code(&journey(&inside, &["graph", "abandoned_cart"])),
        "exit 0"
    );
    assert_eq!(code(&journey(&inside, &["graph", "nobody"])), "exit 2");
    assert_eq!(
        code(&journey(&inside, &["explain", "nothing-of-that"])),
        "exit 2"
    );
    assert_eq!(
        code(&journey(&inside, &["check", "--format", "xml"])),
        "exit 2"
    );
}
