//! Where lines go: held until the entries that made them are durable, then appended. After a stop a file is cut
//! back to what the log bears out, and goes on with the same bytes.

use super::bugs::Bug;
use super::disk::Disk;
use super::error::StoreError;
use super::generation::Writing;
use std::collections::VecDeque;

/// What the disk calls the file of actions, and that of dead letters.
pub const ACTIONS: &str = "@actions";
pub const DEAD_LETTERS: &str = "@dead-letters";

/// One output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Out {
    /// what the user calls it
    pub name: String,
    /// it can be read and cut back; a stream can't
    pub file: bool,
}

#[derive(Debug)]
pub(super) struct Output {
    /// what the disk calls it
    disk: &'static str,
    out: Option<Out>,
    /// bytes that are written
    pub written: u64,
    /// lines of the group at hand
    pub lines: Vec<u8>,
    /// lines of written groups, by the number of the entry after them
    held: VecDeque<(u64, Vec<u8>)>,
}

impl Output {
    pub(super) fn new(disk: &'static str, out: Option<Out>) -> Self {
        Self {
            disk,
            out,
            written: 0,
            lines: Vec::new(),
            held: VecDeque::new(),
        }
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.out.as_ref().map(|out| out.name.as_str())
    }

    /// Whether anyone reads it.
    pub(super) fn is_wanted(&self) -> bool {
        self.out.is_some()
    }

    pub(super) fn line(&mut self, line: &str) {
        if self.out.is_some() {
            self.lines.extend_from_slice(line.as_bytes());
            self.lines.push(b'\n');
        }
    }

    /// The group is written: its lines wait until it is durable.
    pub(super) fn hold(&mut self, end: u64) {
        if !self.lines.is_empty() {
            self.held.push_back((end, std::mem::take(&mut self.lines)));
        }
    }

    /// Bytes that wait.
    pub(super) fn waiting(&self) -> u64 {
        let bytes: usize = self.held.iter().map(|(_, bytes)| bytes.len()).sum();
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }

    /// Entries before this one are durable.
    pub(super) fn release(
        &mut self,
        writing: &mut Writing<'_>,
        durable: u64,
    ) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        while let Some((_, lines)) = self.held.pop_front_if(|(end, _)| *end <= durable) {
            bytes.extend(lines);
        }
        self.put(writing, &bytes)
    }

    fn put(&mut self, writing: &mut Writing<'_>, bytes: &[u8]) -> Result<(), StoreError> {
        if self.out.is_none() || bytes.is_empty() {
            return Ok(());
        }
        let appended = writing.disk.append(self.disk, bytes);
        appended.map_err(|e| self.failed("write", &e))?;
        self.written += u64::try_from(bytes.len()).unwrap_or(0);
        Ok(())
    }

    pub(super) fn sync(&self, writing: &mut Writing<'_>) -> Result<(), StoreError> {
        match &self.out {
            Some(out) if out.file => {
                let done = writing.disk.sync(self.disk);
                done.map_err(|e| self.failed("sync", &e))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// An output that has less than was written to it is not ours. The length of its file, if there is one.
    pub(super) fn check(
        &self,
        disk: &mut dyn Disk,
        kept: Option<u64>,
    ) -> Result<Option<u64>, StoreError> {
        let Some(out) = self.out.as_ref().filter(|out| out.file) else {
            return Ok(None);
        };
        let length = disk.length(self.disk);
        let length = length.map_err(|e| self.failed("read", &e))?;
        let (kept, found) = (kept.unwrap_or(0), length.unwrap_or(0));
        if found < kept {
            let name = out.name.clone();
            return Err(StoreError::Output { name, kept, found });
        }
        Ok(length)
    }

    /// A file that has `kept` good bytes, after which what is replayed has made `lines`.
    pub(super) fn resume(
        &mut self,
        writing: &mut Writing<'_>,
        kept: Option<u64>,
    ) -> Result<(), StoreError> {
        let mut lines = std::mem::take(&mut self.lines);
        if writing.bugs.has(Bug::TailActionsLost) {
            lines.clear();
        }
        let Some(out) = &self.out else {
            return Ok(());
        };
        if !out.file {
            return self.put(writing, &lines);
        }
        let length = self.check(writing.disk, kept)?;
        let (kept, found) = (kept.unwrap_or(0), length.unwrap_or(0));
        self.written = kept;
        if length.is_none() {
            // an empty file says that there was nothing
            let made = writing.disk.append(self.disk, &[]);
            made.map_err(|e| self.failed("write", &e))?;
        }
        if writing.bugs.has(Bug::OutputNotCut) {
            self.written = found;
            return self.put(writing, &lines);
        }
        // what stands behind may be in the page cache alone: it is written again, though it is the same
        if found > kept {
            let cut = writing.disk.truncate(self.disk, kept);
            cut.map_err(|e| self.failed("cut", &e))?;
        }
        self.put(writing, &lines)?;
        self.sync(writing)
    }

    fn failed(&self, verb: &'static str, error: &std::io::Error) -> StoreError {
        StoreError::io(verb, self.name().unwrap_or(self.disk), error)
    }
}
