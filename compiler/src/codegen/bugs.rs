//! Mistakes to make on purpose, one at a time, so that a test can see each of them found by the campaign
//! that compares native code with the interpreter. Without the feature `planted-bugs` none is ever made.
//!
//! Most are a rewriting of the function before it is translated, here; the others are a question where the
//! code would be right (`Translator::planted`).

use journey_program::ir::Function;

/// Declares the mistakes: name, what goes wrong.
macro_rules! bugs {
    ($($name:ident $what:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Bug { $(#[doc = $what] $name),+ }
        impl Bug {
            pub const ALL: &'static [Bug] = &[$(Bug::$name),+];
            pub fn name(self) -> &'static str {
                match self { $(Bug::$name => stringify!($name)),+ }
            }
            /// What goes wrong, in words.
            pub fn what(self) -> &'static str {
                match self { $(Bug::$name => $what),+ }
            }
        }
    };
}

bugs! {
    // made while translating
    AddUnchecked "an addition's overflow passes",
    SubUnchecked "a subtraction's overflow passes",
    MulUnchecked "a multiplication's overflow passes",
    DivMinUnchecked "the least int divided by -1 passes",
    DivByZeroCode "division by zero is reported as an overflow",
    DivTruncates "quotients are cut towards zero",
    DivOneStep "quotients are as exact as doubles are",
    DivExactNegative "exact negative quotients are one too small",
    NumAddUnchecked "sums that are not finite pass",
    NumMulUnchecked "products that are not finite pass",
    NumDivUnchecked "quotients that are not finite pass",
    InfinityPasses "only what is not a number is refused",
    LosesMinusZero "-0.0 becomes 0.0",
    TooLargeUnchecked "large ints become numbers with loss",
    TooLargeBound "2^53 itself is refused",
    CompareUnsigned "ints are compared as if they had no sign",
    CompareConstShort "an int is compared with 32 bits of a constant",
    NumCompareBits "numbers are compared as ints",
    NotIsComplement "`not` turns all bits of the byte",
    MaskWraps "the mask is asked for values outside of it",
    MaskBound "the mask's last bit is outside",
    ByteSigned "an enum's place above 127 is negative",
    IntLoadShort "an int is read as 32 bits",
    IntStoreShort "an int is written as 32 bits",
    ByteStoreWide "a byte is written with its neighbour",
    BitMask "a bit is read with its neighbour",
    StoreBitOnlySets "a bit is never cleared",
    StoreBitClearsOthers "the other bits of the byte are lost",
    SymbolIsLength "the symbol is read from the length",
    SymbolSigned "a large symbol is negative",
    HandleDropsBase "a handle inside of a record forgets the record",
    ClockIsFuel "the clock is another field of the frame",
    FaultSite "a fault names the next place",
    FaultOperands "a fault's operands are swapped",
    CallIgnoresRefusal "a refusal of the host passes",
    NoReloadAfterCall "block pointers outlive a call",
    FuelTwice "a loop's head takes two units",
    FuelEarly "the last unit of fuel is not given",
    SwitchBound "the last case of a switch is missed",
    FlatOtherSide "a branch made a choice takes the other side",
    FlatOneSide "a branch made a choice always takes the first side",
    FlatOldValues "a branch made a choice returns registers as they were before it",
    PackFromOne "the first bit of a word is left out",
    LookUnmasked "a value beyond a table finds its end",
    LookNext "a table's words are its neighbours",
    ClampLow "a value below its bound stays",
    ClampHigh "the upper bound is one too low",
    AboveStrict "a number is not above a bound that it equals",
    AbovePairs "bounds overlap each other's bits",
    AtMostSigned "bytes are held against bounds with their sign",
    AtMostStrict "a byte that equals its bound is too large",
    ShiftSigned "a shift to the right keeps the sign",
    TreesStrict "an input that equals a threshold goes to the first child",
    TreesOneLess "the last tree is left out",
    // made before
    SubSwapped "a subtraction's operands are swapped",
    DivSwapped "a division's operands are swapped",
    ModIsDiv "a remainder is the quotient",
    AddIsSub "an addition subtracts",
    NumSubSwapped "a subtraction of numbers has its operands swapped",
    NumDivSwapped "a division of numbers has its operands swapped",
    NumMulIsAdd "a product of numbers is the sum",
    IntLtIsLe "`<` of ints is `<=`",
    IntGeIsGt "`>=` of ints is `>`",
    IntEqIsNe "`==` of ints is `!=`",
    ConstLeIsLt "`<=` of an int and a constant is `<`",
    ConstGtIsGe "`>` of an int and a constant is `>=`",
    ConstNext "a comparison's constant is one too large",
    NumLtIsLe "`<` of numbers is `<=`",
    NumGeIsGt "`>=` of numbers is `>`",
    NumNeIsEq "`!=` of numbers is `==`",
    AndIsOr "`and` is `or`",
    OrIsAnd "`or` is `and`",
    NotIsCopy "`not` does nothing",
    SelectSwapped "a choice takes the other side",
    MaskShifted "the mask is one bit off",
    IntConstNext "a constant int is one too large",
    BoolConstTurned "a constant bool is turned",
    NumConstBit "a constant number's last bit is turned",
    TextConstNext "a constant text is its neighbour",
    CopyDropped "a copy is not made",
    LoadNext "a byte is read beside its place",
    LoadSpace "the event is read from the profile",
    LoadDropsOffset "a field of a record is read at the record's start",
    BitOther "another bit is read",
    StoreOther "a byte is written beside its place",
    StoreDropped "a number is not written",
    StoreBitOther "another bit is written",
    CallArgsSwapped "a call's first two arguments are swapped",
    CallOther "another operation of the same form is called",
    CallDropped "a call without a result is not made",
    CallTwice "a call without a result is made twice",
    BranchSense "a branch goes the other way",
    SwitchNext "a switch goes to the next case",
    ResultsSwapped "the first two results are swapped",
    FaultOther "a fault has another code",
    BitsAndIsOr "`and` of words is `or`",
    BitsLeftIsRight "a shift to the left goes to the right",
    TableTurned "a table's words are one off",
    FiniteSubSwapped "an unchecked subtraction has its operands swapped",
}

#[cfg(not(feature = "planted-bugs"))]
pub(super) fn rewrite(_: Option<Bug>, _: &Function) -> Option<Function> {
    None
}

#[cfg(feature = "planted-bugs")]
pub(super) fn rewrite(bug: Option<Bug>, function: &Function) -> Option<Function> {
    let bug = bug?;
    let mut function = function.clone();
    for block in &mut function.blocks {
        planted::block(bug, block, &function.regs);
    }
    Some(function)
}

#[cfg(feature = "planted-bugs")]
mod planted;
