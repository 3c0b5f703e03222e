//! What a `test` block means: what happens to whom, and what is expected. Everything in it is a constant.

use super::{DeclId, Expr, NodeId};
use journey_program::types::{AudienceId, ChannelId, EventId, OfferId, PurposeId, Value};

/// A `test` block, its lines in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    pub title: String,
    pub decl: DeclId,
    pub lines: Vec<TestLine>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TestLine {
    pub node: NodeId,
    /// a person declared by `person NAME { … }`, or one of `people`; None: the test's only person
    pub who: Option<String>,
    pub kind: TestLineKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TestLineKind {
    /// the clock before the happening: at an instant, after a duration or span from the line before
    At {
        time: When,
        what: Option<Happening>,
    },
    /// closes the instant
    Until(i64),
    /// before the first `at`
    Start(Happening),
    /// splits: (journey, split's name, arm); holdouts: (journey, out of it?)
    AssumeSplit {
        journey: Option<String>,
        split: String,
        arm: String,
    },
    AssumeHoldout {
        journey: String,
        out: bool,
    },
    Expect(Expectation),
    /// another version runs from here on, by its folder; None: this one. The lines in between are another program's.
    Deploy {
        time: Option<When>,
        folder: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    At(i64),
    After(i64),
    AfterSpan(journey_program::types::Span),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// fields of the profile (record numbers); identifiers among them identify the person
    Profile(Vec<(u32, Value)>),
    /// empty: on all channels
    Consent {
        granted: bool,
        purpose: PurposeId,
        channels: Vec<ChannelId>,
    },
    /// declared fields in order (record fields 4…, `Unknown` where absent), identifiers given by `with`
    Event {
        event: EventId,
        fields: Vec<Value>,
        with: Vec<(u32, String)>,
    },
    /// an outcome of the newest send of a step: step's name; declared fields of the outcome (after `send`)
    Outcome {
        step: String,
        event: EventId,
        fields: Vec<Value>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// None: of everybody in the test
    pub who: Option<String>,
    pub key: Option<Value>,
    pub kind: ExpectKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExpectKind {
    NoSend,
    Sends(u32),
    Send {
        step: String,
        by: Option<ChannelId>,
        at: Option<i64>,
        with: Vec<ContentTest>,
    },
    Skipped {
        step: String,
        because: Option<String>,
    },
    Emit {
        event: EventId,
        at: Option<i64>,
    },
    /// `expect in J`, `expect not in J`, `expect 2 in J`, perhaps `at STEP`
    In {
        count: Option<u32>,
        negated: bool,
        journey: String,
        at: Option<String>,
    },
    InAudience {
        negated: bool,
        audience: AudienceId,
    },
    Ended {
        journey: String,
        reason: Option<String>,
    },
    Refused {
        journey: String,
        because: Option<String>,
    },
    /// a bool over the profile
    Holds(Expr),
    /// the person's last choice at a step; None: no offer
    Decided {
        step: String,
        negated: bool,
        offer: Option<OfferId>,
    },
    /// by its name
    Conversion {
        conversion: String,
        value: Option<Value>,
        at: Option<i64>,
    },
    NoConversion(String),
    Fault {
        journey: String,
    },
    DeadLetter,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentTest {
    pub field: String,
    pub op: ContentOp,
    pub value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentOp {
    Eq,
    Ne,
    Contains,
    StartsWith,
    EndsWith,
}
