//! Words of the grammar in any order, after declarations that give their names a meaning: what a text of only
//! right words can do to the checker. Two bytes choose a word.

use super::check;
use std::sync::OnceLock;

/// Declarations that the soup may name.
const GROUND: &str = include_str!("soup.journey");

/// What begins something, so that the rest is reached.
const OPENINGS: [&str; 16] = [
    "\naudience a = ",
    "\njourney j { enter on order_placed ",
    "\nevent e { ",
    "\nprofile { ",
    "\nsource s from json { ",
    "\ntest \"t\" { ",
    "\nchannel c { ",
    "\nmessage m for marketing { ",
    "\nfn f(x: int) -> int = ",
    "\nconst k = ",
    "\npurpose p { ",
    "\nlimit l ",
    "\nidentity { ",
    "\nenum n { ",
    "\ndecision d(x: int) -> ",
    "\noffer o: ",
];

const NAMES: [&str; 40] = [
    "order_placed",
    "cart_updated",
    "total",
    "order_placed.total",
    "items",
    "x",
    "x.price",
    "profile.age",
    "age",
    "tier",
    "gold",
    "email",
    "email.clicked",
    "marketing",
    "consent.marketing",
    "loyal",
    "much",
    "double(",
    "line_item(",
    "hello",
    "hello()",
    "entry",
    "entry.total",
    "now",
    "today",
    "spent",
    "note",
    "1",
    "0",
    "-1",
    "2.5",
    "5%",
    "3 EUR",
    "3 days",
    "1 month",
    "21:00",
    "2026-01-31",
    "2026-11-27T10:00:00Z",
    "\"a {age ?? 1}\"",
    "`Sold on`",
];

const MARKS: [&str; 30] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "=",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "??",
    "|",
    "=>",
    "..",
    ".",
    "?",
    "}}",
    "\n",
    "matches /a/",
    "in last 3 days",
    "by email",
];

fn words() -> &'static [&'static str] {
    static WORDS: OnceLock<Vec<&'static str>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let of_language = journey_grammar::reserved_words().chain(journey_grammar::soft_words());
        let mut all: Vec<&str> = of_language.collect();
        // names, marks and openings as often as words, which are many
        for _ in 0..3 {
            all.extend(NAMES);
            all.extend(MARKS);
            all.extend(OPENINGS);
        }
        all
    })
}

/// The program that the bytes choose.
pub fn text(bytes: &[u8]) -> String {
    let mut text = GROUND.to_owned();
    let words = words();
    for pair in bytes.chunks_exact(2).take(300) {
        let number = usize::from(pair[0]) << 8 | usize::from(pair[1]);
        text.push_str(words[number % words.len()]);
        text.push(' ');
    }
    text
}

pub fn run(bytes: &[u8]) {
    check::run(text(bytes).as_bytes());
}
