//! A program that explains itself: the same functions, which besides note what their expressions come to. Places,
//! texts and layouts keep the numbers of the program that it explains, so that a state of one is one of the other.

use super::generate::{Generate, Val};
use super::tables::Tables;
use crate::hir::{Expr, ExprKind};
use journey_program::host::HostOp;
use journey_program::ir::Ty;
use journey_program::notes::{NoteKind, NotePlan};
use journey_program::plan::Program;
use journey_program::types::{SiteId, Type};

/// Nothing of this is asked why: contents of messages, histories' filters, when time may turn something.
const QUIET: [&str; 3] = [".feed", ".next", "event."];

/// A program that notes, and what its notes are.
#[derive(Debug)]
pub struct Explained {
    pub program: Program,
    pub notes: Vec<NotePlan>,
}

impl Tables<'_> {
    /// Whether a function of this name notes anything.
    pub(super) fn is_quiet(&self, name: &str) -> bool {
        let [feed, next, event] = QUIET;
        self.notes.is_none()
            || name.ends_with(feed)
            || name.ends_with(next)
            || name.starts_with(event)
            || (name.contains(".send.") && !name.ends_with(".prefer"))
    }
}

impl Generate<'_, '_> {
    /// The number of the note of an expression that is worth one.
    pub(super) fn begin_note(&mut self, expr: &Expr) -> Option<u32> {
        if self.env.quiet || self.tables.notes.is_none() {
            return None;
        }
        let kind = kind(expr)?;
        let site = self.tables.site(self.env.decl, expr.node);
        let plan = NotePlan {
            site,
            around: self.env.note,
            kind,
            ty: expr.ty.clone(),
            audience: self.env.audience,
        };
        let notes = self.tables.notes.as_mut()?;
        notes.push(plan);
        u32::try_from(notes.len() - 1).ok()
    }

    pub(super) fn note(&mut self, number: u32, value: Val, ty: &Type) {
        let op = match self.ty_of(ty) {
            Ty::Bool => HostOp::NoteBool,
            Ty::Int => HostOp::NoteInt,
            Ty::Num => HostOp::NoteNum,
            Ty::Text => HostOp::NoteText,
            Ty::List | Ty::Ref => return,
        };
        let known = self.known(value);
        let number = self.code.int(i64::from(number));
        self.code.call(op, &[number, known, value.reg], SiteId(0));
    }
}

/// None: a constant, a record as a whole, or what only reads another value differently.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest has a value to tell"
)]
fn kind(expr: &Expr) -> Option<NoteKind> {
    match &expr.kind {
        ExprKind::Value(_)
        | ExprKind::Event
        | ExprKind::Entry
        | ExprKind::Narrow(_)
        | ExprKind::Some(_)
        | ExprKind::Widen(_)
        | ExprKind::List(_)
        | ExprKind::Record(..)
        | ExprKind::Concat(_)
        | ExprKind::Join(_)
        | ExprKind::Escape(_) => None,
        ExprKind::And(..) => Some(NoteKind::All),
        ExprKind::Or(..) => Some(NoteKind::Any),
        ExprKind::Not(_) => Some(NoteKind::Not),
        _ if *expr.ty.known() == Type::Bool => Some(NoteKind::Test),
        _ => Some(NoteKind::Value),
    }
}
