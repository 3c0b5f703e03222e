//! XGBoost's own JSON (`save_model("m.json")`): trees as columns, everything in single precision.

use super::{Forest, Missing, Node, Split, Transform, Tree, at, text};
use serde_json::Value as Json;

pub(super) fn read(json: &Json) -> Result<Forest, String> {
    let learner = json.get("learner").ok_or("it has no learner")?;
    let booster = text(learner, &["gradient_booster", "name"]).unwrap_or("gbtree");
    if booster != "gbtree" {
        return Err(format!(
            "its booster is `{booster}`, only `gbtree` can be read"
        ));
    }
    let param = |name: &str| text(learner, &["learner_model_param", name]).unwrap_or("0");
    if !matches!(param("num_class"), "0" | "1") || !matches!(param("num_target"), "0" | "1") {
        return Err("it predicts more than one number".to_owned());
    }
    let base = param("base_score").trim_matches(['[', ']']);
    let base: f32 = base
        .parse()
        .map_err(|_| format!("its base score is `{base}`"))?;
    let objective = text(learner, &["objective", "name"]).unwrap_or("");
    let (base, transform) = match objective {
        "binary:logistic" | "reg:logistic" => (margin(base), Transform::Logistic(1.0)),
        "binary:logitraw" => (margin(base), Transform::None),
        "reg:squarederror" | "reg:absoluteerror" | "reg:pseudohubererror" => {
            (f64::from(base), Transform::None)
        }
        other => return Err(format!("its objective `{other}` is not known here")),
    };
    let trees = at(learner, &["gradient_booster", "model", "trees"]).and_then(Json::as_array);
    let trees = trees.ok_or("it has no trees")?;
    let trees: Vec<Tree> = trees.iter().map(tree).collect::<Result<_, _>>()?;
    Ok(Forest {
        features: features(learner),
        single: true,
        base,
        transform,
        trained: Vec::new(),
        trees,
    })
}

/// The margin of a probability, as the library computes it: in single precision, the logarithm in double.
#[expect(
    clippy::cast_possible_truncation,
    reason = "single precision is what is meant"
)]
fn margin(base: f32) -> f64 {
    f64::from(-libm::log(f64::from(1.0 / base - 1.0)) as f32)
}

fn features(learner: &Json) -> Vec<String> {
    let names = learner.get("feature_names").and_then(Json::as_array);
    let names: Vec<String> = names
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    if !names.is_empty() {
        return names;
    }
    let count = text(learner, &["learner_model_param", "num_feature"]);
    let count: usize = count.and_then(|count| count.parse().ok()).unwrap_or(0);
    (0..count).map(|number| format!("f{number}")).collect()
}

fn tree(json: &Json) -> Result<Tree, String> {
    let column = |name: &str| {
        let column = json.get(name).and_then(Json::as_array);
        column.ok_or(format!("a tree has no `{name}`"))
    };
    let lefts = column("left_children")?;
    let rights = column("right_children")?;
    let conditions = column("split_conditions")?;
    let indices = column("split_indices")?;
    let defaults = column("default_left")?;
    if let Ok(types) = column("split_type")
        && types.iter().any(|ty| ty.as_i64() != Some(0))
    {
        return Err("it splits by categories".to_owned());
    }
    let int = |column: &[Json], place: usize| column.get(place).and_then(Json::as_i64);
    let mut nodes = Vec::with_capacity(lefts.len());
    for place in 0..lefts.len() {
        let condition = conditions.get(place).and_then(Json::as_f64);
        let condition = single(condition.ok_or("a node has no condition")?);
        let left = int(lefts, place).ok_or("a node has no left child")?;
        if left < 0 {
            nodes.push(Node::Leaf(condition));
            continue;
        }
        let child = |number: Option<i64>| usize::try_from(number.unwrap_or(-1));
        let default = defaults.get(place);
        let default_left = default.is_some_and(|d| d.as_i64() == Some(1) || *d == Json::Bool(true));
        let wrong = |_| "a node names no child".to_owned();
        nodes.push(Node::Split(Split {
            feature: child(int(indices, place)).map_err(wrong)?,
            threshold: condition,
            closed: false,
            missing: Missing::Unknown,
            default_left,
            left: child(Some(left)).map_err(wrong)?,
            right: child(int(rights, place)).map_err(wrong)?,
        }));
    }
    Ok(Tree { nodes })
}

fn single(value: f64) -> f64 {
    journey_program::arith::single(value)
}
