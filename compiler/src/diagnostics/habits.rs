//! What a newcomer brings from SQL, JavaScript and other tools, answered in words of this language: a mistake
//! whose words say where its author comes from gets a way out that shows how it is written here. It is
//! looked at after parsing and checking: nothing here decides what is wrong, and the nearest of known names stands.

mod words;

use crate::types::Problem;
use journey_grammar::tree::Span;
use journey_program::types::Currency;
use words::Where::{Anywhere, Journey, Top};
use words::{NOTHING, UNITS, WORDS, Where};

/// What stands where others put a word before a value's name.
const PEOPLE: [&str; 8] = [
    "user",
    "person",
    "customer",
    "contact",
    "traits",
    "properties",
    "attributes",
    "this",
];

const A_NUMBER: &str = "a number has a point, and `_` between thousands: `1_000.50`";
const A_COUNT: &str =
    "what is counted stands without parentheses: `count order_placed in last 30 days`";

/// A way out, and perhaps the edit that takes it.
struct Lesson {
    help: String,
    edit: Option<(Span, String)>,
}

fn told(help: impl Into<String>) -> Option<Lesson> {
    Some(Lesson {
        help: help.into(),
        edit: None,
    })
}

fn written(span: Span, text: &str, help: impl Into<String>) -> Option<Lesson> {
    Some(Lesson {
        help: help.into(),
        edit: Some((span, text.to_owned())),
    })
}

/// A mistake's place in the text of its declaration.
struct Spot<'t> {
    message: &'t str,
    /// something is known to write instead
    is_helped: bool,
    span: Span,
    before: &'t str,
    /// what the mistake is pinned to
    found: &'t str,
    after: &'t str,
}

impl Spot<'_> {
    fn last_word(&self) -> &str {
        let from = self.before.rfind(|c: char| !is_word(c) && c != '.');
        let from = from.map_or(0, |at| at.saturating_add(1));
        self.before.get(from..).unwrap_or_default()
    }

    fn next_word(&self) -> &str {
        let end = self.after.find(|c: char| !is_word(c));
        self.after
            .get(..end.unwrap_or(self.after.len()))
            .unwrap_or_default()
    }

    fn expects(&self, what: &str) -> bool {
        self.message
            .strip_prefix("expected ")
            .is_some_and(|rest| rest.starts_with(what))
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Says what a newcomer needs to hear. The text is the file's, in which the
/// problem's declaration begins at `offset`.
pub(crate) fn teach(problem: &mut Problem, text: &str, offset: u32) {
    let looked_at = matches!(
        problem.code,
        "expected-token"
            | "unexpected-token"
            | "bad-token"
            | "unknown-name"
            | "type-mismatch"
            | "compare-mismatch"
            | "maybe-unknown"
            | "unknown-currency"
    );
    if !looked_at || problem.file.is_some() {
        return;
    }
    let at = |place: u32| usize::try_from(place.saturating_add(offset)).unwrap_or(usize::MAX);
    let (start, end) = (at(problem.span.start), at(problem.span.end));
    let (Some(before), Some(found), Some(after)) =
        (text.get(..start), text.get(start..end), text.get(end..))
    else {
        return;
    };
    let spot = Spot {
        message: &problem.message,
        is_helped: problem.help.is_some(),
        span: problem.span,
        before: before.trim_end(),
        found,
        after: after.trim_start(),
    };
    let lesson = match problem.code {
        "type-mismatch" | "compare-mismatch" => of_type(&spot),
        "maybe-unknown" => of_missing(&spot),
        // the nearest name is a better guess than a habit
        "unknown-name" if problem.fix.is_some() => None,
        "unknown-name" => of_name(&spot).or_else(|| of_word(&spot, spot.found)),
        _ => of_token(&spot)
            .or_else(|| of_declaration(&spot))
            .or_else(|| of_word(&spot, spot.found)),
    };
    if let Some(lesson) = lesson {
        if let Some((span, instead)) = lesson.edit {
            let title = format!("write `{instead}`");
            problem.fix = Some((title, vec![(span, instead)]));
        }
        problem.help = Some(lesson.help);
    }
}

fn of_word(spot: &Spot<'_>, word: &str) -> Option<Lesson> {
    let here = |place: Where| match place {
        Anywhere => true,
        Journey => {
            spot.expects("a member or a step")
                || spot.expects("a step")
                || spot.expects("`{`")
                || spot.message.ends_with("has no place here")
        }
        Top => spot.expects("a declaration"),
    };
    let (_, _, help, instead) = WORDS
        .iter()
        .find(|(place, of, ..)| here(*place) && of.contains(&word))?;
    match instead {
        Some(instead) if word == spot.found => written(spot.span, instead, *help),
        Some(_) | None => told(*help),
    }
}

/// What may be unknown, compared with a word for nothing.
fn of_missing(spot: &Spot<'_>) -> Option<Lesson> {
    let rest = spot.after.strip_prefix("==");
    let rest = rest.or_else(|| spot.after.strip_prefix("!="))?;
    let word: String = rest
        .trim_start()
        .chars()
        .take_while(|c| is_word(*c))
        .collect();
    if word != "unknown" && !NOTHING.contains(&word.as_str()) {
        return None;
    }
    told(format!(
        "whether it is there is asked by `known {}`",
        spot.found
    ))
}

fn of_token(spot: &Spot<'_>) -> Option<Lesson> {
    let Span { start, end } = spot.span;
    let back = |by: u32| Span {
        start: start.saturating_sub(by),
        end,
    };
    match spot.found {
        ">" if spot.before.ends_with('<') => written(back(1), "!=", "not equal is written `!=`"),
        "=" if spot.before.ends_with("==") => written(spot.span, "", "equal is written `==`"),
        "=" if spot.before.ends_with("!=") => written(spot.span, "", "not equal is written `!=`"),
        "->" if spot.expects("`=>`") => {
            written(spot.span, "=>", "an arm's pattern is followed by `=>`")
        }
        "+" | "-" | "*" | "/" if spot.expects("`=`") && spot.after.starts_with('=') => {
            let (field, op) = (spot.last_word(), spot.found);
            told(format!(
                "a value is written whole: `set {field} = {field} {op} …`"
            ))
        }
        "-" if spot.after.starts_with('-') => told("a comment begins with `//`"),
        "(" if spot.expects("an event") => {
            told("what is counted stands without parentheses: `count order_placed in last 30 days`")
        }
        "?" => told("one of two values is `if CONDITION then A else B`"),
        "[" if spot.after.starts_with(']') => told("a list's type is `list<text>`"),
        ":" if spot.expects("`{`") => told("what belongs together stands between `{` and `}`"),
        "," if spot.before.ends_with(|c: char| c.is_ascii_digit()) => told(A_NUMBER),
        "€" | "$" | "£" | "¥" => told("an amount is followed by its currency: `50 EUR`"),
        _ if spot.expects("`<`") && spot.last_word() == "money" => {
            told("a type of money names its currency: `money<EUR>`")
        }
        _ if spot.expects("a time unit") => of_unit(spot),
        _ if spot.before.ends_with("since") => {
            told("what lies behind now is `in last 30 days`; `since` takes an instant")
        }
        _ if spot.last_word() == "split" => {
            told("a split has a name and shares: `split NAME { a 50% => { … } b 50% => { … } }`")
        }
        _ if spot.found.starts_with('"') && spot.last_word() == "send" => {
            told("a send has a name of its own: `send NAME = MESSAGE(…) by CHANNEL`")
        }
        _ if spot.expects("`:`") && is_type(spot.found) => {
            let (name, ty) = (spot.last_word(), spot.found);
            told(format!("a field is written `{name}: {ty}`"))
        }
        _ if spot.expects("`:`") && is_type(spot.last_word()) => {
            let (ty, name) = (spot.last_word(), spot.found);
            told(format!("a field's name comes first: `{name}: {ty}`"))
        }
        _ => of_step(spot),
    }
}

fn of_unit(spot: &Spot<'_>) -> Option<Lesson> {
    let unit = UNITS.iter().find(|(of, _)| of.contains(&spot.found));
    match unit {
        Some((_, unit)) => written(spot.span, unit, format!("units are written out: `{unit}`")),
        // a word that is nearly a unit has its help
        None if spot.is_helped => None,
        None => told("a length of time has a unit: `30 days`, `12 hours`, `5 minutes`"),
    }
}

/// Inside of a journey.
fn of_step(spot: &Spot<'_>) -> Option<Lesson> {
    let assigned = spot.after.starts_with('=') && !spot.after.starts_with("==");
    match spot.found {
        "var" | "const" | "val" if spot.message.ends_with("has no place here") => written(
            spot.span,
            "let",
            "a value inside a journey is named by `let`",
        ),
        "{" if spot.before.contains("while ") => told(
            "`while` holds for a whole journey; a loop is `repeat up to 3 times while CONDITION { … }`",
        ),
        word if assigned && spot.message.ends_with("has no place here") && !word.is_empty() => {
            let set = format!("set {word}");
            written(
                spot.span,
                &set,
                format!("a field is written by `set {word} = …`"),
            )
        }
        _ => None,
    }
}

/// Where a declaration begins, and about its name.
fn of_declaration(spot: &Spot<'_>) -> Option<Lesson> {
    if spot.expects("a declaration") {
        return match spot.found {
            "broadcast" => told("what concerns everyone is declared by `broadcast NAME { … }`"),
            "var" | "let" | "val" | "define" => written(
                spot.span,
                "const",
                "a value that stays is `const NAME = VALUE`",
            ),
            keyword if spot.after.starts_with('"') && is_keyword(keyword) => {
                told(format!("a name stands without quotes: `{keyword} vip`"))
            }
            _ => None,
        };
    }
    let mut words = spot.before.split_whitespace().rev();
    let (name, keyword) = (words.next()?, words.next()?);
    if !is_keyword(keyword) || !(spot.expects("`=`") || spot.expects("`{`")) {
        return None;
    }
    match spot.found {
        "where" | "when" | "if" => told(format!("it is `{keyword} {name} = CONDITION`")),
        "-" => told(format!("a name is one word: `{name}_{}`", spot.next_word())),
        more if more.chars().all(is_word) && !more.is_empty() => {
            told(format!("a name is one word: `{name}_{more}`"))
        }
        _ => None,
    }
}

fn is_keyword(word: &str) -> bool {
    let keywords = [
        "audience",
        "journey",
        "event",
        "message",
        "channel",
        "purpose",
        "offer",
        "decision",
        "enum",
        "type",
        "limit",
        "model",
        "const",
        "broadcast",
        "group",
        "table",
    ];
    keywords.contains(&word)
}

fn is_type(word: &str) -> bool {
    let types = [
        "text", "int", "number", "bool", "time", "date", "duration", "string",
    ];
    types.contains(&word)
}

fn of_name(spot: &Spot<'_>) -> Option<Lesson> {
    if Currency::parse(spot.found).is_some() && spot.after.starts_with(|c: char| c.is_ascii_digit())
    {
        let amount = spot.next_word();
        return told(format!(
            "the currency follows its amount: `{amount} {}`",
            spot.found
        ));
    }
    if PEOPLE.contains(&spot.found)
        && let Some(rest) = spot.after.strip_prefix('.')
    {
        let field: String = rest.chars().take_while(|c| is_word(*c)).collect();
        return told(format!(
            "a field of the profile is named by itself: `{field}`"
        ));
    }
    if !spot.message.starts_with("there is no function") {
        return None;
    }
    if matches!(spot.found, "now" | "today") {
        return told(format!("`{}` stands without parentheses", spot.found));
    }
    let (value, method) = spot.found.rsplit_once('.')?;
    match method {
        "contains" | "includes" => told(format!("it is `{value} contains …`")),
        "startsWith" | "starts_with" | "startswith" => {
            told(format!("it is `{value} starts with …`"))
        }
        "endsWith" | "ends_with" | "endswith" => told(format!("it is `{value} ends with …`")),
        _ => told("values have no methods: functions take them, as in `lower(name)`"),
    }
}

/// What is no condition ends where another language would go on.
fn of_condition(spot: &Spot<'_>) -> Option<Lesson> {
    match spot.after.chars().next() {
        Some('(') => told(A_COUNT),
        Some('!') => told(format!(
            "a value for the missing case is `{} ?? VALUE`",
            spot.found
        )),
        _ => of_word(spot, spot.next_word()),
    }
}

fn of_type(spot: &Spot<'_>) -> Option<Lesson> {
    if spot.message.starts_with("`in` asks a list") {
        return told("a list stands in brackets: `in [\"gold\", \"silver\"]`");
    }
    if spot.found.ends_with(|c: char| c.is_ascii_digit()) && spot.after.starts_with(',') {
        return told(A_NUMBER);
    }
    if spot.message.starts_with("a condition is due here") {
        return of_condition(spot);
    }
    if spot.message.ends_with("and `text` can't be compared")
        && let Some(rest) = spot.found.strip_suffix('"')
        && let Some((_, value)) = rest.rsplit_once('"')
    {
        return told(format!("only texts stand in quotes: `{value}`"));
    }
    let quoted = spot
        .found
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let plain = ["date", "time", "clock", "duration", "int", "number", "bool"];
    let due = plain.iter().any(|ty| {
        let due = format!("`{ty}` is due here");
        spot.message.starts_with(&due)
    });
    match quoted {
        Some(value) if due && !value.is_empty() => {
            told(format!("only texts stand in quotes: `{value}`"))
        }
        _ => None,
    }
}
