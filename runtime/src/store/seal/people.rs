//! Whose key seals what: that of a person's strongest name that nobody else has, or of their number where there is
//! none. And what a state has of people beside their records, taken out of it and sealed person by person.

use super::{KeyNo, Place, Vault};
use crate::outbox::Outbox;
use crate::state::{Known, Owner, PersonNo, Queued, State};
use journey_program::chance::fingerprint;
use journey_program::plan::Program;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// In the place of an identifier's number: what follows is a person's number.
const NUMBERED: u32 = u32::MAX;

/// The name whose key is a person's.
pub(in crate::store) fn key_of(state: &State, who: PersonNo) -> Known {
    let mut at = who;
    let mut steps = 0;
    while let Some(person) = state.people.get(at.index()) {
        if let Some(next) = person.united.filter(|_| steps < state.people.len()) {
            (at, steps) = (next, steps + 1);
            continue;
        }
        let alone = |name: &&Known| !matches!(state.identifiers.get(*name), Some(Owner::Users(_)));
        if let Some(name) = person.identifiers.iter().filter(alone).min() {
            return name.clone();
        }
        break;
    }
    (NUMBERED, at.0.to_string())
}

/// A name as it is compared, and so numbered.
pub(in crate::store) fn alike(program: &Program, known: &Known) -> Known {
    let plan = &program.profile;
    if plan.is_alike(known.0, &known.1) {
        return known.clone();
    }
    let text = plan.alike(known.0, &known.1);
    (known.0, text.unwrap_or_else(|| known.1.clone()))
}

/// Whose turn it is.
pub(in crate::store) fn whose(queued: &Queued) -> PersonNo {
    match queued {
        Queued::Edges(who)
        | Queued::Resume(who, ..)
        | Queued::Event(who, _)
        | Queued::Broadcast(who, _) => *who,
    }
}

/// Something of somebody, sealed.
type Sealed = (KeyNo, Vec<u8>);

/// What a state and an outbox have of people.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::store) struct Personal {
    held: Vec<((i64, u64), Sealed)>,
    names: Vec<(Sealed, Owner)>,
    queue: Vec<Sealed>,
    remembered: Vec<Sealed>,
    asked: Vec<(u32, Sealed)>,
    /// number of the item: its line and whom it waits for
    items: Vec<(u64, Sealed)>,
    /// keys that go once no checkpoint needs them: whose they are was erased
    pub(in crate::store) doomed: Vec<KeyNo>,
}

fn sealed<T: Serialize>(
    vault: &mut Vault,
    name: &Known,
    what: &T,
) -> Result<Sealed, postcard::Error> {
    let number = vault.number(name);
    let plain = postcard::to_stdvec(what)?;
    Ok((number, vault.seal(number, Place::State, &plain)))
}

fn opened<T: for<'de> Deserialize<'de>>(vault: &Vault, (number, bytes): &Sealed) -> Option<T> {
    let plain = vault.open_sealed(*number, Place::State, bytes).ok()?;
    postcard::from_bytes(&plain).ok()
}

/// What is personal in a state and an outbox, which then have nothing of it.
pub(in crate::store) fn personal(
    vault: &mut Vault,
    program: &Program,
    (state, outbox): (&mut State, &mut Outbox),
    key_of: &dyn Fn(PersonNo) -> Known,
) -> Result<Personal, postcard::Error> {
    let mut all = Personal::default();
    for (place, input) in std::mem::take(&mut state.held) {
        let nobody = (NUMBERED, String::new());
        let name = input.ids().iter().min().map(|name| alike(program, name));
        let name = name.unwrap_or(nobody);
        all.held.push((place, sealed(vault, &name, &*input)?));
    }
    let names = std::mem::take(&mut state.identifiers);
    for (name, owner) in names.into_ordered() {
        all.names.push((sealed(vault, &name, &name)?, owner));
    }
    for queued in std::mem::take(&mut state.queue) {
        let who = whose(&queued);
        all.queue.push(sealed(vault, &key_of(who), &queued)?);
    }
    for remembered in std::mem::take(&mut state.remembered) {
        let name = key_of(remembered.0);
        all.remembered.push(sealed(vault, &name, &remembered)?);
    }
    let mut asked: BTreeMap<PersonNo, Vec<_>> = BTreeMap::new();
    for (question, people) in std::mem::take(&mut state.asked) {
        for who in people {
            asked.entry(who).or_default().push(question.clone());
        }
    }
    for (who, questions) in asked {
        all.asked
            .push((who.0, sealed(vault, &key_of(who), &questions)?));
    }
    outbox.clear_shelves();
    for (number, item) in &mut outbox.items {
        let who = state.senders.get(&fingerprint(&item.key));
        let name = who.map_or((NUMBERED, String::new()), |who| key_of(*who));
        let text = (Arc::clone(&item.line), item.of.take());
        item.line = "".into();
        all.items.push((*number, sealed(vault, &name, &text)?));
    }
    Ok(all)
}

impl Personal {
    /// Puts it back, but for what is of the erased.
    pub(in crate::store) fn put_back(
        self,
        vault: &mut Vault,
        state: &mut State,
        outbox: &mut Outbox,
    ) -> Vec<KeyNo> {
        for (place, one) in self.held {
            if let Some(input) = opened(vault, &one) {
                state.held.insert(place, Box::new(input));
            }
        }
        for (one, owner) in self.names {
            if let Some(name) = opened::<Known>(vault, &one) {
                vault.has_number(&name, one.0);
                state.identifiers.insert(name, owner);
            }
        }
        let queue = self.queue.iter();
        state
            .queue
            .extend(queue.filter_map(|one| opened(vault, one)));
        let remembered = self.remembered.iter();
        let remembered = remembered.filter_map(|one| opened(vault, one));
        state.remembered.extend(remembered);
        for (who, one) in self.asked {
            let questions: Vec<_> = opened(vault, &one).unwrap_or_default();
            for question in questions {
                state
                    .asked
                    .entry(question)
                    .or_default()
                    .insert(PersonNo(who));
            }
        }
        for (number, one) in self.items {
            let Some(item) = outbox.items.get_mut(&number) else {
                continue;
            };
            match opened(vault, &one) {
                Some((line, of)) => (item.line, item.of) = (line, of),
                None => outbox.drop_erased(number),
            }
        }
        outbox.fill_shelves();
        self.doomed
    }
}
