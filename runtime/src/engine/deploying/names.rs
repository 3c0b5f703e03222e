//! Which number of the older version is which of the newer one: what has the same name.

use journey_program::plan::{HistoryPlan, JourneyPlan, LimitPlan, Program};
use journey_program::types::{
    AudienceId, ChannelId, DecisionId, EventId, GroupId, HistoryId, JourneyId, OfferId, PurposeId,
    RecordId,
};
use std::collections::BTreeMap;

/// By the older number; None: it is gone.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) events: Vec<Option<usize>>,
    pub(super) purposes: Vec<Option<usize>>,
    pub(super) channels: Vec<Option<usize>>,
    pub(super) messages: Vec<Option<usize>>,
    pub(super) offers: Vec<Option<usize>>,
    pub(super) groups: Vec<Option<usize>>,
    pub(super) decisions: Vec<Option<usize>>,
    pub(super) learned: Vec<Option<usize>>,
    pub(super) identifiers: Vec<Option<usize>>,
    pub(super) audiences: Vec<Option<usize>>,
    pub(super) fields: Vec<Option<usize>>,
    /// the same question, kept at least as exactly
    pub(super) histories: Vec<Option<usize>>,
    pub(super) limits: Vec<Option<usize>>,
    /// where instances go on
    pub(super) instances: Vec<Option<usize>>,
    /// the newest of that name: who has been in it
    pub(super) journeys: Vec<Option<usize>>,
}

fn by<'n, K: Ord + 'n>(
    old: impl Iterator<Item = K>,
    new: impl Iterator<Item = K>,
) -> Vec<Option<usize>> {
    let numbers: BTreeMap<K, usize> = new.zip(0..).collect();
    old.map(|name| numbers.get(&name).copied()).collect()
}

/// The names of one kind of a program's declarations.
macro_rules! named {
    ($old:ident, $new:ident, $list:ident) => {
        by(
            $old.$list.iter().map(|item| item.name.as_str()),
            $new.$list.iter().map(|item| item.name.as_str()),
        )
    };
}

impl Names {
    pub(super) fn between(old: &Program, new: &Program) -> Self {
        let full = |plan: &JourneyPlan| (plan.name.clone(), plan.version.clone());
        let now = by(
            old.journeys.iter().map(|plan| plan.name.as_str()),
            new.journeys.iter().map(|plan| match &plan.version {
                None => plan.name.as_str(),
                Some(_) => "",
            }),
        );
        let numbers: BTreeMap<_, usize> = new.journeys.iter().map(full).zip(0..).collect();
        let kept = |plan: &JourneyPlan| {
            let version = plan.version.clone().or_else(|| Some(old.version.clone()));
            numbers.get(&(plan.name.clone(), version)).copied()
        };
        let going_on = |(plan, now): (&JourneyPlan, &Option<usize>)| match plan.version {
            None => kept(plan).or(*now),
            Some(_) => kept(plan),
        };
        Self {
            events: named!(old, new, events),
            purposes: named!(old, new, purposes),
            channels: named!(old, new, channels),
            messages: by(
                old.messages.iter().map(String::as_str),
                new.messages.iter().map(String::as_str),
            ),
            offers: named!(old, new, offers),
            groups: named!(old, new, groups),
            decisions: named!(old, new, decisions),
            learned: named!(old, new, learned),
            identifiers: by(
                old.profile
                    .identifiers
                    .iter()
                    .map(|plan| plan.name.as_str()),
                new.profile
                    .identifiers
                    .iter()
                    .map(|plan| plan.name.as_str()),
            ),
            audiences: named!(old, new, audiences),
            fields: fields(old, old.profile.record, new, new.profile.record),
            histories: old
                .histories
                .iter()
                .map(|plan| new.histories.iter().position(|new| serves(plan, new)))
                .collect(),
            limits: by(limits(old).into_iter(), limits(new).into_iter()),
            instances: old.journeys.iter().zip(&now).map(going_on).collect(),
            journeys: now
                .iter()
                .zip(&old.journeys)
                .map(|(now, plan)| now.or_else(|| kept(plan)))
                .collect(),
        }
    }

    pub(super) fn event(&self, id: EventId) -> Option<EventId> {
        of(&self.events, id.index()).map(EventId::new)
    }
    pub(super) fn purpose(&self, id: PurposeId) -> Option<PurposeId> {
        of(&self.purposes, id.index()).map(PurposeId::new)
    }
    pub(super) fn channel(&self, id: ChannelId) -> Option<ChannelId> {
        of(&self.channels, id.index()).map(ChannelId::new)
    }
    pub(super) fn offer(&self, id: OfferId) -> Option<OfferId> {
        of(&self.offers, id.index()).map(OfferId::new)
    }
    pub(super) fn group(&self, id: GroupId) -> Option<GroupId> {
        of(&self.groups, id.index()).map(GroupId::new)
    }
    pub(super) fn decision(&self, id: DecisionId) -> Option<DecisionId> {
        of(&self.decisions, id.index()).map(DecisionId::new)
    }
    pub(super) fn audience(&self, id: AudienceId) -> Option<AudienceId> {
        of(&self.audiences, id.index()).map(AudienceId::new)
    }
    pub(super) fn history(&self, id: HistoryId) -> Option<HistoryId> {
        of(&self.histories, id.index()).map(HistoryId::new)
    }
    /// Where an instance of a journey goes on.
    pub(super) fn instance(&self, id: JourneyId) -> Option<JourneyId> {
        of(&self.instances, id.index()).map(JourneyId::new)
    }
    /// Who has been in a journey has been in its newest version.
    pub(super) fn journey(&self, id: JourneyId) -> Option<JourneyId> {
        of(&self.journeys, id.index()).map(JourneyId::new)
    }
    pub(super) fn number(list: &[Option<usize>], number: u32) -> Option<u32> {
        u32::try_from(of(list, usize::try_from(number).ok()?)?).ok()
    }
}

fn of(list: &[Option<usize>], number: usize) -> Option<usize> {
    list.get(number).copied().flatten()
}

/// Fields of a record by their names.
pub(super) fn fields(
    old: &Program,
    from: RecordId,
    new: &Program,
    to: RecordId,
) -> Vec<Option<usize>> {
    let names = |program: &'_ Program, record: RecordId| -> Vec<String> {
        let record = program.records.get(record.index());
        let fields = record.map_or(&[][..], |record| &record.fields);
        fields.iter().map(|field| field.name.clone()).collect()
    };
    by(names(old, from).into_iter(), names(new, to).into_iter())
}

/// Whether what is kept for one question answers the other.
fn serves(old: &HistoryPlan, new: &HistoryPlan) -> bool {
    let exact = match (old.exact, new.exact) {
        (0, 0) => true,
        (had, needs) => needs > 0 && had >= needs,
    };
    exact && old.asks == new.asks
}

/// A limit is known by whose it is and by all that it says but how many, and what is too much; of two alike
/// by which comes first.
fn limits(program: &Program) -> Vec<(String, String, usize)> {
    let own = program.channels.iter().flat_map(|channel| {
        let limits = channel.limits.iter();
        limits.map(|limit| (channel.name.clone(), words_of(program, limit)))
    });
    let all = program.limits.iter();
    let all = own.chain(all.map(|limit| (String::new(), words_of(program, limit))));
    let mut met: BTreeMap<(String, String), usize> = BTreeMap::new();
    all.map(|of| {
        let before = met.entry(of.clone()).or_default();
        *before += 1;
        (of.0, of.1, *before)
    })
    .collect()
}

fn words_of(program: &Program, limit: &LimitPlan) -> String {
    let channels = limit.channels.iter();
    let channels = channels.map(|id| program.channels.get(id.index()).map(|of| &of.name));
    let purposes = limit.purposes.iter();
    let purposes = purposes.map(|id| program.purposes.get(id.index()).map(|of| &of.name));
    let tags = limit.tags.iter();
    let tags = tags.map(|tag| program.tags.get(usize::try_from(*tag).ok()?));
    let record = program.records.get(program.profile.record.index());
    let per = limit.per.and_then(|field| {
        let fields = &record?.fields;
        fields
            .get(usize::try_from(field).ok()?)
            .map(|field| &field.name)
    });
    format!(
        "{:?} {:?} {:?} {:?} {} {per:?} {:?}",
        limit.window,
        channels.collect::<Vec<_>>(),
        purposes.collect::<Vec<_>>(),
        tags.collect::<Vec<_>>(),
        limit.overall,
        limit.zone
    )
}
