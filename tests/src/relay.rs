//! A run by many engines: each takes one input and hands its state on as bytes. What they say together must
//! be what one engine says, whatever there is in between: so a stop at any input changes nothing.

use journey_cli::compile::Execution;
use journey_runtime::actions::Action;
use journey_runtime::engine::{DeadLetter, Engine, Options};
use journey_runtime::input::Input;
use journey_runtime::state::State;
use journey_runtime::state::snapshot::{restore, snapshot};

/// What came of a run.
#[derive(Debug)]
pub struct Relayed {
    pub actions: Vec<Action>,
    pub dead_letters: Vec<DeadLetter>,
    pub state: State,
}

/// One engine from the first input to the last.
pub fn whole(execution: &Execution, inputs: &[Input]) -> Relayed {
    let mut engine = Engine::new(execution.plan.clone(), execution.executor(), Options::all());
    for input in inputs {
        engine.input(input.clone());
    }
    Relayed {
        actions: engine.take_actions(),
        dead_letters: engine.take_dead_letters(),
        state: engine.state().clone(),
    }
}

/// A new engine for each input, from the bytes of the state of the one before. What is wrong, if a state
/// does not come back as it was.
pub fn relayed(execution: &Execution, inputs: &[Input]) -> Result<Relayed, String> {
    let mut all = Relayed {
        actions: Vec::new(),
        dead_letters: Vec::new(),
        state: State::default(),
    };
    for (place, input) in inputs.iter().enumerate() {
        let engine = Engine::new(execution.plan.clone(), execution.executor(), Options::all());
        let mut engine = engine.with_state(all.state);
        engine.input(input.clone());
        all.actions.extend(engine.take_actions());
        all.dead_letters.extend(engine.take_dead_letters());
        all.state = handed_on(engine.state()).map_err(|e| format!("input {place}: {e}"))?;
    }
    Ok(all)
}

/// A state that went through bytes, and is what it was.
pub fn handed_on(state: &State) -> Result<State, String> {
    let bytes = snapshot(state).map_err(|e| e.to_string())?;
    let again = restore(&bytes).map_err(|e| e.to_string())?;
    if again != *state {
        return Err("the state that came back is another".to_owned());
    }
    if snapshot(&again).as_ref() != Ok(&bytes) {
        return Err("its bytes are others the second time".to_owned());
    }
    Ok(again)
}

/// Where a relayed run says something else than the whole one.
pub fn difference(execution: &Execution, inputs: &[Input]) -> Option<String> {
    let whole = whole(execution, inputs);
    let relayed = match relayed(execution, inputs) {
        Ok(relayed) => relayed,
        Err(problem) => return Some(problem),
    };
    let (ours, theirs) = (lines(&whole), lines(&relayed));
    let at = (0..ours.len().max(theirs.len())).find(|at| ours.get(*at) != theirs.get(*at));
    if let Some(at) = at {
        let line = |all: &[String]| all.get(at).cloned().unwrap_or_else(|| "nothing".to_owned());
        return Some(format!(
            "a stop between inputs changes what is said\n  whole:   {}\n  relayed: {}",
            line(&ours),
            line(&theirs)
        ));
    }
    (whole.state != relayed.state).then(|| "a stop between inputs changes the state".to_owned())
}

fn lines(all: &Relayed) -> Vec<String> {
    let actions = all.actions.iter().map(Action::to_json);
    let dead = all.dead_letters.iter().map(|letter| format!("{letter:?}"));
    actions.chain(dead).collect()
}
