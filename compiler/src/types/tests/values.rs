//! Literals, names, operators, unknowns, matches.

use super::{check, checker, parse, table, world};
use crate::hir::ExprKind as Hir;
use journey_program::types::{Currency, Span, Type, Value};

/// The constant that an expression folds to.
fn folded(text: &str) -> Value {
    let (value, out) = check("profile", text);
    match value.kind {
        Hir::Value(value) => value,
        other => panic!("{text}: {out} {other:?}"),
    }
}

#[test]
fn literals() {
    table(
        "profile ¦ 9223372036854775807 ¦ int
         profile ¦ -9223372036854775808 ¦ int
         profile ¦ 9223372036854775808 ¦ number-too-large
         profile ¦ 5% ¦ number
         profile ¦ 19.99 EUR ¦ money<EUR>
         profile ¦ 19.999 EUR ¦ bad-value
         profile ¦ 19.9 JPY ¦ bad-value
         profile ¦ 5 XYZ ¦ unknown-currency
         profile ¦ 2026-02-30 ¦ bad-time
         profile ¦ 2026-11-27T10:00:00Z ¦ time
         profile ¦ 21:00 ¦ clock
         profile ¦ 3 days ¦ duration
         profile ¦ 1 month ¦ span
         profile ¦ 1 calendar day ¦ span
         profile ¦ 1.5 hours ¦ duration
         profile ¦ 1.5 months ¦ bad-duration
         profile ¦ 99999999999999 weeks ¦ number-too-large
         profile ¦ [1, 2.5] ¦ list<number>
         profile ¦ [1, \"a\"] ¦ type-mismatch
         profile ¦ \"a {visits}\" ¦ text
         profile ¦ \"a {tags}\" ¦ type-mismatch
         profile ¦ \"a {first_name}\" ¦ maybe-unknown
         profile ¦ \"a {format(spent, \"de-DE\")}\" ¦ text
         profile ¦ format(spent, \"german\") ¦ bad-value",
    );
    assert_eq!(folded("5%"), Value::Number(0.05));
    assert_eq!(folded("12.5%"), Value::Number(0.125));
    assert_eq!(folded("19.9 EUR"), Value::Money(1_990, Currency(*b"EUR")));
    assert_eq!(folded("-3 JPY"), Value::Money(-3, Currency(*b"JPY")));
    assert_eq!(folded("2026-11-27"), Value::Date(20_784));
    assert_eq!(folded("1969-12-31"), Value::Date(-1));
    assert_eq!(folded("21:30"), Value::Clock(77_400_000));
    assert_eq!(
        folded("2 years"),
        Value::Span(Span {
            months: 24,
            days: 0
        })
    );
    assert_eq!(
        folded("2 calendar weeks"),
        Value::Span(Span {
            months: 0,
            days: 14
        })
    );
    assert_eq!(folded("1970-01-01T00:00:01.5Z"), Value::Time(1_500));
}

#[test]
fn arithmetic() {
    table(
        "profile ¦ visits + 1 ¦ int
         profile ¦ visits + 1.5 ¦ number
         profile ¦ visits / 2 ¦ number
         profile ¦ visits div 2 ¦ int
         profile ¦ 1.5 div 2 ¦ type-mismatch
         profile ¦ spent + 20 EUR ¦ money<EUR>
         profile ¦ spent + dollars ¦ currency-mismatch
         profile ¦ spent * 2 ¦ money<EUR>
         profile ¦ 2 * spent ¦ money<EUR>
         profile ¦ spent / dollars ¦ type-mismatch
         profile ¦ spent / vip_spend ¦ number
         profile ¦ spent + 1 ¦ type-mismatch
         profile ¦ created + 3 days ¦ time
         profile ¦ created + 1 month ¦ time
         profile ¦ 3 days + created ¦ time
         profile ¦ created - created ¦ duration
         profile ¦ joined - joined ¦ int
         profile ¦ joined + 1 month ¦ date
         profile ¦ joined + 3 days ¦ date-needs-span
         profile ¦ joined - 3 days ¦ date-needs-span
         profile ¦ 3 * 1 hour ¦ duration
         profile ¦ pace * 2 ¦ duration
         profile ¦ pace + 1 month ¦ type-mismatch
         profile ¦ \"a\" + \"b\" ¦ type-mismatch
         profile ¦ 9223372036854775807 + 1 ¦ constant-overflow
         profile ¦ 1 div 0 ¦ division-by-zero
         profile ¦ 1 / 0 ¦ division-by-zero
         profile ¦ age + 1 ¦ maybe-unknown
         profile ¦ -visits ¦ int
         profile ¦ -tier ¦ type-mismatch
         profile ¦ joined at 09:00 ¦ time
         profile ¦ created at 09:00 ¦ type-mismatch
         profile ¦ years since joined ¦ int
         profile ¦ years since born ¦ maybe-unknown
         profile ¦ years since created ¦ type-mismatch
         function ¦ n * 2 ¦ number
         function ¦ years since 2020-01-01 ¦ not-readable-here",
    );
    assert_eq!(folded("-7 div 2"), Value::Int(-4));
    assert_eq!(folded("7 div -2"), Value::Int(-4));
    assert_eq!(folded("-7 mod 2"), Value::Int(1));
    assert_eq!(folded("7 mod -2"), Value::Int(-1));
    assert_eq!(folded("-7 div -2"), Value::Int(3));
    assert_eq!(
        folded("2026-01-31 + 1 month"),
        Value::Date(folded_date("2026-02-28"))
    );
    assert_eq!(
        folded("0.25 EUR * 0.5"),
        Value::Money(12, Currency(*b"EUR"))
    );
    assert_eq!(folded("0.75 EUR / 2"), Value::Money(38, Currency(*b"EUR")));
    assert_eq!(
        folded("vip_spend * 2"),
        Value::Money(100_000, Currency(*b"EUR"))
    );
}

fn folded_date(text: &str) -> i64 {
    match folded(text) {
        Value::Date(days) => days,
        other => panic!("{other:?}"),
    }
}

#[test]
fn comparisons() {
    table(
        "profile ¦ tier == gold ¦ bool
         profile ¦ gold == tier ¦ bool
         profile ¦ tier >= tier.silver ¦ bool
         profile ¦ tier == golden ¦ unknown-value
         profile ¦ tier == 3 ¦ compare-mismatch
         profile ¦ tier in [gold, silver] ¦ bool
         profile ¦ tier not in [gold, sliver] ¦ unknown-value
         profile ¦ rank == gold ¦ maybe-unknown
         profile ¦ (rank ?? none) == gold ¦ bool
         profile ¦ visits == 2.5 ¦ bool
         profile ¦ visits in 1..3 ¦ bool
         profile ¦ visits in 3..1 ¦ empty-range
         profile ¦ visits between 1 and 2.5 ¦ bool
         profile ¦ spent > 20 ¦ compare-mismatch
         profile ¦ spent > dollars ¦ currency-mismatch
         profile ¦ created > joined ¦ compare-mismatch
         profile ¦ pace > 1 month ¦ compare-mismatch
         profile ¦ 1 month == 2 months ¦ compare-mismatch
         profile ¦ tags == tags ¦ compare-mismatch
         profile ¦ vip == true ¦ bool
         profile ¦ vip < true ¦ compare-mismatch
         profile ¦ tags contains \"a\" ¦ bool
         profile ¦ tags contains 3 ¦ type-mismatch
         profile ¦ \"a\" in tags ¦ bool
         profile ¦ first_name contains \"a\" ¦ maybe-unknown
         profile ¦ (first_name ?? \"\") starts with \"a\" ¦ bool
         profile ¦ visits ends with \"a\" ¦ type-mismatch
         profile ¦ (first_name ?? \"\") matches /a+/ ¦ bool
         profile ¦ (first_name ?? \"\") matches /a(/ ¦ bad-regex
         profile ¦ (zone ?? \"Europe/London\") == \"Europe/Berlin\" ¦ bool
         profile ¦ (zone ?? \"Europe/Londn\") == \"Europe/Berlin\" ¦ unknown-timezone
         profile ¦ broken == gold ¦ bool
         profile ¦ nothing == gold ¦ unknown-name
         profile ¦ not visits ¦ type-mismatch
         profile ¦ vip and visits ¦ type-mismatch",
    );
}

#[test]
fn names() {
    table(
        "profile ¦ agee ¦ unknown-name
         profile ¦ profile.age ¦ int?
         profile ¦ profile.agee ¦ unknown-field
         profile ¦ tier ¦ tier
         profile ¦ vip_spend ¦ money<EUR>
         profile ¦ loyal ¦ bool
         profile ¦ order_placed ¦ not-a-value
         profile ¦ marketing ¦ not-a-value
         profile ¦ tier.gold ¦ tier
         profile ¦ tier.gld ¦ unknown-value
         profile ¦ vip.gold ¦ unknown-field
         function ¦ tier.gold ¦ tier
         function ¦ t == gold ¦ bool
         function ¦ age ¦ unknown-name
         function ¦ profile.age ¦ not-readable-here
         function ¦ now ¦ not-readable-here
         constant ¦ vip_spend * 2 ¦ money<EUR>
         profile ¦ consent.marketing ¦ bool
         profile ¦ consent.marketing.email ¦ bool
         profile ¦ consent.marketng ¦ unknown-name
         profile ¦ consent.marketing.emial ¦ unknown-name
         profile ¦ muted.marketing ¦ bool
         profile ¦ entry.value ¦ unknown-name
         profile ¦ broken.anything ¦ ?
         journey ¦ entry ¦ cart_updated
         journey ¦ entry.value ¦ money<EUR>
         journey ¦ cart.value ¦ money<EUR>
         journey ¦ cart.vlue ¦ unknown-field
         journey ¦ entry.at ¦ time
         journey ¦ seen ¦ int?
         journey ¦ reminder.sent ¦ bool
         journey ¦ reminder.reason ?? \"\" ¦ text
         journey ¦ known reminder.channel and reminder.channel == \"email\" ¦ bool
         journey ¦ reminder.chanel ¦ unknown-field
         where ¦ total > 20 EUR ¦ bool
         where ¦ event.total > 20 EUR ¦ bool
         where ¦ cart_id == entry.cart_id ¦ bool
         where ¦ cart_id == cart.cart_id ¦ bool
         where ¦ profile.vip ¦ bool
         where ¦ vip ¦ unknown-name
         where ¦ loyal ¦ bool
         where ¦ any order_placed ¦ history-in-where
         profile ¦ discount_of(tier, 3) ¦ number
         profile ¦ discount_of(n: 3, t: gold) ¦ number
         profile ¦ discount_of(gold) ¦ missing-argument
         profile ¦ discount_of(gold, 3, 4) ¦ wrong-arguments
         profile ¦ discount_of(gold, m: 4) ¦ wrong-arguments
         profile ¦ discount_off(gold, 4) ¦ unknown-name
         profile ¦ discount_of(gold, \"a\") ¦ type-mismatch
         profile ¦ line_item(sku: \"a\", price: 3 EUR) ¦ line_item
         profile ¦ line_item(sku: \"a\") ¦ missing-argument
         profile ¦ line_item(sku: \"a\", price: 3 EUR, prize: 3) ¦ unknown-field
         profile ¦ line_item(\"a\", price: 3 EUR) ¦ wrong-arguments
         profile ¦ least(visits, 3) ¦ int
         profile ¦ greatest(visits, 2.5) ¦ number
         profile ¦ least(visits, spent) ¦ type-mismatch
         profile ¦ least(vip, vip) ¦ compare-mismatch",
    );
}

#[test]
fn unknowns() {
    table(
        "profile ¦ age >= 18 ¦ maybe-unknown
         profile ¦ age ?? 18 ¦ int
         profile ¦ age ?? 18.5 ¦ number
         profile ¦ visits ?? 3 ¦ always-known
         profile ¦ rank ?? gold ¦ tier
         profile ¦ known age and age >= 18 ¦ bool
         profile ¦ unknown age or age >= 18 ¦ bool
         profile ¦ known age or age >= 18 ¦ maybe-unknown
         profile ¦ not (unknown age) and age >= 18 ¦ bool
         profile ¦ known age and vip and (visits == 3 or age > 3) ¦ bool
         profile ¦ if known age then age else 0 ¦ int
         profile ¦ if unknown age then 0 else age ¦ int
         profile ¦ if vip then age else 0 ¦ int?
         profile ¦ if vip then 1 else 2.5 ¦ number
         profile ¦ if vip then 1 else \"a\" ¦ type-mismatch
         profile ¦ open ¦ bool?
         profile ¦ open and vip ¦ maybe-unknown
         profile ¦ (open ?? false) and open ¦ bool
         profile ¦ known profile.age and age > 3 ¦ bool
         profile ¦ known visits ¦ always-known
         profile ¦ known last_order and last_order < created ¦ bool
         journey ¦ known entry.coupon and entry.coupon == \"a\" ¦ bool
         journey ¦ known cart.coupon and entry.coupon == \"a\" ¦ maybe-unknown
         journey ¦ known seen and seen > 3 ¦ bool
         where ¦ known note and note == \"a\" ¦ bool
         where ¦ known profile.note and note == \"a\" ¦ unknown-field maybe-unknown",
    );
}

#[test]
fn matches() {
    table(
        "profile ¦ match tier { gold => 3, silver => 2, else => 1 } ¦ int
         profile ¦ match tier { gold => 3, silver => 2, none => 1 } ¦ int
         profile ¦ match tier { gold => 3, silver => 2 } ¦ match-not-exhaustive
         profile ¦ match tier { gold | silver => 3, none => 1.5 } ¦ number
         profile ¦ match tier { gold => 3, else => 1, none => 2 } ¦ unreachable-arm
         profile ¦ match tier { gold => 3, tier.gold => 1, else => 2 } ¦ unreachable-arm
         profile ¦ match rank { gold => 3, else => 1 } ¦ int
         profile ¦ match rank { gold | silver | none => 3, unknown => 1 } ¦ int
         profile ¦ match rank { gold | silver | none => 3 } ¦ match-not-exhaustive
         profile ¦ match vip { true => 1, false => 2 } ¦ int
         profile ¦ match vip { true => 1 } ¦ match-not-exhaustive
         profile ¦ match rating { 1 => 1, 2..3 => 2 } ¦ int
         profile ¦ match rating { 1..2 => 2 } ¦ match-not-exhaustive
         profile ¦ match visits { 1..2 => 2 } ¦ match-not-exhaustive
         profile ¦ match visits { 1..2 => 2, else => 1 } ¦ int
         profile ¦ match visits { 2..1 => 2, else => 1 } ¦ empty-range
         profile ¦ match age { unknown => 0, else => age } ¦ int
         profile ¦ match age { 3 => age, else => 0 } ¦ int
         profile ¦ match age { 3 => 1, else => age } ¦ int?
         profile ¦ match tier { gld => 3, else => 1 } ¦ unknown-value
         profile ¦ match tier { gold => 3, else => \"a\" } ¦ type-mismatch
         profile ¦ match tags { else => 1 } ¦ type-mismatch
         profile ¦ match visits { unknown => 3, else => 1 } ¦ always-known
         profile ¦ match (first_name ?? \"\") { \"a\" => 1, else => 2 } ¦ int",
    );
}

#[test]
fn conversions() {
    let world = world::world();
    let cases: [(&str, Type, &str); 9] = [
        ("visits", Type::Number, ""),
        ("visits", Type::Number.optional(), ""),
        ("age", Type::Number.optional(), ""),
        ("age", Type::Int, "maybe-unknown"),
        ("12", Type::IntIn(0, 10), "out-of-range"),
        ("visits", Type::IntIn(0, 10), "out-of-range"),
        ("least(greatest(visits, 0), 10)", Type::IntIn(0, 10), ""),
        ("rating", Type::IntIn(0, 10), ""),
        ("\"Mars/Base\"", Type::Timezone, "unknown-timezone"),
    ];
    for (text, ty, due) in cases {
        let mut checker = checker(&world, "profile");
        let tree = parse(text);
        let value = checker.expr(&tree, Some(&ty));
        checker.coerce(value, &ty, tree.span);
        let codes: Vec<&str> = checker.problems.iter().map(|p| p.code).collect();
        assert_eq!(codes.join(" "), due, "{text} as {ty:?}");
    }
}

#[test]
fn fixes_write_names_that_are_no_words_in_back_ticks() {
    for (name, due) in [
        ("age", "age"),
        ("total", "total"),
        ("first", "`first`"),
        ("On hold", "`On hold`"),
        ("xdm:city", "`xdm:city`"),
    ] {
        assert_eq!(journey_grammar::written(name), due);
    }
}

#[test]
fn the_two_ways_out_of_an_unknown() {
    let world = world::world();
    let mut checker = checker(&world, "profile");
    checker.expr(&parse("age >= 18"), None);
    let problem = &checker.problems[0];
    let edits = |fix: &Option<(String, Vec<(journey_grammar::tree::Span, String)>)>| {
        fix.as_ref()
            .map(|(_, edits)| edits.iter().map(|(_, t)| t.clone()).collect::<Vec<_>>())
    };
    assert_eq!(
        edits(&problem.fix),
        Some(vec!["(".to_owned(), " ?? 0)".to_owned()])
    );
    assert_eq!(
        edits(&problem.alternative),
        Some(vec!["(known age and ".to_owned(), ")".to_owned()])
    );
}
