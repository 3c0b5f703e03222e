//! What was measured of everybody, out of an engine's state.

use journey_program::plan::{Credited, Program};
use journey_program::record;
use journey_program::types::Currency;
use journey_runtime::engine::Engine;
use journey_runtime::measure::{Kind, KindNo, Measured, Touch, What, number_of};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const MILLION: i128 = 1_000_000;

#[derive(Clone, Debug)]
pub struct Facts {
    pub program: Arc<Program>,
    pub clock: Option<i64>,
    pub kinds: BTreeMap<KindNo, Kind>,
    /// in the order in which they were first seen
    pub people: Vec<Measured>,
    /// by audience: how many are in it; by two of them: how many are in both
    pub inside: Vec<u64>,
    pub both: BTreeMap<(usize, usize), u64>,
}

/// A conversion of a person.
#[derive(Clone, Copy, Debug)]
pub struct Worth {
    pub at: i64,
    /// of the currency's unit, or the number itself
    pub value: f64,
    /// the same, exact where it is money
    pub millionths: Option<i128>,
}

impl Facts {
    pub fn of(engine: &Engine) -> Self {
        let state = engine.state();
        let program = Arc::clone(engine.program());
        let audiences = program.audiences.len();
        let mut facts = Self {
            clock: engine.clock(),
            kinds: state
                .kinds
                .all()
                .map(|(no, kind)| (no, kind.clone()))
                .collect(),
            people: Vec::new(),
            inside: vec![0; audiences],
            both: BTreeMap::new(),
            program,
        };
        let first = facts.program.profile.audiences;
        state.people.visit(&mut |person, _| {
            if person.united.is_some() || person.erased {
                return;
            }
            facts.people.extend(person.measured.as_deref().cloned());
            let is_in = |audience: &usize| {
                let byte = u32::try_from(audience / 8).unwrap_or(u32::MAX);
                let bit = u8::try_from(audience % 8).unwrap_or(0);
                record::get_bit(&person.block, first.saturating_add(byte), bit)
            };
            let inside: Vec<usize> = (0..audiences).filter(is_in).collect();
            for (place, one) in inside.iter().enumerate() {
                if let Some(count) = facts.inside.get_mut(*one) {
                    *count += 1;
                }
                for other in inside.iter().skip(place + 1) {
                    *facts.both.entry((*one, *other)).or_default() += 1;
                }
            }
        });
        facts
    }

    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.program.conversions.is_empty() && self.program.measures.is_empty() {
            let what = "the program has no `conversion` and no `measure`: nothing is measured";
            notes.push(what.to_owned());
        }
        let dropped: u64 = self
            .people
            .iter()
            .map(|one| u64::from(one.touches_dropped))
            .sum();
        if dropped > 0 {
            notes.push(format!(
                "{dropped} of the oldest touches are no longer remembered"
            ));
        }
        let earlier = self.people.iter().flat_map(|one| one.earlier.values());
        let earlier: u64 = earlier.map(|earlier| u64::from(earlier.count)).sum();
        if earlier > 0 {
            notes.push(format!(
                "of {earlier} of the oldest conversions only how many and how much is remembered"
            ));
        }
        notes
    }

    pub fn kind(&self, no: KindNo) -> Option<&Kind> {
        self.kinds.get(&no)
    }

    /// The kinds of one thing whose first names are these.
    pub fn of_names(&self, what: What, names: &[&str]) -> BTreeSet<KindNo> {
        let fits = |kind: &Kind| {
            kind.what == what
                && kind
                    .names
                    .iter()
                    .zip(names)
                    .all(|(own, name)| **own == **name)
        };
        let all = self.kinds.iter().filter(|(_, kind)| fits(kind));
        all.map(|(no, _)| *no).collect()
    }

    /// A person's conversions of a name that are remembered one by one, in the order of time.
    pub fn conversions(&self, person: &Measured, name: &str) -> Vec<Worth> {
        let own = person.conversions.iter().filter_map(|one| {
            let kind = self.kind(one.kind)?;
            (*kind.names[0] == *name).then(|| worth(one.at, one.value, kind))
        });
        own.collect()
    }

    /// What a touch is called where a conversion credits it: by its channel, offer, or event.
    pub fn credited(&self, conversion: usize, touch: &Touch, end: i64) -> Option<String> {
        let plan = self.program.conversions.get(conversion)?;
        let kind = self.kind(touch.kind)?;
        let [first, second, third, _] = &kind.names;
        plan.credits.iter().find_map(|credit| {
            if touch.at > end || end.saturating_sub(touch.at) > credit.within {
                return None;
            }
            match (credit.what, kind.what) {
                (Credited::Sends(by), What::Sent) => {
                    let by = by.and_then(|id| self.program.channels.get(id.index()));
                    by.is_none_or(|plan| plan.name == **third)
                        .then(|| third.to_string())
                }
                (Credited::Offers(of), What::Offered) => {
                    let of = of.and_then(|id| self.program.decisions.get(id.index()));
                    of.is_none_or(|plan| plan.name == **first)
                        .then(|| second.to_string())
                }
                (Credited::Event(event, field), What::Touched) => {
                    let plan = self.program.events.get(event.index())?;
                    let fits = plan.name == **first && field.is_some() == touch.label.is_some();
                    let label = touch.label.as_ref().unwrap_or(first);
                    fits.then(|| label.to_string())
                }
                _ => None,
            }
        })
    }

    /// The longest look back of a conversion; None: it credits nothing.
    pub fn window(&self, conversion: usize) -> Option<i64> {
        let plan = self.program.conversions.get(conversion)?;
        plan.credits.iter().map(|credit| credit.within).max()
    }
}

fn worth(at: i64, value: i64, kind: &Kind) -> Worth {
    match kind.cost {
        Some((_, currency)) => {
            let millionths = millionths(value, currency);
            Worth {
                at,
                value: units(millionths),
                millionths: Some(millionths),
            }
        }
        None => Worth {
            at,
            value: number_of(value),
            millionths: None,
        },
    }
}

/// Minor units in millionths of the unit.
pub fn millionths(minor: i64, currency: Currency) -> i128 {
    let digits = currency.digits().min(6);
    i128::from(minor) * MILLION / 10i128.pow(digits)
}

/// Millionths as a number that statistics take.
pub fn units(millionths: i128) -> f64 {
    millionths as f64 / MILLION as f64
}
