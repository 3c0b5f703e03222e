//! Inputs of tree models outside of what the trees were trained on: one that takes the same side of every split,
//! whoever it is asked for, tells the model nothing. A model's file says where its features lay, or else its
//! outermost splits do.

use super::audiences::span_of;
use super::reads::Reads;
use super::translate::Translator;
use super::{Verdict, ask};
use crate::forest::{Forest, Node, Split};
use crate::hir::{CompareOp, Computed, Expr, ExprKind};
use crate::types::Problem;
use crate::types::decl::Checked;
use journey_program::show;
use journey_program::types::{Type, Value};
use serde::Serialize;

/// One feature of a forest.
struct Feature<'e> {
    name: &'e str,
    input: &'e Expr,
    /// its outermost splits
    splits: Option<(f64, f64)>,
    /// where it lay when the model was trained
    trained: Option<(f64, f64)>,
}

/// What is proved of a model's inputs.
pub fn prove(
    reads: &Reads<'_>,
    model: &Computed,
    forest: &Forest,
    checked: &Checked,
    out: &mut Vec<Problem>,
) {
    for feature in features(model, forest) {
        let Some((low, high)) = feature.splits else {
            continue;
        };
        let side = if never(reads, feature.input, CompareOp::Gt, low) {
            "above"
        } else if never(reads, feature.input, CompareOp::Lt, high) {
            "below"
        } else {
            continue;
        };
        let bound = if side == "above" { low } else { high };
        let message = format!(
            "`{}` is never {side} {}, so every split of the model sends everybody the same way",
            feature.name,
            show::number(bound)
        );
        let (low, high) = feature.trained.unwrap_or((low, high));
        out.push(
            Problem::new(
                "outside-trained-range",
                span_of(checked, feature.input),
                message,
            )
            .help(format!(
                "it was trained on values about {} to {}: look at the unit",
                show::number(low),
                show::number(high)
            )),
        );
    }
}

fn features<'e>(model: &'e Computed, forest: &'e Forest) -> Vec<Feature<'e>> {
    let ExprKind::Trees(_, inputs) = &model.value.kind else {
        return Vec::new();
    };
    let splits: Vec<&Split> = forest
        .trees
        .iter()
        .flat_map(|tree| &tree.nodes)
        .filter_map(|node| match node {
            Node::Split(split) => Some(split),
            Node::Leaf(_) => None,
        })
        .collect();
    let of = |(place, (name, input)): (usize, (&'e String, &'e Expr))| {
        let own = splits.iter().filter(|split| split.feature == place);
        let own = own.map(|split| (split.threshold, split.threshold));
        Feature {
            name,
            input,
            splits: own.reduce(|(a, b), (c, d)| (a.min(c), b.max(d))),
            trained: forest.trained.get(place).copied().flatten(),
        }
    };
    forest
        .features
        .iter()
        .zip(inputs)
        .enumerate()
        .map(of)
        .collect()
}

/// The input against a number, where it is known.
fn compared(input: &Expr, op: CompareOp, number: f64) -> Expr {
    let make = |ty: Type, kind: ExprKind| Expr {
        node: input.node,
        ty,
        kind,
    };
    let bound = make(Type::Number, ExprKind::Value(Value::Number(number)));
    let value = match input.ty.is_optional() {
        true => make(Type::Number, ExprKind::Narrow(Box::new(input.clone()))),
        false => input.clone(),
    };
    let holds = make(
        Type::Bool,
        ExprKind::Compare(op, Box::new(value), Box::new(bound)),
    );
    if !input.ty.is_optional() {
        return holds;
    }
    let known = make(Type::Bool, ExprKind::Known(Box::new(input.clone())));
    make(Type::Bool, ExprKind::And(Box::new(known), Box::new(holds)))
}

fn holds(reads: &Reads<'_>, e: &Expr) -> Verdict {
    let mut translator = Translator::new(reads);
    let question = translator.condition(e);
    ask(&mut translator, question)
}

fn never(reads: &Reads<'_>, input: &Expr, op: CompareOp, number: f64) -> bool {
    holds(reads, &compared(input, op, number)) == Verdict::Never
}

/// What a model's feature was trained on, and who lies elsewhere.
#[derive(Clone, Debug, Serialize)]
pub struct FeatureStats {
    pub model: String,
    pub feature: String,
    pub low: f64,
    pub high: f64,
    /// the file says so; else they are the outermost splits
    pub said: bool,
    /// somebody whose value lies outside; None: nobody, or not decided
    pub outside: Option<String>,
}

/// Every feature of every tree model.
pub fn stats(reads: &Reads<'_>) -> Vec<FeatureStats> {
    let mut all = Vec::new();
    for (model, forest) in reads.forests() {
        for feature in features(model, forest) {
            let Some((low, high)) = feature.trained.or(feature.splits) else {
                continue;
            };
            let outside = [(CompareOp::Gt, high), (CompareOp::Lt, low)];
            let who = outside.into_iter().find_map(|(op, bound)| {
                match holds(reads, &compared(feature.input, op, bound)) {
                    Verdict::For(person) => Some(person.said()),
                    Verdict::Perhaps(_) | Verdict::Never | Verdict::NotDecided => None,
                }
            });
            all.push(FeatureStats {
                model: model.name.clone(),
                feature: feature.name.to_owned(),
                low,
                high,
                said: feature.trained.is_some(),
                outside: who,
            });
        }
    }
    all
}

impl FeatureStats {
    /// One line for people.
    pub fn line(&self) -> String {
        let how = if self.said {
            "trained on"
        } else {
            "split between"
        };
        let (low, high) = (show::number(self.low), show::number(self.high));
        let outside = self
            .outside
            .as_ref()
            .map_or_else(String::new, |who| format!(", but not {who}"));
        format!(
            "model {}: {} {how} {low} and {high}{outside}",
            self.model, self.feature
        )
    }
}
