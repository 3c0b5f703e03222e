//! What was not taken, and why: one JSON object a line, with the record itself inside, so that nothing that
//! came from outside is lost and a mended file can be fed again.

use crate::intake::json::write_text;

/// Why, as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// no JSON object, or no row of a CSV
    NotARecord,
    NotUtf8,
    TooLong,
    /// a row with more or fewer cells than the header
    RaggedRow,
    UnknownType,
    NoRule,
    MissingField,
    BadValue,
    NoIdentifier,
}

impl Reason {
    pub fn name(self) -> &'static str {
        match self {
            Reason::NotARecord => "not_a_record",
            Reason::NotUtf8 => "not_utf8",
            Reason::TooLong => "too_long",
            Reason::RaggedRow => "ragged_row",
            Reason::UnknownType => "unknown_type",
            Reason::NoRule => "no_rule",
            Reason::MissingField => "missing_field",
            Reason::BadValue => "bad_value",
            Reason::NoIdentifier => "no_identity",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// from 1; 0: no record of an input
    pub record: u64,
    /// empty: the canonical envelope
    pub source: String,
    pub reason: Reason,
    /// from 1, in the order of the source
    pub rule: Option<usize>,
    /// the event it would have been
    pub event: Option<String>,
    pub field: Option<String>,
    pub value: Option<String>,
    pub message: String,
    /// the record, as JSON
    pub raw: String,
}

impl DeadLetter {
    pub fn new(record: u64, reason: Reason, message: impl Into<String>) -> Self {
        Self {
            record,
            source: String::new(),
            reason,
            rule: None,
            event: None,
            field: None,
            value: None,
            message: message.into(),
            raw: "null".into(),
        }
    }

    /// One line of JSON, without its end.
    pub fn to_json(&self) -> String {
        let mut out = format!("{{\"record\":{}", self.record);
        let mut text = |name: &str, value: &str| {
            out.push_str(",\"");
            out.push_str(name);
            out.push_str("\":");
            write_text(value, &mut out);
        };
        if !self.source.is_empty() {
            text("source", &self.source);
        }
        text("reason", self.reason.name());
        for (name, value) in [
            ("event", &self.event),
            ("field", &self.field),
            ("value", &self.value),
        ] {
            if let Some(value) = value {
                text(name, value);
            }
        }
        text("message", &self.message);
        if let Some(rule) = self.rule {
            out.push_str(&format!(",\"rule\":{rule}"));
        }
        out.push_str(",\"raw\":");
        out.push_str(&self.raw);
        out.push('}');
        out
    }
}
