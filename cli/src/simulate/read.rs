//! The `[simulation]` section → a model, every name and value of it checked against the program; what is wrong
//! is a problem with its place in the file.

mod follow;
mod seasons;
mod toml;
mod value;

use self::toml::{Item, Problems, get};
use self::value::Around;
use super::model::{Class, Consent, Draw, Habit, Model, Seasons};
use crate::simulate::model::From;
use ::toml::de::DeTable;
use journey_compiler::diagnostics::Diagnostic;
use journey_program::plan::{EventPlan, Program};
use journey_program::types::{EVENT_FIELDS, EventId, FieldDef, PurposeId, Type, Value};
use journey_runtime::intake::convert::Converter;
use std::ops::Range;

pub const PEOPLE_MAX: u64 = 10_000_000;
pub const DAYS_MAX: u64 = 3_660;
/// What is simulated where nobody says so.
const PEOPLE: u64 = 1_000;
const DAYS: u64 = 365;
/// 2026-01-01
pub const FROM: i64 = 20_454;

const KEYS: [&str; 13] = [
    "people", "seed", "from", "days", "arriving", "profile", "consent", "activity", "events",
    "follow", "hours", "weekdays", "months",
];

/// What came of reading a file.
#[derive(Debug)]
pub struct Read {
    /// None: it has no such section, or not all of it can be used
    pub model: Option<Model>,
    /// whether there is a section at all
    pub found: bool,
    pub problems: Vec<Diagnostic>,
}

/// Whether a manifest has such a section at all.
pub fn has_section(text: &str) -> bool {
    let (table, _) = DeTable::parse_recoverable(text);
    table.get_ref().get("simulation").is_some()
}

/// The section of a file, for a program.
pub fn read(file: &str, text: &str, program: &Program) -> Read {
    let mut reader = Reader {
        program,
        problems: Problems {
            file: file.to_owned(),
            found: Vec::new(),
        },
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().lines().next().unwrap_or("not TOML");
        let help = "see https://toml.io for the syntax";
        reader
            .problems
            .report("manifest-syntax", span, message, help);
    }
    let section = table.get_ref().get("simulation");
    let found = section.is_some();
    let model = section.and_then(|item| {
        let section = reader.problems.table(item)?;
        Some(reader.model(section))
    });
    let problems = reader.problems.found;
    Read {
        model: model.filter(|_| problems.is_empty()),
        found,
        problems,
    }
}

struct Reader<'p> {
    program: &'p Program,
    problems: Problems,
}

impl<'p> Reader<'p> {
    fn converter(&self) -> Converter<'p> {
        Converter {
            program: self.program,
            zone: None,
            lenient: false,
        }
    }

    fn model(&mut self, section: &DeTable<'_>) -> Model {
        self.problems
            .known_keys(section, &KEYS, "key of `[simulation]` called");
        let mut count = |name: &str, default: u64, range: (u64, u64)| {
            let item = get(section, name);
            item.and_then(|item| self.problems.count(item, range))
                .unwrap_or(default)
        };
        let people = count("people", PEOPLE, (1, PEOPLE_MAX));
        let seed = count("seed", 1, (0, i64::MAX.unsigned_abs()));
        let days = count("days", DAYS, (1, DAYS_MAX));
        let from = get(section, "from").and_then(|item| {
            let day = self.constant(item, &Type::Date)?;
            if let Value::Date(day) = day {
                Some(day)
            } else {
                None
            }
        });
        let arriving = get(section, "arriving").and_then(|item| self.problems.share(item));
        let seasons = self.seasons(section, Seasons::default());
        Model {
            people,
            seed,
            from: from.unwrap_or(FROM),
            days: u32::try_from(days).unwrap_or(u32::MAX),
            arriving: arriving.unwrap_or(0.0),
            profile: self.profile(section),
            classes: self.classes(section),
            habits: self.habits(section, seasons),
            consents: self.consents(section),
            follows: self.follows(section),
        }
        .with_identifier(self.program)
    }

    /// The fields of the profile that people are drawn with, the identifiers' among them.
    fn profile_fields(&self) -> &'p [FieldDef] {
        let record = self
            .program
            .records
            .get(self.program.profile.record.index());
        record.map_or(&[], |record| &record.fields)
    }

    fn profile(&mut self, section: &DeTable<'_>) -> Vec<(u32, Draw)> {
        let Some(given) = get(section, "profile").and_then(|item| self.problems.table(item)) else {
            return Vec::new();
        };
        let defs = self.profile_fields();
        let names: Vec<&str> = defs.iter().map(|def| def.name.as_str()).collect();
        self.problems
            .known_keys(given, &names, "field of `profile` called");
        let mut draws = Vec::new();
        for (place, def) in (0u32..).zip(defs) {
            let item = get(given, &def.name);
            let draw = item.and_then(|item| self.draw(item, &def.ty, Around::default()));
            draws.extend(draw.map(|draw| (place, draw)));
        }
        draws
    }

    /// `[simulation.activity]`: classes of people with their shares.
    fn classes(&mut self, section: &DeTable<'_>) -> Vec<Class> {
        let everyone = Class {
            name: "everyone".to_owned(),
            share: 1.0,
            factor: 1.0,
        };
        let Some(item) = get(section, "activity") else {
            return vec![everyone];
        };
        let Some(given) = self.problems.table(item) else {
            return vec![everyone];
        };
        let mut classes = Vec::new();
        let mut sum = 0.0;
        for (name, class) in given {
            let Some(table) = self.problems.table(class) else {
                continue;
            };
            let what = "key of a class called";
            self.problems.known_keys(table, &["share", "factor"], what);
            let (Some(share), Some(factor)) = (get(table, "share"), get(table, "factor")) else {
                let message = format!("the class `{}` has no `share` and `factor`", name.get_ref());
                let help = "write `{ share = 0.2, factor = 3 }`";
                self.problems.missing(name.span(), message, help);
                continue;
            };
            let (Some(share), Some(factor)) =
                (self.problems.share(share), self.problems.amount(factor))
            else {
                continue;
            };
            sum += share;
            classes.push(Class {
                name: name.get_ref().to_string(),
                share,
                factor,
            });
        }
        if (sum - 1.0).abs() > 1e-9 && self.problems.found.is_empty() {
            let message = format!("the shares of the classes add up to {sum}, not to 1");
            self.problems.value(item, message, "let them add up to 1");
        }
        if classes.is_empty() {
            classes.push(everyone);
        }
        classes
    }

    /// `[simulation.events.NAME]`
    fn habits(&mut self, section: &DeTable<'_>, seasons: Seasons) -> Vec<Habit> {
        let Some(given) = get(section, "events").and_then(|item| self.problems.table(item)) else {
            return Vec::new();
        };
        let mut habits = Vec::new();
        for (name, item) in given {
            let names = self.events_people_make();
            let Some((_, event)) = names.iter().find(|(known, _)| *known == name.get_ref()) else {
                let known: Vec<&str> = names.iter().map(|(known, _)| *known).collect();
                self.problems
                    .unknown_key(name.get_ref(), name.span(), &known, "event called");
                continue;
            };
            let Some(table) = self.problems.table(item) else {
                continue;
            };
            let keys = ["per_week", "fields", "hours", "weekdays", "months"];
            let what = "key of an event called";
            self.problems.known_keys(table, &keys, what);
            let Some(rate) = get(table, "per_week") else {
                let message = format!("nothing says how often `{}` happens", name.get_ref());
                let help = "add `per_week = 0.5`";
                self.problems.missing(name.span(), message, help);
                continue;
            };
            let per_week = self.problems.amount(rate).unwrap_or(0.0);
            let seasons = self.seasons(table, seasons);
            let around = Around {
                event: true,
                ..Around::default()
            };
            let fields = self.event_fields(*event, table, around, name.span());
            habits.push(Habit {
                event: *event,
                per_week,
                seasons,
                fields,
            });
        }
        habits
    }

    /// Draws of an event's own fields, from the `fields` of a table.
    fn event_fields(
        &mut self,
        event: EventId,
        table: &DeTable<'_>,
        around: Around<'_>,
        at: Range<usize>,
    ) -> Vec<Draw> {
        let given = get(table, "fields").and_then(|item| self.problems.table(item));
        let (name, defs) = self.own_fields(event);
        self.fields(defs, given, around, &(name, at))
    }

    /// An event's name and the fields that it declares.
    fn own_fields(&self, event: EventId) -> (&'p str, &'p [FieldDef]) {
        let Some(plan) = self.program.events.get(event.index()) else {
            return ("", &[]);
        };
        let record = self.program.records.get(plan.record.index());
        let fields = record.and_then(|record| record.fields.get(EVENT_FIELDS.len()..));
        (&plan.name, fields.unwrap_or_default())
    }

    /// Events from outside that are no answers to sends.
    fn events_people_make(&self) -> Vec<(&'p str, EventId)> {
        self.events(|plan| !plan.name.contains('.'))
    }

    fn events(&self, wanted: impl Fn(&EventPlan) -> bool) -> Vec<(&'p str, EventId)> {
        let events = self.program.events.iter().enumerate();
        events
            .filter(|(_, plan)| wanted(plan))
            .map(|(place, plan)| (plan.name.as_str(), EventId::new(place)))
            .collect()
    }

    /// `[simulation.consent]`: `marketing = { share = 0.7, by = "signed_up" }`, or only the share
    fn consents(&mut self, section: &DeTable<'_>) -> Vec<Consent> {
        let Some(given) = get(section, "consent").and_then(|item| self.problems.table(item)) else {
            return Vec::new();
        };
        let mut consents = Vec::new();
        for (name, item) in given {
            let purposes = &self.program.purposes;
            let place = purposes.iter().position(|p| p.name == *name.get_ref());
            let Some(place) = place else {
                let known: Vec<&str> = purposes.iter().map(|p| p.name.as_str()).collect();
                let what = "purpose called";
                self.problems
                    .unknown_key(name.get_ref(), name.span(), &known, what);
                continue;
            };
            let purpose = PurposeId::new(place);
            consents.extend(self.consent(purpose, name.get_ref(), item));
        }
        consents
    }

    fn consent(&mut self, purpose: PurposeId, name: &str, item: &Item<'_>) -> Option<Consent> {
        let rule = self.program.purposes.get(purpose.index())?.consent;
        let granted = match rule {
            journey_program::plan::ConsentRule::OptIn => true,
            journey_program::plan::ConsentRule::OptOut => false,
            journey_program::plan::ConsentRule::NotNeeded => {
                let message = format!("`{name}` needs no consent");
                self.problems.value(item, message, "leave it out");
                return None;
            }
        };
        let table = item.get_ref().as_table();
        let share = match table {
            None => self.problems.share(item)?,
            Some(table) => {
                let what = "key of a consent called";
                self.problems
                    .known_keys(table, &["share", "by", "fields"], what);
                let Some(share) = get(table, "share") else {
                    let message = format!("nothing says how many agree to `{name}`");
                    self.problems
                        .missing(item.span(), message, "add `share = 0.7`");
                    return None;
                };
                self.problems.share(share)?
            }
        };
        let changes = |plan: &EventPlan| {
            plan.consents
                .iter()
                .any(|change| change.purpose == purpose && change.granted == granted)
        };
        let known = self.events(|plan| !plan.name.contains('.') && changes(plan));
        let event = self.said_by(&known, name, granted, item)?;
        let around = Around {
            event: true,
            ..Around::default()
        };
        let nothing = DeTable::new();
        let fields = self.event_fields(event, table.unwrap_or(&nothing), around, item.span());
        Some(Consent {
            purpose,
            share: if granted { share } else { 1.0 - share },
            event,
            fields,
        })
    }

    /// The event that says it: the one of `by`, or the only one.
    fn said_by(
        &mut self,
        known: &[(&str, EventId)],
        name: &str,
        granted: bool,
        item: &Item<'_>,
    ) -> Option<EventId> {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let done = if granted { "grants" } else { "revokes" };
        if let Some(by) = item.get_ref().as_table().and_then(|table| get(table, "by")) {
            let wanted = self.problems.text(by)?;
            let found = known.iter().find(|(known, _)| *known == wanted);
            if found.is_none() {
                let what = format!("event that {done} `{name}` called");
                self.problems.unknown_value(wanted, by, &names, &what);
            }
            return found.map(|(_, event)| *event);
        }
        let [(_, event)] = known else {
            let (message, help) = if known.is_empty() {
                let message = format!("no event {done} `{name}`");
                (message, "declare one in the purpose".to_owned())
            } else {
                let message = format!("more than one event {done} `{name}`");
                let help = format!("say which: `by = \"{}\"`", names.join("\"` or `\""));
                (message, help)
            };
            self.problems.value(item, message, help);
            return None;
        };
        Some(*event)
    }
}

impl Model {
    /// Without a word about identifiers, the strongest is `u1`, `u2`, ….
    fn with_identifier(mut self, program: &Program) -> Self {
        let identifiers = &program.profile.identifiers;
        let named = identifiers
            .iter()
            .any(|plan| self.profile.iter().any(|(field, _)| *field == plan.field));
        if let (false, Some(strongest)) = (named, identifiers.first()) {
            use super::model::Piece;
            let draw = Draw {
                unknown: 0.0,
                from: From::Pattern(vec![Piece::Text("u".to_owned()), Piece::Person]),
            };
            self.profile.insert(0, (strongest.field, draw));
        }
        self
    }
}
