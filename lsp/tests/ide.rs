//! What the server knows, without a protocol: small programs with `$0` where the question is asked, and answers as a
//! person would note them.
#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test that is wrong must stop"
)]

use journey_lsp::ide::{
    Place, Project, applied, folding, names, outline, rename, selection, types,
};

const MANIFEST: &str = "[project]\nname = \"shop\"\ntimezone = \"UTC\"\n";

/// Files between `//- PATH` lines (one file without); `$0` is the place. A manifest is added.
fn fixture(text: &str) -> (Project, String, u32) {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(path) = line.strip_prefix("//- ") {
            files.push((path.trim().to_owned(), String::new()));
        } else {
            if files.is_empty() {
                files.push(("main.journey".to_owned(), String::new()));
            }
            files.last_mut().unwrap().1.push_str(line);
        }
    }
    let mut at = (String::new(), 0);
    for (path, text) in &mut files {
        if let Some(byte) = text.find("$0") {
            text.replace_range(byte..byte + 2, "");
            at = (path.clone(), u32::try_from(byte).unwrap());
        }
    }
    files.push(("journey.toml".to_owned(), MANIFEST.to_owned()));
    let project = Project::of(files.iter().map(|(p, t)| (p.as_str(), t.as_str())));
    (project, at.0, at.1)
}

/// `FILE:LINE WORD`
fn noted(project: &Project, place: &Place) -> String {
    let text = project.text(&place.file).unwrap();
    let line = text[..place.start as usize].matches('\n').count() + 1;
    let word = &text[place.start as usize..place.end as usize];
    format!("{}:{line} {word}", place.file)
}

fn defined(text: &str) -> Vec<String> {
    let (project, file, byte) = fixture(text);
    let Some((_, places)) = names::definition(&project, &file, byte) else {
        return vec!["nothing".to_owned()];
    };
    places.iter().map(|place| noted(&project, place)).collect()
}

fn referred(text: &str) -> Vec<String> {
    let (project, file, byte) = fixture(text);
    let places = names::references(&project, &file, byte, true);
    places.iter().map(|place| noted(&project, place)).collect()
}

const SHOP: &str = "\
enum tier { none, silver, gold }
event cart_updated { cart_id: text value: money<EUR> }
event order_placed { order_id: text cart_id: text total: money<EUR> }
profile {
    email: text? pii
    tier: tier = none
    let orders = count order_placed in last 90 days
}
identity { user_id unique }
purpose marketing { consent opt_in }
channel email { to email outcome delivered, clicked { link: text } deliver none }
channel push { outcome clicked { link: text } deliver none }
message reminder(cart: cart_updated) for marketing {
    email { subject: \"Your cart of {cart.value}\" body: \"Come back\" }
    push { title: \"Cart\" body: \"Come\" }
}
audience vips = tier == gold and orders > 3
";

fn shop(text: &str) -> String {
    format!("//- shop.journey\n{SHOP}//- main.journey\n{text}")
}

#[test]
fn a_definition_is_found_wherever_a_name_stands() {
    let cases = [
        ("audience a = tier == go$0ld", "shop.journey:1 gold"),
        ("audience a = ti$0er == gold", "shop.journey:6 tier"),
        ("audience a = tier == ti$0er.gold", "shop.journey:1 tier"),
        ("audience a = ord$0ers > 1", "shop.journey:7 orders"),
        (
            "audience a = any order_pl$0aced where total > 2 EUR",
            "shop.journey:3 order_placed",
        ),
        (
            "audience a = any order_placed where to$0tal > 2 EUR",
            "shop.journey:3 total",
        ),
        (
            "audience a = any em$0ail.clicked in last 3 days",
            "shop.journey:11 email",
        ),
        (
            "audience a = any email.cli$0cked in last 3 days",
            "shop.journey:11 clicked",
        ),
        (
            "audience a = any email.clicked where li$0nk == \"x\"",
            "shop.journey:11 link",
        ),
        ("audience a = vi$0ps", "shop.journey:17 vips"),
        ("fn f(t: ti$0er) -> int = 3", "shop.journey:1 tier"),
        ("fn f(t: tier) -> bool = $0t == gold", "main.journey:1 t"),
        (
            "fn f(t: list<int>) -> bool = any x in t where $0x == 3",
            "main.journey:1 x",
        ),
        (
            "journey j { enter on cart_updated key cart$0_id end }",
            "shop.journey:2 cart_id",
        ),
        (
            "journey j { enter on cart_updated let a = entry.val$0ue end }",
            "shop.journey:2 value",
        ),
        (
            "journey j { enter on cart_updated let a = 3 set $0a = 4 end }",
            "main.journey:1 a",
        ),
        (
            "journey j { enter on cart_updated send s = rem$0inder(entry) by email end }",
            "shop.journey:13 reminder",
        ),
        (
            "journey j { enter on cart_updated send s = reminder(ca$0rt: entry) by email end }",
            "shop.journey:13 cart",
        ),
        (
            "journey j { enter on cart_updated send s = reminder(entry) by email
             wait up to 1 day for { s.cli$0cked => { } timeout => { } } }",
            "shop.journey:11 clicked",
        ),
        (
            "journey j { enter on cart_updated send s = reminder(entry) by email
             wait up to 1 day for { $0s.clicked => { } timeout => { } } }",
            "main.journey:1 s",
        ),
        (
            "journey j { enter on cart_updated send s = reminder(entry) by email end }
             test \"t\" { at 2026-01-01T00:00:00Z cart_updated { cart_id: \"c\", value: 1 EUR }
             expect send $0s by email }",
            "main.journey:1 s",
        ),
        (
            "test \"t\" { at 2026-01-01T00:00:00Z cart_updated { cart_id: \"c\", va$0lue: 1 EUR } }",
            "shop.journey:2 value",
        ),
        (
            "test \"t\" { profile { ema$0il: \"a@b.c\" } }",
            "shop.journey:5 email",
        ),
        (
            "test \"t\" { grant mark$0eting }",
            "shop.journey:10 marketing",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(defined(&shop(text)), [expected], "{text}");
    }
    assert_eq!(
        defined(&shop("audience a = no$0w > 2026-01-01T00:00:00Z")),
        [""; 0]
    );
    assert_eq!(defined(&shop("aud$0ience a = true")), ["nothing"]);
}

#[test]
fn references_stand_in_all_files_and_in_templates() {
    let text = "\
//- main.journey
event cart { sku$0: text }
channel email { deliver none }
purpose news { consent opt_in }
message hello(cart: cart) for news { email { subject: \"{cart.sku}\" body: file \"hello.html\" } }
//- other.journey
journey j { enter on cart key sku send hello(entry) by email end }
//- hello.html
<p>{{ cart.sku }}</p>{% for x in [1, 2] %}{{ x }}{% endfor %}
";
    let expected = [
        "hello.html:1 sku",
        "main.journey:1 sku",
        "main.journey:4 sku",
        "other.journey:1 sku",
    ];
    assert_eq!(referred(text), expected);
    let asked = text.replace("$0", "").replace("{{ x }}", "{{ $0x }}");
    assert_eq!(referred(&asked), ["hello.html:1 x", "hello.html:1 x"]);
}

#[test]
fn variables_of_two_queries_are_two() {
    let text =
        "fn f(t: list<int>) -> bool = (any x in t where x == 3) and (any x in t where $0x == 4)";
    assert_eq!(referred(text).len(), 2);
}

fn renamed(text: &str, to: &str) -> Result<String, String> {
    let (project, file, byte) = fixture(text);
    let edits = rename::rename(&project, &file, byte, to)?;
    let mut out = String::new();
    for (path, text) in project.texts() {
        if path != "journey.toml" {
            out.push_str(&applied(
                text,
                edits.iter().filter(|edit| edit.at.file == path),
            ));
        }
    }
    Ok(out)
}

#[test]
fn a_rename_takes_along_what_has_to_be_spelt_alike() {
    let text = "\
event cart_updated { cart_$0id: text }
event order_placed { cart_id: text }
journey j { enter on cart_updated key cart_id exit on order_placed wait 1 day end }
";
    let expected = text.replace("$0", "").replace("cart_id", "basket");
    assert_eq!(renamed(text, "basket").unwrap(), expected);
    let text = "\
table products key sku { cate$0gory: text } from \"products.csv\"
profile { sku: text = \"a\" let what = products(sku).category }
//- products.csv
sku,category
a,toys
";
    let out = renamed(text, "kind").unwrap();
    assert!(out.contains("sku,kind\na,toys"), "{out}");
    assert!(out.contains("products(sku).kind"), "{out}");
}

#[test]
fn a_rename_that_would_go_wrong_says_why() {
    let cases = [
        ("enum tie$0r { a }", "Tier", "snake_case"),
        ("enum tie$0r { a }", "wait", "word of the language"),
        ("enum tie$0r { a }\nenum b { c }", "b", "something is wrong"),
        ("enum e { $0a, b }", "b", "something is wrong"),
        (
            "profile { a: int = 1 }\nfn f(x: int) -> int = $0x",
            "a b",
            "snake_case",
        ),
        (
            "audience a = no$0w > 2026-01-01T00:00:00Z",
            "then_now",
            "no name of the program's",
        ),
        (
            "profile { a: int = 1 }\njourney j { enter every day at 09:00 let $0b = 1 set a = 2 end }",
            "a",
            "already",
        ),
    ];
    for (text, to, expected) in cases {
        let said = renamed(text, to).unwrap_err();
        assert!(said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn the_type_of_a_name_has_a_declaration() {
    let (project, file, byte) = fixture(&shop("audience a = ti$0er == gold"));
    let name = names::at(&project, &file, byte).unwrap();
    let ty = types::of_symbol(&project, &name.symbol).unwrap();
    assert_eq!(types::written(&project, &ty), "tier");
    let symbol = types::declaration(&project, &ty).unwrap();
    let places = names::definitions(&project, &symbol);
    assert_eq!(noted(&project, &places[0]), "shop.journey:1 tier");
}

#[test]
fn an_outline_names_what_is_declared() {
    let (project, ..) = fixture(&shop(
        "journey j { enter on cart_updated let a = 3 wait d: 1 day end }",
    ));
    let entries = outline::of_file(&project, "main.journey");
    let inside: Vec<&str> = entries[0].inside.iter().map(|e| e.name.as_str()).collect();
    assert_eq!((entries[0].kind, inside), ("journey", vec!["a", "d"]));
    let found = outline::search(&project, "ordpl");
    assert_eq!(found[0].0.name, "order_placed");
}

#[test]
fn blocks_fold_and_selections_grow() {
    let text = "// one\n// two\n\nenum t {\n    a,\n    b\n}\nenum u { a }\n";
    let folds = folding::of_text(text);
    let noted: Vec<(&str, bool)> = folds
        .iter()
        .map(|f| (&text[f.start as usize..f.end as usize], f.comment))
        .collect();
    assert_eq!(
        noted,
        [("// one\n// two", true), ("{\n    a,\n    b\n}", false)]
    );
    let (project, file, byte) = fixture("const a = (1 + $02) * 3");
    let text = project.text(&file).unwrap().to_owned();
    let around = selection::around(&project, &file, byte);
    let words: Vec<&str> = around
        .iter()
        .map(|(s, e)| &text[*s as usize..*e as usize])
        .collect();
    assert_eq!(
        words,
        [
            "2",
            "1 + 2",
            "(1 + 2)",
            "(1 + 2) * 3",
            "const a = (1 + 2) * 3"
        ]
    );
}
