//! What a `source` says about a raw record: which rule takes it, and what its fields are. Raw values are
//! dynamic; arithmetic on them is exact decimal; comparisons with what is absent are false, but `!=`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "JSON has six kinds of value and no seventh"
)]

mod eval;

use self::eval::Evaluator;
pub use self::eval::Fields;
use crate::input::{EventInput, Identifiers, Input, ProfileInput};
use crate::intake::convert::{Converter, Refusal};
use crate::intake::dead::{DeadLetter, Reason};
use crate::intake::direct::{Direct, Given};
use crate::intake::json::Json;
use crate::intake::suggest::nearest;
use crate::intake::wanted::Wanted;
use journey_program::civil::Zone;
use journey_program::plan::{Program, SourceFormat, SourcePlan, SourceRule, SourceTarget};
use journey_program::raw::RawExpr;
use journey_program::types::{EVENT_FIELDS, FieldDef, Value};
use regex::Regex;
use std::collections::BTreeMap;

/// A source made ready to read records.
#[derive(Debug)]
pub struct Source<'p> {
    pub plan: &'p SourcePlan,
    converter: Converter<'p>,
    regexes: Vec<Option<Regex>>,
    /// of a CSV: where a column stands
    columns: BTreeMap<String, usize>,
    /// by `identify`: the number of the identifier
    identifiers: Vec<Option<u32>>,
    /// what it reads of a record that is JSON
    pub wanted: Wanted,
    /// the way of the usual record; None: there is none
    direct: Option<Direct>,
}

/// What a dead letter says beside its reason; filled as the record is read.
struct Refused {
    reason: Reason,
    rule: Option<usize>,
    event: Option<String>,
    field: String,
    refusal: Refusal,
}

/// Of whom a record is, when it happened, its id.
#[derive(Clone)]
struct Whose {
    ids: Identifiers,
    at: i64,
    id: String,
}

/// A refusal and the field that it is of.
type Named = (String, Refusal);

impl<'p> Source<'p> {
    pub fn new(program: &'p Program, plan: &'p SourcePlan, zone: &'static Zone) -> Self {
        let known = &program.profile.identifiers;
        let place = |name: &String| known.iter().position(|plan| plan.name == *name);
        let converter = Converter {
            program,
            zone: Some(zone),
            lenient: true,
        };
        let identifiers: Vec<Option<u32>> = plan
            .identify
            .iter()
            .map(|(name, _)| place(name).and_then(|place| u32::try_from(place).ok()))
            .collect();
        Self {
            plan,
            regexes: program
                .regexes
                .iter()
                .map(|text| Regex::new(text).ok())
                .collect(),
            columns: BTreeMap::new(),
            wanted: wanted(plan),
            direct: Direct::of(plan, &identifiers, |event| converter.is_broadcast(event)),
            identifiers,
            converter,
        }
    }

    /// The usual record, in one pass; None: it is to be read in general, and may still be no record at all.
    pub(super) fn read_direct(&self, text: &str, arrived: i64) -> Option<Input> {
        let given = Given {
            converter: &self.converter,
            source: &self.plan.name,
            arrived,
        };
        self.direct.as_ref()?.read(text, given)
    }

    /// From now on every record is read in general.
    pub(super) fn read_in_general(&mut self) {
        self.direct = None;
    }

    /// Takes note of a CSV's header; a column that the source names and the header lacks is an error.
    pub fn header(&mut self, columns: &[String]) -> Result<(), String> {
        self.columns.clear();
        for (place, name) in columns.iter().enumerate() {
            if self.columns.insert(name.clone(), place).is_some() {
                return Err(format!("the column `{name}` stands twice in the header"));
            }
        }
        let mut named = Vec::new();
        let identify = self.plan.identify.iter().map(|(_, raw)| raw);
        identify.for_each(|raw| paths(raw, &mut |path| named.push(path.join("."))));
        for rule in &self.plan.rules {
            let mut read = Vec::new();
            of_rule(rule).for_each(|raw| paths(raw, &mut |path| read.push(path.join("."))));
            if let Some((name, path)) = &rule.each {
                let element = format!("{name}.");
                read.retain(|column| column != name && !column.starts_with(&element));
                read.push(path.join("."));
            }
            named.extend(read);
        }
        for name in named {
            if self.columns.contains_key(&name) {
                continue;
            }
            let source = &self.plan.name;
            let known = columns.iter().map(String::as_str);
            let help = nearest(&name, known)
                .map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
            return Err(format!(
                "source `{source}` reads a column `{name}` that is missing{help}"
            ));
        }
        Ok(())
    }

    pub fn columns(&self) -> &BTreeMap<String, usize> {
        &self.columns
    }

    /// The first rule that fits takes the record. `id` is its hash, should it have none of its own. One input,
    /// or one for each element; each may be refused on its own.
    pub fn read(
        &self,
        fields: Fields<'_>,
        arrived: i64,
        id: impl FnOnce() -> String,
        out: &mut Vec<Result<Input, Box<DeadLetter>>>,
    ) {
        if let Err(refused) = self.read_rule(fields, arrived, id, out) {
            out.push(Err(letter(*refused)));
        }
    }

    fn read_rule(
        &self,
        fields: Fields<'_>,
        arrived: i64,
        id: impl FnOnce() -> String,
        out: &mut Vec<Result<Input, Box<DeadLetter>>>,
    ) -> Result<(), Box<Refused>> {
        let mut eval = Evaluator {
            fields,
            element: None,
            regexes: &self.regexes,
        };
        let (number, rule) = self.rule(&eval)?;
        let whose = self.whose(&eval, number, rule, arrived, id)?;
        let Some((name, path)) = &rule.each else {
            out.push(Ok(self.make(&eval, number, rule, whose)?));
            return Ok(());
        };
        let raw = RawExpr::Path(path.clone());
        let list = eval
            .value(&raw)
            .map_err(|refusal| self.bad(number, rule, (path.join("."), refusal)))?;
        let Json::List(items) = &*list else {
            let refusal = (path.join("."), Refusal::of(&list, "a list"));
            return Err(self.bad(number, rule, refusal));
        };
        if items.is_empty() {
            let refusal = (path.join("."), Refusal::of(&list, "a list of at least one"));
            return Err(self.bad(number, rule, refusal));
        }
        for (place, item) in items.iter().enumerate() {
            eval.element = Some((name, item));
            let mut whose = whose.clone();
            whose.id = format!("{}#{}", whose.id, place + 1);
            let made = self.make(&eval, number, rule, whose);
            out.push(made.map_err(|refused| letter(*refused)));
        }
        Ok(())
    }

    /// Why a rule refuses a record.
    fn bad(&self, number: usize, rule: &SourceRule, (field, refusal): Named) -> Box<Refused> {
        let reason = if refusal.value.is_none() {
            Reason::MissingField
        } else {
            Reason::BadValue
        };
        Box::new(Refused {
            reason,
            rule: Some(number),
            event: Some(self.target_name(rule)),
            field,
            refusal,
        })
    }

    /// What a record says once, whatever it makes: of whom it is, when, its id.
    fn whose(
        &self,
        eval: &Evaluator<'_>,
        number: usize,
        rule: &SourceRule,
        arrived: i64,
        id: impl FnOnce() -> String,
    ) -> Result<Whose, Box<Refused>> {
        let bad = |named| self.bad(number, rule, named);
        let mut ids = self.ids(eval).map_err(bad)?;
        let broadcast = matches!(rule.target, SourceTarget::Event(event)
            if self.converter.is_broadcast(event));
        if broadcast {
            ids.clear();
        } else if ids.is_empty() {
            return Err(Box::new(Refused {
                reason: Reason::NoIdentifier,
                ..*bad((String::new(), Refusal::of(&Json::Null, "")))
            }));
        }
        let at = self.at(eval, rule, arrived).map_err(bad)?;
        let id = self.id(eval, rule).map_err(bad)?.unwrap_or_else(id);
        Ok(Whose { ids, at, id })
    }

    fn make(
        &self,
        eval: &Evaluator<'_>,
        number: usize,
        rule: &SourceRule,
        Whose { ids, at, id }: Whose,
    ) -> Result<Input, Box<Refused>> {
        let bad = |named| self.bad(number, rule, named);
        let source = self.plan.name.clone();
        match rule.target {
            SourceTarget::Event(event) => Ok(Input::Event(EventInput {
                event,
                id,
                at,
                source,
                ids,
                fields: self.event_fields(eval, rule).map_err(bad)?,
            })),
            SourceTarget::Profile => Ok(Input::Profile(ProfileInput {
                id,
                at,
                source,
                ids,
                writes: self.writes(eval, rule).map_err(bad)?,
            })),
        }
    }

    /// When it happened: as the rule says, else when it arrived.
    fn at(&self, eval: &Evaluator<'_>, rule: &SourceRule, arrived: i64) -> Result<i64, Named> {
        let Some(raw) = &rule.at else {
            return Ok(arrived);
        };
        let named = |refusal| ("at".to_owned(), refusal);
        let found = eval.value(raw).map_err(named)?;
        let usual = matches!(self.plan.format, SourceFormat::Segment | SourceFormat::Text);
        // these formats have a usual place for it, which may be empty
        if usual && *found == Json::Null {
            return Ok(arrived);
        }
        self.converter.time(&found).map_err(named)
    }

    /// The record's own id, if the rule names one and the record has it.
    fn id(&self, eval: &Evaluator<'_>, rule: &SourceRule) -> Result<Option<String>, Named> {
        let named = |refusal| ("id".to_owned(), refusal);
        let Some(raw) = &rule.id else { return Ok(None) };
        match &*eval.value(raw).map_err(named)? {
            Json::Null => Ok(None),
            Json::Text(text) if text.is_empty() => Ok(None),
            Json::Text(text) | Json::Number(text) => Ok(Some(text.to_string())),
            other => Err(named(Refusal::of(other, "a text"))),
        }
    }

    /// The first rule that fits, and its number.
    fn rule(&self, eval: &Evaluator<'_>) -> Result<(usize, &'p SourceRule), Box<Refused>> {
        for (place, rule) in self.plan.rules.iter().enumerate() {
            let holds = rule.when.as_ref().map_or(Ok(true), |when| eval.holds(when));
            match holds {
                Ok(true) => return Ok((place + 1, rule)),
                Ok(false) => {}
                Err(refusal) => {
                    return Err(Box::new(Refused {
                        reason: Reason::BadValue,
                        rule: Some(place + 1),
                        event: Some(self.target_name(rule)),
                        field: "when".into(),
                        refusal,
                    }));
                }
            }
        }
        Err(Box::new(Refused {
            reason: Reason::NoRule,
            rule: None,
            event: None,
            field: String::new(),
            refusal: Refusal::of(&Json::Null, ""),
        }))
    }

    fn target_name(&self, rule: &SourceRule) -> String {
        match rule.target {
            SourceTarget::Event(event) => {
                let plan = self.converter.program.events.get(event.index());
                plan.map_or_else(String::new, |plan| plan.name.clone())
            }
            SourceTarget::Profile => "profile".into(),
        }
    }

    fn ids(&self, eval: &Evaluator<'_>) -> Result<Identifiers, Named> {
        let mut ids = Identifiers::new();
        for ((name, raw), place) in self.plan.identify.iter().zip(&self.identifiers) {
            let Some(place) = place else { continue };
            let refused = |refusal| (name.clone(), refusal);
            match &*eval.value(raw).map_err(refused)? {
                Json::Null => {}
                Json::Text(text) | Json::Number(text) => {
                    if !text.is_empty() {
                        ids.push((*place, text.to_string()));
                    }
                }
                other => return Err(refused(Refusal::of(other, "a text or a number"))),
            }
        }
        ids.sort_by_key(|(place, _)| *place);
        Ok(ids)
    }

    fn event_fields(&self, eval: &Evaluator<'_>, rule: &SourceRule) -> Result<Vec<Value>, Named> {
        let defs = self.fields_of(rule);
        let mut fields = Vec::with_capacity(defs.len().saturating_sub(EVENT_FIELDS.len()));
        for (place, def) in defs.iter().enumerate().skip(EVENT_FIELDS.len()) {
            let raw = rule
                .assigns
                .iter()
                .find(|(field, _)| usize::try_from(*field) == Ok(place));
            fields.push(self.field(eval, raw.map(|(_, raw)| raw), def)?);
        }
        Ok(fields)
    }

    fn writes(&self, eval: &Evaluator<'_>, rule: &SourceRule) -> Result<Vec<(u32, Value)>, Named> {
        let defs = self.fields_of(rule);
        let mut writes = Vec::with_capacity(rule.assigns.len());
        for (field, raw) in &rule.assigns {
            let Some(def) = usize::try_from(*field)
                .ok()
                .and_then(|place| defs.get(place))
            else {
                continue;
            };
            let found = eval
                .value(raw)
                .map_err(|refusal| (def.name.clone(), refusal))?;
            // what the record does not say is not written
            if *found == Json::Null {
                continue;
            }
            writes.push((*field, self.field(eval, Some(raw), def)?));
        }
        Ok(writes)
    }

    fn field(
        &self,
        eval: &Evaluator<'_>,
        raw: Option<&RawExpr>,
        def: &FieldDef,
    ) -> Result<Value, Named> {
        let named = |refusal| (def.name.clone(), refusal);
        let found = raw.map(|raw| eval.value(raw)).transpose().map_err(named)?;
        self.converter
            .field(found.as_deref(), &def.ty, def.default.as_ref())
            .map_err(named)
    }

    fn fields_of(&self, rule: &SourceRule) -> &'p [FieldDef] {
        let program = self.converter.program;
        let record = match rule.target {
            SourceTarget::Event(event) => {
                program.events.get(event.index()).map(|event| event.record)
            }
            SourceTarget::Profile => Some(program.profile.record),
        };
        record
            .and_then(|record| program.records.get(record.index()))
            .map_or(&[][..], |def| &def.fields)
    }
}

fn letter(refused: Refused) -> Box<DeadLetter> {
    let message = match refused.reason {
        Reason::NoRule => "no rule of the source takes the record".into(),
        Reason::NoIdentifier => "the record identifies nobody".into(),
        _ => refused.refusal.message(&refused.field),
    };
    let mut letter = DeadLetter::new(0, refused.reason, message);
    letter.rule = refused.rule;
    letter.event = refused.event;
    if !refused.field.is_empty() {
        letter.field = Some(refused.field + &refused.refusal.path);
    }
    letter.value = refused.refusal.value;
    Box::new(letter)
}

/// All expressions of a rule.
fn of_rule(rule: &SourceRule) -> impl Iterator<Item = &RawExpr> {
    let assigned = rule.assigns.iter().map(|(_, raw)| raw);
    let first = rule.when.iter().chain(&rule.at).chain(&rule.id);
    first.chain(assigned)
}

/// What a source reads of a record. A name of `each` is one of a field as well: that costs nothing.
fn wanted(plan: &SourcePlan) -> Wanted {
    let mut wanted = Wanted::default();
    let identify = plan.identify.iter().map(|(_, raw)| raw);
    for raw in identify.chain(plan.rules.iter().flat_map(of_rule)) {
        paths(raw, &mut |path| wanted.add(path));
    }
    for (_, path) in plan.rules.iter().filter_map(|rule| rule.each.as_ref()) {
        wanted.add(path);
    }
    if plan.format == SourceFormat::Segment {
        wanted.add(&["batch".to_owned()]);
    }
    wanted
}

/// What an expression reads.
fn paths(raw: &RawExpr, out: &mut dyn FnMut(&[String])) {
    match raw {
        RawExpr::Path(path) => out(path),
        RawExpr::Bool(_) | RawExpr::Number(_) | RawExpr::Text(_) => {}
        RawExpr::Concat(parts) | RawExpr::List(parts) => {
            parts.iter().for_each(|part| paths(part, out));
        }
        RawExpr::Not(inner) | RawExpr::Known(inner) | RawExpr::Matches(inner, _) => {
            paths(inner, out);
        }
        RawExpr::Binary(_, left, right) => [left, right].iter().for_each(|raw| paths(raw, out)),
        RawExpr::Between(a, b, c) | RawExpr::If(a, b, c) => {
            [a, b, c].iter().for_each(|raw| paths(raw, out));
        }
    }
}
