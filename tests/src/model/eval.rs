//! Expressions, by walking the checked tree.

use super::actions;
use super::person::{Happening, Instance, Known};
use super::values::{
    average, compare, floor_div, floor_mod, like, number, pat_fits, pick, text, total, whole,
};
use journey_compiler::hir::{
    ArithOp, CompareOp, DeclId, Expr, ExprKind, ListAggregate, ListQuery, NodeId, Piece, Program,
};
use journey_program::arith;
use journey_program::civil::Zone;
use journey_program::civil::{add_span_to_date, years_since};
use journey_program::ir::FaultCode;
use journey_program::types::{Span, Value};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A text is at most so many bytes long.
pub(super) const TEXT_MAX: usize = 1 << 20;

/// A fault and the node that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    pub code: FaultCode,
    pub node: NodeId,
    /// the function or profile that the node stands in; None: the declaration at hand
    pub decl: Option<DeclId>,
}

impl Broken {
    pub fn new(code: FaultCode, node: NodeId) -> Self {
        let decl = None;
        Self { code, node, decl }
    }

    /// It came out of another declaration's expression, if not of one still further in.
    pub fn inside(self, decl: DeclId) -> Self {
        let decl = self.decl.or(Some(decl));
        Self { decl, ..self }
    }
}

/// A fault that ended nothing: whose, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    pub who: usize,
    pub at: i64,
    pub broken: Broken,
}

pub type Answer = Result<Value, Broken>;

/// Everything that an expression can see.
#[derive(Clone, Debug)]
pub struct Scene<'a> {
    pub program: &'a Program,
    pub known: &'a Known,
    pub happenings: &'a [Happening],
    /// what belongs to nobody
    pub broadcasts: &'a [Happening],
    pub event: Option<&'a Value>,
    pub entry: Option<&'a Value>,
    pub instance: Option<&'a Instance<'a>>,
    pub locals: Vec<Value>,
    /// what was learned: model, offer
    pub learned: BTreeMap<(u32, u32), f64>,
    pub now: i64,
    pub after: bool,
    /// where faults are noted, and whose they are; None: they are not asked for
    pub notes: Option<(&'a RefCell<Vec<Note>>, usize)>,
}

impl<'a> Scene<'a> {
    pub fn new(program: &'a Program, known: &'a Known, happenings: &'a [Happening]) -> Self {
        Self {
            program,
            known,
            happenings,
            broadcasts: &[],
            event: None,
            entry: None,
            instance: None,
            locals: Vec::new(),
            learned: BTreeMap::new(),
            now: 0,
            after: false,
            notes: None,
        }
    }

    pub fn see<'i: 'a>(&mut self, instance: &'a Instance<'i>) {
        self.entry = instance.entry.as_ref();
        self.locals = instance.locals.clone();
        self.instance = Some(instance);
    }

    /// A predicate of a declaration: a fault is false, and noted.
    pub fn holds(&mut self, e: &Expr, decl: DeclId) -> bool {
        match self.eval(e) {
            Ok(value) => value == Value::Bool(true),
            Err(broken) => {
                self.note(broken, decl);
                false
            }
        }
    }

    /// A fault that ends nothing.
    pub fn note(&self, broken: Broken, decl: DeclId) {
        if let Some((notes, who)) = self.notes {
            let broken = broken.inside(decl);
            let at = self.now;
            notes.borrow_mut().push(Note { who, at, broken });
        }
    }

    pub fn zone(&self) -> String {
        let own = self
            .program
            .profile
            .timezone
            .and_then(|f| self.known.fields.get(f as usize));
        match own {
            Some(Value::Timezone(zone)) => zone.clone(),
            _ => self.program.timezone.clone(),
        }
    }

    pub fn civil_zone(&self) -> &'static Zone {
        Zone::named(&self.zone()).unwrap_or_else(Zone::utc)
    }

    pub fn today(&self) -> Option<i64> {
        self.civil_zone().date_of(self.now)
    }

    pub fn eval(&mut self, e: &Expr) -> Answer {
        Ok(match &e.kind {
            ExprKind::History(history) => self.ask(history, e)?,
            ExprKind::Contains(..)
            | ExprKind::StartsWith(..)
            | ExprKind::EndsWith(..)
            | ExprKind::Matches(..)
            | ExprKind::In(..)
            | ExprKind::Between(..) => Value::Bool(self.test(e)?),
            ExprKind::Now | ExprKind::Today | ExprKind::YearsSince(_) | ExprKind::DateAt(..) => {
                self.civil(e)?
            }
            ExprKind::Not(_)
            | ExprKind::Neg(_)
            | ExprKind::Known(_)
            | ExprKind::Narrow(_)
            | ExprKind::Some(_)
            | ExprKind::Widen(_)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Compare(..)
            | ExprKind::Arith(..)
            | ExprKind::Else(..) => self.operate(e)?,
            ExprKind::If(..)
            | ExprKind::Match(..)
            | ExprKind::List(_)
            | ExprKind::Record(..)
            | ExprKind::Call(..)
            | ExprKind::Least(_)
            | ExprKind::Greatest(_)
            | ExprKind::Concat(_)
            | ExprKind::Join(_)
            | ExprKind::Escape(_)
            | ExprKind::ListQuery(_) => self.compose(e)?,
            ExprKind::Logistic(_) | ExprKind::Trees(..) | ExprKind::Learned(..) => {
                self.modelled(e)?
            }
            _ => self.read(e)?,
        })
    }

    /// What is there already: constants, fields, variables, consent, membership.
    fn read(&mut self, e: &Expr) -> Answer {
        Ok(match &e.kind {
            ExprKind::Value(value) => value.clone(),
            ExprKind::Profile(field) => self.field_of_profile(*field),
            ExprKind::Computed(number) => {
                let computed = self.program.profile.lets.get(*number as usize);
                let Some(computed) = computed else {
                    return Ok(Value::Unknown);
                };
                let outer = std::mem::take(&mut self.locals);
                let answer = self.eval(&computed.value);
                self.locals = outer;
                match answer {
                    Err(broken) if computed.ty.is_optional() => {
                        self.note(broken, computed.decl);
                        Value::Unknown
                    }
                    answer => answer.map_err(|b| b.inside(computed.decl))?,
                }
            }
            ExprKind::Event => self.event.cloned().unwrap_or(Value::Unknown),
            ExprKind::Entry => self.entry.cloned().unwrap_or(Value::Unknown),
            ExprKind::Local(local) => self
                .locals
                .get(local.0 as usize)
                .cloned()
                .unwrap_or(Value::Unknown),
            ExprKind::Field(record, field) => match self.eval(record)? {
                Value::Record(_, fields) => fields
                    .get(*field as usize)
                    .cloned()
                    .unwrap_or(Value::Unknown),
                _ => Value::Unknown,
            },
            ExprKind::Consent(purpose, channel) => {
                let mut of_purpose = self
                    .known
                    .consent
                    .iter()
                    .filter(|((p, _), _)| *p == purpose.0);
                Value::Bool(of_purpose.any(|((_, c), granted)| {
                    *granted && channel.is_none_or(|channel| channel.0 == *c)
                }))
            }
            ExprKind::Muted(purpose) => {
                let until = self.known.muted.get(&purpose.0);
                let (now, after) = (self.now, self.after);
                Value::Bool(until.is_some_and(|u| now < *u || (now == *u && !after)))
            }
            ExprKind::InAudience(audience) => Value::Bool(
                self.known
                    .audiences
                    .get(audience.index())
                    .copied()
                    .unwrap_or(false),
            ),
            _ => Value::Unknown,
        })
    }

    /// Operators.
    fn operate(&mut self, e: &Expr) -> Answer {
        let fault = |code| Err(Broken::new(code, e.node));
        Ok(match &e.kind {
            ExprKind::Not(a) => Value::Bool(!self.truth(a)?),
            ExprKind::Neg(a) => match self.eval(a)? {
                Value::Number(n) => Value::Number(-n),
                value => match whole(&value).and_then(i64::checked_neg) {
                    Some(n) => like(&value, n),
                    None => return fault(FaultCode::Overflow),
                },
            },
            ExprKind::Known(a) => Value::Bool(self.eval(a)? != Value::Unknown),
            ExprKind::Narrow(a) | ExprKind::Some(a) => self.eval(a)?,
            ExprKind::Widen(a) => match self.eval(a)? {
                Value::Int(n) if n.unsigned_abs() <= 1 << 53 => Value::Number(n as f64),
                Value::Int(_) => return fault(FaultCode::TooLarge),
                other => other,
            },
            ExprKind::And(a, b) => Value::Bool(self.truth(a)? && self.truth(b)?),
            ExprKind::Or(a, b) => Value::Bool(self.truth(a)? || self.truth(b)?),
            ExprKind::Compare(op, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                Value::Bool(compare(*op, &a, &b))
            }
            ExprKind::Arith(op, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                match self.arith(*op, &a, &b) {
                    Ok(value) => value,
                    Err(code) => return fault(code),
                }
            }
            ExprKind::Else(a, b) => match self.eval(a)? {
                Value::Unknown => self.eval(b)?,
                value => value,
            },
            _ => Value::Unknown,
        })
    }

    /// What is chosen or built of other expressions.
    fn compose(&mut self, e: &Expr) -> Answer {
        Ok(match &e.kind {
            ExprKind::If(c, a, b) => {
                let taken = if self.truth(c)? { a } else { b };
                self.eval(taken)?
            }
            ExprKind::Match(value, arms) => {
                let value = self.eval(value)?;
                match arms
                    .iter()
                    .find(|(pats, _)| pats.iter().any(|p| pat_fits(p, &value)))
                {
                    Some((_, arm)) => self.eval(arm)?,
                    None => Value::Unknown,
                }
            }
            ExprKind::List(items) => Value::List(self.all(items)?),
            ExprKind::Record(record, fields) => Value::Record(*record, self.all(fields)?),
            ExprKind::Call(function, args) => {
                let args = self.all(args)?;
                let Some(function) = self.program.functions.get(*function as usize) else {
                    return Ok(Value::Unknown);
                };
                let outer = std::mem::replace(&mut self.locals, args);
                let answer = self.eval(&function.body);
                self.locals = outer;
                answer.map_err(|b| b.inside(function.decl))?
            }
            ExprKind::Least(items) => pick(&self.all(items)?, Ordering::Less),
            ExprKind::Greatest(items) => pick(&self.all(items)?, Ordering::Greater),
            ExprKind::Concat(pieces) => Value::Text(self.concat(pieces, e.node)?),
            ExprKind::Join(_) | ExprKind::Escape(_) => Value::Text(self.template(e)?),
            ExprKind::ListQuery(query) => self.query(query, e)?,
            _ => Value::Unknown,
        })
    }

    fn civil(&mut self, e: &Expr) -> Answer {
        let out_of_range = Broken::new(FaultCode::OutOfRange, e.node);
        let value = match &e.kind {
            ExprKind::Today => self.today().map(Value::Date),
            ExprKind::YearsSince(date) => match self.eval(date)? {
                Value::Date(date) => {
                    let today = self.today().ok_or(out_of_range)?;
                    years_since(date, today).map(Value::Int)
                }
                _ => None,
            },
            ExprKind::DateAt(date, clock) => match (self.eval(date)?, self.eval(clock)?) {
                (Value::Date(date), Value::Clock(clock)) => self
                    .civil_zone()
                    .date_at_clock(date, clock)
                    .map(Value::Time),
                _ => None,
            },
            _ => Some(Value::Time(self.now)),
        };
        value.ok_or(out_of_range)
    }

    fn test(&mut self, e: &Expr) -> Result<bool, Broken> {
        Ok(match &e.kind {
            ExprKind::Contains(a, b) => match (self.eval(a)?, self.eval(b)?) {
                (Value::List(items), item) => items.contains(&item),
                (a, b) => text(&a).contains(text(&b)),
            },
            ExprKind::StartsWith(a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                text(&a).starts_with(text(&b))
            }
            ExprKind::EndsWith(a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                text(&a).ends_with(text(&b))
            }
            ExprKind::Matches(a, pattern) => {
                let a = self.eval(a)?;
                regex::Regex::new(pattern).is_ok_and(|r| r.is_match(text(&a)))
            }
            ExprKind::In(a, items) => {
                let a = self.eval(a)?;
                self.all(items)?
                    .iter()
                    .any(|i| compare(CompareOp::Eq, &a, i))
            }
            ExprKind::Between(a, low, high) => {
                let (a, low, high) = (self.eval(a)?, self.eval(low)?, self.eval(high)?);
                compare(CompareOp::Ge, &a, &low) && compare(CompareOp::Le, &a, &high)
            }
            _ => false,
        })
    }

    fn field_of_profile(&self, field: u32) -> Value {
        self.known
            .fields
            .get(field as usize)
            .cloned()
            .unwrap_or(Value::Unknown)
    }

    pub(super) fn truth(&mut self, e: &Expr) -> Result<bool, Broken> {
        Ok(self.eval(e)? == Value::Bool(true))
    }

    pub(super) fn all(&mut self, items: &[Expr]) -> Result<Vec<Value>, Broken> {
        items.iter().map(|i| self.eval(i)).collect()
    }

    fn arith(&self, op: ArithOp, a: &Value, b: &Value) -> Result<Value, FaultCode> {
        match (a, b) {
            (Value::Number(x), Value::Number(y)) => number(op, *x, *y),
            (Value::Money(x, c), Value::Number(y)) => {
                let minor = match op {
                    ArithOp::Mul => arith::money_mul(*x, *y)?,
                    _ => arith::money_div(*x, *y)?,
                };
                Ok(Value::Money(minor, *c))
            }
            (Value::Money(x, _), Value::Money(y, _)) if op == ArithOp::Div => {
                arith::money_ratio(*x, *y).map(Value::Number)
            }
            (Value::Time(x), Value::Time(y)) => x
                .checked_sub(*y)
                .map(Value::Duration)
                .ok_or(FaultCode::Overflow),
            (Value::Date(x), Value::Date(y)) => {
                x.checked_sub(*y).map(Value::Int).ok_or(FaultCode::Overflow)
            }
            (Value::Time(_) | Value::Date(_), Value::Span(span)) => {
                let span = if op == ArithOp::Sub {
                    Span {
                        months: -span.months,
                        days: -span.days,
                    }
                } else {
                    *span
                };
                self.add_span(a, span).ok_or(FaultCode::OutOfRange)
            }
            _ => {
                let (Some(x), Some(y)) = (whole(a), whole(b)) else {
                    return Ok(Value::Unknown);
                };
                let result = match op {
                    ArithOp::Add => x.checked_add(y),
                    ArithOp::Sub => x.checked_sub(y),
                    ArithOp::Mul => x.checked_mul(y),
                    ArithOp::IntDiv | ArithOp::Mod | ArithOp::Div if y == 0 => {
                        return Err(FaultCode::DivisionByZero);
                    }
                    ArithOp::IntDiv | ArithOp::Div => floor_div(x, y),
                    ArithOp::Mod => Some(floor_mod(x, y)),
                };
                Ok(like(a, result.ok_or(FaultCode::Overflow)?))
            }
        }
    }

    fn add_span(&self, a: &Value, span: Span) -> Option<Value> {
        match a {
            Value::Date(date) => add_span_to_date(*date, span).map(Value::Date),
            Value::Time(time) => self
                .civil_zone()
                .add_span_to_time(*time, span)
                .map(Value::Time),
            _ => None,
        }
    }

    fn query(&mut self, query: &ListQuery, e: &Expr) -> Answer {
        let Value::List(items) = self.eval(&query.list)? else {
            return Ok(Value::Unknown);
        };
        let slot = query.binder.0 as usize;
        if self.locals.len() <= slot {
            self.locals.resize(slot + 1, Value::Unknown);
        }
        let mut values = Vec::new();
        for item in items {
            self.locals[slot] = item.clone();
            let fits = match &query.filter {
                None => true,
                Some(filter) => self.truth(filter)?,
            };
            match (query.aggregate, fits) {
                (ListAggregate::All, false) => return Ok(Value::Bool(false)),
                (ListAggregate::Any, true) => return Ok(Value::Bool(true)),
                (_, false) => continue,
                (_, true) => {}
            }
            let value = match &query.value {
                None => item,
                Some(value) => self.eval(value)?,
            };
            values.push(value);
            if query.aggregate == ListAggregate::First {
                break;
            }
        }
        let broken = |code| Broken::new(code, e.node);
        Ok(match query.aggregate {
            ListAggregate::Any => Value::Bool(false),
            ListAggregate::All => Value::Bool(true),
            ListAggregate::Count => Value::Int(values.len() as i64),
            ListAggregate::Sum => total(&values, &e.ty).map_err(broken)?,
            ListAggregate::Avg => average(&values, e.ty.known()).map_err(broken)?,
            ListAggregate::Min => pick(&values, Ordering::Less),
            ListAggregate::Max => pick(&values, Ordering::Greater),
            ListAggregate::First => values.first().cloned().unwrap_or(Value::Unknown),
            ListAggregate::Last => values.last().cloned().unwrap_or(Value::Unknown),
        })
    }

    /// The pieces first, in order; then they become one text, which has a bound.
    pub fn concat(&mut self, pieces: &[Piece], node: NodeId) -> Result<String, Broken> {
        let mut texts = Vec::new();
        for piece in pieces {
            texts.push(match piece {
                Piece::Text(text) => text.clone(),
                Piece::Value(e) => {
                    let value = self.eval(e)?;
                    actions::printed(self.program, &value)
                }
                Piece::Format(e, locale) => {
                    let value = self.eval(e)?;
                    actions::printed_for(self.program, &value, locale, self.civil_zone())
                }
            });
        }
        if texts.iter().map(String::len).sum::<usize>() > TEXT_MAX {
            return Err(Broken::new(FaultCode::TooLong, node));
        }
        Ok(texts.concat())
    }
}
