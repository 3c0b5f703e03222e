//! The model's own lines out: an action as JSON, keys in the order of the interface.

use super::Model;
use super::deploying::own;
use journey_compiler::hir::{DeclId, NodeId, Program};
use journey_program::civil::Zone;
use journey_program::show;
use journey_program::types::{RecordId, Span, Value};
use journey_runtime::host::locale;
use std::collections::BTreeMap;

/// One action, growing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: String,
    pub at: i64,
    pub profile: String,
    journey: Option<(String, Option<String>)>,
    rest: String,
}

impl Line {
    pub fn new(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            at: 0,
            profile: String::new(),
            journey: None,
            rest: String::new(),
        }
    }
    pub fn text(self, key: &str, value: &str) -> Self {
        let value = quoted(value);
        self.raw(key, &value)
    }
    pub fn raw(mut self, key: &str, json: &str) -> Self {
        self.rest.push_str(&format!(",{}:{json}", quoted(key)));
        self
    }
    /// The line as it is written, with its number.
    pub fn json(&self, n: u64) -> String {
        let at = instant(self.at);
        let (profile, kind) = (quoted(&self.profile), quoted(&self.kind));
        let subject = match &self.journey {
            None => String::new(),
            Some((journey, None)) => format!(",\"journey\":{}", quoted(journey)),
            Some((journey, Some(key))) => format!(",\"journey\":{},\"key\":{key}", quoted(journey)),
        };
        format!(
            "{{\"n\":{n},\"at\":\"{at}\",\"profile\":{profile},\"kind\":{kind}{subject}{}}}",
            self.rest
        )
    }
}

impl Model<'_> {
    /// Faults that ended nothing, each place once for a person.
    pub(super) fn say_notes(&mut self) {
        for note in self.notes.take() {
            let Some(person) = self.people.get_mut(note.who) else {
                continue;
            };
            let broken = note.broken;
            let decl = broken.decl.unwrap_or_default();
            if !person.faults.insert((decl, broken.node)) {
                continue;
            }
            let mut line = Line::new("fault").text("reason", broken.code.name());
            if let Some(place) = place(self.program, &self.sources, decl, broken.node) {
                line = line.raw("span", &place);
            }
            line.at = note.at;
            line.profile.clone_from(&person.id);
            self.lines.push(line);
        }
    }

    pub(super) fn say(&mut self, who: usize, mut line: Line) {
        self.say_notes();
        line.at = self.clock;
        if let Some(person) = self.people.get(who) {
            line.profile.clone_from(&person.id);
        }
        self.lines.push(line);
    }

    pub(super) fn say_of(&mut self, who: usize, index: usize, mut line: Line) {
        if let Some(instance) = self.instance(who, index) {
            let key = instance.key.as_ref().map(|k| json(self.program, k));
            line.journey = Some((own(instance.journey).to_owned(), key));
        }
        self.say(who, line);
    }
}

/// An object, growing.
#[derive(Debug, Default)]
pub struct Object(String);

impl Object {
    pub fn text(&mut self, key: &str, value: &str) {
        self.raw(key, &quoted(value));
    }
    pub fn raw(&mut self, key: &str, json: &str) {
        let comma = if self.0.is_empty() { "" } else { "," };
        self.0.push_str(&format!("{comma}{}:{json}", quoted(key)));
    }
    pub fn end(self) -> String {
        format!("{{{}}}", self.0)
    }
}

pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

pub fn instant(at: i64) -> String {
    show::time_ms(at)
}

/// Keys as plain text, for order and for keys of sends.
pub fn key_text(key: &Value) -> String {
    match key {
        Value::Text(text) | Value::Timezone(text) => text.clone(),
        Value::Bool(b) => b.to_string(),
        Value::Enum(_, place) => place.to_string(),
        other => match word(other) {
            Some(word) => word.to_string(),
            None => format!("{other:?}"),
        },
    }
}

/// Keys as their type orders them.
pub fn key_order(key: &Value) -> String {
    match word(key) {
        Some(word) => format!("{:020}", i128::from(word) - i128::from(i64::MIN)),
        None => key_text(key),
    }
}

fn word(value: &Value) -> Option<i64> {
    match value {
        Value::Int(word)
        | Value::Money(word, _)
        | Value::Time(word)
        | Value::Date(word)
        | Value::Clock(word)
        | Value::Duration(word) => Some(*word),
        Value::Enum(_, place) => Some(i64::from(*place)),
        _ => None,
    }
}

fn enum_name(program: &Program, value: &Value) -> Option<String> {
    let Value::Enum(id, place) = value else {
        return None;
    };
    program
        .enums
        .get(id.index())?
        .values
        .get(*place as usize)
        .cloned()
}

pub fn json(program: &Program, value: &Value) -> String {
    match value {
        Value::Unknown => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Number(n) => serde_json::Value::from(*n).to_string(),
        Value::Money(minor, currency) => show::amount(*minor, currency.digits()),
        Value::Text(text) | Value::Timezone(text) => quoted(text),
        Value::Time(at) => quoted(&instant(*at)),
        Value::Date(date) => quoted(&show::date(*date)),
        Value::Clock(clock) => quoted(&show::clock(*clock)),
        Value::Duration(ms) => quoted(&iso_duration(*ms)),
        Value::Span(span) => quoted(&iso_span(*span)),
        Value::Enum(..) => quoted(&enum_name(program, value).unwrap_or_default()),
        Value::Record(id, fields) => record(program, *id, fields, 0),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|i| json(program, i)).collect();
            format!("[{}]", items.join(","))
        }
    }
}

/// The fields of a record from one on; what is unknown is left out.
pub fn record(program: &Program, id: RecordId, fields: &[Value], from: usize) -> String {
    let mut object = Object::default();
    let names = program
        .records
        .get(id.index())
        .map_or(&[][..], |r| &r.fields);
    for (field, value) in names.iter().zip(fields).skip(from) {
        if *value != Value::Unknown {
            object.raw(&field.name, &json(program, value));
        }
    }
    object.end()
}

/// A value inside of a text.
pub fn printed(program: &Program, value: &Value) -> String {
    match value {
        Value::Unknown => String::new(),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Number(n) => show::number(*n),
        Value::Money(minor, currency) => show::money(*minor, *currency),
        Value::Text(text) | Value::Timezone(text) => text.clone(),
        Value::Time(at) => show::time(*at),
        Value::Date(date) => show::date(*date),
        Value::Clock(clock) => show::clock(*clock),
        Value::Duration(ms) => show::duration(*ms),
        Value::Span(span) => show::span(*span),
        Value::Enum(..) => enum_name(program, value).unwrap_or_default(),
        Value::Record(..) | Value::List(_) => json(program, value),
    }
}

/// A value as a locale writes it.
pub fn printed_for(program: &Program, value: &Value, locale: &str, zone: &Zone) -> String {
    match value {
        Value::Int(n) => locale::int(*n, locale),
        Value::Number(n) => locale::number(*n, locale),
        Value::Money(minor, currency) => locale::money(*minor, *currency, locale),
        Value::Date(date) => locale::date(*date, locale),
        Value::Time(at) => locale::time(*at, zone, locale),
        other => printed(program, other),
    }
}

/// Where a node stands, as actions show it.
pub fn place(
    program: &Program,
    sources: &BTreeMap<String, String>,
    decl: DeclId,
    node: NodeId,
) -> Option<String> {
    let sites = program.sites.get(decl.0 as usize)?;
    let (start, end) = *sites.spans.get(node.0 as usize)?;
    let mut object = Object::default();
    object.text("file", &sites.file);
    object.raw("start", &start.to_string());
    object.raw("end", &end.to_string());
    let before = sources
        .get(&sites.file)
        .and_then(|text| text.get(..start as usize));
    let before = before.unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("");
    object.raw("line", &(before.matches('\n').count() + 1).to_string());
    object.raw("column", &(line.chars().count() + 1).to_string());
    Some(object.end())
}

/// `P3DT12H`, `PT0S`
fn iso_duration(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.unsigned_abs();
    let (days, rest) = (ms / 86_400_000, ms % 86_400_000);
    let mut time = String::new();
    for (size, letter) in [(3_600_000, 'H'), (60_000, 'M')] {
        let count = rest % (size * 60).min(86_400_000) / size;
        if count > 0 {
            time.push_str(&format!("{count}{letter}"));
        }
    }
    match (rest / 1000 % 60, rest % 1000) {
        (0, 0) => {}
        (seconds, 0) => time.push_str(&format!("{seconds}S")),
        (seconds, millis) => time.push_str(&format!("{seconds}.{millis:03}S")),
    }
    let days = if days > 0 {
        format!("{days}D")
    } else {
        String::new()
    };
    match (days.is_empty(), time.is_empty()) {
        (true, true) => "PT0S".to_owned(),
        (_, true) => format!("{sign}P{days}"),
        _ => format!("{sign}P{days}T{time}"),
    }
}

/// `P1M2D`
fn iso_span(span: Span) -> String {
    match (span.months, span.days) {
        (0, days) => format!("P{days}D"),
        (months, 0) => format!("P{months}M"),
        (months, days) => format!("P{months}M{days}D"),
    }
}
