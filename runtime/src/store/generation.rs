//! Generations: a checkpoint and the log that goes on from it. A new one is whole and durable before it has its
//! name, and only then the oldest goes. Two are kept: where the newest checkpoint is damaged, the one before
//! and both logs give the same state.

use super::bugs::{Bug, Bugs};
use super::disk::Disk;
use super::error::StoreError;
use std::collections::BTreeSet;
use std::io;

pub(super) fn log_name(number: u64) -> String {
    format!("{number:08}.log")
}
pub(super) fn state_name(number: u64) -> String {
    format!("{number:08}.state")
}
pub(super) fn program_name(hash: &[u8; 32]) -> String {
    format!("{}.program", short(hash))
}
pub(super) fn sources_name(hash: &[u8; 32]) -> String {
    format!("{}.sources", short(hash))
}
fn short(hash: &[u8; 32]) -> String {
    let hash = hash.iter().take(8);
    hash.map(|byte| format!("{byte:02x}")).collect()
}
pub(super) fn part_name(number: u32) -> String {
    format!("{number:08}.part")
}
fn new_name(number: u64) -> String {
    format!("{number:08}.new")
}

/// Which numbers a folder has files of.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    pub logs: BTreeSet<u64>,
    pub states: BTreeSet<u64>,
    news: BTreeSet<u64>,
    pub parts: BTreeSet<u64>,
}

impl Listed {
    pub(super) fn newest(&self) -> u64 {
        let all = [&self.logs, &self.states, &self.news];
        let last = all.iter().filter_map(|numbers| numbers.last().copied());
        last.max().unwrap_or(0)
    }
}

pub(super) fn list(disk: &mut dyn Disk) -> Result<Listed, StoreError> {
    let names = disk.list().map_err(|e| StoreError::io("list", ".", &e))?;
    let mut listed = Listed::default();
    for name in names {
        let Some((stem, ending)) = name.split_once('.') else {
            continue;
        };
        let Ok(number) = stem.parse() else { continue };
        match ending {
            "log" => listed.logs.insert(number),
            "state" => listed.states.insert(number),
            "new" => listed.news.insert(number),
            "part" => listed.parts.insert(number),
            _ => continue,
        };
    }
    Ok(listed)
}

/// A disk whose errors are the folder's.
pub(super) struct Writing<'d> {
    pub disk: &'d mut dyn Disk,
    pub bugs: Bugs,
}

impl Writing<'_> {
    pub(super) fn append(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let done = self.disk.append(name, bytes);
        if self.bugs.has(Bug::AppendErrorIgnored) {
            return Ok(());
        }
        done.map_err(|e| StoreError::io("write", name, &e))
    }

    /// Once: after an error nobody knows what is durable.
    pub(super) fn sync(&mut self, name: &str) -> Result<(), StoreError> {
        let done = self.disk.sync(name);
        self.synced(name, done)
    }

    pub(super) fn synced(
        &mut self,
        name: &str,
        mut done: io::Result<()>,
    ) -> Result<(), StoreError> {
        if done.is_err() && self.bugs.has(Bug::SyncRetried) {
            done = self.disk.sync(name);
        }
        if self.bugs.has(Bug::SyncErrorIgnored) {
            return Ok(());
        }
        done.map_err(|e| StoreError::io("sync", name, &e))
    }

    pub(super) fn sync_dir(&mut self) -> Result<(), StoreError> {
        let done = self.disk.sync_dir();
        done.map_err(|e| StoreError::io("sync", ".", &e))
    }

    /// A new generation, durable when this has returned.
    pub(super) fn begin(
        &mut self,
        number: u64,
        log: &[u8],
        state: &[u8],
    ) -> Result<(), StoreError> {
        let (new, name) = (new_name(number), state_name(number));
        self.append(&log_name(number), log)?;
        self.sync(&log_name(number))?;
        self.append(&new, state)?;
        if !self.bugs.has(Bug::RenameBeforeSync) {
            self.sync(&new)?;
        }
        if !self.bugs.has(Bug::LogNotNamed) {
            self.sync_dir()?;
        }
        let renamed = self.disk.rename(&new, &name);
        renamed.map_err(|e| StoreError::io("rename", &new, &e))?;
        if self.bugs.has(Bug::RenameBeforeSync) {
            self.sync(&name)?;
        }
        if self.bugs.has(Bug::NameNotSynced) || self.bugs.has(Bug::LogNotNamed) {
            return Ok(());
        }
        self.sync_dir()
    }

    /// A file that never changes: whole and durable, or not there.
    pub(super) fn keep(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let part = format!("{name}.part");
        let listed = self.disk.list();
        let listed = listed.map_err(|e| StoreError::io("list", ".", &e))?;
        if listed.iter().any(|there| there == name) {
            return Ok(());
        }
        if listed.contains(&part) {
            let removed = self.disk.remove(&part);
            removed.map_err(|e| StoreError::io("remove", &part, &e))?;
        }
        self.append(&part, bytes)?;
        self.sync(&part)?;
        let renamed = self.disk.rename(&part, name);
        renamed.map_err(|e| StoreError::io("rename", &part, &e))?;
        self.sync_dir()
    }

    /// Removes all generations before this one.
    pub(super) fn drop_before(&mut self, number: u64) -> Result<(), StoreError> {
        let listed = list(self.disk)?;
        let states = listed.states.range(..number).map(|n| state_name(*n));
        let news = listed.news.range(..number).map(|n| new_name(*n));
        let logs = listed.logs.range(..number).map(|n| log_name(*n));
        for name in states.chain(news).chain(logs) {
            let removed = self.disk.remove(&name);
            removed.map_err(|e| StoreError::io("remove", &name, &e))?;
        }
        Ok(())
    }
}
