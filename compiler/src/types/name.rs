//! Names: what a path means where it stands. In a `where` bare names are the event's fields, elsewhere the
//! variables and the profile's fields; declarations come last; an enum's values go by the expected type.

use super::coerce::plain;
use super::suggest::nearest;
use super::words::{dotted, type_name};
use super::{Checker, Meaning, Place, Problem};
use crate::hir::{self, ExprKind as Hir, LocalId};
use crate::world::Entity;
use journey_grammar::tree::{Name, Span};
use journey_program::types::{EVENT_FIELDS, EventId, PurposeId, RecordId, Type, Value};

/// What the beginning of a path is: a value, and how many names it took.
pub(crate) enum Root {
    Value(hir::Expr, usize),
    /// it has been reported, or it must not be
    Failed,
    /// no such name
    Unknown,
}

impl Checker<'_> {
    /// A path as a value. `narrow`: read as known what flow has proved known.
    pub(crate) fn path(
        &mut self,
        names: &[Name],
        span: Span,
        expected: Option<&Type>,
        narrow: bool,
    ) -> hir::Expr {
        if names.iter().any(Name::is_missing) {
            return self.failed(span);
        }
        let Some(first) = names.first() else {
            return self.failed(span);
        };
        if names.len() == 1
            && let Some(value) = self.expected_value(first, expected)
        {
            return value;
        }
        if let Some(value) = self.enum_path(names, span) {
            return value;
        }
        let (mut value, used) = match self.root(names, span) {
            Root::Value(value, used) => (value, used),
            Root::Failed => return self.failed(span),
            Root::Unknown => {
                if !expected.is_some_and(|t| *t.known() == Type::Error) {
                    self.report_unknown_name(first, expected);
                }
                return self.failed(span);
            }
        };
        let rest = names.get(used..).unwrap_or_default();
        for (i, name) in rest.iter().enumerate() {
            value = self.narrowed(value);
            if value.ty.is_optional() {
                let so_far = names.get(..used + i).unwrap_or_default();
                let at = first.span.to(so_far.last().map_or(first.span, |n| n.span));
                let words = dotted(so_far);
                self.report(
                    Problem::new(
                        "maybe-unknown",
                        at,
                        format!("`{words}` may be unknown here"),
                    )
                    .help(format!("ask `known {words}` first")),
                );
                value = super::facts::narrow(value);
            }
            value = self.field(value, name);
        }
        if narrow { self.narrowed(value) } else { value }
    }

    /// A value of the expected enum; a variable of that very name and type comes before it.
    fn expected_value(&mut self, name: &Name, expected: Option<&Type>) -> Option<hir::Expr> {
        let Type::Enum(id) = *expected?.known() else {
            return None;
        };
        let values = &self.world.enums.get(id.index())?.values;
        let place = values.iter().position(|v| *v == name.text)?;
        let shadowed = self
            .local(&name.text)
            .is_some_and(|(_, ty)| *ty.known() == Type::Enum(id));
        if shadowed {
            return None;
        }
        let value = Value::Enum(id, u32::try_from(place).ok()?);
        self.read(name, Meaning::Value(id), Type::Enum(id));
        Some(self.constant_value(name.span, Type::Enum(id), value))
    }

    /// `tier.gold`, also where a field or variable bears the enum's name: only a record has something after `.`.
    fn enum_path(&mut self, names: &[Name], span: Span) -> Option<hir::Expr> {
        let [first, value] = names else {
            return None;
        };
        let Some(Entity::Enum(id)) = self.world.names.get(&first.text) else {
            return None;
        };
        let (problems, spans) = (self.problems.len(), self.spans.len());
        let reads = self.reads.len();
        let bare = self.root(std::slice::from_ref(first), span);
        self.problems.truncate(problems);
        self.spans.truncate(spans);
        self.reads.truncate(reads);
        if matches!(&bare, Root::Value(e, _) if matches!(e.ty.known(), Type::Record(_))) {
            return None;
        }
        let values = &self.world.enums.get(id.index())?.values;
        match values.iter().position(|v| *v == value.text) {
            Some(place) => {
                let constant = Value::Enum(*id, u32::try_from(place).ok()?);
                self.means(first, Meaning::Declared);
                self.read(value, Meaning::Value(*id), Type::Enum(*id));
                Some(self.constant_value(span, Type::Enum(*id), constant))
            }
            None => {
                self.report_no_value(*id, value);
                Some(self.failed(span))
            }
        }
    }

    /// The innermost variable of a name.
    pub(crate) fn local(&self, name: &str) -> Option<(LocalId, &Type)> {
        let (_, id) = self.scope.locals.iter().rev().find(|(n, _)| n == name)?;
        let local = self.locals.get(usize::try_from(id.0).ok()?)?;
        Some((*id, &local.ty))
    }

    /// The event in whose `where` we stand.
    pub(crate) fn event_here(&self) -> Option<EventId> {
        match self.place {
            Place::Where { event } | Place::HistoryWhere { event } => Some(event),
            Place::Profile { .. }
            | Place::Function
            | Place::Message
            | Place::Journey { .. }
            | Place::Constant => None,
        }
    }

    fn root(&mut self, names: &[Name], span: Span) -> Root {
        let Some(first) = names.first() else {
            return Root::Failed;
        };
        let text = first.text.as_str();
        let local = self.local(text).map(|(id, ty)| (id, plain(ty)));
        if let Some((id, ty)) = &local
            && self.binders.contains(id)
        {
            self.read(first, Meaning::Local, ty.clone());
            return Root::Value(self.make(first.span, ty.clone(), Hir::Local(*id)), 1);
        }
        if let (true, Some(part)) = (text == "loop", names.get(1))
            && let Some((id, ty)) = self.local(&format!("loop.{}", part.text))
        {
            let (ty, span) = (ty.clone(), first.span.to(part.span));
            self.means(first, Meaning::BuiltIn);
            self.read(part, Meaning::BuiltIn, ty.clone());
            return Root::Value(self.make(span, ty, Hir::Local(id)), 2);
        }
        match self.builtin(names, span) {
            Root::Unknown => {}
            found => return found,
        }
        if let Some(event) = self.event_here()
            && let Some((field, ty)) = self.event_field(event, text)
        {
            if let Some(sig) = self.world.events.get(event.index()) {
                self.read(first, Meaning::Field(sig.record), ty.clone());
            }
            let value = self.event_value(event, first.span);
            let value = self.make(first.span, ty, Hir::Field(Box::new(value), field));
            return Root::Value(value, 1);
        }
        if let Some((id, ty)) = local {
            self.read(first, Meaning::Local, ty.clone());
            if matches!(self.place, Place::HistoryWhere { .. }) {
                self.report_outer(text, first.span);
                return Root::Failed;
            }
            return Root::Value(self.make(first.span, ty, Hir::Local(id)), 1);
        }
        if let Some((field, ty)) = self.start_parameter(text) {
            self.read(first, Meaning::Local, ty.clone());
            if matches!(self.place, Place::HistoryWhere { .. }) {
                self.report_outer(text, first.span);
                return Root::Failed;
            }
            let record = self
                .scope
                .entry
                .and_then(|e| self.world.events.get(e.index()));
            let record = record.map_or(Type::Error, |event| Type::Record(event.record));
            let entry = self.make(first.span, record, Hir::Entry);
            let value = self.make(first.span, ty, Hir::Field(Box::new(entry), field));
            return Root::Value(value, 1);
        }
        if matches!(
            self.place,
            Place::Profile { .. } | Place::Message | Place::Journey { .. }
        ) && let Some(value) = self.profile_member(text, first.span)
        {
            self.read(first, Meaning::Profile, value.ty.clone());
            return Root::Value(value, 1);
        }
        if let Some(result) = self.send_result(names, span) {
            return result;
        }
        self.declaration(names, span)
    }

    /// `profile.x`, `entry`, `event.x`, `consent.P`, `now`, `today`.
    fn builtin(&mut self, names: &[Name], span: Span) -> Root {
        let (Some(first), second) = (names.first(), names.get(1)) else {
            return Root::Failed;
        };
        let mark = self.reads.len();
        self.means(first, Meaning::BuiltIn);
        let root = self.builtin_root(names, first, second, span);
        if matches!(root, Root::Unknown) {
            self.reads.truncate(mark);
        }
        root
    }

    fn builtin_root(
        &mut self,
        names: &[Name],
        first: &Name,
        second: Option<&Name>,
        span: Span,
    ) -> Root {
        match (first.text.as_str(), second) {
            ("now", None) => self.clock_value(span, Type::Time, Hir::Now),
            ("today", None) => self.clock_value(span, Type::Date, Hir::Today),
            ("profile", Some(field)) => self.profile_root(first.span.to(field.span), field),
            ("entry", _) => self.entry_root(first.span),
            ("offer", _) if self.candidate.is_some() => match self.candidate_value(first.span) {
                Some(value) => Root::Value(value, 1),
                None => Root::Failed,
            },
            ("event", Some(_)) => match self.event_here() {
                Some(event) => Root::Value(self.event_value(event, first.span), 1),
                None => Root::Unknown,
            },
            ("consent", Some(_)) => self.consent(names, span),
            ("muted", Some(purpose)) => self.muted(purpose, span),
            _ => Root::Unknown,
        }
    }

    fn clock_value(&mut self, span: Span, ty: Type, kind: Hir) -> Root {
        if self.reads_nothing(span, "the clock") {
            return Root::Failed;
        }
        Root::Value(self.make(span, ty, kind), 1)
    }

    /// Functions and constants read what they are given; reports when we stand in one.
    fn reads_nothing(&mut self, span: Span, what: &str) -> bool {
        let (whose, help) = match self.place {
            Place::Function => ("a function", "pass it as a parameter"),
            Place::Constant => (
                "a constant",
                "a constant is made of literals and other constants",
            ),
            Place::Profile { .. }
            | Place::Where { .. }
            | Place::HistoryWhere { .. }
            | Place::Message
            | Place::Journey { .. } => return false,
        };
        self.report(
            Problem::new(
                "not-readable-here",
                span,
                format!("{whose} can't read {what}"),
            )
            .help(help),
        );
        true
    }

    fn profile_root(&mut self, span: Span, field: &Name) -> Root {
        if self.reads_nothing(span, "the profile") {
            return Root::Failed;
        }
        if let Some(value) = self.profile_member(&field.text, span) {
            self.read(field, Meaning::Profile, value.ty.clone());
            return Root::Value(value, 2);
        }
        let near = nearest(&field.text, self.profile_names());
        let mut problem = Problem::new(
            "unknown-field",
            field.span,
            format!("the profile has no field `{}`", field.text),
        );
        if let Some(near) = near {
            problem = did_you_mean(problem, field.span, near);
        }
        self.report(problem);
        Root::Failed
    }

    fn profile_names(&self) -> Vec<&str> {
        let fields = self
            .world
            .profile_fields()
            .fields
            .iter()
            .map(|f| f.name.as_str());
        fields
            .chain(
                self.world
                    .profile
                    .lets
                    .iter()
                    .map(|(name, _)| name.as_str()),
            )
            .collect()
    }

    /// A field of the profile, declared or computed.
    pub(crate) fn profile_member(&mut self, name: &str, span: Span) -> Option<hir::Expr> {
        let fields = &self.world.profile_fields().fields;
        if let Some(i) = fields.iter().position(|f| f.name == name) {
            let ty = plain(&fields.get(i)?.ty);
            return Some(self.make(span, ty, Hir::Profile(u32::try_from(i).ok()?)));
        }
        let lets = &self.world.profile.lets;
        let i = lets.iter().position(|(n, _)| n == name)?;
        let ty = plain(&lets.get(i)?.1);
        Some(self.make(span, ty, Hir::Computed(u32::try_from(i).ok()?)))
    }

    fn entry_root(&mut self, span: Span) -> Root {
        if matches!(self.place, Place::HistoryWhere { .. }) && self.scope.entry.is_some() {
            self.report_outer("entry", span);
            return Root::Failed;
        }
        match self
            .scope
            .entry
            .and_then(|e| self.world.events.get(e.index()))
        {
            Some(event) => {
                let ty = Type::Record(event.record);
                let kind = if self.snapshot {
                    Hir::Event
                } else {
                    Hir::Entry
                };
                Root::Value(self.make(span, ty, kind), 1)
            }
            None if matches!(self.place, Place::Journey { .. }) => {
                self.report(
                    Problem::new("no-entry", span, "this journey is not entered by an event")
                        .help("`entry` is the event of `enter on EVENT`"),
                );
                Root::Failed
            }
            None => Root::Unknown,
        }
    }

    pub(crate) fn event_value(&mut self, event: EventId, span: Span) -> hir::Expr {
        let record = self.world.events.get(event.index()).map(|e| e.record);
        let ty = record.map_or(Type::Error, Type::Record);
        self.make(span, ty, Hir::Event)
    }

    pub(crate) fn event_field(&self, event: EventId, name: &str) -> Option<(u32, Type)> {
        let record = self.world.events.get(event.index())?.record;
        self.record_field(record, name)
    }

    pub(crate) fn record_field(&self, record: RecordId, name: &str) -> Option<(u32, Type)> {
        let fields = &self.world.records.get(record.index())?.fields;
        let i = fields.iter().position(|f| f.name == name)?;
        Some((u32::try_from(i).ok()?, plain(&fields.get(i)?.ty)))
    }

    fn purpose_named(&mut self, name: &Name) -> Option<PurposeId> {
        match self.world.names.get(&name.text) {
            Some(Entity::Purpose(id)) => {
                self.means(name, Meaning::Declared);
                Some(*id)
            }
            Some(Entity::Opaque) => None,
            _ => {
                let known: Vec<&str> = self.world.purposes.iter().map(String::as_str).collect();
                self.report_no_such("purpose", name, &known);
                None
            }
        }
    }

    /// `muted.PURPOSE`
    fn muted(&mut self, purpose: &Name, span: Span) -> Root {
        if self.reads_nothing(span, "what is muted") {
            return Root::Failed;
        }
        match self.purpose_named(purpose) {
            Some(id) => Root::Value(self.make(span, Type::Bool, Hir::Muted(id)), 2),
            None => Root::Failed,
        }
    }

    /// What the journey was started with: `enter on start(NAME: TYPE)`.
    pub(crate) fn start_parameter(&self, name: &str) -> Option<(u32, Type)> {
        let entry = self.scope.entry?;
        let started = self.world.starts.iter().flatten().any(|id| *id == entry);
        let found = self.event_field(entry, name).filter(|_| started)?;
        usize::try_from(found.0)
            .is_ok_and(|field| field >= EVENT_FIELDS.len())
            .then_some(found)
    }

    /// `consent.PURPOSE`, `consent.PURPOSE.CHANNEL`
    fn consent(&mut self, names: &[Name], span: Span) -> Root {
        if self.reads_nothing(span, "consent") {
            return Root::Failed;
        }
        let (Some(purpose), channel) = (names.get(1), names.get(2)) else {
            return Root::Failed;
        };
        let Some(purpose) = self.purpose_named(purpose) else {
            return Root::Failed;
        };
        let channel = match channel.map(|c| (c, self.world.names.get(&c.text))) {
            None => None,
            Some((name, Some(Entity::Channel(id)))) => {
                self.means(name, Meaning::Declared);
                Some(*id)
            }
            Some((_, Some(Entity::Opaque))) => return Root::Failed,
            Some((name, _)) => {
                let known: Vec<&str> = self
                    .world
                    .channels
                    .iter()
                    .map(|c| c.name.as_str())
                    .collect();
                self.report_no_such("channel", name, &known);
                return Root::Failed;
            }
        };
        let used = if channel.is_some() { 3 } else { 2 };
        Root::Value(
            self.make(span, Type::Bool, Hir::Consent(purpose, channel)),
            used,
        )
    }

    /// Declarations: constants, audiences.
    fn declaration(&mut self, names: &[Name], span: Span) -> Root {
        let (Some(first), second) = (names.first(), names.get(1)) else {
            return Root::Failed;
        };
        let Some(entity) = self.world.names.get(&first.text) else {
            return Root::Unknown;
        };
        self.means(first, Meaning::Declared);
        match (entity, second) {
            (Entity::Const(id), _) => {
                let Some(sig) = usize::try_from(*id)
                    .ok()
                    .and_then(|i| self.world.consts.get(i))
                else {
                    return Root::Failed;
                };
                let (ty, value) = (plain(&sig.ty), sig.value.clone());
                Root::Value(self.constant_value(first.span, ty, value), 1)
            }
            (Entity::Audience(id), None) => {
                if self.reads_nothing(span, "an audience") {
                    return Root::Failed;
                }
                Root::Value(self.make(span, Type::Bool, Hir::InAudience(*id)), 1)
            }
            (Entity::Model(at), _) => {
                if self.reads_nothing(span, "a model") {
                    return Root::Failed;
                }
                let found = usize::try_from(*at).ok();
                let sig = found.and_then(|at| self.world.profile.lets.get(at));
                let ty = sig.map_or(Type::Error, |(_, ty)| plain(ty));
                Root::Value(self.make(first.span, ty, Hir::Computed(*at)), 1)
            }
            (Entity::Offer(id), _) => match self.world.offer_value(*id) {
                Some((ty, value)) => Root::Value(self.constant_value(first.span, ty, value), 1),
                None => Root::Failed,
            },
            (Entity::Opaque, _) => Root::Failed,
            (entity, _) => {
                self.report_not_a_value(*entity, first);
                Root::Failed
            }
        }
    }

    /// `.name` of a record.
    pub(crate) fn field(&mut self, base: hir::Expr, name: &Name) -> hir::Expr {
        if name.is_missing() || base.ty == Type::Error {
            return self.failed(name.span);
        }
        let base_span = usize::try_from(base.node.0)
            .ok()
            .and_then(|i| self.spans.get(i))
            .copied();
        let span = base_span.map_or(name.span, |s| s.to(name.span));
        if let Type::Offer(id) = base.ty {
            self.means(name, Meaning::OfferField(id));
            return self.offer_field(base, id, name, span);
        }
        let Type::Record(record) = base.ty else {
            let found = type_name(self.world, &base.ty);
            let message = format!("`{found}` has no fields");
            self.report(Problem::new("unknown-field", name.span, message));
            return self.failed(span);
        };
        let Some((field, ty)) = self.record_field(record, &name.text) else {
            self.report_no_field(record, name);
            return self.failed(span);
        };
        self.read(name, Meaning::Field(record), ty.clone());
        if let Hir::Value(Value::Record(_, values)) = &base.kind
            && let Some(value) = usize::try_from(field).ok().and_then(|i| values.get(i))
        {
            let value = value.clone();
            return self.constant_value(span, ty, value);
        }
        self.make(span, ty, Hir::Field(Box::new(base), field))
    }
}

/// Names the likely one and offers to write it.
pub(crate) fn did_you_mean(problem: Problem, span: Span, near: &str) -> Problem {
    problem
        .help(format!("did you mean `{near}`?"))
        .fix(format!("write `{near}`"), vec![(span, near.to_owned())])
}
