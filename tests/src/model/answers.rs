//! Answers to sends: when one is due by the channel's own calendar, and what is taken back.

use super::Model;
use super::actions::Line;
use super::hours::{days_around, zone_of};
use super::person::Made;
use journey_compiler::hir::{Channel, Program, Send};
use journey_program::civil::{Zone, weekday};
use journey_program::plan::AnswerWithin;
use journey_program::types::{EventId, Value};

impl Model<'_> {
    /// None: skipped, or nobody answers where it went.
    pub(super) fn answer_due(&self, who: usize, index: usize, step: u32) -> Option<i64> {
        let made = self.instance(who, index)?.made.get(&step)?;
        if made.skipped {
            return None;
        }
        let channel = self.program.channels.get(made.channel as usize)?;
        let message = self
            .program
            .messages
            .iter()
            .find(|m| m.name == made.message)?;
        Some(match message.answer_within.or(channel.answer_within)? {
            AnswerWithin::Duration(ms) => made.at.saturating_add(ms),
            AnswerWithin::Span(span) => self.add_span(who, made.at, span),
            AnswerWithin::OpenDays(days) => {
                open_day(channel, self.zone_of(who), made.at, days).unwrap_or(i64::MAX)
            }
        })
    }

    pub(super) fn was_skipped(&mut self, who: usize, index: usize, send: &Send) {
        if let Some(instance) = self.instance_mut(who, index)
            && let Some(made) = instance.made.get_mut(&send.step.0)
        {
            made.skipped = true;
        }
    }

    /// An answer closes the send that it is to.
    pub(super) fn note_answer(&mut self, who: usize, event: EventId, record: &Value) {
        let program = self.program;
        let Value::Record(_, fields) = record else {
            return;
        };
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        let made = person
            .instances
            .iter_mut()
            .flat_map(|i| i.made.values_mut());
        for made in made {
            let is_answer = answers(program, made).any(|answer| answer == event);
            if is_answer && fields.get(4) == Some(&Value::Text(made.key.clone())) {
                made.done = true;
            }
        }
    }

    pub(super) fn take_all_back(&mut self, who: usize, index: usize) {
        let steps: Vec<u32> = self
            .instance(who, index)
            .map_or_else(Vec::new, |i| i.made.keys().copied().collect());
        for step in steps {
            self.take_back(who, index, step);
        }
    }

    pub(super) fn take_back(&mut self, who: usize, index: usize, step: u32) {
        let program = self.program;
        let Some(instance) = self.instance_mut(who, index) else {
            return;
        };
        let name = instance.journey.named.get(step as usize);
        let name = name.map_or("", |n| n.name.as_str()).to_owned();
        let Some(made) = instance.made.get_mut(&step).filter(|m| !m.done) else {
            return;
        };
        let Some(channel) = program.channels.get(made.channel as usize) else {
            return;
        };
        if answers(program, made).next().is_none() {
            return;
        }
        made.done = true;
        let line = Line::new("withdraw")
            .text("step", &name)
            .text("message", &made.message)
            .text("channel", &channel.name)
            .text("id", &made.key);
        self.say_of(who, index, line);
    }
}

/// The events that answer a send: its message's own where it has any, else its channel's.
fn answers<'p>(program: &'p Program, made: &Made) -> impl Iterator<Item = EventId> + use<'p> {
    let message = program.messages.iter().find(|m| m.name == made.message);
    let own = message.map_or(&[][..], |m| &m.answers);
    let channel = program.channels.get(made.channel as usize);
    let theirs = channel.map_or(&[][..], |c| &c.outcomes);
    let from = if own.is_empty() { theirs } else { own };
    from.iter().filter(|o| o.answer).map(|o| o.event)
}

/// The last closing time of the so-many-th day, after that of the send, on which the channel opens.
fn open_day(channel: &Channel, person: &'static Zone, sent: i64, count: u32) -> Option<i64> {
    let zone = channel.open.first().map(|open| zone_of(open, person))?;
    let sent_day = zone.date_of(sent)?;
    let mut left = count;
    let mut day = sent_day;
    let far = days_around(zone, sent).end() + 4_000;
    while day < far {
        day += 1;
        let ends = channel.open.iter().filter_map(|open| {
            let zone = zone_of(open, person);
            let end = if open.from > open.to { day + 1 } else { day };
            let on = open.days & (1 << (weekday(day) - 1)) != 0;
            let from = zone.date_at_clock(day, open.from)?;
            let to = zone.date_at_clock(end, open.to)?;
            (on && from < to).then_some(to)
        });
        if let Some(end) = ends.max() {
            left -= 1;
            if left == 0 {
                return Some(end);
            }
        }
    }
    None
}
