//! What the compiler knows and the text leaves out, beside it: types of variables, keys that correlate, times as
//! people read them, the most messages of a journey.

use super::{Here, Project, about, types};
use journey_compiler::names::index::Symbol;
use journey_compiler::program::types::Type;
use journey_compiler::program::{civil, show};
use journey_grammar::tree::{DeclKind, EventPattern, KeyRef, MemberKind, Step, StepKind, WaitWhat};
use journey_grammar::{Kind, tokens};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub at: u32,
    pub text: String,
    /// a type, where it may be written so
    pub is_type: bool,
}

/// `textDocument/inlayHint` between two bytes.
pub fn of_range(project: &Project, path: &str, from: u32, to: u32) -> Vec<Hint> {
    let mut hints = Vec::new();
    for here in project.decls(path) {
        let length = u32::try_from(here.chunk.text(&project.db).len()).unwrap_or(u32::MAX);
        if here.offset <= to && from <= here.offset.saturating_add(length) {
            of_decl(project, here, &mut hints);
        }
    }
    hints.retain(|hint| (from..=to).contains(&hint.at));
    hints.sort_by_key(|hint| hint.at);
    hints.dedup();
    hints
}

fn of_decl(project: &Project, here: Here<'_>, hints: &mut Vec<Hint>) {
    let mut typed = |name: &journey_grammar::tree::Name, symbol: Symbol| {
        let ty = types::of_symbol(project, &symbol).filter(|ty| *ty != Type::Error);
        if let Some(ty) = ty {
            hints.push(Hint {
                at: name.span.end + here.offset,
                text: format!(": {}", types::written(project, &ty)),
                is_type: true,
            });
        }
    };
    match &here.decl.kind {
        DeclKind::Profile(d) => {
            for computed in d.lets.iter().filter(|l| l.ty.is_none()) {
                typed(&computed.name, Symbol::Profile(computed.name.text.clone()));
            }
        }
        DeclKind::Const(d) if d.ty.is_none() => {
            typed(&d.name, Symbol::Declared(d.name.text.clone()));
        }
        DeclKind::Journey(d) => {
            let mut lets = Vec::new();
            every(&d.steps, &mut |step| match &step.kind {
                StepKind::Let { name, ty: None, .. } | StepKind::Decide { name, .. } => {
                    lets.push(name.clone());
                }
                _ => {}
            });
            for name in lets {
                let symbol = Symbol::Local(d.name.text.clone(), name.text.clone());
                typed(&name, symbol);
            }
            keys(here, hints);
            if let Some(most) = about::messages_of(project, &d.name.text) {
                hints.push(Hint {
                    at: d.name.span.end + here.offset,
                    text: most,
                    is_type: false,
                });
            }
        }
        _ => {}
    }
    times(project, here, hints);
}

/// `key cart_id` behind each event that carries the key without a word.
fn keys(here: Here<'_>, hints: &mut Vec<Hint>) {
    let DeclKind::Journey(d) = &here.decl.kind else {
        return;
    };
    let key = d.members.iter().find_map(|member| match &member.kind {
        MemberKind::EnterOn(pattern, _) => match &pattern.key {
            Some(KeyRef::Field(name)) => name.text.rsplit('.').next(),
            Some(KeyRef::Any) | None => None,
        },
        _ => None,
    });
    let Some(key) = key else { return };
    let mut note = |pattern: &EventPattern| {
        if pattern.key.is_none()
            && let [name] = pattern.path.as_slice()
        {
            hints.push(Hint {
                at: name.span.end + here.offset,
                text: format!(" key {key}"),
                is_type: false,
            });
        }
    };
    for member in &d.members {
        match &member.kind {
            MemberKind::Exit { events, .. } | MemberKind::Goal { events, .. } => {
                events.iter().for_each(&mut note);
            }
            _ => {}
        }
    }
    every(&d.steps, &mut |step| match &step.kind {
        StepKind::WaitFor { what, .. } => match what {
            WaitWhat::One(pattern) => note(pattern),
            WaitWhat::Arms(arms) => arms
                .iter()
                .filter_map(|a| a.pattern.as_ref())
                .for_each(&mut note),
            WaitWhat::Missing(_) | WaitWhat::Step { .. } => {}
        },
        StepKind::Collect { pattern, .. } => note(pattern),
        _ => {}
    });
}

/// Instants in the project's own zone.
fn times(project: &Project, here: Here<'_>, hints: &mut Vec<Hint>) {
    let zone = &journey_compiler::world(&project.db, project.workspace).timezone;
    if zone == "UTC" {
        return;
    }
    let text = here.chunk.text(&project.db);
    for token in tokens(text).iter().filter(|token| token.kind == Kind::Time) {
        if let Some(local) = local_time(token.text(text), zone) {
            hints.push(Hint {
                at: token.end + here.offset,
                text: format!(" {local} {zone}"),
                is_type: false,
            });
        }
    }
}

fn local_time(written: &str, zone: &str) -> Option<String> {
    let (date, clock) = written.trim_end_matches('Z').split_once('T')?;
    let numbers = |text: &str, by: char| -> Option<Vec<i64>> {
        text.split(by).map(|part| part.parse().ok()).collect()
    };
    let (date, clock) = (numbers(date, '-')?, numbers(clock, ':')?);
    let ([year, month, day], [hour, minute, rest @ ..]) = (date.as_slice(), clock.as_slice())
    else {
        return None;
    };
    let day = civil::Day {
        year: *year,
        month: *month,
        day: *day,
    };
    let second = rest.first().copied().unwrap_or(0);
    let clock = ((hour * 60 + minute) * 60 + second) * 1000;
    let instant = civil::date_from_day(day)? * 86_400_000 + clock;
    let (date, clock) = civil::Zone::named(zone)?.local(instant)?;
    Some(format!("{} {}", show::date(date), show::clock(clock)))
}

/// Every step, in the order of the text.
pub fn every(steps: &[Step], see: &mut impl FnMut(&Step)) {
    for step in steps {
        see(step);
        for block in journey_compiler::names::signature::blocks(&step.kind) {
            every(block, see);
        }
    }
}
