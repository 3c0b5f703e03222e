//! Models, naively: a formula by its definition, trees by walking them in the library's own width, what is
//! learned by counting through everybody's outcomes.

use super::Model;
use super::decide::Book;
use super::eval::{Answer, Broken, Scene};
use journey_compiler::forest::{Forest, Missing, Node, Split, Transform};
use journey_compiler::hir::{Expr, ExprKind};
use journey_program::exp;
use journey_program::ir::FaultCode;
use journey_program::types::{DecisionId, OfferId, Value};

/// An outcome of a decision, and the person's fields at the time.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub decision: DecisionId,
    pub offer: OfferId,
    pub name: String,
    pub at: i64,
    pub fields: Vec<Value>,
}

impl Scene<'_> {
    pub(super) fn modelled(&mut self, e: &Expr) -> Answer {
        Ok(match &e.kind {
            ExprKind::Logistic(inner) => match self.eval(inner)? {
                Value::Number(x) => Value::Number(exp::logistic(x)),
                other => other,
            },
            ExprKind::Trees(number, inputs) => {
                // a fault of an input is told at the model, as one of its sum
                let inputs = self.all(inputs);
                let inputs = inputs.map_err(|broken| Broken::new(broken.code, e.node))?;
                let inputs: Vec<Option<f64>> = inputs.iter().map(number_of).collect();
                match self.program.forests.get(*number as usize) {
                    Some(forest) => {
                        let sum = predict(forest, &inputs);
                        let sum = sum.ok_or(Broken::new(FaultCode::NotFinite, e.node))?;
                        Value::Number(sum)
                    }
                    None => Value::Unknown,
                }
            }
            ExprKind::Learned(model, offer) => {
                let mean = self.learned.get(&(*model, offer.0)).copied();
                Value::Number(mean.unwrap_or(0.5))
            }
            _ => Value::Unknown,
        })
    }
}

fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(x) => Some(*x),
        _ => None,
    }
}

/// What a forest says of features; None: it is not finite.
pub fn predict(forest: &Forest, inputs: &[Option<f64>]) -> Option<f64> {
    let leaf = |tree: &journey_compiler::forest::Tree| {
        let mut place = 0;
        loop {
            match tree.nodes.get(place)? {
                Node::Leaf(value) => return Some(*value),
                Node::Split(split) => {
                    let left = goes_left(forest, split, inputs.get(split.feature).copied()?);
                    place = if left { split.left } else { split.right };
                }
            }
        }
    };
    if forest.single {
        let mut sum = forest.base as f32;
        for tree in &forest.trees {
            sum += leaf(tree)? as f32;
        }
        return sum.is_finite().then(|| match forest.transform {
            Transform::None => f64::from(sum),
            Transform::Logistic(_) => exp::logistic_single(f64::from(sum)),
        });
    }
    let mut sum = forest.base;
    for tree in &forest.trees {
        sum += leaf(tree)?;
    }
    sum.is_finite().then(|| match forest.transform {
        Transform::None => sum,
        Transform::Logistic(scale) => exp::logistic(scale * sum),
    })
}

fn goes_left(forest: &Forest, split: &Split, x: Option<f64>) -> bool {
    let x = match (split.missing, x) {
        (Missing::Never, x) => x.unwrap_or(0.0),
        (Missing::Zero, Some(x)) if x.abs() <= 1e-35 => return split.default_left,
        (Missing::Zero | Missing::Unknown, Some(x)) => x,
        (Missing::Zero | Missing::Unknown, None) => return split.default_left,
    };
    if forest.single {
        (x as f32) < (split.threshold as f32)
    } else if split.closed {
        x <= split.threshold
    } else {
        x < split.threshold
    }
}

impl Model<'_> {
    /// What every learned model says of every offer to a person like this one.
    pub(super) fn learned(&self, who: usize) -> std::collections::BTreeMap<(u32, u32), f64> {
        let mut all = std::collections::BTreeMap::new();
        let Some(person) = self.people.get(who) else {
            return all;
        };
        for (number, learned) in self.program.learned.iter().enumerate() {
            let kind = |fields: &[Value]| -> Vec<Value> {
                let of = |field: &u32| fields.get(*field as usize).cloned();
                learned
                    .by
                    .iter()
                    .map(|field| of(field).unwrap_or(Value::Unknown))
                    .collect()
            };
            let mine = kind(&person.known.fields);
            for offer in 0..self.program.offers.len() {
                let (mut shown, mut accepted) = (0u64, 0u64);
                let books = self.people.iter().map(|person| &person.offers);
                for outcome in books.flat_map(Book::outcomes) {
                    let same = outcome.decision == learned.decision
                        && outcome.offer == OfferId::new(offer)
                        && kind(&outcome.fields) == mine;
                    shown += u64::from(same && outcome.name == "shown");
                    accepted += u64::from(same && outcome.name == "accepted");
                }
                let shown = shown.max(accepted);
                let mean = (accepted as f64 + 1.0) / (shown as f64 + 2.0);
                all.insert((number as u32, offer as u32), mean);
            }
        }
        all
    }
}
