//! From the checked tree to the plan and its functions. A checked program comes in, a program that verifies
//! comes out; nothing here can be wrong with the author's text.
//!
//! `scan` looks at everything once (histories, sets, probes), `tables` holds what functions share; `expr` and its
//! neighbours make expressions, `events`, `audiences`, `journey` the functions that the engine calls.

mod act;
mod arith;
mod asked;
mod audiences;
mod class;
mod code;
mod computed;
mod enter;
mod events;
mod expr;
mod forest;
mod generate;
pub(crate) mod history;
mod index;
mod journey;
mod list;
mod measure;
mod note;
mod offer;
mod recall;
mod scan;
mod send;
mod steps;
mod tables;
mod test;
mod text;
pub(crate) mod tidy;
mod turn;
mod wait;
pub(crate) mod walk;

use crate::hir;
use crate::hir::Channel;
use generate::Context;
use journey_program::ir::Ty;
use journey_program::plan::{
    ChannelPlan, IdentifierPlan, ProfilePlan, Program, PurposePlan, QuietPlan, TraitPlan,
};
use journey_program::types::FunctionId;
use tables::Tables;

pub use note::Explained;
pub use tables::Locate;

/// The plan of a checked program. `locate` says where a byte of a file is: line and column, from 1.
pub fn lower(program: &hir::Program, locate: &Locate<'_>) -> Program {
    plan(&mut Tables::new(program, locate), program)
}

/// The same plan, and one that decides the same and notes why.
pub fn explained(program: &hir::Program, locate: &Locate<'_>) -> (Program, Explained) {
    let mut tables = Tables::new(program, locate);
    let own = plan(&mut tables, program);
    let mut tables = tables.noting(&own);
    let explaining = plan(&mut tables, program);
    let notes = tables.notes.take().unwrap_or_default();
    let explained = Explained {
        program: explaining,
        notes,
    };
    (own, explained)
}

fn plan(tables: &mut Tables<'_>, program: &hir::Program) -> Program {
    let events = events::events(tables);
    let (audiences, audiences_fn) = audiences::audiences(tables);
    let channels = program
        .channels
        .iter()
        .map(|channel| channel_plan(tables, channel))
        .collect();
    let groups = program.groups.iter();
    let groups = groups.map(|group| offer::group(tables, group));
    let groups = groups.collect();
    let offers = program.offers.iter();
    let offers = offers.map(|offer| offer::offer(tables, offer));
    let offers = offers.collect();
    let decisions = program.decisions.iter();
    let decisions = decisions.map(|decision| offer::decision(tables, decision));
    let decisions = decisions.collect();
    let learned = program.learned.iter().map(offer::learned).collect();
    let journeys = (0..program.journeys.len())
        .filter_map(|number| journey::journey(tables, number))
        .collect();
    let (conversions, measures) = measure::all(tables);
    let traits = tables.traits();
    let (element_types, sites) = tables.take_rest();
    Program {
        name: program.name.clone(),
        version: program.version.clone(),
        timezone: program.timezone.clone(),
        settings: program.settings,
        enums: program.enums.clone(),
        records: program.records.clone(),
        layouts: tables.layouts.clone(),
        element_types,
        texts: std::mem::take(&mut tables.texts.all),
        regexes: std::mem::take(&mut tables.regexes.all),
        profile: profile_plan(&program.profile, tables.block, traits),
        events,
        sources: program.sources.clone(),
        histories: tables
            .histories
            .all
            .iter()
            .map(|kept| kept.plan.clone())
            .collect(),
        purposes: program.purposes.iter().map(purpose).collect(),
        audiences,
        audiences_fn,
        channels,
        messages: program.messages.iter().map(|m| m.name.clone()).collect(),
        offers,
        groups,
        decisions,
        learned,
        message_tags: program.messages.iter().map(|m| m.tags.clone()).collect(),
        tags: program.tags.clone(),
        limits: program.limits.clone(),
        holdouts: program.holdouts.clone(),
        journeys,
        conversions,
        measures,
        functions: std::mem::take(&mut tables.functions),
        contexts: std::mem::take(&mut tables.contexts),
        sites,
    }
}

fn purpose(purpose: &hir::Purpose) -> PurposePlan {
    PurposePlan {
        name: purpose.name.clone(),
        consent: purpose.consent,
        hold: purpose.hold,
    }
}

fn profile_plan(
    profile: &hir::Profile,
    block: tables::ProfileBlock,
    traits: Vec<TraitPlan>,
) -> ProfilePlan {
    ProfilePlan {
        record: profile.record,
        size: block.size,
        consent: block.consent,
        muted: block.muted,
        audiences: block.audiences,
        timezone: profile.timezone,
        identifiers: profile
            .identifiers
            .iter()
            .zip(profile.normalise.iter().zip(&profile.shared))
            .map(|((name, field), (normalise, shared))| IdentifierPlan {
                name: name.clone(),
                field: *field,
                normalise: *normalise,
                shared: *shared,
            })
            .collect(),
        ignore: profile.ignore.clone(),
        traits,
    }
}

fn channel_plan(tables: &mut Tables<'_>, channel: &Channel) -> ChannelPlan {
    ChannelPlan {
        name: channel.name.clone(),
        address: channel.to.as_ref().map(|to| address(tables, channel, to)),
        quiet: channel
            .quiet
            .iter()
            .map(|quiet| QuietPlan {
                from: quiet.from,
                to: quiet.to,
                purposes: quiet.purposes.clone(),
            })
            .collect(),
        open: channel.open.clone(),
        limits: channel.limits.clone(),
        outcomes: channel.outcomes.iter().map(|o| o.event).collect(),
        answers: channel
            .outcomes
            .iter()
            .filter(|o| o.answer)
            .map(|o| o.event)
            .collect(),
        answer_within: channel.answer_within,
        cost: channel.cost,
        deliver: channel.deliver.clone(),
        retry: channel.retry,
    }
}

fn address(tables: &mut Tables<'_>, channel: &Channel, to: &hir::Expr) -> FunctionId {
    let name = format!("channel.{}.address", channel.name);
    let context = Context::of(channel.decl);
    tables.function(name, &[], &[Ty::Bool, Ty::Text], &context, |g| {
        let address = g.expr(to);
        let known = g.known(address);
        g.finish(vec![known, address.reg]);
    })
}
