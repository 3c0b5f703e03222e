//! A checked predicate → a formula. What is not followed (arithmetic beyond sums, texts that are built, lists)
//! becomes a variable of its own that may be anything, so that "no" stays true; the same expression is the same
//! variable. Audiences, computed fields and functions are looked into.
//!
//! A fault makes a predicate false, and a computed field unknown: `faults` says when one happens.

mod arith;
mod compare;
mod faults;
mod free;
mod histories;
mod image;
mod loose;
mod newest;
mod noon;
mod paths;
mod scalar;
mod tables;
mod windows;

pub use histories::{Deed, HistoryKey};
pub use scalar::{Kind, Scalar, Sym};

use super::formula::{self, Atom, Formula};
use super::vars::{Root, Vars, What};
use crate::hir::{Expr, ExprKind, Function, Pat};
use crate::lower::history::without_places;
use crate::world::World;
use faults::may_fault;
use histories::Histories;
use journey_program::types::{AudienceId, ChannelId, PurposeId, Type, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What a predicate may look into. `None`: it has errors, and may be anything.
pub trait View {
    fn world(&self) -> &World;
    fn audience(&self, id: AudienceId) -> Option<&Expr>;
    fn computed(&self, number: u32) -> Option<&Expr>;
    fn function(&self, number: u32) -> Option<&Function>;
}

/// Expressions of one question; beyond this the rest is not followed.
const NODES_MAX: usize = 20_000;
const DEPTH_MAX: usize = 120;

pub struct Translator<'v> {
    pub view: &'v dyn View,
    pub vars: Vars,
    /// what holds of every person
    pub sides: Vec<Formula>,
    /// when what was followed so far faults: any of these
    faults: Vec<Formula>,
    /// what holds where one stands, so that it is evaluated at all
    path: Vec<Formula>,
    /// the question was too large to follow
    pub too_large: bool,
    /// audiences are what the runtime last said, which a `set` may have left behind
    pub by_membership: bool,
    pub(super) histories: Histories,
    /// types of the journey's variables
    pub locals: Vec<Type>,
    /// the arguments of the function that is looked into
    args: Option<Vec<Sym>>,
    /// None: it is being looked into
    audiences: BTreeMap<AudienceId, Option<Formula>>,
    /// functions (true) and computed fields that are being looked into
    inside: Vec<(bool, u32)>,
    nodes: usize,
    depth: usize,
    fresh: usize,
    /// the record types of `event` and `entry`
    pub event: Option<Type>,
    /// what stands for the event's fields
    event_as: Option<newest::Stand>,
    /// the one instant that is looked at, and its day; None: every instant
    pub(super) noon: Option<(i64, i64)>,
    pub entry: Option<Type>,
}

impl std::fmt::Debug for Translator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Translator").finish_non_exhaustive()
    }
}

impl<'v> Translator<'v> {
    pub fn new(view: &'v dyn View) -> Self {
        Self {
            view,
            vars: Vars::default(),
            sides: Vec::new(),
            faults: Vec::new(),
            path: Vec::new(),
            too_large: false,
            by_membership: false,
            histories: Histories::default(),
            locals: Vec::new(),
            args: None,
            audiences: BTreeMap::new(),
            inside: Vec::new(),
            nodes: 0,
            depth: 0,
            fresh: 0,
            event: None,
            event_as: None,
            noon: None,
            entry: None,
        }
    }

    /// A condition's formula.
    pub fn condition(&mut self, e: &Expr) -> Formula {
        match self.sym(e).kind {
            Kind::Bool(formula) => formula,
            _ => Formula::is(self.vars.bool(What::Opaque(key(e)), false)),
        }
    }

    /// Any expression.
    pub fn sym(&mut self, e: &Expr) -> Sym {
        self.nodes += 1;
        if self.nodes > NODES_MAX || self.depth > DEPTH_MAX {
            self.too_large = true;
            return self.opaque(e);
        }
        self.depth += 1;
        let sym = self.followed(e).unwrap_or_else(|| self.opaque(e));
        self.depth -= 1;
        sym
    }

    fn followed(&mut self, e: &Expr) -> Option<Sym> {
        Some(match &e.kind {
            ExprKind::Value(value) => scalar::constant(value)?,
            ExprKind::Profile(field) => self.at_path(Root::Profile, vec![*field])?,
            ExprKind::Event => self.at_path(Root::Event, Vec::new())?,
            ExprKind::Entry => self.at_path(Root::Entry, Vec::new())?,
            ExprKind::Local(id) => match &self.args {
                Some(args) => args.get(id.0 as usize)?.clone(),
                None => self.at_path(Root::Local(id.0), Vec::new())?,
            },
            ExprKind::Field(base, field) => match self.sym(base).kind {
                Kind::Path(root, mut path) => {
                    path.push(*field);
                    self.at_path(root, path)?
                }
                _ => return None,
            },
            ExprKind::Narrow(inner) | ExprKind::Some(inner) => Sym {
                known: Formula::True,
                ..self.sym(inner)
            },
            ExprKind::Known(inner) => Sym::bool(self.sym(inner).known),
            ExprKind::Not(_) | ExprKind::And(..) | ExprKind::Or(..) => self.logic(e)?,
            ExprKind::Compare(op, a, b) => Sym::bool(self.compare(*op, a, b)?),
            ExprKind::In(a, items) => Sym::bool(self.one_of(a, items)?),
            ExprKind::Between(a, low, high) => Sym::bool(self.between(a, low, high)?),
            ExprKind::Contains(..)
            | ExprKind::StartsWith(..)
            | ExprKind::EndsWith(..)
            | ExprKind::Matches(..) => Sym::bool(self.text_test(e)?),
            ExprKind::Else(a, b) => self.otherwise(a, b)?,
            ExprKind::If(c, a, b) => {
                let c = self.condition(c);
                let a = self.under(c.clone(), |t| t.sym(a));
                let b = self.under(c.clone().negated(), |t| t.sym(b));
                merge(&c, a, b)?
            }
            ExprKind::Match(value, arms) => self.matched(value, arms)?,
            ExprKind::Neg(_) | ExprKind::Arith(..) | ExprKind::Widen(_) => self.arith(e)?,
            ExprKind::Least(items) => self.extreme(items, true)?,
            ExprKind::Greatest(items) => self.extreme(items, false)?,
            ExprKind::Consent(purpose, channel) => self.consent(*purpose, *channel),
            ExprKind::Muted(purpose) => {
                Sym::bool(Formula::is(self.vars.bool(What::Muted(*purpose), true)))
            }
            ExprKind::InAudience(id) => Sym::bool(self.audience(*id)?),
            ExprKind::Computed(number) => self.computed(*number, &e.ty)?,
            ExprKind::Call(function, args) => self.call(*function, args)?,
            ExprKind::History(history) => self.history(history, e)?,
            ExprKind::Now => self.clock(What::Now, &Type::Time),
            ExprKind::Today => self.clock(What::Today, &Type::Date),
            ExprKind::YearsSince(date) => self.years(date)?,
            _ => return None,
        })
    }

    fn clock(&mut self, what: What, ty: &Type) -> Sym {
        let at = match (self.noon, &what) {
            (Some((now, _)), What::Now) => Some(now),
            (Some((_, today)), _) => Some(today),
            (None, _) => None,
        };
        match at {
            Some(at) => Sym::one(Scalar::Whole(formula::Linear::constant(at))),
            None => Sym::whole_var(self.vars.var(what, ty, true)),
        }
    }

    fn consent(&mut self, purpose: PurposeId, channel: Option<ChannelId>) -> Sym {
        let all = 0..self.view.world().channels.len();
        let parts = all
            .map(ChannelId::new)
            .filter(|c| channel.is_none_or(|only| only == *c))
            .map(|c| Formula::is(self.vars.bool(What::Consent(purpose, c), true)))
            .collect();
        Sym::bool(Formula::any(parts))
    }

    /// That a person agreed to a purpose on a channel.
    pub fn consent_to(&mut self, purpose: PurposeId, channel: ChannelId) -> Formula {
        Formula::is(self.vars.bool(What::Consent(purpose, channel), true))
    }

    /// A field of the event at hand.
    pub fn event_field(&mut self, field: u32) -> Option<Sym> {
        self.at_path(Root::Event, vec![field])
    }

    /// `a ?? b`
    fn otherwise(&mut self, a: &Expr, b: &Expr) -> Option<Sym> {
        let a = self.sym(a);
        let known = a.known.clone();
        let b = self.under(known.clone().negated(), |t| t.sym(b));
        let merged = merge(&known, a, b.clone())?;
        Some(Sym {
            known: known.or(b.known),
            ..merged
        })
    }

    fn logic(&mut self, e: &Expr) -> Option<Sym> {
        let formula = match &e.kind {
            ExprKind::Not(a) => self.condition(a).negated(),
            ExprKind::And(a, b) => {
                let a = self.condition(a);
                let b = self.under(a.clone(), |t| t.condition(b));
                a.and(b)
            }
            ExprKind::Or(a, b) => {
                let a = self.condition(a);
                let b = self.under(a.clone().negated(), |t| t.condition(b));
                a.or(b)
            }
            _ => return None,
        };
        Some(Sym::bool(formula))
    }

    /// Whether somebody is in an audience: its predicate holds, and does not fault.
    pub fn audience(&mut self, id: AudienceId) -> Option<Formula> {
        if self.by_membership {
            return None;
        }
        if let Some(formula) = self.audiences.get(&id) {
            return formula.clone();
        }
        let predicate = self.view.audience(id)?;
        // in a circle, which is an error of its own, it is anything
        self.audiences.insert(id, None);
        let args = self.args.take();
        let formula = self.predicate(predicate);
        self.args = args;
        self.audiences.insert(id, Some(formula.clone()));
        Some(formula)
    }

    fn computed(&mut self, number: u32, ty: &Type) -> Option<Sym> {
        let value = self.view.computed(number)?;
        if self.inside.contains(&(false, number)) {
            return None;
        }
        self.inside.push((false, number));
        let args = self.args.take();
        let named = self.histories.name.replace(number);
        let (sym, faults) = self.apart_from(|t| t.sym(value));
        self.histories.name = named;
        self.args = args;
        self.inside.pop();
        if ty.is_optional() {
            // a fault makes it unknown
            let known = sym.known.clone().and(faults.negated());
            return Some(Sym { known, ..sym });
        }
        self.fault_if(faults);
        Some(sym)
    }

    fn call(&mut self, function: u32, args: &[Expr]) -> Option<Sym> {
        if self.inside.contains(&(true, function)) {
            return None;
        }
        let number = function;
        let function = self.view.function(number)?;
        self.inside.push((true, number));
        let args = args.iter().map(|arg| self.sym(arg)).collect();
        let outer = self.args.replace(args);
        let sym = self.sym(&function.body);
        self.args = outer;
        self.inside.pop();
        Some(sym)
    }

    fn matched(&mut self, value: &Expr, arms: &[(Vec<Pat>, Expr)]) -> Option<Sym> {
        let value = self.sym(value);
        if let Some(made) = self.looked_up(&value, arms) {
            return Some(made);
        }
        let mut followed = Vec::with_capacity(arms.len());
        let mut before = Vec::new();
        for (at, (pats, arm)) in arms.iter().enumerate() {
            let fits = if at + 1 == arms.len() {
                Formula::True
            } else {
                self.fits(&value, pats)?
            };
            let taken = Formula::any(before.clone()).negated().and(fits.clone());
            let arm = self.under(taken, |t| t.sym(arm));
            before.push(fits.clone());
            followed.push((fits, arm));
        }
        let mut made: Option<Sym> = None;
        for (fits, arm) in followed.into_iter().rev() {
            made = Some(match made {
                None => arm,
                Some(rest) => merge(&fits, arm, rest)?,
            });
        }
        made
    }

    /// Whether a value fits one of the patterns; None: that can't be followed.
    pub fn fits(&mut self, value: &Sym, pats: &[Pat]) -> Option<Formula> {
        let mut any = Vec::new();
        for pat in pats {
            any.push(match pat {
                Pat::Else => Formula::True,
                Pat::Unknown => value.known.clone().negated(),
                Pat::Value(v) => value.known.clone().and(self.equals(value, v)?),
                Pat::Range(low, high) => {
                    let (low, high) = (scalar::constant(low)?, scalar::constant(high)?);
                    let above = compare::ordered(&low, value, true)?;
                    let below = compare::ordered(value, &high, true)?;
                    Formula::all(vec![value.known.clone(), above, below])
                }
            });
        }
        Some(Formula::any(any))
    }

    fn equals(&mut self, value: &Sym, constant: &Value) -> Option<Formula> {
        let constant = scalar::constant(constant)?;
        compare::equal(value, &constant)
    }

    /// A variable for what is not followed: the same expression is the same variable. It may fault.
    pub(super) fn opaque(&mut self, e: &Expr) -> Sym {
        if may_fault(e) {
            let name = What::OpaqueFault(self.opaque_name(e));
            let faults = Formula::is(self.vars.bool(name, false));
            self.fault_if(faults);
        }
        self.opaque_value(e)
    }

    pub(super) fn opaque_name(&mut self, e: &Expr) -> String {
        if self.args.is_some() {
            self.fresh += 1;
            format!("#{}", self.fresh)
        } else {
            key(e)
        }
    }

    pub(super) fn opaque_value(&mut self, e: &Expr) -> Sym {
        let name = self.opaque_name(e);
        let known = if e.ty.is_optional() {
            Formula::is(self.vars.bool(What::OpaqueKnown(name.clone()), false))
        } else {
            Formula::True
        };
        let kind = match e.ty.known() {
            Type::Bool => Kind::Bool(Formula::is(self.vars.bool(What::Opaque(name), false))),
            ty => match self.scalar_var(What::Opaque(name), ty, false) {
                Some(scalar) => Kind::Cases(vec![(Formula::True, scalar)]),
                None => Kind::Opaque,
            },
        };
        Sym { known, kind }
    }

    /// The question's formula together with what holds of every person.
    pub fn whole(&mut self, question: Formula) -> Formula {
        let own = self.sides.len();
        self.finish_histories();
        let mut parts = vec![question];
        parts.extend(self.sides.iter().cloned());
        self.sides.truncate(own);
        let whole = Formula::all(parts);
        let mut read = BTreeSet::new();
        whole.atoms(&mut |atom| match &**atom {
            Atom::AtMostZero(term) => read.extend(term.factors.keys().copied()),
            Atom::Below { var, .. } | Atom::Test(var, _) => {
                read.insert(*var);
            }
        });
        self.loosen_clocks(&read);
        whole
    }
}

/// `if c then a else b`; None: they are of no kind that goes together.
pub(super) fn merge(c: &Formula, a: Sym, b: Sym) -> Option<Sym> {
    if *c == Formula::True {
        return Some(a);
    }
    if *c == Formula::False {
        return Some(b);
    }
    let known = match (&a.known, &b.known) {
        (Formula::True, Formula::True) => Formula::True,
        (x, y) => (c.clone().and(x.clone())).or(c.clone().negated().and(y.clone())),
    };
    let kind = match (a.kind, b.kind) {
        (Kind::Bool(x), Kind::Bool(y)) => {
            Kind::Bool((c.clone().and(x)).or(c.clone().negated().and(y)))
        }
        (Kind::Cases(x), Kind::Cases(y)) => {
            if x.len() + y.len() > scalar::CASES_MAX {
                return None;
            }
            let not = c.clone().negated();
            let yes = x.into_iter().map(|(guard, v)| (c.clone().and(guard), v));
            let no = y.into_iter().map(|(guard, v)| (not.clone().and(guard), v));
            Kind::Cases(yes.chain(no).collect())
        }
        (Kind::Unknown, y) => y,
        (x, Kind::Unknown) => x,
        _ => return None,
    };
    Some(Sym { known, kind })
}

/// An expression without its places, as a text: equal ones are one variable.
pub(super) fn key(e: &Expr) -> String {
    format!("{:?}", without_places(e))
}
