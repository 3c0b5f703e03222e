//! A model of 300 trees, each six splits deep, from a fixed seed; as XGBoost's own JSON, and as the flat arrays that an
//! expert would walk.

use super::people::{Chance, FEATURES};
use serde_json::{Value, json};

pub const TREES: usize = 300;
const DEPTH: u32 = 6;
const SPLITS: usize = (1 << DEPTH) - 1;
const NODES: usize = 2 * SPLITS + 1;

/// Of each tree its splits level by level, then its leaves: the children of `n` are `2n + 1` and `2n + 2`.
pub struct Forest {
    trees: Vec<Tree>,
}

struct Tree {
    splits: [(u32, f32); SPLITS],
    leaves: [f32; SPLITS + 1],
}

impl Forest {
    pub fn grown() -> Self {
        let mut chance = Chance(300);
        let tree = |_| Tree {
            splits: std::array::from_fn(|_| {
                (chance.below(FEATURES as u64) as u32, chance.share() as f32)
            }),
            leaves: std::array::from_fn(|_| (chance.share() as f32 - 0.5) / 8.0),
        };
        Self {
            trees: (0..TREES).map(tree).collect(),
        }
    }

    /// No branch: where a value leads is arithmetic.
    pub fn predict(&self, features: &[f64; FEATURES]) -> f64 {
        let features = features.map(|feature| feature as f32);
        let mut sum = 0.0_f32;
        for tree in &self.trees {
            let mut at = 0;
            for _ in 0..DEPTH {
                let (feature, threshold) = tree.splits[at];
                let right = features[feature as usize % FEATURES] >= threshold;
                at = 2 * at + 1 + usize::from(right);
            }
            sum += tree.leaves[at - SPLITS];
        }
        f64::from(sum)
    }

    pub fn json(&self) -> Value {
        let trees: Vec<Value> = self.trees.iter().enumerate().map(tree_json).collect();
        let count = TREES.to_string();
        json!({
            "learner": {
                "attributes": {},
                "feature_names": (0..FEATURES).map(|n| format!("f{n}")).collect::<Vec<_>>(),
                "feature_types": vec!["float"; FEATURES],
                "gradient_booster": {
                    "model": {
                        "gbtree_model_param": { "num_parallel_tree": "1", "num_trees": count },
                        "iteration_indptr": (0..=TREES).collect::<Vec<_>>(),
                        "tree_info": vec![0; TREES],
                        "trees": trees
                    },
                    "name": "gbtree"
                },
                "learner_model_param": {
                    "base_score": "0E0",
                    "boost_from_average": "0",
                    "num_class": "0",
                    "num_feature": FEATURES.to_string(),
                    "num_target": "1"
                },
                "objective": {
                    "name": "reg:squarederror",
                    "reg_loss_param": { "scale_pos_weight": "1" }
                }
            },
            "version": [2, 1, 0]
        })
    }
}

fn tree_json((number, tree): (usize, &Tree)) -> Value {
    let split = |at: usize| tree.splits.get(at);
    let child = |at: usize, more: usize| split(at).map_or(-1, |_| (2 * at + more) as i64);
    let parent = |at: usize| {
        if at == 0 {
            i64::from(i32::MAX)
        } else {
            (at as i64 - 1) / 2
        }
    };
    let nodes = || 0..NODES;
    json!({
        "base_weights": vec![0.0; NODES],
        "categories": [], "categories_nodes": [], "categories_segments": [], "categories_sizes": [],
        "default_left": vec![0; NODES],
        "id": number,
        "left_children": nodes().map(|at| child(at, 1)).collect::<Vec<_>>(),
        "right_children": nodes().map(|at| child(at, 2)).collect::<Vec<_>>(),
        "loss_changes": vec![0.0; NODES],
        "parents": nodes().map(parent).collect::<Vec<_>>(),
        "split_conditions": nodes()
            .map(|at| split(at).map_or_else(|| tree.leaves[at - SPLITS], |split| split.1))
            .collect::<Vec<_>>(),
        "split_indices": nodes().map(|at| split(at).map_or(0, |split| split.0)).collect::<Vec<_>>(),
        "split_type": vec![0; NODES],
        "sum_hessian": vec![1.0; NODES],
        "tree_param": {
            "num_deleted": "0",
            "num_feature": FEATURES.to_string(),
            "num_nodes": NODES.to_string(),
            "size_leaf_vector": "1"
        }
    })
}
