//! What a schema says of its shape, after references are followed and parts are put together.

use super::Document;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Followed no further, and nested no deeper.
pub(super) const DEPTH_MAX: usize = 24;

/// A schema and the document that its local references count from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'d> {
    pub(super) document: usize,
    pub(super) schema: &'d Value,
}

/// An object with fields: what its parts say together.
#[derive(Clone, Debug, Default)]
pub(super) struct Object<'d> {
    pub(super) properties: BTreeMap<&'d str, Place<'d>>,
    pub(super) required: BTreeSet<&'d str>,
    /// parts that could not be put in
    pub(super) lost: Vec<String>,
}

/// Documents by their places and by the addresses that they give themselves.
#[derive(Debug)]
pub(super) struct Documents<'d> {
    pub(super) list: &'d [Document],
    by_address: BTreeMap<&'d str, usize>,
}

impl<'d> Documents<'d> {
    pub(super) fn new(list: &'d [Document]) -> Self {
        let mut by_address = BTreeMap::new();
        for (number, document) in list.iter().enumerate() {
            for key in ["$id", "id"] {
                if let Some(address) = document.schema.get(key).and_then(Value::as_str) {
                    by_address.insert(address.trim_end_matches('#'), number);
                }
            }
        }
        Self { list, by_address }
    }

    pub(super) fn root(&self, document: usize) -> Option<Place<'d>> {
        let schema = &self.list.get(document)?.schema;
        Some(Place { document, schema })
    }

    /// Where a reference leads.
    pub(super) fn find(&self, from: usize, reference: &str) -> Result<Place<'d>, String> {
        let (address, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let document = match address {
            "" => Some(from),
            address => self.by_address.get(address).copied(),
        };
        let Some(root) = document.and_then(|document| self.root(document)) else {
            return Err(format!(
                "what `{reference}` refers to is not among the files"
            ));
        };
        let schema = match pointer {
            "" => Some(root.schema),
            pointer => root.schema.pointer(pointer),
        };
        let schema = schema.ok_or_else(|| format!("there is no `{reference}`"))?;
        Ok(Place { schema, ..root })
    }

    /// The schema behind references.
    pub(super) fn resolve(&self, place: Place<'d>) -> Result<Place<'d>, String> {
        let mut place = place;
        for _ in 0..DEPTH_MAX {
            let Some(reference) = place.schema.get("$ref").and_then(Value::as_str) else {
                return Ok(place);
            };
            place = self.find(place.document, reference)?;
        }
        Err("its references go round in a circle".to_owned())
    }

    /// Every document that another one refers to.
    pub(super) fn referred_to(&self) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for (number, document) in self.list.iter().enumerate() {
            let mut todo = vec![&document.schema];
            while let Some(value) = todo.pop() {
                match value {
                    Value::Object(members) => {
                        let reference = members.get("$ref").and_then(Value::as_str);
                        let place = reference.and_then(|r| self.find(number, r).ok());
                        found.extend(place.map(|p| p.document).filter(|d| *d != number));
                        todo.extend(members.values());
                    }
                    Value::Array(items) => todo.extend(items),
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
                }
            }
        }
        found
    }

    /// The fields of an object: its own and those of all its parts.
    pub(super) fn object(&self, place: Place<'d>) -> Object<'d> {
        let mut object = Object::default();
        self.gather(place, &mut object, 0);
        object
    }

    fn gather(&self, place: Place<'d>, object: &mut Object<'d>, depth: usize) {
        if depth > DEPTH_MAX {
            object
                .lost
                .push("its parts go round in a circle".to_owned());
            return;
        }
        let place = match self.resolve(place) {
            Ok(place) => place,
            Err(reason) => return object.lost.push(reason),
        };
        let Some(members) = place.schema.as_object() else {
            return;
        };
        for (name, schema) in properties(members) {
            object.properties.insert(name, Place { schema, ..place });
        }
        let required = members.get("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        object.required.extend(required);
        for part in list(members, "allOf") {
            self.gather(
                Place {
                    schema: part,
                    ..place
                },
                object,
                depth + 1,
            );
        }
        for keyword in ["oneOf", "anyOf", "if", "patternProperties"] {
            if members.contains_key(keyword) {
                object.lost.push(format!("what `{keyword}` says"));
            }
        }
    }
}

fn properties(members: &Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
    let properties = members.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.as_str(), schema))
}

pub(super) fn list<'d>(members: &'d Map<String, Value>, keyword: &str) -> &'d [Value] {
    members
        .get(keyword)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}
