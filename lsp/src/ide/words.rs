//! Expressions in plain words: what an audience's definition says, read aloud.

use journey_grammar::tree::{
    Aggregate, BinaryOp, Expr, ExprKind, History, InSet, Name, TextPart, UnaryOp, WindowKind,
};

/// `who …`: a condition about a person.
pub fn of_condition(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Binary(BinaryOp::And, ..) => joined(e, BinaryOp::And, " and "),
        ExprKind::Binary(BinaryOp::Or, ..) => joined(e, BinaryOp::Or, " or "),
        ExprKind::Paren(inner) => of_condition(inner),
        ExprKind::Unary(UnaryOp::Not, inner) => {
            format!("of whom it is not so that they are {}", of_condition(inner))
        }
        ExprKind::Unary(UnaryOp::Known, inner) => format!("whose {} is known", of_value(inner)),
        ExprKind::Unary(UnaryOp::Unknown, inner) => {
            format!("whose {} is unknown", of_value(inner))
        }
        ExprKind::Path(names) => format!("in `{}`", dotted(names)),
        ExprKind::Bool(true) => "of every kind".to_owned(),
        ExprKind::Bool(false) => "of no kind".to_owned(),
        ExprKind::History(history) => match history.aggregate {
            Aggregate::Any => format!("who had {}", happening(history, "any")),
            Aggregate::No => format!("who had {}", happening(history, "no")),
            _ => format!("whose {} holds", of_value(e)),
        },
        _ => format!("whose {}", of_value(e)),
    }
}

fn joined(e: &Expr, op: BinaryOp, word: &str) -> String {
    let mut parts = Vec::new();
    let mut todo = vec![e];
    while let Some(next) = todo.pop() {
        match &next.kind {
            ExprKind::Binary(of, left, right) if *of == op => {
                todo.push(right);
                todo.push(left);
            }
            _ => parts.push(of_condition(next)),
        }
    }
    parts.join(word)
}

/// A value, or a comparison.
pub fn of_value(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Missing => "…".to_owned(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Int(text) | ExprKind::Time(text) | ExprKind::Date(text) => text.clone(),
        ExprKind::Clock(text) => text.clone(),
        ExprKind::Number { text, percent } => {
            format!("{text}{}", if *percent { "%" } else { "" })
        }
        ExprKind::Money { amount, currency } => format!("{amount} {}", currency.text),
        ExprKind::Quantity {
            count,
            unit,
            calendar,
        } => {
            let civil = if *calendar { "calendar " } else { "" };
            let many = if count == "1" { "" } else { "s" };
            format!("{count} {civil}{unit}{many}")
        }
        ExprKind::Text(parts) => match parts.as_slice() {
            [TextPart::Text(text)] => format!("\"{text}\""),
            _ => "a text".to_owned(),
        },
        ExprKind::List(items) => listed(items),
        ExprKind::Path(names) => format!("`{}`", dotted(names)),
        ExprKind::Field(base, name) => format!("{} of {}", name.text, of_value(base)),
        ExprKind::Call(path, args) => {
            let args: Vec<String> = args.iter().map(|arg| of_value(&arg.value)).collect();
            format!("`{}` of {}", dotted(path), args.join(" and "))
        }
        ExprKind::Unary(op, inner) => unary(*op, inner),
        ExprKind::Binary(op, left, right) => {
            format!("{} {} {}", of_value(left), operator(*op), of_value(right))
        }
        ExprKind::In {
            value,
            set,
            negated,
        } => {
            let not = if *negated { "not " } else { "" };
            match set {
                InSet::Missing(_) => format!("{} is {not}in …", of_value(value)),
                InSet::List(items) => format!("{} is {not}{}", of_value(value), listed(items)),
                InSet::Range(low, high) => {
                    let (low, high) = (of_value(low), of_value(high));
                    format!("{} is {not}from {low} to {high}", of_value(value))
                }
                InSet::Expr(list) => format!("{} is {not}in {}", of_value(value), of_value(list)),
            }
        }
        ExprKind::Matches(value, _) => format!("{} has that form", of_value(value)),
        ExprKind::If { .. } | ExprKind::Match { .. } => "one of several values".to_owned(),
        ExprKind::ListQuery(query) => {
            let asked = aggregate(query.aggregate);
            format!("{asked} in {}", of_value(&query.list))
        }
        ExprKind::History(history) => happening(history, aggregate(history.aggregate)),
        ExprKind::Paren(inner) => of_value(inner),
    }
}

fn unary(op: UnaryOp, inner: &Expr) -> String {
    let inner = of_value(inner);
    match op {
        UnaryOp::Not => format!("not {inner}"),
        UnaryOp::Neg => format!("-{inner}"),
        UnaryOp::Known => format!("{inner} is known"),
        UnaryOp::Unknown => format!("{inner} is unknown"),
        UnaryOp::YearsSince => format!("whole years since {inner}"),
    }
}

fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "or",
        BinaryOp::And => "and",
        BinaryOp::Eq => "is",
        BinaryOp::Ne => "is not",
        BinaryOp::Lt => "is below",
        BinaryOp::Le => "is at most",
        BinaryOp::Gt => "is above",
        BinaryOp::Ge => "is at least",
        BinaryOp::Contains => "contains",
        BinaryOp::StartsWith => "starts with",
        BinaryOp::EndsWith => "ends with",
        BinaryOp::Else => "or, where that is unknown,",
        BinaryOp::At => "at",
        BinaryOp::Add => "plus",
        BinaryOp::Sub => "minus",
        BinaryOp::Mul => "times",
        BinaryOp::Div | BinaryOp::IntDiv => "divided by",
        BinaryOp::Mod => "modulo",
    }
}

fn aggregate(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Any => "any",
        Aggregate::No => "no",
        Aggregate::All => "all",
        Aggregate::Count => "the number of",
        Aggregate::Sum => "the sum of",
        Aggregate::Avg => "the average of",
        Aggregate::Min => "the smallest",
        Aggregate::Max => "the largest",
        Aggregate::First => "the first",
        Aggregate::Last => "the last",
        Aggregate::Distinct => "the number of different",
        Aggregate::Top => "the most frequent",
        Aggregate::DecayedSum => "the fading sum of",
        Aggregate::DecayedCount => "the fading number of",
        Aggregate::AvgGap => "the average time between",
        Aggregate::MedianGap => "the median time between",
    }
}

fn happening(history: &History, asked: &str) -> String {
    let mut text = format!("{asked} `{}`", dotted(&history.path));
    if let Some(filter) = &history.filter {
        text.push_str(&format!(" where {}", of_value(filter)));
    }
    if let Some(sequence) = &history.sequence {
        let word = if sequence.without {
            "without"
        } else {
            "followed by"
        };
        text.push_str(&format!(" {word} `{}`", dotted(&sequence.path)));
        if let Some(within) = &sequence.within {
            text.push_str(&format!(" within {}", of_value(within)));
        }
    }
    match history.window.as_ref().map(|window| &window.kind) {
        Some(WindowKind::Last(length)) => {
            text.push_str(&format!(" in the last {}", of_value(length)));
        }
        Some(WindowKind::Calendar(unit)) => {
            text.push_str(&format!(" in this calendar {}", unit.text));
        }
        Some(WindowKind::SinceEnter) => text.push_str(" since the entry"),
        Some(WindowKind::Since(begin)) => {
            text.push_str(&format!(" since {}", of_value(begin)));
        }
        None => {}
    }
    text
}

fn listed(items: &[Expr]) -> String {
    let items: Vec<String> = items.iter().map(of_value).collect();
    items.join(" or ")
}

fn dotted(names: &[Name]) -> String {
    let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
    names.join(".")
}
