//! `journey erase`: a person's data removed from a state folder: logged, applied, then no file has a byte of it. A
//! receipt goes out. What broke off before is finished first, whoever is asked for.

use crate::args::EraseArgs;
use crate::compile::Execution;
use crate::disk::Folder;
use crate::failure::Failure;
use crate::kept::{self, Given, Opened, Terms};
use crate::looking::{Looked, person};
use crate::rights::erasures;
use crate::terminal;
use journey_runtime::engine::Options;
use journey_runtime::state::PersonNo;
use journey_runtime::store::{ErasedFrom, StoreError};
use std::collections::{BTreeMap, BTreeSet};

pub fn run(args: &EraseArgs) -> Result<(), Failure> {
    if !args.state.is_dir() {
        let folder = args.state.display();
        return Err(Failure::outside(format!("there is no folder `{folder}`")));
    }
    let mut opened = open(args)?;
    let unfinished = opened.durable.finish_erasing().map_err(|e| failed(&e))?;
    let finished = unfinished.is_some();
    if let Some(erased) = unfinished {
        told(args, &opened, &erased)?;
    }
    let whom = match (&args.profile, &args.replay) {
        (Some(profile), _) => match person(opened.durable.engine(), profile) {
            Ok(who) => vec![(who, erasures::request())],
            // it was what broke off
            Err(_) if finished => Vec::new(),
            Err(failure) => return Err(failure),
        },
        (None, Some(path)) => again(&opened, &erasures::read(path)?),
        (None, None) => Vec::new(),
    };
    for (who, request) in whom {
        let erased = opened.durable.erase(who, &request, erasures::chance());
        if let Some(erased) = erased.map_err(|e| failed(&e))? {
            told(args, &opened, &erased)?;
        }
    }
    opened.durable.reserve().map_err(|e| failed(&e))?;
    Ok(())
}

/// What is to be done where it met a full disk.
fn failed(error: &StoreError) -> Failure {
    let mut failure = kept::failed(error);
    if error.is_full() {
        failure.message += ": run the command again, and the past is dropped to make room";
    }
    failure
}

/// The folder, with its own program, for nobody else.
fn open(args: &EraseArgs) -> Result<Opened, Failure> {
    let folder = Folder::open(&args.state, BTreeMap::new()).map_err(|failure| Failure {
        message: format!(
            "{}: while `journey serve` uses it, ask that: DELETE /v1/profiles/{{id}}",
            failure.message
        ),
        ..failure
    })?;
    let looked = Looked::at(&args.state)?;
    let kinds = looked
        .look
        .newest()
        .map(|start| start.progress().kinds.clone());
    let given = Given {
        execution: Execution::interpreter(&looked.program),
        sources: None,
    };
    let terms = Terms {
        options: Options {
            include: kinds.unwrap_or_default(),
            ..Options::default()
        },
        interpret: true,
        deploy: false,
        now: None,
        actions: None,
        dead_letters: None,
    };
    kept::open(folder, given, terms)
}

/// Prints and keeps the receipt.
fn told(args: &EraseArgs, opened: &Opened, erased: &ErasedFrom) -> Result<(), Failure> {
    let at = super::run::tell::now_ms();
    let profile = args.profile.as_deref().unwrap_or("replay");
    let salt = &opened.durable.progress().salt;
    let receipt = erasures::told(&args.state, erased, at, (salt, profile))?;
    terminal::print(&format!("{receipt}\n"))
}

/// Whom receipts name that are here: the folder is an older copy.
fn again(opened: &Opened, receipts: &[(String, Vec<u128>)]) -> Vec<(PersonNo, String)> {
    let engine = opened.durable.engine();
    let mut found = Vec::new();
    let mut people = BTreeSet::new();
    for (known, owner) in engine.state().identifiers.ordered() {
        let print = engine.print(known);
        let receipt = receipts.iter().find(|(_, prints)| prints.contains(&print));
        if let Some((request, _)) = receipt
            && let Some(who) = owner.person()
            && people.insert(who)
        {
            found.push((who, format!("{request}-again")));
        }
    }
    found
}
