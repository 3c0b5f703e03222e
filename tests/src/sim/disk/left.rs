//! All that a loss of power may leave behind: each piece of what was not synced is there or not.

use super::{Change, PIECE, SimDisk, apply, apply_name, put};

/// So many pieces are told apart at one crash; where there are more, writes are cut into longer ones.
const PIECES_MAX: usize = 10;

impl SimDisk {
    /// Pieces that may be there or not, and into how many each write is cut.
    pub fn loose(&self) -> (usize, usize) {
        let pending = || self.inodes.iter().flat_map(|inode| &inode.pending);
        let count = |cuts: usize| -> usize {
            let changes = pending().map(|change| parts(change, cuts));
            changes.sum::<usize>() + self.pending_names.len()
        };
        let cuts = (1..=PIECES_MAX)
            .rev()
            .find(|cuts| count(*cuts) <= PIECES_MAX);
        let cuts = cuts.unwrap_or(1);
        (count(cuts), cuts)
    }

    /// The disk as a crash leaves it where just these pieces came through.
    pub fn left(&self, survivors: u64, cuts: usize) -> SimDisk {
        let mut disk = self.clone();
        let mut piece = 0u32;
        let mut survives = || {
            piece += 1;
            survivors >> ((piece - 1) % u64::BITS) & 1 == 1
        };
        for inode in &mut disk.inodes {
            for change in std::mem::take(&mut inode.pending) {
                let parts = parts(&change, cuts);
                match &change {
                    Change::Write { at, bytes } if parts > 1 => {
                        let length = bytes.len().div_ceil(parts).next_multiple_of(PIECE);
                        let mut pieces = bytes.chunks(length).enumerate();
                        for _ in 0..parts {
                            let there = survives();
                            if let Some((number, piece)) = pieces.next().filter(|_| there) {
                                put(&mut inode.durable, at + number * length, piece);
                            }
                        }
                    }
                    Change::Write { .. } | Change::Truncate(_) => {
                        if survives() {
                            apply(&mut inode.durable, &change);
                        }
                    }
                }
            }
            inode.cache.clone_from(&inode.durable);
        }
        for change in std::mem::take(&mut disk.pending_names) {
            if survives() {
                for part in &change {
                    apply_name(&mut disk.durable_names, part);
                }
            }
        }
        disk.names.clone_from(&disk.durable_names);
        disk
    }
}

fn parts(change: &Change, cuts: usize) -> usize {
    match change {
        Change::Write { bytes, .. } => bytes.len().div_ceil(PIECE).clamp(1, cuts),
        Change::Truncate(_) => 1,
    }
}
