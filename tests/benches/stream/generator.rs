//! The events of the workload, from a seed: sessions of people whom a power law picks, some of which fill a cart,
//! order, open a mail or leave; one event in five arrives late. JSON lines in the order of arrival.

use std::io::Write as _;

const BEGIN: i64 = 1_767_225_600_000;
const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;
const LATE_MS: u64 = 300_000;

#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub events: usize,
    pub people: usize,
    pub days: i64,
    pub seed: u64,
}

impl Terms {
    pub fn of(events: usize) -> Self {
        Self {
            events,
            people: 100_000,
            days: 40,
            seed: 7,
        }
    }
}

/// A stream of chance: xorshift with a multiplication at the end.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
    /// Below a bound.
    fn below(&mut self, bound: u64) -> u64 {
        u64::try_from((u128::from(self.next()) * u128::from(bound)) >> 64).unwrap()
    }
    fn ms(&mut self, bound: i64) -> i64 {
        self.below(bound.cast_unsigned()).cast_signed()
    }
    /// In 0..1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
    fn happens(&mut self, share: f64) -> bool {
        self.unit() < share
    }
}

#[derive(Clone, Copy)]
enum What {
    Viewed,
    Carted { cart: u32, cents: u64 },
    Ordered { cart: u32, cents: u64 },
    Opened,
    Left,
}

struct Event {
    at: i64,
    arrives: i64,
    person: usize,
    what: What,
    /// chance for what nobody reads
    more: u64,
}

struct Crowd {
    chance: Chance,
    events: Vec<Event>,
    carts: u32,
    end: i64,
}

impl Crowd {
    fn add(&mut self, person: usize, at: i64, what: What) {
        if at >= self.end {
            return;
        }
        let late = if self.chance.below(5) == 0 {
            self.chance.below(LATE_MS).cast_signed()
        } else {
            0
        };
        let more = self.chance.next();
        self.events.push(Event {
            at,
            arrives: at + late,
            person,
            what,
            more,
        });
    }

    fn session(&mut self, person: usize, begin: i64) {
        let mut at = begin;
        for _ in 0..=self.chance.below(10) {
            self.add(person, at, What::Viewed);
            let pause = -(1.0 - self.chance.unit()).ln() * 45_000.0;
            at += 2_000 + pause as i64;
        }
        if self.chance.happens(0.35) {
            self.cart(person, at);
        } else if self.chance.happens(0.10) {
            self.add(person, at, What::Opened);
        }
        if self.chance.happens(0.003) {
            self.add(person, at, What::Left);
        }
    }

    fn cart(&mut self, person: usize, mut at: i64) {
        self.carts += 1;
        let cart = self.carts;
        let mut cents = 1_000 + self.chance.below(20_000);
        for _ in 0..=self.chance.below(3) {
            self.add(person, at, What::Carted { cart, cents });
            cents += self.chance.below(9_000);
            at += 5_000 + self.chance.ms(240_000);
        }
        let ordered = What::Ordered { cart, cents };
        if self.chance.happens(0.35) {
            let pause = self.chance.ms(80 * 60_000);
            return self.add(person, at + pause, ordered);
        }
        if self.chance.happens(0.45) {
            let pause = HOUR + self.chance.ms(72 * HOUR);
            self.add(person, at + pause, What::Opened);
        }
        if self.chance.happens(0.20) {
            let pause = HOUR + self.chance.ms(9 * DAY);
            self.add(person, at + pause, ordered);
        }
    }
}

/// All lines, one behind the other.
pub fn lines(terms: Terms) -> Vec<u8> {
    let mut crowd = Crowd {
        chance: Chance(terms.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
        events: Vec::with_capacity(terms.events + 64),
        carts: 0,
        end: BEGIN + terms.days * DAY,
    };
    let mut total = 0.0;
    let weights: Vec<f64> = (0..terms.people)
        .map(|rank| {
            total += ((rank + 1) as f64).powf(-0.8);
            total
        })
        .collect();
    let mut names: Vec<usize> = (0..terms.people).collect();
    for place in (1..names.len()).rev() {
        let other = crowd.chance.below(place as u64 + 1) as usize;
        names.swap(place, other);
    }
    while crowd.events.len() < terms.events {
        let drawn = crowd.chance.unit() * total;
        let rank = weights.partition_point(|weight| *weight < drawn);
        let person = names[rank.min(terms.people - 1)];
        let begin = BEGIN + crowd.chance.ms(terms.days * DAY);
        crowd.session(person, begin);
    }
    let mut events = crowd.events;
    events.truncate(terms.events);
    // stable: what arrives at one instant keeps its order
    events.sort_by_key(|event| event.arrives);
    let mut out = Vec::with_capacity(terms.events * 380);
    for (number, event) in events.iter().enumerate() {
        line(&mut out, number, event);
    }
    out
}

const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 Mobile Safari/537.36",
];
const LOCALES: [&str; 4] = ["en-GB", "de-DE", "fr-FR", "nl-NL"];
const SOURCES: [&str; 3] = ["web", "ios", "android"];

fn line(out: &mut Vec<u8>, number: usize, event: &Event) {
    let more = event.more;
    let product = more % 40_009;
    let name = match event.what {
        What::Viewed => "page_viewed",
        What::Carted { .. } => "cart_updated",
        What::Ordered { .. } => "order_placed",
        What::Opened => "email_opened",
        What::Left => "unsubscribed",
    };
    let source = SOURCES[(more % 3) as usize];
    write!(
        out,
        r#"{{"id":"e{number:010}","type":"{name}","profile":"p{:07}","ts":{},"source":"{source}","session":"s{:08x}","props":"#,
        event.person,
        event.at,
        more as u32,
    )
    .unwrap();
    match event.what {
        What::Viewed => write!(
            out,
            r#"{{"url":"https://shop.example/c/{}/p/{product}","title":"Product {product}","referrer":"https://search.example/?q={:06x}"}}"#,
            more % 97,
            more & 0xff_ffff,
        ),
        What::Carted { cart, cents } => write!(
            out,
            r#"{{"cart_id":"c{cart:09}","value_cents":{cents},"items":{},"currency":"EUR","last_sku":"SKU-{product}"}}"#,
            1 + more % 9,
        ),
        What::Ordered { cart, cents } => write!(
            out,
            r#"{{"order_id":"o{number:09}","amount_cents":{cents},"cart_id":"c{cart:09}","currency":"EUR","payment":"card"}}"#,
        ),
        What::Opened => write!(
            out,
            r#"{{"message_id":"m{:08x}","client":"mail-{}"}}"#,
            more as u32,
            more % 7,
        ),
        What::Left => write!(out, r#"{{"channel":"email","reason":"link"}}"#),
    }
    .unwrap();
    writeln!(
        out,
        r#","ctx":{{"ip":"10.{}.{}.{}","ua":"{}","locale":"{}","tz":"Europe/Berlin"}}}}"#,
        more >> 56,
        (more >> 48) & 255,
        (more >> 40) & 255,
        AGENTS[(more >> 8) as usize % AGENTS.len()],
        LOCALES[(more >> 20) as usize % LOCALES.len()],
    )
    .unwrap();
}
