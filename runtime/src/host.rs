//! What decision code finds when it runs: the blocks of one call, its clock, and the operations. Words
//! come in, words go out; what a step does to the world is kept as `Effect`s for the engine, in order.
//!
//! `text`, `build`, `effects` and `locale` hold the operations by kind; this file only sends them there.

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`call` has sent the operation to its kind"
)]
mod build;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`call` has sent the operation to its kind"
)]
mod effects;
pub mod locale;
mod models;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`call` has sent the operation to its kind"
)]
mod text;

pub use effects::{Effect, Noted};

use crate::histories::{HistoryState, When};
use crate::scalar::Scalar;
use crate::state::{LearnedState, Moment, Person};
use build::Builder;
use journey_program::arith;
use journey_program::civil::{self, Zone};
use journey_program::exp;
use journey_program::host::{Executor, Host, HostOp};
use journey_program::ir::{FaultCode, SPACE_SHIFT, Space};
use journey_program::plan::{HistoryPlan, Program};
use journey_program::record::{self, Symbols, Types};
use journey_program::types::{JourneyId, SiteId, Span, Value};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// What all calls of one program share.
#[derive(Debug)]
pub struct Shared {
    pub symbols: Symbols,
    /// the block of `Space::Const`
    pub constants: Vec<u8>,
    /// None: one that cannot be compiled matches nothing
    pub regexes: Vec<Option<Regex>>,
    /// chance that a test has fixed: arms by journey and split, holdouts by journey
    pub assumed_splits: BTreeMap<(JourneyId, u32), u32>,
    pub assumed_holdouts: BTreeMap<JourneyId, bool>,
    /// of the program's holdouts, by name
    pub assumed_tag_holdouts: BTreeMap<String, bool>,
}

impl Shared {
    pub fn of(program: &Program) -> Self {
        Self {
            symbols: Symbols::of(&program.texts),
            constants: record::constants(&program.texts),
            regexes: program
                .regexes
                .iter()
                .map(|text| Regex::new(text).ok())
                .collect(),
            assumed_splits: BTreeMap::new(),
            assumed_holdouts: BTreeMap::new(),
            assumed_tag_holdouts: BTreeMap::new(),
        }
    }
}

/// A text, list or record is at most so large.
pub const BYTES_MAX: usize = 1 << 20;

pub struct Frame<'a> {
    pub program: &'a Program,
    pub shared: &'a Shared,
    pub person: &'a mut Person,
    pub zone: &'static Zone,
    pub moment: Moment,
    /// the log's length, for writes at one instant
    pub place: u64,
    pub event: &'a [u8],
    pub instance: &'a mut Vec<u8>,
    pub journey: Option<JourneyId>,
    executor: &'a dyn Executor,
    learned: &'a LearnedState,
    everyones: &'a BTreeMap<usize, HistoryState>,
    /// models inside of models
    depth: u32,
    /// computed fields, by their functions: what they came to
    computed: BTreeMap<i64, i64>,
    /// places whose faults are noted already
    noted: BTreeSet<SiteId>,
    scratch: Vec<u8>,
    builders: Vec<Builder>,
    lookup: Option<Lookup>,
    /// what steps did, in order
    pub effects: Vec<Effect>,
    /// fields of a message's body: place, text
    pub content: Vec<(u32, String)>,
    /// someone asks why: what was noted. None: nobody does
    pub notes: Option<Vec<Noted>>,
}

/// A question to a history that has no slot.
#[derive(Debug)]
struct Lookup {
    history: usize,
    key: Option<Scalar>,
    since: Option<i64>,
}

/// What a frame is made of.
pub struct FrameParts<'a> {
    pub program: &'a Program,
    pub shared: &'a Shared,
    pub person: &'a mut Person,
    pub zone: &'static Zone,
    pub moment: Moment,
    pub place: u64,
    pub event: &'a [u8],
    pub instance: &'a mut Vec<u8>,
    pub journey: Option<JourneyId>,
    pub executor: &'a dyn Executor,
    pub learned: &'a LearnedState,
    /// histories of broadcasts
    pub everyones: &'a BTreeMap<usize, HistoryState>,
}

impl std::fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for FrameParts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrameParts").finish_non_exhaustive()
    }
}

impl<'a> Frame<'a> {
    pub fn new(parts: FrameParts<'a>) -> Self {
        let FrameParts {
            program,
            shared,
            person,
            zone,
            moment,
            place,
            event,
            instance,
            journey,
            executor,
            learned,
            everyones,
        } = parts;
        Self {
            program,
            shared,
            person,
            zone,
            moment,
            place,
            event,
            instance,
            journey,
            executor,
            learned,
            everyones,
            depth: 0,
            computed: BTreeMap::new(),
            noted: BTreeSet::new(),
            scratch: Vec::new(),
            builders: Vec::new(),
            lookup: None,
            effects: Vec::new(),
            content: Vec::new(),
            notes: None,
        }
    }

    fn types(&self) -> Types<'a> {
        Types::of(self.program, &self.shared.symbols)
    }

    /// The space and offset of a handle.
    fn place_of(word: i64) -> (Space, u32) {
        let space = match word >> SPACE_SHIFT {
            0 => Space::Profile,
            1 => Space::Event,
            2 => Space::Instance,
            3 => Space::Const,
            _ => Space::Scratch,
        };
        (space, u32::try_from(word & 0xffff_ffff).unwrap_or(u32::MAX))
    }

    pub fn text(&self, word: i64) -> &str {
        let (space, at) = Self::place_of(word);
        record::text(self.block(space), at)
    }

    fn when(&self) -> When<'static> {
        When {
            moment: self.moment,
            zone: self.zone,
        }
    }

    fn begin_lookup(&mut self, history: i64, since: Option<i64>) {
        let history = usize::try_from(history).unwrap_or(usize::MAX);
        self.lookup = Some(Lookup {
            history,
            key: None,
            since,
        });
    }

    fn crossing(&self, history: i64, since: i64, bound: f64) -> i64 {
        let number = usize::try_from(history).unwrap_or(usize::MAX);
        let plan = self.program.histories.get(number);
        plan.zip(plan.and_then(|plan| self.history_of(plan, number)))
            .and_then(|(plan, state)| state.crossing(plan, &self.when(), since, bound))
            .unwrap_or(i64::MAX)
    }

    /// The person's own, or everyone's; None: nothing of it has come yet.
    fn history_of(&self, plan: &HistoryPlan, number: usize) -> Option<&HistoryState> {
        if plan.everyone {
            self.everyones.get(&number)
        } else {
            self.person.histories.get(number)
        }
    }

    fn set_key(&mut self, key: Scalar) {
        if let Some(lookup) = &mut self.lookup {
            lookup.key = Some(key);
        }
    }

    fn answer(&self) -> Value {
        let Some(lookup) = &self.lookup else {
            return Value::Unknown;
        };
        let Some(plan) = self.program.histories.get(lookup.history) else {
            return Value::Unknown;
        };
        let Some(state) = self.history_of(plan, lookup.history) else {
            return HistoryState::default().answer(plan, &self.when()).0;
        };
        match (&lookup.key, lookup.since) {
            (key, Some(since)) => state.since(plan, &self.when(), key.as_ref(), since),
            (Some(key), None) => state.answer_for(plan, &self.when(), key),
            (None, None) => state.answer(plan, &self.when()).0,
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`call` has sent the operation to its kind"
    )]
    fn lookups(&mut self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        let a = arg(args, 0);
        match op {
            HostOp::KeyedBegin => self.begin_lookup(a, None),
            HostOp::SinceBegin => self.begin_lookup(a, Some(arg(args, 1))),
            HostOp::DecayCrossing => return Ok(self.crossing(a, arg(args, 1), num(arg(args, 2)))),
            HostOp::KeyInt => self.set_key(Scalar::Int(a)),
            HostOp::KeyBool => self.set_key(Scalar::Bool(a != 0)),
            HostOp::KeyText => {
                let key = Scalar::Text(self.text(a).into());
                self.set_key(key);
            }
            HostOp::KeyedKnown => return Ok(i64::from(self.answer() != Value::Unknown)),
            HostOp::KeyedText => {
                if let Value::Text(text) = self.answer() {
                    return self.scratch_text(&text);
                }
                return self.scratch_text("");
            }
            _ => return Ok(word(&self.answer())),
        }
        Ok(0)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`call` has sent the operation to its kind"
    )]
    fn civil(&self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        let (a, b) = (arg(args, 0), arg(args, 1));
        let zone = self.zone;
        let today = || zone.day_of(self.moment.at());
        let result = match op {
            HostOp::Today => today(),
            HostOp::DateOfTime => zone.date_of(a),
            HostOp::AddSpanToTime => zone.add_span_to_time(a, Span::unpack(b)),
            HostOp::AddSpanToDate => civil::add_span_to_date(a, Span::unpack(b)),
            HostOp::DateAtClock => zone.date_at_clock(a, b),
            HostOp::YearsSince => today().and_then(|today| civil::years_since(a, today)),
            _ => civil::anniversary(a, b).and_then(|day| zone.start_of_day(day)),
        };
        result.ok_or(FaultCode::OutOfRange)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`call` has sent the operation to its kind"
    )]
    fn number(op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        let (a, b) = (arg(args, 0), arg(args, 1));
        match op {
            HostOp::MoneyMul => arith::money_mul(a, num(b)),
            HostOp::MoneyDiv => arith::money_div(a, num(b)),
            HostOp::MoneyRatio => arith::money_ratio(a, b).map(bits),
            HostOp::MoneyAvg => arith::money_avg(a, b),
            HostOp::NumLogistic => Ok(bits(exp::logistic(num(a)))),
            _ => Ok(bits(exp::logistic_single(num(a)))),
        }
    }
}

impl Frame<'_> {
    /// Lists and records; all that is left has an effect.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the table of operations is exhausted by kinds"
    )]
    fn make(&mut self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        use HostOp as Op;
        match op {
            Op::ListLen | Op::ListElem => self.list(op, args),
            Op::ListBegin
            | Op::ListPushInt
            | Op::ListPushBool
            | Op::ListPushNum
            | Op::ListPushText
            | Op::ListPushRecord
            | Op::ListEnd
            | Op::RecordBegin
            | Op::RecordSetBool
            | Op::RecordSetInt
            | Op::RecordSetNum
            | Op::RecordSetText
            | Op::RecordSetList
            | Op::RecordSetRecord
            | Op::RecordSetUnknown
            | Op::RecordEnd => self.build(op, args),
            _ => self.effect(op, args),
        }
    }
}

impl Host for Frame<'_> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the table of operations is exhausted by kinds"
    )]
    fn call(&mut self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        use HostOp as Op;
        match op {
            Op::TextEq
            | Op::TextCmp
            | Op::TextContains
            | Op::TextStartsWith
            | Op::TextEndsWith
            | Op::TextMatches => Ok(self.compare(op, args)),
            Op::TextBegin
            | Op::TextPush
            | Op::TextPushHtml
            | Op::TextPushBool
            | Op::TextPushInt
            | Op::TextPushNum
            | Op::TextPushMoney
            | Op::TextPushTime
            | Op::TextPushDate
            | Op::TextPushClock
            | Op::TextPushDuration
            | Op::TextPushSpan
            | Op::TextPushTimezone
            | Op::TextPushEnum
            | Op::TextEnd
            | Op::TextPushIntLocale
            | Op::TextPushNumLocale
            | Op::TextPushMoneyLocale
            | Op::TextPushDateLocale
            | Op::TextPushTimeLocale => self.write(op, args),
            Op::Today
            | Op::DateOfTime
            | Op::AddSpanToTime
            | Op::AddSpanToDate
            | Op::DateAtClock
            | Op::YearsSince
            | Op::Anniversary => self.civil(op, args),
            Op::MoneyMul
            | Op::MoneyDiv
            | Op::MoneyRatio
            | Op::MoneyAvg
            | Op::NumLogistic
            | Op::NumLogisticSingle => Self::number(op, args),
            Op::Model => self.model(arg(args, 0)),
            Op::ComputedKnown => Ok(self.computed(arg(args, 0))),
            Op::ComputedBool
            | Op::ComputedInt
            | Op::ComputedNum
            | Op::ComputedText
            | Op::ComputedList
            | Op::ComputedRecord => Ok(self.computed_word(arg(args, 0))),
            Op::Learned => Ok(self.learned_word(arg(args, 0), arg(args, 1))),
            Op::KeyedBegin
            | Op::KeyInt
            | Op::KeyText
            | Op::KeyBool
            | Op::KeyedInt
            | Op::KeyedNum
            | Op::KeyedText
            | Op::KeyedKnown
            | Op::SinceBegin
            | Op::DecayCrossing => self.lookups(op, args),
            _ => self.make(op, args),
        }
    }

    fn block(&self, space: Space) -> &[u8] {
        match space {
            Space::Profile => &self.person.block,
            Space::Event => self.event,
            Space::Instance => self.instance,
            Space::Const => &self.shared.constants,
            Space::Scratch => &self.scratch,
        }
    }

    fn instance(&mut self) -> &mut [u8] {
        self.instance
    }

    fn clock(&self) -> i64 {
        self.moment.at()
    }
}

fn arg(args: &[i64], place: usize) -> i64 {
    args.get(place).copied().unwrap_or(0)
}

fn num(word: i64) -> f64 {
    f64::from_bits(word.cast_unsigned())
}

fn bits(number: f64) -> i64 {
    number.to_bits().cast_signed()
}

/// A scalar value's register word.
#[expect(clippy::wildcard_enum_match_arm, reason = "`Scalar` knows the rest")]
fn word(value: &Value) -> i64 {
    match value {
        Value::Number(n) => bits(*n),
        Value::Bool(b) => i64::from(*b),
        Value::Timezone(name) => civil::zone_word(name).unwrap_or(0),
        other => match Scalar::of(other) {
            Some(Scalar::Int(word)) => word,
            Some(Scalar::Bool(_) | Scalar::Num(_) | Scalar::Text(_)) | None => 0,
        },
    }
}
