//! LightGBM's JSON (`dump_model()`): trees in each other, everything in double precision.

use super::{Forest, Missing, Node, Split, Transform, Tree, text};
use serde_json::Value as Json;

pub(super) fn read(json: &Json) -> Result<Forest, String> {
    let one = |name: &str| json.get(name).is_none_or(|n| n.as_i64() == Some(1));
    if !one("num_class") || !one("num_tree_per_iteration") {
        return Err("it predicts more than one number".to_owned());
    }
    if json.get("average_output").and_then(Json::as_bool) == Some(true) {
        return Err("it averages its trees, which is not known here".to_owned());
    }
    let objective = text(json, &["objective"]).unwrap_or("");
    let mut words = objective.split_whitespace();
    let transform = match words.next().unwrap_or("") {
        "binary" => {
            let scale = words.find_map(|word| word.strip_prefix("sigmoid:"));
            let scale: f64 = scale.map_or(Ok(1.0), str::parse).map_err(|_| "no scale")?;
            Transform::Logistic(scale)
        }
        "cross_entropy" | "xentropy" => Transform::Logistic(1.0),
        "regression" if words.next().is_none() => Transform::None,
        "regression_l1" | "huber" | "fair" | "quantile" | "mape" => Transform::None,
        _ => return Err(format!("its objective `{objective}` is not known here")),
    };
    let names = json.get("feature_names").and_then(Json::as_array);
    let names = names.into_iter().flatten().filter_map(Json::as_str);
    let features: Vec<String> = names.map(str::to_owned).collect();
    let trained = features.iter().map(|name| {
        let info = json.get("feature_infos")?.get(name)?;
        let bound = |key: &str| info.get(key).and_then(Json::as_f64);
        Some((bound("min_value")?, bound("max_value")?))
    });
    let infos = json.get("tree_info").and_then(Json::as_array);
    let trees = infos.into_iter().flatten().map(|info| {
        let root = info
            .get("tree_structure")
            .ok_or("a tree has no structure")?;
        tree(root)
    });
    Ok(Forest {
        trained: trained.collect(),
        features: features.clone(),
        single: false,
        base: 0.0,
        transform,
        trees: trees.collect::<Result<_, String>>()?,
    })
}

/// Nodes in the order in which they are met; a child comes after its parent.
fn tree(root: &Json) -> Result<Tree, String> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut todo: Vec<(&Json, Option<(usize, bool)>)> = vec![(root, None)];
    while let Some((json, parent)) = todo.pop() {
        let place = nodes.len();
        if let Some((parent, left)) = parent
            && let Some(Node::Split(split)) = nodes.get_mut(parent)
        {
            if left {
                split.left = place;
            } else {
                split.right = place;
            }
        }
        if let Some(value) = json.get("leaf_value") {
            if json.get("leaf_coeff").is_some() {
                return Err("its leaves are linear".to_owned());
            }
            let value = value.as_f64().ok_or("a leaf has no value")?;
            nodes.push(Node::Leaf(value));
            continue;
        }
        nodes.push(Node::Split(split(json)?));
        let child = |name: &str| json.get(name).ok_or("a node names no child");
        todo.push((child("right_child")?, Some((place, false))));
        todo.push((child("left_child")?, Some((place, true))));
    }
    Ok(Tree { nodes })
}

fn split(json: &Json) -> Result<Split, String> {
    let decision = text(json, &["decision_type"]).unwrap_or("");
    if decision != "<=" {
        return Err("it splits by categories".to_owned());
    }
    let missing = match text(json, &["missing_type"]).unwrap_or("None") {
        "None" => Missing::Never,
        "NaN" => Missing::Unknown,
        "Zero" => Missing::Zero,
        other => return Err(format!("`{other}` is missing in a way not known here")),
    };
    let feature = json.get("split_feature").and_then(Json::as_u64);
    let feature = feature.and_then(|feature| usize::try_from(feature).ok());
    Ok(Split {
        feature: feature.ok_or("a node reads no feature")?,
        threshold: json
            .get("threshold")
            .and_then(Json::as_f64)
            .ok_or("a node has no threshold")?,
        closed: true,
        missing,
        default_left: json.get("default_left").and_then(Json::as_bool) == Some(true),
        left: 0,
        right: 0,
    })
}
