//! Events for a checked program: several people, equal instants, lateness, duplicates, changes of zone and
//! consent, outcomes of what was really sent, the clock moved on alone.

use super::Marks;
use crate::irgen::Rng;
use journey_compiler::hir::Program;
use journey_program::types::{ChannelId, PurposeId};
use journey_program::types::{Currency, EventId, Type, Value};
use journey_runtime::actions::{Action, ActionKind};
use journey_runtime::input::{
    ConsentInput, EraseInput, EventInput, Identifiers, Input, ProfileInput,
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Just before clocks change, months end, years begin.
const STARTS: [i64; 6] = [
    1_774_659_600_000, // 2026-03-28T01:00Z
    1_772_928_000_000, // 2026-03-08T00:00Z
    1_792_800_000_000, // 2026-10-24T00:00Z
    1_769_817_600_000, // 2026-01-31T00:00Z
    1_767_139_200_000, // 2025-12-31T00:00Z
    1_772_229_600_000, // 2026-02-27T22:00Z
];
const GAPS: [i64; 16] = [
    0,
    0,
    0,
    1,
    999,
    MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    HOUR,
    6 * HOUR,
    DAY,
    DAY,
    2 * DAY,
    3 * DAY,
    10 * DAY,
];
const ZONES: [&str; 5] = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "UTC",
    "Australia/Lord_Howe",
];
const TEXTS: [&str; 7] = ["a", "b", "k1", "k2", "", "é z", "a\"\\"];
const PEOPLE: [&str; 3] = ["u1", "u2", "u3"];
const MAILBOXES: [&str; 5] = ["m1", " M2", "m3", "m4", "null"];
const DEVICES: [&str; 2] = ["d1", "d2"];

/// Makes one input after the other; what it says follows from the seed and what was sent so far.
#[derive(Debug)]
pub struct Trace<'p> {
    rng: Rng,
    program: &'p Program,
    now: i64,
    made: u64,
    past: Vec<Input>,
    /// person, send's id, channel's number
    sent: Vec<(String, String, u32)>,
    left: usize,
    pub marks: Marks,
}

impl<'p> Trace<'p> {
    pub fn new(seed: u64, program: &'p Program, length: usize) -> Self {
        let mut rng = Rng::new(seed);
        let now = rng.pick(&STARTS);
        let left = length / 2 + rng.below(length);
        Self {
            rng,
            program,
            now,
            made: 0,
            past: Vec::new(),
            sent: Vec::new(),
            left,
            marks: Marks::new(),
        }
    }

    /// Another version goes on: when. What came before is not told again, since its numbers have changed.
    pub fn deploy(&mut self, program: &'p Program) -> i64 {
        self.mark("trace deployment");
        self.program = program;
        self.past.clear();
        self.now += self.rng.pick(&GAPS);
        self.now
    }

    /// Remembers what was sent.
    pub fn saw(&mut self, actions: &[Action]) {
        for action in actions {
            if let ActionKind::Send { send, .. } = &action.kind {
                let channel = self
                    .program
                    .channels
                    .iter()
                    .position(|c| *c.name == *send.channel);
                let channel = u32::try_from(channel.unwrap_or_default()).unwrap_or_default();
                self.sent
                    .push((action.profile.to_string(), send.id.clone(), channel));
            }
        }
    }

    fn mark(&mut self, what: &'static str) {
        *self.marks.entry(what).or_default() += 1;
    }

    /// The next input; None at the end.
    pub fn next_input(&mut self) -> Option<Input> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        if self.left == 0 {
            self.mark("trace end");
            return Some(Input::Clock(self.now + 20 * DAY));
        }
        self.now += self.rng.pick(&GAPS);
        if self.rng.below(60) == 0 {
            return Some(self.erase());
        }
        let input = match self.rng.below(20) {
            0 => {
                self.mark("trace clock");
                return Some(Input::Clock(self.now));
            }
            1 if !self.past.is_empty() => {
                self.mark("trace duplicate");
                let past = std::mem::take(&mut self.past);
                let again = self.rng.pick(&past);
                self.past = past;
                return Some(again);
            }
            2 | 3 => self.profile(),
            4 | 5 => self.consent(),
            6..9 if !self.sent.is_empty() => self.outcome(),
            _ => self.event(),
        };
        self.past.push(input.clone());
        Some(input)
    }

    fn stamp(&mut self) -> (String, i64) {
        self.made += 1;
        let at = if self.rng.chance(8) {
            self.mark("trace late");
            self.now - self.rng.pick(&[1, MINUTE, HOUR, DAY, 3 * DAY])
        } else {
            self.now
        };
        (format!("i{}", self.made), at)
    }

    fn who(&mut self) -> Identifiers {
        let user = (0, self.rng.pick(&PEOPLE).to_owned());
        if self.program.profile.identifiers.len() == 1 {
            return vec![user];
        }
        let mailbox = (1, self.rng.pick(&MAILBOXES).to_owned());
        let device = (2, self.rng.pick(&DEVICES).to_owned());
        match self.rng.below(12) {
            0..5 => vec![user],
            5 | 6 => vec![mailbox],
            7 => vec![device],
            8 => vec![user, mailbox],
            9 => vec![user, device],
            10 => vec![mailbox, device],
            _ => vec![user, mailbox, device],
        }
    }

    /// By what an action's person may be named: values say of which identifier they are.
    fn named(&self, profile: String) -> Identifiers {
        let number = match profile.chars().next() {
            Some('m') => 1,
            Some('d') => 2,
            _ => 0,
        };
        vec![(number, profile)]
    }

    fn event(&mut self) -> Input {
        self.mark("trace event");
        let plain: Vec<usize> = (0..self.program.events.len())
            .filter(|i| self.program.events[*i].outcome.is_none())
            // what is kept of an older version has outcomes of its own, which only it tells
            .filter(|i| !self.program.events[*i].name.contains('@'))
            .collect();
        let event = self.rng.pick(&plain);
        let ids = if self.program.events[event].broadcast {
            self.mark("trace broadcast");
            Identifiers::new()
        } else {
            self.who()
        };
        self.event_of(event, ids, None)
    }

    fn outcome(&mut self) -> Input {
        self.mark("trace outcome");
        // the newest more often: somebody still waits for it
        let recent = &self.sent[self.sent.len().saturating_sub(3)..];
        let (who, id, channel) = self.rng.pick(recent);
        let fits: Vec<usize> = (0..self.program.events.len())
            .filter(|i| {
                self.program.events[*i]
                    .outcome
                    .is_some_and(|(c, _)| c == ChannelId(channel))
            })
            .collect();
        if fits.is_empty() {
            return self.event();
        }
        let event = self.rng.pick(&fits);
        let ids = match self.rng.chance(20) {
            true => Identifiers::new(), // the send says whose it is
            false => self.named(who),
        };
        self.event_of(event, ids, Some(id))
    }

    fn event_of(&mut self, event: usize, ids: Identifiers, send: Option<String>) -> Input {
        let record = self.program.events[event].record;
        let fields = &self.program.records[record.index()].fields;
        let skipped = 4 + usize::from(send.is_some());
        let mut values: Vec<Value> = send.map(Value::Text).into_iter().collect();
        for field in fields.iter().skip(skipped) {
            let value = match &field.default {
                Some(default) if self.rng.chance(30) => default.clone(),
                _ => self.value(&field.ty),
            };
            values.push(value);
        }
        let (id, at) = self.stamp();
        let source = if self.rng.chance(20) {
            "web".to_owned()
        } else {
            String::new()
        };
        Input::Event(EventInput {
            event: EventId::new(event),
            id,
            at,
            source,
            ids,
            fields: values,
        })
    }

    fn profile(&mut self) -> Input {
        self.mark("trace profile");
        let record = self.program.profile.record;
        let fields = &self.program.records[record.index()].fields;
        let identifiers: Vec<u32> = self
            .program
            .profile
            .identifiers
            .iter()
            .map(|(_, f)| *f)
            .collect();
        let mut writes = Vec::new();
        for (number, field) in (0u32..).zip(fields) {
            if identifiers.contains(&number) || !self.rng.chance(30) {
                continue;
            }
            if self.program.profile.timezone == Some(number) {
                self.mark("trace zone");
            }
            writes.push((number, self.value(&field.ty)));
        }
        if let (Some(mailbox), true) = (identifiers.get(1), self.rng.chance(25)) {
            self.mark("trace mailbox");
            let value = self.rng.pick(&MAILBOXES).to_owned();
            writes.push((*mailbox, Value::Text(value)));
        }
        let ids = self.who();
        let (id, at) = self.stamp();
        Input::Profile(ProfileInput {
            id,
            at,
            source: String::new(),
            ids,
            writes,
        })
    }

    fn erase(&mut self) -> Input {
        self.mark("trace erase");
        let ids = self.who();
        let (id, at) = self.stamp();
        Input::Erase(EraseInput { id, at, ids })
    }

    fn consent(&mut self) -> Input {
        self.mark("trace consent");
        let purpose = self.rng.below(self.program.purposes.len());
        let channels = if self.rng.chance(50) {
            Vec::new()
        } else {
            vec![ChannelId::new(self.rng.below(self.program.channels.len()))]
        };
        let ids = self.who();
        let granted = self.rng.chance(70);
        let (id, at) = self.stamp();
        Input::Consent(ConsentInput {
            id,
            at,
            ids,
            granted,
            purpose: PurposeId::new(purpose),
            channels,
        })
    }

    fn value(&mut self, ty: &Type) -> Value {
        match ty {
            Type::Error | Type::Span => Value::Unknown,
            Type::Bool => Value::Bool(self.rng.chance(60)),
            Type::Int => Value::Int(if self.rng.chance(6) {
                self.rng.int()
            } else {
                self.rng.small()
            }),
            Type::Number => {
                let bits = if self.rng.chance(6) {
                    self.rng.num()
                } else {
                    self.rng.plain_num()
                };
                Value::Number(f64::from_bits(bits))
            }
            Type::Money(currency) => Value::Money(self.minor(), *currency),
            Type::Text => Value::Text(self.rng.pick(&TEXTS).to_owned()),
            Type::Time => Value::Time(
                self.now
                    + self
                        .rng
                        .pick(&[0, -HOUR, HOUR, DAY, -2 * DAY, 3 * DAY, 400 * DAY]),
            ),
            Type::Date => Value::Date(
                self.now.div_euclid(DAY) - self.rng.pick(&[0, 1, -1, 30, 365, 6_574, 9_496, 9_497]),
            ),
            Type::Clock => {
                Value::Clock(
                    self.rng
                        .pick(&[0, 9 * HOUR, 2 * HOUR + 30 * MINUTE, DAY - 1]),
                )
            }
            Type::Duration => {
                Value::Duration(self.rng.pick(&[0, 1, MINUTE, HOUR, DAY, -HOUR, 3 * DAY]))
            }
            Type::Timezone => Value::Timezone(self.rng.pick(&ZONES).to_owned()),
            Type::Enum(id) | Type::Offer(id) => {
                let values = self.program.enums[id.index()].values.len();
                Value::Enum(
                    *id,
                    u32::try_from(self.rng.below(values)).unwrap_or_default(),
                )
            }
            Type::Record(id) => {
                let fields = &self.program.records[id.index()].fields;
                Value::Record(*id, fields.iter().map(|f| self.value(&f.ty)).collect())
            }
            Type::List(of) => Value::List((0..self.rng.below(4)).map(|_| self.value(of)).collect()),
            Type::Optional(of) => {
                if self.rng.chance(30) {
                    Value::Unknown
                } else {
                    self.value(of)
                }
            }
            Type::IntIn(low, high) => {
                let width = usize::try_from(high - low + 1).unwrap_or(1);
                Value::Int(low + i64::try_from(self.rng.below(width)).unwrap_or_default())
            }
            Type::NumberIn(low, _) => Value::Number(f64::from_bits(*low)),
        }
    }

    fn minor(&mut self) -> i64 {
        if self.rng.chance(4) {
            return self.rng.int();
        }
        self.rng
            .pick(&[0, 5, 100, 1_999, 2_000, 2_001, 50_000, -300])
    }
}

/// The currency of all generated programs.
pub fn euro() -> Currency {
    Currency(*b"EUR")
}
