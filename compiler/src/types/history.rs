//! Histories: what a person did. The longest dotted path is the event and perhaps its field; the window and
//! the aggregate decide what is kept.

use super::fold::pane_ms;
use super::keyed::Filter;
use super::list::{aggregate_word, is_loose};
use super::literal::{DAY_MS, MINUTE_MS};
use super::name::did_you_mean;
use super::suggest::nearest;
use super::words::{dotted, type_name};
use super::{Checker, Meaning, Place, Problem};
use crate::hir::{self, ExprKind as Hir, Question, Window};
use crate::world::Entity;
use journey_grammar::tree::{Aggregate, Expr, History, Name, Span, WindowKind};
use journey_program::plan::HistoryAggregate;
use journey_program::types::{EventId, RecordId, Type, Value};

/// How many values `distinct` tells apart where the author names no bound.
const DISTINCT_MAX: u32 = 1_000;
/// How many of the newest events inside a window a median gap looks at.
const MEDIAN_OF: u32 = 16;
/// The largest bound that an author may name.
const DISTINCT_LIMIT: i64 = 10_000;

impl Checker<'_> {
    pub(crate) fn history(&mut self, history: &History, span: Span, paren: bool) -> hir::Expr {
        let aggregate = history.aggregate;
        let plain_type = match aggregate {
            Aggregate::Any | Aggregate::No => Type::Bool,
            Aggregate::Count | Aggregate::Distinct => Type::Int,
            Aggregate::DecayedSum | Aggregate::DecayedCount => Type::Number,
            Aggregate::AvgGap | Aggregate::MedianGap => Type::Duration.optional(),
            _ => Type::Error,
        };
        // without an event it may be no history at all, and that has been said
        let named = !history.path.is_empty() && !history.path.iter().any(Name::is_missing);
        if named && self.no_history_here(span) {
            return self.failed_as(span, plain_type);
        }
        if !paren && history.window.is_none() && history.filter.as_ref().is_some_and(is_loose) {
            self.report_runs_on(span);
        }
        let Some((event, used)) = self.history_event(&history.path) else {
            return self.failed_as(span, plain_type);
        };
        let rest = history.path.get(used..).unwrap_or_default();
        let value = self.history_value(event, rest);
        let window = self.window(history);
        // since an entry or a send an instance remembers what it met: there is a person then
        let own = matches!(window, Some(Window::SinceEnter | Window::SinceStep(_)));
        self.of_nobody = self.is_broadcast(event) && !own;
        let Filter { filter, keyed } = self.history_filter(history.filter.as_ref(), event);
        self.of_nobody = false;
        let half_life = self.half_life(history, span);
        let sequence = match &history.sequence {
            None => Some(None),
            Some(sequence) => self.sequence(sequence, event, window.as_ref()).map(Some),
        };
        let asked = self.question(history, rest, value.as_ref().map(|v| &v.1), span);
        let panes = self.panes(history, window.as_ref());
        let up_to = self.up_to(history);
        let (Some((question, ty)), Some(window), Some((value, _))) = (asked, window, value) else {
            return self.failed_as(span, plain_type);
        };
        let (Some(sequence), Some(half_life)) = (sequence, half_life) else {
            return self.failed_as(span, plain_type);
        };
        // the newest instants themselves tell whether there is one, and which is the last
        let exact = match question {
            Question::Any
            | Question::No
            | Question::Aggregate(HistoryAggregate::First | HistoryAggregate::Last) => 1,
            Question::Aggregate(HistoryAggregate::MedianGap) => MEDIAN_OF,
            Question::Aggregate(_) => 0,
        };
        let kind = hir::History {
            question,
            event,
            value,
            filter,
            keyed,
            sequence,
            half_life,
            pane_ms: panes.unwrap_or_else(|| default_pane(&window)),
            window,
            exact,
            up_to,
        };
        self.make(span, ty, Hir::History(Box::new(kind)))
    }

    /// Histories are asked where a person is; reports where there is none.
    fn no_history_here(&mut self, span: Span) -> bool {
        let in_list = self
            .scope
            .locals
            .iter()
            .any(|(_, id)| self.binders.contains(id));
        let (code, message) = match self.place {
            Place::Function | Place::Constant => (
                "not-readable-here",
                "only what knows the person can ask a history",
            ),
            Place::Where { .. } if self.snapshot && !in_list => return false,
            Place::Where { .. } | Place::HistoryWhere { .. } => {
                ("history-in-where", "a history can't stand inside a `where`")
            }
            Place::Profile { .. } | Place::Message | Place::Journey { .. } if in_list => {
                ("history-in-where", "a history can't stand inside a `where`")
            }
            Place::Profile { .. } | Place::Message | Place::Journey { .. } => return false,
        };
        let problem = Problem::new(code, span, message);
        self.report(
            problem.help("give it a name on the profile: `let orders = count order_placed`"),
        );
        true
    }

    /// The event that a path begins with, and how many of its names that takes.
    pub(super) fn history_event(&mut self, path: &[Name]) -> Option<(EventId, usize)> {
        if path.iter().any(Name::is_missing) {
            return None;
        }
        let first = path.first()?;
        if let Some(second) = path.get(1) {
            let full = format!("{}.{}", first.text, second.text);
            if let Some(i) = self.world.events.iter().position(|e| e.name == full) {
                self.means(first, Meaning::Declared);
                self.means(second, Meaning::Outcome(EventId::new(i)));
                return Some((EventId::new(i), 2));
            }
            if let Some(event) = self.step_sent(first, second) {
                self.means(first, Meaning::Local);
                self.means(second, Meaning::BuiltIn);
                return Some((event, 2));
            }
            if self.is_send(&first.text) {
                self.report_no_history_of_send(first, second);
                return None;
            }
        }
        match self.world.names.get(&first.text) {
            Some(Entity::Event(id)) => {
                self.means(first, Meaning::Declared);
                return Some((*id, 1));
            }
            Some(Entity::Opaque) => return None,
            Some(Entity::Message(_)) => {
                self.report_only_sent(first, path.get(1));
                return None;
            }
            Some(Entity::Channel(id)) => {
                self.report_no_outcome(id.index(), first, path.get(1));
                return None;
            }
            _ => {}
        }
        let events = self.world.events.iter().map(|e| e.name.as_str());
        let message = format!("there is no event `{}`", first.text);
        let problem = Problem::new("unknown-name", first.span, message);
        let problem = match nearest(&first.text, events) {
            Some(near) => did_you_mean(problem, first.span, near),
            None => problem,
        };
        self.report(problem);
        None
    }

    fn report_no_outcome(&mut self, channel: usize, name: &Name, outcome: Option<&Name>) {
        let Some(channel) = self.world.channels.get(channel) else {
            return;
        };
        let Some(outcome) = outcome else {
            let message = format!("`{}` is a channel: name an outcome of it", name.text);
            self.report(Problem::new("not-a-value", name.span, message));
            return;
        };
        let known = channel.outcomes.iter().map(|o| o.name.as_str());
        let known: Vec<&str> = known.chain(["sent"]).collect();
        self.report_no_such(&format!("outcome of `{}`", name.text), outcome, &known);
    }

    /// The field that is summed, counted apart, …: its path and type.
    pub(super) fn history_value(
        &mut self,
        event: EventId,
        path: &[Name],
    ) -> Option<(Vec<u32>, Type)> {
        let record = self.world.events.get(event.index())?.record;
        self.field_path(record, path)
    }

    /// A path of fields through records, none of them unknown on the way.
    fn field_path(&mut self, record: RecordId, path: &[Name]) -> Option<(Vec<u32>, Type)> {
        let mut ty = Type::Record(record);
        let mut numbers = Vec::with_capacity(path.len());
        for name in path {
            let Type::Record(record) = ty else {
                let found = type_name(self.world, &ty);
                let message = format!("`{found}` has no fields");
                self.report(Problem::new("unknown-field", name.span, message));
                return None;
            };
            let Some((field, field_ty)) = self.record_field(record, &name.text) else {
                self.report_no_field(record, name);
                return None;
            };
            self.read(name, Meaning::Field(record), field_ty.clone());
            numbers.push(field);
            ty = field_ty;
        }
        if ty == Type::Error {
            None
        } else {
            Some((numbers, ty))
        }
    }

    /// A question that takes events, not a field of them.
    fn of_events(&mut self, aggregate: Aggregate, rest: &[Name]) -> Option<(Question, Type)> {
        let word = aggregate_word(aggregate);
        if let (Some(first), Some(last)) = (rest.first(), rest.last()) {
            self.report(
                Problem::new(
                    "bad-query",
                    first.span.to(last.span),
                    format!("`{word}` asks for events, not for a field of them"),
                )
                .help("`distinct` counts the values of a field"),
            );
            return None;
        }
        Some(match aggregate {
            Aggregate::Any => (Question::Any, Type::Bool),
            Aggregate::No => (Question::No, Type::Bool),
            Aggregate::DecayedCount => {
                (Question::Aggregate(HistoryAggregate::Decayed), Type::Number)
            }
            Aggregate::AvgGap => (
                Question::Aggregate(HistoryAggregate::AvgGap),
                Type::Duration.optional(),
            ),
            Aggregate::MedianGap => (
                Question::Aggregate(HistoryAggregate::MedianGap),
                Type::Duration.optional(),
            ),
            _ => (Question::Aggregate(HistoryAggregate::Count), Type::Int),
        })
    }

    /// The question, and the type of its answer.
    fn question(
        &mut self,
        history: &History,
        rest: &[Name],
        value: Option<&Type>,
        span: Span,
    ) -> Option<(Question, Type)> {
        let word = aggregate_word(history.aggregate);
        let aggregate = match history.aggregate {
            Aggregate::Any
            | Aggregate::No
            | Aggregate::Count
            | Aggregate::DecayedCount
            | Aggregate::AvgGap
            | Aggregate::MedianGap => {
                return self.of_events(history.aggregate, rest);
            }
            Aggregate::All => {
                self.report(
                    Problem::new(
                        "bad-query",
                        span,
                        "`all` asks a list, not what a person did",
                    )
                    .help("`no EVENT where not …` says the same of events"),
                );
                return None;
            }
            Aggregate::DecayedSum => HistoryAggregate::Decayed,
            Aggregate::Sum => HistoryAggregate::Sum,
            Aggregate::Avg => HistoryAggregate::Avg,
            Aggregate::Min => HistoryAggregate::Min,
            Aggregate::Max => HistoryAggregate::Max,
            Aggregate::First => HistoryAggregate::First,
            Aggregate::Last => HistoryAggregate::Last,
            Aggregate::Distinct => HistoryAggregate::Distinct,
            Aggregate::Top => HistoryAggregate::Top,
        };
        let Some(last) = rest.last() else {
            let path = dotted(&history.path);
            self.report(
                Problem::new(
                    "bad-query",
                    span,
                    format!("`{word}` takes a field of the event"),
                )
                .help(format!("write `{word} {path}.FIELD`")),
            );
            return None;
        };
        if aggregate == HistoryAggregate::Decayed {
            let value = value?;
            if matches!(value.known().base(), Type::Int | Type::Number) {
                return Some((Question::Aggregate(aggregate), Type::Number));
            }
            self.report_type("`decayed sum` takes an int or a number", value, last.span);
            return None;
        }
        let ty = self.aggregate_type(word, value?, last.span)?;
        if matches!(ty.known(), Type::List(_) | Type::Record(_)) {
            self.report_type(&format!("`{word}` takes a single value"), &ty, last.span);
            return None;
        }
        Some((Question::Aggregate(aggregate), ty))
    }

    fn window(&mut self, history: &History) -> Option<Window> {
        let Some(window) = &history.window else {
            return Some(Window::Ever);
        };
        match &window.kind {
            WindowKind::Last(length) => {
                let (ty, value) = self.constant(length, None)?;
                match value {
                    Value::Duration(ms) if ms > 0 => Some(Window::Last(ms)),
                    Value::Span(s) if s.months >= 0 && s.days >= 0 && s.months + s.days > 0 => {
                        Some(Window::LastSpan(s))
                    }
                    Value::Duration(_) | Value::Span(_) => {
                        self.report(Problem::new(
                            "empty-range",
                            length.span,
                            "this window is empty",
                        ));
                        None
                    }
                    _ => {
                        self.report_type(
                            "a window has a length such as `30 days`",
                            &ty,
                            length.span,
                        );
                        None
                    }
                }
            }
            WindowKind::Calendar(unit) => match unit.text.as_str() {
                "day" => Some(Window::ThisDay),
                "week" => Some(Window::ThisWeek),
                "month" => Some(Window::ThisMonth),
                "" => None,
                other => {
                    let message = format!("there is no window of this calendar {other}");
                    self.report(
                        Problem::new("bad-query", unit.span, message)
                            .help("`in this calendar` goes with day, week and month"),
                    );
                    None
                }
            },
            WindowKind::SinceEnter => {
                if matches!(self.place, Place::Journey { .. }) {
                    return Some(Window::SinceEnter);
                }
                let message = "`since enter` has a meaning in a journey only";
                self.report(Problem::new("bad-query", window.span, message));
                None
            }
            WindowKind::Since(begin) => self.since(begin),
        }
    }

    /// `since STEP`, `since FIELD`, `since TIME`
    fn since(&mut self, begin: &Expr) -> Option<Window> {
        if let Some(name) = super::expr::single(begin) {
            let step = self
                .scope
                .steps
                .iter()
                .rev()
                .find(|(step, _)| *step == name.text);
            if let Some((_, step)) = step {
                return Some(Window::SinceStep(*step));
            }
        }
        let value = self.infer(begin, Some(&Type::Time));
        let value = self.need_known(begin, value, None);
        let mut inner = &value;
        while let Hir::Narrow(open) = &inner.kind {
            inner = open;
        }
        match (&value.ty, &inner.kind) {
            (Type::Error, _) => None,
            (Type::Time, Hir::Value(Value::Time(ms))) => Some(Window::Since(*ms)),
            (Type::Time, Hir::Profile(field)) => Some(Window::SinceField(*field)),
            (Type::Time, _) => {
                self.report(
                    Problem::new("bad-query", begin.span, "a window begins at a fixed place").help(
                        "`since` takes a constant time, a field of the profile, a send or `enter`",
                    ),
                );
                None
            }
            _ => {
                let ty = value.ty.clone();
                self.report_type("`since` takes a time", &ty, begin.span);
                None
            }
        }
    }

    fn panes(&mut self, history: &History, window: Option<&Window>) -> Option<i64> {
        let panes = history.panes.as_ref()?;
        let ms = self.duration_ms(panes)?;
        if !(1_000..=31 * DAY_MS).contains(&ms) {
            self.report(
                Problem::new(
                    "out-of-range",
                    panes.span,
                    "a pane lasts from a second to 31 days",
                )
                .help("leave it out, and the window's length decides"),
            );
            return None;
        }
        if window.is_some_and(is_civil) {
            self.report(
                Problem::new(
                    "bad-query",
                    panes.span,
                    "a civil window has panes of a quarter of an hour",
                )
                .help("leave it out, or count in a duration: `in last 31 days in panes of 1 day`"),
            );
            return None;
        }
        Some(ms)
    }

    fn up_to(&mut self, history: &History) -> u32 {
        let default = match history.aggregate {
            Aggregate::Distinct | Aggregate::Top => DISTINCT_MAX,
            _ => 0,
        };
        let Some(bound) = &history.up_to else {
            return default;
        };
        if history.aggregate != Aggregate::Distinct {
            self.report(Problem::new(
                "bad-query",
                bound.span,
                "`up to` bounds `distinct` only",
            ));
            return default;
        }
        match self.constant(bound, Some(&Type::Int)) {
            Some((_, Value::Int(n))) if (1..=DISTINCT_LIMIT).contains(&n) => {
                u32::try_from(n).unwrap_or(default)
            }
            Some(_) => {
                let message = format!("this bound lies in `1..{DISTINCT_LIMIT}`");
                self.report(Problem::new("out-of-range", bound.span, message));
                default
            }
            None => default,
        }
    }
}

/// Wherever a person is, a civil day begins with one.
const QUARTER_MS: i64 = 15 * MINUTE_MS;

/// The pane that a window's length asks for; what is never let go of is kept by days.
fn default_pane(window: &Window) -> i64 {
    match window {
        Window::Last(ms) => pane_ms(*ms),
        // of no zone, so that they stand when the person's changes
        Window::LastSpan(_) | Window::ThisDay | Window::ThisWeek | Window::ThisMonth => QUARTER_MS,
        Window::Ever
        | Window::SinceEnter
        | Window::SinceStep(_)
        | Window::Since(_)
        | Window::SinceField(_) => DAY_MS,
    }
}

fn is_civil(window: &Window) -> bool {
    matches!(
        window,
        Window::LastSpan(_) | Window::ThisDay | Window::ThisWeek | Window::ThisMonth
    )
}
