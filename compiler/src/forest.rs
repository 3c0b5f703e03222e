//! Forests of decision trees, as other libraries write them: JSON in, trees out. XGBoost's `save_model` and
//! LightGBM's `dump_model` are read; what they can say and we can't run is refused with its reason.

use serde_json::Value as Json;

mod lightgbm;
mod xgboost;

/// Trees whose leaves add up.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    /// what the trees read, by place
    pub features: Vec<String>,
    /// numbers are of single precision: features are rounded before they are compared, sums at each step
    pub single: bool,
    /// what the sum begins with
    pub base: f64,
    pub transform: Transform,
    pub trees: Vec<Tree>,
    /// by feature: the least and the greatest value that it was trained on, where the file says so
    pub trained: Vec<Option<(f64, f64)>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transform {
    None,
    /// logistic of this many times the sum
    Logistic(f64),
}

/// Nodes by place, the root first.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    pub nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node {
    Leaf(f64),
    Split(Split),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    pub feature: usize,
    pub threshold: f64,
    /// left where `x <= threshold`; else where `x < threshold`
    pub closed: bool,
    pub missing: Missing,
    /// what is missing goes left
    pub default_left: bool,
    pub left: usize,
    pub right: usize,
}

/// What counts as missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// nothing: an unknown value is 0
    Never,
    /// an unknown value
    Unknown,
    /// an unknown value, and one that is nearly 0
    Zero,
}

/// So near to 0 is 0, to LightGBM.
pub const NEARLY_ZERO: f64 = 1e-35;
/// More nodes are refused.
const NODES_MAX: usize = 4_000_000;

impl Forest {
    /// Of a model that is a formula.
    pub fn nothing() -> Self {
        Self {
            features: Vec::new(),
            single: false,
            base: 0.0,
            transform: Transform::None,
            trees: Vec::new(),
            trained: Vec::new(),
        }
    }
}

/// The forest that a file holds, or why it can't be read.
pub fn read(text: &str) -> Result<Forest, String> {
    let json: Json =
        serde_json::from_str(text).map_err(|error| format!("it is not JSON ({error})"))?;
    let forest = if json.get("learner").is_some() {
        xgboost::read(&json)
    } else if json.get("tree_info").is_some() {
        lightgbm::read(&json)
    } else {
        Err("it is neither XGBoost's nor LightGBM's".to_owned())
    }?;
    check(&forest)?;
    Ok(forest)
}

/// Every number names something, and every path ends at a leaf.
fn check(forest: &Forest) -> Result<(), String> {
    let nodes: usize = forest.trees.iter().map(|tree| tree.nodes.len()).sum();
    if nodes > NODES_MAX {
        return Err(format!(
            "its trees have {nodes} nodes, at most {NODES_MAX} are read"
        ));
    }
    for (number, tree) in forest.trees.iter().enumerate() {
        let wrong = |what: &str| Err(format!("tree {number} {what}"));
        for (place, node) in tree.nodes.iter().enumerate() {
            match node {
                Node::Leaf(value) if !value.is_finite() => {
                    return wrong("has a leaf without value");
                }
                Node::Leaf(_) => {}
                Node::Split(split) => {
                    if split.feature >= forest.features.len() {
                        return wrong("reads a feature that is not there");
                    }
                    if !split.threshold.is_finite() {
                        return wrong("has a threshold that is no number");
                    }
                    let inside = |child: usize| child > place && child < tree.nodes.len();
                    if !inside(split.left) || !inside(split.right) {
                        return wrong("has a branch that leads nowhere");
                    }
                }
            }
        }
        if tree.nodes.is_empty() {
            return wrong("is empty");
        }
    }
    Ok(())
}

fn text<'j>(json: &'j Json, path: &[&str]) -> Option<&'j str> {
    at(json, path)?.as_str()
}

fn at<'j>(json: &'j Json, path: &[&str]) -> Option<&'j Json> {
    path.iter().try_fold(json, |json, key| json.get(key))
}
