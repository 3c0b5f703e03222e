//! An answer for machines: one object, its keys in their order.

use super::clauses::Clause;
use super::{Answer, Happened, Moment, Verdict};
use journey_program::show;
use journey_runtime::actions::json::{self, Line, quoted};

pub fn json(answer: &Answer) -> String {
    let mut line = Line::new();
    line.text("profile", &answer.profile);
    line.raw("as_of", &instant(answer.as_of));
    line.raw("since", &instant(answer.since));
    line.raw("verdicts", &list(answer.verdicts.iter().map(verdict)));
    line.raw("moments", &list(answer.moments.iter().map(moment)));
    line.raw("notes", &list(answer.notes.iter().map(|note| quoted(note))));
    line.end()
}

fn instant(at: Option<i64>) -> String {
    at.map_or("null".to_owned(), |at| quoted(&show::time_ms(at)))
}

fn verdict(verdict: &Verdict) -> String {
    let mut line = Line::new();
    line.text("journey", &verdict.journey);
    line.text("verdict", verdict.code);
    line.text("text", &verdict.text);
    line.raw("at", &instant(verdict.at));
    line.raw("clauses", &list(verdict.clauses.iter().map(clause)));
    line.end()
}

fn moment(moment: &Moment) -> String {
    let mut line = Line::new();
    line.text("at", &show::time_ms(moment.at));
    line.raw("record", moment.record.as_deref().unwrap_or("null"));
    line.raw("happened", &list(moment.happened.iter().map(happened)));
    line.end()
}

fn happened(what: &Happened) -> String {
    let mut line = Line::new();
    line.text("kind", &what.kind);
    for (key, value) in [("journey", &what.journey), ("step", &what.step)] {
        if let Some(value) = value {
            line.text(key, value);
        }
    }
    line.text("text", &what.text);
    if let Some(action) = &what.action {
        line.raw("action", action);
    }
    if !what.clauses.is_empty() {
        line.raw("clauses", &list(what.clauses.iter().map(clause)));
    }
    line.end()
}

fn clause(clause: &Clause) -> String {
    let mut line = Line::new();
    line.raw("depth", &clause.depth.to_string());
    line.text("text", &clause.text);
    line.raw("value", &clause.value);
    let mut of = Line::new();
    for (name, value) in &clause.of {
        of.raw(name, value);
    }
    line.raw("of", &of.end());
    line.raw("span", &json::span(&clause.site));
    line.end()
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    format!("[{}]", items.join(","))
}
