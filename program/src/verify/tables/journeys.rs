//! The tables of journeys.

use super::{Offer, Tables};
use crate::ir::Ty;
use crate::layout;
use crate::plan::{
    EnterPlan, JourneyPlan, PatternPlan, RecallKind, RecallPlan, RecallSince, SendPlan, WaitKind,
    WaitPlan,
};
use crate::types::{JourneyId, Type};

type Bind = (u32, Option<(u32, u8)>);

impl Tables<'_, '_> {
    pub(super) fn journeys(&mut self) {
        let program = self.program;
        for (number, journey) in program.journeys.iter().enumerate() {
            self.at(format!("journey {}", journey.name));
            self.journey(JourneyId::new(number), journey);
        }
    }

    fn journey(&mut self, id: JourneyId, journey: &JourneyPlan) {
        let offer = Offer {
            event: None,
            instance: Some(id.index()),
        };
        self.enter(journey);
        self.snapshot(journey);
        if let Some(key) = &journey.key {
            self.ty(key);
        }
        if let Some(watch) = &journey.watch {
            self.watch(watch, offer);
        }
        self.role(journey.run, &[Ty::Int], &[Ty::Int, Ty::Int, Ty::Int], offer);
        self.instance(journey);
        let exits = journey.exits.iter().map(|exit| &exit.pattern);
        for pattern in exits.chain(&journey.goals) {
            self.own(id, journey, pattern);
        }
        for exit in &journey.exits {
            self.bind(journey, &exit.pattern, exit.bind);
        }
        for wait in &journey.waits {
            self.wait(id, journey, wait);
        }
        for send in &journey.sends {
            for answer in &send.answers {
                self.event(*answer);
            }
            self.send(journey, send, offer);
        }
        for split in &journey.splits {
            self.index("step", split.step.0, journey.steps.len());
            if split.arms.is_empty() {
                self.wrong(format!("the split `{}` has no arms", split.name));
            }
        }
        for decide in &journey.decides {
            self.index("step", decide.step.0, journey.steps.len());
            self.index("decision", decide.decision.0, self.program.decisions.len());
            self.slot_inside(&decide.slot, journey.instance.size);
        }
        for recall in &journey.recalls {
            self.recall(id, journey, recall);
        }
        for step in &journey.steps {
            self.site(step.site);
        }
    }

    fn site(&mut self, site: u32) {
        if !self.program.sites.is_empty() {
            self.index("site", site, self.program.sites.len());
        }
    }

    /// A pattern that meets instances of the journey.
    fn own(&mut self, id: JourneyId, journey: &JourneyPlan, pattern: &PatternPlan) {
        self.pattern(pattern, Some(id.index()), journey.sends.len());
    }

    fn snapshot(&mut self, journey: &JourneyPlan) {
        let Some(snapshot) = &journey.snapshot else {
            return;
        };
        let program = self.program;
        let EnterPlan::On { pattern, .. } = &journey.enter else {
            return self.wrong("only an event leads in whom it concerns");
        };
        let event = program.events.get(pattern.event.index());
        let offer = Offer {
            event: event.map(|event| event.record),
            instance: None,
        };
        if let Some(take) = &snapshot.take {
            self.role(take.count, &[], &[Ty::Int], offer);
            let score = if take.number { Ty::Num } else { Ty::Int };
            if let Some(by) = take.by {
                self.role(by, &[], &[Ty::Bool, score], offer);
            }
        }
        if let Some((history, path)) = &snapshot.asked {
            self.index("history", history.0, program.histories.len());
            if let Some(event) = event {
                self.path(event.record, path);
            }
        }
    }

    fn enter(&mut self, journey: &JourneyPlan) {
        match &journey.enter {
            EnterPlan::On { pattern, element } => {
                self.pattern(pattern, None, journey.sends.len());
                if let Some((slot, ty)) = element {
                    self.slot(slot, ty, journey.instance.size);
                }
            }
            EnterPlan::When { audience, .. } => {
                self.index("audience", audience.0, self.program.audiences.len());
            }
            EnterPlan::Yearly { field, clock, when } => {
                self.predicate(*when, Offer::default());
                self.path(self.program.profile.record, &[*field]);
                if !(0..crate::civil::DAY_MS).contains(clock) {
                    self.wrong("its schedule is no time of a day");
                }
            }
            EnterPlan::Every {
                weekday,
                clock,
                when,
            } => {
                self.predicate(*when, Offer::default());
                if *weekday > 7 || !(0..crate::civil::DAY_MS).contains(clock) {
                    self.wrong("its schedule is no time of a week");
                }
            }
        }
    }

    fn instance(&mut self, journey: &JourneyPlan) {
        let instance = &journey.instance;
        if instance.size >= layout::SIZE_MAX {
            self.wrong("its instance is too large");
        }
        if let Some(entry) = instance.entry {
            let record = match &journey.enter {
                EnterPlan::On { pattern, .. } => self.event(pattern.event),
                EnterPlan::When { .. } | EnterPlan::Every { .. } | EnterPlan::Yearly { .. } => None,
            };
            let layout = record.and_then(|id| self.program.layouts.get(id.index()));
            let end = layout.map(|layout| u64::from(entry) + u64::from(layout.size));
            if end.is_none_or(|end| end > u64::from(instance.size)) {
                self.wrong("its entry event is not inside of its instance");
            }
        }
        for (_, slot, ty) in &instance.locals {
            self.slot(slot, ty, instance.size);
        }
    }

    fn wait(&mut self, id: JourneyId, journey: &JourneyPlan, wait: &WaitPlan) {
        self.index("step", wait.step.0, journey.steps.len());
        if let WaitKind::Answer { send } = wait.kind {
            self.index("send", send, journey.sends.len());
        }
        if let Some(collect) = &wait.collect {
            self.slot(&collect.slot, &collect.ty, journey.instance.size);
        }
        for arm in &wait.arms {
            if let Some(audience) = arm.audience {
                self.index("audience", audience.0, self.program.audiences.len());
                let offer = Offer {
                    event: None,
                    instance: Some(id.index()),
                };
                self.predicate(arm.pattern.filter, offer);
                continue;
            }
            self.own(id, journey, &arm.pattern);
            if let Some(recall) = arm.recall {
                self.index("recall", recall, journey.recalls.len());
            }
            self.bind(journey, &arm.pattern, arm.bind);
        }
    }

    /// That a copy of the pattern's event is inside of the instance: the record's offset, its presence bit.
    fn bind(&mut self, journey: &JourneyPlan, pattern: &PatternPlan, bind: Option<Bind>) {
        let Some((offset, known)) = bind else {
            return;
        };
        let record = self.event(pattern.event);
        let layout = record.and_then(|id| self.program.layouts.get(id.index()));
        let size = layout.map_or(0, |layout| layout.size);
        let inside = u64::from(offset) + u64::from(size) <= u64::from(journey.instance.size);
        let bit = known.is_none_or(|(byte, bit)| byte < journey.instance.size && bit < 8);
        if !inside || !bit {
            self.wrong("an awaited event is not inside of its instance");
        }
    }

    fn send(&mut self, journey: &JourneyPlan, send: &SendPlan, offer: Offer) {
        self.index("step", send.step.0, journey.steps.len());
        self.index("message", send.message, self.program.messages.len());
        self.purposes(&[send.purpose]);
        if let Some(prefer) = send.prefer {
            self.role(prefer, &[], &[Ty::Bool, Ty::Int], offer);
        }
        for slot in [&send.reason, &send.channel].into_iter().flatten() {
            self.slot(slot, &Type::Text.optional(), journey.instance.size);
        }
        for by in send.channels.iter().chain(&send.preferred) {
            self.index("channel", by.channel.0, self.program.channels.len());
            self.role(by.render, &[], &[], offer);
        }
    }

    fn recall(&mut self, id: JourneyId, journey: &JourneyPlan, recall: &RecallPlan) {
        self.own(id, journey, &recall.pattern);
        if let RecallSince::Send(send) = recall.since {
            self.index("send", send, journey.sends.len());
        }
        let size = journey.instance.size;
        self.slot_inside(&recall.slot, size);
        let record = self.event(recall.pattern.event);
        match &recall.what {
            RecallKind::FirstEvent => {
                let layout = record.and_then(|id| self.program.layouts.get(id.index()));
                let len = layout.map_or(0, |layout| layout.size);
                if u64::from(recall.slot.offset) + u64::from(len) > u64::from(size) {
                    self.wrong("a recalled event is not inside of its instance");
                }
            }
            RecallKind::History { plan, second, .. } => {
                self.history(plan, size);
                if let Some(second) = second {
                    self.own(id, journey, second);
                }
                if plan.event != recall.pattern.event || plan.keyed.is_some() {
                    self.wrong("a recalled question is about another event");
                }
                if plan.sequence.is_some() != second.is_some() {
                    self.wrong("a recalled sequence has both of its events, or none");
                }
            }
        }
    }
}
