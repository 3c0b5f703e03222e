//! Models from files give what the libraries that trained them give, bit for bit, natively and interpreted: committed
//! rows, and what XGBoost (single precision) and LightGBM (double) predicted for them (`data/models/train.py`).

use journey_cli::compile::{self, Execution};
use journey_cli::project::Project;
use journey_compiler::forest;
use journey_tests::lines::played;
use journey_tests::model::models::predict;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MODELS: [(&str, &str); 5] = [
    ("xgb_churn", "xc"),
    ("xgb_spend", "xs"),
    ("lgb_churn", "lc"),
    ("lgb_spend", "ls"),
    ("lgb_plain", "lp"),
];

struct Row {
    features: Vec<Option<f64>>,
    predicted: Vec<f64>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/models")
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(folder().join("rows.csv")).unwrap();
    text.lines().skip(1).map(row).collect()
}

fn row(line: &str) -> Row {
    let cells: Vec<&str> = line.split(',').collect();
    let (features, predicted) = cells.split_at(4);
    Row {
        features: features.iter().map(|cell| cell.parse().ok()).collect(),
        predicted: predicted.iter().map(|cell| float(cell)).collect(),
    }
}

/// Eight digits are a single, sixteen a double.
fn float(hex: &str) -> f64 {
    match hex.len() {
        8 => f64::from(f32::from_bits(u32::from_str_radix(hex, 16).unwrap())),
        _ => f64::from_bits(u64::from_str_radix(hex, 16).unwrap()),
    }
}

#[test]
fn trees_as_read_predict_what_the_library_predicts() {
    for (place, (name, _)) in MODELS.iter().enumerate() {
        let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
        let forest = forest::read(&text).unwrap();
        for (number, row) in rows().iter().enumerate() {
            let ours = predict(&forest, &row.features).unwrap();
            let theirs = row.predicted[place];
            assert_eq!(
                ours.to_bits(),
                theirs.to_bits(),
                "{name}, row {number}: {ours} {theirs}"
            );
        }
    }
}

#[test]
fn compiled_models_predict_what_the_library_predicts() {
    let project = Project::open(Some(&folder())).unwrap();
    let program = project.checked(false).unwrap();
    let plan = Arc::new(compile::plan(&program, &project.sources).unwrap());
    let native = Execution::native(&plan).unwrap();
    let interpreter = Execution::interpreter(&plan);
    for execution in [native, interpreter] {
        let (actions, dead) = played(&execution, &input(), &["emit"]);
        assert_eq!(dead, "");
        compare(&actions);
    }
}

fn input() -> String {
    let mut input = String::new();
    for (number, row) in rows().iter().enumerate() {
        let names = ["f0", "f1", "f2", "f3"].iter().zip(&row.features);
        let known = names.filter_map(|(name, value)| Some(format!("\"{name}\":{:?}", (*value)?)));
        let fields: Vec<String> = known.collect();
        let head = format!("\"at\":\"2026-01-05T10:00:00Z\",\"ids\":{{\"user_id\":\"u{number}\"}}");
        let fields = fields.join(",");
        input.push_str(&format!(
            "{{\"type\":\"profile\",{head},\"data\":{{{fields}}}}}\n"
        ));
        input.push_str(&format!("{{\"type\":\"asked\",{head},\"data\":{{}}}}\n"));
    }
    input
}

fn compare(actions: &str) {
    let rows = rows();
    let lines: Vec<&str> = actions.lines().collect();
    assert_eq!(lines.len(), rows.len());
    for (number, (line, row)) in lines.iter().zip(&rows).enumerate() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        for ((name, field), theirs) in MODELS.iter().zip(&row.predicted) {
            let ours = line["data"][field].as_f64().unwrap();
            assert_eq!(
                ours.to_bits(),
                theirs.to_bits(),
                "{name}, row {number}: {ours} {theirs}"
            );
        }
    }
}

/// What can't be run is refused with its reason, and damaged files never panic.
#[test]
fn other_files_are_refused() {
    let refused = |text: &str| forest::read(text).unwrap_err();
    assert!(refused("{").contains("not JSON"));
    assert!(refused("{}").contains("neither"));
    let text = std::fs::read_to_string(folder().join("xgb_churn.json")).unwrap();
    assert!(refused(&text.replace("gbtree\"", "dart\"")).contains("dart"));
    assert!(refused(&text.replace("binary:logistic", "multi:softprob")).contains("multi:softprob"));
    let text = std::fs::read_to_string(folder().join("lgb_churn.json")).unwrap();
    assert!(refused(&text.replace("\"<=\"", "\"==\"")).contains("categories"));
    for cut in (0..text.len()).step_by(997) {
        assert!(forest::read(&text[..cut]).is_err());
    }
}
