//! Differences by cause: how many people get more, less or other messages, in which journeys, and examples.

mod json;
mod text;
mod words;

use super::cause::{Cause, Causes};
use super::changes::Change;
use super::runs::Line;
use crate::failure::Failure;
use journey_runtime::actions::ActionKind;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// People whose timelines are shown.
const EXAMPLES: usize = 3;

#[derive(Debug)]
pub struct Report {
    pub name: String,
    /// of the older and the newer
    pub versions: (String, String),
    pub changes: Vec<Change>,
    pub records: u64,
    /// records that the older, the newer could not take
    pub dead: (u64, u64),
    pub people: usize,
    /// who get something else, whatever it is
    pub different: usize,
    /// who get other messages
    pub written_to: usize,
    pub groups: Vec<Group>,
    /// programs that were run
    pub programs: usize,
}

/// All that one cause brings about.
#[derive(Debug)]
pub struct Group {
    pub cause: Cause,
    /// more messages, fewer, others, the same at other times, or the same messages and something else
    pub more: BTreeSet<Arc<str>>,
    pub less: BTreeSet<Arc<str>>,
    pub other: BTreeSet<Arc<str>>,
    pub moved: BTreeSet<Arc<str>>,
    pub silent: BTreeSet<Arc<str>>,
    /// journey (empty: none), kind of action → how many
    pub kinds: BTreeMap<(String, &'static str), Kinds>,
    pub examples: Vec<Example>,
}

/// How many actions of a kind are gone, new, at another time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    pub gone: u64,
    pub new: u64,
    pub moved: u64,
}

/// A person's time before and after.
#[derive(Debug)]
pub struct Example {
    pub profile: Arc<str>,
    pub lines: Vec<Beside>,
}

/// Something that happens in one of the versions, or in both.
#[derive(Debug)]
pub struct Beside {
    pub side: Side,
    pub line: Line,
    /// whether the cause at hand is that of the difference
    pub own: bool,
}

/// In which of the versions something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Both,
    Before,
    After,
    /// in both, in the newer at this time
    Moved(i64),
}

/// A person's lines of one cause.
#[derive(Debug, Default)]
struct Own<'l> {
    gone: Vec<&'l Line>,
    new: Vec<&'l Line>,
    moved: Vec<&'l Line>,
}

impl Own<'_> {
    fn count(&self) -> usize {
        self.gone.len() + self.new.len() + self.moved.len()
    }
}

/// Every line's cause.
type Found = BTreeMap<u64, Cause>;

impl Report {
    pub fn of(
        names: (String, (String, String)),
        changes: Vec<Change>,
        causes: &mut Causes<'_>,
    ) -> Result<Self, Failure> {
        let found = causes.find()?;
        let causes = &*causes;
        let by_cause = by_cause(&found, causes);
        // how many causes each person's differences have
        let mut causes_of: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
        for people in by_cause.values() {
            for who in people.keys() {
                *causes_of.entry(who).or_default() += 1;
            }
        }
        let mut different = BTreeSet::new();
        let mut written_to = BTreeSet::new();
        let mut groups = Vec::new();
        for (cause, people) in &by_cause {
            different.extend(people.keys().copied());
            let mut group = Group::of((*cause).clone(), people);
            let rank = |who: &Arc<str>| {
                let own = people.get(who).map_or(0, Own::count);
                (causes_of.get(who).copied().unwrap_or(0), own)
            };
            let shown = group.shown(&rank);
            let example = |who| example(who, &group.cause, &found, causes);
            group.examples = shown.into_iter().map(example).collect();
            for set in [&group.more, &group.less, &group.other, &group.moved] {
                written_to.extend(set.iter().cloned());
            }
            groups.push(group);
        }
        groups.sort_by_key(|group| std::cmp::Reverse((group.written_to(), group.people())));
        let everyone: BTreeSet<&Arc<str>> = causes
            .old
            .people
            .keys()
            .chain(causes.new.people.keys())
            .collect();
        Ok(Self {
            name: names.0,
            versions: names.1,
            changes,
            records: causes.old.records,
            dead: (causes.old.dead, causes.new.dead),
            people: everyone.len(),
            different: different.len(),
            written_to: written_to.len(),
            groups,
            programs: causes.programs,
        })
    }
}

/// The lines that differ, by cause and person.
fn by_cause<'f>(
    found: &'f Found,
    causes: &'f Causes<'_>,
) -> BTreeMap<&'f Cause, BTreeMap<&'f Arc<str>, Own<'f>>> {
    let mut by_cause: BTreeMap<&Cause, BTreeMap<&Arc<str>, Own<'_>>> = BTreeMap::new();
    let (old, new) = (&causes.old, &causes.new);
    for (who, line) in lines(&old.people) {
        if let Some(cause) = found.get(&line.print) {
            let own = by_cause.entry(cause).or_default().entry(who).or_default();
            if new.times.contains_key(&line.print) {
                own.moved.push(line);
            } else {
                own.gone.push(line);
            }
        }
    }
    for (who, line) in lines(&new.people) {
        if let Some(cause) = found.get(&line.print)
            && !old.times.contains_key(&line.print)
        {
            let own = by_cause.entry(cause).or_default().entry(who).or_default();
            own.new.push(line);
        }
    }
    by_cause
}

fn lines(people: &BTreeMap<Arc<str>, Vec<Line>>) -> impl Iterator<Item = (&Arc<str>, &Line)> {
    let each = people.iter();
    each.flat_map(|(who, lines)| lines.iter().map(move |line| (who, line)))
}

fn has_send(lines: &[&Line]) -> bool {
    let mut kinds = lines.iter().map(|line| &line.action.kind);
    kinds.any(|kind| matches!(kind, ActionKind::Send { .. }))
}

impl Group {
    fn of(cause: Cause, people: &BTreeMap<&Arc<str>, Own<'_>>) -> Self {
        let mut group = Self {
            cause,
            more: BTreeSet::new(),
            less: BTreeSet::new(),
            other: BTreeSet::new(),
            moved: BTreeSet::new(),
            silent: BTreeSet::new(),
            kinds: BTreeMap::new(),
            examples: Vec::new(),
        };
        for (who, own) in people {
            let set = match (has_send(&own.gone), has_send(&own.new)) {
                (false, true) => &mut group.more,
                (true, false) => &mut group.less,
                (true, true) => &mut group.other,
                (false, false) if has_send(&own.moved) => &mut group.moved,
                (false, false) => &mut group.silent,
            };
            set.insert(Arc::clone(who));
            own.gone.iter().for_each(|l| group.count(l).gone += 1);
            own.new.iter().for_each(|l| group.count(l).new += 1);
            own.moved.iter().for_each(|l| group.count(l).moved += 1);
        }
        group
    }

    fn count(&mut self, line: &Line) -> &mut Kinds {
        let journey = line.action.kind.subject();
        let journey = journey.map_or_else(String::new, |of| of.journey.to_string());
        let kind = line.action.kind.name();
        self.kinds.entry((journey, kind)).or_default()
    }

    /// People to show: one of each sort in turn, those first in whom little else differs.
    fn shown(&self, rank: &impl Fn(&Arc<str>) -> (usize, usize)) -> Vec<Arc<str>> {
        let sets = [
            &self.more,
            &self.less,
            &self.other,
            &self.moved,
            &self.silent,
        ];
        let mut sorted: Vec<Vec<&Arc<str>>> = Vec::new();
        for set in sets {
            let mut people: Vec<&Arc<str>> = set.iter().collect();
            people.sort_by_key(|who| rank(who));
            sorted.push(people);
        }
        let mut shown = Vec::new();
        for place in 0..EXAMPLES {
            for people in &sorted {
                shown.extend(people.get(place).map(|who| Arc::clone(who)));
            }
        }
        shown.truncate(EXAMPLES);
        shown
    }

    /// How many are written to otherwise.
    pub fn written_to(&self) -> usize {
        self.more.len() + self.less.len() + self.other.len() + self.moved.len()
    }

    pub fn people(&self) -> usize {
        self.written_to() + self.silent.len()
    }
}

/// A person's timelines beside each other, in the order of time.
fn example(who: Arc<str>, cause: &Cause, found: &Found, causes: &Causes<'_>) -> Example {
    let of = |people: &BTreeMap<Arc<str>, Vec<Line>>| people.get(&who).cloned();
    let before = of(&causes.old.people).unwrap_or_default();
    let after = of(&causes.new.people).unwrap_or_default();
    let beside = |side: Side, line: &Line| Beside {
        side,
        line: line.clone(),
        own: found.get(&line.print) == Some(cause),
    };
    let mut lines = Vec::new();
    for line in &before {
        let side = match causes.new.times.get(&line.print) {
            None => Side::Before,
            Some(at) if *at == line.action.at => Side::Both,
            Some(at) => Side::Moved(*at),
        };
        lines.push(beside(side, line));
    }
    let only_new = after.iter();
    let only_new = only_new.filter(|line| !causes.old.times.contains_key(&line.print));
    lines.extend(only_new.map(|line| beside(Side::After, line)));
    lines.sort_by_key(|beside| beside.line.action.at);
    Example {
        profile: who,
        lines,
    }
}
