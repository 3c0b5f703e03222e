//! What a `[simulation]` section says, checked: names are numbers of the program, values have their types.

use journey_program::types::{EventId, PurposeId, Value};

/// People and their behaviour.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub people: u64,
    pub seed: u64,
    /// the first day, since 1970-01-01
    pub from: i64,
    pub days: u32,
    /// the share that comes in the course of the time; the others are there from its beginning
    pub arriving: f64,
    /// fields of a person, identifiers among them
    pub profile: Vec<(u32, Draw)>,
    pub consents: Vec<Consent>,
    /// never empty
    pub classes: Vec<Class>,
    pub habits: Vec<Habit>,
    pub follows: Vec<Follow>,
}

/// How consent is said: an event at the beginning, by this share of people.
#[derive(Clone, Debug, PartialEq)]
pub struct Consent {
    pub purpose: PurposeId,
    /// of those who say it: who grant what needs a yes, who revoke what needs a no
    pub share: f64,
    pub event: EventId,
    pub fields: Vec<Draw>,
}

/// People who do all things so many times as often.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    pub name: String,
    pub share: f64,
    pub factor: f64,
}

/// An event that people do by themselves, or, of a broadcast, that happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Habit {
    pub event: EventId,
    /// a person, or, of a broadcast, all in all
    pub per_week: f64,
    pub seasons: Seasons,
    /// of its own fields, in order
    pub fields: Vec<Draw>,
}

/// When it is done more often than else. Hours and weekdays share out the week: their mean is 1; months
/// multiply the rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seasons {
    pub hours: [f64; 24],
    /// from Monday
    pub weekdays: [f64; 7],
    pub months: [f64; 12],
}

impl Default for Seasons {
    fn default() -> Self {
        Self {
            hours: [1.0; 24],
            weekdays: [1.0; 7],
            months: [1.0; 12],
        }
    }
}

/// What comes after something with a probability and a delay: an order after a cart, a click after a send.
#[derive(Clone, Debug, PartialEq)]
pub struct Follow {
    pub after: After,
    /// at most one of them, each with its share
    pub events: Vec<Next>,
    pub delay: Delay,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    pub event: EventId,
    pub share: f64,
    /// of its own fields, in order; of an outcome the first, `send`, is not drawn
    pub fields: Vec<Draw>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum After {
    Event(EventId),
    /// a send of this channel, message, or step; only of these messages where some are named
    Send(Sent),
}

/// Which sends are meant; what is None is not asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sent {
    pub channel: Option<String>,
    pub message: Option<String>,
    /// journey, step
    pub step: Option<(String, String)>,
}

/// How long after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delay {
    /// evenly up to so many ms
    Within(i64),
    /// half of them within `median` ms, the others ever later, none beyond `within`
    Median { median: i64, within: Option<i64> },
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// the share that is unknown
    pub unknown: f64,
    pub from: From,
}

#[derive(Clone, Debug, PartialEq)]
pub enum From {
    Constant(Value),
    /// shares add up to 1
    Shares(Vec<(f64, Value)>),
    Number {
        law: Law,
        /// closed
        within: Option<(f64, f64)>,
        unit: Unit,
    },
    Pattern(Vec<Piece>),
    List {
        count: (u64, u64),
        each: Box<Draw>,
    },
    Record(journey_program::types::RecordId, Vec<Draw>),
    /// a field of the person
    Profile(u32),
    /// a field of the event before
    Before(u32),
    /// the key of the journey whose send is followed
    Key(journey_program::types::Type),
}

/// Distributions, in units of the type: money in its major unit, times in ms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    Range(f64, f64),
    /// whole numbers, both ends included
    Whole(f64, f64),
    Normal {
        mean: f64,
        deviation: f64,
    },
    /// median and deviation of the logarithm
    LogNormal {
        median: f64,
        deviation: f64,
    },
    Exponential {
        mean: f64,
    },
}

/// What a drawn number becomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    Int,
    Number,
    Money(journey_program::types::Currency),
    Time,
    Date,
    Clock,
    Duration,
}

/// `u{n}@example.com`
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Text(String),
    /// the person's number, from 1
    Person,
    /// how many such texts the person had before, from 1
    Count,
    /// a whole number in this closed range
    Range(u64, u64),
}
