//! What binds tighter: expressions as their trees, every operation in parentheses.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test"
)]

use journey_grammar::parse_chunk;
use journey_grammar::tree::{DeclKind, Expr, ExprKind, InSet, Name, TextPart, WindowKind};

fn names(path: &[Name]) -> String {
    path.iter()
        .map(|name| name.text.as_str())
        .collect::<Vec<_>>()
        .join(".")
}

fn list(items: &[Expr]) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(" ")
}

fn optional(word: &str, part: Option<&Expr>) -> String {
    part.map_or_else(String::new, |part| format!(" {word} {}", show(part)))
}

/// An expression as a tree.
fn show(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Missing => "missing".to_string(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Int(text) | ExprKind::Time(text) | ExprKind::Date(text) => text.clone(),
        ExprKind::Clock(text) => text.clone(),
        ExprKind::Number { text, percent } => format!("{text}{}", if *percent { "%" } else { "" }),
        ExprKind::Money { amount, currency } => format!("{amount}{}", currency.text),
        ExprKind::Text(parts) => show_text(parts),
        ExprKind::Quantity {
            count,
            unit,
            calendar,
        } => {
            format!("{count}{}{unit}", if *calendar { "c" } else { "" })
        }
        ExprKind::List(items) => format!("[{}]", list(items)),
        ExprKind::Path(path) => names(path),
        ExprKind::Field(value, name) => format!("(. {} {})", show(value), name.text),
        ExprKind::Call(path, args) => {
            let args = args.iter().map(|arg| {
                let name = arg
                    .name
                    .as_ref()
                    .map_or(String::new(), |name| format!("{}:", name.text));
                format!(" {name}{}", show(&arg.value))
            });
            format!("({}{})", names(path), args.collect::<String>())
        }
        ExprKind::Unary(op, value) => format!("({op:?} {})", show(value)),
        ExprKind::Binary(op, left, right) => format!("({op:?} {} {})", show(left), show(right)),
        ExprKind::In {
            value,
            set,
            negated,
        } => {
            let set = show_set(set);
            format!(
                "({} {} {set})",
                if *negated { "NotIn" } else { "In" },
                show(value)
            )
        }
        ExprKind::Matches(value, regex) => format!("(Matches {} {})", show(value), regex.source),
        ExprKind::If {
            condition,
            then,
            otherwise,
        } => {
            format!(
                "(If {} {} {})",
                show(condition),
                show(then),
                show(otherwise)
            )
        }
        ExprKind::Match { value, arms } => {
            let arms = arms
                .iter()
                .map(|arm| format!(" {}=>{}", arm.patterns.len(), show(&arm.value)));
            format!("(Match {}{})", show(value), arms.collect::<String>())
        }
        ExprKind::ListQuery(_) | ExprKind::History(_) => show_query(&expr.kind),
        ExprKind::Paren(inner) => format!("<{}>", show(inner)),
    }
}

/// A list query or a history as a tree.
fn show_query(kind: &ExprKind) -> String {
    match kind {
        ExprKind::ListQuery(query) => format!(
            "({:?} {}{} of {}{})",
            query.aggregate,
            query.binder.text,
            query
                .field
                .iter()
                .map(|name| format!(".{}", name.text))
                .collect::<String>(),
            show(&query.list),
            optional("where", query.filter.as_ref()),
        ),
        ExprKind::History(history) => {
            let window = history.window.as_ref().map(|window| match &window.kind {
                WindowKind::Last(length) => format!(" last {}", show(length)),
                WindowKind::Calendar(unit) => format!(" this {}", unit.text),
                WindowKind::SinceEnter => " since-enter".to_string(),
                WindowKind::Since(since) => format!(" since {}", show(since)),
            });
            format!(
                "({:?} {}{}{}{}{}{}{})",
                history.aggregate,
                names(&history.path),
                optional("where", history.filter.as_ref()),
                history.sequence.as_ref().map_or_else(String::new, |then| {
                    let word = if then.without { "without" } else { "then" };
                    let same = then.same.as_deref().map(names);
                    format!(
                        " {word} {}{}{}{}",
                        names(&then.path),
                        optional("where", then.filter.as_ref()),
                        optional("within", then.within.as_ref()),
                        same.map_or_else(String::new, |same| format!(" same {same}")),
                    )
                }),
                optional("half-life", history.half_life.as_ref()),
                window.unwrap_or_default(),
                optional("panes", history.panes.as_ref()),
                optional("up-to", history.up_to.as_ref()),
            )
        }
        _ => String::new(),
    }
}

fn show_set(set: &InSet) -> String {
    match set {
        InSet::Missing(_) => "missing".to_string(),
        InSet::List(items) => format!("[{}]", list(items)),
        InSet::Range(low, high) => format!("{}..{}", show(low), show(high)),
        InSet::Expr(list) => show(list),
    }
}

fn show_text(parts: &[TextPart]) -> String {
    let parts = parts.iter().map(|part| match part {
        TextPart::Text(text) => text.clone(),
        TextPart::Expr(expr) => format!("{{{}}}", show(expr)),
    });
    format!("'{}'", parts.collect::<String>())
}

#[track_caller]
fn reads(source: &str, tree: &str) {
    let parsed = parse_chunk(&format!("audience a = {source}"));
    assert_eq!(parsed.problems, [], "{source}");
    let DeclKind::Audience(audience) = parsed.decl.unwrap().kind else {
        panic!("{source}")
    };
    assert_eq!(show(&audience.value), tree, "{source}");
    // A span holds the expression, no more and no less.
    let (start, end) = (
        audience.value.span.start as usize,
        audience.value.span.end as usize,
    );
    assert_eq!((start, end), (13, 13 + source.len()), "{source}");
}

#[test]
fn arithmetic() {
    reads("1 + 2 * 3 - 4", "(Sub (Add 1 (Mul 2 3)) 4)");
    reads("a / b / c", "(Div (Div a b) c)");
    reads("a div b mod c", "(Mod (IntDiv a b) c)");
    reads("-a * -b", "(Mul (Neg a) (Neg b))");
    reads("a - -b", "(Sub a (Neg b))");
    reads("a ?? b + 1", "(Else a (Add b 1))");
    reads("a ?? b ?? c", "(Else (Else a b) c)");
    reads("day_one at 09:00", "(At day_one 09:00)");
    reads(
        "day_one + 1 month at (opening)",
        "(At (Add day_one 1month) <opening>)",
    );
    reads("a ?? day_one at 09:00", "(Else a (At day_one 09:00))");
    reads("f(x).name", "(. (f x) name)");
    reads("f(a, b: c + 1)", "(f a b:(Add c 1))");
    reads("(a).b.c", "(. (. <a> b) c)");
    reads("a.b.c", "a.b.c");
    reads("profile.last", "profile.last");
    reads("1_000.5", "1000.5");
    reads(
        "5% + 20 EUR + 3 days + 1 calendar day",
        "(Add (Add (Add 5% 20EUR) 3day) 1cday)",
    );
}

#[test]
fn conditions() {
    reads("a == 1 and b != 2", "(And (Eq a 1) (Ne b 2))");
    reads("a or b or c", "(Or (Or a b) c)");
    reads("not a == b", "(Not (Eq a b))");
    reads("not not a and b", "(And (Not (Not a)) b)");
    reads("a + 1 < b ?? 2", "(Lt (Add a 1) (Else b 2))");
    reads("known a and age >= 18", "(And (Known a) (Ge age 18))");
    reads("not known a.b", "(Not (Known a.b))");
    reads(
        "years since birth_date >= 18",
        "(Ge (YearsSince birth_date) 18)",
    );
    reads("a in [b, c] and d", "(And (In a [b c]) d)");
    reads("a not in b..c + 1", "(NotIn a b..(Add c 1))");
    reads("a in b or c", "(Or (In a b) c)");
    reads("a between 1 and 3 and b", "(And (In a 1..3) b)");
    reads(
        "a starts with \"x\" and b ends with c",
        "(And (StartsWith a 'x') (EndsWith b c))",
    );
    reads(
        "a contains b and c matches /d\\/e/",
        "(And (Contains a b) (Matches c d\\/e))",
    );
    reads("if a then b else c or d", "(If a b (Or c d))");
    reads("1 + if a then 2 else 3 + 4", "(Add 1 (If a 2 (Add 3 4)))");
    reads(
        "match a { 1 | 2 => b, 3..4 => c, else => d }",
        "(Match a 2=>b 1=>c 1=>d)",
    );
    reads("\"a {b ?? \"c{d}\"} {{e}}\"", "'a {(Else b 'c{d}')} {e}'");
}

#[test]
fn histories() {
    reads("any a in last 60 days", "(Any a last 60day)");
    reads(
        "any a and no a in last 60 days",
        "(And (Any a) (No a last 60day))",
    );
    reads(
        "count a where total > 50 EUR in last 90 days > 3",
        "(Gt (Count a where (Gt total 50EUR) last 90day) 3)",
    );
    reads(
        "count a where b in [c] in this calendar week",
        "(Count a where (In b [c]) this week)",
    );
    reads(
        "sum a.total in last (d) in panes of 1 hour",
        "(Sum a.total last <d> panes 1hour)",
    );
    reads(
        "distinct a.b up to 50 in last 1 year",
        "(Distinct a.b last 1year up-to 50)",
    );
    reads(
        "any a since enter or any b since c",
        "(Or (Any a since-enter) (Any b since c))",
    );
    reads("first a.at < now", "(Lt (First a.at) now)");
    reads(
        "(any a where b and c) and d",
        "(And <(Any a where (And b c))> d)",
    );
    reads(
        "any x in items where x.price > 10 EUR",
        "(Any x of items where (Gt x.price 10EUR))",
    );
    reads(
        "sum x.price in a.items > 3",
        "(Gt (Sum x.price of a.items) 3)",
    );
    reads(
        "first x in f(y).items where x.ok",
        "(First x of (. (f y) items) where x.ok)",
    );
    reads(
        "any a followed by b within 3 days",
        "(Any a then b within 3day)",
    );
    reads(
        "no a where x without b where y same c.d in last 3 days",
        "(No a where x without b where y same c.d last 3day)",
    );
    reads("median gap a", "(MedianGap a)");
    reads(
        "decayed sum a.b half life 14 days > 3",
        "(Gt (DecayedSum a.b half-life 14day) 3)",
    );
}

/// Words are keywords only where they may be, and names elsewhere.
#[test]
fn words_are_names_where_a_name_is_due() {
    reads("at + to * value", "(Add at (Mul to value))");
    reads(
        "type == key and day in [on, by]",
        "(And (Eq type key) (In day [on by]))",
    );
    reads("end.start.if.where", "end.start.if.where");
    reads(
        "offer(limit: day, text: type)",
        "(offer limit:day text:type)",
    );
}
