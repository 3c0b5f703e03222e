//! Room to erase on a full disk: a file that holds nothing is kept beside the states, and goes when an erasure begins.
//! Should that not do, the past goes too, as soon as the folder is opened again: a right is worth more than a history.

use super::disk::Disk;
use super::durable::Durable;
use super::erasing::TODO;
use super::error::StoreError;
use super::generation::{Writing, list, part_name, state_name};

const SPARE: &str = "spare";
/// An erasure is under way that met a full disk.
const FULL: &str = "erasing.full";
/// The spare file is as long at least, and at most.
const LEAST: u64 = 1 << 20;
const MOST: u64 = 256 << 20;

/// Before a folder is read: an erasure that met a full disk has the past's room.
pub(super) fn make_room(writing: &mut Writing<'_>) -> Result<bool, StoreError> {
    let length = writing.disk.length(FULL);
    if length
        .map_err(|e| StoreError::io("read", FULL, &e))?
        .is_none()
    {
        return Ok(false);
    }
    writing.drop_history(u64::MAX)?;
    writing.sync_dir()?;
    let renamed = writing.disk.rename(FULL, TODO);
    renamed.map_err(|e| StoreError::io("rename", FULL, &e))?;
    writing.sync_dir()?;
    Ok(true)
}

impl<D: Disk> Durable<D> {
    /// Keeps room for an erasure, about as much as it writes at once. False: there is none left to keep.
    pub fn reserve(&mut self) -> Result<bool, StoreError> {
        self.guarded(|this| {
            let needed = this.needed()?.clamp(LEAST, MOST);
            let there = this.disk().length(SPARE);
            let there = there.map_err(|e| StoreError::io("read", SPARE, &e))?;
            if there.is_some_and(|there| there >= needed / 2) {
                return Ok(true);
            }
            this.let_go()?;
            let zeros = vec![0; usize::try_from(needed).unwrap_or(0)];
            if this.disk().append(SPARE, &zeros).is_ok() {
                return Ok(true);
            }
            this.let_go()?;
            Ok(false)
        })
    }

    /// Two states, and the part that has the person.
    fn needed(&mut self) -> Result<u64, StoreError> {
        let listed = list(self.disk())?;
        let states = listed.states.last().map(|number| state_name(*number));
        let parts = listed.parts.iter().filter_map(|no| u32::try_from(*no).ok());
        let parts: Vec<String> = parts.map(part_name).collect();
        let mut length = |name: &String| {
            let length = self.disk().length(name);
            let length = length.map_err(|e| StoreError::io("read", name, &e))?;
            Ok::<u64, StoreError>(length.unwrap_or(0))
        };
        let state = states.as_ref().map_or(Ok(0), &mut length)?;
        let mut largest = 0;
        for part in &parts {
            largest = length(part)?.max(largest);
        }
        Ok(state.saturating_mul(2).saturating_add(largest))
    }

    /// The room is given to whoever needs it now.
    pub(super) fn let_go(&mut self) -> Result<(), StoreError> {
        let there = self.disk().length(SPARE);
        let there = there.map_err(|e| StoreError::io("read", SPARE, &e))?;
        match there {
            Some(_) => self.writing().remove(SPARE),
            None => Ok(()),
        }
    }

    /// What met a full disk is told by a name, which takes no room.
    pub(super) fn told_full<T>(&mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        if done.as_ref().is_err_and(StoreError::is_full) {
            // should this fail too, the next try meets the full disk again
            let _ = self.disk().rename(TODO, FULL);
            let _ = self.disk().sync_dir();
        }
        done
    }
}
