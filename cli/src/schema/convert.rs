//! Schemas → declarations: an event for each document, a `type` for each record in it, an `enum` for each closed list
//! of texts.

use super::Document;
use super::names::{self, OF_EVERY_EVENT};
use super::shape::{DEPTH_MAX, Documents, Object, Place, list};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A field's type as a program writes it.
#[derive(Clone, Debug)]
struct Field {
    ty: String,
    /// `null` is a value too
    nullable: bool,
    /// ` = 3`
    default: Option<String>,
}

#[derive(Debug)]
pub(super) struct Converter<'d> {
    documents: Documents<'d>,
    referred: BTreeSet<usize>,
    taken: BTreeSet<String>,
    /// records that were made, by what they are made of
    records: BTreeMap<String, String>,
    /// records that are being made
    inside: Vec<*const Value>,
    pub(super) events: Vec<String>,
    /// by document: the event that was made of it
    pub(super) made: Vec<(String, String)>,
    pub(super) types: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) failures: Vec<String>,
    /// keywords that nothing checks any more: of how many fields
    pub(super) unchecked: BTreeMap<&'static str, usize>,
    pub(super) fields: usize,
}

/// What the language does not check of a value.
const UNCHECKED: [&str; 9] = [
    "maxLength",
    "minLength",
    "pattern",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "exclusiveMinimum",
    "exclusiveMaximum",
];

impl<'d> Converter<'d> {
    pub(super) fn new(list: &'d [Document]) -> Self {
        let documents = Documents::new(list);
        let referred = documents.referred_to();
        Self {
            documents,
            referred,
            taken: BTreeSet::new(),
            records: BTreeMap::new(),
            inside: Vec::new(),
            events: Vec::new(),
            made: Vec::new(),
            types: Vec::new(),
            notes: Vec::new(),
            failures: Vec::new(),
            unchecked: BTreeMap::new(),
            fields: 0,
        }
    }

    /// A type of others, unless they all refer to each other.
    pub(super) fn is_referred_to(&self, document: usize) -> bool {
        self.referred.len() < self.documents.list.len() && self.referred.contains(&document)
    }

    pub(super) fn event(&mut self, document: usize) {
        let Some(root) = self.documents.root(document) else {
            return;
        };
        let Some(called) = self.documents.list.get(document).map(|d| d.name.clone()) else {
            return;
        };
        let object = self.documents.object(root);
        let record = root.schema.get("type").and_then(Value::as_str) == Some("object");
        if object.properties.is_empty() && !record {
            self.failures.push(format!(
                "`{called}` describes no record: an event is an `object` with `properties`"
            ));
            return;
        }
        let wishes = event_names(root.schema, &called);
        let name = names::free(&mut self.taken, &wishes);
        let body = self.members(&name, &object, true);
        let doc = doc_of(root.schema);
        self.events
            .push(format!("{doc}event {name} {{\n{body}}}\n"));
        self.made.push((called, name));
    }

    /// The lines between the braces.
    fn members(&mut self, owner: &str, object: &Object<'d>, event: bool) -> String {
        let mut body = String::new();
        for lost in &object.lost {
            self.lose(&mut body, owner, lost);
        }
        for (raw, place) in &object.properties {
            let path = format!("{owner}.{raw}");
            if event && OF_EVERY_EVENT.contains(raw) {
                self.lose(&mut body, &path, "every event has it already");
                continue;
            }
            let Some(name) = names::written(raw) else {
                self.lose(&mut body, &path, "no program can say this name");
                continue;
            };
            match self.field(*place, owner, raw) {
                Err(reason) => self.lose(&mut body, &path, &reason),
                Ok(field) => {
                    self.fields += 1;
                    let required = object.required.contains(raw) && !field.nullable;
                    let rest = match field.default {
                        Some(default) if !field.nullable => format!(" = {default}"),
                        _ if required => String::new(),
                        _ => "?".to_owned(),
                    };
                    body.push_str(&doc_of(place.schema));
                    body.push_str(&format!("{name}: {}{rest}\n", field.ty));
                }
            }
        }
        body
    }

    fn lose(&mut self, body: &mut String, path: &str, reason: &str) {
        let reason = one_line(reason);
        match path.split_once('.') {
            None => {
                body.push_str(&format!("// lacks a part: {reason}\n"));
                self.notes.push(format!("`{path}` lacks a part: {reason}"));
            }
            Some((_, name)) => {
                body.push_str(&format!("// left out: {}, {reason}\n", one_line(name)));
                let path = one_line(path);
                self.notes.push(format!("`{path}` is left out: {reason}"));
            }
        }
    }

    // ── values ──────────────────────────────────────────────────────────────────────────────────

    fn field(&mut self, place: Place<'d>, owner: &str, raw: &str) -> Result<Field, String> {
        // what is referred to has a name of its own
        let reference = place.schema.get("$ref").and_then(Value::as_str);
        let raw = reference.map_or(raw, names::last_part);
        let place = self.documents.resolve(place)?;
        let members = place.schema.as_object().ok_or("its type is not said")?;
        for keyword in UNCHECKED {
            if members.contains_key(keyword) {
                *self.unchecked.entry(keyword).or_default() += 1;
            }
        }
        let (types, mut nullable) = types_of(members);
        if types.is_empty()
            && let Some((only, null)) = self.one_of(place, members)?
        {
            let mut field = self.field(only, owner, raw)?;
            field.nullable |= null || nullable;
            return Ok(field);
        }
        let ty = match types.as_slice() {
            ["string"] => {
                let (ty, null) = self.text(members, owner, raw);
                nullable |= null;
                ty
            }
            ["integer"] => self.number(members, "int"),
            ["number"] | ["integer", "number"] => self.number(members, "number"),
            ["boolean"] => "bool".to_owned(),
            ["array"] => self.list(place, members, owner, raw)?,
            ["object"] => self.record(place, owner, raw)?,
            [] => return Err("its type is not said".to_owned()),
            several => {
                return Err(format!(
                    "it is one of several types: {}",
                    several.join(", ")
                ));
            }
        };
        let default = members.get("default").filter(|v| in_range(v, members));
        let default = default.and_then(|v| default_of(v, &ty));
        Ok(Field {
            ty,
            nullable,
            default,
        })
    }

    /// The one shape that is left of `oneOf`, `anyOf`, `allOf`, and whether `null` is another.
    fn one_of(
        &self,
        place: Place<'d>,
        members: &'d Map<String, Value>,
    ) -> Result<Option<(Place<'d>, bool)>, String> {
        for keyword in ["oneOf", "anyOf", "allOf"] {
            let all = list(members, keyword);
            let null = |schema: &&Value| schema.get("type").and_then(Value::as_str) == Some("null");
            let some: Vec<&Value> = all.iter().filter(|schema| !null(schema)).collect();
            match some.as_slice() {
                [] => {}
                [one] => {
                    let one = Place {
                        schema: one,
                        ..place
                    };
                    return Ok(Some((one, some.len() < all.len())));
                }
                _ => return Err(format!("`{keyword}` gives it several shapes")),
            }
        }
        Ok(None)
    }

    /// A text, or an enum of its values; and whether `null` is among them.
    fn text(&mut self, members: &Map<String, Value>, owner: &str, raw: &str) -> (String, bool) {
        let format = members.get("format").and_then(Value::as_str);
        let plain = match format {
            Some("date-time") => "time",
            Some("date") => "date",
            _ => "text",
        };
        let constant = members.get("const").map(std::slice::from_ref);
        let Some(all) = members
            .get("enum")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .or(constant)
        else {
            return (plain.to_owned(), false);
        };
        let null = all.iter().any(Value::is_null);
        let mut values: Vec<String> = Vec::new();
        for value in all.iter().filter(|value| !value.is_null()) {
            let Some(name) = value.as_str().and_then(names::written_value) else {
                *self.unchecked.entry("enum").or_default() += 1;
                return ("text".to_owned(), null);
            };
            if !values.contains(&name) {
                values.push(name);
            }
        }
        if values.is_empty() {
            return ("text".to_owned(), null);
        }
        (self.enumeration(&values, owner, raw), null)
    }

    fn enumeration(&mut self, values: &[String], owner: &str, raw: &str) -> String {
        let body = values.join(", ");
        let key = format!("enum {} {body}", names::snake(names::local(raw)));
        if let Some(name) = self.records.get(&key) {
            return name.clone();
        }
        let name = names::free(&mut self.taken, &type_names(owner, raw));
        self.types.push(format!("enum {name} {{ {body} }}\n"));
        self.records.insert(key, name.clone());
        name
    }

    /// A range where both ends are said.
    fn number(&mut self, members: &Map<String, Value>, base: &str) -> String {
        let end = |keyword: &str| {
            let value = members.get(keyword)?;
            match base {
                "int" => value.as_i64().map(|n| n.to_string()),
                _ => value.as_f64().map(decimal),
            }
        };
        let (low, high) = (end("minimum"), end("maximum"));
        match low.zip(high) {
            Some((low, high)) => format!("{base} in {low}..{high}"),
            None => {
                for keyword in ["minimum", "maximum"] {
                    if members.contains_key(keyword) {
                        *self.unchecked.entry(keyword).or_default() += 1;
                    }
                }
                base.to_owned()
            }
        }
    }

    fn list(
        &mut self,
        place: Place<'d>,
        members: &'d Map<String, Value>,
        owner: &str,
        raw: &str,
    ) -> Result<String, String> {
        let items = match members.get("items") {
            Some(items) if items.is_object() => items,
            Some(_) => return Err("its elements differ by their place".to_owned()),
            None => return Err("what its elements are is not said".to_owned()),
        };
        let items = Place {
            schema: items,
            ..place
        };
        let element = self.field(items, owner, raw)?;
        if element.nullable {
            return Err("its elements may be `null`".to_owned());
        }
        Ok(format!("list<{}>", element.ty))
    }

    fn record(&mut self, place: Place<'d>, owner: &str, raw: &str) -> Result<String, String> {
        let object = self.documents.object(place);
        if object.properties.is_empty() {
            return Err("an object whose fields are not said".to_owned());
        }
        let here: *const Value = place.schema;
        if self.inside.contains(&here) {
            return Err("it contains itself".to_owned());
        }
        if self.inside.len() >= DEPTH_MAX {
            return Err("it lies too deep".to_owned());
        }
        let key = format!("{here:p}");
        if let Some(name) = self.records.get(&key) {
            return Ok(name.clone());
        }
        let name = names::free(&mut self.taken, &type_names(owner, raw));
        self.inside.push(here);
        let body = self.members(&name, &object, false);
        self.inside.pop();
        if !body.lines().any(|line| !line.starts_with("//")) {
            return Err("none of its fields has a counterpart".to_owned());
        }
        let doc = doc_of(place.schema);
        self.types.push(format!("{doc}type {name} {{\n{body}}}\n"));
        self.records.insert(key, name.clone());
        Ok(name)
    }
}

/// The types of a value, in order, without `null`; and whether `null` is one.
fn types_of(members: &Map<String, Value>) -> (Vec<&str>, bool) {
    let all: Vec<&str> = match members.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let nullable = all.contains(&"null");
    let mut types: Vec<&str> = all.into_iter().filter(|ty| *ty != "null").collect();
    types.sort_unstable();
    types.dedup();
    if types.is_empty() {
        let texts = |all: &Vec<Value>| all.iter().any(Value::is_string);
        let of_texts = members
            .get("enum")
            .and_then(Value::as_array)
            .is_some_and(texts);
        if members.contains_key("properties") {
            types.push("object");
        } else if of_texts || members.get("const").is_some_and(Value::is_string) {
            types.push("string");
        } else if members.contains_key("items") {
            types.push("array");
        }
    }
    (types, nullable)
}

/// Whether a number lies where its schema wants it.
fn in_range(value: &Value, members: &Map<String, Value>) -> bool {
    let end = |keyword: &str| members.get(keyword).and_then(Value::as_f64);
    value.as_f64().is_none_or(|n| {
        end("minimum").is_none_or(|low| low <= n) && end("maximum").is_none_or(|high| n <= high)
    })
}

/// A default that is a value of the type.
fn default_of(value: &Value, ty: &str) -> Option<String> {
    match (value, ty) {
        (Value::Bool(truth), "bool") => Some(truth.to_string()),
        (Value::Number(n), _) if ty.starts_with("int") => n.as_i64().map(|n| n.to_string()),
        (Value::Number(n), _) if ty.starts_with("number") => n.as_f64().map(decimal),
        (Value::String(text), "text") if !text.chars().any(|c| c.is_control()) => {
            let mut escaped = String::new();
            for letter in text.chars() {
                match letter {
                    '"' | '\\' => escaped.extend(['\\', letter]),
                    '{' | '}' => escaped.extend([letter, letter]),
                    _ => escaped.push(letter),
                }
            }
            Some(format!("\"{escaped}\""))
        }
        _ => None,
    }
}

fn decimal(n: f64) -> String {
    format!("{n}")
}

/// What an event may be called: its own name, with its vendor before it, with the file's name.
fn event_names(schema: &Value, called: &str) -> Vec<String> {
    let own = |pointer: &str| schema.pointer(pointer).and_then(Value::as_str);
    let address = schema.get("$id").or_else(|| schema.get("id"));
    let address = address.and_then(Value::as_str).map(names::last_part);
    let base = own("/self/name")
        .or(address)
        .map_or_else(|| names::last_part(called).to_owned(), str::to_owned);
    let base = names::snake(&base);
    let mut wishes = vec![base.clone()];
    if let Some(vendor) = own("/self/vendor") {
        let vendor = vendor.rsplit('.').next().unwrap_or(vendor);
        wishes.push(format!("{}_{base}", names::snake(vendor)));
    }
    wishes.push(format!("{base}_event"));
    wishes
}

/// What a type of a field may be called.
fn type_names(owner: &str, raw: &str) -> Vec<String> {
    let base = names::snake(names::local(raw));
    vec![base.clone(), format!("{owner}_{base}")]
}

/// The description as a doc comment.
fn doc_of(schema: &Value) -> String {
    let text = ["description", "title"]
        .iter()
        .find_map(|key| schema.get(key).and_then(Value::as_str))
        .unwrap_or("");
    let mut doc = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.len() + word.len() > 90 && !line.is_empty() {
            doc.push_str(&format!("/// {line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        doc.push_str(&format!("/// {line}\n"));
    }
    doc
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
