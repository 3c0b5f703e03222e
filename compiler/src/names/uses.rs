//! Which names an expression reads, for the graph of who depends on whom.
//! Names inside a history's `where` are its event's fields first, so each use keeps its event.

use journey_grammar::tree::{
    Aggregate, BinaryOp, Expr, ExprKind, History, InSet, TextPart, UnaryOp, WindowKind,
};

/// A name that is read: `first` of a path, and `second` where there is one (`profile.tier`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub first: String,
    pub second: Option<String>,
    /// the event in whose `where` it stands
    pub event: Option<String>,
}

pub fn uses_of(expr: &Expr) -> Vec<Use> {
    let mut finder = Finder::default();
    finder.expr(expr);
    finder.found
}

/// Whether an expression does arithmetic, which may fault: an operator, or a sum over a list.
pub fn calculates(expr: &Expr) -> bool {
    let mut finder = Finder::default();
    finder.expr(expr);
    finder.calculates
}

#[derive(Default)]
struct Finder {
    calculates: bool,
    found: Vec<Use>,
    binders: Vec<String>,
    event: Option<String>,
}

impl Finder {
    fn name(&mut self, first: &str, second: Option<&str>) {
        if !self.binders.iter().any(|binder| binder == first) {
            self.found.push(Use {
                first: first.to_owned(),
                second: second.map(str::to_owned),
                event: self.event.clone(),
            });
        }
    }

    fn all<'a>(&mut self, exprs: impl IntoIterator<Item = &'a Expr>) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Missing
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Number { .. }
            | ExprKind::Money { .. }
            | ExprKind::Time(_)
            | ExprKind::Date(_)
            | ExprKind::Clock(_)
            | ExprKind::Quantity { .. } => {}
            ExprKind::Text(parts) => {
                for part in parts {
                    if let TextPart::Expr(inner) = part {
                        self.expr(inner);
                    }
                }
            }
            ExprKind::List(items) => self.all(items),
            ExprKind::Path(path) => {
                if let Some(first) = path.first() {
                    self.name(&first.text, path.get(1).map(|name| name.text.as_str()));
                }
            }
            ExprKind::Unary(op, inner) => {
                self.calculates |= *op == UnaryOp::Neg;
                self.expr(inner);
            }
            ExprKind::Field(inner, _) | ExprKind::Matches(inner, _) | ExprKind::Paren(inner) => {
                self.expr(inner)
            }
            ExprKind::Call(path, args) => {
                if let Some(first) = path.first() {
                    self.name(&first.text, None);
                }
                self.all(args.iter().map(|arg| &arg.value));
            }
            ExprKind::Binary(op, left, right) => {
                self.calculates |= is_arithmetic(*op);
                self.all([&**left, &**right]);
            }
            ExprKind::In { value, set, .. } => {
                self.expr(value);
                self.set(set);
            }
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => self.all([&**condition, &**then, &**otherwise]),
            ExprKind::Match { value, arms } => {
                self.expr(value);
                self.all(arms.iter().map(|arm| &arm.value));
            }
            ExprKind::ListQuery(query) => {
                self.calculates |= matches!(query.aggregate, Aggregate::Sum | Aggregate::Avg);
                self.expr(&query.list);
                self.binders.push(query.binder.text.clone());
                self.all(&query.filter);
                self.binders.pop();
            }
            ExprKind::History(history) => self.history(history),
        }
    }

    fn history(&mut self, history: &History) {
        if let Some(WindowKind::Last(inner) | WindowKind::Since(inner)) =
            history.window.as_ref().map(|window| &window.kind)
        {
            self.expr(inner);
        }
        self.all(history.up_to.iter().chain(&history.panes));
        let event = history.path.first().map(|name| name.text.clone());
        let outer = std::mem::replace(&mut self.event, event);
        self.all(&history.filter);
        if let Some(sequence) = &history.sequence {
            let second = sequence.path.first().map(|name| name.text.clone());
            self.event = second;
            self.all(&sequence.filter);
        }
        self.event = outer;
        let within = history.sequence.iter().flat_map(|s| &s.within);
        self.all(within.chain(&history.half_life));
    }

    fn set(&mut self, set: &InSet) {
        match set {
            InSet::Missing(_) => {}
            InSet::List(items) => self.all(items),
            InSet::Range(low, high) => self.all([&**low, &**high]),
            InSet::Expr(inner) => self.expr(inner),
        }
    }
}

fn is_arithmetic(op: BinaryOp) -> bool {
    use BinaryOp as Op;
    matches!(
        op,
        Op::Add | Op::Sub | Op::Mul | Op::Div | Op::IntDiv | Op::Mod
    )
}
