//! Words that several stages say: unknown names with "did you mean", wrong counts.
//! Each returns a `Problem`, so that the same mistake reads the same everywhere.

use crate::types::Problem;
pub use crate::types::nearest;
use journey_grammar::tree::Name;

/// `unknown-name`, with the nearest of the candidates as a quick fix.
pub fn unknown_name<'a>(
    name: &Name,
    what: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Problem {
    let problem = Problem::new(
        "unknown-name",
        name.span,
        format!("there is no {what} named `{}`", name.text),
    );
    match nearest(&name.text, candidates) {
        Some(best) => problem.help(format!("did you mean `{best}`?")).fix(
            format!("change to `{best}`"),
            vec![(name.span, journey_grammar::written(best))],
        ),
        None => problem,
    }
}

/// "1 field", "2 fields".
pub fn counted(count: usize, thing: &str) -> String {
    if count == 1 {
        format!("{count} {thing}")
    } else {
        format!("{count} {thing}s")
    }
}

/// "`a`, `b` and `c`".
pub fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let mut quoted: Vec<String> = names.iter().map(|n| format!("`{}`", n.as_ref())).collect();
    let Some(last) = quoted.pop() else {
        return String::new();
    };
    if quoted.is_empty() {
        last
    } else {
        format!("{} and {last}", quoted.join(", "))
    }
}
