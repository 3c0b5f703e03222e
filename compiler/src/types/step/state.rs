//! What a walk over a journey's steps knows: of the whole journey, and of the path at hand.

use super::super::pattern::PatternPlace;
use super::super::{Checker, Problem, Scope};
use crate::hir::{Journey, Key, LocalId, NamedStep, NodeId, StepRef};
use crate::names::signature::blocks;
use journey_grammar::tree::{self, EventPattern, Name, Span, StepKind as Tree, WaitWhat};
use journey_program::types::{ChannelId, MessageId};
use std::collections::{BTreeMap, BTreeSet};

/// What a send sends, and the ways it may go.
type Sent = (MessageId, Vec<ChannelId>);

/// The journey as far as it has been walked.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) key: Option<Key>,
    pub(crate) salt: String,
    pub(crate) named: Vec<NamedStep>,
    /// sends: step, number, channels
    pub(crate) sends: Vec<(String, StepRef, Vec<ChannelId>)>,
    /// variables by name, for branches that share one
    pub(crate) variables: BTreeMap<String, LocalId>,
    /// every name that some path sets, with its place
    pub(crate) elsewhere: BTreeMap<String, Span>,
    /// variables that a decision sets
    pub(crate) decided: BTreeSet<LocalId>,
    /// steps that have a name, and what is sent by those that send
    names: BTreeMap<String, (StepRef, Span, Option<Sent>)>,
    /// how many steps of a kind have no name of their own
    unnamed: BTreeMap<String, u32>,
    /// steps that this path may have passed
    pub(crate) touched: BTreeSet<String>,
    /// the loop's cycle at hand has waited
    pub(crate) waited: bool,
    /// the states in which loops are left, innermost last
    pub(crate) loops: Vec<Vec<State>>,
    /// the smallest bound of `restart` in each arm around the step, innermost last
    pub(crate) restarts: Vec<Option<u32>>,
    /// in the steps of an `exit`
    pub(crate) exit: bool,
    entry: Scope,
}

/// What is so on one path.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) scope: Scope,
    touched: BTreeSet<String>,
    waited: bool,
}

impl Walk {
    pub(crate) fn new(journey: &Journey, steps: &[tree::Step]) -> Self {
        let mut walk = Self {
            key: journey.key.clone(),
            salt: journey.salt.clone(),
            named: Vec::new(),
            sends: Vec::new(),
            variables: BTreeMap::new(),
            elsewhere: BTreeMap::new(),
            decided: BTreeSet::new(),
            names: BTreeMap::new(),
            unnamed: BTreeMap::new(),
            touched: BTreeSet::new(),
            waited: false,
            loops: Vec::new(),
            restarts: Vec::new(),
            exit: false,
            entry: Scope::default(),
        };
        walk.find_names(steps);
        walk
    }

    fn find_names(&mut self, steps: &[tree::Step]) {
        for step in steps {
            let mut set = |name: &Name| {
                self.elsewhere.entry(name.text.clone()).or_insert(name.span);
            };
            match &step.kind {
                Tree::Let { name, .. } | Tree::Decide { name, .. } | Tree::Collect { name, .. } => {
                    set(name);
                }
                Tree::Send(send) => set(send.name.as_ref().unwrap_or(&send.message)),
                Tree::WaitFor { what, .. } => match what {
                    WaitWhat::One(pattern) => bound(pattern).into_iter().for_each(set),
                    WaitWhat::Arms(arms) => {
                        arms.iter()
                            .filter_map(|arm| bound(arm.pattern.as_ref()?))
                            .for_each(set);
                    }
                    WaitWhat::Missing(_) | WaitWhat::Step { .. } => {}
                },
                _ => {}
            }
            for block in blocks(&step.kind) {
                self.find_names(block);
            }
        }
    }

    /// What holds at any step: the entry, and nothing that a step has set.
    pub(crate) fn at_entry(&self, now: &Scope) -> Scope {
        Scope {
            entry: now.entry,
            known: self.entry.known.clone(),
            ..Scope::default()
        }
    }

    /// Runs over the steps of an `exit`.
    pub(crate) fn in_exit<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.exit = true;
        self.waited = false;
        let touched = std::mem::take(&mut self.touched);
        let result = run(self);
        self.touched = touched;
        self.exit = false;
        result
    }

    /// The sends that a pattern on this path may name.
    pub(crate) fn sends_here(&self) -> Vec<(String, StepRef, Vec<ChannelId>)> {
        let passed = self
            .sends
            .iter()
            .filter(|(name, ..)| self.touched.contains(name));
        passed.cloned().collect()
    }
}

/// The variable that a pattern sets.
fn bound(pattern: &EventPattern) -> Option<&Name> {
    match (&pattern.bind, pattern.path.as_slice()) {
        (Some(name), _) | (None, [name]) => Some(name),
        _ => None,
    }
}

impl Checker<'_> {
    pub(crate) fn save(&self, walk: &Walk) -> State {
        State {
            scope: self.scope.clone(),
            touched: walk.touched.clone(),
            waited: walk.waited,
        }
    }

    pub(crate) fn restore(&mut self, walk: &mut Walk, state: &State) {
        self.scope.clone_from(&state.scope);
        walk.touched.clone_from(&state.touched);
        walk.waited = state.waited;
    }

    /// Goes on where these paths come together: with what all of them have set. With no path at all the
    /// state stays as it was before they parted.
    pub(crate) fn join_states(&mut self, walk: &mut Walk, before: &State, ends: Vec<State>) {
        let mut ends = ends.into_iter();
        let Some(mut all) = ends.next() else {
            self.restore(walk, before);
            return;
        };
        for one in ends {
            all.scope
                .locals
                .retain(|local| one.scope.locals.contains(local));
            all.scope
                .known
                .retain(|fact| one.scope.known.contains(fact));
            all.scope
                .steps
                .retain(|step| one.scope.steps.contains(step));
            all.touched.extend(one.touched);
            all.waited &= one.waited;
        }
        self.restore(walk, &all);
    }

    /// The number of a step with a name of its own, or with one made from its kind.
    pub(crate) fn named_step(
        &mut self,
        walk: &mut Walk,
        name: Option<&Name>,
        word: &str,
        span: Span,
        sends: Option<(MessageId, &[ChannelId])>,
    ) -> StepRef {
        let step = StepRef(u32::try_from(walk.named.len()).unwrap_or(u32::MAX));
        let named = name.filter(|name| !name.is_missing());
        if let Some(name) = named {
            if let Some((before, first, sent)) = walk.names.get(&name.text).cloned() {
                let same = match (&sent, sends) {
                    (Some((message, channels)), Some((m, c))) => *message == m && channels == c,
                    _ => false,
                };
                if same && !walk.touched.contains(&name.text) {
                    walk.touched.insert(name.text.clone());
                    return before;
                }
                let message = format!("there are two steps named `{}`", name.text);
                self.report(
                    Problem::new("declared-twice", name.span, message)
                        .label(first, "the first is here")
                        .help("one name may serve branches that exclude each other, if message and channels agree"),
                );
            } else {
                let sent = sends.map(|(message, channels)| (message, channels.to_vec()));
                walk.names
                    .insert(name.text.clone(), (step, name.span, sent));
            }
            walk.touched.insert(name.text.clone());
        }
        let node: NodeId = self.node(span);
        let name = match named {
            Some(name) => name.text.clone(),
            None => {
                let number = walk.unnamed.entry(word.to_owned()).or_default();
                *number += 1;
                format!("{word} {number}")
            }
        };
        walk.named.push(NamedStep { name, node });
        step
    }
}

/// A pattern's place in a wait.
pub(crate) fn in_wait<'a>(
    key: Option<&'a Key>,
    sends: &'a [(String, StepRef, Vec<ChannelId>)],
) -> PatternPlace<'a> {
    PatternPlace {
        key,
        sends,
        since: true,
        bind: true,
        what: "a `wait`",
    }
}
