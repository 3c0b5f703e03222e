//! All that is held of a person, to be handed over: an engine and a person in, one JSON object out. Its keys keep
//! their order; what is not held is an empty list. Nothing of anybody else is in it.

use crate::actions::json::{self, Line, quoted};
use crate::engine::Engine;
use crate::run::envelope;
use crate::scalar::Scalar;
use crate::state::{Instance, Person, PersonNo, Place, Resting};
use journey_program::record;
use journey_program::show;
use std::collections::BTreeSet;

/// The members of the object, each a key and JSON.
pub fn members(engine: &Engine, who: PersonNo) -> Vec<(&'static str, String)> {
    let Some(person) = engine.state().people.get(who.index()) else {
        return Vec::new();
    };
    let own = all_of(engine, who);
    let export = Export { engine, person };
    vec![
        ("profile", quoted(&person.id)),
        ("first_seen", quoted(&show::time_ms(person.seen))),
        (
            "identifiers",
            list(person.identifiers.iter().map(|id| export.identifier(id))),
        ),
        ("merged", export.merged(&own)),
        ("fields", export.fields()),
        ("consent", export.consent()),
        ("muted", export.muted()),
        ("audiences", export.audiences()),
        ("histories", export.histories()),
        (
            "instances",
            list(person.instances.values().map(|i| export.instance(i))),
        ),
        ("entries", export.entries()),
        ("splits", export.splits()),
        ("timers", export.timers()),
        ("sends", export.sends()),
        ("offers", export.offers()),
        ("held_back", export.held_back()),
    ]
}

/// The person, and who has turned out to be this person.
pub fn all_of(engine: &Engine, who: PersonNo) -> BTreeSet<PersonNo> {
    let people = &engine.state().people;
    let mut own = BTreeSet::new();
    people.visit(&mut |person, _| {
        let (mut at, mut next, mut steps) = (person.no, person.united, 0);
        while let Some(other) = next.filter(|_| steps <= people.len()) {
            (at, steps) = (other, steps + 1);
            next = people.get(other.index()).and_then(|p| p.united);
        }
        own.extend((at == who).then_some(person.no));
    });
    own
}

struct Export<'e> {
    engine: &'e Engine,
    person: &'e Person,
}

impl Export<'_> {
    fn identifier(&self, (number, value): &(u32, String)) -> String {
        let plans = &self.engine.program().profile.identifiers;
        let plan = plans.get(*number as usize);
        let mut line = Line::new();
        line.text("identifier", plan.map_or("?", |plan| &plan.name));
        line.text("value", value);
        line.end()
    }

    /// Under which ids they were known before they turned out to be one person.
    fn merged(&self, own: &BTreeSet<PersonNo>) -> String {
        let others = own.iter().filter(|no| **no != self.person.no);
        let people = &self.engine.state().people;
        let ids = others.filter_map(|no| people.get(no.index()));
        list(ids.map(|person| quoted(&person.id)))
    }

    fn fields(&self) -> String {
        let program = self.engine.program();
        let view = self.engine.view_of(self.person.no);
        let fields = view.map_or_else(Vec::new, |view| view.fields);
        let mut line = Line::new();
        for ((name, value), written) in fields.iter().zip(&self.person.written) {
            if *value == journey_program::types::Value::Unknown {
                continue;
            }
            let mut field = Line::new();
            field.raw("value", &json::value(program, value));
            if written.0 != i64::MIN {
                field.text("written", &show::time_ms(written.0));
            }
            line.raw(name, &field.end());
        }
        line.end()
    }

    fn consent(&self) -> String {
        let program = self.engine.program();
        let mut said = Vec::new();
        let mut place = 0usize;
        for purpose in &program.purposes {
            for channel in &program.channels {
                let number = u32::try_from(place).unwrap_or(u32::MAX);
                let byte = program.profile.consent.saturating_add(number);
                let granted = record::get_u8(&self.person.block, byte);
                let at = self.person.consented.get(place).map_or(i64::MIN, |at| at.0);
                place += 1;
                if granted == 0 {
                    continue;
                }
                let mut line = Line::new();
                line.text("purpose", &purpose.name);
                line.text("channel", &channel.name);
                line.text("consent", if granted == 1 { "granted" } else { "revoked" });
                if at != i64::MIN {
                    line.text("at", &show::time_ms(at));
                }
                said.push(line.end());
            }
        }
        list(said.into_iter())
    }

    fn muted(&self) -> String {
        let purposes = &self.engine.program().purposes;
        let muted = purposes.iter().zip(&self.person.muted);
        list(muted.filter_map(|(purpose, until)| {
            let mut line = Line::new();
            line.text("purpose", &purpose.name);
            line.text("until", &show::time_ms((*until)?));
            Some(line.end())
        }))
    }

    fn audiences(&self) -> String {
        let view = self.engine.view_of(self.person.no);
        let audiences = view.map_or_else(Vec::new, |view| view.audiences);
        list(audiences.iter().map(|audience| {
            let mut line = Line::new();
            line.text("audience", &audience.name);
            if let Some(since) = audience.since {
                line.text("since", &show::time_ms(since));
            }
            line.end()
        }))
    }

    fn histories(&self) -> String {
        let program = self.engine.program();
        let kept = self.person.histories.iter();
        let both = program.histories.iter().zip(kept);
        let own = both.filter(|(plan, _)| !plan.everyone);
        list(own.flat_map(|(plan, history)| history.held(program, plan)))
    }

    fn journey(&self, journey: journey_program::types::JourneyId) -> &str {
        let plan = self.engine.program().journeys.get(journey.index());
        plan.map_or("?", |plan| &plan.name)
    }

    fn key(&self, journey: journey_program::types::JourneyId, key: Option<&Scalar>) -> String {
        let program = self.engine.program();
        let plan = program.journeys.get(journey.index());
        match key.zip(plan.and_then(|plan| plan.key.as_ref())) {
            Some((key, ty)) => json::value(program, &key.value(ty)),
            None => "null".to_owned(),
        }
    }

    fn instance(&self, instance: &Instance) -> String {
        let program = self.engine.program();
        let mut line = Line::new();
        line.text("journey", self.journey(instance.journey));
        line.raw("key", &self.key(instance.journey, instance.key.as_ref()));
        line.text("entered", &show::time_ms(instance.entered));
        let instants = [("ended", instance.ended), ("goal", instance.goal)];
        for (name, at) in instants {
            if let Some(at) = at {
                line.text(name, &show::time_ms(at));
            }
        }
        line.raw("held_out", &instance.held_out.to_string());
        line.text("place", &self.place(instance));
        if let Some(entry) = self.engine.entry_of(instance) {
            line.raw("entry", &json::value(program, &entry));
        }
        let mut locals = Line::new();
        for (name, value) in self.engine.variables_of(instance) {
            locals.raw(&name, &json::value(program, &value));
        }
        line.raw("variables", &locals.end());
        let gathered = instance.gathered.iter();
        line.raw(
            "gathered",
            &list(gathered.map(|value| json::value(program, value))),
        );
        let plan = program.journeys.get(instance.journey.index());
        let sends = instance.sends.iter().map(|(number, id, at)| {
            let send = plan.and_then(|plan| plan.sends.get(*number as usize));
            let step = send.and_then(|send| plan?.steps.get(send.step.index()));
            let mut line = Line::new();
            line.text("step", step.map_or("?", |step| &step.name));
            line.text("at", &show::time_ms(*at));
            line.text("id", id);
            line.end()
        });
        line.raw("sends", &list(sends));
        line.end()
    }

    fn place(&self, instance: &Instance) -> String {
        let plan = self.engine.program().journeys.get(instance.journey.index());
        let name = |step: Option<usize>| {
            let step = step.and_then(|step| plan?.steps.get(step));
            step.map_or("?", |step| step.name.as_str())
        };
        let send = |number: u32| {
            let send = plan.and_then(|plan| plan.sends.get(number as usize));
            name(send.map(|send| send.step.index()))
        };
        match &instance.place {
            _ if instance.ended.is_some() => "ended".to_owned(),
            Place::Moving => "moving".to_owned(),
            Place::Waiting(waiting) => {
                let wait = plan.and_then(|plan| plan.waits.get(waiting.wait as usize));
                let step = name(wait.map(|wait| wait.step.index()));
                match waiting.deadline {
                    Some(until) => format!("waits at {step} until {}", show::time_ms(until)),
                    None => format!("waits at {step}"),
                }
            }
            Place::Holding {
                send: number,
                until,
            } => {
                format!("sends {} at {}", send(*number), show::time_ms(*until))
            }
            Place::Gathering {
                send: number,
                group,
                ..
            } => {
                format!("shares {} at {}", send(*number), show::time_ms(*group))
            }
            Place::Held { send: number, .. } => format!("{} is held", send(*number)),
        }
    }

    fn entries(&self) -> String {
        list(self.person.entries.iter().map(|((journey, key), entries)| {
            let mut line = Line::new();
            line.text("journey", self.journey(*journey));
            line.raw("key", &self.key(*journey, key.as_ref()));
            line.raw("times", &entries.count.to_string());
            line.text("entered", &show::time_ms(entries.entered));
            if let Some(ended) = entries.ended {
                line.text("ended", &show::time_ms(ended));
            }
            line.raw("inside", &entries.inside.to_string());
            line.end()
        }))
    }

    fn splits(&self) -> String {
        list(self.person.splits.iter().map(|((journey, number), arm)| {
            let plan = self.engine.program().journeys.get(journey.index());
            let split = plan.and_then(|plan| plan.splits.get(*number as usize));
            let arm = split.and_then(|split| split.arms.get(*arm as usize));
            let mut line = Line::new();
            line.text("journey", self.journey(*journey));
            line.text("split", split.map_or("?", |split| &split.name));
            line.text("arm", arm.map_or("?", |(name, _)| name));
            line.end()
        }))
    }

    fn timers(&self) -> String {
        let mut own = self.engine.timers_of(self.person.no);
        own.sort();
        list(own.iter().map(|timer| {
            let mut line = Line::new();
            line.text("due", &show::time_ms(timer.due));
            line.text("kind", &format!("{:?}", timer.kind).to_lowercase());
            line.end()
        }))
    }

    fn sends(&self) -> String {
        let program = self.engine.program();
        list(self.person.sends.iter().map(|sent| {
            let mut line = Line::new();
            line.text("at", &show::time_ms(sent.at));
            let message = program.messages.get(sent.message as usize);
            line.text("message", message.map_or("?", String::as_str));
            let channel = program.channels.get(sent.channel.index());
            line.text("channel", channel.map_or("?", |channel| &channel.name));
            let purpose = program.purposes.get(sent.purpose.index());
            line.text("purpose", purpose.map_or("?", |purpose| &purpose.name));
            line.raw("planned", &sent.planned.is_some().to_string());
            line.end()
        }))
    }

    fn offers(&self) -> String {
        let program = self.engine.program();
        let name = |offer: journey_program::types::OfferId| {
            let plan = program.offers.get(offer.index());
            plan.map_or("?", |plan| plan.name.as_str())
        };
        let offers = &self.person.offers;
        let places = offers.places.iter().map(|place| {
            let mut line = Line::new();
            line.text("offer", name(place.offer));
            line.text("at", &show::time_ms(place.at));
            line.raw("shown", &place.held.is_none().to_string());
            line.end()
        });
        let rests = offers.rests.iter().map(|((who, _), rest)| {
            let mut line = Line::new();
            match who {
                Resting::Offer(offer) => line.text("offer", name(*offer)),
                Resting::Group(group) => {
                    let plan = program.groups.get(group.index());
                    line.text("group", plan.map_or("?", |plan| &plan.name));
                }
            }
            line.raw(
                "marks",
                &list(rest.marks.iter().map(|at| quoted(&show::time_ms(*at)))),
            );
            if let Some(until) = rest.until {
                line.text("rests_until", &show::time_ms(until));
            }
            line.end()
        });
        let showings = offers.showings.iter().map(|showing| {
            let mut line = Line::new();
            line.text("offer", name(showing.offer));
            line.text("shown", &show::time_ms(showing.at));
            line.end()
        });
        list(places.chain(rests).chain(showings))
    }

    fn held_back(&self) -> String {
        let program = self.engine.program();
        let known = &self.person.identifiers;
        let held = self.engine.state().held.values();
        let own = held.filter(|input| input.ids().iter().any(|id| known.contains(id)));
        list(own.map(|input| envelope(program, input)))
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    format!("[{}]", items.join(","))
}
