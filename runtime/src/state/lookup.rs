//! A map that is asked by key and never walked: hashed in memory, in the order of its keys when it is written,
//! so that one state has one form.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

#[derive(Clone, Debug)]
pub struct Lookup<K, V>(HashMap<K, V>);

impl<K, V> Default for Lookup<K, V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash, V: PartialEq> PartialEq for Lookup<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K: Eq + Hash + Ord, V> Lookup<K, V> {
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.get_mut(key)
    }
    pub fn contains_key(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.0.remove(key)
    }
    /// Where there is none of that key yet.
    pub fn or_insert(&mut self, key: K, value: V) {
        self.0.entry(key).or_insert(value);
    }
    /// A copy of what is asked for.
    pub fn copied(&self, keep: impl Fn(&V) -> bool) -> Self
    where
        K: Clone,
        V: Clone,
    {
        let kept = self.0.iter().filter(|(_, value)| keep(value));
        kept.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
    pub fn clear(&mut self) {
        self.0.clear();
    }
    pub fn len(&self) -> usize {
        self.0.len()
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// All of it, in the order of the keys.
    pub fn ordered(&self) -> BTreeMap<&K, &V> {
        self.0.iter().collect()
    }
    /// The same, and the map is used up.
    pub fn into_ordered(self) -> BTreeMap<K, V> {
        self.0.into_iter().collect()
    }
}

impl<K: Eq + Hash + Ord, V> FromIterator<(K, V)> for Lookup<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

impl<K: Serialize + Eq + Hash + Ord, V: Serialize> Serialize for Lookup<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.ordered().serialize(serializer)
    }
}

impl<'de, K: Deserialize<'de> + Eq + Hash, V: Deserialize<'de>> Deserialize<'de> for Lookup<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        HashMap::deserialize(deserializer).map(Self)
    }
}
