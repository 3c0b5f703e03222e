//! `journey explain NAME`: the page of a diagnostic, or of a command that takes more than a line to say.

use crate::args::ExplainArgs;
use crate::failure::Failure;
use crate::terminal;
use journey_compiler::explain;

/// Pages of the reference that are about commands.
const TOPICS: [(&str, &str); 2] = [
    (
        "simulation",
        include_str!("../../../grammar/reference/35-simulation.md"),
    ),
    (
        "diff",
        include_str!("../../../grammar/reference/36-comparing.md"),
    ),
];

/// The page of a name, if it has one.
fn page(name: &str) -> Option<&'static str> {
    let topic = TOPICS.iter().find(|(topic, _)| *topic == name);
    topic.map(|(_, page)| *page).or_else(|| explain::page(name))
}

pub fn run(args: &ExplainArgs) -> Result<(), Failure> {
    match page(&args.name) {
        Some(page) => terminal::print(page),
        None => {
            let near = journey_compiler::nearest(
                &args.name,
                explain::codes().chain(TOPICS.map(|(topic, _)| topic)),
            );
            let hint = near.map_or(String::new(), |n| format!("; did you mean `{n}`?"));
            Err(Failure::usage(format!(
                "there is no diagnostic `{}`{hint}",
                args.name
            )))
        }
    }
}
