//! A compiled program: the tables that the engine walks, and the functions that it calls on the way.
//! Written by the compiler, carried by the artifact, read by the runtime; it knows neither syntax nor sources.

mod channel;
mod history;
mod journey;
mod measure;
mod offer;
mod source;

pub use channel::{
    AnswerWithin, ChannelPlan, LimitPlan, LimitWindow, OpenPlan, QuietPlan, RetryPlan, SendCost,
    TagHoldout,
};
pub use history::{HistoryAggregate, HistoryPlan, HistoryWindow, SequencePlan};
pub use journey::{
    CollectPlan, CombinedPlan, DecidePlan, EachPlan, EnterPlan, ExitPlan, HoldoutPlan,
    InstancePlan, JourneyPlan, MigrationPlan, MigrationTo, Outcome, PatternPlan, RecallKind,
    RecallPlan, RecallSince, ReenterPlan, SendChannel, SendPlan, SnapshotPlan, SplitPlan, StayPlan,
    StepName, TakePlan, WaitArmPlan, WaitKind, WaitPlan,
};
pub use measure::{AdvocacyPlan, ConversionPlan, CreditPlan, Credited, Loyalty, MeasurePlan};
pub use offer::{
    CandidatePlan, DecidedOutcomePlan, DecisionPlan, DerivedPlan, LearnedPlan, OfferBudgetPlan,
    OfferGroupPlan, OfferLimitPlan, OfferPlan, OfferRestPlan, OfferRulesPlan, TogetherPlan,
};
pub use source::{SourceFormat, SourcePlan, SourceRule, SourceTarget};

use crate::ir::{Function, Repr};
use crate::types::{
    AudienceId, ChannelId, DecisionId, EnumDef, FunctionId, HistoryId, JourneyId, PurposeId,
    RecordDef, RecordId, Type,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    pub name: String,
    pub version: String,
    /// IANA; where a person's own zone is unknown
    pub timezone: String,
    pub settings: Settings,
    pub enums: Vec<EnumDef>,
    pub records: Vec<RecordDef>,
    /// of every record, by its number
    pub layouts: Vec<Layout>,
    /// element types of the lists that code builds
    pub element_types: Vec<Type>,
    /// constant texts; symbol of text `i` is `i + 1`
    pub texts: Vec<String>,
    pub regexes: Vec<String>,
    pub profile: ProfilePlan,
    pub events: Vec<EventPlan>,
    pub sources: Vec<SourcePlan>,
    pub histories: Vec<HistoryPlan>,
    pub purposes: Vec<PurposePlan>,
    pub audiences: Vec<AudiencePlan>,
    /// all audiences' predicates in dependency order: a bit an audience, by number, 64 in each word
    pub audiences_fn: Option<FunctionId>,
    pub channels: Vec<ChannelPlan>,
    pub messages: Vec<String>,
    pub offers: Vec<OfferPlan>,
    pub groups: Vec<OfferGroupPlan>,
    pub decisions: Vec<DecisionPlan>,
    pub learned: Vec<LearnedPlan>,
    /// of every message, by its number: its tags, by their numbers in `tags`
    pub message_tags: Vec<Vec<u32>>,
    pub tags: Vec<String>,
    /// limits that are no channel's own
    pub limits: Vec<LimitPlan>,
    pub holdouts: Vec<TagHoldout>,
    pub journeys: Vec<JourneyPlan>,
    /// by name
    pub conversions: Vec<ConversionPlan>,
    pub measures: Vec<MeasurePlan>,
    pub functions: Vec<Function>,
    /// of every function, by its number: what its spaces hold
    pub contexts: Vec<FunctionContext>,
    /// places in the source, by `SiteId`
    pub sites: Vec<Site>,
}

/// Words that so many bits take.
pub fn words_of(bits: usize) -> usize {
    bits.div_ceil(crate::ir::words::WORD_BITS)
}

/// A bit of the words that a function returns.
pub fn bit_of(words: &[i64], bit: usize) -> bool {
    let word = words.get(bit / crate::ir::words::WORD_BITS);
    word.is_some_and(|word| word >> (bit % crate::ir::words::WORD_BITS) & 1 == 1)
}

/// What a function finds in its spaces: the verifier bounds every place by it. The profile is always
/// there; a space that is not named here is empty for the function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FunctionContext {
    /// the record at offset 0 of `Space::Event`
    pub event: Option<RecordId>,
    /// whose instance lies in `Space::Instance` (`JourneyPlan::instance`)
    pub instance: Option<JourneyId>,
}

/// Milliseconds, where it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub dedupe_ms: i64,
    pub lateness_ms: i64,
    pub reorder_ms: i64,
    pub ahead_ms: i64,
    /// how long a state folder keeps what came in, so that `why` can answer; 0: not at all
    pub history_ms: i64,
    /// bytes that people may take in memory, about; 0: as many as they do
    pub cache: u64,
}

impl Default for Settings {
    fn default() -> Self {
        const HOUR: i64 = 3_600_000;
        Self {
            dedupe_ms: 7 * 24 * HOUR,
            lateness_ms: 24 * HOUR,
            reorder_ms: 0,
            ahead_ms: 300_000,
            history_ms: 90 * 24 * HOUR,
            cache: 0,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    pub file: String,
    /// bytes from the start of the file
    pub start: u32,
    pub end: u32,
    /// from 1
    pub line: u32,
    pub column: u32,
}

/// Where the fields of a record lie. Presence bits first, then fields by descending alignment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    pub size: u32,
    pub fields: Vec<FieldSlot>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSlot {
    pub offset: u32,
    pub repr: Repr,
    /// the presence bit of an optional field: byte offset, bit
    pub known: Option<(u32, u8)>,
    /// texts that this `list<text>` is tested for: bit `i` of the slot's mask says that text `probes[i]` is in it
    pub probes: Vec<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProfilePlan {
    /// the declared fields, and a `text?` for each identifier
    pub record: RecordId,
    /// fields first (as `layouts[record]`), then what is kept beside them
    pub size: u32,
    /// byte `consent + purpose * channels + channel`: 0 unknown, 1 granted, 2 revoked
    pub consent: u32,
    /// byte `muted + purpose`: 1 while it is muted
    pub muted: u32,
    /// bit `i` of the bytes from here: in audience `i`
    pub audiences: u32,
    /// the field of type `timezone?` named `timezone`, if declared
    pub timezone: Option<u32>,
    /// strongest first
    pub identifiers: Vec<IdentifierPlan>,
    /// values that identify nobody
    pub ignore: Vec<String>,
    /// computed fields, in source order
    pub traits: Vec<TraitPlan>,
}

/// A computed field, for whoever looks at a person; code that reads it has it in its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraitPlan {
    pub name: String,
    pub ty: Type,
    /// () → (Bool known, its value)
    pub function: FunctionId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentifierPlan {
    pub name: String,
    pub field: u32,
    /// how its values are written before they are compared
    pub normalise: Option<Normalise>,
    /// `shared by at most N`; None: it is `unique`
    pub shared: Option<u32>,
}

impl ProfilePlan {
    /// An identifier's value as it is compared; None: it identifies nobody.
    /// Whether `alike` would give the same.
    pub fn is_alike(&self, identifier: u32, value: &str) -> bool {
        let place = usize::try_from(identifier).ok();
        let plan = place.and_then(|place| self.identifiers.get(place));
        plan.is_some_and(|plan| plan.normalise.is_none())
            && !value.is_empty()
            && self.ignore.iter().all(|ignored| ignored != value)
    }

    pub fn alike(&self, identifier: u32, value: &str) -> Option<String> {
        let place = usize::try_from(identifier).ok()?;
        let normalise = self.identifiers.get(place)?.normalise;
        let alike = normalise.map_or_else(|| value.to_owned(), |how| how.apply(value));
        let ignored = |value: &str| self.ignore.iter().any(|ignored| ignored == value);
        (!alike.is_empty() && !ignored(value) && !ignored(&alike)).then_some(alike)
    }
}

/// How the values of an identifier are made alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Normalise {
    /// without white space around it
    Trim,
    /// the same, in lower case
    Lower,
    /// its digits, and a `+` at its beginning
    Digits,
}

impl Normalise {
    pub const ALL: [(&'static str, Normalise); 3] = [
        ("lower", Normalise::Lower),
        ("trim", Normalise::Trim),
        ("digits", Normalise::Digits),
    ];

    pub fn apply(self, value: &str) -> String {
        let value = value.trim();
        match self {
            Normalise::Trim => value.to_owned(),
            Normalise::Lower => value.to_lowercase(),
            Normalise::Digits => value
                .char_indices()
                .filter(|(at, c)| c.is_ascii_digit() || (*at == 0 && *c == '+'))
                .map(|(_, c)| c)
                .collect(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventPlan {
    /// `order_placed`, or an outcome: `email.clicked`
    pub name: String,
    pub record: RecordId,
    /// of an outcome: its channel and its place among the channel's outcomes; its field 4 is `send: text`
    pub outcome: Option<(ChannelId, u32)>,
    /// of a decision's outcome: its decision and its place among the outcomes; field 4 is the offer
    pub decided: Option<(DecisionId, u32)>,
    /// it belongs to nobody: everyone hears of it, and its histories are kept once for all
    pub broadcast: bool,
    /// how long it is kept as it came: milliseconds; None: for good
    pub keep: Option<i64>,
    /// one Bool for each of `consents`, then one for each of `feeds`: whether its `where` holds.
    /// None: no `where` at all.
    pub feed_fn: Option<FunctionId>,
    /// the results of `feed_fn` apart, () → Bool, to be run one by one where it faulted: a filter that faults is
    /// false and touches no other. Empty: it can't fault.
    pub filters: Vec<FunctionId>,
    pub consents: Vec<ConsentChange>,
    pub feeds: Vec<Feed>,
}

/// A `granted by` or `revoked by` that names the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentChange {
    /// place among the results of `feed_fn`; None: always
    pub when: Option<u32>,
    pub purpose: PurposeId,
    pub granted: bool,
    pub channels: Vec<ChannelId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    pub when: Option<u32>,
    pub history: HistoryId,
    /// as the second event of its sequence
    pub second: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurposePlan {
    pub name: String,
    pub consent: ConsentRule,
    pub hold: Option<HoldPlan>,
}

/// `hold while …`: nothing of the purpose goes to whom the audience has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldPlan {
    pub audience: AudienceId,
    /// what was planned longer ago than this when the hold ends is dropped: milliseconds
    pub drop: Option<i64>,
    /// the rest goes out over this long, by the hash of its key
    pub spread: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConsentRule {
    OptIn,
    OptOut,
    NotNeeded,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AudiencePlan {
    pub name: String,
    pub watch: Watch,
}

/// A predicate that is watched: when it may change with nothing but time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// () → Bool. Of an audience (`Program::audiences_fn` evaluates them together) only where that can fault: if it
    /// does, these are run one by one in order, a fault is false, each result stored before the next is run.
    pub predicate: Option<FunctionId>,
    /// () → Int: the next instant at which a comparison with `now`, `today` or an age may turn; `i64::MAX`: never
    pub next: Option<FunctionId>,
    /// whose windows it reads
    pub histories: Vec<HistoryId>,
    pub audiences: Vec<AudienceId>,
}
