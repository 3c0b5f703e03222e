//! What is kept of generations that were replaced, so that what was decided can be told later: their logs as
//! `00000007.past`, and where a history may begin a state, `00000007.CLOCK.base`. A recovery looks at none of
//! these. What is older than the program's `history` goes, once a younger state is there to begin with.

use super::checkpoint::{clock_of, erasures_of};
use super::erasing::TODO;
use super::error::StoreError;
use super::frame::HEADER_BYTES;
use super::generation::{Writing, list, log_name, state_name};

/// So many states are kept within the time that a history is kept for, at most.
const PARTS: i64 = 8;

/// How long a history is kept, and the clock as it is: milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct History {
    pub keep: i64,
    pub clock: Option<i64>,
    /// how many people have been erased
    pub erasures: usize,
}

/// The log of a generation that was replaced.
pub(super) fn past_name(number: u64) -> String {
    format!("{number:08}.past")
}

/// The state that it began with; its clock is in the name, so that nobody has to read it to know its age.
pub(super) fn base_name(number: u64, clock: Option<i64>) -> String {
    format!("{number:08}.{}.base", clock.unwrap_or(i64::MIN))
}

/// The number of a log of the history.
pub(super) fn past_of(name: &str) -> Option<(u64, String)> {
    let number = name.strip_suffix(".past")?.parse().ok()?;
    Some((number, name.to_owned()))
}

/// The number of a state of the history, its clock.
pub(super) fn base_of(name: &str) -> Option<(u64, i64, String)> {
    let (number, clock) = name.strip_suffix(".base")?.split_once('.')?;
    Some((number.parse().ok()?, clock.parse().ok()?, name.to_owned()))
}

impl Writing<'_> {
    /// Generations before this one become history.
    pub(super) fn retire(&mut self, number: u64, history: History) -> Result<(), StoreError> {
        if history.keep == 0 {
            self.drop_before(number)?;
            return self.drop_history(u64::MAX);
        }
        let listed = list(self.disk)?;
        let states: Vec<u64> = listed.states.range(..number).copied().collect();
        if history.erasures > 0 && self.spans_erasure(&states, history.erasures)? {
            self.drop_before(number)?;
            return self.drop_history(u64::MAX);
        }
        for state in listed.states.range(..number) {
            self.retire_state(*state, history)?;
        }
        for log in listed.logs.range(..number) {
            let name = log_name(*log);
            let length = self.disk.length(&name);
            let length = length.map_err(|e| StoreError::io("read", &name, &e))?;
            if length.unwrap_or(0) > u64::try_from(HEADER_BYTES).unwrap_or(0) {
                self.rename(&name, &past_name(*log))?;
            } else {
                self.remove(&name)?;
            }
        }
        self.drop_before(number)?;
        self.forget(history)
    }

    /// Whether somebody was erased since one of these states otherwise than by `erase`, which takes them out of
    /// the history: then nothing of it stays.
    fn spans_erasure(&mut self, states: &[u64], erasures: usize) -> Result<bool, StoreError> {
        let under_way = self.disk.length(TODO);
        if under_way
            .map_err(|e| StoreError::io("read", TODO, &e))?
            .is_some()
        {
            return Ok(false);
        }
        for state in states {
            let name = state_name(*state);
            let bytes = self.disk.read(&name, 0);
            let bytes = bytes.map_err(|e| StoreError::io("read", &name, &e))?;
            if erasures_of(&name, &bytes).is_none_or(|before| before < erasures) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A state is kept where a history begins, and from time to time.
    fn retire_state(&mut self, number: u64, history: History) -> Result<(), StoreError> {
        let name = state_name(number);
        let newest = self.bases()?.last().map(|(_, clock, _)| *clock);
        let apart = history.keep / PARTS;
        let far = |clock: i64| newest.is_none_or(|newest| clock.saturating_sub(newest) >= apart);
        if !history.clock.is_none_or(far) {
            return self.remove(&name); // it is no younger than that
        }
        let bytes = self.disk.read(&name, 0);
        let bytes = bytes.map_err(|e| StoreError::io("read", &name, &e))?;
        let Some(clock) = clock_of(&name, &bytes) else {
            return self.remove(&name);
        };
        if newest.is_none() || clock.is_some_and(far) {
            self.rename(&name, &base_name(number, clock))
        } else {
            self.remove(&name)
        }
    }

    /// What came before the newest state that is old enough.
    fn forget(&mut self, history: History) -> Result<(), StoreError> {
        let Some(now) = history.clock else {
            return Ok(());
        };
        let old = |clock: i64| clock <= now.saturating_sub(history.keep);
        let bases = self.bases()?;
        let from = bases.iter().rev().find(|(_, clock, _)| old(*clock));
        match from {
            Some((number, ..)) => self.drop_history(*number),
            None => Ok(()),
        }
    }

    /// In the order of their numbers.
    fn bases(&mut self) -> Result<Vec<(u64, i64, String)>, StoreError> {
        let names = self.names()?;
        Ok(names.iter().filter_map(|name| base_of(name)).collect())
    }

    fn names(&mut self) -> Result<Vec<String>, StoreError> {
        let names = self.disk.list();
        let mut names = names.map_err(|e| StoreError::io("list", ".", &e))?;
        names.sort();
        Ok(names)
    }

    /// Removes what is kept of generations before this one.
    pub(super) fn drop_history(&mut self, number: u64) -> Result<(), StoreError> {
        for name in self.names()? {
            let base = base_of(&name).map(|(number, ..)| number);
            let past = past_of(&name).map(|(number, _)| number);
            if base.or(past).is_some_and(|of| of < number) {
                self.remove(&name)?;
            }
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        let renamed = self.disk.rename(from, to);
        renamed.map_err(|e| StoreError::io("rename", from, &e))
    }

    pub(super) fn remove(&mut self, name: &str) -> Result<(), StoreError> {
        let removed = self.disk.remove(name);
        removed.map_err(|e| StoreError::io("remove", name, &e))
    }
}
