//! The same work by hand: the model once, then every offer, its rules short-circuit, the best kept.

use super::forest::Forest;
use super::people::Person;
use super::program::Offer;

pub struct Rival {
    pub forest: Forest,
    pub offers: Vec<Offer>,
}

impl Rival {
    /// The best offer and its score.
    pub fn decide(&self, person: &Person) -> Option<(usize, u64)> {
        let appeal = self.forest.predict(&person.features) + 20.0;
        let mut best: Option<(usize, f64)> = None;
        for (number, offer) in self.offers.iter().enumerate() {
            let eligible = person.tier >= offer.tier
                && person.age >= offer.age
                && person.orders <= offer.orders
                && person.spend > offer.spend
                && (!offer.push || person.push);
            if eligible {
                let score = appeal * offer.value * offer.weight;
                if best.is_none_or(|(_, most)| score > most) {
                    best = Some((number, score));
                }
            }
        }
        best.map(|(number, score)| (number, score.to_bits()))
    }
}
