//! Values as JSON, the way the envelope reads them: enums by name, money as a decimal of its currency's
//! digits, times in RFC 3339 with milliseconds, durations and spans in ISO 8601.

use journey_program::plan::{Program, Site};
use journey_program::show;
use journey_program::types::{RecordId, Span, Value};
use std::fmt::Write as _;

/// Room for most lines.
const LINE_BYTES: usize = 256;

/// An object on one line, its keys in the order they are written.
#[derive(Debug)]
pub struct Line(String);

impl Default for Line {
    fn default() -> Self {
        Self::new()
    }
}

impl Line {
    pub fn new() -> Self {
        let mut line = String::with_capacity(LINE_BYTES);
        line.push('{');
        Self(line)
    }
    pub fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        push_quoted(&mut self.0, value);
    }
    /// The value is JSON already.
    pub fn raw(&mut self, key: &str, json: &str) {
        self.key(key);
        self.0.push_str(json);
    }
    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        push_quoted(&mut self.0, key);
        self.0.push(':');
    }
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_quoted(&mut out, text);
    out
}

/// Most texts need no escape: they are copied as they are.
fn push_quoted(out: &mut String, text: &str) {
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

pub fn span(site: &Site) -> String {
    let mut line = Line::new();
    line.text("file", &site.file);
    for (key, number) in [
        ("start", site.start),
        ("end", site.end),
        ("line", site.line),
        ("column", site.column),
    ] {
        line.raw(key, &number.to_string());
    }
    line.end()
}

pub fn value(program: &Program, value: &Value) -> String {
    match value {
        Value::Unknown => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Number(n) => serde_json::Value::from(*n).to_string(),
        Value::Money(minor, currency) => show::amount(*minor, currency.digits()),
        Value::Text(t) | Value::Timezone(t) => quoted(t),
        Value::Time(at) => quoted(&show::time_ms(*at)),
        Value::Date(day) => quoted(&show::date(*day)),
        Value::Clock(ms) => quoted(&show::clock(*ms)),
        Value::Duration(ms) => quoted(&duration(*ms)),
        Value::Span(s) => quoted(&iso_span(*s)),
        Value::Enum(id, place) => program
            .enums
            .get(id.index())
            .and_then(|def| def.values.get(usize::try_from(*place).ok()?))
            .map_or_else(|| place.to_string(), |name| quoted(name)),
        Value::Record(id, fields) => record(program, *id, fields, 0),
        Value::List(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| self::value(program, item))
                .collect();
            format!("[{}]", items.join(","))
        }
    }
}

/// The fields of a record from one on; what is unknown is left out.
pub fn record(program: &Program, id: RecordId, fields: &[Value], from: usize) -> String {
    let mut line = Line::new();
    let defs = program
        .records
        .get(id.index())
        .map_or(&[][..], |def| &def.fields);
    for (def, field) in defs.iter().zip(fields).skip(from) {
        if *field != Value::Unknown {
            line.raw(&def.name, &value(program, field));
        }
    }
    line.end()
}

/// `PT1H`, `P3DT12H`
pub fn duration(ms: i64) -> String {
    if ms == 0 {
        return "PT0S".to_owned();
    }
    let mut text = if ms < 0 {
        "-P".to_owned()
    } else {
        "P".to_owned()
    };
    let ms = ms.unsigned_abs();
    let (d, h, m, s, rest) = (
        ms / 86_400_000,
        ms / 3_600_000 % 24,
        ms / 60_000 % 60,
        ms / 1000 % 60,
        ms % 1000,
    );
    if d > 0 {
        let _ = write!(text, "{d}D");
    }
    if !ms.is_multiple_of(86_400_000) {
        text.push('T');
    }
    if h > 0 {
        let _ = write!(text, "{h}H");
    }
    if m > 0 {
        let _ = write!(text, "{m}M");
    }
    if rest > 0 {
        let _ = write!(text, "{s}.{rest:03}S");
    } else if s > 0 {
        let _ = write!(text, "{s}S");
    }
    text
}

/// `P1M`, `P1M2D`
pub fn iso_span(span: Span) -> String {
    let mut text = "P".to_owned();
    if span.months != 0 {
        let _ = write!(text, "{}M", span.months);
    }
    if span.days != 0 || span.months == 0 {
        let _ = write!(text, "{}D", span.days);
    }
    text
}
