//! What a history holds of a person, to be handed over: instants, panes and values as they are kept, as JSON.

use super::{HistoryState, Running, Store};
use crate::actions::json::{self, Line};
use crate::scalar::Scalar;
use journey_program::plan::{HistoryPlan, Program};
use journey_program::show;

impl HistoryState {
    /// One object for what is kept whole and one for each value that is kept apart.
    pub fn held(&self, program: &Program, plan: &HistoryPlan) -> Vec<String> {
        let event = program.events.get(plan.event.index());
        let event = event.map_or("?", |event| event.name.as_str());
        let object = |key: Option<&Scalar>, store: &Store| {
            let mut line = Line::new();
            line.text("event", event);
            line.text("asked", &format!("{:?}", plan.aggregate).to_lowercase());
            if let Some(key) = key {
                line.text("of", &key.text());
            }
            store.held(program, plan, &mut line);
            line.end()
        };
        let whole = self.whole.iter().map(|store| object(None, store));
        let keyed = self.keyed().iter();
        let keyed = keyed.map(|(key, kept)| object(Some(key), &kept.store));
        let open = self.open().instants().map(|(at, text)| {
            let mut line = Line::new();
            line.text("event", event);
            line.text("asked", "sequence");
            line.text("open_since", &show::time_ms(at));
            text.iter().for_each(|text| line.text("of", text));
            line.end()
        });
        whole.chain(keyed).chain(open).collect()
    }
}

impl Store {
    fn held(&self, program: &Program, plan: &HistoryPlan, line: &mut Line) {
        let value = |value: &Option<Scalar>| match value {
            Some(value) => json::value(program, &value.value(&plan.ty)),
            None => "null".to_owned(),
        };
        match self {
            Store::Forever(running) => {
                line.raw("value", &running.held(program, plan));
            }
            Store::Instants(kept) => {
                let kept = kept.iter().map(|(at, _, met)| {
                    let mut line = Line::new();
                    line.text("at", &show::time_ms(*at));
                    line.raw("value", &value(met));
                    line.end()
                });
                line.raw("instants", &list(kept));
            }
            Store::Panes(panes) => {
                let panes = panes.iter().map(|(start, running)| {
                    let mut line = Line::new();
                    line.text("from", &show::time_ms(*start));
                    line.raw("value", &running.held(program, plan));
                    line.end()
                });
                line.raw("panes", &list(panes));
            }
        }
    }
}

impl Running {
    fn held(&self, program: &Program, plan: &HistoryPlan) -> String {
        match self {
            Running::Distinct(values) => list(values.iter().map(|v| json::quoted(&v.text()))),
            Running::Top(values) => list(values.iter().map(|(value, (count, _))| {
                let mut line = Line::new();
                line.text("value", &value.text());
                line.raw("count", &count.to_string());
                line.end()
            })),
            Running::Count(_)
            | Running::Sum { .. }
            | Running::Least(_)
            | Running::Greatest(_)
            | Running::First(_)
            | Running::Last(_)
            | Running::Decayed { .. }
            | Running::Gaps { .. }
            | Running::Newest(_) => json::value(program, &self.answer(plan)),
        }
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    format!("[{}]", items.join(","))
}
