//! `journey export`: a person in, all that is held of them out, as one JSON object: what is known now, then what
//! the folder's history still has: their inputs as they were applied, and what was decided for them.

use crate::args::ExportArgs;
use crate::failure::Failure;
use crate::looking::Looked;
use crate::rights::audit::{self, Asked};
use crate::terminal;
use journey_program::show;
use journey_runtime::actions::Action;
use journey_runtime::actions::json::{Line, quoted};
use journey_runtime::engine::{Seen, What};
use journey_runtime::export;
use journey_runtime::run::envelope;

pub fn run(args: &ExportArgs) -> Result<(), Failure> {
    let looked = Looked::at(&args.state)?;
    let who = looked.person(&args.profile)?;
    let own = export::all_of(&looked.engine, who);
    let mut object = Line::new();
    let clock = looked.engine.clock();
    object.raw(
        "as_of",
        &clock.map_or("null".to_owned(), |at| quoted(&show::time_ms(at))),
    );
    for (key, json) in export::members(&looked.engine, who) {
        object.raw(key, &json);
    }
    let mut kept = (0, 0);
    if let Some(first) = looked.look.before(None) {
        let since = first.state().clock;
        let since = since.map_or("null".to_owned(), |at| quoted(&show::time_ms(at)));
        let past = looked.again(&first, &|_| None, &own)?;
        let inputs = inputs(&looked, &past.seen);
        let actions = actions(&looked, &past.seen);
        kept = (inputs.len(), actions.len());
        object.raw("history_since", &since);
        object.raw("inputs", &format!("[{}]", inputs.join(",")));
        object.raw("actions", &format!("[{}]", actions.join(",")));
    }
    let text = object.end();
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| Failure::failed(format!("internal error: {e}")))?;
    let pretty = serde_json::to_string_pretty(&value)
        .map_err(|e| Failure::failed(format!("internal error: {e}")))?;
    let asked = Asked {
        at: super::run::tell::now_ms(),
        what: "export",
        salt: &looked.salt(),
        profile: &args.profile,
        counts: &[("inputs", kept.0), ("actions", kept.1)],
    };
    audit::note(&args.state, &asked)?;
    terminal::print(&format!("{pretty}\n"))
}

fn inputs(looked: &Looked, seen: &[Seen]) -> Vec<String> {
    let of = |seen: &Seen| {
        let (input, refused) = match &seen.what {
            What::Input(input) => (input, None),
            What::Refused { reason, input } => (input, Some(*reason)),
            What::Action(_) | What::Asked(_) | What::Gate(_) | What::Version(_) => return None,
        };
        let mut line = Line::new();
        line.text("taken", &show::time_ms(seen.at));
        if let Some(reason) = refused {
            line.text("refused", reason);
        }
        line.raw("record", &envelope(&looked.program, input));
        Some(line.end())
    };
    seen.iter().filter_map(of).collect()
}

/// Without numbers, which are given over all people.
fn actions(looked: &Looked, seen: &[Seen]) -> Vec<String> {
    let of = |seen: &Seen| {
        let What::Action(kind) = &seen.what else {
            return None;
        };
        let person = looked.engine.state().people.get(seen.who.index())?;
        let action = Action {
            n: 0,
            at: seen.at,
            profile: person.id.clone(),
            kind: (**kind).clone(),
        };
        let json = action.to_json();
        Some(json.replacen("\"n\":0,", "", 1))
    };
    seen.iter().filter_map(of).collect()
}
