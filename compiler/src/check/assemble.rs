//! The checked pieces → one program, everything by its number. Runs only where nothing is wrong.

use super::{check_decl, world};
use crate::db::{Db, Workspace};
use crate::forest::Forest;
use crate::hir::{Audience, DeclId, Event, Profile, Program, Sites};
use crate::names::all_chunks;
use crate::types::decl::Piece;
use crate::versions::own_name;
use crate::world::World;
use journey_program::plan::SourcePlan;
use journey_program::raw::RawExpr;

pub(super) fn assemble(db: &dyn Db, workspace: Workspace) -> Program {
    let world = world(db, workspace);
    let mut program = empty(world);
    for chunk in all_chunks(db, workspace) {
        let checked = check_decl(db, workspace, chunk);
        let decl = DeclId(u32::try_from(program.sites.len()).unwrap_or(u32::MAX));
        let offset = chunk.offset(db);
        program.sites.push(Sites {
            file: chunk.file(db).path(db).to_owned(),
            spans: checked
                .spans
                .iter()
                .map(|span| (span.start + offset, span.end + offset))
                .collect(),
        });
        add(&mut program, checked.piece.clone(), decl);
    }
    number(&mut program, world);
    program
}

fn empty(world: &World) -> Program {
    Program {
        name: world.name.clone(),
        version: world.version.clone(),
        timezone: world.timezone.clone(),
        settings: world.settings,
        enums: world.enums.clone(),
        records: world.records.clone(),
        events: world
            .events
            .iter()
            .map(|event| Event {
                name: event.name.clone(),
                record: event.record,
                outcome: event.outcome,
                decided: event.decided,
                broadcast: event.broadcast,
                keep: None,
            })
            .collect(),
        sources: Vec::new(),
        source_regexes: Vec::new(),
        profile: Profile {
            record: world.profile.record,
            lets: Vec::new(),
            identifiers: world.profile.identifiers.clone(),
            normalise: world.profile.normalise.clone(),
            shared: world.profile.shared.clone(),
            ignore: world.profile.ignore.clone(),
            timezone: world.profile.timezone,
        },
        functions: Vec::new(),
        purposes: Vec::new(),
        audiences: Vec::new(),
        channels: Vec::new(),
        messages: Vec::new(),
        offers: Vec::new(),
        groups: Vec::new(),
        decisions: Vec::new(),
        learned: Vec::new(),
        forests: Vec::new(),
        tags: world.tags.clone(),
        limits: Vec::new(),
        holdouts: Vec::new(),
        journeys: Vec::new(),
        conversions: Vec::new(),
        measures: Vec::new(),
        tests: Vec::new(),
        sites: Vec::new(),
    }
}

fn add(program: &mut Program, piece: Piece, decl: DeclId) {
    match piece {
        Piece::Nothing => {}
        Piece::Profile(mut lets) => {
            lets.iter_mut().for_each(|computed| computed.decl = decl);
            lets.append(&mut program.profile.lets);
            program.profile.lets = lets;
        }
        Piece::Event(name, keep) => {
            let mut events = program.events.iter_mut();
            if let Some(event) = events.find(|event| event.name == name) {
                event.keep = Some(keep);
            }
        }
        Piece::Table(columns) => {
            for mut column in columns {
                column.decl = decl;
                program.functions.push(column);
            }
        }
        Piece::Function(mut piece) => {
            piece.decl = decl;
            program.functions.push(piece);
        }
        Piece::Purpose(mut piece, hold) => {
            piece.decl = decl;
            program.audiences.extend(hold.map(|predicate| Audience {
                name: format!("{}.hold", piece.name),
                decl,
                predicate,
            }));
            program.purposes.push(piece);
        }
        Piece::Audience(mut piece) => {
            piece.decl = decl;
            program.audiences.push(piece);
        }
        Piece::Channel(mut piece) => {
            piece.decl = decl;
            program.channels.push(piece);
        }
        Piece::Message(mut piece) => {
            piece.decl = decl;
            program.messages.push(piece);
        }
        Piece::Offer(_)
        | Piece::Group(_)
        | Piece::Decision(_)
        | Piece::Model(..)
        | Piece::Learned(_) => add_of_offers(program, piece, decl),
        Piece::Limit(piece) => program.limits.push(piece),
        Piece::Holdout(piece) => program.holdouts.push(piece),
        Piece::Journey(mut piece) => {
            piece.decl = decl;
            program.journeys.push(*piece);
        }
        Piece::Conversion(_) | Piece::Measure(_) => add_measured(program, piece, decl),
        Piece::Source(mut source, regexes) => {
            let first = u32::try_from(program.source_regexes.len()).unwrap_or(u32::MAX);
            shift_source(&mut source, first);
            program.source_regexes.extend(regexes);
            program.sources.push(source);
        }
        Piece::Test(mut piece) => {
            piece.decl = decl;
            program.tests.push(piece);
        }
    }
}

/// What is counted, and what customers are worth by.
fn add_measured(program: &mut Program, piece: Piece, decl: DeclId) {
    if let Piece::Conversion(mut piece) = piece {
        piece.decl = decl;
        program.conversions.push(*piece);
    } else if let Piece::Measure(mut piece) = piece {
        piece.decl = decl;
        program.measures.push(piece);
    }
}

/// What is chosen among, and what it is ranked by.
fn add_of_offers(program: &mut Program, piece: Piece, decl: DeclId) {
    if let Piece::Offer(mut piece) = piece {
        piece.decl = decl;
        program.offers.push(*piece);
    } else if let Piece::Group(mut piece) = piece {
        piece.decl = decl;
        program.groups.push(*piece);
    } else if let Piece::Decision(mut piece) = piece {
        piece.decl = decl;
        program.decisions.push(*piece);
    } else if let Piece::Model(mut computed, forest) = piece {
        computed.decl = decl;
        program.forests.push(forest.unwrap_or_else(Forest::nothing));
        program.profile.lets.push(computed);
    } else if let Piece::Learned(piece) = piece {
        program.learned.push(piece);
    }
}

/// Everything in the order of its numbers: by name, audiences by need.
fn number(program: &mut Program, world: &World) {
    // `TABLE.COLUMN` behind what authors name: `f@1.0.0` is one of those
    let is_column = |name: &str| own_name(name).0.contains('.');
    program
        .functions
        .sort_by(|a, b| (is_column(&a.name), &a.name).cmp(&(is_column(&b.name), &b.name)));
    program.purposes.sort_by(|a, b| a.name.cmp(&b.name));
    program.channels.sort_by(|a, b| a.name.cmp(&b.name));
    program.holdouts.sort_by(|a, b| a.name.cmp(&b.name));
    program.messages.sort_by(|a, b| a.name.cmp(&b.name));
    program.offers.sort_by(|a, b| a.name.cmp(&b.name));
    program.groups.sort_by(|a, b| a.name.cmp(&b.name));
    program.decisions.sort_by(|a, b| a.name.cmp(&b.name));
    program.learned.sort_by(|a, b| a.name.cmp(&b.name));
    number_models(program, world);
    program.journeys.sort_by(|a, b| a.name.cmp(&b.name));
    program.conversions.sort_by(|a, b| a.name.cmp(&b.name));
    program.measures.sort_by(|a, b| a.name.cmp(&b.name));
    program.sources.sort_by(|a, b| a.name.cmp(&b.name));
    program.audiences.sort_by_key(|audience| {
        world
            .audiences
            .iter()
            .position(|name| *name == audience.name)
    });
}

/// Models are computed fields after the profile's own, in the order of names; each has its forest's place.
fn number_models(program: &mut Program, world: &World) {
    let models = world.forests.len();
    let own = program.profile.lets.len().saturating_sub(models);
    let fields = program.profile.lets.split_off(own);
    let forests = std::mem::take(&mut program.forests);
    let mut both: Vec<_> = fields.into_iter().zip(forests).collect();
    both.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    for (field, forest) in both {
        program.profile.lets.push(field);
        program.forests.push(forest);
    }
}

/// Each source numbers its regular expressions from 0; the program numbers them all.
fn shift_source(source: &mut SourcePlan, by: u32) {
    if by == 0 {
        return;
    }
    for (_, value) in &mut source.identify {
        shift(value, by);
    }
    for rule in &mut source.rules {
        let single = rule.when.iter_mut().chain(&mut rule.at).chain(&mut rule.id);
        for value in single.chain(rule.assigns.iter_mut().map(|(_, value)| value)) {
            shift(value, by);
        }
    }
}

fn shift(value: &mut RawExpr, by: u32) {
    match value {
        RawExpr::Path(_) | RawExpr::Bool(_) | RawExpr::Number(_) | RawExpr::Text(_) => {}
        RawExpr::Concat(items) | RawExpr::List(items) => {
            for item in items {
                shift(item, by);
            }
        }
        RawExpr::Not(inner) | RawExpr::Known(inner) => shift(inner, by),
        RawExpr::Binary(_, left, right) => {
            shift(left, by);
            shift(right, by);
        }
        RawExpr::Matches(inner, regex) => {
            *regex += by;
            shift(inner, by);
        }
        RawExpr::Between(a, b, c) | RawExpr::If(a, b, c) => {
            shift(a, by);
            shift(b, by);
            shift(c, by);
        }
    }
}
