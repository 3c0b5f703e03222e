//! What is known of a name, as a person would say it: what it is, its type, its doc comment, what it comes to.

use super::{Here, Project, names, types, words};
use journey_compiler::names::index::Symbol;
use journey_compiler::names::signature_of;
use journey_compiler::program::show;
use journey_compiler::proofs::amount::Amount;
use journey_compiler::proofs::reads::Reads;
use journey_compiler::proofs::{bounds, person_bounds};
use journey_grammar::tree::{DeclKind, FieldDecl, OutcomeDecl, Param};

/// `textDocument/hover`: Markdown.
pub fn hover(project: &Project, path: &str, byte: u32) -> Option<(names::Found, String)> {
    let name = names::at(project, path, byte)?;
    let text = of_symbol(project, &name.symbol)?;
    Some((name, text))
}

/// What is known of a symbol, as Markdown.
pub fn of_symbol(project: &Project, symbol: &Symbol) -> Option<String> {
    if let Symbol::BuiltIn(name) = symbol {
        return built_in(name).map(|text| format!("`{name}`: {text}"));
    }
    let mut parts = vec![format!("```journey\n{}\n```", headline(project, symbol))];
    let place = names::definitions(project, symbol).into_iter().next();
    if let Some(place) = place
        && let Some(here) = project.at(&place.file, place.start)
    {
        parts.extend(doc(here, symbol, place.start));
        parts.extend(meaning(project, here, symbol));
    }
    Some(parts.join("\n\n"))
}

/// What stands in the code line of a hover.
pub fn headline(project: &Project, symbol: &Symbol) -> String {
    let ty = types::of_symbol(project, symbol).map(|ty| types::written(project, &ty));
    let typed = |what: &str| match &ty {
        Some(ty) => format!("{what}: {ty}"),
        None => what.to_owned(),
    };
    match symbol {
        Symbol::Declared(name) => declared(project, name),
        Symbol::Profile(name) => typed(&format!("profile.{name}")),
        Symbol::Field(of, name) => typed(&format!("{of}.{name}")),
        Symbol::Value(of, name) => format!("{of}.{name}"),
        Symbol::Outcome(of, name) => format!("outcome {of}.{name}"),
        Symbol::Param(of, name) => format!("{} of {of}", typed(name)),
        Symbol::Local(_, name) | Symbol::Binder(_, name, _) => typed(name),
        Symbol::Arm(_, split, name) => format!("arm {name} of split {split}"),
        Symbol::Reason(of, name) => format!("end {name} of {of}"),
        Symbol::Tag(name) | Symbol::OfferTag(name) => format!("tag {name}"),
        Symbol::BuiltIn(name) => name.clone(),
    }
}

fn declared(project: &Project, name: &str) -> String {
    let here = named(project, name);
    let Some(here) = here else {
        return name.to_owned();
    };
    let word = super::outline::keyword(&here.decl.kind).unwrap_or("");
    let ty = types::of_symbol(project, &Symbol::Declared(name.to_owned()));
    let ty = ty.map(|ty| types::written(project, &ty));
    match (&here.decl.kind, signature(project, name), ty) {
        (_, Some(signature), _) => format!("{word} {}", signature.label),
        (DeclKind::Const(_) | DeclKind::Model(_) | DeclKind::Offer(_), None, Some(ty)) => {
            format!("{word} {name}: {ty}")
        }
        _ => format!("{word} {name}"),
    }
}

/// The declaration of a name.
pub fn named<'p>(project: &'p Project, name: &str) -> Option<Here<'p>> {
    let mut all = project.all().into_iter();
    all.find(|here| signature_of(&project.db, here.chunk).name.text == name)
}

/// What something that is called takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub label: String,
    /// each with its name and the part of the label that it is, in characters
    pub params: Vec<(String, String)>,
}

pub fn signature(project: &Project, name: &str) -> Option<Signature> {
    let here = named(project, name)?;
    let text = |param: &Param| {
        let own = here.chunk.text(&project.db);
        let span = param.span;
        let (start, end) = (usize::try_from(span.start), usize::try_from(span.end));
        let written = own.get(start.ok()?..end.ok()?)?;
        Some((param.name.text.clone(), written.trim().to_owned()))
    };
    let fields = |fields: &[FieldDecl]| -> Vec<(String, String)> {
        let owner = name.to_owned();
        let field = |field: &FieldDecl| {
            let name = field.name.text.clone();
            let symbol = Symbol::Field(owner.clone(), name.clone());
            let ty = types::of_symbol(project, &symbol);
            let ty = ty
                .map(|ty| types::written(project, &ty))
                .unwrap_or_default();
            (name.clone(), format!("{name}: {ty}"))
        };
        fields.iter().map(field).collect()
    };
    let params: Vec<(String, String)> = match &here.decl.kind {
        DeclKind::Fn(d) => d.params.iter().filter_map(text).collect(),
        DeclKind::Message(d) => d.params.iter().filter_map(text).collect(),
        DeclKind::Decision(d) => d.params.iter().filter_map(text).collect(),
        DeclKind::Type(d) => fields(&d.fields),
        DeclKind::Table(d) => vec![(d.key.text.clone(), d.key.text.clone())],
        DeclKind::Journey(d) => {
            use journey_grammar::tree::MemberKind;
            let params = d.members.iter().find_map(|member| match &member.kind {
                MemberKind::EnterStart { params, .. } => Some(params),
                _ => None,
            })?;
            params.iter().filter_map(text).collect()
        }
        _ => return None,
    };
    let inside: Vec<&str> = params.iter().map(|(_, text)| text.as_str()).collect();
    let result = types::of_symbol(project, &Symbol::Declared(name.to_owned()));
    let result = match (&here.decl.kind, result) {
        (DeclKind::Fn(_) | DeclKind::Decision(_), Some(ty)) => {
            format!(" -> {}", types::written(project, &ty))
        }
        _ => String::new(),
    };
    Some(Signature {
        label: format!("{name}({}){result}", inside.join(", ")),
        params,
    })
}

/// The doc comment of what is defined at a byte.
fn doc(here: Here<'_>, symbol: &Symbol, byte: u32) -> Option<String> {
    if matches!(symbol, Symbol::Declared(_)) {
        return here.decl.doc.clone();
    }
    let at = byte.checked_sub(here.offset)?;
    let of_fields = |fields: &[FieldDecl]| {
        let field = fields.iter().find(|field| field.name.span.start == at)?;
        field.doc.clone()
    };
    let of_outcomes = |all: &[OutcomeDecl]| all.iter().find_map(|o| of_fields(&o.fields));
    match &here.decl.kind {
        DeclKind::Event(d) => of_fields(&d.fields),
        DeclKind::Type(d) => of_fields(&d.fields),
        DeclKind::OfferType(d) => of_fields(&d.fields),
        DeclKind::Table(d) => of_fields(&d.fields),
        DeclKind::Profile(d) => of_fields(&d.fields).or_else(|| {
            let computed = d.lets.iter().find(|l| l.name.span.start == at)?;
            computed.doc.clone()
        }),
        DeclKind::Channel(d) => of_outcomes(&d.outcomes),
        _ => None,
    }
}

/// What it comes to: an audience in words, a journey's bounds, a computed field's definition.
fn meaning(project: &Project, here: Here<'_>, symbol: &Symbol) -> Option<String> {
    match (&here.decl.kind, symbol) {
        (DeclKind::Audience(d), Symbol::Declared(_)) => {
            Some(format!("People {}.", words::of_condition(&d.value)))
        }
        (DeclKind::Journey(_), Symbol::Declared(name)) => bounds_of(project, name),
        (DeclKind::Profile(d), Symbol::Profile(name)) => {
            let computed = d.lets.iter().find(|l| l.name.text == *name)?;
            Some(format!("Computed: {}.", words::of_value(&computed.value)))
        }
        (DeclKind::Enum(d), Symbol::Declared(_)) => {
            let values: Vec<&str> = d.values.iter().map(|v| v.text.as_str()).collect();
            Some(format!("In this order: {}.", values.join(", ")))
        }
        _ => None,
    }
}

/// `at most 3 messages`, and how long an instance lives, as the compiler proves them.
pub fn bounds_of(project: &Project, journey: &str) -> Option<String> {
    let reads = Reads {
        db: &project.db,
        workspace: project.workspace,
    };
    let found = reads.journey_named(journey)?;
    let life = match bounds::life(&reads, found) {
        Amount::AtMost(ms) => {
            let length = show::duration(i64::try_from(ms).unwrap_or(i64::MAX));
            format!("it lives at most {length}")
        }
        Amount::Unbounded(why) => format!("how long it lives is unbounded: {why}"),
    };
    let day = person_bounds::of_journeys(&reads, &[found], person_bounds::DAY_MS);
    let day = match day {
        Amount::AtMost(n) => format!("; a person gets at most {n} of it a day"),
        Amount::Unbounded(_) => String::new(),
    };
    let most = messages_of(project, journey)?;
    Some(format!("An instance sends {most}{day}; {life}."))
}

/// `at most 3 messages`
pub fn messages_of(project: &Project, journey: &str) -> Option<String> {
    let reads = Reads {
        db: &project.db,
        workspace: project.workspace,
    };
    let found = reads.journey_named(journey)?;
    Some(match bounds::messages(&reads, found) {
        Amount::AtMost(0) => "no message".to_owned(),
        Amount::AtMost(1) => "at most 1 message".to_owned(),
        Amount::AtMost(n) => format!("at most {n} messages"),
        Amount::Unbounded(why) => format!("an unbounded number of messages: {why}"),
    })
}

/// What the language's own names mean.
fn built_in(name: &str) -> Option<&'static str> {
    Some(match name {
        "now" => "the instant at hand, from the log",
        "today" => "the civil day at hand, in the person's zone",
        "entry" => "the event that began this instance, as it came",
        "profile" => "the person's profile, as it is now",
        "event" => "the event at hand",
        "offer" => "the offer at hand",
        "consent" => "whether the person has granted a purpose, by any channel or by one",
        "muted" => "whether the person has muted a purpose",
        "id" => "the event's own identifier; one seen before within `dedupe` is ignored",
        "at" => "the instant of the event",
        "source" => "where the event came from",
        "late" => "whether the event's `at` was before the clock when it was taken",
        "sent" => "whether, or that, the message was sent",
        "reason" => "why the message was not sent",
        "channel" => "the channel by which the message went",
        "least" => "the smallest of the values",
        "greatest" => "the largest of the values",
        "format" => "the value as a text of a locale: `format(x, \"de-DE\")`",
        "logistic" => "1 / (1 + exp(-x))",
        "reveal" => "a personal value that may be seen outside",
        "loop" => "the loop at hand: `loop.index`, `loop.first`, `loop.last`",
        "shown" => "the offer was shown",
        "text" => "a text, UTF-8",
        "int" => "a whole number, 64 bits",
        "number" => "a 64-bit float, never NaN or infinite",
        "bool" => "`true` or `false`",
        "time" => "an instant, in milliseconds",
        "date" => "a civil day",
        "clock" => "a time of day",
        "duration" => "an exact length of time; a day is 24 hours",
        "span" => "a civil length of time: months, years, calendar days",
        "timezone" => "an IANA time zone",
        "user_id" => "the identifier of a program that declares none",
        _ => return None,
    })
}
