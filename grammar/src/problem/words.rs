//! The words for each label of the grammar, and the nearest word to a misspelt one.

use crate::peg::Rule;

/// What a label says.
pub(super) struct Label {
    pub(super) code: &'static str,
    /// "a time unit (`minutes`, …)"
    pub(super) what: &'static str,
    pub(super) help: Option<&'static str>,
    /// Something is missing: where the line has ended it is missing behind the token before.
    pub(super) after_previous: bool,
    /// Something is there that has no place.
    pub(super) unexpected: bool,
    /// The words that could have been meant.
    pub(super) instead: &'static [&'static str],
    /// A text that mends it, behind the token before.
    pub(super) insert: Option<&'static str>,
}

const STEPS: &[&str] = &[
    "wait", "send", "if", "match", "split", "let", "set", "emit", "repeat", "leave", "again",
    "restart", "end", "decide", "collect", "withdraw", "mute", "unmute", "start",
];
const MEMBERS: &[&str] = &[
    "enter", "reenter", "while", "exit", "goal", "holdout", "priority", "salt", "wait", "send",
    "if", "match", "split", "let", "set", "emit", "repeat", "end", "decide", "collect", "withdraw",
    "mute", "unmute", "start", "migrate",
];
const DECLS: &[&str] = &[
    "enum",
    "type",
    "const",
    "fn",
    "event",
    "broadcast",
    "source",
    "profile",
    "identity",
    "purpose",
    "audience",
    "channel",
    "message",
    "journey",
    "test",
    "offer_type",
    "group",
    "offer",
    "model",
    "decision",
    "table",
    "limit",
    "holdout",
    "conversion",
    "measure",
];
const CHANNEL: &[&str] = &[
    "to", "quiet", "limit", "outcome", "cost", "deliver", "retry", "carries", "open", "answer",
];
const PURPOSE: &[&str] = &["consent", "basis", "granted", "revoked", "hold"];
const OFFER: &[&str] = &[
    "eligible", "value", "cost", "weight", "priority", "limit", "budget", "rest", "valid", "tags",
];
const DECISION: &[&str] = &[
    "among", "only", "rank", "explore", "outcome", "else", "hold", "salt",
];
const MEASURED: &[&str] = &["purchase", "loyalty", "advocacy"];
const LINES: &[&str] = &[
    "profile", "grant", "revoke", "at", "after", "until", "expect", "assume", "person", "people",
    "deploy",
];
const UNITS: &[&str] = &[
    "seconds", "minutes", "hours", "days", "weeks", "months", "years",
];

fn missing(what: &'static str) -> Label {
    Label {
        code: "expected-token",
        what,
        help: None,
        after_previous: true,
        unexpected: false,
        instead: &[],
        insert: None,
    }
}

fn missing_token(what: &'static str, insert: &'static str) -> Label {
    Label {
        insert: Some(insert),
        ..missing(what)
    }
}

fn instead(what: &'static str, instead: &'static [&'static str]) -> Label {
    Label {
        after_previous: false,
        instead,
        ..missing(what)
    }
}

fn unexpected(what: &'static str) -> Label {
    Label {
        code: "unexpected-token",
        after_previous: false,
        unexpected: true,
        ..missing(what)
    }
}

/// What is said of a missing `}` whose `{` can't be told.
pub(super) fn closing_brace() -> Label {
    missing_token("`}`", " }")
}

/// What a label asks for, and the words of the language that can be it.
pub(crate) fn label_words(rule: Rule) -> Option<(&'static str, &'static [&'static str])> {
    let label = label(rule).filter(|label| !label.unexpected)?;
    Some((label.what, label.instead))
}

/// What may stand in the braces of a rule.
pub(crate) fn block_words(rule: Rule) -> Option<(&'static str, &'static [&'static str])> {
    Some(match rule {
        Rule::chunk => ("a declaration", DECLS),
        Rule::journey_decl => ("a member or a step", MEMBERS),
        Rule::block => ("a step", STEPS),
        Rule::channel_decl => ("a member of the channel", CHANNEL),
        Rule::purpose_decl => ("a member of the purpose", PURPOSE),
        Rule::offer_decl => ("a member or a field of the offer", OFFER),
        Rule::group_decl => ("a member of the group", OFFER),
        Rule::decision_decl => ("a member of the decision", DECISION),
        Rule::conversion_decl => ("`credit` and what is credited", &["credit"]),
        Rule::measure_decl => ("a part of the measure", MEASURED),
        Rule::test_decl | Rule::person => ("a line of the test", LINES),
        Rule::source_decl => ("`identify` or a rule", &["identify", "when"]),
        Rule::migrate_arms => ("a step of the older version", &[]),
        Rule::wait_arms => ("an event or `timeout`", &["timeout"]),
        Rule::match_step | Rule::match_expr => ("a pattern", &["else", "unknown"]),
        Rule::profile_decl => ("a field or `let`", &["let"]),
        Rule::event_decl => ("a field or `keep`", &["keep"]),
        Rule::identity_decl => ("an identifier or `ignore`", &["ignore"]),
        Rule::assigns | Rule::fields => ("a field", &[]),
        _ => return None,
    })
}

/// What the label of a rule says; `None` for rules that are no label.
pub(super) fn label(rule: Rule) -> Option<Label> {
    misplaced(rule)
        .or_else(|| missing_part(rule))
        .or_else(|| missing_word(rule))
}

fn misplaced(rule: Rule) -> Option<Label> {
    Some(match rule {
        Rule::bad_decl => instead("a declaration (`event`, `journey`, …)", DECLS),
        Rule::bad_step => instead("a step (`wait`, `send`, …)", STEPS),
        Rule::bad_member => instead(
            "a member or a step of a journey (`enter`, `wait`, …)",
            MEMBERS,
        ),
        Rule::bad_value => instead("a name or `}`", &[]),
        Rule::bad_field => instead("a field (`name: …`) or `}`", &[]),
        Rule::bad_rule => instead("`identify`, `when` or `=>`", &["identify", "when"]),
        Rule::bad_purpose => instead(
            "`consent`, `basis`, `granted by`, `revoked by` or `hold`",
            PURPOSE,
        ),
        Rule::bad_channel => instead(
            "a member of a channel (`to`, `limit`, `deliver`, …)",
            CHANNEL,
        ),
        Rule::bad_offer => instead(
            "a member of an offer (`eligible`, `value`, …) or `name: …`",
            OFFER,
        ),
        Rule::bad_decision => instead("a member of a decision (`among`, `rank by`, …)", DECISION),
        Rule::bad_credit => instead("`credit sends within 30 days`", &["credit"]),
        Rule::bad_measured => instead(
            "a part of the measure (`purchase: …`, `loyalty: …`, `advocacy: …`)",
            MEASURED,
        ),
        Rule::bad_body => instead("a channel's body (`email { … }`)", &[]),
        Rule::bad_migrate => instead("an older step and where it goes on (`d7 => d7`)", &["end"]),
        Rule::bad_wait_arm => instead("`EVENT => { … }` or `timeout => { … }`", &["timeout"]),
        Rule::bad_arm => instead("an arm (`gold => …`, `else => …`)", &["else", "unknown"]),
        Rule::bad_split_arm => instead("an arm with its share (`short 50% => { … }`)", &[]),
        Rule::bad_line => instead("a line of a test (`at`, `after`, `expect`, …)", LINES),
        Rule::junk => Label {
            instead: STEPS,
            ..unexpected("the next step")
        },
        Rule::junk_offer => unexpected("the next member"),
        Rule::junk_decision => unexpected("the next member"),
        Rule::junk_credit => unexpected("the next `credit` or `}`"),
        Rule::junk_measured => unexpected("the next part of the measure"),
        Rule::junk_field => unexpected("the next field"),
        Rule::junk_line => Label {
            instead: LINES,
            ..unexpected("the next line of the test")
        },
        Rule::junk_arrow => instead("`=>`", &[]),
        Rule::junk_key => unexpected("the next identifier"),
        Rule::junk_head => instead("`{`", &[]),
        Rule::junk_paren => instead("`)`", &[]),
        Rule::junk_bracket => instead("`]`", &[]),
        Rule::junk_hole => instead("`}`", &[]),
        _ => return None,
    })
}

fn missing_part(rule: Rule) -> Option<Label> {
    Some(match rule {
        Rule::m_name => missing("a name"),
        Rule::m_expr => missing("an expression"),
        Rule::m_type => missing("a type (`int`, `text`, `money<EUR>`, …)"),
        Rule::m_params => missing("`(` and the parameters"),
        Rule::m_currency => missing("a currency (`EUR`)"),
        Rule::m_number => missing("a number"),
        Rule::m_target => missing("an event or `profile`"),
        Rule::m_assigns => missing("`{` and the fields"),
        Rule::m_text => missing("a text (`\"…\"`)"),
        Rule::m_unique => instead("`unique` or `shared by at most N`", &["unique", "shared"]),
        Rule::m_clock => missing("a time of day (`09:00`)"),
        Rule::m_unit => Label {
            after_previous: true,
            ..instead("a time unit (`minutes`, `days`, …)", UNITS)
        },
        Rule::m_deliver => missing("`webhook`, `smtp`, `file`, `on request` or `none`"),
        Rule::m_enter => instead("`on`, `when` or `every`", &["on", "when", "every"]),
        Rule::m_reenter => instead(
            "`never`, `always` or `after`",
            &["never", "always", "after"],
        ),
        Rule::m_share => missing("a share (`50%`)"),
        Rule::m_event => missing("an event"),
        Rule::m_date => missing("a date (`2026-11-01`)"),
        Rule::m_decision => missing("a decision"),
        Rule::m_decided => missing("`==` or `!=`"),
        Rule::m_offer_type => missing("`:` and the offer's type"),
        Rule::m_pattern => missing("a pattern (`gold`, `1..5`, `else`)"),
        Rule::m_message => missing("a message"),
        Rule::m_channel => missing("a channel"),
        Rule::m_compare => missing("`==`, `!=`, `contains`, `starts with` or `ends with`"),
        Rule::m_regex => missing("a regular expression (`/…/`)"),
        Rule::m_duration => Label {
            help: Some("a length of time is a literal or an expression in parentheses"),
            ..missing("a length of time (`3 days`)")
        },
        Rule::m_weekday => missing("a day of the week (`friday`)"),
        Rule::m_within => missing("`within` and how long an answer is awaited (`within 3 days`)"),
        Rule::m_credit_within => {
            missing("`within` and how long before the conversion it counts (`within 30 days`)")
        }
        Rule::m_for_tagged => missing("`for tagged` and the tags"),
        Rule::junk_purpose => unexpected("the next member of the purpose"),
        Rule::m_from_file => missing("`from` and the file (`from \"products.csv\"`)"),
        Rule::m_decayed => instead("`sum` or `count`", &["sum", "count"]),
        Rule::m_version => {
            missing("`this`, or a version and its folder (`\"1.0.0\" from \"../v1\"`)")
        }
        Rule::m_since => missing("`enter`, a step or a time"),
        Rule::send_unnamed => Label {
            help: Some("`send NAME = MESSAGE(…) by CHANNEL`"),
            ..instead("a name and `=` before the message", &[])
        },
        Rule::bad_duration => Label {
            help: Some("a length of time is a literal or an expression in parentheses"),
            ..instead("a length of time (`3 days`)", &[])
        },
        _ => return None,
    })
}

fn missing_word(rule: Rule) -> Option<Label> {
    Some(match rule {
        Rule::m_lbrace => missing_token("`{`", " {"),
        Rule::m_assign => missing_token("`=`", " ="),
        Rule::m_colon => missing_token("`:`", ":"),
        Rule::m_arrow => missing_token("`->`", " ->"),
        Rule::m_fat_arrow => missing_token("`=>`", " =>"),
        Rule::m_comma => Label {
            code: "comma-missing",
            ..missing_token("`,`", ",")
        },
        Rule::m_lt => missing_token("`<`", "<"),
        Rule::m_gt => missing_token("`>`", ">"),
        Rule::m_dots => missing_token("`..`", ".."),
        Rule::m_rparen => missing_token("`)`", ")"),
        Rule::m_rbracket => missing_token("`]`", "]"),
        Rule::m_from => missing("`from` and a format (`json`, `csv`, …)"),
        Rule::m_migrate_from => missing_token("`from`", " from"),
        Rule::m_in => missing_token("`in`", " in"),
        Rule::m_by => missing_token("`by`", " by"),
        Rule::m_to => missing_token("`to`", " to"),
        Rule::m_per => missing_token("`per`", " per"),
        Rule::m_for => missing_token("`for`", " for"),
        Rule::m_at => missing_token("`at`", " at"),
        Rule::m_members => missing_token("`members`", " members"),
        Rule::m_entry => missing_token("`entry`", " entry"),
        Rule::m_when => missing_token("`when`", " when"),
        Rule::m_after => missing_token("`after`", " after"),
        Rule::m_tagged => missing_token("`tagged`", " tagged"),
        Rule::m_on => missing_token("`on`", " on"),
        Rule::m_last_send => missing_token("`last send`", " last send"),
        Rule::m_of => missing_token("`of`", " of"),
        Rule::m_times => missing_token("`times`", " times"),
        Rule::m_paren => missing("the value in parentheses"),
        Rule::m_mute_for => missing_token("`for`", " for"),
        Rule::m_gather => missing("`up to` and how long"),
        Rule::m_at_most => missing("`at most` and how many"),
        Rule::m_as => missing("`as NAME`"),
        Rule::m_up_to => missing("`up to N times`"),
        Rule::m_most => missing_token("`most`", " most"),
        Rule::m_key => missing_token("`key`", " key"),
        Rule::m_gap => missing_token("`gap`", " gap"),
        Rule::m_life => missing_token("`life`", " life"),
        Rule::m_letter => missing_token("`letter`", " letter"),
        Rule::m_and => missing_token("`and`", " and"),
        Rule::m_with => missing_token("`with`", " with"),
        Rule::m_while => missing_token("`while`", " while"),
        Rule::m_over => missing_token("`over`", " over"),
        Rule::m_wait => missing_token("`wait`", " wait"),
        Rule::m_then => missing_token("`then`", " then"),
        Rule::m_else => Label {
            help: Some("every `if` of an expression has an `else`"),
            ..missing_token("`else`", " else")
        },
        Rule::op_eq_bad => Label {
            help: Some("`=` gives a value, `==` compares"),
            instead: &["=="],
            ..instead("`==`", &[])
        },
        _ => return None,
    })
}

/// The word nearest to a misspelt one, if it is near enough to be meant.
pub(super) fn nearest(word: &str, words: &'static [&'static str]) -> Option<&'static str> {
    if word == "=" && words == ["=="] {
        return Some("==");
    }
    let letters = word
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if crate::token::is_word(word)
        || word.len() < 2
        || word.len() > 24
        || !letters
        || words.contains(&word)
    {
        return None;
    }
    let near = words
        .iter()
        .map(|known| (distance(word, known), *known))
        .min()?;
    let bound = if word.len() <= 3 { 1 } else { 2 };
    (near.0 <= bound).then_some(near.1)
}

/// How many letters to insert, delete, replace or swap with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let get = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best = get(&row, j) + usize::from(x != y);
            best = best.min(get(&row, j + 1) + 1).min(get(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(get(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}
