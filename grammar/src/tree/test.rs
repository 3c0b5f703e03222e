//! `test` blocks: lines, happenings, expectations.

use super::{Assign, BinaryOp, Expr, Name, Span};

/// `test "…" { lines }`
#[derive(Clone, Debug, PartialEq)]
pub struct TestDecl {
    pub title: Name,
    pub lines: Vec<TestLine>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TestLine {
    pub kind: TestLineKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TestLineKind {
    /// `person ann { profile { … } grant marketing }`
    Person {
        name: Name,
        lines: Vec<TestLine>,
    },
    /// `people 500 { user_id: "u{n}" }`
    People {
        count: Expr,
        fields: Vec<Assign>,
    },
    /// `at T [WHO:] HAPPENING`
    At {
        time: Expr,
        who: Option<Name>,
        what: Option<Happening>,
    },
    /// `after D [WHO:] [HAPPENING]`
    After {
        delay: Expr,
        who: Option<Name>,
        what: Option<Happening>,
    },
    /// `until T`
    Until(Expr),
    /// a happening before the first `at`
    Start(Happening),
    /// `assume split subject = long`, `assume holdout control out`
    Assume {
        what: Name,
        path: Vec<Name>,
        value: Name,
    },
    Expect(Expectation),
    /// `deploy "1.0.0" from "../v1"` before the clock runs; later it stands in `At` and `After`
    Deploy(Deploy),
    Broken,
}

/// The version that runs from here on.
#[derive(Clone, Debug, PartialEq)]
pub enum Deploy {
    /// the program that the test stands in
    This,
    /// another: what it is called, and its folder as the test's project sees it
    From {
        version: Expr,
        folder: Expr,
    },
    Broken,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    Profile(Vec<Assign>),
    Grant {
        purpose: Name,
        channels: Vec<Name>,
    },
    Revoke {
        purpose: Name,
        channels: Vec<Name>,
    },
    /// an event, or `STEP.OUTCOME { … }`; `with { device_id: "d" }`
    Event {
        path: Vec<Name>,
        fields: Vec<Assign>,
        with: Vec<Assign>,
    },
    Deploy(Deploy),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    pub kind: ExpectKind,
    /// `for ann`
    pub who: Option<Name>,
    /// `key "c1"`
    pub key: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExpectKind {
    /// `expect no send`
    NoSend,
    /// `expect 2 sends`
    Sends(Expr),
    /// `expect send nudge by sms at T with subject contains "cart"`
    Send {
        step: Name,
        by: Option<Name>,
        at: Option<Expr>,
        with: Vec<ContentTest>,
    },
    /// `expect skipped reminder because no_consent`
    Skipped {
        step: Name,
        because: Option<Name>,
    },
    /// `expect emit cart_lost [at T]`
    Emit {
        event: Name,
        at: Option<Expr>,
    },
    /// `expect [N] [not] in JOURNEY [at STEP]`
    In {
        count: Option<Expr>,
        negated: bool,
        journey: Name,
        at: Option<Name>,
    },
    /// `expect [not] in audience NAME`
    InAudience {
        negated: bool,
        audience: Name,
    },
    /// `expect ended JOURNEY [as REASON]`
    Ended {
        journey: Name,
        reason: Option<Name>,
    },
    /// `expect refused JOURNEY [because REASON]`
    Refused {
        journey: Name,
        because: Option<Name>,
    },
    /// `expect profile.tier == gold`: any bool expression over the profile
    Holds(Expr),
    /// `expect decided pick == free_shipping`, `expect decided pick == unknown`
    Decided {
        step: Name,
        negated: bool,
        /// None: `unknown`
        offer: Option<Name>,
    },
    /// `expect fault JOURNEY`
    Fault {
        journey: Name,
    },
    /// `expect conversion purchase [value 80 EUR] [at T]`
    Conversion {
        conversion: Name,
        value: Option<Expr>,
        at: Option<Expr>,
    },
    /// `expect no conversion purchase`
    NoConversion(Name),
    /// `expect dead letter`
    DeadLetter,
    Broken,
}

/// `with subject contains "cart"`
#[derive(Clone, Debug, PartialEq)]
pub struct ContentTest {
    pub field: Name,
    /// `==`, `!=`, `contains`, `starts with`, `ends with`
    pub op: BinaryOp,
    pub value: Expr,
    pub span: Span,
}
