//! An answer for people: the verdicts first, then what happened, newest last.

use super::clauses::Clause;
use super::{Answer, Happened};
use journey_program::show;
use std::fmt::Write as _;

pub fn text(answer: &Answer) -> String {
    let mut out = String::new();
    let as_of = answer
        .as_of
        .map_or(String::new(), |at| format!(", as of {}", show::time_ms(at)));
    let _ = writeln!(out, "{}{as_of}", answer.profile);
    for verdict in &answer.verdicts {
        let at = verdict
            .at
            .map_or(String::new(), |at| format!(" ({})", show::time_ms(at)));
        let _ = writeln!(out, "\n{}: {}{at}", verdict.journey, verdict.text);
        clauses(&mut out, &verdict.clauses);
    }
    for moment in &answer.moments {
        let _ = writeln!(out, "\n{}", show::time_ms(moment.at));
        if let Some(record) = &moment.record {
            let _ = writeln!(out, "  {record}");
        }
        for what in &moment.happened {
            happened(&mut out, what);
        }
    }
    for note in &answer.notes {
        let _ = writeln!(out, "\nnote: {note}");
    }
    out
}

fn happened(out: &mut String, what: &Happened) {
    let _ = match &what.journey {
        Some(journey) => writeln!(out, "  {journey}: {}", what.text),
        None => writeln!(out, "  {}", what.text),
    };
    clauses(out, &what.clauses);
}

fn clauses(out: &mut String, clauses: &[Clause]) {
    for clause in clauses {
        let value = match &*clause.value {
            "true" => "yes",
            "false" => "no",
            value => value,
        };
        let indent = "  ".repeat(clause.depth + 2);
        let _ = write!(out, "{indent}{value}  {}", clause.text);
        for (place, (name, value)) in clause.of.iter().enumerate() {
            let lead = if place == 0 { "   where " } else { ", " };
            let _ = write!(out, "{lead}{name} = {value}");
        }
        let _ = writeln!(out, "   {}", clause.place());
    }
}
