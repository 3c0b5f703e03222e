//! Keys in files: so many at a time, made before they are used, so that a file is written once for thousands of
//! names, and again when one of its keys goes. A file is wrapped with the master key.
//!
//! ```text
//! 00000003-00000001.keys: the third thousands of keys, written anew once
//! "JRKY"  format u16  flags u16  folder [16]  which u32  generation u32  nonce [12]
//! keys, one after the other; zeros: it was destroyed (AES-256-GCM-SIV, with what stands before them)
//! ```

use super::super::bugs::Bug;
use super::super::error::StoreError;
use super::super::frame::Cut;
use super::super::generation::Writing;
use super::{KeyNo, Sealing};
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use std::collections::{BTreeMap, BTreeSet};

const MAGIC: [u8; 4] = *b"JRKY";
const FORMAT: u16 = 1;
const FLAGS: u16 = 0;
const HEAD_BYTES: usize = 4 + 2 + 2 + 16 + 4 + 4 + 12;
pub(super) const KEY_BYTES: usize = 16;
/// So many keys lie in one file.
const EACH: u32 = 4_096;
/// The folder's own key: of what belongs to everyone.
pub(super) const FOLDER: KeyNo = 0;
/// From here on are the keys of what names nobody in particular.
pub(super) const LETTERS: KeyNo = 1 << 31;

type Key = [u8; KEY_BYTES];

#[derive(Debug)]
struct Lot {
    generation: u32,
    keys: Vec<Key>,
    written: bool,
}

pub(super) struct Keys {
    master: [u8; 32],
    seed: [u8; 32],
    folder: [u8; 16],
    lots: BTreeMap<u32, Lot>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

/// Which file of keys this is, and how often it was written anew.
fn lot_of(name: &str) -> Option<(u32, u32)> {
    let (lot, generation) = name.strip_suffix(".keys")?.split_once('-')?;
    Some((lot.parse().ok()?, generation.parse().ok()?))
}

/// Whether a file has keys.
pub fn has_keys(name: &str) -> bool {
    lot_of(name).is_some()
}

fn name_of(lot: u32, generation: u32) -> String {
    format!("{lot:08}-{generation:08}.keys")
}

impl Keys {
    /// Those of the folder. None: it has none, and none are to be made.
    pub(super) fn read(
        writing: &mut Writing<'_>,
        sealing: &Sealing,
        begin: bool,
    ) -> Result<Option<Self>, StoreError> {
        let names = writing.disk.list();
        let names = names.map_err(|e| StoreError::io("list", ".", &e))?;
        let mut newest: BTreeMap<u32, u32> = BTreeMap::new();
        let mut older = Vec::new();
        for (lot, generation) in names.iter().filter_map(|name| lot_of(name)) {
            let last = newest.entry(lot).or_insert(generation);
            if *last != generation {
                older.push((lot, generation.min(*last)));
            }
            *last = generation.max(*last);
        }
        let mut keys = Self {
            master: sealing.master,
            seed: sealing.seed,
            folder: [0; 16],
            lots: BTreeMap::new(),
        };
        if newest.is_empty() {
            if !begin {
                return Ok(None);
            }
            let folder = keys.chance(&[b"folder"]);
            keys.folder
                .copy_from_slice(folder.first_chunk::<16>().unwrap_or(&[0; 16]));
            keys.make(FOLDER);
            keys.flush(writing)?;
            return Ok(Some(keys));
        }
        for (lot, generation) in newest {
            keys.lot(writing, lot, generation)?;
        }
        if begin {
            for (lot, generation) in older {
                writing.remove(&name_of(lot, generation))?;
            }
        }
        Ok(Some(keys))
    }

    fn lot(
        &mut self,
        writing: &mut Writing<'_>,
        lot: u32,
        generation: u32,
    ) -> Result<(), StoreError> {
        let name = name_of(lot, generation);
        let bytes = writing.disk.read(&name, 0);
        let bytes = bytes.map_err(|e| StoreError::io("read", &name, &e))?;
        let short = || StoreError::damaged(&name, "is cut short");
        let (head, sealed) = bytes.split_at_checked(HEAD_BYTES).ok_or_else(short)?;
        let mut cut = Cut(head);
        if cut.take::<4>() != Some(MAGIC) {
            return Err(StoreError::damaged(&name, "has no keys"));
        }
        let format = cut.take().map_or(0, u16::from_le_bytes);
        let flags = cut.take().map_or(0, u16::from_le_bytes);
        if format != FORMAT {
            return Err(StoreError::Format { name, format });
        }
        if flags != FLAGS {
            return Err(StoreError::Flags { name, flags });
        }
        let folder = cut.take::<16>().ok_or_else(short)?;
        if !self.lots.is_empty() && folder != self.folder {
            return Err(StoreError::damaged(&name, "has the keys of another folder"));
        }
        self.folder = folder;
        let said = (
            cut.take().map(u32::from_le_bytes),
            cut.take().map(u32::from_le_bytes),
        );
        let nonce = cut.take::<12>().ok_or_else(short)?;
        let payload = Payload {
            msg: sealed,
            aad: head,
        };
        let cipher = Aes256GcmSiv::new(&self.master.into());
        let opened = cipher.decrypt(&Nonce::from(nonce), payload);
        let Ok(plain) = opened else {
            return Err(StoreError::Master { name });
        };
        if said != (Some(lot), Some(generation)) {
            return Err(StoreError::damaged(&name, "has another file's keys"));
        }
        let (keys, _) = plain.as_chunks::<KEY_BYTES>();
        let keys = keys.to_vec();
        let written = true;
        self.lots.insert(
            lot,
            Lot {
                generation,
                keys,
                written,
            },
        );
        Ok(())
    }

    fn chance(&self, of: &[&[u8]]) -> [u8; 64] {
        let mut hasher = blake3::Hasher::new_keyed(&self.seed);
        for part in of {
            hasher.update(part);
        }
        let mut bytes = [0; 64];
        hasher.finalize_xof().fill(&mut bytes);
        bytes
    }

    /// None: it was destroyed, or never made.
    pub(super) fn get(&self, number: KeyNo) -> Option<Key> {
        let lot = self.lots.get(&(number / EACH))?;
        let key = lot.keys.get(usize::try_from(number % EACH).ok()?)?;
        (*key != [0; KEY_BYTES]).then_some(*key)
    }

    /// It was made, and may have been destroyed.
    pub(super) fn has(&self, number: KeyNo) -> bool {
        self.lots.contains_key(&(number / EACH))
    }

    /// There is a key of this number, from now on at the latest.
    pub(super) fn make(&mut self, number: KeyNo) {
        let lot = number / EACH;
        if self.lots.contains_key(&lot) {
            return;
        }
        let mut hasher = blake3::Hasher::new_keyed(&self.seed);
        hasher.update(b"keys").update(&lot.to_le_bytes());
        let mut bytes = vec![0; KEY_BYTES * usize::try_from(EACH).unwrap_or(0)];
        hasher.finalize_xof().fill(&mut bytes);
        let keys = bytes.as_chunks::<KEY_BYTES>().0.to_vec();
        self.lots.insert(
            lot,
            Lot {
                generation: 1,
                keys,
                written: false,
            },
        );
    }

    /// The first number that no name has, as far as the keys tell.
    pub(super) fn first_free(&self) -> KeyNo {
        let people = self.lots.range(..LETTERS / EACH);
        let destroyed = people.rev().find_map(|(lot, keys)| {
            let place = keys.keys.iter().rposition(|key| *key == [0; KEY_BYTES])?;
            Some(lot * EACH + u32::try_from(place).ok()?)
        });
        self.free_after(destroyed.unwrap_or(FOLDER))
    }

    /// The next number whose key was not destroyed.
    pub(super) fn free_after(&self, number: KeyNo) -> KeyNo {
        let mut next = number.saturating_add(1);
        while self.has(next) && self.get(next).is_none() {
            next = next.saturating_add(1);
        }
        next
    }

    /// The key of letters: the first that was not destroyed.
    pub(super) fn letters(&mut self) -> KeyNo {
        let number = self.free_after(LETTERS - 1);
        self.make(number);
        number
    }

    /// What was made is durable when this has returned.
    pub(super) fn flush(&mut self, writing: &mut Writing<'_>) -> Result<(), StoreError> {
        let new: Vec<u32> = self
            .lots
            .iter()
            .filter(|(_, lot)| !lot.written)
            .map(|(no, _)| *no)
            .collect();
        for no in new {
            let Some(lot) = self.lots.get(&no) else {
                continue;
            };
            let bytes = self.wrapped(no, lot)?;
            let name = name_of(no, lot.generation);
            if writing.bugs.has(Bug::KeysNotSynced) {
                writing.append(&name, &bytes)?;
            } else {
                writing.keep(&name, &bytes)?;
            }
            if let Some(lot) = self.lots.get_mut(&no) {
                lot.written = true;
            }
        }
        Ok(())
    }

    fn wrapped(&self, no: u32, lot: &Lot) -> Result<Vec<u8>, StoreError> {
        let nonce = self.chance(&[b"nonce", &no.to_le_bytes(), &lot.generation.to_le_bytes()]);
        let nonce = *nonce.first_chunk::<12>().unwrap_or(&[0; 12]);
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&FLAGS.to_le_bytes());
        bytes.extend_from_slice(&self.folder);
        bytes.extend_from_slice(&no.to_le_bytes());
        bytes.extend_from_slice(&lot.generation.to_le_bytes());
        bytes.extend_from_slice(&nonce);
        let plain: Vec<u8> = lot.keys.iter().flatten().copied().collect();
        let cipher = Aes256GcmSiv::new(&self.master.into());
        let payload = Payload {
            msg: &plain,
            aad: &bytes,
        };
        let sealed = cipher.encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| StoreError::Entry("keys are not sealed".to_owned()))?;
        bytes.extend_from_slice(&sealed);
        Ok(bytes)
    }

    /// These keys are gone for good when this has returned, and that of letters.
    pub(super) fn destroy(
        &mut self,
        writing: &mut Writing<'_>,
        numbers: &[KeyNo],
    ) -> Result<(), StoreError> {
        if writing.bugs.has(Bug::KeyKept) {
            return Ok(());
        }
        let there = |number: &&KeyNo| **number != FOLDER && self.get(**number).is_some();
        let mut all: Vec<KeyNo> = numbers.iter().filter(there).copied().collect();
        if all.is_empty() {
            return Ok(());
        }
        all.push(self.letters());
        let mut lots = BTreeSet::new();
        for number in all {
            let place = usize::try_from(number % EACH).unwrap_or(usize::MAX);
            let lot = self.lots.get_mut(&(number / EACH));
            if let Some(key) = lot.and_then(|lot| lot.keys.get_mut(place)) {
                *key = [0; KEY_BYTES];
                lots.insert(number / EACH);
            }
        }
        for no in lots {
            let Some(lot) = self.lots.get_mut(&no) else {
                continue;
            };
            let before = name_of(no, lot.generation);
            let was_written = lot.written;
            lot.generation = lot.generation.saturating_add(1);
            lot.written = false;
            self.flush(writing)?;
            if was_written {
                writing.remove(&before)?;
            }
        }
        writing.sync_dir()
    }
}
