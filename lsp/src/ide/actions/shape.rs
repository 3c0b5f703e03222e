//! Changes of shape: extract an audience, inline a variable, key a journey, handle all outcomes, say how consent is
//! given.

use super::{Action, keeps};
use crate::ide::complete::sends_named;
use crate::ide::hints::every;
use crate::ide::{Edit, Here, Place, Project, names};
use journey_compiler::names::index::Symbol;
use journey_compiler::program::types::{EVENT_FIELDS, Type};
use journey_grammar::tree::{
    DeclKind, EventPattern, JourneyDecl, MemberKind, Name, PurposeDecl, Span, StepKind, WaitArm,
    WaitWhat,
};

pub(super) fn of_range(project: &Project, path: &str, from: u32, to: u32) -> Vec<Action> {
    let Some(here) = project.at(path, from) else {
        return Vec::new();
    };
    let mut actions = Vec::new();
    if from < to {
        actions.extend(extract_audience(project, here, from, to));
    }
    match &here.decl.kind {
        DeclKind::Journey(d) => {
            actions.extend(inline_let(project, here, d, from));
            actions.extend(keyed(project, here, d, from));
            actions.extend(all_outcomes(project, here, d, from));
        }
        DeclKind::Purpose(d) => actions.extend(consent(project, here, d)),
        _ => {}
    }
    actions.retain(|action| keeps(project, &action.edits));
    actions
}

fn at(project: &Project, here: Here<'_>, span: Span) -> Place {
    let span = span.shifted(here.offset);
    Place::new(project.path_of(here), span.start, span.end)
}

fn action(title: String, kind: &'static str, edits: Vec<Edit>) -> Action {
    Action {
        title,
        kind,
        edits,
        mends: None,
    }
}

fn slice(project: &Project, place: &Place) -> Option<String> {
    let text = project.text(&place.file)?;
    let (start, end) = (
        usize::try_from(place.start).ok()?,
        usize::try_from(place.end).ok()?,
    );
    text.get(start..end).map(str::to_owned)
}

/// The chosen condition becomes an audience before the declaration, and its name stands in its place.
fn extract_audience(project: &Project, here: Here<'_>, from: u32, to: u32) -> Option<Action> {
    let path = project.path_of(here);
    let place = Place::new(path, from, to);
    let text = slice(project, &place)?;
    let (parsed, _) = journey_grammar::parse_expr(&text);
    if !parsed.problems.is_empty() || text.trim().is_empty() {
        return None;
    }
    let world = journey_compiler::world(&project.db, project.workspace);
    let mut numbers = 1_u32..;
    let name = numbers.find_map(|n| {
        let name = format!("audience_{n}");
        (!world.names.contains_key(&name)).then_some(name)
    })?;
    let start = here.decl.span.start + here.offset;
    let edits = vec![
        Edit {
            at: Place::new(path, start, start),
            text: format!("audience {name} = {}\n\n", text.trim()),
        },
        Edit {
            at: place,
            text: name,
        },
    ];
    let title = "extract audience".to_owned();
    Some(action(title, "refactor.extract", edits))
}

/// A variable's value in the place of each of its readings.
fn inline_let(project: &Project, here: Here<'_>, d: &JourneyDecl, byte: u32) -> Option<Action> {
    let name = names::at(project, project.path_of(here), byte)?;
    let Symbol::Local(_, word) = &name.symbol else {
        return None;
    };
    let mut found = Vec::new();
    let mut set = false;
    every(&d.steps, &mut |step| match &step.kind {
        StepKind::Let { name, value, .. } if name.text == *word => {
            found.push((step.span, value.span));
        }
        StepKind::Set { name, .. } => set |= name.first().is_some_and(|n| n.text == *word),
        _ => {}
    });
    let [(step, value)] = found.as_slice() else {
        return None;
    };
    if set {
        return None;
    }
    let text = slice(project, &at(project, here, *value))?;
    let mut edits = vec![Edit {
        at: at(project, here, *step),
        text: String::new(),
    }];
    for used in names::occurrences(project, &name.symbol) {
        if !used.defines {
            edits.push(Edit {
                at: used.at,
                text: format!("({text})"),
            });
        }
    }
    let title = format!("inline `{word}`");
    Some(action(title, "refactor.inline", edits))
}

/// One instance for each value of a field, where the cursor is on `enter on EVENT`.
fn keyed(project: &Project, here: Here<'_>, d: &JourneyDecl, byte: u32) -> Option<Action> {
    let world = journey_compiler::world(&project.db, project.workspace);
    let inside = |span: Span| {
        let span = span.shifted(here.offset);
        span.start <= byte && byte <= span.end
    };
    let entered = d.members.iter().find_map(|member| match &member.kind {
        MemberKind::EnterOn(pattern, _) if pattern.key.is_none() && inside(member.span) => {
            Some(pattern)
        }
        _ => None,
    })?;
    let fields = |pattern: &EventPattern| {
        let name = pattern.path.first().map(|name| name.text.as_str());
        let event = world
            .events
            .iter()
            .find(|event| Some(event.name.as_str()) == name)?;
        world
            .records
            .get(event.record.index())
            .map(|def| &def.fields)
    };
    let own = fields(entered)?.iter().skip(EVENT_FIELDS.len());
    let mut own: Vec<_> = own
        .filter(|f| matches!(f.ty.known(), Type::Text | Type::Int))
        .collect();
    own.sort_by_key(|field| !field.name.ends_with("_id"));
    let key = own.first()?;
    let insert = |pattern: &EventPattern, text: String| {
        let end = pattern.filter.as_ref().map(|filter| filter.span);
        let end = end.or(pattern.path.last().map(|name| name.span))?.end;
        Some(Edit {
            at: at(project, here, Span::new(end, end)),
            text,
        })
    };
    let mut edits = vec![insert(entered, format!(" key {}", key.name))?];
    let mut others: Vec<&EventPattern> = Vec::new();
    for member in &d.members {
        match &member.kind {
            MemberKind::Exit { events, .. } | MemberKind::Goal { events, .. } => {
                others.extend(events);
            }
            _ => {}
        }
    }
    let waited = waited(d);
    others.extend(&waited);
    for pattern in others
        .into_iter()
        .filter(|p| p.key.is_none() && p.path.len() == 1)
    {
        let carries = fields(pattern).is_none_or(|all| {
            all.iter()
                .any(|f| f.name == key.name && f.ty.known() == key.ty.known())
        });
        if !carries {
            edits.extend(insert(pattern, " any key".to_owned()));
        }
    }
    let title = format!("convert to keyed by `{}`", key.name);
    Some(action(title, "refactor.rewrite", edits))
}

fn waited(d: &JourneyDecl) -> Vec<EventPattern> {
    let mut found = Vec::new();
    every(&d.steps, &mut |step| match &step.kind {
        StepKind::WaitFor { what, .. } => match what {
            WaitWhat::One(pattern) => found.push(pattern.clone()),
            WaitWhat::Arms(arms) => found.extend(arms.iter().filter_map(|arm| arm.pattern.clone())),
            WaitWhat::Missing(_) | WaitWhat::Step { .. } => {}
        },
        StepKind::Collect { pattern, .. } => found.push(pattern.clone()),
        _ => {}
    });
    found
}

/// An arm for every outcome of the send that a wait is about.
fn all_outcomes(project: &Project, here: Here<'_>, d: &JourneyDecl, byte: u32) -> Option<Action> {
    let arms = arms_at(here, d, byte)?;
    let patterns = arms.iter().filter_map(|arm| arm.pattern.as_ref());
    let paths: Vec<&[Name]> = patterns.map(|pattern| pattern.path.as_slice()).collect();
    let step = paths.iter().find_map(|path| match path {
        [step, _] => Some(step.text.clone()),
        _ => None,
    })?;
    let ways = sends_named(here, &step);
    let handled = |outcome: &str| {
        let mut last = paths.iter().filter_map(|path| path.last());
        last.any(|name| name.text == outcome)
    };
    let world = journey_compiler::world(&project.db, project.workspace);
    let channels = world.channels.iter().filter(|c| ways.contains(&c.name));
    let outcomes = channels.flat_map(|channel| &channel.outcomes);
    let mut missing: Vec<&str> = Vec::new();
    for outcome in outcomes.filter(|o| !o.answer && !o.name.contains('.')) {
        if !handled(&outcome.name) && !missing.contains(&outcome.name.as_str()) {
            missing.push(&outcome.name);
        }
    }
    if missing.is_empty() {
        return None;
    }
    let first = arms.first()?.span.start;
    let arms = missing.iter().map(|o| format!("{step}.{o} => {{ }}\n"));
    let edit = Edit {
        at: at(project, here, Span::new(first, first)),
        text: arms.collect(),
    };
    let title = "handle missing outcomes".to_owned();
    Some(action(title, "refactor.rewrite", vec![edit]))
}

/// The arms of the innermost wait around a byte.
fn arms_at(here: Here<'_>, d: &JourneyDecl, byte: u32) -> Option<Vec<WaitArm>> {
    let mut found = None;
    every(&d.steps, &mut |step| {
        let span = step.span.shifted(here.offset);
        if let StepKind::WaitFor {
            what: WaitWhat::Arms(arms),
            ..
        } = &step.kind
            && span.start <= byte
            && byte <= span.end
        {
            found = Some(arms.clone());
        }
    });
    found
}

/// Events by which a purpose is granted and revoked, where nothing says how.
fn consent(project: &Project, here: Here<'_>, d: &PurposeDecl) -> Option<Action> {
    let needed = d
        .consent
        .as_ref()
        .is_some_and(|consent| consent.text != "not_needed");
    if !d.rules.is_empty() || !needed {
        return None;
    }
    let path = project.path_of(here);
    let name = &d.name.text;
    let after = d.basis.as_ref().or(d.consent.as_ref())?.span.end + here.offset;
    let start = here.decl.span.start + here.offset;
    let events = ["granted", "revoked"].map(|word| format!("event {name}_{word} {{ }}\n"));
    let edits = vec![
        Edit {
            at: Place::new(path, start, start),
            text: format!("{}\n", events.concat()),
        },
        Edit {
            at: Place::new(path, after, after),
            text: format!("\n    granted by {name}_granted\n    revoked by {name}_revoked"),
        },
    ];
    let title = "add consent: events that grant and revoke it".to_owned();
    Some(action(title, "refactor.rewrite", edits))
}
