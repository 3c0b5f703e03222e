//! What is learned of offers over all people: how often each was shown to people of a kind, and how often
//! accepted. The mean of a Beta distribution that begins flat.

use crate::scalar::Scalar;
use journey_program::plan::{LearnedPlan, Program};
use journey_program::record::{self, Types};
use journey_program::types::OfferId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// By model, offer and what the model tells people apart by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LearnedState(BTreeMap<(usize, OfferId, Vec<Option<Scalar>>), Tally>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Tally {
    shown: u64,
    accepted: u64,
}

impl LearnedState {
    /// The same under another version's numbers; `kind` tells a kind of people in its values.
    pub fn carried(
        &self,
        model: impl Fn(usize) -> Option<usize>,
        offer: impl Fn(OfferId) -> Option<OfferId>,
        kind: impl Fn(usize, usize, &[Option<Scalar>]) -> Option<Vec<Option<Scalar>>>,
    ) -> Self {
        let kept = self.0.iter().filter_map(|((old, of, key), tally)| {
            let to = model(*old)?;
            Some(((to, offer(*of)?, kind(*old, to, key)?), *tally))
        });
        Self(kept.collect())
    }

    pub fn count(
        &mut self,
        model: usize,
        offer: OfferId,
        key: Vec<Option<Scalar>>,
        accepted: bool,
    ) {
        let tally = self.0.entry((model, offer, key)).or_default();
        if accepted {
            tally.accepted = tally.accepted.saturating_add(1);
        } else {
            tally.shown = tally.shown.saturating_add(1);
        }
    }

    /// (accepted + 1) / (shown + 2); more accepted than shown counts as shown.
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
    pub fn mean(&self, model: usize, offer: OfferId, key: &[Option<Scalar>]) -> f64 {
        let tally = self.0.get(&(model, offer, key.to_vec()));
        let tally = tally.copied().unwrap_or_default();
        let shown = tally.shown.max(tally.accepted);
        (tally.accepted as f64 + 1.0) / (shown as f64 + 2.0)
    }
}

/// What a model tells a person apart by.
pub fn learned_key(
    program: &Program,
    types: &Types<'_>,
    block: &[u8],
    plan: &LearnedPlan,
) -> Vec<Option<Scalar>> {
    let record = program.profile.record.index();
    let defs = program
        .records
        .get(record)
        .map_or(&[][..], |def| &def.fields);
    let slots = program
        .layouts
        .get(record)
        .map_or(&[][..], |layout| &layout.fields);
    plan.by
        .iter()
        .map(|field| {
            let place = usize::try_from(*field).ok()?;
            let value =
                record::read_field(types, block, 0, slots.get(place)?, &defs.get(place)?.ty);
            Scalar::of(&value)
        })
        .collect()
}
