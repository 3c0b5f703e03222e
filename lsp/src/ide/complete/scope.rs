//! The names that mean something at a place: variables, fields, what stands after a point.

use super::{Item, ItemKind, declaration};
use crate::ide::{Here, Project, types};
use journey_compiler::check_decl;
use journey_compiler::names::index::Symbol;
use journey_compiler::program::types::{EVENT_FIELDS, RecordId, Type};
use journey_compiler::world::{Entity, World};
use journey_grammar::tree::{DeclKind, MemberKind, StepKind};
use journey_grammar::{Kind, Token};

/// Where an expression is due: values that fit first, then all that can be read.
pub(super) fn values(
    project: &Project,
    path: &str,
    byte: u32,
    own: &str,
    written: &[Token],
) -> Vec<Item> {
    let world = journey_compiler::world(&project.db, project.workspace);
    let here = project.at(path, byte);
    let mut items = Vec::new();
    if let Some(ty) = compared(project, path, byte, own, written) {
        items.extend(values_of(world, &ty));
    }
    if let Some(event) = event_here(world, own, written) {
        items.extend(fields(world, event, 1));
    }
    if let Some(here) = here {
        let checked = check_decl(&project.db, project.workspace, here.chunk);
        for local in checked
            .locals
            .iter()
            .filter(|local| !local.name.contains('.'))
        {
            let detail = types::written(project, &local.ty);
            items.push(Item::new(&local.name, ItemKind::Variable, detail).ranked(2));
        }
    }
    items.extend(profile(project, world, 3));
    for (name, entity) in &world.names {
        let value = matches!(
            entity,
            Entity::Const(_)
                | Entity::Audience(_)
                | Entity::Function(_)
                | Entity::Model(_)
                | Entity::Record(_)
                | Entity::Table(_)
                | Entity::Offer(_)
        );
        if value {
            items.push(declaration(name, entity));
        }
    }
    let in_journey = here.is_some_and(|here| matches!(here.decl.kind, DeclKind::Journey(_)));
    let words: &[&str] = if in_journey {
        &["entry", "profile"]
    } else {
        &["profile"]
    };
    let always = [
        "now", "today", "true", "false", "known", "unknown", "any", "no", "count", "sum",
    ];
    for word in words.iter().chain(&always) {
        items.push(Item::new(*word, ItemKind::Keyword, "").ranked(6));
    }
    items
}

fn profile(project: &Project, world: &World, rank: u32) -> Vec<Item> {
    let fields = world.profile_fields().fields.iter();
    let declared = fields.map(|field| (&field.name, &field.ty));
    let computed = world.profile.lets.iter().map(|(name, ty)| (name, ty));
    let item = |(name, ty): (&String, &Type)| {
        let detail = types::written(project, ty);
        Item::of(Symbol::Profile(name.clone()), ItemKind::Field, detail).ranked(rank)
    };
    declared.chain(computed).map(item).collect()
}

fn fields(world: &World, record: RecordId, rank: u32) -> Vec<Item> {
    let def = world.records.get(record.index());
    let fields = def
        .into_iter()
        .flat_map(|def| def.fields.iter().map(move |f| (def, f)));
    let item = |(def, field): (
        &journey_compiler::program::types::RecordDef,
        &journey_compiler::program::types::FieldDef,
    )| {
        let symbol = Symbol::Field(def.name.clone(), field.name.clone());
        let detail = journey_compiler::types::type_name(world, &field.ty);
        let given = EVENT_FIELDS.iter().any(|(name, _)| *name == field.name);
        Item::of(symbol, ItemKind::Field, detail).ranked(if given { rank + 3 } else { rank })
    };
    fields.map(item).collect()
}

/// The values of a type that has a few.
fn values_of(world: &World, ty: &Type) -> Vec<Item> {
    match ty.known() {
        Type::Enum(id) | Type::Offer(id) => {
            let def = world.enums.get(id.index());
            let values = def
                .into_iter()
                .flat_map(|def| def.values.iter().map(move |v| (def, v)));
            values
                .map(|(def, value)| {
                    let symbol = Symbol::Value(def.name.clone(), value.clone());
                    Item::of(symbol, ItemKind::Value, def.name.clone()).ranked(0)
                })
                .collect()
        }
        Type::Bool => vec![
            Item::new("true", ItemKind::Value, "bool").ranked(0),
            Item::new("false", ItemKind::Value, "bool").ranked(0),
        ],
        _ => Vec::new(),
    }
}

/// What the value that is due is compared with, matched against or assigned to: its type.
fn compared(
    project: &Project,
    path: &str,
    byte: u32,
    own: &str,
    written: &[Token],
) -> Option<Type> {
    let mut rest = written;
    // `a in [x, y, |`: back to the bracket.
    let listed = rest.iter().rposition(|token| token.kind == Kind::LBracket);
    if let Some(at) = listed
        && rest.get(at + 1..)?.iter().all(|t| t.kind != Kind::RBracket)
    {
        rest = rest.get(..at)?;
    }
    let (last, before) = rest.split_last()?;
    let compares = matches!(
        last.kind,
        Kind::EqEq | Kind::NotEq | Kind::Lt | Kind::Le | Kind::Gt | Kind::Ge | Kind::In
    );
    let assigns = matches!(last.kind, Kind::Colon | Kind::Assign);
    let matches = match_subject(own, rest);
    if !(compares || assigns || matches.is_some()) {
        return None;
    }
    let (subject, end) = match matches {
        Some(subject) if !compares && !assigns => subject,
        _ => (before, last.start),
    };
    let _ = end;
    let names = path_before(own, subject);
    resolve(project, path, byte, own, written, &names)
}

/// The tokens up to the end of what a `match` is about, where its arms are being written.
fn match_subject<'t>(_own: &str, written: &'t [Token]) -> Option<(&'t [Token], u32)> {
    let mut depth = 0_usize;
    for (at, token) in written.iter().enumerate().rev() {
        match token.kind {
            Kind::RBrace => depth += 1,
            Kind::LBrace if depth > 0 => depth -= 1,
            Kind::LBrace => {
                let head = written.get(..at)?;
                let found = head.iter().rposition(|t| t.kind == Kind::Match)?;
                let inside = head.get(found + 1..)?;
                let plain = inside.iter().all(|t| t.kind != Kind::LBrace);
                return plain.then_some((head, token.start));
            }
            _ => {}
        }
    }
    None
}

/// The names with points between them at the end of the tokens.
fn path_before(own: &str, tokens: &[Token]) -> Vec<String> {
    let mut names = Vec::new();
    let mut due = true;
    for token in tokens.iter().rev() {
        let word = matches!(token.kind, Kind::Ident | Kind::Quoted)
            || token.kind.is_soft_word()
            || token.kind.is_reserved();
        if due && word {
            names.push(token.text(own).trim_matches('`').to_owned());
            due = false;
        } else if !due && token.kind == Kind::Dot {
            due = true;
        } else {
            break;
        }
    }
    names.reverse();
    names
}

/// The event in whose `where` the place stands: the last one named before it.
fn event_here(world: &World, own: &str, written: &[Token]) -> Option<RecordId> {
    let mut depth = 0_i32;
    for (at, token) in written.iter().enumerate().rev() {
        match token.kind {
            Kind::RParen | Kind::RBrace => depth += 1,
            Kind::LParen => depth -= 1,
            Kind::LBrace if depth <= 0 => return None,
            Kind::LBrace => depth -= 1,
            Kind::Where if depth <= 0 => {
                let names = path_before(own, written.get(..at)?);
                return event_named(world, &names);
            }
            _ => {}
        }
    }
    None
}

fn event_named(world: &World, names: &[String]) -> Option<RecordId> {
    let full = names.join(".");
    let first = names.first()?;
    let mut events = world.events.iter();
    let found = events.find(|event| event.name == full);
    let found = found.or_else(|| world.events.iter().find(|event| event.name == *first));
    found.map(|event| event.record)
}

/// The type of a path at a place, though what follows it is not written yet.
fn resolve(
    project: &Project,
    path: &str,
    byte: u32,
    own: &str,
    written: &[Token],
    names: &[String],
) -> Option<Type> {
    let world = journey_compiler::world(&project.db, project.workspace);
    let here = project.at(path, byte);
    let first = names.first()?;
    let field = |record: RecordId, name: &str| {
        let def = world.records.get(record.index())?;
        let field = def.fields.iter().find(|field| field.name == name)?;
        Some(field.ty.clone())
    };
    let of_profile = |name: &str| types::of_symbol(project, &Symbol::Profile(name.to_owned()));
    let (mut ty, rest) = if first == "profile" {
        (of_profile(names.get(1)?)?, names.get(2..)?)
    } else {
        let inside = event_here(world, own, written).and_then(|event| field(event, first));
        let local = here.and_then(|here| local(project, here, first));
        let entry = here
            .filter(|_| first == "entry")
            .and_then(|here| entry(world, here));
        let event = event_named(world, names.get(..1)?).map(Type::Record);
        let declared = types::of_symbol(project, &Symbol::Declared(first.clone()));
        let found = inside.or(local).or(entry).or_else(|| of_profile(first));
        (found.or(event).or(declared)?, names.get(1..)?)
    };
    for name in rest {
        let Type::Record(record) = ty.known() else {
            return None;
        };
        ty = field(*record, name)?;
    }
    Some(ty)
}

fn local(project: &Project, here: Here<'_>, name: &str) -> Option<Type> {
    let checked = check_decl(&project.db, project.workspace, here.chunk);
    let local = checked
        .locals
        .iter()
        .rev()
        .find(|local| local.name == name)?;
    Some(local.ty.clone())
}

fn entry(world: &World, here: Here<'_>) -> Option<Type> {
    let DeclKind::Journey(d) = &here.decl.kind else {
        return None;
    };
    d.members.iter().find_map(|member| match &member.kind {
        MemberKind::EnterOn(pattern, _) => {
            let names: Vec<String> = pattern.path.iter().map(|n| n.text.clone()).collect();
            event_named(world, &names).map(Type::Record)
        }
        MemberKind::EnterStart { .. } => {
            let names = vec![format!("{}.start", d.name.text)];
            event_named(world, &names).map(Type::Record)
        }
        _ => None,
    })
}

/// After a point: fields, outcomes, values.
pub(super) fn after_point(
    project: &Project,
    path: &str,
    byte: u32,
    own: &str,
    written: &[Token],
) -> Vec<Item> {
    let world = journey_compiler::world(&project.db, project.workspace);
    let Some((_, before)) = written.split_last() else {
        return Vec::new();
    };
    let names = path_before(own, before);
    let mut items = Vec::new();
    let word = |word: &str| Item::new(word, ItemKind::Event, "of a send").ranked(1);
    if let [only] = names.as_slice() {
        let of = |name: &str| matches!(name, "consent" | "muted").then_some(());
        if only == "profile" {
            return profile(project, world, 1);
        }
        if of(only).is_some() {
            let purposes = world
                .names
                .iter()
                .filter(|(_, e)| matches!(e, Entity::Purpose(_)));
            return purposes
                .map(|(name, entity)| declaration(name, entity))
                .collect();
        }
        match world.names.get(only) {
            Some(Entity::Channel(_) | Entity::Decision(_)) => {
                items.extend(outcomes(world, only));
                items.push(word("sent"));
            }
            Some(Entity::Message(_)) => items.push(word("sent")),
            Some(Entity::Enum(id)) => items.extend(values_of(world, &Type::Enum(*id))),
            _ => {}
        }
        if let Some(here) = project.at(path, byte) {
            let sends = sends_named(here, only);
            for channel in &sends {
                items.extend(outcomes(world, channel));
            }
            if !sends.is_empty() {
                items.extend(["sent", "reason", "channel"].map(word));
            }
        }
    }
    let ty = resolve(project, path, byte, own, before, &names);
    match ty.as_ref().map(Type::known) {
        Some(Type::Record(record)) => items.extend(fields(world, *record, 1)),
        Some(Type::Offer(id)) => {
            let sig = world.offer_types.iter().find(|sig| sig.id == *id);
            for field in sig.into_iter().flat_map(|sig| &sig.fields) {
                let detail = types::written(project, &field.ty);
                items.push(Item::new(&field.name, ItemKind::Field, detail).ranked(1));
            }
        }
        _ => {}
    }
    items
}

/// The channels by which a step of this name goes, in this journey.
pub fn sends_named(here: Here<'_>, name: &str) -> Vec<String> {
    let DeclKind::Journey(d) = &here.decl.kind else {
        return Vec::new();
    };
    let mut found = Vec::new();
    crate::ide::hints::every(&d.steps, &mut |step| {
        if let StepKind::Send(send) = &step.kind
            && send.name.as_ref().unwrap_or(&send.message).text == name
        {
            use journey_grammar::tree::SendBy;
            match &send.by {
                SendBy::One(channel) => found.push(channel.text.clone()),
                SendBy::FirstOf(all) => found.extend(all.iter().map(|c| c.text.clone())),
                SendBy::Missing(_) => {}
            }
        }
    });
    found
}

fn outcomes(world: &World, of: &str) -> Vec<Item> {
    let ahead = format!("{of}.");
    let events = world
        .events
        .iter()
        .filter_map(|e| e.name.strip_prefix(ahead.as_str()));
    let own = events.filter(|name| *name != "sent");
    own.map(|name| {
        let symbol = Symbol::Outcome(of.to_owned(), name.to_owned());
        Item::of(symbol, ItemKind::Event, format!("outcome of {of}")).ranked(0)
    })
    .collect()
}

/// Between braces: fields that are not given yet, arms that are missing.
pub(super) fn members(
    project: &Project,
    path: &str,
    byte: u32,
    what: &str,
    own: &str,
    written: &[Token],
) -> Vec<Item> {
    let world = journey_compiler::world(&project.db, project.workspace);
    let mut items = Vec::new();
    if what == "a field" {
        let open = written.iter().rposition(|token| token.kind == Kind::LBrace);
        let names = open
            .and_then(|at| written.get(..at))
            .map(|head| path_before(own, head));
        let names = names.unwrap_or_default();
        let of = if names.last().is_some_and(|name| name == "profile") {
            Some(world.profile.record)
        } else {
            event_named(world, &names)
        };
        let inside = open
            .and_then(|at| written.get(at + 1..))
            .unwrap_or_default();
        let given: Vec<&str> = inside.iter().map(|token| token.text(own)).collect();
        for item in of.into_iter().flat_map(|record| fields(world, record, 1)) {
            let own_field = EVENT_FIELDS.iter().all(|(name, _)| *name != item.label);
            if own_field && !given.contains(&item.label.as_str()) {
                let snippet = Some(format!("{}: $1", item.label));
                items.push(Item { snippet, ..item });
            }
        }
        return items;
    }
    if let Some((subject, _)) = match_subject(own, written) {
        let names = path_before(own, subject);
        let ty = resolve(project, path, byte, own, written, &names);
        let values = ty.map(|ty| values_of(world, &ty)).unwrap_or_default();
        for item in values {
            let snippet = Some(format!("{} => {{ $1 }}", item.label));
            items.push(Item { snippet, ..item });
        }
    }
    items.extend(missing(project, path, byte));
    items
}

/// What the compiler says is missing here, to be written at once: arms, answers, outcomes.
fn missing(project: &Project, path: &str, byte: u32) -> Vec<Item> {
    let Some(here) = project.at(path, byte) else {
        return Vec::new();
    };
    let checked = check_decl(&project.db, project.workspace, here.chunk);
    let mut items = Vec::new();
    for problem in &checked.problems {
        let all = [
            "answer-not-handled",
            "match-not-exhaustive",
            "missing-timeout",
        ];
        let near = problem.span.shifted(here.offset).start <= byte;
        if let Some((title, edits)) = problem
            .fix
            .as_ref()
            .filter(|_| near && all.contains(&problem.code))
            && let [(_, text)] = edits.as_slice()
        {
            let snippet = Some(text.trim_end().to_owned());
            items.push(Item {
                snippet,
                ..Item::new(title, ItemKind::Snippet, problem.message.clone()).ranked(0)
            });
        }
    }
    items
}
