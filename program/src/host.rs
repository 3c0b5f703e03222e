//! What decision code asks of the runtime: a fixed table of operations, each with a fixed signature.
//! Interpreter and native code call the same table, so an operation is defined once.

use crate::ir::{Fault, FaultCode, Space, Ty};
use crate::types::FunctionId;
use serde::{Deserialize, Serialize};

/// What the two executions run against: the memory of one call, its clock, and the operations.
/// Any operation may move any block: an execution asks for a block again after each call.
pub trait Host {
    /// Arguments and result are register words (0 where there is no result); a refusal is a fault.
    fn call(&mut self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode>;
    /// The bytes of a space; empty where this call has none.
    fn block(&self, space: Space) -> &[u8];
    /// The instance's block, to be written.
    fn instance(&mut self) -> &mut [u8];
    /// Now, in milliseconds.
    fn clock(&self) -> i64;
}

/// One of the two executions of a program's functions: the interpreter, or native code.
pub trait Executor {
    /// Runs a function to its end. `results` has the function's length; it is unspecified after a fault.
    fn run(
        &self,
        function: FunctionId,
        host: &mut dyn Host,
        args: &[i64],
        results: &mut [i64],
    ) -> Result<(), Fault>;
    /// `native` or `interpreter`
    fn name(&self) -> &'static str;
}

/// Units of fuel (loop heads passed) that one call may use.
pub const FUEL: i64 = 1_000_000;

/// Declares the table: name, parameter types, result type.
macro_rules! host_ops {
    ($($(#[$doc:meta])* $name:ident($($param:ident),*) $(-> $result:ident)?;)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[repr(u16)]
        pub enum HostOp { $($(#[$doc])* $name),+ }

        impl HostOp {
            pub const ALL: &'static [HostOp] = &[$(HostOp::$name),+];
            pub fn name(self) -> &'static str {
                match self { $(HostOp::$name => stringify!($name)),+ }
            }
            pub fn params(self) -> &'static [Ty] {
                match self { $(HostOp::$name => &[$(Ty::$param),*]),+ }
            }
            pub fn result(self) -> Option<Ty> {
                match self { $(HostOp::$name => host_ops!(@result $($result)?)),+ }
            }
        }
    };
    (@result) => { None };
    (@result $result:ident) => { Some(Ty::$result) };
}

host_ops! {
    // --- texts
    TextEq(Text, Text) -> Bool;
    /// -1, 0, 1 by bytes
    TextCmp(Text, Text) -> Int;
    TextContains(Text, Text) -> Bool;
    TextStartsWith(Text, Text) -> Bool;
    TextEndsWith(Text, Text) -> Bool;
    /// text, number of the regular expression
    TextMatches(Text, Int) -> Bool;
    /// begins a text; builders nest
    TextBegin();
    TextPush(Text);
    /// with `& < > " '` as HTML writes them
    TextPushHtml(Text);
    TextPushBool(Bool);
    TextPushInt(Int);
    TextPushNum(Num);
    /// minor units, the currency's three letters as one word (big endian)
    TextPushMoney(Int, Int);
    TextPushTime(Int);
    TextPushDate(Int);
    TextPushClock(Int);
    TextPushDuration(Int);
    TextPushSpan(Int);
    TextPushTimezone(Int);
    /// enum, place
    TextPushEnum(Int, Int);
    TextEnd() -> Text;
    /// the same pushes, as a locale writes them: value, locale
    TextPushIntLocale(Int, Text);
    TextPushNumLocale(Num, Text);
    TextPushMoneyLocale(Int, Int, Text);
    TextPushDateLocale(Int, Text);
    TextPushTimeLocale(Int, Text);

    // --- lists and records
    ListLen(List) -> Int;
    /// the element's place; outside: a fault
    ListElem(List, Int) -> Ref;
    /// begins a list in scratch: the number of its element type in `Program::element_types`
    ListBegin(Int);
    ListPushInt(Int);
    ListPushBool(Bool);
    ListPushNum(Num);
    ListPushText(Text);
    ListPushRecord(Ref);
    ListEnd() -> List;
    /// begins a record in scratch: its number
    RecordBegin(Int);
    /// field, value
    RecordSetBool(Int, Bool);
    RecordSetInt(Int, Int);
    RecordSetNum(Int, Num);
    RecordSetText(Int, Text);
    RecordSetList(Int, List);
    RecordSetRecord(Int, Ref);
    RecordSetUnknown(Int);
    RecordEnd() -> Ref;

    // --- time: zones are the person's, else the project's
    Today() -> Int;
    /// the civil date of an instant
    DateOfTime(Int) -> Int;
    AddSpanToTime(Int, Int) -> Int;
    AddSpanToDate(Int, Int) -> Int;
    /// date, clock
    DateAtClock(Int, Int) -> Int;
    YearsSince(Int) -> Int;
    /// the first instant of the day of the n-th anniversary: date, n
    Anniversary(Int, Int) -> Int;

    // --- arithmetic that is not one instruction
    /// minor units times number, half to even
    MoneyMul(Int, Num) -> Int;
    MoneyDiv(Int, Num) -> Int;
    /// minor units over minor units
    MoneyRatio(Int, Int) -> Num;
    /// minor units over a count, half to even
    MoneyAvg(Int, Int) -> Int;
    /// 1 / (1 + e^-x)
    NumLogistic(Num) -> Num;
    /// the same in single precision
    NumLogisticSingle(Num) -> Num;
    /// a model: its function, () → Num, over the same person
    Model(Int) -> Num;
    /// what people made of an offer so far: learned model, offer
    Learned(Int, Int) -> Num;
    /// a computed field that may fault: its function, () → (Bool, value), over the same person; whether it is
    /// known. A fault is recorded, and makes it unknown
    ComputedKnown(Int) -> Bool;
    /// what that function came to when it was asked last
    ComputedBool(Int) -> Bool;
    ComputedInt(Int) -> Int;
    ComputedNum(Int) -> Num;
    ComputedText(Int) -> Text;
    ComputedList(Int) -> List;
    ComputedRecord(Int) -> Ref;

    // --- histories that are not a slot of the profile
    /// begins the look-up of a history kept per value: history
    KeyedBegin(Int);
    KeyInt(Int);
    KeyText(Text);
    KeyBool(Bool);
    /// the value's word (a text: its handle)
    KeyedInt() -> Int;
    KeyedNum() -> Num;
    KeyedText() -> Text;
    KeyedKnown() -> Bool;
    /// a history since an instant: history, time
    SinceBegin(Int, Int);
    /// the first instant after now at which what decays is on another side of a bound: history, the instant since
    /// when it counts, bound
    DecayCrossing(Int, Int, Num) -> Int;

    // --- effects of steps, in the order they are made
    /// the instance's slot at an offset
    StoreText(Int, Text);
    /// offset, list
    StoreList(Int, List, Int);
    /// offset, record, its number
    StoreRecord(Int, Ref, Int);
    /// profile field, value
    SetBool(Int, Bool);
    SetInt(Int, Int);
    SetNum(Int, Num);
    SetText(Int, Text);
    SetList(Int, List);
    SetRecord(Int, Ref);
    SetUnknown(Int);
    /// the record (of that event) joins the log at this instant: event, record
    Emit(Int, Ref);
    /// the same, to another person: event, record, number of the identifier, its value
    EmitTo(Int, Ref, Int, Text);
    /// purpose, milliseconds
    Mute(Int, Int);
    /// purpose, span
    MuteSpan(Int, Int);
    Unmute(Int);
    /// the number of a send of the journey: what is unanswered of its step is taken back
    Withdraw(Int);
    /// the arm of a split: its number in the journey
    Split(Int) -> Int;
    /// the arguments of a decision that is due: number of the `decide`, their record
    Decide(Int, Ref);
    /// one field of a message's body: its place, text
    Content(Int, Text);

    // --- what a replay that is asked why notes; no program that runs has any of these
    /// number of the note, whether the value is known, the value
    NoteBool(Int, Bool, Bool);
    NoteInt(Int, Bool, Int);
    NoteNum(Int, Bool, Num);
    NoteText(Int, Bool, Text);
}
