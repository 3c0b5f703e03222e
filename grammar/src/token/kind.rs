//! The kinds of tokens and the words of the language, in one table.
//!
//! From this table come the scanner's keywords, the codes that the grammar reads (`kinds.pest`, checked by
//! a test), and the lists of words for editors and for `keyword-as-name`. The order matters: names, words
//! that may be names, weekdays and units stand in one run, so that the grammar names each by a range.

macro_rules! kinds {
    (
        plain { $($plain:ident)* }
        reserved { $($reserved:ident $reserved_text:literal)* }
        names { $($name:ident)* }
        soft { $($soft:ident $soft_text:literal)* }
        weekdays { $($weekday:ident $weekday_text:literal)* }
        units { $($unit:ident $unit_text:literal)* }
    ) => {
        /// What a token is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind {
            $($plain,)* $($reserved,)* $($name,)* $($soft,)* $($weekday,)* $($unit,)*
        }

        impl Kind {
            pub(crate) const ALL: &[Kind] = &[
                $(Kind::$plain,)* $(Kind::$reserved,)* $(Kind::$name,)* $(Kind::$soft,)*
                $(Kind::$weekday,)* $(Kind::$unit,)*
            ];
            pub(crate) const RESERVED: &[(&str, Kind)] =
                &[$(($reserved_text, Kind::$reserved),)*];
            pub(crate) const NAMES: &[Kind] = &[$(Kind::$name,)*];
            pub(crate) const SOFT: &[(&str, Kind)] = &[$(($soft_text, Kind::$soft),)*];
            pub(crate) const WEEKDAYS: &[(&str, Kind)] =
                &[$(($weekday_text, Kind::$weekday),)*];
            pub(crate) const UNITS: &[(&str, Kind)] = &[$(($unit_text, Kind::$unit),)*];
        }
    };
}

kinds! {
    plain {
        Space Comment Doc Bad
        Int Decimal Percent Time Date Clock
        Text TextUnclosed TextHead TextMid TextTail TailUnclosed Regex RegexUnclosed
        LBrace RBrace LParen RParen LBracket RBracket
        Lt Gt Le Ge EqEq NotEq Assign FatArrow Arrow
        Plus Minus Star Slash Coalesce Question Dot DotDot Comma Colon Pipe
    }
    reserved {
        And "and" Or "or" Not "not" In "in" Between "between" Contains "contains" Starts "starts"
        Ends "ends" Matches "matches" Known "known" Unknown "unknown" True "true" False "false"
        If "if" Then "then" Else "else" Match "match" Where "where" Within "within"
        Without "without" Followed "followed" Since "since" Any "any" No "no" All "all"
        Count "count" Sum "sum" Avg "avg" Min "min" Max "max" First "first" Last "last"
        Distinct "distinct" Top "top" Decayed "decayed" Median "median" Let "let" Set "set"
        Wait "wait" Send "send" Decide "decide" Emit "emit" Collect "collect" Repeat "repeat"
        Split "split" Withdraw "withdraw" Restart "restart" Leave "leave" Again "again"
        Expect "expect"
    }
    names { Ident Quoted Currency }
    soft {
        Enum "enum" Type "type" Const "const" Fn "fn" Event "event" Broadcast "broadcast"
        Source "source" Profile "profile" Identity "identity" Purpose "purpose"
        Audience "audience" Channel "channel" Message "message" Journey "journey" Test "test"
        OfferType "offer_type" Group "group" Offer "offer" Model "model" Decision "decision"
        Table "table" Conversion "conversion" Measure "measure" Limit "limit" Holdout "holdout"
        Money "money" List "list" Pii "pii" Keep "keep" From "from" Identify "identify"
        When "when" Each "each" Unique "unique" Shared "shared" By "by" At "at" Most "most"
        Normalise "normalise" Ignore "ignore" Consent "consent" Basis "basis"
        Granted "granted" Revoked "revoked" Hold "hold" For "for" To "to" Quiet "quiet" Per "per"
        Calendar "calendar" Across "across" Overall "overall" Outcome "outcome"
        Unverified "unverified" Cost "cost" Deliver "deliver" Env "env" On "on"
        Request "request" None "none" Retry "retry" Open "open" Carries "carries"
        Answer "answer" Tagged "tagged" Expires "expires" File "file" Enter "enter"
        Reenter "reenter" While "while" Exit "exit" Goal "goal" Priority "priority" Salt "salt"
        Migrate "migrate" Never "never" Always "always" After "after" Every "every" Key "key"
        Including "including" Members "members" Leaving "leaving" Of "of" Up "up"
        Until "until" Past "past" Timeout "timeout" As "as" With "with" Times "times" End "end"
        Mute "mute" Unmute "unmute" Start "start" Combined "combined" Take "take"
        Panes "panes" Half "half" Life "life" Gap "gap" Same "same" This "this" Div "div"
        Mod "mod" Person "person" People "people" Grant "grant" Revoke "revoke"
        Assume "assume" Deploy "deploy" Skipped "skipped" Because "because" Ended "ended"
        Refused "refused" Fault "fault" Dead "dead" Letter "letter" Decided "decided"
        Sends "sends" Entry "entry" Weekday "weekday" Eligible "eligible" Value "value"
        Weight "weight" Budget "budget" Rest "rest" Valid "valid" Tags "tags" Among "among"
        Only "only" Rank "rank" Explore "explore" Learned "learned" Drop "drop"
        Spread "spread" Over "over" Credit "credit"
    }
    weekdays {
        Monday "monday" Tuesday "tuesday" Wednesday "wednesday" Thursday "thursday"
        Friday "friday" Saturday "saturday" Sunday "sunday"
    }
    units {
        Second "second" Seconds "seconds" Minute "minute" Minutes "minutes" Hour "hour"
        Hours "hours" Day "day" Days "days" Week "week" Weeks "weeks" Month "month"
        Months "months" Year "year" Years "years"
    }
}

/// Words that no rule of the grammar names (some are kept for what is still to come), the names of types,
/// and the names that are always there. None of them may name what a program declares.
pub(crate) const OTHER_WORDS: &[&str] = &[
    "bool", "clock", "content", "date", "duration", "int", "label", "now", "number", "span",
    "text", "time", "timezone", "today", "total",
];

impl Kind {
    /// White space, a comment or a doc comment: nothing that the grammar reads.
    pub fn is_trivia(self) -> bool {
        matches!(self, Kind::Space | Kind::Comment | Kind::Doc)
    }

    /// A word that is never a bare name.
    pub fn is_reserved(self) -> bool {
        (Kind::And..=Kind::Expect).contains(&self)
    }

    /// A word that is a keyword only where one may stand, and a name elsewhere.
    pub fn is_soft_word(self) -> bool {
        self >= Kind::Enum
    }

    /// The character that stands for this kind where the grammar reads.
    pub(crate) fn code(self) -> char {
        let kind = match self {
            Kind::TextUnclosed => Kind::Text,
            Kind::TailUnclosed => Kind::TextTail,
            Kind::RegexUnclosed => Kind::Regex,
            other => other,
        };
        char::from_u32(0xE000 + kind as u32).unwrap_or('\u{E000}')
    }

    /// The keyword that a word is, if it is one.
    pub(crate) fn of_word(word: &str) -> Option<Kind> {
        let words = word_table();
        let at = words.binary_search_by(|(text, _)| (*text).cmp(word)).ok()?;
        words.get(at).map(|(_, kind)| *kind)
    }
}

/// Every keyword with its kind, in alphabetical order.
fn word_table() -> &'static [(&'static str, Kind)] {
    static TABLE: std::sync::LazyLock<Vec<(&'static str, Kind)>> = std::sync::LazyLock::new(|| {
        let lists = [Kind::RESERVED, Kind::SOFT, Kind::WEEKDAYS, Kind::UNITS];
        let mut words: Vec<_> = lists.into_iter().flatten().copied().collect();
        words.sort_unstable();
        words
    });
    &TABLE
}
