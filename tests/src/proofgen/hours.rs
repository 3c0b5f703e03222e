//! Small journeys whose messages expire, by channels with quiet and opening hours: everything lies on half hours of
//! a week in UTC, so that a person for each half hour walks every path at every time.

use super::NOW;
use super::journeys::HOUR;
use crate::irgen::Rng;
use journey_program::civil::WEEKDAYS;
use journey_program::types::{EventId, Value};
use journey_runtime::input::{EventInput, Input};

const HALF: i64 = HOUR / 2;
/// The Monday before `NOW`, at midnight.
const MONDAY: i64 = NOW - 12 * HOUR;

/// A generated program.
#[derive(Clone, Debug)]
pub struct Timed {
    pub text: String,
    /// what a proof says of it comes about for somebody: no path hangs on when a poke comes, every message has
    /// one way
    pub exact: bool,
}

fn clock(rng: &mut Rng) -> String {
    format!("{:02}:{}0", rng.below(24), rng.pick(&["0", "3"]))
}

fn hours(rng: &mut Rng) -> String {
    let (from, to) = (clock(rng), clock(rng));
    if from == to {
        "21:00 to 08:00".to_owned()
    } else {
        format!("{from} to {to}")
    }
}

fn channel(rng: &mut Rng, name: &str) -> String {
    let mut lines = String::new();
    if rng.chance(60) {
        lines.push_str(&format!(" quiet {}", hours(rng)));
    }
    if rng.chance(40) {
        let days = match rng.below(3) {
            0 => "monday to friday ".to_owned(),
            1 => format!(
                "{}, {} ",
                WEEKDAYS[rng.below(3)],
                WEEKDAYS[3 + rng.below(4)]
            ),
            _ => String::new(),
        };
        lines.push_str(&format!(" open {days}{}", hours(rng)));
    }
    format!("channel {name} {{ to user_id{lines} deliver none }}\n")
}

/// A program whose every choice follows from the seed.
pub fn timed(seed: u64) -> Timed {
    let mut rng = Rng::new(seed ^ 0x71);
    let mut text = String::from(
        "event go { b0: bool, b1: bool }\nevent poke { }\npurpose service { consent not_needed basis contract }\n",
    );
    for name in ["c", "d"] {
        text.push_str(&channel(&mut rng, name));
    }
    for number in 0..3 {
        let expires = match rng.below(6) {
            0 => String::new(),
            _ => format!("expires after {} minutes", 30 * (1 + rng.below(40))),
        };
        text.push_str(&format!(
            "message m{number} for service {{ c {{ subject: \"H\" }} d {{ subject: \"H\" }} {expires} }}\n"
        ));
    }
    let mut writer = Writer {
        rng: &mut rng,
        sends: 0,
        bits: 0,
        exact: true,
    };
    let steps = writer.steps(2);
    let exact = writer.exact;
    text.push_str(&format!("journey course {{\nenter on go\n{steps}}}\n"));
    Timed { text, exact }
}

struct Writer<'r> {
    rng: &'r mut Rng,
    sends: usize,
    bits: usize,
    exact: bool,
}

impl Writer<'_> {
    fn steps(&mut self, depth: usize) -> String {
        let count = 1 + self.rng.below(3);
        (0..count).map(|_| self.step(depth)).collect()
    }

    fn step(&mut self, depth: usize) -> String {
        match self.rng.below(12) {
            0 | 1 => format!("wait {} minutes\n", 30 * (1 + self.rng.below(60))),
            2 | 3 => format!("wait until {}\n", clock(self.rng)),
            4 => format!(
                "wait until {} {}\n",
                WEEKDAYS[self.rng.below(7)],
                clock(self.rng)
            ),
            // each bit once: what one path has asked another does not contradict
            5 if depth > 0 && self.bits < 2 => {
                let bit = self.bits;
                self.bits += 1;
                let (a, b) = (self.steps(depth - 1), self.steps(depth - 1));
                format!("if entry.b{bit} {{ {a} }} else {{ {b} }}\n")
            }
            6 if depth > 0 => {
                self.exact = false;
                let (a, b) = (self.steps(depth - 1), self.steps(depth - 1));
                let most = 1 + self.rng.below(9);
                format!(
                    "wait up to {most} hours for {{ poke => {{ {a} }} timeout => {{ {b} }} }}\n"
                )
            }
            7 if depth > 0 => {
                let body = self.steps(depth - 1);
                let (hours, times) = (1 + self.rng.below(30), 1 + self.rng.below(3));
                // what later cycles come to is said of the first ones too
                self.exact = false;
                format!("repeat every {hours} hours up to {times} times {{ {body} }}\n")
            }
            _ => {
                self.sends += 1;
                let by = match self.rng.below(5) {
                    0 => {
                        self.exact = false;
                        "first of c, d"
                    }
                    1 => "d",
                    _ => "c",
                };
                format!("send s{} = m{} by {by}\n", self.sends, self.rng.below(3))
            }
        }
    }
}

/// A person for each half hour of a week and each set of bits; pokes now and then.
pub fn arrivals(go: EventId, poke: EventId, rng: &mut Rng) -> Vec<Input> {
    let mut all = Vec::new();
    let event = |event: EventId, at: i64, person: i64, number: i64, fields: Vec<Value>| {
        Input::Event(EventInput {
            event,
            id: format!("{} {person} {number}", event.0),
            at,
            source: String::new(),
            ids: vec![(0, format!("p{person}"))],
            fields,
        })
    };
    for half in 0..336 {
        for bits in 0..4 {
            let person = half * 4 + bits;
            let at = MONDAY + half * HALF;
            let fields = vec![Value::Bool(bits & 1 != 0), Value::Bool(bits & 2 != 0)];
            all.push(event(go, at, person, 0, fields));
            for number in 0..rng.below(3) as i64 {
                let later = at + rng.below(200) as i64 * HALF + 1;
                all.push(event(poke, later, person, number, Vec::new()));
            }
        }
    }
    all.sort_by_key(Input::at);
    all.push(Input::Clock(MONDAY + 80 * 24 * HOUR));
    all
}
