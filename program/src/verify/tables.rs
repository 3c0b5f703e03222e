//! The tables around the functions: every number names something, every slot lies inside its block,
//! every function has the form that its role asks for.

use super::Problems;
use crate::civil;
use crate::ir::Ty;
use crate::layout::{self, Probes, layouts, register_of, repr_of, size_of};
use crate::plan::{
    EachPlan, FieldSlot, FunctionContext, HistoryAggregate, HistoryPlan, LimitPlan, PatternPlan,
    Program, Watch, words_of,
};
use crate::types::{EventId, FunctionId, PurposeId, RecordId, Type};
use std::collections::BTreeSet;

mod journeys;
mod measures;
mod offers;
mod sources;

pub(super) fn check(program: &Program, problems: &mut Problems) {
    let mut tables = Tables {
        program,
        problems,
        place: String::new(),
    };
    tables.values();
    tables.profile();
    tables.events();
    tables.histories();
    tables.audiences();
    tables.channels();
    tables.offers();
    tables.journeys();
    tables.measures();
    tables.sources();
}

/// What the engine offers a function of some role: the spaces that it may look at.
#[derive(Clone, Copy, Default)]
struct Offer {
    event: Option<RecordId>,
    instance: Option<usize>,
}

struct Tables<'a, 'p> {
    program: &'a Program,
    problems: &'p mut Problems,
    /// what is being looked at
    place: String,
}

impl Tables<'_, '_> {
    fn at(&mut self, place: String) {
        self.place = place;
    }

    fn wrong(&mut self, what: impl Into<String>) {
        self.problems.add(&self.place, what.into());
    }

    /// That a number names one of `count` things.
    fn index(&mut self, what: &str, number: u32, count: usize) -> bool {
        let there = usize::try_from(number).is_ok_and(|number| number < count);
        if !there {
            self.wrong(format!("there is no {what} {number}"));
        }
        there
    }

    fn event(&mut self, event: EventId) -> Option<RecordId> {
        self.index("event", event.0, self.program.events.len());
        self.program
            .events
            .get(event.index())
            .map(|plan| plan.record)
    }

    fn purposes(&mut self, purposes: &[PurposeId]) {
        for purpose in purposes {
            self.index("purpose", purpose.0, self.program.purposes.len());
        }
    }

    /// That a function has this form, and reads no more than its role offers.
    fn role(&mut self, id: FunctionId, params: &[Ty], results: &[Ty], offer: Offer) {
        let Some(function) = self.program.functions.get(id.index()) else {
            self.wrong(format!("there is no function {}", id.0));
            return;
        };
        if function.params != params || function.results != results {
            self.wrong(format!("`{}` has not the form of its role", function.name));
        }
        let context = self
            .program
            .contexts
            .get(id.index())
            .copied()
            .unwrap_or_default();
        let FunctionContext { event, instance } = context;
        let fits = (event.is_none() || event == offer.event)
            && (instance.is_none() || instance.map(|id| id.index()) == offer.instance);
        if !fits {
            self.wrong(format!(
                "`{}` looks at what its role does not offer",
                function.name
            ));
        }
    }

    fn predicate(&mut self, id: Option<FunctionId>, offer: Offer) {
        if let Some(id) = id {
            self.role(id, &[], &[Ty::Bool], offer);
        }
    }

    fn watch(&mut self, watch: &Watch, offer: Offer) {
        self.predicate(watch.predicate, offer);
        if let Some(next) = watch.next {
            self.role(next, &[], &[Ty::Int], offer);
        }
        for history in &watch.histories {
            self.index("history", history.0, self.program.histories.len());
        }
        for audience in &watch.audiences {
            self.index("audience", audience.0, self.program.audiences.len());
        }
    }

    fn ty(&mut self, ty: &Type) {
        match ty {
            Type::Enum(id) | Type::Offer(id) => {
                self.index("enum", id.0, self.program.enums.len());
            }
            Type::Record(id) => {
                self.index("record", id.0, self.program.records.len());
            }
            Type::List(inner) | Type::Optional(inner) => self.ty(inner),
            Type::Error
            | Type::Bool
            | Type::Int
            | Type::Number
            | Type::Money(_)
            | Type::Text
            | Type::Time
            | Type::Date
            | Type::Clock
            | Type::Duration
            | Type::Span
            | Type::Timezone
            | Type::IntIn(..)
            | Type::NumberIn(..) => {}
        }
    }

    /// That a slot is one of this type, inside of `size` bytes.
    fn slot(&mut self, slot: &FieldSlot, ty: &Type, size: u32) {
        self.ty(ty);
        let end = u64::from(slot.offset) + u64::from(size_of(ty, &self.program.layouts));
        let bit_inside = slot.known.is_none_or(|(byte, bit)| byte < size && bit < 8);
        if slot.repr != repr_of(ty) || end > u64::from(size) || !bit_inside {
            self.wrong(format!(
                "the slot at {} is not one of its type in {size} bytes",
                slot.offset
            ));
        }
    }

    /// The type at the end of a path of field numbers.
    fn path(&mut self, record: RecordId, path: &[u32]) -> Option<&Type> {
        let program = self.program;
        let mut record = Some(record);
        let mut ty = None;
        for number in path {
            let fields = record.and_then(|id| program.records.get(id.index()));
            ty = fields
                .and_then(|def| def.fields.get(usize::try_from(*number).ok()?))
                .map(|field| &field.ty);
            record = ty.and_then(Type::record);
            if ty.is_none() {
                self.wrong(format!("there is no field {number} on its path"));
                return None;
            }
        }
        ty
    }

    fn pattern(&mut self, pattern: &PatternPlan, instance: Option<usize>, sends: usize) {
        let record = self.event(pattern.event);
        let layout = |id: Option<RecordId>| self.program.layouts.get(id?.index());
        let others: Vec<Option<RecordId>> =
            pattern.also.iter().map(|e| self.record_of(*e)).collect();
        if others.iter().any(|other| layout(*other) != layout(record)) {
            self.wrong("outcomes that count as one lie differently");
        }
        self.predicate(
            pattern.filter,
            Offer {
                event: record,
                instance,
            },
        );
        if let (Some(record), Some(key)) = (record, pattern.key) {
            self.path(record, &[key]);
        }
        if let (Some(record), Some(each)) = (record, &pattern.each) {
            self.each(record, each);
        }
        if let Some(send) = pattern.of_send {
            self.index("send", send, sends);
        }
    }

    fn record_of(&self, event: EventId) -> Option<RecordId> {
        Some(self.program.events.get(event.index())?.record)
    }

    /// A list of the event, and the path to a key in its elements.
    fn each(&mut self, record: RecordId, each: &EachPlan) {
        self.path(record, &each.list);
        let mut ty = Type::Record(record);
        for field in &each.list {
            let Type::Record(id) = ty.known().base() else {
                return;
            };
            let def = self.program.records.get(id.index());
            let found = def.and_then(|def| def.fields.get(*field as usize));
            let Some(field) = found else { return };
            ty = field.ty.clone();
        }
        let Type::List(element) = ty.known() else {
            return self.wrong("what has elements is no list");
        };
        if let (Type::Record(element), false) = (element.known(), each.key.is_empty()) {
            let element = *element;
            self.path(element, &each.key);
        }
    }

    fn values(&mut self) {
        let program = self.program;
        self.at("records".to_owned());
        if !program.timezone.is_empty() && civil::zone_word(&program.timezone).is_none() {
            self.wrong(format!("there is no time zone `{}`", program.timezone));
        }
        for record in &program.records {
            for field in &record.fields {
                self.ty(&field.ty);
            }
        }
        for ty in &program.element_types {
            self.ty(ty);
        }
        let mut probes = Probes::new();
        for (number, layout) in program.layouts.iter().enumerate() {
            for (field, slot) in layout.fields.iter().enumerate() {
                let place = (
                    RecordId::new(number),
                    u32::try_from(field).unwrap_or(u32::MAX),
                );
                probes.insert(place, slot.probes.clone());
                for probe in &slot.probes {
                    self.index("text", *probe, program.texts.len());
                }
            }
        }
        if layouts(&program.records, &probes) != program.layouts {
            self.wrong("the layouts are not those of the records");
        }
        if program
            .layouts
            .iter()
            .any(|layout| layout.size >= layout::SIZE_MAX)
        {
            self.wrong("a record is too large");
        }
        // A declared enum's place is a byte; an offer's is an int, there may be more of them.
        let offers: BTreeSet<&String> = program.offers.iter().map(|offer| &offer.name).collect();
        for def in &program.enums {
            let declared = !def.values.iter().all(|value| offers.contains(value));
            if def.values.len() > 256 && declared {
                self.wrong(format!("`{}` has more than 256 values", def.name));
            }
        }
    }

    fn profile(&mut self) {
        let program = self.program;
        self.at("profile".to_owned());
        let profile = &program.profile;
        // A program made by a test may have no profile at all.
        if program.records.is_empty() {
            return;
        }
        self.index("record", profile.record.0, program.records.len());
        for one in &profile.traits {
            self.ty(&one.ty);
            let results = [Ty::Bool, register_of(repr_of(&one.ty))];
            self.role(one.function, &[], &results, Offer::default());
        }
        let record = program
            .layouts
            .get(profile.record.index())
            .map_or(0, |layout| layout.size);
        let consents = program
            .purposes
            .len()
            .saturating_mul(program.channels.len());
        let fits = |from: u32, len: usize| {
            u64::from(from).saturating_add(u64::try_from(len).unwrap_or(u64::MAX))
                <= u64::from(profile.size)
        };
        if record > profile.size
            || profile.size >= layout::SIZE_MAX
            || !fits(profile.consent, consents)
            || !fits(profile.muted, program.purposes.len())
            || !fits(profile.audiences, program.audiences.len().div_ceil(8))
        {
            self.wrong("its parts are not inside of its block");
        }
        let identifiers = profile
            .identifiers
            .iter()
            .map(|identifier| identifier.field);
        for field in identifiers.chain(profile.timezone) {
            self.path(profile.record, &[field]);
        }
    }

    fn events(&mut self) {
        let program = self.program;
        for event in &program.events {
            self.at(format!("event {}", event.name));
            self.index("record", event.record.0, program.records.len());
            if let Some((channel, outcome)) = event.outcome
                && self.index("channel", channel.0, program.channels.len())
            {
                let outcomes = program
                    .channels
                    .get(channel.index())
                    .map(|plan| &plan.outcomes);
                self.index("outcome", outcome, outcomes.map_or(0, Vec::len));
            }
            let offer = Offer {
                event: Some(event.record),
                instance: None,
            };
            let mut results = 0;
            if let Some(id) = event.feed_fn {
                results = program
                    .functions
                    .get(id.index())
                    .map_or(0, |f| f.results.len());
                self.role(id, &[], &vec![Ty::Bool; results], offer);
            }
            for filter in &event.filters {
                self.predicate(Some(*filter), offer);
            }
            if !event.filters.is_empty() && event.filters.len() != results {
                self.wrong("its filters apart are not as many as together");
            }
            for change in &event.consents {
                self.purposes(&[change.purpose]);
                for channel in &change.channels {
                    self.index("channel", channel.0, program.channels.len());
                }
            }
            for feed in &event.feeds {
                self.index("history", feed.history.0, program.histories.len());
                let history = program.histories.get(feed.history.index());
                if feed.second && history.is_some_and(|history| history.sequence.is_none()) {
                    self.wrong("it feeds a sequence that is none");
                }
            }
            let consents = event.consents.iter().map(|change| change.when);
            for when in consents
                .chain(event.feeds.iter().map(|feed| feed.when))
                .flatten()
            {
                self.index("result", when, results);
            }
        }
    }

    fn histories(&mut self) {
        let program = self.program;
        for (number, history) in program.histories.iter().enumerate() {
            self.at(format!("history {number}"));
            self.history(history, program.profile.size);
        }
    }

    /// A question whose answer lies in a block of `size` bytes.
    fn history(&mut self, history: &HistoryPlan, size: u32) {
        self.ty(&history.ty);
        if let Some(record) = self.event(history.event) {
            self.path(record, &history.value);
            if let Some(keyed) = &history.keyed {
                self.path(record, keyed);
            }
        }
        if let Some(sequence) = &history.sequence {
            let second = self.event(sequence.event);
            let first = self.event(history.event);
            if let (Some(first), Some(second), Some([one, other])) = (first, second, &sequence.same)
            {
                self.path(first, one);
                self.path(second, other);
            }
            if sequence.within.is_some_and(|ms| ms <= 0) {
                self.wrong("its sequence has no time");
            }
        }
        if history.aggregate == HistoryAggregate::Decayed && history.half_life <= 0 {
            self.wrong("it decays without a half life");
        }
        if let Some(slot) = &history.slot {
            self.slot_inside(slot, size);
        }
    }

    /// That a slot of whatever type is inside of `size` bytes.
    fn slot_inside(&mut self, slot: &FieldSlot, size: u32) {
        use crate::ir::Repr;
        let len: u64 = match slot.repr {
            Repr::Bool | Repr::Byte => 1,
            Repr::Int | Repr::Num => 8,
            Repr::Text | Repr::List => 16,
            Repr::Ref => 0,
        };
        let bit_inside = slot.known.is_none_or(|(byte, bit)| byte < size && bit < 8);
        if u64::from(slot.offset) + len > u64::from(size) || !bit_inside {
            self.wrong(format!(
                "the slot at {} is not inside of {size} bytes",
                slot.offset
            ));
        }
    }

    fn audiences(&mut self) {
        let program = self.program;
        self.at("audiences".to_owned());
        if let Some(id) = program.audiences_fn {
            self.role(
                id,
                &[],
                &vec![Ty::Int; words_of(program.audiences.len())],
                Offer::default(),
            );
        }
        for audience in &program.audiences {
            self.at(format!("audience {}", audience.name));
            self.watch(&audience.watch, Offer::default());
        }
    }

    fn limit(&mut self, limit: &LimitPlan) {
        let program = self.program;
        self.purposes(&limit.purposes);
        for channel in &limit.channels {
            self.index("channel", channel.0, program.channels.len());
        }
        for tag in &limit.tags {
            self.index("tag", *tag, program.tags.len());
        }
        if let Some(field) = limit.per {
            self.path(program.profile.record, &[field]);
        }
        if let Some(zone) = &limit.zone
            && civil::zone_word(zone).is_none()
        {
            self.wrong(format!("there is no time zone `{zone}`"));
        }
    }

    fn channels(&mut self) {
        let program = self.program;
        for channel in &program.channels {
            self.at(format!("channel {}", channel.name));
            if let Some(address) = channel.address {
                self.role(address, &[], &[Ty::Bool, Ty::Text], Offer::default());
            }
            for outcome in &channel.outcomes {
                self.event(*outcome);
            }
            for quiet in &channel.quiet {
                self.purposes(&quiet.purposes);
                if ![quiet.from, quiet.to]
                    .iter()
                    .all(|at| (0..civil::DAY_MS).contains(at))
                {
                    self.wrong("its quiet hours are not times of day");
                }
            }
            for open in &channel.open {
                let clocks = [open.from, open.to];
                if !clocks.iter().all(|at| (0..civil::DAY_MS).contains(at)) {
                    self.wrong("its opening hours are not times of day");
                }
                if open.days == 0 || open.days > 0b111_1111 {
                    self.wrong("its opening hours are on no day of the week");
                }
                if let Some(zone) = &open.zone
                    && civil::zone_word(zone).is_none()
                {
                    self.wrong(format!("there is no time zone `{zone}`"));
                }
            }
            for limit in &channel.limits {
                self.limit(limit);
            }
        }
        self.at("limits".to_owned());
        for limit in &program.limits {
            self.limit(limit);
        }
        let tagged = program.message_tags.iter().flatten();
        let held_out = program.holdouts.iter().flat_map(|holdout| &holdout.tags);
        for tag in tagged.chain(held_out) {
            self.index("tag", *tag, program.tags.len());
        }
        if program.message_tags.len() > program.messages.len() {
            self.wrong("there are more tags of messages than messages");
        }
    }
}
