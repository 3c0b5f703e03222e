//! Reading TOML with places: each value as what is due there, or a problem that says so.

use journey_compiler::diagnostics::{Diagnostic, Fix, Location, severity};
use journey_compiler::nearest;
use journey_program::civil::DAY_MS;
use journey_runtime::intake::json::Json;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(super) type Item<'t> = Spanned<DeValue<'t>>;

/// The problems of one file.
#[derive(Debug)]
pub(super) struct Problems {
    pub(super) file: String,
    pub(super) found: Vec<Diagnostic>,
}

impl Problems {
    pub(super) fn location(&self, span: Range<usize>) -> Location {
        Location {
            file: self.file.clone(),
            start: u32::try_from(span.start).unwrap_or(u32::MAX),
            end: u32::try_from(span.end).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn report(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let at = self.location(span);
        self.found.push(Diagnostic {
            code,
            severity: severity(code),
            message: message.into(),
            at,
            labels: Vec::new(),
            help: Some(help.into()),
            fix: None,
            alternative: None,
            related: Vec::new(),
        });
    }

    pub(super) fn value(
        &mut self,
        item: &Item<'_>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report("manifest-value", item.span(), message, help);
    }

    /// Something is missing in a table.
    pub(super) fn missing(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report("missing-manifest-key", span, message, help);
    }

    /// A key that is none of the known ones. `what`: "event", "key of `[simulation]`".
    pub(super) fn unknown_key(
        &mut self,
        key: &str,
        span: Range<usize>,
        known: &[&str],
        what: &str,
    ) {
        self.unknown("unknown-manifest-key", key, span, known, what);
    }

    /// The same of a value that names something.
    pub(super) fn unknown_value(
        &mut self,
        name: &str,
        item: &Item<'_>,
        known: &[&str],
        what: &str,
    ) {
        let span = item.span();
        // inside of its quotes
        let inner = span.start + 1..span.end.saturating_sub(1).max(span.start + 1);
        self.unknown("manifest-value", name, inner, known, what);
    }

    fn unknown(
        &mut self,
        code: &'static str,
        name: &str,
        span: Range<usize>,
        known: &[&str],
        what: &str,
    ) {
        let near = nearest(name, known.iter().copied());
        let help = match near {
            Some(best) => format!("did you mean `{best}`?"),
            None if known.is_empty() => "the program has none".to_owned(),
            None => format!("there is `{}`", known.join("`, `")),
        };
        let at = self.location(span.clone());
        self.report(code, span, format!("there is no {what} `{name}`"), help);
        if let (Some(best), Some(problem)) = (near, self.found.last_mut()) {
            problem.fix = Some(Fix {
                title: format!("change to `{best}`"),
                edits: vec![(at, best.to_owned())],
            });
        }
    }

    /// Keys that nobody reads.
    pub(super) fn known_keys(&mut self, table: &DeTable<'_>, known: &[&str], what: &str) {
        for (key, _) in table {
            if !known.contains(&key.get_ref().as_ref()) {
                self.unknown_key(key.get_ref(), key.span(), known, what);
            }
        }
    }

    pub(super) fn table<'a, 't>(&mut self, item: &'a Item<'t>) -> Option<&'a DeTable<'t>> {
        let table = item.get_ref().as_table();
        if table.is_none() {
            self.value(item, "a table is due here", "write `{ … }`");
        }
        table
    }

    pub(super) fn text<'a>(&mut self, item: &'a Item<'_>) -> Option<&'a str> {
        let text = item.get_ref().as_str();
        if text.is_none() {
            self.value(item, "a text in quotes is due here", "write `\"…\"`");
        }
        text
    }

    /// A finite number.
    pub(super) fn number(&mut self, item: &Item<'_>) -> Option<f64> {
        let number = plain_number(item.get_ref()).filter(|number| number.is_finite());
        if number.is_none() {
            self.value(item, "a number is due here", "write one such as `0.25`");
        }
        number
    }

    /// In 0..1.
    pub(super) fn share(&mut self, item: &Item<'_>) -> Option<f64> {
        let share = self.number(item)?;
        if (0.0..=1.0).contains(&share) {
            return Some(share);
        }
        let message = format!("a share lies between 0 and 1, this is `{share}`");
        self.value(item, message, "20% is `0.2`");
        None
    }

    /// Not negative.
    pub(super) fn amount(&mut self, item: &Item<'_>) -> Option<f64> {
        let amount = self.number(item)?;
        if amount >= 0.0 {
            return Some(amount);
        }
        self.value(item, "this can't be negative", "write 0 or more");
        None
    }

    /// A whole number in a closed range.
    pub(super) fn count(&mut self, item: &Item<'_>, range: (u64, u64)) -> Option<u64> {
        let written = item.get_ref().as_integer();
        let count = written.and_then(|int| u64::from_str_radix(int.as_str(), int.radix()).ok());
        let count = count.filter(|count| (range.0..=range.1).contains(count));
        if count.is_none() {
            let message = format!("a whole number in {}..{} is due here", range.0, range.1);
            self.value(item, message, "write one");
        }
        count
    }

    /// `2 days`, in ms, not 0.
    pub(super) fn duration(&mut self, item: &Item<'_>) -> Option<i64> {
        let text = self.text(item)?;
        let found = duration_ms(text).filter(|ms| *ms > 0);
        if found.is_none() {
            let message = format!("`{text}` is no duration");
            self.value(item, message, "write a number and a unit, such as `7 days`");
        }
        found
    }

    pub(super) fn list<'a, 't>(
        &mut self,
        item: &'a Item<'t>,
        due: &str,
    ) -> Option<Vec<&'a Item<'t>>> {
        let list = item.get_ref().as_array();
        if list.is_none() {
            self.value(item, format!("{due} is due here"), "write `[…]`");
        }
        list.map(|list| list.iter().collect())
    }
}

/// A value's place in a table by name.
pub(super) fn get<'a, 't>(table: &'a DeTable<'t>, name: &str) -> Option<&'a Item<'t>> {
    table.get(name)
}

/// A duration, a hundred years at most.
pub(super) fn duration_ms(text: &str) -> Option<i64> {
    let (count, unit) = text.trim().split_once(' ')?;
    let count: i64 = count.replace('_', "").parse().ok().filter(|n| *n >= 0)?;
    let unit_ms = match unit.trim().trim_end_matches('s') {
        "second" => 1_000,
        "minute" => 60_000,
        "hour" => 3_600_000,
        "day" => DAY_MS,
        "week" => 7 * DAY_MS,
        _ => return None,
    };
    count
        .checked_mul(unit_ms)
        .filter(|ms| *ms <= 36_525 * DAY_MS)
}

pub(super) fn plain_number(value: &DeValue<'_>) -> Option<f64> {
    if let Some(int) = value.as_integer() {
        let whole = i64::from_str_radix(int.as_str(), int.radix()).ok()?;
        return i32::try_from(whole).ok().map(f64::from).or_else(|| {
            // a text of digits reads as the nearest double
            whole.to_string().parse().ok()
        });
    }
    value.as_float()?.as_str().replace('_', "").parse().ok()
}

/// A value of the section as a record's would be written, to be converted as that is.
pub(super) fn json(value: &DeValue<'_>) -> Json<'static> {
    if let Some(text) = value.as_str() {
        return Json::Text(text.to_owned().into());
    }
    if let Some(known) = value.as_bool() {
        return Json::Bool(known);
    }
    if let Some(list) = value.as_array() {
        return Json::List(list.iter().map(|item| json(item.get_ref())).collect());
    }
    if let Some(table) = value.as_table() {
        let fields = table.iter();
        let fields = fields.map(|(key, item)| {
            let key = key.get_ref().to_string();
            (key.into(), json(item.get_ref()))
        });
        return Json::Object(fields.collect());
    }
    if let Some(time) = value.as_datetime() {
        return Json::Text(time.to_string().into());
    }
    let number = value.as_integer().map(|int| int.as_str().to_owned());
    let number = number.or_else(|| value.as_float().map(|float| float.as_str().to_owned()));
    number.map_or(Json::Null, |number| {
        Json::Number(number.replace('_', "").into())
    })
}
