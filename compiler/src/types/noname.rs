//! What is said of a name that means nothing where it stands, with the likely one.

use super::name::did_you_mean;
use super::suggest::nearest;
use super::words::type_name;
use super::{Checker, Place, Problem};
use crate::world::Entity;
use journey_grammar::tree::{Name, Span};
use journey_program::types::{EnumId, RecordId, Type};

impl Checker<'_> {
    pub(crate) fn report_unknown_name(&mut self, name: &Name, expected: Option<&Type>) {
        if let Some(Type::Enum(id)) = expected.map(Type::known) {
            let values = self
                .world
                .enums
                .get(id.index())
                .map_or(&[][..], |e| &e.values);
            if nearest(&name.text, values.iter().map(String::as_str)).is_some() {
                self.report_no_value(*id, name);
                return;
            }
        }
        if let Some(place) = self.elsewhere.get(&name.text).copied() {
            self.report(super::step::not_set(name, place));
            return;
        }
        let problem = Problem::new(
            "unknown-name",
            name.span,
            format!("there is no `{}` here", name.text),
        );
        let problem = if let Some(place) = self.profile_only(&name.text) {
            match self.place {
                Place::Function | Place::Constant => {
                    problem.help("it is a field of the profile: pass it as a parameter")
                }
                Place::Profile { .. }
                | Place::Where { .. }
                | Place::HistoryWhere { .. }
                | Place::Message
                | Place::Journey { .. } => problem
                    .help(format!(
                        "bare names are the event's fields here: the person's is `{place}`"
                    ))
                    .fix(format!("write `{place}`"), vec![(name.span, place)]),
            }
        } else if let Some(near) = nearest(&name.text, self.visible(&name.text)) {
            did_you_mean(problem, name.span, near)
        } else if let Some(of) = self.value_of_enum(&name.text) {
            let full = format!("{of}.{}", name.text);
            problem
                .help(format!("it is a value of `{of}`"))
                .fix(format!("write `{full}`"), vec![(name.span, full)])
        } else {
            problem
        };
        self.report(problem);
    }

    /// `profile.x` where only the profile has the name and bare names mean something else.
    pub(crate) fn profile_only(&self, name: &str) -> Option<String> {
        let elsewhere =
            self.event_here().is_some() || matches!(self.place, Place::Function | Place::Constant);
        let fields = &self.world.profile_fields().fields;
        let has = fields.iter().any(|f| f.name == name)
            || self.world.profile.lets.iter().any(|(n, _)| n == name);
        (elsewhere && has).then(|| format!("profile.{name}"))
    }

    fn value_of_enum(&self, name: &str) -> Option<&str> {
        let found = self
            .world
            .enums
            .iter()
            .find(|e| e.values.iter().any(|v| v == name))?;
        Some(&found.name)
    }

    /// Every name that would mean something here.
    fn visible(&self, name: &str) -> Vec<&str> {
        let mut names: Vec<&str> = self.scope.locals.iter().map(|(n, _)| n.as_str()).collect();
        if let Some(event) = self.event_here() {
            let record = self.world.events.get(event.index()).map(|e| e.record);
            let record = record.and_then(|r| self.world.records.get(r.index()));
            names.extend(
                record
                    .iter()
                    .flat_map(|r| r.fields.iter().map(|f| f.name.as_str())),
            );
        }
        if matches!(
            self.place,
            Place::Profile { .. } | Place::Message | Place::Journey { .. }
        ) {
            names.extend(
                self.world
                    .profile_fields()
                    .fields
                    .iter()
                    .map(|f| f.name.as_str()),
            );
            names.extend(self.world.profile.lets.iter().map(|(n, _)| n.as_str()));
        }
        names.extend(self.world.near(name).filter_map(|(name, entity)| {
            matches!(
                entity,
                Entity::Const(_) | Entity::Audience(_) | Entity::Enum(_) | Entity::Offer(_)
            )
            .then_some(name)
        }));
        names.extend(["now", "today", "entry", "profile"]);
        names
    }

    /// A purpose, channel, … that isn't declared.
    pub(crate) fn report_no_such(&mut self, what: &str, name: &Name, known: &[&str]) {
        let message = format!("there is no {what} `{}`", name.text);
        let problem = Problem::new("unknown-name", name.span, message);
        let problem = match nearest(&name.text, known.iter().copied()) {
            Some(near) => did_you_mean(problem, name.span, near),
            None if known.is_empty() => problem,
            None => problem.help(format!("declared: {}", listed(known.iter().copied()))),
        };
        self.report(problem);
    }

    pub(crate) fn report_no_value(&mut self, id: EnumId, name: &Name) {
        let Some(def) = self.world.enums.get(id.index()) else {
            return;
        };
        let message = format!("`{}` has no value `{}`", def.name, name.text);
        let problem = Problem::new("unknown-value", name.span, message);
        let values = def.values.iter().map(String::as_str);
        let problem = match nearest(&name.text, values.clone()) {
            Some(near) => did_you_mean(problem, name.span, near),
            None => problem.help(format!("its values are {}", listed(values))),
        };
        self.report(problem);
    }

    pub(crate) fn report_no_field(&mut self, record: RecordId, name: &Name) {
        let Some(def) = self.world.records.get(record.index()) else {
            return;
        };
        let message = format!("`{}` has no field `{}`", def.name, name.text);
        let problem = Problem::new("unknown-field", name.span, message);
        let fields = def.fields.iter().map(|f| f.name.as_str());
        let problem = match nearest(&name.text, fields.clone()) {
            Some(near) => did_you_mean(problem, name.span, near),
            None => problem.help(format!("its fields are {}", listed(fields))),
        };
        self.report(problem);
    }

    /// A declaration that exists and is no value.
    pub(crate) fn report_not_a_value(&mut self, entity: Entity, name: &Name) {
        if self.event_here().is_some() && self.profile_only(&name.text).is_some() {
            self.report_unknown_name(name, None);
            return;
        }
        let word = &name.text;
        let (what, help) = match entity {
            Entity::Event(_) => (
                "an event",
                Some(format!(
                    "ask for what the person did: `any {word} in last 7 days`"
                )),
            ),
            Entity::Enum(id) => {
                let value = self
                    .world
                    .enums
                    .get(id.index())
                    .and_then(|e| e.values.first());
                (
                    "an enum",
                    value.map(|v| format!("name one of its values: `{word}.{v}`")),
                )
            }
            Entity::Record(_) => (
                "a type",
                Some(format!("make one with `{word}(field: value)`")),
            ),
            Entity::Function(_) => ("a function", Some(format!("call it: `{word}(…)`"))),
            Entity::Purpose(_) => ("a purpose", Some(format!("ask `consent.{word}`"))),
            Entity::Channel(_) => ("a channel", None),
            Entity::Message(_) => ("a message", None),
            Entity::Journey(_) => ("a journey", None),
            Entity::Limit => ("a limit", None),
            Entity::Holdout => ("a holdout", None),
            Entity::Conversion(_) => ("a conversion", None),
            Entity::Measure => ("a measure", None),
            Entity::Audience(_) => ("an audience, a bool without fields", None),
            Entity::OfferType(_) => ("an offer type", None),
            Entity::Model(_) => ("a model", None),
            Entity::Learned(_) => ("a model of offers", Some(format!("ask `{word}(offer)`"))),
            Entity::Table(_) => (
                "a table: read a column of it",
                Some(format!("write `{}(KEY).COLUMN`", name.text)),
            ),
            Entity::Offer(_) => ("an offer", None),
            Entity::Group(_) => ("a group of offers", None),
            Entity::Decision(_) => (
                "a decision",
                Some(format!("a step makes it: `decide pick = {word}(…)`")),
            ),
            Entity::Const(_) => ("a constant", None),
            Entity::Opaque => return,
        };
        let mut problem = Problem::new(
            "not-a-value",
            name.span,
            format!("`{word}` is {what}, no value"),
        );
        if let Some(help) = help {
            problem = problem.help(help);
        }
        self.report(problem);
    }

    /// A value from outside in a history's `where`.
    pub(crate) fn report_outer(&mut self, what: &str, span: Span) {
        self.report(
            Problem::new(
                "history-reads-outer",
                span,
                format!("the `where` of a history can't read `{what}`"),
            )
            .help("a value from outside may only stand as `FIELD == value`, once, beside other conditions"),
        );
    }

    /// A value of a type that has no place there.
    pub(crate) fn report_type(&mut self, what: &str, found: &Type, span: Span) {
        let found = type_name(self.world, found);
        self.report(Problem::new(
            "type-mismatch",
            span,
            format!("{what}, this is `{found}`"),
        ));
    }
}

/// The first few names of a list, in back-ticks.
pub(crate) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 8;
    let all: Vec<&str> = names.collect();
    let mut text: Vec<String> = all.iter().take(SHOWN).map(|n| format!("`{n}`")).collect();
    if all.len() > SHOWN {
        text.push("…".to_owned());
    }
    text.join(", ")
}
