//! Histories: what a person did, as numbers of events. For each event the filters that are asked make kinds of
//! events (each passes some of them and not the others), and the windows make shells; how many events of each
//! kind lie in each shell is a variable, and each count is the sum of those that it takes in. So `any` means a
//! count above zero, longer windows count at least as many, and stricter filters at most as many.

use super::newest::Valued;
use super::scalar::{Scalar, Sym};
use super::windows::{Seen, by_length, chain, length_ms};
use super::{Translator, key};
use crate::hir::{Expr, ExprKind, History, Question, Window};
use crate::proofs::formula::{Formula, Linear, Var};
use crate::proofs::person::Fields;
use crate::proofs::say;
use crate::proofs::solver::{Answer, solve};
use crate::proofs::vars::{Root, What};
use journey_program::plan::HistoryAggregate;
use journey_program::types::{EventId, Type};
use std::collections::{BTreeMap, BTreeSet};

/// With more filters or windows on one event than this they are not told apart.
const FILTERS_MAX: usize = 4;
const WINDOWS_MAX: usize = 8;

/// Which question a count is, for words: the event, its filter, its window.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryKey {
    pub event: EventId,
    pub filter: Option<Expr>,
    pub window: Window,
    /// the computed field that is this history and nothing else
    pub name: Option<u32>,
}

/// Events that a person did, alike in what is asked of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    pub event: EventId,
    pub how_many: i64,
    /// so long ago
    pub age_ms: i64,
    pub fields: Fields,
}

#[derive(Debug, Default)]
pub(super) struct OfEvent {
    pub(super) filters: Vec<(String, Option<Expr>)>,
    pub(super) windows: Vec<Seen>,
    pub(super) aggregates: BTreeMap<String, Valued>,
    /// windows that lie in each other, the smallest first
    pub(super) chain: Vec<usize>,
    /// a deed's fields by the set of filters that it passes
    pub(super) kinds: BTreeMap<u32, Fields>,
}

#[derive(Debug, Default)]
pub(in crate::proofs) struct Histories {
    pub(super) events: BTreeMap<EventId, OfEvent>,
    names: BTreeMap<(EventId, usize, usize), u32>,
    /// the computed field that is being looked into
    pub(in crate::proofs) name: Option<u32>,
    /// sequences, scores, gaps: their events, their variables
    apart: Vec<(EventId, BTreeSet<Var>)>,
    /// how those that count are said
    pub(in crate::proofs) said: BTreeMap<Var, String>,
    /// of these, what has a filter or a partner that other questions ask too
    bound: BTreeSet<Var>,
    /// the events whose newest or oldest must bear a value
    pub(super) lasts: Vec<super::newest::Newest>,
}

impl Histories {
    fn keep_apart(&mut self, history: &History, var: Var, filters: bool) {
        if filters {
            self.bound.insert(var);
        }
        let partner = history.sequence.as_ref().map(|sequence| sequence.event);
        for event in [Some(history.event), partner].into_iter().flatten() {
            match self.apart.iter_mut().find(|(of, _)| *of == event) {
                Some((_, vars)) => {
                    vars.insert(var);
                }
                None => self.apart.push((event, BTreeSet::from([var]))),
            }
        }
    }
}

impl Translator<'_> {
    pub(super) fn history(&mut self, history: &History, e: &Expr) -> Option<Sym> {
        let name = self.histories.name.take();
        let outer = history.keyed.is_some() || history.filter.as_ref().is_some_and(reads_profile);
        if outer && !counts(history.question) {
            return None;
        }
        if outer || history.sequence.is_some() || !follows(history.question) {
            return self.apart(history, e);
        }
        let (count, window) = self.count_of(history, name);
        let zero = Formula::at_most_zero(Linear::var(count));
        Some(match history.question {
            Question::Any => Sym::bool(zero.negated()),
            Question::No => Sym::bool(zero),
            Question::Aggregate(HistoryAggregate::Count) => {
                Sym::one(Scalar::Whole(Linear::var(count)))
            }
            Question::Aggregate(aggregate) => {
                self.aggregate(history, aggregate, (count, window), e)?
            }
        })
    }

    /// Sequences count matches and not events, scores and gaps weigh them: each such question has a variable of
    /// its own, which is free as long as nothing else is asked of its events.
    fn apart(&mut self, history: &History, e: &Expr) -> Option<Sym> {
        let mut alike = history.clone();
        let counts = counts(history.question);
        if counts {
            alike.question = Question::Aggregate(HistoryAggregate::Count);
            alike.exact = 0;
        }
        let name = key(&Expr {
            node: e.node,
            ty: Type::Int,
            kind: ExprKind::History(Box::new(alike)),
        });
        let filters = !self.lets_some_through(history);
        let what = What::Opaque(name.clone());
        if counts {
            let var = self.vars.with(what, &Type::Int, Self::count_domain());
            self.histories.keep_apart(history, var, filters);
            let said = self.apart_said(history);
            self.histories.said.insert(var, said);
            let zero = Formula::at_most_zero(Linear::var(var));
            return Some(match history.question {
                Question::Any => Sym::bool(zero.negated()),
                Question::No => Sym::bool(zero),
                Question::Aggregate(_) => Sym::one(Scalar::Whole(Linear::var(var))),
            });
        }
        let scalar = self.scalar_var(what, e.ty.known(), true)?;
        if let Scalar::Whole(term) = &scalar {
            // a time between neighbours
            self.sides.push(Formula::at_most_zero(term.times(-1)?));
        }
        let var = match &scalar {
            Scalar::Whole(term) => *term.factors.keys().next()?,
            Scalar::Number(var) | Scalar::Text(var) => *var,
            Scalar::Fixed(_) | Scalar::Widened(_) | Scalar::Constant(_) | Scalar::Image(_) => {
                return None;
            }
        };
        self.histories.keep_apart(history, var, filters);
        let known = if e.ty.is_optional() {
            let known = self.vars.bool(What::OpaqueKnown(name), true);
            self.histories.keep_apart(history, known, filters);
            Formula::is(known)
        } else {
            Formula::True
        };
        Some(Sym {
            known,
            ..Sym::one(scalar)
        })
    }

    /// What is counted, as an author writes it.
    fn apart_said(&self, history: &History) -> String {
        let world = self.view.world();
        let asked = HistoryKey {
            event: history.event,
            filter: history.filter.clone(),
            window: history.window.clone(),
            name: None,
        };
        let said = say::history(world, &asked);
        let Some(sequence) = &history.sequence else {
            return said;
        };
        let partner = world.events.get(sequence.event.index());
        let word = if sequence.without {
            "without"
        } else {
            "followed by"
        };
        format!(
            "{said} {word} {}",
            partner.map_or("?", |event| event.name.as_str())
        )
    }

    fn count_of(&mut self, history: &History, name: Option<u32>) -> (Var, usize) {
        let of = self.histories.events.entry(history.event).or_default();
        let text = history.filter.as_ref().map(key).unwrap_or_default();
        let filter = place(
            &mut of.filters,
            |(known, _)| *known == text,
            || (text.clone(), history.filter.clone()),
        );
        let seen = Seen {
            window: history.window.clone(),
            pane_ms: match history.window {
                Window::Last(_) | Window::LastSpan(_) if history.exact == 0 => history.pane_ms,
                _ => 0,
            },
        };
        let window = place(&mut of.windows, |known| *known == seen, || seen.clone());
        if let Some(name) = name {
            self.histories
                .names
                .insert((history.event, filter, window), name);
        }
        let what = What::Count {
            event: history.event,
            filter,
            window,
        };
        let var = self.vars.with(what, &Type::Int, Self::count_domain());
        (var, window)
    }

    /// What is known of a value over events: that there is one hangs on there being events.
    fn aggregate(
        &mut self,
        history: &History,
        aggregate: HistoryAggregate,
        (count, window): (Var, usize),
        e: &Expr,
    ) -> Option<Sym> {
        let text = key(e);
        let (scalar, exact) = self.value_over(history, aggregate, window, (&text, e))?;
        let some = Formula::at_most_zero(Linear::var(count)).negated();
        let field = self.event_type(history.event, &history.value)?;
        match (&scalar, aggregate) {
            (Scalar::Whole(term), HistoryAggregate::Distinct) => {
                self.sides.push(Formula::le(term, &Linear::var(count))?);
                let none = Formula::at_most_zero(term.clone());
                self.sides.push(if field.is_optional() {
                    some.implies(none.clone().negated()).or(none)
                } else {
                    some.implies(none.negated())
                });
            }
            (Scalar::Whole(term), HistoryAggregate::Sum) => {
                let nothing =
                    Formula::at_most_zero(term.clone()).and(Formula::at_most_zero(term.times(-1)?));
                self.sides.push(some.or(nothing));
                if let Type::IntIn(low, high) = field.known() {
                    let least = Linear::var(count).times(*low)?;
                    let most = Linear::var(count).times(*high)?;
                    self.sides.push(Formula::le(&least, term)?);
                    self.sides.push(Formula::le(term, &most)?);
                }
            }
            (Scalar::Number(_), HistoryAggregate::Sum) | (_, _) if !e.ty.is_optional() => {}
            (_, _) => {
                let known = self.vars.bool(What::AggregateKnown(text.clone()), exact);
                self.valued(history.event, &text, |of| of.known = Some(known));
                let known = Formula::is(known);
                let lone = aggregate_may_miss(&field, history);
                self.sides.push(if lone {
                    known.clone().implies(some)
                } else {
                    known.clone().iff(some)
                });
                let of = match (scalar, e.ty.known()) {
                    (Scalar::Whole(term), Type::Bool) => {
                        Sym::bool(Formula::at_most_zero(term).negated())
                    }
                    (scalar, _) => Sym::one(scalar),
                };
                return Some(Sym { known, ..of });
            }
        }
        Some(Sym::one(scalar))
    }

    /// The variable of a value over events, and whether it is free beside what else is asked of them.
    fn value_over(
        &mut self,
        history: &History,
        aggregate: HistoryAggregate,
        window: usize,
        (text, e): (&str, &Expr),
    ) -> Option<(Scalar, bool)> {
        let of = self.histories.events.entry(history.event).or_default();
        of.aggregates
            .entry(text.to_owned())
            .or_insert_with(|| Valued {
                aggregate,
                path: history.value.clone(),
                window,
                filtered: history.filter.is_some(),
                scalar: None,
                known: None,
            });
        let free = history
            .filter
            .as_ref()
            .is_none_or(|filter| !reads_path(filter, &history.value));
        let end = matches!(aggregate, HistoryAggregate::First | HistoryAggregate::Last);
        let exact = (of.aggregates.len() == 1 || end) && free && history.value != [1];
        let what = What::Aggregate(text.to_owned());
        let scalar = match (aggregate, e.ty.known()) {
            (HistoryAggregate::Distinct, _) => {
                let domain = Self::count_domain();
                Scalar::Whole(Linear::var(self.vars.with(what, &Type::Int, domain)))
            }
            (_, Type::Bool) => Scalar::Whole(Linear::var(self.vars.bool(what, exact))),
            (_, ty) => self.scalar_var(what, ty, exact)?,
        };
        self.valued(history.event, text, |of| of.scalar = Some(scalar.clone()));
        Some((scalar, exact))
    }

    fn valued(&mut self, event: EventId, text: &str, see: impl FnOnce(&mut Valued)) {
        let of = self.histories.events.get_mut(&event);
        if let Some(valued) = of.and_then(|of| of.aggregates.get_mut(text)) {
            see(valued);
        }
    }

    pub(super) fn event_type(&self, event: EventId, path: &[u32]) -> Option<Type> {
        let world = self.view.world();
        let mut ty = Type::Record(world.events.get(event.index())?.record);
        for field in path {
            let record = world.records.get(ty.record()?.index())?;
            ty = record.fields.get(*field as usize)?.ty.clone();
        }
        Some(ty)
    }

    /// Says how the counts of each event hang together. Once per question, when all are known.
    pub(super) fn finish_histories(&mut self) {
        let mut events = std::mem::take(&mut self.histories.events);
        for (event, of) in &mut events {
            let told_apart = of.filters.len() <= FILTERS_MAX && of.windows.len() <= WINDOWS_MAX;
            of.chain = match self.noon {
                Some(_) => by_length(&of.windows),
                None => chain(&of.windows),
            };
            if told_apart && self.link(*event, of).is_some() {
                self.loose_windows(*event, of);
                self.newest(*event, of);
            } else {
                self.loosen_counts(*event);
            }
        }
        self.histories.events = events;
        let mut bound = self.histories.bound.clone();
        for (event, vars) in &self.histories.apart {
            // a gap and whether there is one are one question
            if vars.len() > 2 || self.histories.events.contains_key(event) {
                bound.extend(vars);
            }
        }
        for var in bound {
            self.vars.loosen(var);
        }
    }

    /// Each count is the sum of its kinds in its shells.
    fn link(&mut self, event: EventId, of: &mut OfEvent) -> Option<()> {
        let kinds = self.kinds(event, of);
        let mut numbers: BTreeMap<(u32, usize), Var> = BTreeMap::new();
        for (kind, (fields, exact)) in kinds {
            for shell in 0..of.chain.len() {
                let what = What::Happened {
                    event,
                    filters: kind,
                    shell,
                };
                let var = self.vars.with(what, &Type::Int, Self::count_domain());
                if !exact {
                    self.vars.loosen(var);
                }
                numbers.insert((kind, shell), var);
            }
            of.kinds.insert(kind, fields);
        }
        for (place, window) in of.chain.iter().enumerate() {
            for filter in 0..of.filters.len() {
                let what = What::Count {
                    event,
                    filter,
                    window: *window,
                };
                let Some(count) = self.vars.find(&what) else {
                    continue;
                };
                let mut sum = Linear::var(count);
                for ((kind, shell), var) in &numbers {
                    if kind & (1 << filter) != 0 && *shell <= place {
                        sum = sum.plus(&Linear::var(*var), -1)?;
                    }
                }
                self.sides.push(Formula::at_most_zero(sum.clone()));
                self.sides.push(Formula::at_most_zero(sum.times(-1)?));
            }
        }
        Some(())
    }

    /// The sets of filters that one event can pass and no others, each with such an event.
    fn kinds(&mut self, event: EventId, of: &OfEvent) -> BTreeMap<u32, (Fields, bool)> {
        let mut found = BTreeMap::new();
        let record = self.view.world().events.get(event.index());
        let record = record.map(|event| Type::Record(event.record));
        for kind in 0..1_u32 << of.filters.len() {
            let mut inner = Translator::new(self.view);
            inner.event = record.clone();
            let mut parts = Vec::new();
            for (place, (_, filter)) in of.filters.iter().enumerate() {
                let formula = filter.as_ref().map(|filter| inner.predicate(filter));
                let formula = formula.unwrap_or(Formula::True);
                let passes = kind & (1 << place) != 0;
                parts.push(if passes { formula } else { formula.negated() });
            }
            let whole = inner.whole(Formula::all(parts));
            match solve(&whole, &inner.vars.domains) {
                Answer::No => {}
                Answer::Spent => {
                    found.insert(kind, (Fields::new(), false));
                }
                Answer::Yes(model) => {
                    found.insert(kind, (inner.fields(&model), true));
                }
                Answer::Perhaps(model) => {
                    found.insert(kind, (inner.fields(&model), false));
                }
            }
        }
        found
    }

    /// Which question a count is.
    pub fn asked(&self, event: EventId, filter: usize, window: usize) -> Option<HistoryKey> {
        let of = self.histories.events.get(&event)?;
        Some(HistoryKey {
            event,
            filter: of.filters.get(filter)?.1.clone(),
            window: of.windows.get(window)?.window.clone(),
            name: self.histories.names.get(&(event, filter, window)).copied(),
        })
    }

    /// An event of a kind, and how long ago it lies in a shell.
    pub(in crate::proofs) fn deed(
        &self,
        event: EventId,
        kind: u32,
        shell: usize,
        how_many: i64,
    ) -> Option<Deed> {
        let of = self.histories.events.get(&event)?;
        let length = |place: usize| {
            let window = of.windows.get(*of.chain.get(place)?)?;
            length_ms(&window.window)
        };
        let inside = shell.checked_sub(1).and_then(length).unwrap_or(0);
        let age_ms = match length(shell) {
            Some(outside) => inside + (outside - inside) / 2,
            None => inside + 400 * super::windows::DAY_MS,
        };
        Some(Deed {
            event,
            how_many,
            age_ms,
            fields: of.kinds.get(&kind)?.clone(),
        })
    }
}

/// Whether what a question asks hangs on the number of events as it is said below.
fn follows(question: Question) -> bool {
    match question {
        Question::Any | Question::No => true,
        Question::Aggregate(aggregate) => matches!(
            aggregate,
            HistoryAggregate::Count
                | HistoryAggregate::Sum
                | HistoryAggregate::Avg
                | HistoryAggregate::Min
                | HistoryAggregate::Max
                | HistoryAggregate::First
                | HistoryAggregate::Last
                | HistoryAggregate::Distinct
                | HistoryAggregate::Top
        ),
    }
}

fn place<T>(list: &mut Vec<T>, is: impl Fn(&T) -> bool, made: impl Fn() -> T) -> usize {
    match list.iter().position(is) {
        Some(at) => at,
        None => {
            list.push(made());
            list.len() - 1
        }
    }
}

fn counts(question: Question) -> bool {
    matches!(
        question,
        Question::Any | Question::No | Question::Aggregate(HistoryAggregate::Count)
    )
}

pub(super) fn reads_profile(e: &Expr) -> bool {
    use crate::hir::ExprKind as Hir;
    let mut found = false;
    crate::lower::walk::every(e, &mut |inner| {
        found |= matches!(
            inner.kind,
            Hir::Profile(_)
                | Hir::Computed(_)
                | Hir::Consent(..)
                | Hir::InAudience(_)
                | Hir::Local(_)
                | Hir::Entry
                | Hir::Now
                | Hir::Today
                | Hir::YearsSince(_)
                | Hir::History(_)
        );
    });
    found
}

/// Whether a filter reads what lies at a path of its event, or a part of it.
pub(super) fn reads_path(filter: &Expr, path: &[u32]) -> bool {
    let mut found = false;
    crate::lower::walk::every(filter, &mut |inner| {
        if let Some((Root::Event, read)) = super::paths::path_of(inner) {
            found |= !read.is_empty() && (read.starts_with(path) || path.starts_with(&read));
        }
    });
    found
}

/// Whether there may be events and still no value: a field that may be unknown.
fn aggregate_may_miss(field: &Type, history: &History) -> bool {
    field.is_optional() || history.value.len() > 1
}
