//! What a history asks, in names: a question whose digest is the same in two versions of a program is the same
//! question, and what is kept for it stays. Numbers say nothing here, since each version has its own.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most expressions say nothing beside what is inside of them"
)]

use crate::hir::{Expr, ExprKind, History, LocalId, Pat, Piece, Program};
use crate::lower::walk::children;
use crate::migration::shown;
use crate::versions::own_name;
use journey_program::chance::fingerprint;
use journey_program::types::{EventId, RecordId, Type, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Debug, Write};

pub(super) fn asks(program: &Program, history: &History) -> u128 {
    let mut words = Words {
        program,
        binders: BTreeMap::new(),
        told: BTreeSet::new(),
        out: String::new(),
    };
    words.history(history);
    fingerprint(&words.out)
}

struct Words<'p> {
    program: &'p Program,
    /// variables of list queries, by their first appearance
    binders: BTreeMap<LocalId, usize>,
    /// what has been told in full
    told: BTreeSet<String>,
    out: String,
}

impl Words<'_> {
    fn word(&mut self, word: impl fmt::Display) {
        let _ = write!(self.out, "{word} ");
    }

    fn debug(&mut self, value: &impl Debug) {
        self.word(format_args!("{value:?}"));
    }

    fn history(&mut self, history: &History) {
        self.event(history.event);
        self.debug(&history.question);
        self.path(history.event, &history.value);
        self.debug(&history.window);
        self.debug(&(history.half_life, history.up_to));
        let panes = (history.exact == 0).then_some(history.pane_ms);
        self.debug(&panes);
        if let Some(filter) = &history.filter {
            self.expr(filter);
        }
        if let Some((path, _)) = &history.keyed {
            self.word("keyed");
            self.path(history.event, path);
        }
        let Some(sequence) = &history.sequence else {
            return;
        };
        self.debug(&(sequence.without, sequence.within));
        self.event(sequence.event);
        if let Some([first, second]) = &sequence.same {
            self.path(history.event, first);
            self.path(sequence.event, second);
        }
        if let Some(filter) = &sequence.filter {
            self.expr(filter);
        }
    }

    fn event(&mut self, event: EventId) {
        let name = self.program.events.get(event.index());
        self.word(name.map_or("", |event| &event.name));
    }

    /// A field of an event: the names on the way, and its type.
    fn path(&mut self, event: EventId, path: &[u32]) {
        let record = self.program.events.get(event.index());
        let mut ty = record.map_or(Type::Error, |event| Type::Record(event.record));
        for field in path {
            ty = self.field(&ty, *field);
        }
        if !path.is_empty() {
            self.word(shown(self.program, &ty));
        }
    }

    fn field(&mut self, of: &Type, field: u32) -> Type {
        let record = of.record().map_or(RecordId(u32::MAX), |record| record);
        let record = self.program.records.get(record.index());
        let field = record.and_then(|record| record.fields.get(usize::try_from(field).ok()?));
        self.word(field.map_or("", |field| &field.name));
        field.map_or(Type::Error, |field| field.ty.clone())
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Enum(id, place) => {
                let of = self.program.enums.get(id.index());
                let name = of.and_then(|of| of.values.get(usize::try_from(*place).ok()?));
                self.word(name.map_or("", |name| name));
            }
            Value::Record(_, values) | Value::List(values) => {
                values.iter().for_each(|value| self.value(value));
            }
            other => self.debug(other),
        }
    }

    /// A declaration by the name that its author gave it, with what it says the first time.
    fn told(&mut self, name: &str, body: Option<&Expr>) {
        self.word(own_name(name).0);
        if self.told.insert(name.to_owned()) {
            body.into_iter().for_each(|body| self.expr(body));
        }
    }

    fn expr(&mut self, expr: &Expr) {
        self.word(Head::of(&expr.kind));
        self.own(expr);
        self.word("(");
        if let ExprKind::History(history) = &expr.kind {
            self.history(history);
        } else {
            children(expr, &mut |child| self.expr(child));
        }
        self.word(")");
    }

    /// What an expression says beside those inside of it.
    fn own(&mut self, expr: &Expr) {
        let program = self.program;
        match &expr.kind {
            ExprKind::Value(value) => self.value(value),
            ExprKind::Profile(field) => {
                let ty = self.field(&Type::Record(program.profile.record), *field);
                self.word(shown(program, &ty));
            }
            ExprKind::Field(of, field) => {
                self.field(&of.ty, *field);
                self.word(shown(program, &expr.ty));
            }
            ExprKind::Computed(number) => {
                let place = usize::try_from(*number).unwrap_or(usize::MAX);
                let field = program.profile.lets.get(place);
                let name = field.map_or("", |field| &field.name);
                self.told(&format!("profile.{name}"), field.map(|field| &field.value));
            }
            ExprKind::Call(number, _) => {
                let place = usize::try_from(*number).unwrap_or(usize::MAX);
                let function = program.functions.get(place);
                let name = function.map_or("", |function| &function.name);
                self.told(name, function.map(|function| &function.body));
            }
            ExprKind::InAudience(id) => {
                let audience = program.audiences.get(id.index());
                let name = audience.map_or("", |audience| &audience.name);
                self.told(name, audience.map(|audience| &audience.predicate));
            }
            ExprKind::Consent(purpose, channel) => {
                let purpose = program.purposes.get(purpose.index());
                self.word(purpose.map_or("", |purpose| &purpose.name));
                let channel = channel.and_then(|id| program.channels.get(id.index()));
                self.word(channel.map_or("", |channel| &channel.name));
            }
            ExprKind::Muted(purpose) => {
                let purpose = program.purposes.get(purpose.index());
                self.word(purpose.map_or("", |purpose| &purpose.name));
            }
            ExprKind::Local(local) => self.binder(*local),
            ExprKind::ListQuery(query) => {
                self.debug(&query.aggregate);
                self.binder(query.binder);
            }
            ExprKind::Compare(op, ..) => self.debug(op),
            ExprKind::Arith(op, ..) => self.debug(op),
            ExprKind::Matches(_, regex) => self.word(regex),
            ExprKind::Match(_, arms) => {
                let patterns = arms.iter().flat_map(|(patterns, _)| patterns);
                patterns.for_each(|pattern| self.pattern(pattern));
            }
            ExprKind::Concat(pieces) => pieces.iter().for_each(|piece| match piece {
                Piece::Text(text) | Piece::Format(_, text) => self.debug(text),
                Piece::Value(_) => {}
            }),
            ExprKind::Learned(number, offer) => {
                let place = usize::try_from(*number).unwrap_or(usize::MAX);
                let model = program.learned.get(place);
                self.word(model.map_or("", |model| &model.name));
                let offer = program.offers.get(offer.index());
                self.word(offer.map_or("", |offer| &offer.name));
            }
            ExprKind::Trees(number, _) => {
                let place = usize::try_from(*number).unwrap_or(usize::MAX);
                self.debug(&program.forests.get(place));
            }
            // the rest is its head and what is inside
            _ => {}
        }
    }

    fn binder(&mut self, local: LocalId) {
        let next = self.binders.len();
        let number = *self.binders.entry(local).or_insert(next);
        self.word(number);
    }

    fn pattern(&mut self, pattern: &Pat) {
        match pattern {
            Pat::Value(value) => self.value(value),
            Pat::Range(low, high) => {
                self.value(low);
                self.value(high);
            }
            Pat::Unknown => self.word("unknown"),
            Pat::Else => self.word("else"),
        }
    }
}

/// The name of a variant: the first word of what it prints.
struct Head(String);

impl Head {
    fn of(value: &impl Debug) -> String {
        let mut head = Head(String::new());
        // it stops the printing behind the word
        let _ = write!(head, "{value:?}");
        head.0
    }
}

impl Write for Head {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if !c.is_ascii_alphanumeric() {
                return Err(fmt::Error);
            }
            self.0.push(c);
        }
        Ok(())
    }
}
