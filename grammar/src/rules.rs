//! A text → how often each rule of the grammar reads a part of it: what a generator of programs covers.

use crate::peg::{self, Rule};
use crate::split::split;
use crate::token::tokens;
use std::collections::BTreeMap;

/// The grammar itself, as a person reads it.
const GRAMMAR: &str = include_str!("../journey.pest");

/// The phrases of the language: rules that leave a node in the pairs. Labels of what is missing or has no
/// place are not among them.
pub fn rule_names() -> Vec<String> {
    let names = Rule::all_rules().iter().map(|rule| format!("{rule:?}"));
    names.filter(|name| is_phrase(name)).collect()
}

/// How often each phrase stands in a file. Rules that never occur are not listed.
pub fn rules_used(text: &str) -> BTreeMap<String, u64> {
    let mut used: BTreeMap<Rule, u64> = BTreeMap::new();
    for chunk in split(text) {
        let encoded = peg::encode(&tokens(crate::token::slice(text, chunk.start, chunk.end)));
        if crate::parse::nests_too_deep(&encoded.tokens) {
            continue;
        }
        for pair in peg::parse(&encoded)
            .into_iter()
            .flat_map(|pairs| pairs.flatten())
        {
            *used.entry(pair.as_rule()).or_insert(0) += 1;
        }
    }
    let named = used
        .into_iter()
        .map(|(rule, count)| (format!("{rule:?}"), count));
    named.filter(|(name, _)| is_phrase(name)).collect()
}

/// Whether a rule is defined as one that leaves a node, and is no label.
fn is_phrase(name: &str) -> bool {
    let label = ["m_", "bad_", "junk"]
        .iter()
        .any(|prefix| name.starts_with(prefix));
    let twin = [
        "send_unnamed",
        "send_bare",
        "op_eq_bad",
        "enter_bad",
        "word_as_name",
    ];
    let sure = name.ends_with("_sure");
    !label && !sure && !twin.contains(&name) && GRAMMAR.lines().any(|line| defines(line, name))
}

fn defines(line: &str, name: &str) -> bool {
    let rest = line.strip_prefix(name).map(str::trim_start);
    rest.is_some_and(|rest| rest.starts_with("= {"))
}
