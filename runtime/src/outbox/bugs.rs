//! Mistakes with sends to make on purpose, one at a time: the simulator must find each. Without the feature
//! `planted-bugs` none is ever made.

/// Declares the mistakes: name, what goes wrong.
macro_rules! mistakes {
    ($($name:ident $what:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Mistake { $(#[doc = $what] $name),+ }
        impl Mistake {
            pub const ALL: &'static [Mistake] = &[$(Mistake::$name),+];
            pub fn name(self) -> &'static str {
                match self { $(Mistake::$name => stringify!($name)),+ }
            }
            /// What goes wrong, in words.
            pub fn what(self) -> &'static str {
                match self { $(Mistake::$name => $what),+ }
            }
        }
    };
}

mistakes! {
    SentBeforeDurable "an attempt begins before its entry is durable",
    AttemptNotLogged "an attempt begins without an entry",
    KeyWithNumber "the number of the attempt is part of the key",
    ResultLost "results are applied and not logged",
    NeverRetried "`never` tries again after doubt",
    AlwaysGivenUp "`always` gives up after doubt",
    DoubtForgotten "an attempt that was under way at a crash counts as not made",
    WindowIgnored "`keyed` tries after the receiver has forgotten the key",
    MarginIgnored "`keyed` tries until the very end of the receiver's memory",
    WindowFromLast "`keyed` counts the receiver's memory from the last attempt",
    NotAsked "`asking` sends again without asking",
    AskedTooSoon "`asking` asks before the receiver knows",
    AskedForNothing "`asking` sends again whatever the receiver answers",
    EpochIgnored "a result from an earlier process is believed",
    NumberIgnored "a result of an earlier attempt is believed",
    ConsentNotAsked "consent is not asked again before an attempt",
    ErasedKept "the sends of a person who was erased are kept",
    WithdrawnSent "a send that was taken back goes out",
    BreakerNeverCloses "an endpoint that was closed stays so",
    NoBreaker "an endpoint is never closed",
    UnfairTurns "the first endpoint has all turns",
    OneQueue "an endpoint that is closed closes all",
    RetryAfterBelieved "an absurd `Retry-After` is believed",
    OutboxForgotten "the outbox is not in the checkpoint",
    DueForgotten "what has to be tried again is not due before something else is",
    GoneTried "an endpoint that said it is gone is tried again",
    LeaseForgotten "an attempt whose result never comes is under way for ever",
    TriedForEver "the bound on tries is not looked at",
}
