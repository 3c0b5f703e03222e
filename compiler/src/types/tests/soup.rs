//! Random tokens as an expression: checking always ends, and never panics.

use super::{checker, world};
use journey_grammar::parse_chunk;
use journey_grammar::tree::DeclKind;

const TOKENS: &[&str] = &[
    "age",
    "tier",
    "gold",
    "rank",
    "visits",
    "spent",
    "wish",
    "x",
    "x.price",
    "profile.age",
    "entry",
    "entry.value",
    "event.total",
    "cart.coupon",
    "total",
    "note",
    "consent.marketing",
    "loyal",
    "broken",
    "now",
    "today",
    "order_placed",
    "order_placed.total",
    "email.clicked",
    "nothing",
    "`Sold on`",
    "1",
    "0",
    "-",
    "9223372036854775807",
    "2.5",
    "5%",
    "3 EUR",
    "4 USD",
    "2026-01-31",
    "2026-02-30",
    "2026-11-27T10:00:00Z",
    "21:00",
    "3 days",
    "1 month",
    "\"a\"",
    "\"a {age} {visits}\"",
    "true",
    "false",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    "=>",
    "|",
    "..",
    "??",
    "+",
    "*",
    "/",
    "div",
    "mod",
    "at",
    "==",
    "!=",
    "<",
    ">=",
    "in",
    "not in",
    "between",
    "and",
    "or",
    "not",
    "contains",
    "starts with",
    "matches /a/",
    "matches /(/",
    "known",
    "unknown",
    "years since",
    "if",
    "then",
    "else",
    "match",
    "any",
    "no",
    "all",
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "first",
    "last",
    "distinct",
    "top",
    "where",
    "in last 3 days",
    "in this calendar day",
    "since enter",
    "since",
    "any x in wish where",
    "sum x.price in wish",
    "discount_of(",
    "line_item(",
    "least(",
    "format(",
    "n:",
    "sku:",
];

/// A small generator of its own, so that the same seed gives the same soup everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % n
    }
}

fn try_everywhere(text: &str) {
    let parsed = parse_chunk(&format!("audience x = {text}"));
    let Some(DeclKind::Audience(audience)) = parsed.decl.map(|d| d.kind) else {
        return;
    };
    let world = world::world();
    for place in [
        "profile", "watched", "where", "function", "constant", "message", "journey", "while",
    ] {
        let mut all = checker(&world, place);
        all.expr(&audience.value, None);
        all.condition(&audience.value);
        all.assume(&audience.value, true);
        all.constant(&audience.value, Some(&journey_program::types::Type::Int));
        all.duration(&audience.value);
        all.raw(&audience.value, None, &mut Vec::new());
        assert!(
            all.problems.iter().all(|p| p.span.start <= p.span.end),
            "{text}"
        );
    }
}

#[test]
fn random_tokens_never_panic() {
    let mut chance = Chance(7);
    for _ in 0..2_000 {
        let length = 1 + chance.below(14);
        let words: Vec<&str> = (0..length)
            .map(|_| TOKENS[chance.below(TOKENS.len())])
            .collect();
        try_everywhere(&words.join(" "));
    }
}

#[test]
fn depth_is_bounded() {
    try_everywhere(&format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000)));
    try_everywhere(&"not ".repeat(5_000));
    try_everywhere(&vec!["1"; 20_000].join(" + "));
    try_everywhere(&vec!["vip"; 20_000].join(" and "));
    try_everywhere(&vec!["known age"; 2_000].join(" or "));
    try_everywhere(&vec!["age"; 2_000].join(" ?? "));
}
