//! Tables that the engine looks things up in, derived once from the program: ranks, names, what names what.

use super::measuring::Parts;
use journey_program::ir::Repr;
use journey_program::layout::repr_of;
use journey_program::plan::{
    EnterPlan, EventPlan, JourneyPlan, LimitPlan, LimitWindow, OfferPlan, OfferRulesPlan,
    PatternPlan, Program, RecallKind,
};
use journey_program::record::HeapSlot;
use journey_program::types::{
    ChannelId, DecisionId, EventId, GroupId, HistoryId, JourneyId, OfferId,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Index {
    /// by journey: its place among the names in order
    ranks: Vec<u32>,
    journeys: Vec<Arc<str>>,
    /// the same with the version that they are kept of
    full: Vec<Arc<str>>,
    /// by journey: under whose number entries are remembered, the newest of its name
    newest: Vec<JourneyId>,
    pub(super) audiences: Vec<Arc<str>>,
    channels: Vec<Arc<str>>,
    messages: Vec<Arc<str>>,
    events: Vec<Arc<str>>,
    /// by event: whether a journey or a decision may look at it
    heard: Vec<bool>,
    /// there are audiences or `while`s, which any event may change
    pub(super) watches: bool,
    /// by journey, by step
    steps: Vec<Vec<Arc<str>>>,
    /// by event: the journeys that enter on it; priority descending, then name, as all of these
    pub(super) entering: Vec<Vec<JourneyId>>,
    /// journeys that enter by an audience's edge
    pub(super) edging: Vec<JourneyId>,
    /// journeys that enter on a schedule
    pub(super) scheduled: Vec<JourneyId>,
    /// of these, those on a date of each year
    pub(super) yearly: Vec<JourneyId>,
    /// by event: it starts a journey, and is no action
    pub(super) starts: Vec<bool>,
    /// histories that audiences read
    pub(super) watched: Vec<usize>,
    /// slots of the profile that point into its heap
    pub(super) heap: Vec<HeapSlot>,
    /// events of sends that something asks for: `MESSAGE.sent`, `CHANNEL.sent`, `JOURNEY.STEP.sent`
    sent: BTreeMap<String, EventId>,
    /// histories by whose values entries of broadcasts find people
    asked: BTreeSet<HistoryId>,
    /// by group: its offers
    pub(super) members: Vec<Vec<OfferId>>,
    /// by offer: whether something over all people counts it
    pub(super) totalled: Vec<bool>,
    /// how long a showing may matter to a limit or budget, in milliseconds
    pub(super) offer_ms: i64,
    offers: Vec<Arc<str>>,
    decisions: Vec<Arc<str>>,
    pub(super) measuring: Parts,
    /// the channels' own limits, then those of the program
    pub(super) limits: Vec<LimitPlan>,
    /// how long a send may matter to a limit, in milliseconds
    pub(super) limit_ms: i64,
}

impl Index {
    pub(super) fn of(program: &Program) -> Self {
        let limits = limits(program);
        let journeys = names(program.journeys.iter().map(|journey| &journey.name));
        let full: Vec<String> = program.journeys.iter().map(full_name).collect();
        let order = entered(program, &full);
        let enter = |id: &JourneyId| program.journeys.get(id.index()).map(|plan| &plan.enter);
        let entering = (0..program.events.len())
            .map(|event| {
                let on = |id: &JourneyId| match enter(id) {
                    Some(EnterPlan::On { pattern, .. }) => pattern.event.index() == event,
                    Some(
                        EnterPlan::When { .. } | EnterPlan::Every { .. } | EnterPlan::Yearly { .. },
                    )
                    | None => false,
                };
                order.iter().copied().filter(on).collect()
            })
            .collect();
        let when = |id: &JourneyId| matches!(enter(id), Some(EnterPlan::When { .. }));
        let yearly = |id: &JourneyId| matches!(enter(id), Some(EnterPlan::Yearly { .. }));
        let every =
            |id: &JourneyId| yearly(id) || matches!(enter(id), Some(EnterPlan::Every { .. }));
        let steps = |plan: &journey_program::plan::JourneyPlan| {
            names(plan.steps.iter().map(|step| &step.name))
        };
        Self {
            ranks: ranks(&full),
            newest: newest(program),
            full: names(full.iter()),
            edging: order.iter().copied().filter(when).collect(),
            scheduled: order.iter().copied().filter(every).collect(),
            yearly: order.iter().copied().filter(yearly).collect(),
            starts: program
                .events
                .iter()
                .map(|event| is_start(program, &event.name))
                .collect(),
            journeys,
            audiences: names(program.audiences.iter().map(|audience| &audience.name)),
            channels: names(program.channels.iter().map(|channel| &channel.name)),
            messages: names(program.messages.iter()),
            events: names(program.events.iter().map(|event| &event.name)),
            measuring: Parts::of(program),
            heard: heard(program),
            watches: !program.audiences.is_empty()
                || program.journeys.iter().any(|plan| plan.watch.is_some()),
            steps: program.journeys.iter().map(steps).collect(),
            entering,
            watched: watched(program),
            heap: heap(program),
            sent: sent(program),
            asked: asked(program),
            limit_ms: limit_ms(&limits),
            limits,
            members: (0..program.groups.len())
                .map(|group| members(program, GroupId::new(group)))
                .collect(),
            totalled: program
                .offers
                .iter()
                .map(|offer| is_totalled(program, offer))
                .collect(),
            offer_ms: offer_ms(program),
            offers: names(program.offers.iter().map(|offer| &offer.name)),
            decisions: names(program.decisions.iter().map(|decision| &decision.name)),
        }
    }

    pub(super) fn asked(&self, history: HistoryId) -> bool {
        self.asked.contains(&history)
    }
    /// The events of a send that something asks for.
    pub(super) fn sent(&self, message: &str, channel: &str, step: [&str; 2]) -> Vec<EventId> {
        if self.sent.is_empty() {
            return Vec::new();
        }
        let [journey, step] = step;
        let step = format!("{journey}.{step}");
        let names = [message, channel, &step];
        names
            .into_iter()
            .filter_map(|name| self.sent.get(name).copied())
            .collect()
    }
    pub(super) fn rank(&self, journey: JourneyId) -> u32 {
        self.ranks.get(journey.index()).copied().unwrap_or(u32::MAX)
    }
    pub(super) fn journey_of(&self, rank: u32) -> Option<JourneyId> {
        self.ranks
            .iter()
            .position(|other| *other == rank)
            .map(JourneyId::new)
    }
    pub(super) fn journey(&self, journey: JourneyId) -> Arc<str> {
        name(&self.journeys, journey.index())
    }
    /// `cart@1.0.0`, where that is kept of an older version.
    pub(super) fn full_name(&self, journey: JourneyId) -> Arc<str> {
        name(&self.full, journey.index())
    }
    pub(super) fn newest(&self, journey: JourneyId) -> JourneyId {
        self.newest.get(journey.index()).copied().unwrap_or(journey)
    }
    pub(super) fn channel(&self, channel: ChannelId) -> Arc<str> {
        name(&self.channels, channel.index())
    }
    pub(super) fn message(&self, message: u32) -> Arc<str> {
        name(&self.messages, message as usize)
    }
    pub(super) fn offer(&self, offer: OfferId) -> Arc<str> {
        name(&self.offers, offer.index())
    }
    pub(super) fn decision(&self, decision: DecisionId) -> Arc<str> {
        name(&self.decisions, decision.index())
    }
    pub(super) fn event(&self, event: EventId) -> Arc<str> {
        name(&self.events, event.index())
    }
    pub(super) fn event_name(&self, event: EventId) -> &str {
        self.events.get(event.index()).map_or("", |name| name)
    }
    /// Whether a journey or a decision may look at an event; the others only feed histories and consent.
    pub(super) fn heard(&self, event: EventId) -> bool {
        self.heard.get(event.index()).copied().unwrap_or(true)
    }
    pub(super) fn step(&self, journey: JourneyId, step: usize) -> Arc<str> {
        self.steps
            .get(journey.index())
            .map_or_else(|| "".into(), |steps| name(steps, step))
    }
}

/// A number as plans hold it.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn name(names: &[Arc<str>], place: usize) -> Arc<str> {
    names.get(place).cloned().unwrap_or_else(|| "".into())
}

fn names<'a>(names: impl Iterator<Item = &'a String>) -> Vec<Arc<str>> {
    names.map(|name| name.as_str().into()).collect()
}

fn full_name(journey: &JourneyPlan) -> String {
    match &journey.version {
        None => journey.name.clone(),
        Some(version) => format!("{}@{version}", journey.name),
    }
}

/// The journeys that people enter: priority descending, then name. Those of older versions are not among them.
fn entered(program: &Program, full: &[String]) -> Vec<JourneyId> {
    let all = program.journeys.iter().zip(full).enumerate();
    let mut order: Vec<_> = all
        .filter(|(_, (plan, _))| plan.version.is_none())
        .map(|(number, (plan, name))| (Reverse(plan.priority), name, JourneyId::new(number)))
        .collect();
    order.sort();
    order.into_iter().map(|(.., id)| id).collect()
}

fn newest(program: &Program) -> Vec<JourneyId> {
    let journeys = &program.journeys;
    let newest = |(own, plan): (usize, &JourneyPlan)| {
        let same = |other: &JourneyPlan| other.version.is_none() && other.name == plan.name;
        JourneyId::new(journeys.iter().position(same).unwrap_or(own))
    };
    journeys.iter().enumerate().map(newest).collect()
}

fn ranks(names: &[String]) -> Vec<u32> {
    // by name, then by version: `cart@1.0.0` comes before `cart2`
    let parts = |name: &'_ String| {
        let (name, version) = name.split_once('@').unwrap_or((name, ""));
        (name.to_owned(), version.to_owned())
    };
    let mut sorted: Vec<(String, String)> = names.iter().map(parts).collect();
    sorted.sort();
    names
        .iter()
        .map(|name| number(sorted.partition_point(|other| *other < parts(name))))
        .collect()
}

fn watched(program: &Program) -> Vec<usize> {
    let mut watched: Vec<usize> = program
        .audiences
        .iter()
        .flat_map(|audience| {
            audience
                .watch
                .histories
                .iter()
                .map(|history| history.index())
        })
        .collect();
    watched.sort_unstable();
    watched.dedup();
    watched
}

fn heap(program: &Program) -> Vec<HeapSlot> {
    let record = program.profile.record.index();
    let defs = program
        .records
        .get(record)
        .map_or(&[][..], |def| &def.fields);
    let slots = program
        .layouts
        .get(record)
        .map_or(&[][..], |layout| &layout.fields);
    let fields = defs.iter().map(|def| &def.ty).zip(slots);
    let answers = program
        .histories
        .iter()
        .filter_map(|history| Some((&history.ty, history.slot.as_ref()?)));
    fields
        .chain(answers)
        .filter(|(_, slot)| matches!(slot.repr, Repr::Text | Repr::List | Repr::Ref))
        .filter(|(ty, slot)| repr_of(ty) == slot.repr)
        .map(|(ty, slot)| HeapSlot {
            slot: slot.clone(),
            ty: ty.clone(),
        })
        .collect()
}

fn heard(program: &Program) -> Vec<bool> {
    let of_plan =
        |plan: &EventPlan| plan.outcome.is_some() || plan.decided.is_some() || plan.broadcast;
    let mut heard: Vec<bool> = program.events.iter().map(of_plan).collect();
    let mut hear = |event: EventId| {
        if let Some(heard) = heard.get_mut(event.index()) {
            *heard = true;
        }
    };
    let derived = program.decisions.iter().flat_map(|plan| &plan.derived);
    derived.for_each(|derived| hear(derived.event));
    for pattern in program.journeys.iter().flat_map(patterns) {
        hear(pattern.event);
        pattern.also.iter().for_each(|event| hear(*event));
    }
    heard
}

/// All that a journey listens to.
fn patterns(journey: &JourneyPlan) -> Vec<&PatternPlan> {
    let mut all: Vec<&PatternPlan> = journey.goals.iter().collect();
    if let EnterPlan::On { pattern, .. } = &journey.enter {
        all.push(pattern);
    }
    all.extend(journey.exits.iter().map(|exit| &exit.pattern));
    let arms = journey.waits.iter().flat_map(|wait| &wait.arms);
    all.extend(arms.map(|arm| &arm.pattern));
    for recall in &journey.recalls {
        all.push(&recall.pattern);
        if let RecallKind::History { second, .. } = &recall.what {
            all.extend(second);
        }
    }
    all
}

fn asked(program: &Program) -> BTreeSet<HistoryId> {
    let snapshots = program
        .journeys
        .iter()
        .filter_map(|plan| plan.snapshot.as_ref());
    let asked = snapshots.filter_map(|snapshot| snapshot.asked.as_ref());
    asked.map(|(history, _)| *history).collect()
}

fn sent(program: &Program) -> BTreeMap<String, EventId> {
    let events = program.events.iter().enumerate();
    let own = events.filter(|(_, event)| event.outcome.is_none() && event.decided.is_none());
    own.filter_map(|(number, event)| {
        let of = event.name.strip_suffix(".sent")?;
        Some((of.to_owned(), EventId::new(number)))
    })
    .collect()
}

fn is_start(program: &Program, event: &str) -> bool {
    event.strip_suffix(".start").is_some_and(|name| {
        program
            .journeys
            .iter()
            .any(|journey| full_name(journey) == name)
    })
}

fn members(program: &Program, group: GroupId) -> Vec<OfferId> {
    let offers = (0u32..).zip(&program.offers);
    let offers = offers.filter(|(_, offer)| offer.groups.contains(&group));
    offers.map(|(number, _)| OfferId(number)).collect()
}

/// The rules that an offer stands under: its groups', then its own.
fn rules_of<'p>(
    program: &'p Program,
    offer: &'p OfferPlan,
) -> impl Iterator<Item = &'p OfferRulesPlan> {
    let groups = offer.groups.iter();
    let groups = groups.filter_map(|group| program.groups.get(group.index()));
    groups
        .map(|group| &group.rules)
        .chain(std::iter::once(&offer.rules))
}

fn is_totalled(program: &Program, offer: &OfferPlan) -> bool {
    rules_of(program, offer)
        .any(|rules| !rules.budgets.is_empty() || rules.limits.iter().any(|limit| limit.overall))
}

fn offer_ms(program: &Program) -> i64 {
    let rules = program.offers.iter().map(|offer| &offer.rules);
    let rules = rules.chain(program.groups.iter().map(|group| &group.rules));
    let windows = rules.flat_map(|rules| {
        let limits = rules.limits.iter().map(|limit| limit.window);
        limits.chain(rules.budgets.iter().map(|budget| budget.window))
    });
    windows
        .map(window_ms)
        .max()
        .map_or(0, |longest| longest.saturating_add(3 * DAY))
}

const DAY: i64 = 86_400_000;

fn window_ms(window: LimitWindow) -> i64 {
    match window {
        LimitWindow::Rolling(ms) => ms,
        LimitWindow::Day => DAY,
        LimitWindow::Week => 7 * DAY,
        LimitWindow::Month => 31 * DAY,
    }
}

/// The channels' own limits, then those of the program.
fn limits(program: &Program) -> Vec<LimitPlan> {
    let own = program.channels.iter().flat_map(|channel| &channel.limits);
    own.chain(&program.limits).cloned().collect()
}

fn limit_ms(limits: &[LimitPlan]) -> i64 {
    limits
        .iter()
        .map(|limit| window_ms(limit.window))
        .max()
        .map_or(0, |longest| longest.saturating_add(3 * DAY))
}
