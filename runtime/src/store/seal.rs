//! What is personal, sealed: every name has a number and a key of its own. In the log a name's number stands where
//! the name would, and what is personal is sealed with the key of whose it is; a record of a person in a part is, too.
//! Who is erased loses their keys: nothing that was ever written of them, in whichever copy, is read again, and where
//! they were named a number is left. A folder without keys pays nothing and knows nothing of this.
//!
//! Keys are made ahead, many at a time, so that new names cost no write of their own (`seal/keys.rs`). Equal texts of
//! one person are alike when they are sealed: that is all that is told, and no nonce needs to be kept.

mod keys;
mod people;

use super::error::StoreError;
use super::generation::Writing;
use crate::state::Known;
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes128GcmSiv, Nonce};
pub use keys::has_keys;
use keys::{FOLDER, KEY_BYTES, Keys, LETTERS};
pub(super) use people::{Personal, alike, key_of, personal, whose};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A key's number, which is its name's as well.
pub(super) type KeyNo = u32;

/// What a folder is sealed with.
#[derive(Clone, Copy)]
pub struct Sealing {
    /// wraps all keys; whoever runs the folder keeps it
    pub master: [u8; 32],
    /// chance for the keys of this process
    pub seed: [u8; 32],
}

impl fmt::Debug for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealing").finish_non_exhaustive()
    }
}

/// What is sealed: the same bytes in another place are no such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Name = 1,
    Entry = 2,
    Record = 3,
    Index = 4,
    State = 5,
}

/// Why something is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shut {
    /// the key was destroyed: whose it was has been erased
    Erased,
    /// it was not sealed with this key
    Wrong,
}

/// The keys and numbers of one folder.
#[derive(Debug)]
pub(super) struct Vault {
    keys: Keys,
    /// numbers of names, by a hash that the folder's key is part of
    numbers: HashMap<u128, KeyNo>,
    /// what the hashes are made with
    prints: [u8; 32],
    next: KeyNo,
    /// what stands for names that are erased, where it was met
    met: Vec<Known>,
    /// somebody was met who is erased: the folder is an older copy of itself
    older: bool,
}

/// A folder's vault, shared by all who read and write it; None: the folder is open.
#[derive(Clone, Debug, Default)]
pub(super) struct Seals(Option<Arc<Mutex<Vault>>>);

impl Seals {
    pub(super) fn new(vault: Option<Vault>) -> Self {
        Self(vault.map(|vault| Arc::new(Mutex::new(vault))))
    }

    pub(super) fn vault(&self) -> Option<MutexGuard<'_, Vault>> {
        let vault = self.0.as_ref()?;
        Some(vault.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn are_on(&self) -> bool {
        self.0.is_some()
    }
}

impl Vault {
    /// The folder's keys, as they lie there, or new ones where `begin` says so. None: it has none.
    pub(super) fn open(
        writing: &mut Writing<'_>,
        sealing: &Sealing,
        begin: bool,
    ) -> Result<Option<Self>, StoreError> {
        let keys = Keys::read(writing, sealing, begin)?;
        Ok(keys.map(Self::of))
    }

    fn of(keys: Keys) -> Self {
        let folder = keys.get(FOLDER).unwrap_or_default();
        Self {
            prints: blake3::derive_key("journey 2026 numbers of names", &folder),
            next: keys.first_free(),
            keys,
            numbers: HashMap::new(),
            met: Vec::new(),
            older: false,
        }
    }

    fn print(&self, (kind, name): &Known) -> u128 {
        let mut hasher = blake3::Hasher::new_keyed(&self.prints);
        hasher.update(&kind.to_le_bytes()).update(name.as_bytes());
        let mut print = [0; 16];
        hasher.finalize_xof().fill(&mut print);
        u128::from_le_bytes(print)
    }

    /// A name's number, which it gets now if it has none.
    pub(super) fn number(&mut self, name: &Known) -> KeyNo {
        let print = self.print(name);
        if let Some(number) = self.numbers.get(&print) {
            return *number;
        }
        let number = self.next;
        self.keys.make(number);
        self.next = self.keys.free_after(number);
        self.numbers.insert(print, number);
        number
    }

    /// The same of a name that has one, with its hash.
    pub(super) fn known(&self, name: &Known) -> Option<(u128, KeyNo)> {
        let print = self.print(name);
        let number = self.numbers.get(&print)?;
        Some((print, *number))
    }

    /// A name has this number, as something that was read says.
    pub(super) fn has_number(&mut self, name: &Known, number: KeyNo) {
        self.has_print(self.print(name), number);
    }

    pub(super) fn has_print(&mut self, print: u128, number: KeyNo) {
        if self.keys.get(number).is_some() {
            self.numbers.insert(print, number);
        }
        if number >= self.next && number < LETTERS {
            self.next = self.keys.free_after(number);
        }
    }

    pub(super) fn is_erased(&self, number: KeyNo) -> bool {
        self.keys.has(number) && self.keys.get(number).is_none()
    }

    /// This stands for a name that is erased.
    pub(super) fn met(&mut self, nobody: Known) {
        self.met.push(nobody);
    }

    /// A state names a key.
    pub(super) fn names(&mut self, number: KeyNo) {
        self.older |= self.is_erased(number);
    }

    /// None: the folder names nobody who is erased.
    pub(super) fn take_met(&mut self) -> Option<Vec<Known>> {
        let older = std::mem::take(&mut self.older) || !self.met.is_empty();
        older.then(|| std::mem::take(&mut self.met))
    }

    /// The key of what names nobody in particular and is worth nothing once somebody is erased.
    pub(super) fn letters(&mut self) -> KeyNo {
        self.keys.letters()
    }

    pub(super) fn seal(&self, number: KeyNo, place: Place, plain: &[u8]) -> Vec<u8> {
        let key = self.keys.get(number).unwrap_or_default();
        let payload = Payload {
            msg: plain,
            aad: &number.to_le_bytes(),
        };
        let sealed = cipher(&key).encrypt(&nonce(place), payload);
        // it fails for what is longer than 64 GB alone
        sealed.unwrap_or_default()
    }

    pub(super) fn open_sealed(
        &self,
        number: KeyNo,
        place: Place,
        sealed: &[u8],
    ) -> Result<Vec<u8>, Shut> {
        let Some(key) = self.keys.get(number) else {
            return Err(match self.keys.has(number) {
                true => Shut::Erased,
                false => Shut::Wrong,
            });
        };
        let payload = Payload {
            msg: sealed,
            aad: &number.to_le_bytes(),
        };
        let opened = cipher(&key).decrypt(&nonce(place), payload);
        opened.map_err(|_| Shut::Wrong)
    }

    /// What belongs to everyone, which only the master key protects.
    pub(super) fn seal_common(&self, place: Place, plain: &[u8]) -> Vec<u8> {
        self.seal(FOLDER, place, plain)
    }

    pub(super) fn open_common(&self, place: Place, sealed: &[u8]) -> Result<Vec<u8>, Shut> {
        self.open_sealed(FOLDER, place, sealed)
    }

    /// Keys that were made are durable before anything is written with them.
    pub(super) fn flush(&mut self, writing: &mut Writing<'_>) -> Result<(), StoreError> {
        self.keys.flush(writing)
    }

    /// Whoever is named like this from now on has another number.
    pub(super) fn forget(&mut self, numbers: &[KeyNo]) {
        self.numbers.retain(|_, number| !numbers.contains(number));
    }

    /// These keys are gone for good when this has returned, and those of letters with them.
    pub(super) fn destroy(
        &mut self,
        writing: &mut Writing<'_>,
        numbers: &[KeyNo],
    ) -> Result<(), StoreError> {
        self.forget(numbers);
        self.keys.destroy(writing, numbers)
    }
}

fn cipher(key: &[u8; KEY_BYTES]) -> Aes128GcmSiv {
    Aes128GcmSiv::new(&(*key).into())
}

fn nonce(place: Place) -> Nonce {
    let mut nonce = [0; 12];
    if let Some(first) = nonce.first_mut() {
        *first = place as u8;
    }
    nonce.into()
}
