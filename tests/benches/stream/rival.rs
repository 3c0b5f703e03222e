//! The rival: the same workload by hand, in memory, as someone writes it who wants it fast. One pass over the JSON
//! that looks at no byte of what it skips but for quotes and brackets, people in a hash map, held-back events and
//! timers in heaps, days in a ring. Nothing of it is durable.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::io::Write as _;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 86_400_000;
const REORDER: i64 = 300_000;

/// A few multiplications: ids are short, and nobody attacks a bench.
#[derive(Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word))
                .wrapping_mul(0x517C_C1B7_2722_0A95);
        }
    }
    fn write_u8(&mut self, byte: u8) {
        self.0 ^= u64::from(byte);
    }
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Viewed,
    Carted,
    Ordered,
    Opened,
    Left,
}

/// A text of at most 15 bytes, in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Short {
    length: u8,
    bytes: [u8; 15],
}

impl Short {
    fn of(text: &[u8]) -> Self {
        let mut short = Self::default();
        let length = text.len().min(15);
        short.length = length as u8;
        short.bytes[..length].copy_from_slice(&text[..length]);
        short
    }
    fn text(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

#[derive(Clone, Copy, Debug)]
struct Event {
    kind: Kind,
    person: u32,
    at: i64,
    text: Short,
    cents: i64,
}

/// What waits for its turn: by time, then by arrival.
#[derive(Clone, Copy)]
struct Held {
    order: (i64, u32),
    event: Event,
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}
impl Eq for Held {}
impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.order.cmp(&self.order)
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    None,
    Cart,
    Mailed,
    Waiting,
}

#[derive(Default)]
struct Person {
    name: Short,
    seen: i64,
    /// day, orders, cents
    days: Vec<(i64, u32, i64)>,
    sends: [i64; 3],
    instance: u32,
    phase: Phase,
    left: bool,
    by_push: bool,
    cart: Short,
    value: i64,
    due: i64,
    goal: i64,
    sent: i64,
}

pub struct Rival {
    numbers: HashMap<Short, u32, BuildHasherDefault<Quick>>,
    people: Vec<Person>,
    held: BinaryHeap<Held>,
    /// due, person; one that is no longer the person's is passed over
    timers: BinaryHeap<Reverse<(i64, u32)>>,
    newest: i64,
    arrivals: u32,
    out: Vec<u8>,
}

impl std::hash::Hash for Short {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write(self.text());
    }
}

/// Every line in, every action out.
pub fn run(lines: &[u8]) -> Vec<u8> {
    let mut rival = Rival {
        numbers: HashMap::default(),
        people: Vec::new(),
        held: BinaryHeap::new(),
        timers: BinaryHeap::new(),
        newest: i64::MIN,
        arrivals: 0,
        out: Vec::new(),
    };
    let mut scan = Scan {
        bytes: lines,
        at: 0,
    };
    while scan.at < lines.len() {
        rival.line(&mut scan);
    }
    rival.release(i64::MAX);
    rival.fire(i64::MAX);
    rival.out
}

struct Scan<'l> {
    bytes: &'l [u8],
    at: usize,
}

impl<'l> Scan<'l> {
    fn peek(&self) -> u8 {
        self.bytes[self.at]
    }

    /// From behind a quote to behind the next.
    fn text(&mut self) -> &'l [u8] {
        let from = self.at;
        loop {
            let chunk = &self.bytes[self.at..];
            let place = find(chunk);
            self.at += place;
            if self.peek() == b'"' {
                self.at += 1;
                return &self.bytes[from..self.at - 1];
            }
            self.at += 2;
        }
    }

    fn number(&mut self) -> i64 {
        let mut value = 0;
        while self.peek().is_ascii_digit() {
            value = value * 10 + i64::from(self.peek() - b'0');
            self.at += 1;
        }
        value
    }

    /// Passes over a value of any kind.
    fn skip(&mut self) {
        let mut depth = 0;
        loop {
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    self.text();
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    if depth == 0 {
                        return;
                    }
                    depth -= 1;
                    self.at += 1;
                }
                b',' if depth == 0 => return,
                _ => self.at += 1,
            }
            if depth == 0 && matches!(self.peek(), b',' | b'}' | b']') {
                return;
            }
        }
    }

    /// Each key of an object; `field` takes its value.
    fn object(&mut self, mut field: impl FnMut(&mut Self, &'l [u8])) {
        self.at += 1;
        while self.peek() != b'}' {
            if self.peek() == b',' {
                self.at += 1;
            }
            self.at += 1;
            let key = self.text();
            self.at += 1;
            field(self, key);
        }
        self.at += 1;
    }
}

/// The place of the first quote or backslash, eight bytes at a time.
fn find(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (number, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        let found = zero(word ^ (ONES * u64::from(b'"'))) | zero(word ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            return number * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let place = rest.iter().position(|b| matches!(b, b'"' | b'\\'));
    chunks.len() * 8 + place.unwrap_or(rest.len())
}

impl Rival {
    fn line(&mut self, scan: &mut Scan<'_>) {
        let mut kind = Kind::Viewed;
        let (mut name, mut text, mut at, mut cents) = (Short::default(), Short::default(), 0, 0);
        scan.object(|scan, key| match key {
            b"type" => {
                scan.at += 1;
                kind = match scan.text() {
                    b"page_viewed" => Kind::Viewed,
                    b"cart_updated" => Kind::Carted,
                    b"order_placed" => Kind::Ordered,
                    b"email_opened" => Kind::Opened,
                    _ => Kind::Left,
                };
            }
            b"profile" => {
                scan.at += 1;
                name = Short::of(scan.text());
            }
            b"ts" => at = scan.number(),
            b"props" => {
                let (mut cart, mut order) = (Short::default(), Short::default());
                scan.object(|scan, key| match key {
                    b"cart_id" => {
                        scan.at += 1;
                        cart = Short::of(scan.text());
                    }
                    b"order_id" => {
                        scan.at += 1;
                        order = Short::of(scan.text());
                    }
                    b"value_cents" | b"amount_cents" => cents = scan.number(),
                    _ => scan.skip(),
                });
                text = if order.length > 0 { order } else { cart };
            }
            _ => scan.skip(),
        });
        scan.at += 1;
        let people = &mut self.people;
        let person = *self.numbers.entry(name).or_insert_with(|| {
            people.push(Person {
                name,
                sends: [i64::MIN; 3],
                ..Person::default()
            });
            people.len() as u32 - 1
        });
        let event = Event {
            kind,
            person,
            at,
            text,
            cents,
        };
        self.newest = self.newest.max(at);
        let order = (at, self.arrivals);
        self.arrivals += 1;
        self.held.push(Held { order, event });
        self.release(self.newest - REORDER);
    }

    fn release(&mut self, until: i64) {
        while self.held.peek().is_some_and(|held| held.order.0 <= until) {
            let Some(Held { event, .. }) = self.held.pop() else {
                return;
            };
            self.fire(event.at - 1);
            self.take(event);
        }
    }

    fn fire(&mut self, until: i64) {
        while let Some(Reverse((due, person))) = self.timers.peek().copied() {
            if due > until {
                return;
            }
            self.timers.pop();
            let Some(one) = self.people.get_mut(person as usize) else {
                return;
            };
            if one.phase == Phase::None || one.due != due {
                continue;
            }
            let phase = one.phase;
            let next = match phase {
                Phase::None => None,
                Phase::Cart => one.send(&mut self.out, "email", due).then(|| {
                    one.goal = due + 7 * DAY;
                    (Phase::Mailed, due + 2 * DAY)
                }),
                Phase::Mailed => {
                    one.send(&mut self.out, "push", due);
                    Some((Phase::Waiting, one.goal))
                }
                Phase::Waiting => {
                    one.exit(&mut self.out, due, "goal_timeout");
                    None
                }
            };
            self.goes_on(person, next);
        }
    }

    fn goes_on(&mut self, person: u32, next: Option<(Phase, i64)>) {
        let one = &mut self.people[person as usize];
        match next {
            Some((phase, due)) => {
                (one.phase, one.due) = (phase, due);
                self.timers.push(Reverse((due, person)));
            }
            None => one.phase = Phase::None,
        }
    }

    fn take(&mut self, event: Event) {
        let at = event.at;
        let one = &mut self.people[event.person as usize];
        one.seen = at;
        match event.kind {
            Kind::Viewed => {}
            Kind::Carted if one.left => {}
            Kind::Carted => {
                if one.phase == Phase::None {
                    one.instance += 1;
                    one.phase = Phase::Cart;
                }
                if one.phase == Phase::Cart {
                    (one.cart, one.value) = (event.text, event.cents);
                    self.goes_on(event.person, Some((Phase::Cart, at + HOUR)));
                }
            }
            Kind::Ordered => {
                one.order(at, event.cents);
                if matches!(one.phase, Phase::Mailed | Phase::Waiting) {
                    one.conversion(&mut self.out, &event);
                }
                one.phase = Phase::None;
            }
            Kind::Opened if one.phase == Phase::Mailed => {
                let goal = one.goal;
                self.goes_on(event.person, Some((Phase::Waiting, goal)));
            }
            Kind::Opened => {}
            Kind::Left => {
                one.left = true;
                if one.phase != Phase::None {
                    one.exit(&mut self.out, at, "unsubscribed");
                    one.phase = Phase::None;
                }
            }
        }
    }
}

impl Person {
    fn order(&mut self, at: i64, cents: i64) {
        let day = at.div_euclid(DAY);
        self.days.retain(|(old, ..)| *old > day - 30);
        match self.days.iter_mut().find(|(old, ..)| *old == day) {
            Some((_, orders, sum)) => {
                *orders += 1;
                *sum += cents;
            }
            None => self.days.push((day, 1, cents)),
        }
    }

    fn month(&self, at: i64) -> (u32, i64) {
        let day = at.div_euclid(DAY);
        let inside = self.days.iter().filter(|(old, ..)| *old > day - 30);
        inside.fold((0, 0), |(orders, cents), day| {
            (orders + day.1, cents + day.2)
        })
    }

    fn text(&self) -> &str {
        std::str::from_utf8(self.name.text()).unwrap_or_default()
    }

    fn send(&mut self, out: &mut Vec<u8>, channel: &str, at: i64) -> bool {
        let (name, instance) = (self.text(), self.instance);
        // a window is closed: a send exactly seven days ago is inside
        if self.sends.iter().all(|sent| *sent >= at - 7 * DAY) {
            writeln!(
                out,
                r#"{{"a":"suppressed","ch":"{channel}","p":"{name}","i":{instance},"ts":{at}}}"#
            )
            .unwrap();
            return false;
        }
        let (orders, cents) = self.month(at);
        let cart = std::str::from_utf8(self.cart.text()).unwrap_or_default();
        writeln!(
            out,
            r#"{{"a":"send","ch":"{channel}","p":"{name}","i":{instance},"ts":{at},"cart":"{cart}","v":{},"o30":{orders},"s30":{cents},"seen":{}}}"#,
            self.value, self.seen,
        )
        .unwrap();
        self.sends.rotate_left(1);
        self.sends[2] = at;
        self.sent = at;
        self.by_push = channel == "push";
        true
    }

    fn exit(&self, out: &mut Vec<u8>, at: i64, why: &str) {
        writeln!(
            out,
            r#"{{"a":"exit","p":"{}","i":{},"ts":{at},"why":"{why}"}}"#,
            self.text(),
            self.instance,
        )
        .unwrap();
    }

    fn conversion(&self, out: &mut Vec<u8>, event: &Event) {
        let (orders, cents) = self.month(event.at);
        writeln!(
            out,
            r#"{{"a":"conversion","p":"{}","i":{},"ts":{},"order":"{}","amt":{},"via":"{}","sent":{},"o30":{orders},"s30":{cents}}}"#,
            self.text(),
            self.instance,
            event.at,
            std::str::from_utf8(event.text.text()).unwrap_or_default(),
            event.cents,
            if self.by_push { "push" } else { "email" },
            self.sent,
        )
        .unwrap();
    }
}
