//! The differences as one JSON object, for tools.

use super::{Beside, Example, Group, Report, Side};
use crate::diff::cause::Cause;
use serde_json::{Map, Value, json};

impl Report {
    pub fn json(&self) -> String {
        let changes = self.changes.iter().map(|change| {
            json!({
                "name": change.key.name(),
                "what": change.what,
                "file": change.file,
                "line": change.line,
                "column": change.column,
                "lines": change.lines,
            })
        });
        let report = json!({
            "program": self.name,
            "old": { "version": self.versions.0, "refused": self.dead.0 },
            "new": { "version": self.versions.1, "refused": self.dead.1 },
            "records": self.records,
            "people": self.people,
            "different": self.different,
            "written_to": self.written_to,
            "programs": self.programs,
            "changes": changes.collect::<Vec<Value>>(),
            "groups": self.groups.iter().map(Group::json).collect::<Vec<Value>>(),
        });
        serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
    }
}

impl Group {
    fn json(&self) -> Value {
        let kind = match &self.cause {
            Cause::One { .. } => "one",
            Cause::Together(_) => "together",
            Cause::Either(_) => "either",
            Cause::Open => "open",
        };
        let mut journeys = Map::new();
        for ((journey, kind), kinds) in &self.kinds {
            let (gone, new, moved) = (kinds.gone, kinds.new, kinds.moved);
            let of = journeys.entry(journey.clone()).or_insert_with(|| json!({}));
            if let Some(of) = of.as_object_mut() {
                of.insert(
                    (*kind).to_owned(),
                    json!({ "gone": gone, "new": new, "moved": moved }),
                );
            }
        }
        json!({
            "cause": kind,
            "changes": self.cause.changes(),
            "with": self.cause.with(),
            "more": self.more.len(),
            "less": self.less.len(),
            "other": self.other.len(),
            "moved": self.moved.len(),
            "silent": self.silent.len(),
            "journeys": journeys,
            "examples": self.examples.iter().map(Example::json).collect::<Vec<Value>>(),
        })
    }
}

impl Example {
    fn json(&self) -> Value {
        let shown = |beside: &Beside, at: Option<i64>| {
            let mut action = beside.line.action.clone();
            action.at = at.unwrap_or(action.at);
            let mut value: Value = serde_json::from_str(&action.to_json()).ok()?;
            let fields = value.as_object_mut()?;
            fields.remove("n");
            if beside.own {
                fields.insert("different".to_owned(), Value::Bool(true));
            }
            Some(value)
        };
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for beside in &self.lines {
            if beside.side != Side::After {
                before.extend(shown(beside, None));
            }
            match beside.side {
                Side::Before => {}
                Side::Moved(at) => after.extend(shown(beside, Some(at)).map(|v| (at, v))),
                Side::Both | Side::After => {
                    let at = beside.line.action.at;
                    after.extend(shown(beside, None).map(|v| (at, v)));
                }
            }
        }
        after.sort_by_key(|(at, _)| *at);
        let after: Vec<Value> = after.into_iter().map(|(_, value)| value).collect();
        json!({
            "profile": *self.profile,
            "before": before,
            "after": after,
        })
    }
}
