//! Is there a person for whom a formula holds? A search over the bounds of linear terms: what the bounds so
//! far decide is cut, what they leave open is split in two, and what holds is tried out on one person.
//!
//! It counts steps and never looks at a clock, so that the same program gets the same answer everywhere. "No"
//! is said only where bounds alone refute every branch; "yes" only with values under which the formula is true.

mod bounds;
mod texts;

use super::formula::{Atom, Formula, Linear, Var};
use bounds::{Bounds, Lean, Terms};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use texts::Texts;

/// Steps of one question: branches times what each looks at.
pub const STEPS_MAX: u64 = 400_000;

/// What a variable may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
    pub low: i64,
    pub high: i64,
    pub text: bool,
    /// false: it stands for something that is not followed, so a "yes" that needs it is a "perhaps"
    pub exact: bool,
}

/// Values under which the formula holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    pub values: BTreeMap<Var, i64>,
    pub texts: BTreeMap<Var, String>,
    /// the variables on which it matters
    pub decisive: BTreeSet<Var>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes(Model),
    /// it holds for these values, unless what is not followed forbids it
    Perhaps(Model),
    No,
    /// the budget of steps is spent
    Spent,
}

impl Answer {
    pub fn is_no(&self) -> bool {
        *self == Self::No
    }
}

/// An atom as the search sees it: the term at a place is at most a bound, or it is not.
#[derive(Clone, Copy, Debug)]
struct Test {
    term: usize,
    at_most: i128,
    negated: bool,
}

/// The formula with its atoms as places in one table.
#[derive(Debug)]
enum Node {
    Truth(bool),
    Test(usize),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
}

struct Search<'a> {
    domains: &'a [Domain],
    terms: Terms,
    tests: Vec<Test>,
    texts: Texts,
    root: Node,
    steps: u64,
    perhaps: Option<Model>,
}

/// What a formula is under bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    Yes,
    No,
    /// this test is open
    Open(usize),
}

/// Looks for values of the variables, each in its domain, under which the formula holds.
pub fn solve(formula: &Formula, domains: &[Domain]) -> Answer {
    let mut search = Search::new(formula, domains);
    let Some(bounds) = search.terms.begin(domains, &search.texts) else {
        return Answer::No;
    };
    search.run(bounds)
}

impl<'a> Search<'a> {
    fn new(formula: &Formula, domains: &'a [Domain]) -> Self {
        let mut atoms: BTreeMap<Arc<Atom>, usize> = BTreeMap::new();
        let mut list: Vec<Arc<Atom>> = Vec::new();
        formula.atoms(&mut |atom| {
            if !atoms.contains_key(atom) {
                atoms.insert(Arc::clone(atom), list.len());
                list.push(Arc::clone(atom));
            }
        });
        let mut terms = Terms::new(domains.len());
        let texts = Texts::new(&list, &mut terms);
        let tests = list
            .iter()
            .map(|atom| match &**atom {
                Atom::AtMostZero(term) => terms.test(term),
                Atom::Below {
                    var,
                    constant,
                    or_equal,
                } => texts.below(*var, constant, *or_equal),
                Atom::Test(var, test) => texts.tested(*var, test),
            })
            .collect();
        Self {
            domains,
            root: node(formula, &atoms),
            terms,
            tests,
            texts,
            steps: 0,
            perhaps: None,
        }
    }

    fn run(&mut self, first: Bounds) -> Answer {
        let mut open = vec![first];
        while let Some(mut bounds) = open.pop() {
            self.steps += self.tests.len() as u64 + self.terms.len() as u64 + 1;
            if self.steps > STEPS_MAX {
                return Answer::Spent;
            }
            if !self.terms.narrow(&mut bounds) || !self.texts.narrow(&mut bounds) {
                continue;
            }
            match self.truth(&self.root, &bounds) {
                Truth::No => {}
                Truth::Open(test) => self.split(test, &bounds, &mut open),
                Truth::Yes => {
                    if let Some(answer) = self.tried(&bounds, &mut open) {
                        return answer;
                    }
                }
            }
        }
        match self.perhaps.take() {
            Some(model) => Answer::Perhaps(model),
            None => Answer::No,
        }
    }

    /// Both sides of a test; the side where it holds is looked at first.
    fn split(&self, test: usize, bounds: &Bounds, open: &mut Vec<Bounds>) {
        let Some(Test { term, at_most, .. }) = self.tests.get(test).copied() else {
            return;
        };
        let mut above = bounds.clone();
        if above.raise(term, at_most + 1) {
            open.push(above);
        }
        let mut below = bounds.clone();
        if below.lower(term, at_most) {
            open.push(below);
        }
    }

    /// Bounds under which the formula holds: values for a person, if there are some.
    fn tried(&mut self, bounds: &Bounds, open: &mut Vec<Bounds>) -> Option<Answer> {
        let Some(mut values) = self.values(bounds, Lean::Plain) else {
            if self.terms.refuted(bounds) {
                return None;
            }
            return match self.terms.halved(bounds) {
                // Values on which no guess hit: look at smaller pieces, as long as there are steps.
                Some((a, b)) => {
                    open.extend([b, a]);
                    None
                }
                None => Some(Answer::Spent),
            };
        };
        let mut exact = self.holds_without_inexact(bounds, &values);
        // somebody further from the edge, whom what is not followed can't push over it
        for lean in [Lean::Up, Lean::Down] {
            if !exact
                && self.loose()
                && let Some(other) = self.values(bounds, lean)
                && self.holds_without_inexact(bounds, &other)
            {
                (exact, values) = (true, other);
            }
        }
        let mut model = Model {
            values,
            ..Model::default()
        };
        let texts = self.texts.pick(bounds, &model.values);
        let exact = exact && texts.is_some();
        model.texts = texts.unwrap_or_default();
        model.decisive = self.decisive(bounds);
        if exact {
            return Some(Answer::Yes(model));
        }
        self.perhaps.get_or_insert(model);
        None
    }

    fn values(&mut self, bounds: &Bounds, lean: Lean) -> Option<BTreeMap<Var, i64>> {
        self.terms.pick(bounds, self.domains, lean, &mut self.steps)
    }

    fn truth(&self, node: &Node, bounds: &Bounds) -> Truth {
        match node {
            Node::Truth(truth) => yes(*truth),
            Node::Test(test) => match self.tests.get(*test) {
                Some(of) => match bounds.at_most(of.term, of.at_most) {
                    Some(truth) => yes(truth != of.negated),
                    None => Truth::Open(*test),
                },
                None => Truth::No,
            },
            Node::Not(inner) => match self.truth(inner, bounds) {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                open @ Truth::Open(_) => open,
            },
            Node::All(parts) => self.parts(parts, bounds, Truth::No, Truth::Yes),
            Node::Any(parts) => self.parts(parts, bounds, Truth::Yes, Truth::No),
        }
    }

    /// One part that is `ends` decides; all being the other is the other.
    fn parts(&self, parts: &[Node], bounds: &Bounds, ends: Truth, other: Truth) -> Truth {
        let mut found = other;
        for part in parts {
            let truth = self.truth(part, bounds);
            if truth == ends {
                return ends;
            }
            if let (Truth::Open(_), false) = (truth, matches!(found, Truth::Open(_))) {
                found = truth;
            }
        }
        found
    }

    /// Whether a test hangs on something that is not followed.
    fn loose(&self) -> bool {
        self.tests.iter().any(|test| {
            self.terms
                .vars_of(test.term)
                .iter()
                .any(|var| self.domains.get(*var).is_some_and(|d| !d.exact))
        })
    }

    /// Whether the formula holds for these values whatever the variables are that are not followed.
    fn holds_without_inexact(&self, bounds: &Bounds, values: &BTreeMap<Var, i64>) -> bool {
        if !self.loose() {
            return true;
        }
        let mut free = bounds.clone();
        self.terms
            .forget(&mut free, self.domains, &self.texts, values);
        self.truth(&self.root, &free) == Truth::Yes
    }

    /// The variables that bounds say more of than their domains.
    fn decisive(&self, bounds: &Bounds) -> BTreeSet<Var> {
        let mut all = BTreeSet::new();
        for (at, narrowed) in self.terms.narrowed(bounds, self.domains, &self.texts) {
            if narrowed {
                for var in self.terms.vars_of(at) {
                    all.insert(Var(u32::try_from(*var).unwrap_or(u32::MAX)));
                }
            }
        }
        all
    }
}

fn yes(truth: bool) -> Truth {
    if truth { Truth::Yes } else { Truth::No }
}

fn node(formula: &Formula, atoms: &BTreeMap<Arc<Atom>, usize>) -> Node {
    match formula {
        Formula::True => Node::Truth(true),
        Formula::False => Node::Truth(false),
        Formula::Atom(atom) => match atoms.get(atom) {
            Some(place) => Node::Test(*place),
            None => Node::Truth(false),
        },
        Formula::Not(inner) => Node::Not(Box::new(node(inner, atoms))),
        Formula::All(parts) => Node::All(parts.iter().map(|part| node(part, atoms)).collect()),
        Formula::Any(parts) => Node::Any(parts.iter().map(|part| node(part, atoms)).collect()),
    }
}

/// The linear term's value under a model; None where a variable is missing.
pub fn value_of(term: &Linear, model: &Model) -> Option<i128> {
    let mut sum = term.constant;
    for (var, factor) in &term.factors {
        sum += i128::from(*model.values.get(var)?) * i128::from(*factor);
    }
    Some(sum)
}

/// Whether a formula holds under a model; None where a variable is missing.
pub fn holds(formula: &Formula, model: &Model) -> Option<bool> {
    Some(match formula {
        Formula::True => true,
        Formula::False => false,
        Formula::Atom(atom) => match &**atom {
            Atom::AtMostZero(term) => value_of(term, model)? <= 0,
            Atom::Below {
                var,
                constant,
                or_equal,
            } => {
                let text = model.texts.get(var)?;
                text < constant || *or_equal && text == constant
            }
            Atom::Test(var, test) => test.holds(model.texts.get(var)?),
        },
        Formula::Not(inner) => !holds(inner, model)?,
        Formula::All(parts) => {
            let mut all = true;
            for part in parts.iter() {
                all &= holds(part, model)?;
            }
            all
        }
        Formula::Any(parts) => {
            let mut any = false;
            for part in parts.iter() {
                any |= holds(part, model)?;
            }
            any
        }
    })
}
