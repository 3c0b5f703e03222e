//! The canonical envelope, `{"type","id","at","ids","data"}`: an event, an outcome of a send, a write to the
//! profile, or the clock. It says exactly what it means: no text stands for a number, no time lacks its zone.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "JSON has six kinds of value and no seventh"
)]

use crate::input::{EventInput, Identifiers, Input, ProfileInput};
use crate::intake::convert::{Converter, Refusal};
use crate::intake::dead::{DeadLetter, Reason};
use crate::intake::json::Json;
use crate::intake::suggest::nearest;
use journey_program::plan::{EventPlan, Program};
use journey_program::types::{EVENT_FIELDS, EventId, RecordId, Value};
use std::collections::BTreeMap;

/// How many different names of unknown fields are told apart; the rest is counted together.
const EXTRA_NAMES_MAX: usize = 1_000;
const ENVELOPE: [&str; 5] = ["type", "id", "at", "ids", "data"];

/// Fields that came and that nobody declared: where they stood, how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    counts: BTreeMap<String, BTreeMap<String, u64>>,
    names: usize,
}

impl Extra {
    fn count(&mut self, inside: &str, name: &str) {
        if let Some(count) = self
            .counts
            .get_mut(inside)
            .and_then(|names| names.get_mut(name))
        {
            *count += 1;
            return;
        }
        let room = self.names < EXTRA_NAMES_MAX;
        self.names += usize::from(room);
        let name = if room { name } else { "…" };
        let names = self.counts.entry(inside.into()).or_default();
        *names.entry(name.into()).or_default() += 1;
    }

    /// `order_placed.colour` and how often, in order.
    pub fn iter(&self) -> impl Iterator<Item = (String, u64)> {
        self.counts.iter().flat_map(|(inside, names)| {
            names
                .iter()
                .map(move |(name, count)| (format!("{inside}.{name}"), *count))
        })
    }
}

#[derive(Debug)]
pub struct Canonical<'p> {
    converter: Converter<'p>,
    events: BTreeMap<&'p str, EventId>,
    pub extra: Extra,
}

type Refused = (String, Refusal);

impl<'p> Canonical<'p> {
    pub fn new(program: &'p Program) -> Self {
        // `MESSAGE.sent` is the engine's own: nobody reports it from outside
        let reported = |plan: &EventPlan| {
            plan.outcome.is_some() || plan.decided.is_some() || !plan.name.contains('.')
        };
        let events = program.events.iter().enumerate();
        let events = events.filter(|(_, plan)| reported(plan));
        Self {
            converter: Converter {
                program,
                zone: None,
                lenient: false,
            },
            events: events
                .map(|(place, plan)| (plan.name.as_str(), EventId::new(place)))
                .collect(),
            extra: Extra::default(),
        }
    }

    /// `id` is the record's hash, should it have none of its own.
    pub fn read(
        &mut self,
        record: &Json<'_>,
        arrived: i64,
        id: impl FnOnce() -> String,
    ) -> Result<Input, Box<DeadLetter>> {
        let Json::Object(envelope) = record else {
            let message = format!("an event is a JSON object, this is {}", record.kind());
            return Err(Box::new(DeadLetter::new(0, Reason::NotARecord, message)));
        };
        let kind = match record.field("type") {
            Some(Json::Text(kind)) => kind.as_ref(),
            other => {
                let found = Refusal::of(other.unwrap_or(&Json::Null), "the name of an event");
                return Err(letter("", ("type".into(), found)));
            }
        };
        for (name, _) in envelope {
            if !ENVELOPE.contains(&name.as_ref()) {
                self.extra.count("envelope", name);
            }
        }
        self.typed(kind, record, arrived, id)
    }

    fn typed(
        &mut self,
        kind: &str,
        record: &Json<'_>,
        arrived: i64,
        id: impl FnOnce() -> String,
    ) -> Result<Input, Box<DeadLetter>> {
        let refused = |refused| letter(kind, refused);
        if kind == "@clock" {
            let at = record.field("at").unwrap_or(&Json::Null);
            let at = self
                .converter
                .time(at)
                .map_err(|refusal| refused(("at".into(), refusal)))?;
            return Ok(Input::Clock(at));
        }
        let event = self.events.get(kind).copied();
        if event.is_none() && kind != "profile" {
            return Err(self.unknown(kind));
        }
        let at = self.at(record, arrived).map_err(refused)?;
        let mut ids = self.ids(record.field("ids")).map_err(refused)?;
        if event.is_some_and(|event| self.converter.is_broadcast(event)) {
            // it belongs to nobody, whoever sent it
            ids.clear();
        } else if ids.is_empty() {
            let mut letter =
                DeadLetter::new(0, Reason::NoIdentifier, "the record identifies nobody");
            letter.event = Some(kind.into());
            return Err(Box::new(letter));
        }
        let id = match record.field("id") {
            None | Some(Json::Null) => id(),
            Some(Json::Text(text)) if text.is_empty() => id(),
            Some(Json::Text(text)) => text.to_string(),
            Some(other) => return Err(refused(("id".into(), Refusal::of(other, "a text")))),
        };
        let nothing = Json::Object(Vec::new());
        let data = match record.field("data") {
            None | Some(Json::Null) => &nothing,
            Some(data @ Json::Object(_)) => data,
            Some(other) => return Err(refused(("data".into(), Refusal::of(other, "an object")))),
        };
        let source = String::new();
        match event {
            Some(event) => {
                let fields = self.event_fields(event, data).map_err(refused)?;
                Ok(Input::Event(EventInput {
                    event,
                    id,
                    at,
                    source,
                    ids,
                    fields,
                }))
            }
            None => {
                let writes = self.writes(data).map_err(refused)?;
                Ok(Input::Profile(ProfileInput {
                    id,
                    at,
                    source,
                    ids,
                    writes,
                }))
            }
        }
    }

    fn unknown(&self, kind: &str) -> Box<DeadLetter> {
        let names = self.events.keys().copied().chain(["profile", "@clock"]);
        let help = nearest(kind, names).map(|near| format!(", did you mean `{near}`?"));
        let message = format!(
            "no event is called `{}`{}",
            cut(kind),
            help.unwrap_or_default()
        );
        Box::new(DeadLetter::new(0, Reason::UnknownType, message))
    }

    fn at(&self, record: &Json<'_>, arrived: i64) -> Result<i64, Refused> {
        match record.field("at") {
            None | Some(Json::Null) => Ok(arrived),
            Some(at) => self
                .converter
                .time(at)
                .map_err(|refusal| ("at".into(), refusal)),
        }
    }

    fn ids(&mut self, ids: Option<&Json<'_>>) -> Result<Identifiers, Refused> {
        let fields = match ids {
            None | Some(Json::Null) => return Ok(Identifiers::new()),
            Some(Json::Object(fields)) => fields,
            Some(other) => return Err(("ids".into(), Refusal::of(other, "an object"))),
        };
        let known = &self.converter.program.profile.identifiers;
        let mut taken = Identifiers::new();
        for (name, value) in fields {
            let place = known.iter().position(|plan| plan.name == *name);
            let Some(place) = place.and_then(|place| u32::try_from(place).ok()) else {
                self.extra.count("ids", name);
                continue;
            };
            match value {
                Json::Null => {}
                Json::Text(text) if text.is_empty() => {}
                Json::Text(text) => taken.push((place, text.to_string())),
                other => return Err((format!("ids.{name}"), Refusal::of(other, "a text"))),
            }
        }
        taken.sort_by_key(|(place, _)| *place);
        // of a key that stands twice the last counts
        taken.reverse();
        taken.dedup_by_key(|(place, _)| *place);
        taken.reverse();
        Ok(taken)
    }

    fn count_extra(&mut self, record: RecordId, from: usize, data: &Json<'_>) {
        let Json::Object(given) = data else { return };
        let Some(def) = self.converter.program.records.get(record.index()) else {
            return;
        };
        for (name, _) in given {
            if !def
                .fields
                .iter()
                .skip(from)
                .any(|field| field.name == *name)
            {
                self.extra.count(&def.name, name);
            }
        }
    }

    fn event_fields(&mut self, event: EventId, data: &Json<'_>) -> Result<Vec<Value>, Refused> {
        let program = self.converter.program;
        let Some(plan) = program.events.get(event.index()) else {
            return Ok(Vec::new());
        };
        let Some(def) = program.records.get(plan.record.index()) else {
            return Ok(Vec::new());
        };
        let mut fields = Vec::with_capacity(def.fields.len());
        for field in def.fields.iter().skip(EVENT_FIELDS.len()) {
            let value = data.field(&field.name);
            let value = self
                .converter
                .field(value, &field.ty, field.default.as_ref());
            fields.push(value.map_err(|refusal| (field.name.clone(), refusal))?);
        }
        self.count_extra(plan.record, EVENT_FIELDS.len(), data);
        Ok(fields)
    }

    fn writes(&mut self, data: &Json<'_>) -> Result<Vec<(u32, Value)>, Refused> {
        let program = self.converter.program;
        let record = program.profile.record;
        let Some(def) = program.records.get(record.index()) else {
            return Ok(Vec::new());
        };
        let mut writes = Vec::new();
        for (place, field) in (0u32..).zip(&def.fields) {
            let Some(value) = data.field(&field.name) else {
                continue;
            };
            let value = self.converter.field(Some(value), &field.ty, None);
            writes.push((
                place,
                value.map_err(|refusal| (field.name.clone(), refusal))?,
            ));
        }
        self.count_extra(record, 0, data);
        Ok(writes)
    }
}

fn letter(kind: &str, (field, refusal): Refused) -> Box<DeadLetter> {
    let missing = refusal.value.is_none();
    let reason = if missing {
        Reason::MissingField
    } else {
        Reason::BadValue
    };
    let mut letter = DeadLetter::new(0, reason, refusal.message(&field));
    letter.event = (!kind.is_empty()).then(|| kind.into());
    letter.field = Some(field + &refusal.path);
    letter.value = refusal.value;
    Box::new(letter)
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}
