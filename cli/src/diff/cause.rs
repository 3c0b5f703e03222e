//! Which changes bring a difference about. Each change is made alone upon the older version, and left out alone of
//! the newer one; a difference that needs one change, and comes with it alone, is its. What needs several, or
//! comes with any of several, is said so; what that leaves open is found by leaving out one change after another
//! for as long as the difference stays.

use super::compose::{Composer, Made};
use super::runs::{Events, Run, Times, run};
use crate::failure::Failure;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Sets of changes that are looked for one by one, when the quick ways say nothing.
const SEARCHES_MAX: usize = 24;
/// Programs that are run at most.
const RUNS_MAX: usize = 1_000;

/// What brings a difference about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// this one alone, with those that it does not compile without
    One { change: usize, with: Vec<usize> },
    /// all of them together: none is enough, none can be left out
    Together(Vec<usize>),
    /// any of them is enough
    Either(Vec<usize>),
    /// no set of changes was found within the bound of runs
    Open,
}

/// With a change alone, and all but it.
type Alone = (Option<Rc<Times>>, Option<Rc<Times>>);

/// The runs that were made, by the changes that were made in them.
pub struct Causes<'c> {
    composer: Composer<'c>,
    events: &'c Events,
    runs: BTreeMap<Made, Rc<Times>>,
    pub old: Run,
    pub new: Run,
    /// of each change: what it compiles with, and without what the newer version does
    with: Vec<Made>,
    without: Vec<Made>,
    pub programs: usize,
}

impl std::fmt::Debug for Causes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Causes")
            .field("programs", &self.programs)
            .finish_non_exhaustive()
    }
}

impl<'c> Causes<'c> {
    /// Both versions over the events.
    pub fn new(mut composer: Composer<'c>, events: &'c Events) -> Result<Self, Failure> {
        let broken = || Failure::failed("internal error: a version does not compile in parts");
        let nothing = Made::new();
        let old = composer.execution(&nothing)?.ok_or_else(broken)?;
        let old = run(&old, events, true)?;
        let all = composer.all();
        let new = composer.execution(&all)?.ok_or_else(broken)?;
        let new = run(&new, events, true)?;
        let runs = BTreeMap::from([
            (nothing, Rc::new(old.times.clone())),
            (all, Rc::new(new.times.clone())),
        ]);
        Ok(Self {
            composer,
            events,
            runs,
            old,
            new,
            with: Vec::new(),
            without: Vec::new(),
            programs: 2,
        })
    }

    /// What everyone gets with these changes; None: they do not compile, or enough was run.
    fn outcome(&mut self, made: &Made) -> Result<Option<Rc<Times>>, Failure> {
        if let Some(known) = self.runs.get(made) {
            return Ok(Some(Rc::clone(known)));
        }
        if self.programs >= RUNS_MAX || !self.composer.compiles(made) {
            return Ok(None);
        }
        let Some(execution) = self.composer.execution(made)? else {
            return Ok(None);
        };
        self.programs += 1;
        let times = Rc::new(run(&execution, self.events, false)?.times);
        self.runs.insert(made.clone(), Rc::clone(&times));
        Ok(Some(times))
    }

    /// Whether with these changes a line is as in the newer version.
    fn turns(&mut self, line: u64, made: &Made) -> Result<bool, Failure> {
        let outcome = self.outcome(made)?;
        Ok(outcome.is_some_and(|outcome| self.is_new(line, &outcome)))
    }

    /// It happens, if it does in both versions then when it does in the newer; or it does not happen.
    fn is_new(&self, line: u64, outcome: &Times) -> bool {
        let (was, is) = (self.old.times.get(&line), self.new.times.get(&line));
        let found = outcome.get(&line);
        if was.is_some() && is.is_some() {
            found == is
        } else {
            found.is_some() == is.is_some()
        }
    }

    /// What differs between the versions: what only one has, and what happens at another time.
    fn different(&self) -> BTreeSet<u64> {
        let (old, new) = (&self.old.people, &self.new.people);
        let lines = old.values().chain(new.values()).flatten();
        let prints = lines.map(|line| line.print);
        prints
            .filter(|print| self.old.times.get(print) != self.new.times.get(print))
            .collect()
    }

    /// The lines that differ, each with its cause.
    pub fn find(&mut self) -> Result<BTreeMap<u64, Cause>, Failure> {
        let lines = self.different();
        let mut found = BTreeMap::new();
        if lines.is_empty() {
            return Ok(found);
        }
        let all = self.composer.all();
        for number in &all {
            self.with.push(self.composer.with(*number));
            self.without.push(self.composer.without(*number));
        }
        let mut alone = Vec::new();
        for number in &all {
            let (with, left) = (self.with_of(*number), self.without_of(*number));
            let left = self.composer.left(&left);
            alone.push((self.outcome(&with)?, self.outcome(&left)?));
        }
        let mut open: Vec<u64> = Vec::new();
        for line in lines {
            match self.quick(line, &alone)? {
                Some(cause) => {
                    found.insert(line, cause);
                }
                None => open.push(line),
            }
        }
        for _ in 0..SEARCHES_MAX {
            let Some(first) = open.first().copied() else {
                break;
            };
            let least = self.search(first)?;
            let cause = self.told(&least);
            let mut left = Vec::new();
            for line in open {
                if line == first || self.is_least(line, &least)? {
                    found.insert(line, cause.clone());
                } else {
                    left.push(line);
                }
            }
            open = left;
        }
        found.extend(open.into_iter().map(|line| (line, Cause::Open)));
        Ok(found)
    }

    /// By each change alone, made and left out.
    fn quick(&mut self, line: u64, alone: &[Alone]) -> Result<Option<Cause>, Failure> {
        let (mut enough, mut needed) = (Made::new(), Made::new());
        for (number, (with, left)) in alone.iter().enumerate() {
            let turns =
                |run: &Option<Rc<Times>>| run.as_ref().is_some_and(|run| self.is_new(line, run));
            if turns(with) {
                enough.insert(number);
            }
            if !turns(left) {
                needed.insert(number);
            }
        }
        // what turns it with others that it needs to compile is not it, if one of them does already
        let first: Made = enough
            .iter()
            .copied()
            .filter(|number| {
                let with = self.with_of(*number);
                !with.iter().any(|other| {
                    other != number && enough.contains(other) && !self.mutual(*number, *other)
                })
            })
            .collect();
        // nor what can only be left out with another that is needed itself
        let last: Made = needed
            .iter()
            .copied()
            .filter(|number| {
                let without = self.without_of(*number);
                first.contains(number)
                    || !without.iter().any(|other| {
                        other != number && needed.contains(other) && !self.mutual(*number, *other)
                    })
            })
            .collect();
        let needed: Vec<usize> = last.iter().copied().collect();
        Ok(match needed.as_slice() {
            [one] if enough.contains(one) => Some(self.one(*one)),
            [] => {
                let any: Vec<usize> = first.iter().copied().collect();
                (any.len() > 1).then_some(Cause::Either(any))
            }
            [_] => None,
            several => {
                let together: Made = several.iter().flat_map(|n| self.with_of(*n)).collect();
                let turned = self.turns(line, &together)?;
                if !turned || several.iter().any(|number| enough.contains(number)) {
                    None
                } else {
                    Some(Cause::Together(several.to_vec()))
                }
            }
        })
    }

    fn one(&self, change: usize) -> Cause {
        let with = self.with_of(change);
        Cause::One {
            change,
            with: with.into_iter().filter(|other| *other != change).collect(),
        }
    }

    fn with_of(&self, number: usize) -> Made {
        self.with.get(number).cloned().unwrap_or_default()
    }

    fn without_of(&self, number: usize) -> Made {
        self.without.get(number).cloned().unwrap_or_default()
    }

    /// Two changes that only compile together.
    fn mutual(&self, one: usize, other: usize) -> bool {
        self.with_of(one).contains(&other) && self.with_of(other).contains(&one)
    }

    /// A least set of changes that turns a line: none of them can be left out.
    fn search(&mut self, line: u64) -> Result<Made, Failure> {
        let mut least = self.composer.all();
        loop {
            let before = least.len();
            for number in self.composer.all() {
                if !least.contains(&number) {
                    continue;
                }
                let gone = self.without_of(number);
                let fewer: Made = least.difference(&gone).copied().collect();
                if !fewer.is_empty() && self.turns(line, &fewer)? {
                    least = fewer;
                }
            }
            if least.len() == before {
                return Ok(least);
            }
        }
    }

    /// Whether a set of changes is a least one for a line, too.
    fn is_least(&mut self, line: u64, least: &Made) -> Result<bool, Failure> {
        if !self.turns(line, least)? {
            return Ok(false);
        }
        for number in least {
            let gone = self.without_of(*number);
            let fewer: Made = least.difference(&gone).copied().collect();
            if !fewer.is_empty() && self.turns(line, &fewer)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A least set in words: those that are only there to let another compile stand behind it.
    fn told(&self, least: &Made) -> Cause {
        let is_for_another = |number: &usize| {
            least.iter().any(|other| {
                other != number
                    && self.with_of(*other).contains(number)
                    && !self.mutual(*number, *other)
            })
        };
        let own: Vec<usize> = least
            .iter()
            .copied()
            .filter(|number| !is_for_another(number))
            .collect();
        match own.as_slice() {
            [one] => Cause::One {
                change: *one,
                with: least.iter().copied().filter(|other| other != one).collect(),
            },
            [] => Cause::Together(least.iter().copied().collect()),
            several => Cause::Together(several.to_vec()),
        }
    }
}
