//! What may have changed where steps begin again: the variables that they write. What flow has proved of all
//! others still holds there.

use crate::names::signature::blocks;
use crate::types::Checker;
use journey_grammar::tree::{Step, StepKind, WaitWhat};
use std::collections::BTreeSet;

impl Checker<'_> {
    /// Steps that come around begin here.
    pub(crate) fn begins_again<'a>(&mut self, steps: impl IntoIterator<Item = &'a [Step]>) {
        let mut names = BTreeSet::new();
        for steps in steps {
            written(steps, &mut names);
        }
        let locals = &self.locals;
        let stays = |number: &String| {
            let number = number.parse::<usize>().unwrap_or(usize::MAX);
            let local = locals.get(number);
            local.is_some_and(|local| !names.contains(local.name.as_str()))
        };
        self.scope.known.retain(|fact| match fact.as_slice() {
            [root, ..] if root == "entry" => true,
            [root, number, ..] if root == "local" => stays(number),
            _ => false,
        });
    }
}

/// The names that steps write, at any depth: `set`, and events that are awaited.
fn written<'a>(steps: &'a [Step], names: &mut BTreeSet<&'a str>) {
    for step in steps {
        if let StepKind::Set { name, .. } = &step.kind {
            names.extend(name.first().map(|name| name.text.as_str()));
        }
        if let StepKind::WaitFor {
            what: WaitWhat::One(pattern),
            ..
        } = &step.kind
        {
            let name = pattern.bind.as_ref().or(pattern.path.first());
            names.extend(name.map(|name| name.text.as_str()));
        }
        for block in blocks(&step.kind) {
            written(block, names);
        }
    }
}
