//! The words of other languages and tools, and what is told to whoever writes them here.

/// Where a word of others is a mistake of habit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Anywhere,
    /// among the steps and members of a journey
    Journey,
    /// where a declaration begins
    Top,
}
use Where::{Anywhere, Journey, Top};

/// What others write where a value is missing.
pub(super) const NOTHING: &[&str] = &["null", "NULL", "nil", "None", "undefined"];

/// Words of others, and what to tell whoever writes them; a replacement where one word stands for another.
pub(super) const WORDS: &[(Where, &[&str], &str, Option<&str>)] = &[
    (
        Anywhere,
        NOTHING,
        "what may be missing is asked by `known NAME`, and replaced by `NAME ?? VALUE`",
        None,
    ),
    (
        Anywhere,
        &["is", "IS", "isnt"],
        "whether a value is there is asked by `known NAME` or `not known NAME`; equal is `==`",
        None,
    ),
    (
        Anywhere,
        &["like", "LIKE", "ilike", "ILIKE"],
        "parts of texts are asked by `contains`, `starts with`, `ends with`, `matches /…/`",
        None,
    ),
    (
        Anywhere,
        &["select", "SELECT", "Select"],
        "nothing is selected: a history asks by itself, as in `count order_placed in last 30 days`",
        None,
    ),
    (
        Anywhere,
        &["AND", "And"],
        "words are written small: `and`",
        Some("and"),
    ),
    (
        Anywhere,
        &["OR", "Or"],
        "words are written small: `or`",
        Some("or"),
    ),
    (
        Anywhere,
        &["NOT", "Not"],
        "words are written small: `not`",
        Some("not"),
    ),
    (
        Anywhere,
        &["True", "TRUE"],
        "words are written small: `true`",
        Some("true"),
    ),
    (
        Anywhere,
        &["False", "FALSE"],
        "words are written small: `false`",
        Some("false"),
    ),
    (
        Anywhere,
        &["has", "isset", "defined"],
        "whether a value is there is asked by `known NAME`",
        Some("known"),
    ),
    (
        Anywhere,
        &["exists", "exist", "did", "performed"],
        "whether something happened is asked by `any EVENT`",
        Some("any"),
    ),
    (
        Anywhere,
        &["last", "within"],
        "a window is written `in last 30 days`",
        None,
    ),
    (
        Anywhere,
        &["via", "through", "using"],
        "a send names its channel after `by`",
        Some("by"),
    ),
    (
        Journey,
        &["elif", "elseif", "elsif", "elseIf"],
        "another condition follows `else if`",
        Some("else if"),
    ),
    (
        Journey,
        &["then"],
        "what an `if` does stands in braces: `if CONDITION { … }`",
        None,
    ),
    (
        Journey,
        &["for", "foreach", "loop", "do", "until"],
        "a loop is `repeat up to 3 times { … }`, with a wait on every cycle",
        None,
    ),
    (
        Top,
        &["function", "def", "func", "fun", "lambda"],
        "a function is `fn name(x: int) -> int = x + 1`",
        None,
    ),
    (
        Journey,
        &["return", "stop", "finish", "quit"],
        "a journey is over after its last step, or at `end`",
        Some("end"),
    ),
    (
        Journey,
        &["break"],
        "the nearest loop is left by `leave`",
        Some("leave"),
    ),
    (
        Journey,
        &["continue", "next"],
        "a loop's next cycle begins at `again`",
        Some("again"),
    ),
    (
        Journey,
        &["trigger", "on", "when"],
        "who comes in, and when, is said by `enter on EVENT` or `enter when AUDIENCE`",
        None,
    ),
    (
        Journey,
        &["delay", "sleep", "pause"],
        "time passes by `wait 3 days`",
        Some("wait"),
    ),
    (
        Journey,
        &["email", "mail", "notify", "push", "sms"],
        "a message goes by `send NAME = MESSAGE(…) by CHANNEL`",
        None,
    ),
    (
        Journey,
        &["switch", "case"],
        "one of several values is met by `match VALUE { … => { … } else => { … } }`",
        None,
    ),
    (
        Top,
        &["segment", "cohort", "list", "filter"],
        "a set of people is declared by `audience NAME = CONDITION`",
        None,
    ),
    (
        Top,
        &[
            "campaign",
            "flow",
            "workflow",
            "automation",
            "canvas",
            "program",
        ],
        "what people go through is declared by `journey NAME { enter on EVENT … }`",
        None,
    ),
    (
        Top,
        &["template", "newsletter"],
        "what is sent is declared by `message NAME for PURPOSE { CHANNEL { … } }`",
        None,
    ),
    (
        Top,
        &[
            "trait",
            "traits",
            "attribute",
            "attributes",
            "user",
            "customer",
            "person",
        ],
        "what is known of people are the fields of `profile { … }`",
        None,
    ),
    (
        Top,
        &["import", "include", "use", "require"],
        "all `.journey` files of a project's folder are one program: nothing is imported",
        None,
    ),
    (
        Top,
        &["class", "struct", "interface", "record"],
        "a record is declared by `type NAME { … }`",
        None,
    ),
];

/// Units of time as others shorten them.
pub(super) const UNITS: &[(&[&str], &str)] = &[
    (&["s", "sec", "secs"], "seconds"),
    (&["m", "min", "mins"], "minutes"),
    (&["h", "hr", "hrs", "hs"], "hours"),
    (&["d", "dy", "ds", "D"], "days"),
    (&["w", "wk", "wks"], "weeks"),
    (&["mo", "mon", "mos", "M"], "months"),
    (&["y", "yr", "yrs", "Y"], "years"),
];
