//! A state folder that is only looked at: no lock, nothing written, whoever else uses it. What `why` and `export`
//! ask of it: who a person is, what is known now, and the past once more.

use crate::disk::Seeing;
use crate::failure::{Exit, Failure};
use crate::rights::master;
use journey_program::plan::Program;
use journey_runtime::engine::{Engine, Seen};
use journey_runtime::state::PersonNo;
use journey_runtime::store::StoreError;
use journey_runtime::store::looking::{Look, Start, Swap, alike_but_for_the_erased};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// How often a look begins again because another process has replaced what it was reading.
const TRIES: usize = 5;

#[derive(Debug)]
pub struct Looked {
    pub look: Look,
    /// that runs at the end
    pub program: Arc<Program>,
    /// as of the newest entry
    pub engine: Engine,
}

impl Looked {
    pub fn at(path: &Path) -> Result<Self, Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::once(path) {
                Err(failure) if tries >= TRIES || failure.exit != Exit::Outside => {
                    return Err(failure);
                }
                Err(_) => {}
                Ok(looked) => return Ok(looked),
            }
        }
    }

    fn once(path: &Path) -> Result<Self, Failure> {
        let mut disk = Seeing::of(path)?;
        let failed = |e: StoreError| Failure::outside(format!("{}: {e}", path.display()));
        let sealing = master::sealing()?;
        let look = Look::into_sealed(&mut disk, sealing.as_ref()).map_err(failed)?;
        let nothing = || Failure::outside(format!("`{}` holds no state", path.display()));
        let look = look.ok_or_else(nothing)?;
        let newest = look.newest().ok_or_else(nothing)?;
        let mut engine = look.engine(&newest, &|_| None).ok_or_else(nothing)?;
        look.replay(&mut engine, &newest, &|_| None)
            .map_err(failed)?;
        Ok(Self {
            program: Arc::clone(engine.program()),
            engine,
            look,
        })
    }

    /// What prints of identifiers are made with.
    pub fn salt(&self) -> String {
        let newest = self.look.newest();
        newest.map_or_else(String::new, |start| start.progress().salt.clone())
    }

    /// The past once more, from a state on, on programs that decide the same: what was seen of these people.
    /// An error where it does not come to what is known now.
    pub fn again(
        &self,
        from: &Start<'_>,
        swap: &Swap<'_>,
        who: &BTreeSet<PersonNo>,
    ) -> Result<Past, Failure> {
        let now = self.engine.state();
        let watch = |engine: &mut Engine| engine.watch(who.clone());
        let engine = self.look.again(from, swap, now, &watch);
        let mut engine = engine.map_err(|e| Failure::outside(e.to_string()))?;
        let (then, now) = (engine.state(), self.engine.state());
        let erased = !now.erasures.is_empty();
        if then != now && !(erased && alike_but_for_the_erased(then, now)) {
            return Err(Failure::outside(
                "what was kept of the past does not lead to what is known now: no answer can be \
                 given by it; was the folder put together from several?",
            ));
        }
        let seen = engine.take_seen();
        Ok(Past { engine, seen })
    }

    pub fn person(&self, profile: &str) -> Result<PersonNo, Failure> {
        person(&self.engine, profile)
    }
}

/// Whom PROFILE names: `user_id:u1`, or a value that only one person has.
pub fn person(engine: &Engine, profile: &str) -> Result<PersonNo, Failure> {
    let identifiers = &engine.program().profile.identifiers;
    let named = profile.split_once(':').and_then(|(name, value)| {
        let place = identifiers.iter().position(|plan| plan.name == name)?;
        Some((u32::try_from(place).ok()?, value))
    });
    if let Some((number, value)) = named {
        return match engine.person_by(number, value) {
            Some(who) => Ok(who),
            None if engine.named_the_erased(number, value) => Err(erased(profile)),
            None => Err(unknown(profile)),
        };
    }
    let found = engine.named_by(profile);
    let people: BTreeSet<PersonNo> = found.iter().map(|(_, who)| *who).collect();
    let mut people = people.into_iter();
    match (people.next(), people.next()) {
        (Some(who), None) => Ok(who),
        (Some(_), Some(_)) => {
            let names = found
                .iter()
                .filter_map(|(no, _)| identifiers.get(*no as usize));
            let ways: Vec<String> = names
                .map(|plan| format!("`{}:{profile}`", plan.name))
                .collect();
            let ways = ways.join(" or ");
            Err(Failure::usage(format!(
                "`{profile}` names several people: write {ways}"
            )))
        }
        (None, _) => {
            let mut numbers = (0u32..).take(identifiers.len());
            if numbers.any(|number| engine.named_the_erased(number, profile)) {
                return Err(erased(profile));
            }
            Err(unknown(profile))
        }
    }
}

/// What a replay has shown.
#[derive(Debug)]
pub struct Past {
    pub engine: Engine,
    pub seen: Vec<Seen>,
}

fn unknown(profile: &str) -> Failure {
    Failure::failed(format!("nobody is known by `{profile}`"))
}

fn erased(profile: &str) -> Failure {
    Failure::failed(format!("who was known by `{profile}` has been erased"))
}
