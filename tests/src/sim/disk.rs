//! A disk that fails from a seed: what is read is the page cache, what is left after a loss of power is what was
//! synced and, of the rest, pieces at random; names are apart from contents and survive in any order. A sync
//! that fails drops what it was to write and keeps the cache as it was. The n-th operation kills the process.

mod left;

use crate::irgen::Rng;
use journey_runtime::store::{Disk, Pages};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Pieces of so many bytes are written or lost together.
const PIECE: usize = 32;

/// How likely each fault is at one operation, in thousandths.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// the process dies at this operation, counted from the start of its life
    pub kill_at: Option<u64>,
    /// a sync fails and drops what it was to write
    pub sync: usize,
    /// an append fails half way: no space, or the device
    pub append: usize,
    /// a rename, a removal or a sync of names fails
    pub names: usize,
    /// the n-th piece of a part is not read
    pub page: Option<u64>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Clone, Debug, Default)]
struct Inode {
    cache: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum NameChange {
    Link(String, usize),
    Unlink(String),
}

#[derive(Clone, Debug)]
pub struct SimDisk {
    rng: Rng,
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    pending_names: Vec<Vec<NameChange>>,
    pub faults: Faults,
    operations: u64,
    dead: bool,
    /// how often each thing happened
    pub marks: BTreeMap<&'static str, u64>,
    /// parts, for those who read pieces of them
    pages: Arc<SimPages>,
    /// the longest that actions were ever seen
    pub seen: usize,
}

/// Pieces of parts as the cache has them.
#[derive(Debug, Default)]
struct SimPages {
    parts: Mutex<BTreeMap<String, Vec<u8>>>,
    /// how many reads are left until one fails
    left: AtomicU64,
}

impl Pages for SimPages {
    fn read(&self, name: &str, from: u64, length: usize) -> io::Result<Vec<u8>> {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            return Err(io::Error::other("input/output error"));
        }
        let parts = self.parts.lock().unwrap();
        let part = parts.get(name).ok_or(io::ErrorKind::NotFound)?;
        let rest = part.get(from as usize..).unwrap_or_default();
        Ok(rest[..rest.len().min(length)].to_vec())
    }
}

impl SimDisk {
    pub fn new(seed: u64) -> Self {
        Self {
            rng: Rng::new(seed),
            inodes: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            pending_names: Vec::new(),
            faults: Faults::default(),
            operations: 0,
            dead: false,
            marks: BTreeMap::new(),
            pages: Arc::default(),
            seen: 0,
        }
    }

    /// A new process begins.
    pub fn restart(&mut self, faults: Faults) {
        self.faults = faults;
        self.operations = 0;
        self.dead = false;
    }

    pub fn is_dead(&self) -> bool {
        self.dead
    }

    pub fn operations(&self) -> u64 {
        self.operations
    }

    pub fn mark(&mut self, what: &'static str) {
        *self.marks.entry(what).or_default() += 1;
    }

    /// The cache is gone: of what was not synced some pieces are there, of names some changes.
    pub fn lose_power(&mut self) {
        self.mark("power lost");
        for number in 0..self.inodes.len() {
            let pending = std::mem::take(&mut self.inodes[number].pending);
            let mode = self.rng.below(4);
            for change in pending {
                self.survive(number, &change, mode);
            }
            self.inodes[number].cache = self.inodes[number].durable.clone();
        }
        for change in std::mem::take(&mut self.pending_names) {
            if self.rng.chance(50) {
                for part in change {
                    apply_name(&mut self.durable_names, &part);
                }
            }
        }
        self.names = self.durable_names.clone();
    }

    /// What of a change is on the platter: nothing, all, or some pieces.
    fn survive(&mut self, number: usize, change: &Change, mode: usize) {
        let file = &mut self.inodes[number].durable;
        match (change, mode) {
            (_, 0) => {}
            (_, 1) => apply(file, change),
            (Change::Truncate(length), _) => {
                if self.rng.chance(50) {
                    file.resize(*length, 0);
                }
            }
            (Change::Write { at, bytes }, _) => {
                let mut torn = false;
                for (place, piece) in bytes.chunks(PIECE).enumerate() {
                    if self.rng.chance(60) {
                        let at = at + place * PIECE;
                        put(file, at, piece);
                    } else {
                        torn = true;
                    }
                }
                if torn {
                    self.mark("torn write");
                }
            }
        }
    }

    /// Counts an operation; an error if the process dies at it.
    fn step(&mut self) -> io::Result<()> {
        if self.dead {
            return Err(killed());
        }
        self.operations += 1;
        if self.faults.kill_at == Some(self.operations) {
            self.dead = true;
            self.mark("killed");
            return Err(killed());
        }
        Ok(())
    }

    fn fails(&mut self, thousandths: usize) -> bool {
        self.rng.below(1000) < thousandths
    }

    fn inode(&self, name: &str) -> io::Result<usize> {
        let found = self.names.get(name).copied();
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// What a reader sees of a file.
    pub fn cached(&self, name: &str) -> Option<&[u8]> {
        let number = self.names.get(name)?;
        Some(&self.inodes[*number].cache)
    }

    /// Turns a bit of a file, wherever it lies.
    pub fn flip(&mut self, name: &str, at: usize, bit: u8) {
        let Some(number) = self.names.get(name).copied() else {
            return;
        };
        let inode = &mut self.inodes[number];
        for bytes in [&mut inode.cache, &mut inode.durable] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << bit;
            }
        }
    }

    /// Other bytes at the beginning of a file.
    pub fn overwrite(&mut self, name: &str, bytes: &[u8]) {
        self.overwrite_at(name, 0, bytes);
    }

    /// Other bytes somewhere in a file, in the cache and on the platter.
    pub fn overwrite_at(&mut self, name: &str, at: usize, bytes: &[u8]) {
        if let Some(number) = self.names.get(name).copied() {
            let inode = &mut self.inodes[number];
            for file in [&mut inode.cache, &mut inode.durable] {
                let there = file.len().saturating_sub(at).min(bytes.len());
                put(file, at.min(file.len()), &bytes[..there]);
            }
        }
    }

    fn write(&mut self, name: &str, bytes: &[u8]) {
        let number = match self.names.get(name).copied() {
            Some(number) => number,
            None => {
                let number = self.inodes.len();
                self.inodes.push(Inode::default());
                self.names.insert(name.to_owned(), number);
                let link = NameChange::Link(name.to_owned(), number);
                self.pending_names.push(vec![link]);
                number
            }
        };
        let inode = &mut self.inodes[number];
        let at = inode.cache.len();
        inode.cache.extend_from_slice(bytes);
        let bytes = bytes.to_vec();
        inode.pending.push(Change::Write { at, bytes });
        if name.ends_with(".part") {
            let mut parts = self.pages.parts.lock().unwrap();
            parts.insert(name.to_owned(), inode.cache.clone());
        }
        if name == journey_runtime::store::ACTIONS {
            self.seen = self.seen.max(inode.cache.len());
        }
    }

    /// A part of an append, cut anywhere.
    fn half(&mut self, name: &str, bytes: &[u8]) {
        let part = self.rng.below(bytes.len() + 1);
        self.write(name, &bytes[..part]);
    }
}

impl Disk for &mut SimDisk {
    fn list(&mut self) -> io::Result<Vec<String>> {
        self.step()?;
        let inside = self.names.keys().filter(|name| !name.starts_with('@'));
        Ok(inside.cloned().collect())
    }

    fn length(&mut self, name: &str) -> io::Result<Option<u64>> {
        self.step()?;
        Ok(self.cached(name).map(|bytes| bytes.len() as u64))
    }

    fn read(&mut self, name: &str, from: u64) -> io::Result<Vec<u8>> {
        self.step()?;
        let number = self.inode(name)?;
        let rest = self.inodes[number].cache.get(from as usize..);
        Ok(rest.unwrap_or_default().to_vec())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.step() {
            if self.operations > 0 && self.faults.kill_at == Some(self.operations) {
                self.half(name, bytes);
                self.faults.kill_at = None;
            }
            return Err(error);
        }
        if self.fails(self.faults.append) {
            self.mark("append failed");
            self.half(name, bytes);
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.write(name, bytes);
        Ok(())
    }

    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()> {
        self.step()?;
        let number = self.inode(name)?;
        let inode = &mut self.inodes[number];
        inode.cache.resize(length as usize, 0);
        inode.pending.push(Change::Truncate(length as usize));
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.step()?;
        let number = self.inode(name)?;
        let pending = std::mem::take(&mut self.inodes[number].pending);
        if self.fails(self.faults.sync) {
            self.mark("sync failed");
            // some of it may have come through
            let mode = self.rng.below(4);
            for change in pending {
                self.survive(number, &change, mode);
            }
            return Err(io::Error::other("input/output error"));
        }
        for change in pending {
            apply(&mut self.inodes[number].durable, &change);
        }
        if name.starts_with('@') {
            self.durable_names.insert(name.to_owned(), number);
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.step()?;
        if self.fails(self.faults.names) {
            self.mark("rename failed");
            return Err(io::Error::other("input/output error"));
        }
        let number = self.inode(from)?;
        self.names.remove(from);
        self.names.insert(to.to_owned(), number);
        self.pending_names.push(vec![
            NameChange::Link(to.to_owned(), number),
            NameChange::Unlink(from.to_owned()),
        ]);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.step()?;
        if self.fails(self.faults.names) {
            self.mark("removal failed");
            return Err(io::Error::other("input/output error"));
        }
        self.inode(name)?;
        self.pages.parts.lock().unwrap().remove(name);
        self.names.remove(name);
        let unlink = NameChange::Unlink(name.to_owned());
        self.pending_names.push(vec![unlink]);
        Ok(())
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        self.step()?;
        if self.fails(self.faults.names) {
            self.mark("sync of names failed");
            return Err(io::Error::other("input/output error"));
        }
        for change in std::mem::take(&mut self.pending_names) {
            for part in change {
                apply_name(&mut self.durable_names, &part);
            }
        }
        Ok(())
    }

    fn pages(&mut self) -> Arc<dyn Pages> {
        let parts = self
            .names
            .iter()
            .filter(|(name, _)| name.ends_with(".part"));
        let parts = parts.map(|(name, no)| (name.clone(), self.inodes[*no].cache.clone()));
        self.pages = Arc::new(SimPages {
            parts: Mutex::new(parts.collect()),
            left: AtomicU64::new(self.faults.page.unwrap_or(0)),
        });
        self.pages.clone()
    }
}

fn killed() -> io::Error {
    io::Error::other("killed")
}

fn apply(file: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { at, bytes } => put(file, *at, bytes),
        Change::Truncate(length) => file.resize(*length, 0),
    }
}

fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if file.len() < at + bytes.len() {
        file.resize(at + bytes.len(), 0);
    }
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

fn apply_name(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change {
        NameChange::Link(name, number) => {
            names.insert(name.clone(), *number);
        }
        NameChange::Unlink(name) => {
            names.remove(name);
        }
    }
}
