//! Small journeys for the bounds: every choice of theirs hangs on one bit of a person, so that all paths are
//! walked by as many persons as there are sets of bits; and journeys under limits, entered again and again.

use super::{DAY, NOW};
use crate::irgen::Rng;
use journey_program::types::{EventId, Value};
use journey_runtime::input::{EventInput, Input};

pub const HOUR: i64 = 3_600_000;

/// Choices in one journey.
const BITS_MAX: usize = 5;

const HEAD: &str = r#"
event go { b0: bool, b1: bool, b2: bool, b3: bool, b4: bool }
event poke { k: int }
event quit { }
purpose service { consent not_needed basis contract }
"#;

/// A generated journey.
#[derive(Clone, Debug)]
pub struct Course {
    pub text: String,
    pub bits: usize,
    /// neither loops nor exits: the most that it says is the most that it does
    pub reached: bool,
}

struct Writer<'r> {
    rng: &'r mut Rng,
    bits: usize,
    sends: usize,
    loops: usize,
}

/// A journey whose every choice follows from the seed.
pub fn course(seed: u64) -> Course {
    let mut rng = Rng::new(seed);
    let exits = rng.chance(25);
    let loops = usize::from(rng.chance(25));
    let mut writer = Writer {
        rng: &mut rng,
        bits: 0,
        sends: 0,
        loops,
    };
    let quiet = if writer.rng.chance(20) {
        " quiet 21:00 to 08:00"
    } else {
        ""
    };
    let out = if exits {
        let steps = writer.send();
        format!("exit on quit {{ {steps} }}\n")
    } else {
        String::new()
    };
    let steps = writer.steps(2);
    let text = format!(
        "{HEAD}channel email {{ to user_id{quiet} deliver none }}
message hello for service {{ email {{ subject: \"Hello\" }} }}
journey course {{
enter on go
{out}{steps}}}\n"
    );
    let looped = text.contains("repeat") || text.contains("restart");
    Course {
        text,
        bits: writer.bits,
        reached: !looped && !exits,
    }
}

impl Writer<'_> {
    fn steps(&mut self, depth: usize) -> String {
        let count = 1 + self.rng.below(3);
        (0..count).map(|_| self.step(depth)).collect()
    }

    fn send(&mut self) -> String {
        self.sends += 1;
        format!("send s{} = hello by email\n", self.sends)
    }

    fn bit(&mut self) -> Option<usize> {
        (self.bits < BITS_MAX).then(|| {
            self.bits += 1;
            self.bits - 1
        })
    }

    fn step(&mut self, depth: usize) -> String {
        match self.rng.below(10) {
            0..4 => self.send(),
            4 => "wait 1 hour\n".to_owned(),
            5 if self.loops > 0 && depth > 0 => {
                self.loops -= 1;
                let body = self.steps(depth - 1);
                let times = 1 + self.rng.below(3);
                match self.rng.below(2) {
                    0 => format!("repeat up to {times} times {{ wait 1 hour {body} }}\n"),
                    _ => format!("repeat every 1 hour up to {times} times {{ {body} }}\n"),
                }
            }
            6 | 7 if depth > 0 => match self.bit() {
                Some(bit) => {
                    let (a, b) = (self.steps(depth - 1), self.steps(depth - 1));
                    // the other branch goes on, so what follows is reached
                    let end = self.rng.pick(&["", "", "", "end early\n"]);
                    format!("if entry.b{bit} {{ {a}{end} }} else {{ {b} }}\n")
                }
                None => self.send(),
            },
            8 | 9 if depth > 0 => match self.bit() {
                Some(bit) => {
                    let (a, b) = (self.steps(depth - 1), self.steps(depth - 1));
                    format!(
                        "wait up to 3 hours for {{ poke where (k == {bit}) => {{ {a} }} \
                         timeout => {{ {b} }} }}\n"
                    )
                }
                None => self.send(),
            },
            _ => self.send(),
        }
    }
}

fn event(event: EventId, at: i64, person: usize, number: usize, fields: Vec<Value>) -> Input {
    Input::Event(EventInput {
        event,
        id: format!("{} {person} {number}", event.0),
        at,
        source: String::new(),
        ids: vec![(0, format!("p{person}"))],
        fields,
    })
}

/// Events by their numbers: `go`, `poke`, `quit`.
#[derive(Clone, Copy, Debug)]
pub struct Events {
    pub go: EventId,
    pub poke: EventId,
    pub quit: EventId,
}

/// A person for each set of bits: pokes for the bits that are set, and a time to quit.
pub fn walks(course: &Course, events: Events, rng: &mut Rng) -> Vec<Input> {
    let mut all = Vec::new();
    for person in 0..1_usize << course.bits {
        let has = |bit: usize| person & (1 << bit) != 0;
        let bits = (0..BITS_MAX).map(|bit| Value::Bool(has(bit))).collect();
        all.push(event(events.go, NOW, person, 0, bits));
        let mut number = 0;
        for half in 1..120 {
            for bit in (0..course.bits).filter(|bit| has(*bit)) {
                number += 1;
                let at = NOW + half * HOUR / 2 + 1;
                let k = vec![Value::Int(bit as i64)];
                all.push(event(events.poke, at, person, number, k));
            }
        }
        let quits = NOW + rng.below(40) as i64 * HOUR / 2 + 2;
        all.push(event(events.quit, quits, person, 0, Vec::new()));
    }
    all.sort_by_key(Input::at);
    all.push(Input::Clock(NOW + 60 * DAY));
    all
}

/// Journeys under limits, with many entries.
pub fn limited(seed: u64) -> String {
    let mut rng = Rng::new(seed ^ 0x11);
    let mut text = HEAD.to_owned();
    for channel in ["email", "sms"] {
        let limit = match rng.below(6) {
            0 => String::new(),
            1 => format!("limit {} per 1 day", 1 + rng.below(3)),
            2 => format!("limit {} per 3 days", 1 + rng.below(3)),
            3 => format!("limit {} per calendar day", 1 + rng.below(3)),
            4 => format!("limit {} per calendar week for service", 1 + rng.below(3)),
            _ => format!("limit {} per 5 hours", 1 + rng.below(3)),
        };
        text.push_str(&format!(
            "channel {channel} {{ to user_id {limit} deliver none }}\n"
        ));
    }
    text.push_str(
        "message hello for service { email { subject: \"Hello\" } sms { text: \"Hello\" } }\n",
    );
    for number in 0..2 {
        let enter = match rng.below(4) {
            0 => "enter on poke\nreenter always".to_owned(),
            1 => "enter on poke".to_owned(),
            2 => format!("enter on poke\nreenter after {} hours", 1 + rng.below(40)),
            _ => "enter every day at 09:00 when known user_id\nreenter always".to_owned(),
        };
        let mut steps = String::new();
        for step in 0..1 + rng.below(3) {
            let by = rng.pick(&["email", "sms", "first of email, sms"]);
            steps.push_str(&format!("send s{step} = hello by {by}\n"));
            if rng.chance(40) {
                steps.push_str(&format!("wait {} hours\n", 1 + rng.below(30)));
            }
        }
        text.push_str(&format!("journey j{number} {{\n{enter}\n{steps}}}\n"));
    }
    text
}

/// Two weeks of pokes for one person.
pub fn pokes(poke: EventId, rng: &mut Rng) -> Vec<Input> {
    let mut at = NOW;
    let mut all = Vec::new();
    for number in 0..120 {
        at += rng.below(6) as i64 * HOUR + 1 + rng.below(1000) as i64;
        all.push(event(poke, at, 0, number, vec![Value::Int(0)]));
    }
    all.push(Input::Clock(at + 10 * DAY));
    all
}
