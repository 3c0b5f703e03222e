//! Template files of messages: checked at their own places, part of the program, bounded.

use journey_compiler::diagnostics::Diagnostic;
use journey_compiler::load::{File, named_files, project};
use journey_compiler::{Database, check, checked};

const MANIFEST: &str = "[project]\nname = \"shop\"\nversion = \"1.0.0\"\nedition = \"2026\"\n\
    timezone = \"UTC\"\n";
const SHOP: &str = "channel email { to email  deliver none }\n\
    purpose service { consent not_needed basis contract }\n\
    type line { title: text  count: int }\n\
    event bought { total: money<EUR>  items: list<line> }\n\
    profile { email: text? pii  first_name: text? pii }\n\
    fn loud(t: text) -> text = \"{t}!\"\n\
    message thanks(order: bought) for service { email { body: file \"mail/thanks.html\" } }\n\
    journey j { enter on bought  send hi = thanks(entry) by email }\n";

fn files(template: &str) -> Vec<File> {
    vec![
        File::new("journey.toml", MANIFEST),
        File::new("shop.journey", SHOP),
        File::new("mail/thanks.html", template),
    ]
}

fn diagnostics(template: &str) -> Vec<Diagnostic> {
    let db = Database::default();
    let workspace = project(&db, files(template));
    check(&db, workspace)
        .into_iter()
        .filter(|problem| problem.code != "unused-declaration")
        .collect()
}

/// Each problem as its code, the text that it points at, and its message.
fn problems(template: &str) -> Vec<String> {
    diagnostics(template)
        .into_iter()
        .map(|problem| {
            assert_eq!(problem.at.file, "mail/thanks.html", "{problem:?}");
            let place = problem.at.start as usize..problem.at.end as usize;
            let at = template.get(place).unwrap_or_default();
            format!("{} `{at}`: {}", problem.code, problem.message)
        })
        .collect()
}

/// The template after the fixes of its problems.
fn mended(template: &str) -> String {
    let mut text = template.to_owned();
    let fixes = diagnostics(template).into_iter().filter_map(|p| p.fix);
    let mut edits: Vec<_> = fixes.flat_map(|fix| fix.edits).collect();
    edits.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    for (at, new) in edits {
        text.replace_range(at.start as usize..at.end as usize, &new);
    }
    text
}

#[test]
fn a_template_is_part_of_the_program() {
    let program = |template: &str| {
        let db = Database::default();
        let workspace = project(&db, files(template));
        checked(&db, workspace).unwrap()
    };
    assert_eq!(named_files(SHOP), ["mail/thanks.html"]);
    let plain = program("Thank you, {{ first_name ?? \"friend\" }}.");
    assert_eq!(plain, program("Thank you, {{first_name ?? \"friend\"}}.\n"));
    assert_ne!(plain, program("Thanks, {{ first_name ?? \"friend\" }}."));
}

#[test]
fn an_edit_of_the_template_is_seen() {
    use salsa::Setter as _;
    let mut db = Database::default();
    let workspace = project(&db, files("{{ order.total }}"));
    assert!(checked(&db, workspace).is_some());
    let data = [("mail/thanks.html".to_owned(), "{{ order.totl }}".into())];
    workspace.set_data(&mut db).to(data.into());
    assert!(checked(&db, workspace).is_none());
}

#[test]
fn what_is_wrong_is_told_at_its_place_in_the_file() {
    assert_eq!(
        problems("Hi {{ first_nam }},\n{{ order.totl }}"),
        [
            "unknown-name `first_nam`: there is no `first_nam` here",
            "unknown-field `totl`: `bought` has no field `totl`",
        ]
    );
    assert_eq!(
        problems("<b>{{ first_name }}</b> {{ order.items }}"),
        [
            "maybe-unknown `first_name`: `first_name` may be unknown here",
            "type-mismatch `order.items`: a text can't hold `order.items`: it is `list<line>`",
        ]
    );
    assert_eq!(
        problems("{% if order.total %}a{% elif order.total > 1 USD %}b{% endif %}"),
        [
            "type-mismatch `order.total`: a condition is due here, `order.total` is `money<EUR>`",
            "currency-mismatch `order.total > 1 USD`: `money<EUR>` and `money<USD>` can't be compared",
        ]
    );
    assert_eq!(
        problems("{% for x in order.total %}{{ x.title }}{% endfor %}{{ x }}").len(),
        2
    );
    assert_eq!(problems("{{ order.total + }}").len(), 1);
    assert_eq!(problems("{{ }}").len(), 1);
    assert_eq!(problems("{{ order.total } }}").len(), 1);
}

#[test]
fn what_flow_knows_holds_in_blocks() {
    let none: [&str; 0] = [];
    assert_eq!(
        problems("{% if known first_name %}{{ first_name }}{% endif %}"),
        none
    );
    assert_eq!(
        problems("{% if unknown first_name %}?{% else %}{{ first_name }}{% endif %}"),
        none
    );
    assert_eq!(
        problems("{% if unknown first_name %}?{% elif first_name == \"A\" %}!{% endif %}"),
        none
    );
    assert_eq!(
        problems("{% if known first_name %}{% endif %}{{ first_name }}").len(),
        1
    );
    assert_eq!(
        problems("{% for i in order.items %}{{ i.title }}{{ loop.index }}{% endfor %}"),
        none
    );
    assert_eq!(problems("{{ loop.index }}").len(), 1);
    assert_eq!(
        problems("{{ loud(\"a }} b\") }}{% raw %}{{ x }}{% endraw %}"),
        none
    );
}

#[test]
fn what_other_template_languages_have_is_told() {
    assert_eq!(
        problems("{% include \"a.html\" %}{% set x = 1 %}{% endif %}{% fro x in y %}"),
        [
            "bad-template `include`: a template here has no `include`",
            "bad-template `set`: a template here has no `set`",
            "bad-template `endif`: there is no block here that `endif` belongs to",
            "bad-template `fro`: a template here has no `fro`",
        ]
    );
    assert_eq!(
        problems("{% if true %}a{% for i in order.items %}"),
        [
            "bad-template `if`: this `if` is never closed",
            "bad-template `for`: this `for` is never closed",
        ]
    );
    assert_eq!(problems("{{ first_name").len(), 1);
    assert_eq!(problems("{% raw %} {{").len(), 1);
    assert_eq!(problems("{% for x of order.items %}{% endfor %}").len(), 1);
    assert_eq!(
        mended("{{ first_name | default('you') }}{% if true %}{% else if false %}{% endif %}"),
        "{{ first_name ?? \"you\" }}{% if true %}{% elif false %}{% endif %}"
    );
    assert_eq!(mended("{{ first_name }}"), "{{ (first_name ?? \"\") }}");
    assert_eq!(problems("{{ order.total | round }}").len(), 1);
}

#[test]
fn hostile_templates_end() {
    let deep = "{% if true %}".repeat(5_000);
    assert!(problems(&deep).len() <= 70);
    let wide = "{{ order.total }}".repeat(1_000);
    assert_eq!(problems(&wide).len(), 0);
    let open = "{{".repeat(6_000);
    assert!(!problems(&open).is_empty());
    let quotes = "{{ \"".repeat(4_000);
    assert!(!problems(&quotes).is_empty());
    let nested = format!("{{{{ {}1{} }}}}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(problems(&nested).len(), 1);
    let large = "a".repeat(300_000);
    let found = diagnostics(&large);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].at.file, "shop.journey");
}
