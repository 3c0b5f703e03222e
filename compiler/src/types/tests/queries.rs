//! Lists, histories, the clock in what is watched, raw expressions.

use super::{check, checker, parse, table, world};
use crate::hir::{ExprKind as Hir, History, Window};
use journey_program::raw::{RawExpr, RawOp};
use journey_program::types::{Span, Type};

fn history(place: &str, text: &str) -> History {
    let (value, out) = check(place, text);
    let mut todo = vec![&value];
    while let Some(e) = todo.pop() {
        if let Hir::History(history) = &e.kind {
            return (**history).clone();
        }
        todo.extend(crate::types::watched::children(e));
    }
    panic!("{text}: {out}");
}

#[test]
fn lists() {
    table(
        "profile ¦ any x in wish where x.price > 10 EUR ¦ bool
         profile ¦ no x in wish where x.price > 10 EUR ¦ bool
         profile ¦ all x in wish where x.sku == \"a\" ¦ bool
         profile ¦ all x in wish ¦ bad-query
         profile ¦ count x in wish ¦ int
         profile ¦ sum x.price in wish ¦ money<EUR>
         profile ¦ avg x.price in wish ¦ money<EUR>?
         profile ¦ max x.sku in wish ¦ text?
         profile ¦ first x in wish ¦ line_item?
         profile ¦ last x.sku in wish ¦ text?
         profile ¦ sum x.sku in wish ¦ bad-query
         profile ¦ sum x.discount in wish ¦ maybe-unknown
         profile ¦ sum x.discount in wish where known x.discount ¦ money<EUR>
         profile ¦ count x.sku in wish ¦ bad-query
         profile ¦ top x.sku in wish ¦ bad-query
         profile ¦ any x in visits where true ¦ type-mismatch
         profile ¦ any x in wish where y.price > 10 EUR ¦ unknown-name
         profile ¦ any x in wish where x.price > 10 EUR and vip ¦ where-runs-on
         profile ¦ (any x in wish where x.price > 10 EUR and vip) ¦ bool
         profile ¦ any x in wish where (x.price > 10 EUR and vip) ¦ bool
         profile ¦ vip and any x in wish where x.price > 10 EUR ¦ where-runs-on
         profile ¦ vip and (any x in wish where x.price > 10 EUR) ¦ bool
         profile ¦ any x in wish where any order_placed ¦ history-in-where
         where ¦ any x in items where x.price > 10 EUR ¦ bool
         where ¦ any order_id in items where order_id.price > 10 EUR ¦ bool",
    );
}

#[test]
fn histories() {
    table(
        "profile ¦ any order_placed in last 60 days ¦ bool
         profile ¦ no order_placed in last 60 days ¦ bool
         profile ¦ count order_placed where total > 50 EUR in last 90 days ¦ int
         profile ¦ sum order_placed.total in last 90 days ¦ money<EUR>
         profile ¦ avg order_placed.total in last 90 days ¦ money<EUR>?
         profile ¦ first order_placed.at ¦ time?
         profile ¦ distinct order_placed.order_id in last 30 days ¦ int
         profile ¦ distinct order_placed.order_id up to 50 in last 30 days ¦ int
         profile ¦ count order_placed up to 50 in last 30 days ¦ bad-query
         profile ¦ top order_placed.note in last 30 days ¦ text?
         profile ¦ sum order_placed in last 30 days ¦ bad-query
         profile ¦ sum order_placed.order_id in last 30 days ¦ bad-query
         profile ¦ count order_placed.total in last 30 days ¦ bad-query
         profile ¦ last order_placed.items ¦ type-mismatch
         profile ¦ any order_plced in last 30 days ¦ unknown-name
         profile ¦ any order_placed.totl in last 30 days ¦ unknown-field bad-query
         profile ¦ sum order_placed.totl in last 30 days ¦ unknown-field
         profile ¦ any email.clicked in last 30 days ¦ bool
         profile ¦ last email.clicked.link in last 30 days ¦ text?
         profile ¦ any email.opened in last 30 days ¦ unknown-name
         profile ¦ count hello.sent in last 30 days ¦ unknown-name
         profile ¦ any broken in last 30 days ¦ bool
         profile ¦ any order_placed in last (month_long) ¦ bool
         profile ¦ any order_placed in last 0 days ¦ empty-range
         profile ¦ count order_placed in this calendar day ¦ int
         profile ¦ any order_placed since 2026-01-01T00:00:00Z ¦ bool
         profile ¦ any order_placed since created ¦ bool
         profile ¦ any order_placed since last_seen ¦ maybe-unknown
         profile ¦ any order_placed since joined ¦ type-mismatch
         profile ¦ any order_placed since enter ¦ bad-query
         journey ¦ any order_placed since enter ¦ bool
         journey ¦ any order_placed since reminder ¦ bool
         journey ¦ any order_placed since entry.at ¦ bad-query
         profile ¦ any order_placed where total > 5 EUR and vip in last 3 days ¦ unknown-name
         profile ¦ any order_placed where total > 5 EUR and profile.vip ¦ where-runs-on
         profile ¦ vip and any order_placed where total > 5 EUR ¦ where-runs-on
         profile ¦ any order_placed where (any x in items where x.price > 3 EUR) in last 3 days ¦ bool
         profile ¦ any order_placed where tier == gold in last 3 days ¦ unknown-name
         profile ¦ vip and any order_placed where total > 5 EUR in last 3 days ¦ bool
         profile ¦ any order_placed where note == \"a\" in last 3 days ¦ maybe-unknown
         profile ¦ any order_placed where any cart_updated in last 3 days ¦ history-in-where
         function ¦ any order_placed ¦ not-readable-here
         constant ¦ any order_placed ¦ not-readable-here
         journey ¦ any order_placed where cart_id == entry.cart_id in last 3 days ¦ bool
         journey ¦ any order_placed where entry.cart_id == cart_id in last 3 days ¦ bool
         journey ¦ any order_placed where cart_id == cart.cart_id and total > 3 EUR in last 3 days ¦ bool
         journey ¦ any order_placed where total > entry.value in last 3 days ¦ history-reads-outer
         journey ¦ any order_placed where cart_id != entry.cart_id in last 3 days ¦ history-reads-outer
         journey ¦ any order_placed where cart_id == entry.cart_id and order_id == entry.cart_id in last 3 days ¦ history-reads-outer
         journey ¦ any order_placed where total == cart.value in last 3 days ¦ type-mismatch
         journey ¦ any order_placed where cart_id == entry.coupon in last 3 days ¦ maybe-unknown
         journey ¦ any order_placed where total > 3 EUR or cart_id == entry.cart_id in last 3 days ¦ history-reads-outer",
    );
}

#[test]
fn what_a_history_keeps() {
    let exact = |text: &str| history("profile", text).exact;
    assert_eq!(exact("any order_placed in last 60 days"), 1);
    assert_eq!(exact("count order_placed in last 60 days"), 0);
    assert_eq!(exact("(count order_placed in last 60 days) >= 3"), 4);
    assert_eq!(exact("3 < count order_placed in last 60 days"), 4);
    assert_eq!(exact("(count order_placed in last 60 days) >= 32"), 33);
    assert_eq!(exact("(count order_placed in last 60 days) >= 33"), 0);
    assert_eq!(exact("(count order_placed in last 60 days) >= visits"), 0);
    assert_eq!(exact("(count order_placed in last 60 days) in 2..5"), 6);
    assert_eq!(exact("(count order_placed in last 60 days) in [2, 7]"), 8);
    assert_eq!(exact("last order_placed.at in last 60 days"), 1);
    let pane = |text: &str| history("profile", text).pane_ms;
    assert_eq!(pane("sum order_placed.total in last 60 minutes"), 1_000);
    assert_eq!(pane("sum order_placed.total in last 24 hours"), 60_000);
    assert_eq!(pane("sum order_placed.total in last 31 days"), 3_600_000);
    assert_eq!(pane("sum order_placed.total in last 12 months"), 900_000);
    assert_eq!(pane("sum order_placed.total in this calendar day"), 900_000);
    assert_eq!(pane("sum order_placed.total in last 32 days"), 86_400_000);
    assert_eq!(
        pane("sum order_placed.total in last 32 days in panes of 1 hour"),
        3_600_000
    );
    let window = |text: &str| history("journey", text).window;
    assert_eq!(window("any order_placed"), Window::Ever);
    assert_eq!(
        window("any order_placed in last 2 hours"),
        Window::Last(7_200_000)
    );
    assert_eq!(
        window("any order_placed in last 12 months"),
        Window::LastSpan(Span {
            months: 12,
            days: 0
        })
    );
    assert_eq!(
        window("any order_placed since created"),
        Window::SinceField(7)
    );
    assert_eq!(
        window("any order_placed since reminder"),
        Window::SinceStep(crate::hir::StepRef(3))
    );
    let keyed = history(
        "journey",
        "any order_placed where cart_id == entry.cart_id and total > 3 EUR",
    );
    assert_eq!(keyed.keyed.map(|(path, _)| path), Some(vec![8]));
    assert!(keyed.filter.is_some());
    assert_eq!(history("profile", "sum order_placed.total").value, vec![5]);
}

#[test]
fn the_clock_in_what_is_watched() {
    table(
        "watched ¦ created < now - 3 days ¦ bool
         watched ¦ now > created + 3 days ¦ bool
         watched ¦ today == joined ¦ bool
         watched ¦ today in joined..joined + 1 month ¦ bool
         watched ¦ years since joined >= 18 ¦ bool
         watched ¦ years since joined in 18..65 ¦ bool
         watched ¦ years since joined >= visits ¦ time-not-solvable
         watched ¦ now - created > 3 days ¦ time-not-solvable
         watched ¦ created < now - pace ¦ time-not-solvable
         watched ¦ now - created > now - created ¦ time-not-solvable
         watched ¦ (last order_placed.at ?? created) < now - 3 days ¦ bool
         watched ¦ any x in wish where now > created ¦ time-not-solvable
         watched ¦ any order_placed in last 3 days ¦ bool
         while ¦ entry.at < now - 3 days ¦ bool
         while ¦ \"{now}\" == \"a\" ¦ time-not-solvable
         journey ¦ now - created > 3 days ¦ bool
         profile ¦ years since joined >= visits ¦ bool",
    );
}

#[test]
fn raw() {
    let world = world::world();
    let mut regexes = Vec::new();
    let mut one = |text: &str, target: Option<Type>| {
        let mut checker = checker(&world, "constant");
        let raw = checker.raw(&parse(text), target.as_ref(), &mut regexes);
        let codes: Vec<&str> = checker.problems.iter().map(|p| p.code).collect();
        (raw, codes.join(" "))
    };
    let path = |names: &[&str]| RawExpr::Path(names.iter().map(|n| (*n).to_owned()).collect());
    assert_eq!(
        one("properties.revenue", None).0,
        path(&["properties", "revenue"])
    );
    assert_eq!(one("`Sold on`", None).0, path(&["Sold on"]));
    assert_eq!(one("12.5%", None).0, RawExpr::Number("0.125".to_owned()));
    assert_eq!(one("5%", None).0, RawExpr::Number("0.05".to_owned()));
    assert_eq!(one("-3", None).0, RawExpr::Number("-3".to_owned()));
    assert_eq!(
        one("3 EUR", Some(world::eur())).0,
        RawExpr::Text("3 EUR".to_owned())
    );
    assert_eq!(
        one("a == \"x\"", None).0,
        RawExpr::Binary(
            RawOp::Eq,
            Box::new(path(&["a"])),
            Box::new(RawExpr::Text("x".to_owned()))
        )
    );
    assert_eq!(one("3", Some(world::eur())).1, "type-mismatch");
    assert_eq!(
        one(
            "\"golden\"",
            Some(Type::Enum(journey_program::types::EnumId(0)))
        )
        .1,
        "unknown-value"
    );
    assert_eq!(one("a / 2", None).1, "not-in-source");
    assert_eq!(one("any order_placed", None).1, "not-in-source");
    assert_eq!(
        one("a matches /x/", None).0,
        RawExpr::Matches(Box::new(path(&["a"])), 0)
    );
    assert_eq!(one("b matches /x/ or b matches /y/", None).1, "");
    assert_eq!(regexes, ["x", "y"]);
}
