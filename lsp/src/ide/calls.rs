//! Who acts on what: journeys that start journeys, who sends a message, who enters on an event.

use super::hints::every;
use super::{Here, Place, Project, about, names};
use journey_compiler::names::index::Symbol;
use journey_grammar::tree::{DeclKind, MemberKind, Name, StepKind};

/// `textDocument/implementation`: the sends of a message, the journeys that enter on an event, the offers of a type.
pub fn implementations(project: &Project, path: &str, byte: u32) -> Vec<Place> {
    let Some(name) = names::at(project, path, byte) else {
        return Vec::new();
    };
    let Symbol::Declared(wanted) = &name.symbol else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for here in project.all() {
        let file = project.path_of(here);
        let mut note = |name: &Name| {
            if name.text == *wanted {
                let span = name.span.shifted(here.offset);
                found.push(Place::new(file, span.start, span.end));
            }
        };
        match &here.decl.kind {
            DeclKind::Journey(d) => {
                for member in &d.members {
                    if let MemberKind::EnterOn(pattern, _) = &member.kind {
                        pattern.path.first().into_iter().for_each(&mut note);
                    }
                }
                every(&d.steps, &mut |step| match &step.kind {
                    StepKind::Send(send) => note(&send.message),
                    StepKind::Decide { decision, .. } => note(decision),
                    StepKind::Start { journey, .. } => note(journey),
                    _ => {}
                });
            }
            DeclKind::Offer(d) if d.ty.text == *wanted => note(&Name {
                text: wanted.clone(),
                span: d.name.span,
            }),
            _ => {}
        }
    }
    found.sort();
    found
}

/// One journey, and the places of one call between it and another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub journey: String,
    pub whole: Place,
    pub at: Place,
    pub from: Vec<Place>,
}

/// The journey at a byte: where it is declared or named.
pub fn prepare(project: &Project, path: &str, byte: u32) -> Option<Call> {
    let name = names::at(project, path, byte)?;
    let Symbol::Declared(journey) = &name.symbol else {
        return None;
    };
    item(project, about::named(project, journey)?)
}

fn item(project: &Project, here: Here<'_>) -> Option<Call> {
    let DeclKind::Journey(d) = &here.decl.kind else {
        return None;
    };
    let file = project.path_of(here);
    let (name, whole) = (
        d.name.span.shifted(here.offset),
        here.decl.span.shifted(here.offset),
    );
    Some(Call {
        journey: d.name.text.clone(),
        whole: Place::new(file, whole.start, whole.end),
        at: Place::new(file, name.start, name.end),
        from: Vec::new(),
    })
}

/// What a journey starts: the names of journeys, with their places.
fn starts(project: &Project, here: Here<'_>) -> Vec<(String, Place)> {
    let DeclKind::Journey(d) = &here.decl.kind else {
        return Vec::new();
    };
    let file = project.path_of(here);
    let mut found = Vec::new();
    every(&d.steps, &mut |step| {
        if let StepKind::Start { journey, .. } = &step.kind {
            let span = journey.span.shifted(here.offset);
            found.push((journey.text.clone(), Place::new(file, span.start, span.end)));
        }
    });
    found
}

/// Who starts a journey.
pub fn incoming(project: &Project, journey: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    for here in project.all() {
        let all = starts(project, here).into_iter();
        let from: Vec<Place> = all
            .filter(|(to, _)| to == journey)
            .map(|(_, at)| at)
            .collect();
        if let Some(call) = item(project, here).filter(|_| !from.is_empty()) {
            calls.push(Call { from, ..call });
        }
    }
    calls
}

/// Whom a journey starts.
pub fn outgoing(project: &Project, journey: &str) -> Vec<Call> {
    let Some(here) = about::named(project, journey) else {
        return Vec::new();
    };
    let mut calls: Vec<Call> = Vec::new();
    for (to, at) in starts(project, here) {
        if let Some(call) = calls.iter_mut().find(|call| call.journey == to) {
            call.from.push(at);
        } else if let Some(there) = about::named(project, &to)
            && let Some(call) = item(project, there)
        {
            calls.push(Call {
                from: vec![at],
                ..call
            });
        }
    }
    calls
}
