//! Names: what a schema calls a thing → what a program may call it. Fields keep theirs, in back-ticks where it is no
//! word; declarations get a `snake_case` name that nothing else has.

use journey_grammar::is_word;
use std::collections::BTreeSet;

/// Names that the language gives itself.
const BUILT_IN: [&str; 11] = [
    "now", "today", "entry", "profile", "logistic", "least", "greatest", "format", "reveal",
    "user_id", "email",
];

/// What an event has without declaring it.
pub(super) const OF_EVERY_EVENT: [&str; 4] = ["id", "at", "source", "late"];

/// `orderID` and `xdm:order-id` are `order_id`; a `.` or `/` only parts words too.
pub(super) fn snake(raw: &str) -> String {
    let mut name = String::new();
    let mut before = ' ';
    let letters: Vec<char> = raw.chars().collect();
    for (place, letter) in letters.iter().enumerate() {
        let next = letters.get(place + 1).copied().unwrap_or(' ');
        let starts = letter.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || (before.is_ascii_uppercase() && next.is_ascii_lowercase()));
        if starts && !name.ends_with('_') {
            name.push('_');
        }
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        before = *letter;
    }
    let name = name.trim_end_matches('_').to_owned();
    match name.chars().next() {
        None => "unnamed".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("n_{name}"),
        Some(_) => name,
    }
}

/// The last part of a path or an address, without what files are called: `…/xdm/data/order.schema.json` is `order`.
pub(super) fn last_part(address: &str) -> &str {
    let address = address.trim_end_matches(['#', '/']);
    let part = address.rsplit('/').next().unwrap_or(address);
    let part = part.strip_suffix(".json").unwrap_or(part);
    part.strip_suffix(".schema").unwrap_or(part)
}

/// A property's own name, without the namespace before it.
pub(super) fn local(raw: &str) -> &str {
    let part = raw.rsplit('/').next().unwrap_or(raw);
    part.rsplit(':').next().unwrap_or(part)
}

/// The first of these names that a declaration may bear and that is free; it is taken then.
pub(super) fn free(taken: &mut BTreeSet<String>, wishes: &[String]) -> String {
    let may = |name: &str| !is_word(name) && !BUILT_IN.contains(&name);
    let wish = wishes
        .iter()
        .find(|name| may(name) && !taken.contains(*name))
        .cloned();
    let name = wish.unwrap_or_else(|| {
        let base = wishes.last().map_or("unnamed", String::as_str);
        let mut number = 2_u32;
        loop {
            let name = format!("{base}_{number}");
            if !taken.contains(&name) {
                break name;
            }
            number = number.saturating_add(1);
        }
    });
    taken.insert(name.clone());
    name
}

/// A name as a program writes it: as it is, or in back-ticks. None: no program can say it.
pub(super) fn written(raw: &str) -> Option<String> {
    let plain = raw.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && raw.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let code = raw.len() == 3 && raw.chars().all(|c| c.is_ascii_uppercase());
    if plain && !code {
        return Some(raw.to_owned());
    }
    let odd = |c: char| c == '`' || c.is_control();
    (!raw.is_empty() && !raw.contains(odd)).then(|| format!("`{raw}`"))
}

/// As [`written`], where a bare word of the language would be read as itself.
pub(super) fn written_value(raw: &str) -> Option<String> {
    match is_word(raw) {
        true => Some(format!("`{raw}`")),
        false => written(raw),
    }
}
