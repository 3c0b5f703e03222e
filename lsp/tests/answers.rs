//! Hovers, hints, completions, actions, lenses: what an author is told at a place, and what can be done there. What
//! is offered as a change is made and checked again.
#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that is wrong must stop"
)]

use journey_compiler::diagnostics::Severity;
use journey_lsp::ide::{
    Project, about, actions, applied, calls, colours, complete, hints, layout, lenses, links,
    manifest,
};

const MANIFEST: &str = "[project]\nname = \"shop\"\ntimezone = \"Europe/London\"\n";
const SHOP: &str = "\
enum tier { none, silver, gold }
/// A cart was filled.
event cart_updated { cart_id: text value: money<EUR> }
event order_placed { order_id: text cart_id: text total: money<EUR> }
profile {
    email: text? pii
    tier: tier = none
    let orders = count order_placed in last 90 days
}
identity { user_id unique }
purpose marketing { consent opt_in granted by order_placed revoked by cart_updated }
channel email { to email outcome delivered, clicked { link: text }, bounced deliver none }
message reminder(cart: cart_updated) for marketing {
    email { subject: \"Your cart of {cart.value}\" body: \"Come back\" }
}
fn halved(x: int) -> int = x div 2
audience vips = tier == gold and orders > 3
";

/// A program with the shop beside it; the places of `$0`.
fn shop(text: &str) -> (Project, Vec<u32>) {
    let mut own = text.to_owned();
    let mut places = Vec::new();
    while let Some(byte) = own.find("$0") {
        own.replace_range(byte..byte + 2, "");
        places.push(u32::try_from(byte).unwrap());
    }
    let files = [
        ("journey.toml", MANIFEST),
        ("main.journey", own.as_str()),
        ("shop.journey", SHOP),
    ];
    (Project::of(files), places)
}

fn hover(text: &str) -> String {
    let (project, places) = shop(text);
    about::hover(&project, "main.journey", places[0]).map_or_else(String::new, |(_, text)| text)
}

#[test]
fn a_hover_says_what_it_is_and_what_it_comes_to() {
    let cases = [
        (
            "audience a = vi$0ps",
            "People whose `tier` is `gold` and whose `orders` is above 3.",
        ),
        ("audience a = ti$0er == gold", "profile.tier: tier"),
        (
            "audience a = ord$0ers > 2",
            "the number of `order_placed` in the last 90 days",
        ),
        ("audience a = any cart_upd$0ated", "A cart was filled."),
        (
            "audience a = any cart_updated where val$0ue > 2 EUR",
            "cart_updated.value: money<EUR>",
        ),
        ("audience a = halv$0ed(2) == 1", "fn halved(x: int) -> int"),
        (
            "audience a = no$0w > 2026-01-01T00:00:00Z",
            "the instant at hand",
        ),
        (
            "journey j$0 { enter on cart_updated send s = reminder(entry) by email wait 2 days end }",
            "An instance sends at most 1 message",
        ),
        (
            "journey j$0 { enter on cart_updated send s = reminder(entry) by email wait 2 days end }",
            "it lives at most 2 days",
        ),
        (
            "journey j { enter on cart_updated let a$0 = entry.value end }",
            "a: money<EUR>",
        ),
    ];
    for (text, expected) in cases {
        let said = hover(text);
        assert!(said.contains(expected), "{text}\n{said}");
    }
    assert_eq!(hover("aud$0ience a = true"), "");
}

#[test]
fn hints_say_what_the_text_leaves_out() {
    let text = "\
journey j {
    enter on cart_updated key cart_id
    exit on order_placed
    let a = entry.value
    send s = reminder(entry) by email
    wait 1 day
    end
}
test \"t\" { at 2026-07-05T10:00:00Z cart_updated { cart_id: \"c\", value: 1 EUR } }
";
    let (project, _) = shop(text);
    let all = hints::of_range(&project, "main.journey", 0, u32::MAX);
    let said: Vec<&str> = all.iter().map(|hint| hint.text.as_str()).collect();
    let expected = [
        "at most 1 message",
        " key cart_id",
        ": money<EUR>",
        " 2026-07-05 11:00 Europe/London",
    ];
    assert_eq!(said, expected);
}

#[test]
fn words_have_the_colours_of_what_they_are() {
    let (project, _) =
        shop("audience a = tier == gold and any order_placed where total > 3 EUR // x");
    let text = project.text("main.journey").unwrap();
    let all = colours::of_file(&project, "main.journey");
    let said: Vec<String> = all
        .iter()
        .map(|c| {
            let word = &text[c.start as usize..c.end as usize];
            format!("{word}:{}", colours::LEGEND[c.kind as usize])
        })
        .collect();
    let expected = "audience:keyword a:class =:operator tier:property ==:operator gold:enumMember \
                    and:keyword any:keyword order_placed:event where:keyword total:property \
                    >:operator 3:number EUR:number // x:comment";
    assert_eq!(said.join(" "), expected);
}

fn labels(text: &str) -> Vec<String> {
    let (project, places) = shop(text);
    let items = complete::at(&project, "main.journey", places[0]);
    items.into_iter().map(|item| item.label).collect()
}

/// What must stand at the place comes first: an editor shows a dozen lines.
#[test]
fn completion_begins_with_what_must_stand_there() {
    for (text, first) in [
        ("journey j { exit on $0 }", "cart_updated"),
        (
            "journey j { exit on $0\n goal on order_placed }",
            "cart_updated",
        ),
        ("journey j { send s = $0 }", "reminder"),
        ("journey j { enter on cart_updated $0 }", "collect"),
    ] {
        assert_eq!(labels(text)[0], first, "{text}");
    }
}

#[test]
fn completion_knows_the_place() {
    let cases: [(&str, &[&str], &[&str]); 15] = [
        ("jour$0", &["journey", "audience", "test"], &["wait"]),
        (
            "audience a = tier == $0",
            &["none", "silver", "gold", "tier", "vips"],
            &["email.clicked"],
        ),
        (
            "audience a = $0",
            &["tier", "orders", "vips", "halved", "any"],
            &["entry"],
        ),
        (
            "audience a = any order_placed where $0",
            &["total", "cart_id"],
            &[],
        ),
        (
            "audience a = any email.$0",
            &["delivered", "clicked", "sent"],
            &["opened"],
        ),
        ("audience a = tier == tier.$0", &["gold"], &["orders"]),
        (
            "audience a = profile.$0",
            &["tier", "orders", "email"],
            &["vips"],
        ),
        (
            "journey j { enter on $0 }",
            &["cart_updated", "order_placed"],
            &["vips"],
        ),
        (
            "journey j { enter on cart_updated $0 }",
            &["wait", "send", "exit"],
            &["enum"],
        ),
        (
            "journey j { enter on cart_updated let a = entry.$0 }",
            &["value", "cart_id"],
            &["total"],
        ),
        (
            "journey j { enter on cart_updated send s = $0 }",
            &["reminder"],
            &["vips"],
        ),
        (
            "journey j { enter on cart_updated send s = reminder(entry) by $0 }",
            &["email"],
            &["vips"],
        ),
        (
            "journey j { enter on cart_updated wait 3 $0 }",
            &["days", "hours"],
            &["wait"],
        ),
        ("const a: money<$0", &["EUR", "GBP"], &["gold"]),
        (
            "journey j { enter on cart_updated send s = reminder(entry) by email
             wait up to 1 day for { s.$0",
            &["clicked", "bounced"],
            &["opened"],
        ),
    ];
    for (text, has, has_not) in cases {
        let found = labels(text);
        for label in has {
            assert!(
                found.iter().any(|l| l == label),
                "{text}: no `{label}` in {found:?}"
            );
        }
        for label in has_not {
            assert!(
                !found.iter().any(|l| l == label),
                "{text}: `{label}` in {found:?}"
            );
        }
    }
    let first = labels("audience a = tier == $0");
    assert!(
        ["gold", "none", "silver"].contains(&first[0].as_str()),
        "values first: {first:?}"
    );
    assert!(labels("// $0").is_empty());
    let arms = labels("journey j { enter on cart_updated match tier { gold => { } $0 } end }");
    assert!(
        arms.contains(&"add what is left out".to_owned()),
        "{arms:?}"
    );
    assert!(arms.contains(&"silver".to_owned()), "{arms:?}");
}

#[test]
fn the_manifest_is_completed_too() {
    let of = |text: &str| -> Vec<String> {
        let items = manifest::complete(text, u32::try_from(text.len()).unwrap());
        items.into_iter().map(|item| item.label).collect()
    };
    assert!(of("[project]\nti").contains(&"timezone".to_owned()));
    assert!(of("[project]\ntimezone = \"").contains(&"Europe/London".to_owned()));
    assert!(of("[lints]\nunused-").contains(&"always-holds".to_owned()));
    assert!(of("[lints]\nalways-holds = ").contains(&"\"deny\"".to_owned()));
    assert!(of("[").contains(&"runtime".to_owned()));
}

/// The program after an action, and what is wrong with it.
fn done(text: &str, title: &str) -> (String, Vec<String>) {
    let (project, places) = shop(text);
    let to = places.get(1).copied().unwrap_or(places[0]);
    let all = actions::of_range(&project, "main.journey", places[0], to);
    let titles: Vec<&str> = all.iter().map(|a| a.title.as_str()).collect();
    let action = all.iter().find(|a| a.title.starts_with(title));
    let action = action.unwrap_or_else(|| panic!("no `{title}` in {titles:?}"));
    let after = project.with(&action.edits);
    let wrong = journey_compiler::check(&after.db, after.workspace);
    let errors = wrong.iter().filter(|d| d.severity == Severity::Error);
    let errors = errors
        .map(|d| format!("{:?} {}", d.at, d.message))
        .collect();
    let own = action
        .edits
        .iter()
        .filter(|edit| edit.at.file == "main.journey");
    (applied(project.text("main.journey").unwrap(), own), errors)
}

#[test]
fn what_is_offered_is_right_when_it_is_done() {
    let cases = [
        (
            "audience a = tier == go$0ldd",
            "write `gold`",
            "tier == gold",
        ),
        (
            "journey j { enter on cart_updated if $0tier == gold and orders > 2$0 { end } wait 1 day end }",
            "extract audience",
            "audience audience_1 = tier == gold and orders > 2",
        ),
        (
            "journey j { enter on cart_updated let a$0 = entry.value wait 1 day if a > 3 EUR { end } end }",
            "inline `a`",
            "if (entry.value) > 3 EUR",
        ),
        (
            "journey j { enter on cart_up$0dated exit on order_placed wait 1 day end }",
            "convert to keyed by `cart_id`",
            "enter on cart_updated key cart_id",
        ),
        (
            "journey j { enter on cart_updated send s = reminder(entry) by email
             wait up to 1 day for { s.cli$0cked => { } timeout => { } } end }",
            "handle missing outcomes",
            "s.bounced => { }",
        ),
        (
            "purpose ne$0ws { consent opt_in }",
            "add consent",
            "granted by news_granted",
        ),
        (
            "audience a = tier == $0goldd and tier != goldd",
            "fix all",
            "tier == gold and tier != gold",
        ),
    ];
    for (text, title, expected) in cases {
        let (after, errors) = done(text, title);
        assert!(after.contains(expected), "{title}: {after}");
        assert_eq!(errors, Vec::<String>::new(), "{title}: {after}");
    }
}

#[test]
fn declarations_have_lenses_and_calls_a_hierarchy() {
    let text = "\
journey one { enter on cart_updated start tw$0o(n: 2) }
journey two { enter on start(n: int) wait 1 day end }
test \"t\" { expect no send }
";
    let (project, places) = shop(text);
    let all = lenses::of_file(&project, "main.journey");
    let titles: Vec<&str> = all.iter().map(|lens| lens.title.as_str()).collect();
    assert!(
        titles.contains(&"▶ run test") && titles.contains(&"show graph"),
        "{titles:?}"
    );
    assert!(titles.contains(&"no message an instance"), "{titles:?}");
    let call = calls::prepare(&project, "main.journey", places[0]).unwrap();
    assert_eq!(call.journey, "two");
    assert_eq!(calls::incoming(&project, "two")[0].journey, "one");
    assert_eq!(calls::outgoing(&project, "one")[0].journey, "two");
    let (project, places) = shop("journey j { enter on cart_up$0dated wait 1 day end }");
    assert_eq!(
        calls::implementations(&project, "main.journey", places[0]).len(),
        1
    );
}

#[test]
fn calls_show_their_parameters_and_names_are_edited_together() {
    let (project, places) = shop("fn f(a: int, b: text) -> int = a\nconst c = f(1, $0\"x\")");
    let (signature, active) = links::call(&project, "main.journey", places[0]).unwrap();
    assert_eq!(
        (signature.label.as_str(), active),
        ("f(a: int, b: text) -> int", 1)
    );
    let text = "journey j { enter on cart_updated let a$0 = 1 wait 1 day set a = a + 1 end }";
    let (project, places) = shop(text);
    assert_eq!(
        links::together(&project, "main.journey", places[0]).len(),
        3
    );
}

#[test]
fn a_part_is_formatted() {
    let (project, places) = shop("enum  a{ b }\n$0enum  c{ d }$0\nenum  e{ f }\n");
    let edits = layout::of_range(&project, "main.journey", places[0] + 1, places[1] - 1);
    let text = applied(project.text("main.journey").unwrap(), &edits);
    assert_eq!(text, "enum  a{ b }\nenum c { d }\nenum  e{ f }\n");
    assert_eq!(
        layout::on_type(&project, "main.journey", places[1]).len(),
        1
    );
}
