//! What the server said before, where a later answer may say only what differs.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// Of each document: the last colours, with the name by which the client knows them.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<String, (String, Vec<u32>)>>);

impl Memory {
    /// Keeps what is said of a document, and names it.
    pub fn keep(&self, document: &str, data: &[u32]) -> String {
        let mut hasher = DefaultHasher::new();
        data.hash(&mut hasher);
        let id = format!("{:016x}", hasher.finish());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(document.to_owned(), (id.clone(), data.to_vec()));
        id
    }

    pub fn kept(&self, document: &str, id: &str) -> Option<Vec<u32>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, data) = kept.get(document)?;
        (known == id).then(|| data.clone())
    }
}
