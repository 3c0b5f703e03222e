//! A trace as the raw records of the program's sources: what a source makes of a record is the input that the
//! record was written of, and a record with a broken field is a dead letter that names it.

use journey_program::plan::{Program, SourceFormat};
use journey_program::types::{RecordId, Type, Value};
use journey_runtime::input::{EventInput, Identifiers, Input, ProfileInput};
use journey_runtime::intake::reader::Reader;
use journey_runtime::intake::{Intake, Taken};

/// When the records arrive: long after, so that no time is made up.
const ARRIVED: i64 = 2_000_000_000_000;
const DAY: i64 = 86_400_000;

/// What a source is given, and what it is to make of it.
struct Told {
    source: &'static str,
    input: String,
    made: Vec<Made>,
}

enum Made {
    Input(Input),
    /// a dead letter about this field
    Refused(String),
}

/// Where a source makes something else of a trace.
pub(super) fn difference(program: &Program, inputs: &[Input]) -> Option<String> {
    let told = inputs.iter().enumerate();
    told.flat_map(|(place, input)| records(program, place, input))
        .find_map(|told| wrong(program, &told))
}

fn wrong(program: &Program, told: &Told) -> Option<String> {
    let say = |what: String| {
        let Told { source, input, .. } = told;
        Some(format!("the source `{source}` {what}\n  of: {input}"))
    };
    let mut intake = match Intake::new(program, Some(told.source)) {
        Ok(intake) => intake,
        Err(problem) => return say(problem.to_string()),
    };
    let mut reader = match Reader::open(told.input.as_bytes(), "", intake.format()) {
        Ok(reader) => reader,
        Err(problem) => return say(format!("can't be read: {problem:?}")),
    };
    if let Err(problem) = intake.header(reader.columns()) {
        return say(problem.to_string());
    }
    for due in &told.made {
        let taken = match intake.next(&mut reader, ARRIVED) {
            Ok(Some(taken)) => taken,
            other => return say(format!("makes {other:?}")),
        };
        match (due, &taken) {
            (Made::Input(due), Taken::Input(found)) if same(due, found, told.source) => {}
            (Made::Refused(field), Taken::DeadLetter(letter))
                if letter.reason.name() == "bad_value"
                    && letter.field.as_deref() == Some(field.as_str()) => {}
            (Made::Input(due), _) => return say(format!("makes {taken:?},\n  and not {due:?}")),
            (Made::Refused(field), _) => {
                return say(format!("makes {taken:?}, and `{field}` is no value"));
            }
        }
    }
    match intake.next(&mut reader, ARRIVED) {
        Ok(None) => None,
        more => say(format!("also makes {more:?}")),
    }
}

/// All but the name of the source, which an input of a trace has none of.
fn same(due: &Input, found: &Input, source: &str) -> bool {
    let mut due = due.clone();
    let own = match &mut due {
        Input::Event(event) => &mut event.source,
        Input::Profile(profile) => &mut profile.source,
        Input::Consent(_) | Input::Clock(_) | Input::Erase(_) => return false,
    };
    source.clone_into(own);
    due == *found
}

/// The records that one input may have come from.
fn records(program: &Program, place: usize, input: &Input) -> Vec<Told> {
    match input {
        Input::Event(event) => events(program, place, event),
        Input::Profile(profile) => fields(program, profile).into_iter().collect(),
        Input::Consent(_) | Input::Clock(_) | Input::Erase(_) => Vec::new(),
    }
}

fn events(program: &Program, place: usize, event: &EventInput) -> Vec<Told> {
    let Some(plan) = program.events.get(event.event.index()) else {
        return Vec::new();
    };
    let name = plan.name.as_str();
    let values = named(program, plan.record, &event.fields);
    let user = event.ids.iter().find(|(number, _)| *number == 0);
    let user = user.map(|(_, user)| user.as_str());
    if matches!(name, "signed_off" | "signed_up") {
        return user
            .map(|user| line(name, user, event))
            .into_iter()
            .collect();
    }
    if !name.starts_with('e') || name.len() > 3 {
        return Vec::new(); // an outcome of a channel or a decision
    }
    let made = || vec![Made::Input(Input::Event(event.clone()))];
    let body = object(program, &values);
    let head = head(name, &event.ids, event.at, &event.id, place);
    let mut all = vec![Told {
        source: "objects",
        input: format!("{{{head},\"body\":{body}}}"),
        made: made(),
    }];
    if let Some((broken, field)) = broken(program, &values) {
        all.push(Told {
            source: "objects",
            input: format!("{{{head},\"body\":{broken}}}"),
            made: vec![Made::Refused(field)],
        });
    }
    if splits(program, name) {
        let parts = (1..3).map(|number| EventInput {
            id: format!("{}#{number}", event.id),
            ..event.clone()
        });
        all.push(Told {
            source: "objects",
            input: format!("{{{head},\"parts\":[{body},{body}]}}"),
            made: parts.map(|part| Made::Input(Input::Event(part))).collect(),
        });
    }
    let Some(user) = user.filter(|_| event.ids.len() == 1) else {
        return all;
    };
    if name == "e0" {
        all.push(Told {
            source: "calls",
            input: call(user, event, &body),
            made: made(),
        });
    }
    if takes_rows(program, event) {
        all.push(Told {
            source: "rows",
            input: row(program, user, event, &values),
            made: made(),
        });
    }
    all
}

/// As a library sends it.
fn call(user: &str, event: &EventInput, body: &str) -> String {
    let (user, id, at) = (quoted(user), quoted(&event.id), time(event.at));
    format!(
        "{{\"type\":\"track\",\"event\":\"e0\",\"userId\":{user},\"messageId\":{id},\"timestamp\":\"{at}\",\
         \"properties\":{body}}}"
    )
}

/// Whether the source makes several events of a record of this name.
fn splits(program: &Program, name: &str) -> bool {
    let mut sources = program.sources.iter();
    let source = sources.find(|source| source.name == "objects");
    source.is_some_and(|source| {
        let mut rules = source.rules.iter().filter(|rule| rule.each.is_some());
        rules.any(|rule| match rule.target {
            journey_program::plan::SourceTarget::Event(event) => {
                let plan = program.events.get(event.index());
                plan.is_some_and(|plan| plan.name == name)
            }
            journey_program::plan::SourceTarget::Profile => false,
        })
    })
}

fn takes_rows(program: &Program, event: &EventInput) -> bool {
    let mut sources = program.sources.iter();
    let rows = sources.find(|source| source.format == SourceFormat::Csv);
    rows.is_some_and(|rows| {
        rows.rules
            .iter()
            .any(|rule| rule.target == journey_program::plan::SourceTarget::Event(event.event))
    })
}

/// What a person said, in words.
fn line(name: &str, user: &str, event: &EventInput) -> Told {
    let said = event.fields.first() == Some(&Value::Bool(true));
    let body = match (name, said) {
        ("signed_off", true) => "No MORE",
        ("signed_off", false) => "a bit more of it",
        (_, true) => "yes",
        (_, false) => "no",
    };
    let (user, id, at) = (quoted(user), quoted(&event.id), time(event.at));
    let ids = event.ids.iter().filter(|(number, _)| *number == 0).cloned();
    Told {
        source: "lines",
        input: format!("{{\"user_id\":{user},\"id\":{id},\"at\":\"{at}\",\"body\":\"{body}\"}}"),
        made: vec![Made::Input(Input::Event(EventInput {
            ids: ids.collect(),
            ..event.clone()
        }))],
    }
}

fn fields(program: &Program, profile: &ProfileInput) -> Option<Told> {
    let record = program.records.get(program.profile.record.index())?;
    // what a source writes: all but addresses and identifiers
    let said: Vec<(u32, &Value)> = profile
        .writes
        .iter()
        .filter(|(number, value)| {
            // what a record does not say is not written
            let field = record.fields.get(*number as usize);
            *value != Value::Unknown
                && field.is_some_and(|f| {
                    let own = f.name.starts_with('p') && f.name != "phone";
                    own || f.name == "timezone" || f.name == "tags"
                })
        })
        .map(|(number, value)| (*number, value))
        .collect();
    let mut body: Vec<String> = Vec::new();
    for (number, value) in &said {
        let field = record.fields.get(*number as usize)?;
        let value = plain(program, value, &field.ty);
        body.push(format!("{}:{value}", quoted(&field.name)));
    }
    let writes = said
        .iter()
        .map(|(number, value)| (*number, (*value).clone()));
    let head = head("profile", &profile.ids, profile.at, &profile.id, 0);
    Some(Told {
        source: "objects",
        input: format!("{{{head},\"body\":{{{}}}}}", body.join(",")),
        made: vec![Made::Input(Input::Profile(ProfileInput {
            writes: writes.collect(),
            ..profile.clone()
        }))],
    })
}

/// What every object says of itself.
fn head(kind: &str, ids: &Identifiers, at: i64, id: &str, place: usize) -> String {
    let names = ["user", "mailbox", "device"];
    let ids: Vec<String> = ids
        .iter()
        .filter_map(|(number, value)| {
            let name = names.get(*number as usize)?;
            Some(format!("\"{name}\":{}", quoted(value)))
        })
        .collect();
    let level = [1, 2, 3, 9][place % 4];
    format!(
        "\"kind\":\"{kind}\",\"level\":{level},\"who\":{{{}}},\"stamp\":\"{}\",\"number\":{}",
        ids.join(","),
        time(at),
        quoted(id)
    )
}

/// The fields of a record behind its own: name, type, value.
fn named<'p>(
    program: &'p Program,
    record: RecordId,
    values: &'p [Value],
) -> Vec<(&'p str, &'p Type, &'p Value)> {
    let record = program.records.get(record.index());
    let fields = record.map_or(&[][..], |record| record.fields.as_slice());
    fields
        .iter()
        .skip(4)
        .zip(values)
        .map(|(field, value)| (field.name.as_str(), &field.ty, value))
        .collect()
}

fn object(program: &Program, values: &[(&str, &Type, &Value)]) -> String {
    let fields: Vec<String> = values
        .iter()
        .map(|(name, ty, value)| format!("{}:{}", quoted(name), bent(program, value, ty)))
        .collect();
    format!("{{{}}}", fields.join(","))
}

/// The same with one field that is no value of its type, and its name.
fn broken(program: &Program, values: &[(&str, &Type, &Value)]) -> Option<(String, String)> {
    let strict = |ty: &Type| {
        matches!(
            ty,
            Type::Time
                | Type::Date
                | Type::Clock
                | Type::Enum(_)
                | Type::IntIn(..)
                | Type::Record(_)
        )
    };
    let at = values.iter().position(|(_, ty, _)| strict(ty))?;
    let fields: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(place, (name, ty, value))| {
            let value = if place == at {
                "\"no such thing\"".to_owned()
            } else {
                bent(program, value, ty)
            };
            format!("{}:{value}", quoted(name))
        })
        .collect();
    let (name, ..) = values.get(at)?;
    Some((format!("{{{}}}", fields.join(",")), (*name).to_owned()))
}

/// A value as the source expects to undo it.
fn bent(program: &Program, value: &Value, ty: &Type) -> String {
    match (ty, value) {
        (Type::Money(_), Value::Money(minor, _)) => minor.to_string(),
        (Type::Int, Value::Int(int)) => (i128::from(*int) + 1).to_string(),
        (Type::Bool, Value::Bool(yes)) => (if *yes { "\"y\"" } else { "\"n\"" }).to_owned(),
        _ => plain(program, value, ty),
    }
}

/// A value as JSON.
fn plain(program: &Program, value: &Value, ty: &Type) -> String {
    match value {
        Value::Unknown => "null".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Number(number) => format!("{number:?}"),
        Value::Money(minor, _) => {
            let sign = if *minor < 0 { "-" } else { "" };
            let minor = minor.unsigned_abs();
            format!("{sign}{}.{:02}", minor / 100, minor % 100)
        }
        Value::Text(text) | Value::Timezone(text) => quoted(text),
        Value::Time(at) => format!("\"{}\"", time(*at)),
        Value::Date(days) => format!("\"{}\"", date(*days)),
        Value::Clock(ms) => format!("\"{}\"", clock(*ms)),
        Value::Duration(ms) => {
            let sign = if *ms < 0 { "-" } else { "" };
            let ms = ms.unsigned_abs();
            format!("\"{sign}PT{}.{:03}S\"", ms / 1000, ms % 1000)
        }
        Value::Enum(id, place) => {
            let values = program.enums.get(id.index()).map(|def| &def.values);
            let name = values.and_then(|values| values.get(*place as usize));
            quoted(name.map_or("", |name| name))
        }
        Value::List(items) => {
            let inner = match ty.known() {
                Type::List(inner) => inner,
                _ => ty,
            };
            let items: Vec<String> = items.iter().map(|v| plain(program, v, inner)).collect();
            format!("[{}]", items.join(","))
        }
        Value::Record(id, values) => {
            let record = program.records.get(id.index());
            let fields = record.map_or(&[][..], |record| record.fields.as_slice());
            let fields: Vec<String> = fields
                .iter()
                .zip(values)
                .map(|(f, v)| format!("{}:{}", quoted(&f.name), plain(program, v, &f.ty)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Span(_) => "null".to_owned(),
    }
}

/// A header and one row.
fn row(
    program: &Program,
    user: &str,
    event: &EventInput,
    values: &[(&str, &Type, &Value)],
) -> String {
    let mut header = vec!["who is it", "stamp", "number"];
    let mut cells = vec![user.to_owned(), time(event.at), event.id.clone()];
    for (name, ty, value) in values {
        header.push(name);
        cells.push(match value {
            Value::Text(text) => text.clone(),
            _ => bent(program, value, ty).trim_matches('"').to_owned(),
        });
    }
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")))
        .collect();
    format!("{}\n{}\n", header.join(","), cells.join(","))
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out + "\""
}

fn clock(ms: i64) -> String {
    let (s, ms) = (ms / 1000, ms % 1000);
    format!("{:02}:{:02}:{:02}.{ms:03}", s / 3600, s / 60 % 60, s % 60)
}

fn time(at: i64) -> String {
    format!(
        "{}T{}Z",
        date(at.div_euclid(DAY)),
        clock(at.rem_euclid(DAY))
    )
}

/// The Gregorian day, counted in eras of 400 years that begin in March.
fn date(days: i64) -> String {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let in_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
