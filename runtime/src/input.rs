//! What the engine takes: an event, a write to a profile, or the clock moved on. Made by the intake (from
//! bytes), by `test` blocks and by the engine itself (what a journey emits); already typed and checked.

use journey_program::types::{ChannelId, DecisionId, EventId, PurposeId, Value};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    Event(EventInput),
    Profile(ProfileInput),
    /// consent said outside of events: by a test's `grant` and `revoke`
    Consent(ConsentInput),
    /// a person's right: all that is known of them goes
    Erase(EraseInput),
    /// closes this instant (milliseconds): all that is due up to it happens
    Clock(i64),
}

/// Identifiers on an input: number in `ProfilePlan::identifiers`, value; strongest first, none empty.
pub type Identifiers = Vec<(u32, String)>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventInput {
    pub event: EventId,
    pub id: String,
    /// milliseconds
    pub at: i64,
    /// the name of the `source`; empty: the canonical envelope
    pub source: String,
    pub ids: Identifiers,
    /// the event's own fields in order: those of its record after `EVENT_FIELDS`
    pub fields: Vec<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileInput {
    pub id: String,
    /// milliseconds
    pub at: i64,
    pub source: String,
    pub ids: Identifiers,
    /// field of the profile's record, what is written (`Unknown` forgets)
    pub writes: Vec<(u32, Value)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConsentInput {
    pub id: String,
    /// milliseconds
    pub at: i64,
    pub ids: Identifiers,
    pub granted: bool,
    pub purpose: PurposeId,
    /// empty: on all
    pub channels: Vec<ChannelId>,
}

/// A touchpoint asks for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// milliseconds
    pub at: i64,
    pub ids: Identifiers,
    pub decision: DecisionId,
    /// those of its record, in order
    pub args: Vec<Value>,
}

/// Who asked to be forgotten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EraseInput {
    pub id: String,
    /// milliseconds
    pub at: i64,
    pub ids: Identifiers,
}

impl Input {
    /// When it happened, in milliseconds.
    pub fn at(&self) -> i64 {
        match self {
            Input::Event(event) => event.at,
            Input::Profile(profile) => profile.at,
            Input::Consent(consent) => consent.at,
            Input::Erase(erase) => erase.at,
            Input::Clock(at) => *at,
        }
    }
    /// What it is known by; empty: nothing, it is never a duplicate.
    pub fn id(&self) -> &str {
        match self {
            Input::Event(event) => &event.id,
            Input::Profile(profile) => &profile.id,
            Input::Consent(consent) => &consent.id,
            Input::Erase(erase) => &erase.id,
            Input::Clock(_) => "",
        }
    }
    pub fn ids(&self) -> &[(u32, String)] {
        match self {
            Input::Event(event) => &event.ids,
            Input::Profile(profile) => &profile.ids,
            Input::Consent(consent) => &consent.ids,
            Input::Erase(erase) => &erase.ids,
            Input::Clock(_) => &[],
        }
    }
}
