//! Sources: from the raw records of a file to events and profile fields.

use super::decl::Piece;
use super::{Checker, Place, Problem};
use crate::diagnostics::words;
use crate::world::Entity;
use journey_grammar::tree::{Assign, Name, SourceDecl, SourceRule, SourceTarget as Target};
use journey_program::plan::{self, SourceFormat, SourcePlan, SourceTarget};
use journey_program::raw::{RawExpr, RawOp};
use journey_program::types::{RecordId, Type};

/// What a source may read.
const FORMATS: [&str; 4] = ["json", "csv", "segment", "text"];
/// Where a record says when it happened, and what it is known by, if its rule does not say.
const USUAL_AT: [(SourceFormat, &[&str]); 2] = [
    (
        SourceFormat::Segment,
        &["timestamp", "originalTimestamp", "sentAt", "receivedAt"],
    ),
    (SourceFormat::Text, &["at"]),
];
const USUAL_ID: [(SourceFormat, &[&str]); 2] = [
    (SourceFormat::Segment, &["messageId"]),
    (SourceFormat::Text, &["id"]),
];

/// The first of a format's usual fields that a record has.
fn usual(format: SourceFormat, fields: [(SourceFormat, &[&str]); 2]) -> Option<RawExpr> {
    let (_, names) = fields.into_iter().find(|(of, _)| *of == format)?;
    let paths = names
        .iter()
        .map(|name| RawExpr::Path(vec![(*name).to_owned()]));
    paths.reduce(|first, next| RawExpr::Binary(RawOp::Else, Box::new(first), Box::new(next)))
}

impl Checker<'_> {
    pub(crate) fn source_decl(&mut self, decl: &SourceDecl) -> Piece {
        self.place = Place::Constant;
        let format = match decl.format.text.as_str() {
            "json" => SourceFormat::Json,
            "csv" => SourceFormat::Csv,
            "segment" => SourceFormat::Segment,
            "text" => SourceFormat::Text,
            "" => SourceFormat::Json,
            _ => {
                self.report(words::unknown_name(&decl.format, "format", FORMATS));
                SourceFormat::Json
            }
        };
        let mut regexes = Vec::new();
        let mut identify = self.identify(&decl.identify, &mut regexes);
        if format == SourceFormat::Text && decl.identify.is_empty() {
            let named = self.world.profile.identifiers.iter();
            identify = named
                .map(|(name, _)| (name.clone(), RawExpr::Path(vec![name.clone()])))
                .collect();
        }
        let mut rules: Vec<plan::SourceRule> = decl
            .rules
            .iter()
            .filter_map(|rule| self.source_rule(rule, &mut regexes))
            .collect();
        for rule in &mut rules {
            rule.at = rule.at.take().or_else(|| usual(format, USUAL_AT));
            rule.id = rule.id.take().or_else(|| usual(format, USUAL_ID));
        }
        if decl.rules.is_empty() && !decl.name.is_missing() {
            let message = format!("the source `{}` makes no event", decl.name.text);
            self.report(
                Problem::new("missing-part", decl.name.span, message)
                    .help("say what a record is: `=> order_placed { total: amount }`"),
            );
        }
        let source = SourcePlan {
            name: decl.name.text.clone(),
            format,
            identify,
            rules,
        };
        Piece::Source(source, regexes)
    }

    fn identify(
        &mut self,
        assigns: &[Assign],
        regexes: &mut Vec<String>,
    ) -> Vec<(String, RawExpr)> {
        let names: Vec<Name> = assigns.iter().map(|assign| assign.name.clone()).collect();
        self.unique_names(&names, "identifier");
        let mut out = Vec::new();
        for assign in assigns {
            let known: Vec<&str> = self
                .world
                .profile
                .identifiers
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            if !assign.name.is_missing() && !known.contains(&assign.name.text.as_str()) {
                self.report(words::unknown_name(&assign.name, "identifier", known));
            }
            let value = self.raw(&assign.value, Some(&Type::Text), regexes);
            out.push((assign.name.text.clone(), value));
        }
        out
    }

    fn source_rule(
        &mut self,
        rule: &SourceRule,
        regexes: &mut Vec<String>,
    ) -> Option<plan::SourceRule> {
        let each = match &rule.each {
            None => None,
            Some((binder, path)) => {
                let path = self.raw_names(path)?;
                if let Target::Profile(span) = &rule.target {
                    let message = "`each` makes events, and a record has one profile";
                    self.report(Problem::new("not-in-source", *span, message));
                    return None;
                }
                Some((binder.text.clone(), path))
            }
        };
        let when = rule
            .when
            .as_ref()
            .map(|when| self.raw(when, Some(&Type::Bool), regexes));
        let (target, record, first) = match &rule.target {
            Target::Missing(_) => return None,
            Target::Profile(_) => (SourceTarget::Profile, self.world.profile.record, 0),
            Target::Event(name) => {
                let event = self.resolve(name, "an event", |e| match e {
                    Entity::Event(id) => Some(*id),
                    _ => None,
                })?;
                let record = self.world.events.get(event.index())?.record;
                // The first four are the event's own: `at` and `id` are assigned apart.
                (SourceTarget::Event(event), record, 4)
            }
        };
        let mut out = plan::SourceRule {
            when,
            each,
            target,
            at: None,
            id: None,
            assigns: Vec::new(),
        };
        let names: Vec<Name> = rule
            .assigns
            .iter()
            .map(|assign| assign.name.clone())
            .collect();
        self.unique_names(&names, "value");
        for assign in &rule.assigns {
            match assign.name.text.as_str() {
                "at" => out.at = Some(self.raw(&assign.value, Some(&Type::Time), regexes)),
                "id" => out.id = Some(self.raw(&assign.value, Some(&Type::Text), regexes)),
                _ => {
                    let field = self.field_of(record, &assign.name, first);
                    let ty = field.and_then(|at| self.field_type(record, at));
                    let value = self.raw(&assign.value, ty.as_ref(), regexes);
                    out.assigns.extend(field.map(|at| (at, value)));
                }
            }
        }
        if matches!(target, SourceTarget::Event(_)) {
            self.source_misses(rule, record, &out.assigns);
        }
        Some(out)
    }

    /// Fields that every record must give, and this rule doesn't.
    fn source_misses(&mut self, rule: &SourceRule, record: RecordId, assigns: &[(u32, RawExpr)]) {
        let Some(def) = self.world.records.get(record.index()) else {
            return;
        };
        let missing: Vec<&str> = (0_u32..)
            .zip(&def.fields)
            .skip(4)
            .filter(|(at, field)| {
                field.default.is_none()
                    && !field.ty.is_optional()
                    && field.ty != Type::Error
                    && !assigns.iter().any(|(assigned, _)| assigned == at)
            })
            .map(|(_, field)| field.name.as_str())
            .collect();
        // A field that was misspelt has been told already.
        if missing.is_empty() || assigns.len() + 2 < rule.assigns.len() {
            return;
        }
        let message = format!(
            "the rule gives no value for {} of `{}`",
            words::listed(&missing),
            def.name
        );
        let span = match &rule.target {
            Target::Event(name) => name.span,
            Target::Missing(span) | Target::Profile(span) => *span,
        };
        self.report(
            Problem::new("source-misses-field", span, message)
                .help("assign it, give it a default, or make it optional with `?`"),
        );
    }

    pub(crate) fn field_type(&self, record: RecordId, at: u32) -> Option<Type> {
        let def = self.world.records.get(record.index())?;
        def.fields.get(at as usize).map(|field| field.ty.clone())
    }

    /// A field of a record by its name, from field `first` on.
    pub(crate) fn field_of(&mut self, record: RecordId, name: &Name, first: u32) -> Option<u32> {
        if name.is_missing() {
            return None;
        }
        let def = self.world.records.get(record.index())?;
        let own = || {
            (0_u32..)
                .zip(&def.fields)
                .filter(move |(at, _)| *at >= first)
        };
        if let Some((at, field)) = own().find(|(_, field)| field.name == name.text) {
            let ty = field.ty.clone();
            self.read(name, super::Meaning::Field(record), ty);
            return Some(at);
        }
        let what = format!("field of `{}`", def.name);
        let mut problem =
            words::unknown_name(name, &what, own().map(|(_, field)| field.name.as_str()));
        problem.code = "unknown-field";
        self.report(problem);
        None
    }
}
