//! Values of a person's events beside counts of the same events: `last order.sku` is borne by one of them, so that
//! a filter which passes that value counts at least one. Of sums and the like nothing of the kind is said: beside a
//! filter on their field they may be anything.

use super::Translator;
use super::histories::{Deed, OfEvent, reads_path};
use super::scalar::{Kind, Scalar, Sym};
use crate::hir::Expr;
use crate::proofs::formula::{Formula, Linear, Var};
use crate::proofs::person::{Person, value_of};
use crate::proofs::solver::{Model, holds};
use crate::proofs::vars::What;
use journey_program::plan::HistoryAggregate;
use journey_program::types::{EventId, Type};
use std::collections::BTreeMap;

/// A value over events.
#[derive(Clone, Debug)]
pub(super) struct Valued {
    pub(super) aggregate: HistoryAggregate,
    pub(super) path: Vec<u32>,
    pub(super) window: usize,
    pub(super) filtered: bool,
    pub(super) scalar: Option<Scalar>,
    pub(super) known: Option<Var>,
}

/// One of the events bears these values: the newest, or the oldest.
#[derive(Clone, Debug)]
pub(in crate::proofs) struct Newest {
    event: EventId,
    oldest: bool,
    known: Formula,
    /// the paths of its fields, and what stands for them
    fields: Vec<(Vec<u32>, Var)>,
    /// how many of them are asked of the history
    asked: usize,
    /// the kinds of events that it may be, in which shell, and when
    kinds: Vec<(u32, usize, Formula)>,
}

/// What stands for the fields of one event.
#[derive(Clone, Debug)]
pub(super) struct Stand {
    pub(super) name: String,
    pub(super) fields: BTreeMap<Vec<u32>, Sym>,
}

impl Translator<'_> {
    /// Ties each value of an event to the event's counts.
    pub(super) fn newest(&mut self, event: EventId, of: &OfEvent) {
        let all: Vec<&Valued> = of.aggregates.values().collect();
        let Some(first) = all.first() else {
            return;
        };
        let alike = |valued: &&Valued| {
            (valued.aggregate, valued.window) == (first.aggregate, first.window) && valued.plain()
        };
        let chained = of.windows.len() == of.chain.len();
        if chained && all.iter().all(alike) && self.bears(event, of, &all).is_some() {
            return;
        }
        for valued in &all {
            let asked = of.filters.iter().filter_map(|(_, filter)| filter.as_ref());
            let mut touching = asked.filter(|filter| reads_path(filter, &valued.path));
            let beside = valued.plain() && all.len() > 1;
            if touching.next().is_some() || beside {
                let value = valued.scalar.as_ref().and_then(var_of);
                for var in value.into_iter().chain(valued.known) {
                    self.vars.loosen(var);
                }
            }
        }
    }

    fn bears(&mut self, event: EventId, of: &OfEvent, all: &[&Valued]) -> Option<()> {
        let first = all.first()?;
        let oldest = first.aggregate == HistoryAggregate::First;
        let mut stand = Stand {
            name: format!("{event:?} {oldest} {}", first.window),
            fields: BTreeMap::new(),
        };
        for valued in all {
            if self.event_type(event, &valued.path)?.is_optional() {
                return None;
            }
            let scalar = valued.scalar.clone()?;
            let sym = Sym::one(scalar);
            stand.fields.insert(valued.path.clone(), sym);
        }
        let known = Formula::is(first.known?);
        for other in all {
            let same = known.clone().iff(Formula::is(other.known?));
            self.sides.push(same);
        }
        let mut fits = Vec::with_capacity(of.filters.len());
        for (_, filter) in &of.filters {
            fits.push(match filter {
                Some(filter) => self.filter_of(event, filter, &mut stand),
                None => Formula::True,
            });
        }
        let kinds = self.bearers(event, of, first.window, oldest, &fits)?;
        let some = kinds.iter().map(|(_, _, may)| may.clone()).collect();
        self.sides.push(known.clone().implies(Formula::any(some)));
        let mut fields: Vec<(Vec<u32>, Var)> = Vec::new();
        for (path, sym) in stand.fields {
            let Kind::Cases(cases) = sym.kind else {
                return None;
            };
            fields.push((path, cases.first().and_then(|(_, scalar)| var_of(scalar))?));
        }
        self.histories.lasts.push(Newest {
            event,
            oldest,
            known,
            fields,
            asked: all.len(),
            kinds,
        });
        Some(())
    }

    /// Which kinds of events the newest (or oldest) may be of, and in which shell; and when.
    fn bearers(
        &self,
        event: EventId,
        of: &OfEvent,
        window: usize,
        oldest: bool,
        fits: &[Formula],
    ) -> Option<Vec<(u32, usize, Formula)>> {
        let place = of.chain.iter().position(|at| *at == window)?;
        let mut shells: Vec<usize> = (0..=place).collect();
        if oldest {
            shells.reverse();
        }
        let (mut kinds, mut before) = (Vec::new(), Vec::new());
        for shell in shells {
            let mut nobody = Vec::new();
            for kind in of.kinds.keys() {
                let mut parts: Vec<Formula> = before.clone();
                for (place, fits) in fits.iter().enumerate() {
                    let passes = kind & (1 << place) != 0;
                    let fits = fits.clone();
                    parts.push(if passes { fits } else { fits.negated() });
                }
                let what = What::Happened {
                    event,
                    filters: *kind,
                    shell,
                };
                let none = Formula::at_most_zero(Linear::var(self.vars.find(&what)?));
                parts.push(none.clone().negated());
                nobody.push(none);
                kinds.push((*kind, shell, Formula::all(parts)));
            }
            before.extend(nobody);
        }
        Some(kinds)
    }

    /// A filter of an event whose fields are these.
    fn filter_of(&mut self, event: EventId, filter: &Expr, stand: &mut Stand) -> Formula {
        let record = self.view.world().events.get(event.index());
        let record = record.map(|event| Type::Record(event.record));
        let outer = std::mem::replace(&mut self.event, record);
        let before = self.event_as.replace(stand.clone());
        let formula = self.predicate(filter);
        self.event = outer;
        if let Some(used) = std::mem::replace(&mut self.event_as, before) {
            *stand = used;
        }
        formula
    }

    /// A field of the event that something stands for.
    pub(super) fn stood_for(&mut self, path: &[u32], ty: &Type) -> Option<Sym> {
        let stand = self.event_as.as_ref()?;
        let of = match stand.fields.get(path) {
            Some(sym) => sym.clone(),
            None => {
                let what = What::Opaque(format!("{} {path:?}", stand.name));
                let scalar = match ty {
                    Type::Bool => Scalar::Whole(Linear::var(self.vars.var(what, ty, true))),
                    ty => self.scalar_var(what, ty, true)?,
                };
                let sym = Sym::one(scalar);
                let stand = self.event_as.as_mut()?;
                stand.fields.insert(path.to_vec(), sym.clone());
                sym
            }
        };
        match (&of.kind, ty) {
            (Kind::Cases(cases), Type::Bool) => match cases.as_slice() {
                [(_, Scalar::Whole(term))] => {
                    Some(Sym::bool(Formula::at_most_zero(term.clone()).negated()))
                }
                _ => None,
            },
            _ => Some(of),
        }
    }

    /// Gives the newest (or oldest) of a person's deeds the value that it bears.
    pub(in crate::proofs) fn bear(&self, person: &mut Person, model: &Model) {
        for newest in &self.histories.lasts {
            if holds(&newest.known, model) != Some(true) {
                person.borne += newest.asked;
                continue;
            }
            let mut may = newest.kinds.iter();
            let kind = may.find(|(_, _, may)| holds(may, model) == Some(true));
            let deed = kind.and_then(|(kind, shell, _)| self.deed(newest.event, *kind, *shell, 1));
            let Some(mut deed) = deed else {
                continue;
            };
            let alike = |old: &&mut Deed| {
                (old.event, old.age_ms) == (deed.event, deed.age_ms) && old.fields == deed.fields
            };
            if let Some(old) = person.deeds.iter_mut().find(alike) {
                old.how_many -= 1;
            }
            // a little newer or older than the others of its shell
            deed.age_ms += if newest.oldest { 1 } else { -1 };
            for (path, var) in &newest.fields {
                let text = model.texts.get(var).map(String::as_str);
                let number = model.values.get(var).copied().unwrap_or_default();
                let ty = self.event_type(newest.event, path);
                let value = ty.and_then(|ty| value_of(&ty, number, text));
                deed.fields.extend(value.map(|value| (path.clone(), value)));
            }
            person.deeds.push(deed);
            person.borne += newest.asked;
        }
        person.deeds.retain(|deed| deed.how_many > 0);
    }
}

impl Valued {
    /// What the newest or oldest event bears itself.
    fn plain(&self) -> bool {
        let end = matches!(
            self.aggregate,
            HistoryAggregate::First | HistoryAggregate::Last
        );
        end && !self.filtered && self.path.len() == 1 && self.path != [1]
    }
}

fn var_of(scalar: &Scalar) -> Option<Var> {
    match scalar {
        Scalar::Whole(term) => term.factors.keys().next().copied(),
        Scalar::Number(var) | Scalar::Text(var) => Some(*var),
        Scalar::Fixed(_) | Scalar::Widened(_) | Scalar::Constant(_) | Scalar::Image(_) => None,
    }
}
