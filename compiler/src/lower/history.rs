//! Histories: each question once, however often it is asked. Reading one is a load of its slot in the profile,
//! or in the instance where it counts since the entry or a send; kept per value or since a field, the host answers.

use super::generate::{Generate, Val};
use super::walk;
use crate::hir::{DeclId, Expr, History, NodeId, Program, Question, Window};
use journey_program::host::HostOp;
use journey_program::ir::{Cmp, Reg, Space, Ty};
use journey_program::layout::Layouter;
use journey_program::plan::{
    FieldSlot, HistoryAggregate, HistoryPlan, HistoryWindow, Layout, RecallSince, SequencePlan,
};
use journey_program::types::{EventId, HistoryId, SiteId, Type};
use std::collections::BTreeMap;

/// A history that the profile keeps, its filter still an expression.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) plan: HistoryPlan,
    pub(super) filter: Option<Expr>,
    /// of its sequence's second event
    pub(super) second: Option<Expr>,
    /// where the filter stands
    pub(super) decl: DeclId,
    /// the answer's type: its slot's, or what the host is asked for
    answer: Type,
}

#[derive(Debug, Default)]
pub(super) struct Histories {
    pub(super) all: Vec<Kept>,
    numbers: BTreeMap<String, usize>,
}

/// Which aggregate a question is: `any` and `no` ask for a count.
pub(super) fn aggregate(question: Question) -> HistoryAggregate {
    match question {
        Question::Any | Question::No => HistoryAggregate::Count,
        Question::Aggregate(aggregate) => aggregate,
    }
}

/// The expression without its places in the source: equal questions of two declarations are one.
pub(crate) fn without_places(expr: &Expr) -> Expr {
    let mut expr = expr.clone();
    strip(&mut expr);
    expr
}

fn strip(expr: &mut Expr) {
    expr.node = NodeId(0);
    walk::children_mut(expr, &mut strip);
}

/// Where `Window` is a profile's: the plan's window. None: since the entry or a send, of an instance.
fn window(window: &Window) -> Option<HistoryWindow> {
    match window {
        Window::Ever => Some(HistoryWindow::Ever),
        Window::Last(ms) => Some(HistoryWindow::Last(*ms)),
        Window::LastSpan(span) => Some(HistoryWindow::LastSpan(*span)),
        Window::ThisDay => Some(HistoryWindow::ThisDay),
        Window::ThisWeek => Some(HistoryWindow::ThisWeek),
        Window::ThisMonth => Some(HistoryWindow::ThisMonth),
        Window::Since(instant) => Some(HistoryWindow::Since(*instant)),
        Window::SinceField(_) => Some(HistoryWindow::SinceArgument),
        Window::SinceEnter | Window::SinceStep(_) => None,
    }
}

/// What makes two questions one: all but how many instants each keeps exactly.
fn signature(history: &History, window: HistoryWindow) -> String {
    let filter = history.filter.as_ref().map(without_places);
    let keyed = history.keyed.as_ref().map(|(path, _)| path);
    let panes = (history.exact == 0).then_some(history.pane_ms);
    let kind = aggregate(history.question);
    let sequence = sequence_signature(history);
    format!(
        "{:?} {kind:?} {:?} {window:?} {panes:?} {} {} {keyed:?} {filter:?} {sequence:?}",
        history.event, history.value, history.up_to, history.half_life
    )
}

fn sequence_signature(history: &History) -> Option<String> {
    history.sequence.as_ref().map(|sequence| {
        let filter = sequence.filter.as_ref().map(without_places);
        let (within, same) = (sequence.within, &sequence.same);
        format!(
            "{} {:?} {within:?} {same:?} {filter:?}",
            sequence.without, sequence.event
        )
    })
}

/// The type of the field at a path inside an event's record; of a count, an int.
pub(super) fn type_at(program: &Program, event: EventId, path: &[u32]) -> Type {
    let Some(event) = program.events.get(event.index()) else {
        return Type::Int;
    };
    let mut ty = Type::Record(event.record);
    if path.is_empty() {
        return Type::Int;
    }
    for field in path {
        let Type::Record(record) = ty.known() else {
            return Type::Int;
        };
        let field = usize::try_from(*field).unwrap_or(usize::MAX);
        let record = program.records.get(record.index());
        let Some(next) = record.and_then(|record| record.fields.get(field)) else {
            return Type::Int;
        };
        ty = next.ty.clone();
    }
    ty.known().base()
}

/// What the engine is told of a question: its answer has no place yet.
pub(super) fn question(program: &Program, history: &History, window: HistoryWindow) -> HistoryPlan {
    HistoryPlan {
        asks: super::asked::asks(program, history),
        event: history.event,
        aggregate: aggregate(history.question),
        value: history.value.clone(),
        ty: match aggregate(history.question) {
            HistoryAggregate::AvgGap | HistoryAggregate::MedianGap => Type::Duration,
            HistoryAggregate::Decayed => Type::Number,
            HistoryAggregate::Count
            | HistoryAggregate::Sum
            | HistoryAggregate::Avg
            | HistoryAggregate::Min
            | HistoryAggregate::Max
            | HistoryAggregate::First
            | HistoryAggregate::Last
            | HistoryAggregate::Distinct
            | HistoryAggregate::Top => type_at(program, history.event, &history.value),
        },
        window,
        exact: history.exact,
        pane_ms: history.pane_ms,
        up_to: history.up_to,
        slot: None,
        keyed: history.keyed.as_ref().map(|(path, _)| path.clone()),
        sequence: history.sequence.as_ref().map(|sequence| SequencePlan {
            without: sequence.without,
            event: sequence.event,
            within: sequence.within,
            same: sequence.same.clone(),
            lateness: program.settings.lateness_ms,
        }),
        half_life: history.half_life,
        everyone: program
            .events
            .get(history.event.index())
            .is_some_and(|event| event.broadcast),
    }
}

/// The type in which an answer is kept: `any` and `no` count.
pub(super) fn answer_type(history: &History, asked: &Type) -> Type {
    match history.question {
        Question::Any | Question::No => Type::Int,
        Question::Aggregate(_) => asked.clone(),
    }
}

impl Histories {
    /// A question that the program asks, whose answer has the type `asked`.
    pub(super) fn note(
        &mut self,
        program: &Program,
        decl: DeclId,
        history: &History,
        asked: &Type,
    ) {
        let Some(window) = window(&history.window) else {
            return;
        };
        let signature = signature(history, window);
        if let Some(number) = self.numbers.get(&signature) {
            if let Some(kept) = self.all.get_mut(*number) {
                kept.plan.exact = kept.plan.exact.max(history.exact);
            }
            return;
        }
        let answer = answer_type(history, asked);
        self.numbers.insert(signature, self.all.len());
        self.all.push(Kept {
            plan: question(program, history, window),
            filter: history.filter.clone(),
            second: history.sequence.as_ref().and_then(|s| s.filter.clone()),
            decl,
            answer,
        });
    }

    /// Gives every answer that is a plain load its slot in the profile's block.
    pub(super) fn place(&mut self, layouter: &mut Layouter, layouts: &[Layout]) {
        for kept in &mut self.all {
            let asked_with = kept.plan.window == HistoryWindow::SinceArgument;
            // what decays is another value at each instant
            let decays = kept.plan.aggregate == HistoryAggregate::Decayed;
            if !asked_with && !decays && kept.plan.keyed.is_none() {
                kept.plan.slot = Some(layouter.slot(&kept.answer, layouts));
            }
        }
    }

    pub(super) fn find(&self, history: &History) -> Option<(HistoryId, &Kept)> {
        let number = *self
            .numbers
            .get(&signature(history, window(&history.window)?))?;
        Some((HistoryId::new(number), self.all.get(number)?))
    }
}

/// A history of an instance: its signature, for finding its slot among the journey's recalls.
pub(super) fn recall_signature(history: &History, since: RecallSince) -> String {
    let filter = history.filter.as_ref().map(without_places);
    let keyed = history
        .keyed
        .as_ref()
        .map(|(path, outer)| (path, without_places(outer)));
    let sequence = sequence_signature(history);
    format!(
        "{:?} {:?} {:?} {since:?} {} {} {keyed:?} {filter:?} {sequence:?}",
        history.event,
        aggregate(history.question),
        history.value,
        history.up_to,
        history.half_life
    )
}

impl Generate<'_, '_> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "one window is asked with an instant"
    )]
    pub(super) fn history(&mut self, expr: &Expr, history: &History) -> Val {
        let site = self.site(expr.node);
        let answer = match history.window {
            Window::SinceEnter | Window::SinceStep(_) => self.recalled(history),
            _ => self.kept(history, &expr.ty, site),
        };
        match history.question {
            Question::Any => self.counted(answer.reg, Cmp::Gt),
            Question::No => self.counted(answer.reg, Cmp::Eq),
            Question::Aggregate(_) => answer,
        }
    }

    fn counted(&mut self, count: Reg, op: Cmp) -> Val {
        Val::sure(self.compare_const(op, count, 0))
    }

    fn recalled(&mut self, history: &History) -> Val {
        match self.recall_slot(history) {
            Some(slot) => self.load_slot(Space::Instance, 0, &slot),
            None => Val::sure(self.code.int(0)),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "one window is asked with an instant"
    )]
    fn kept(&mut self, history: &History, asked: &Type, site: SiteId) -> Val {
        let Some((id, kept)) = self.tables.histories.find(history) else {
            return Val::sure(self.code.int(0));
        };
        if let Some(slot) = kept.plan.slot.clone() {
            return self.load_slot(Space::Profile, 0, &slot);
        }
        let answer = answer_type(history, asked);
        let key = history
            .keyed
            .as_ref()
            .map(|(_, outer)| (self.expr(outer).reg, outer.ty.known().clone()));
        let since = match history.window {
            Window::SinceField(field) => Some(self.since_field(field)),
            _ => None,
        };
        let number = self.code.int(i64::from(id.0));
        match since {
            Some(since) => self.code.call(HostOp::SinceBegin, &[number, since], site),
            None => self.code.call(HostOp::KeyedBegin, &[number], site),
        };
        if let Some((key, ty)) = key {
            self.push_key(key, &ty, site);
        }
        self.keyed_answer(&answer, site)
    }

    fn push_key(&mut self, key: Reg, ty: &Type, site: SiteId) {
        let op = match (ty, self.code.ty(key)) {
            (Type::Text, _) => HostOp::KeyText,
            (_, Ty::Bool) => HostOp::KeyBool,
            _ => HostOp::KeyInt,
        };
        self.code.call(op, &[key], site);
    }

    /// A field that is unknown begins nothing: the instant is never.
    pub(super) fn since_field(&mut self, field: u32) -> Reg {
        let time = self.profile_field(field);
        match time.known {
            Some(known) => {
                let never = self.code.int(i64::MAX);
                self.select(known, time.reg, never)
            }
            None => time.reg,
        }
    }

    fn keyed_answer(&mut self, ty: &Type, site: SiteId) -> Val {
        let known = ty
            .is_optional()
            .then(|| self.code.call(HostOp::KeyedKnown, &[], site));
        let reg = match self.ty_of(ty) {
            Ty::Num => self.code.call(HostOp::KeyedNum, &[], site),
            Ty::Text => self.code.call(HostOp::KeyedText, &[], site),
            Ty::Bool => {
                let word = self.code.call(HostOp::KeyedInt, &[], site);
                self.compare_const(Cmp::Ne, word, 0)
            }
            Ty::Int | Ty::List | Ty::Ref => self.code.call(HostOp::KeyedInt, &[], site),
        };
        Val { reg, known }
    }

    fn recall_slot(&self, history: &History) -> Option<FieldSlot> {
        let journey = self.env.journey.as_ref()?;
        let since = journey.since(&history.window)?;
        journey
            .recalls
            .get(&recall_signature(history, since))
            .cloned()
    }
}
