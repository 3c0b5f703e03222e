//! 5,000 distinct paths over twelve channels: first, last and linear as ChannelAttribution has them, position
//! and decay by the stated rules, the exact Markov removal effects, and its simulation within its error.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test may fail by panicking"
)]

#[expect(dead_code, reason = "another test takes it")]
#[path = "common/data.rs"]
mod data;

use data::{close, near, number, reference, table, text};
use journey_measure::credit::markov::Chain;
use journey_measure::credit::{Attribution, Channel, Model, Path, Touch, attribute};
use serde_json::Value;
use std::collections::BTreeMap;

struct Data {
    names: BTreeMap<String, Channel>,
    paths: Vec<Path>,
    reference: Value,
}

fn load(folder: &str, file: &str, columns: [&str; 3]) -> Option<Data> {
    let mut names: BTreeMap<String, Channel> = BTreeMap::new();
    let mut paths = Vec::new();
    for row in table(&format!("{folder}/{file}"))? {
        let mut touches = Vec::new();
        for (step, name) in text(&row, "path").split(" > ").enumerate() {
            let fresh = names.len() as Channel;
            let channel = *names.entry(name.to_owned()).or_insert(fresh);
            let (at, cost) = (step as i64, 0.0);
            touches.push(Touch { channel, at, cost });
        }
        paths.push(Path {
            end: touches.len() as i64 - 1,
            touches,
            conversions: number(&row, columns[0]) as u64,
            value: row
                .get(columns[1])
                .map_or(0.0, |value| value.parse().unwrap()),
            nulls: number(&row, columns[2]) as u64,
        });
    }
    let reference = reference(folder)?;
    Some(Data {
        names,
        paths,
        reference,
    })
}

fn marketing() -> Option<Data> {
    let columns = ["total_conversions", "total_conversion_value", "total_null"];
    load("marketing-paths", "path_data.csv.zst", columns)
}

fn adds_up(found: &Attribution) {
    let conversions: f64 = found.channels.values().map(|a| a.conversions).sum();
    let value: f64 = found.channels.values().map(|a| a.value).sum();
    close(
        "total",
        conversions + found.unclaimed.conversions,
        found.total.conversions,
        1e-12,
    );
    close(
        "value",
        value + found.unclaimed.value,
        found.total.value,
        1e-12,
    );
}

#[test]
fn first_last_and_linear() {
    let Some(data) = marketing() else { return };
    let models = [
        (Model::First, "first"),
        (Model::Last, "last"),
        (Model::Linear, "linear"),
    ];
    for (model, name) in models {
        let found = attribute(&data.paths, model).unwrap();
        adds_up(&found);
        near(
            "all",
            found.total.conversions,
            &data.reference["totals"]["total_conversions"],
            0.0,
        );
        assert_eq!(found.people, 7_643 + 26_146);
        for row in data.reference["heuristics_library"].as_array().unwrap() {
            let channel = row["channel_name"].as_str().unwrap();
            let account = found.channels[&data.names[channel]];
            let conversions = &row[format!("{name}_touch_conversions")];
            near(channel, account.conversions, conversions, 1e-11);
            near(
                channel,
                account.value,
                &row[format!("{name}_touch_value")],
                1e-11,
            );
        }
    }
}

#[test]
fn position_and_decay() {
    let Some(data) = marketing() else { return };
    let models = [
        (Model::Position, "position_based_40_20_40"),
        (Model::DecaySteps, "position_decay_halving_per_step"),
        // the touches of a path lie one millisecond apart
        (
            Model::DecayTime { half_life: 1 },
            "position_decay_halving_per_step",
        ),
    ];
    for (model, name) in models {
        let found = attribute(&data.paths, model).unwrap();
        adds_up(&found);
        for (channel, expected) in data.reference[name]["conversions"].as_object().unwrap() {
            let account = found.channels[&data.names[channel]];
            near(channel, account.conversions, expected, 1e-11);
        }
    }
}

fn markov(data: &Data, paths: &[Path], reference: &Value, attributed: &str) {
    let chain = Chain::of(paths, 1).unwrap();
    near(
        "chance",
        chain.chance().unwrap(),
        &reference["p_conversion"],
        1e-12,
    );
    let removals = chain.removals().unwrap();
    for (channel, expected) in reference["removal_effects"].as_object().unwrap() {
        near(
            channel,
            removals[&data.names[channel]].conversions,
            expected,
            1e-11,
        );
    }
    let found = attribute(paths, Model::Markov { order: 1 }).unwrap();
    adds_up(&found);
    for (channel, expected) in reference[attributed].as_object().unwrap() {
        near(
            channel,
            found.channels[&data.names[channel]].conversions,
            expected,
            1e-11,
        );
    }
}

#[test]
fn markov_is_exact() {
    let Some(data) = marketing() else { return };
    let with_nulls = &data.reference["markov_order1_exact_with_null"];
    markov(&data, &data.paths, with_nulls, "attributed_conversions");
    let mut converted = data.paths.clone();
    for path in &mut converted {
        path.nulls = 0;
    }
    let without = &data.reference["markov_order1_exact_conversions_only"];
    markov(&data, &converted, without, "attributed_conversions");
    let removals = Chain::of(&data.paths, 1).unwrap().removals().unwrap();
    let library = &data.reference["markov_order1_library"]["removal_effects"];
    for row in library.as_array().unwrap() {
        // the library draws its walks: about two percent of a conversion's chance
        let removal = removals[&data.names[row["channel_name"].as_str().unwrap()]];
        near(
            "drawn",
            removal.conversions,
            &row["removal_effects_conversion"],
            0.02,
        );
        near(
            "drawn",
            removal.value,
            &row["removal_effects_conversion_value"],
            0.02,
        );
    }
}

#[test]
fn higher_orders_add_up_and_both_solvers_agree() {
    let Some(data) = marketing() else { return };
    for order in [2, 3] {
        let chain = Chain::of(&data.paths, order).unwrap();
        let removals = chain.removals().unwrap();
        for removal in removals.values() {
            assert!((0.0..=1.0).contains(&removal.conversions));
        }
        // every path's own end: at any order the chance of a conversion is the share that converted
        let share = 7_643.0 / (7_643.0 + 26_146.0);
        close("chance", chain.chance().unwrap(), share, 1e-9);
        adds_up(&attribute(&data.paths, Model::Markov { order }).unwrap());
    }
    assert!(Chain::of(&data.paths, 3).unwrap().states() > 400);
}

#[test]
fn clicks_of_one_channel_each() {
    let columns = ["conversions", "", "nulls"];
    let Some(data) = load("clickstream-ecom", "ref_paths.csv.zst", columns) else {
        return;
    };
    let reference = &data.reference["paths"];
    markov(
        &data,
        &data.paths,
        &reference["markov_order1_exact"],
        "attributed",
    );
    let models = [
        (Model::First, "first_touch"),
        (Model::Last, "last_touch"),
        (Model::Linear, "linear"),
        (Model::Shapley, "linear"),
    ];
    for (model, name) in models {
        let found = attribute(&data.paths, model).unwrap();
        adds_up(&found);
        for (channel, expected) in reference[name].as_object().unwrap() {
            let account = found.channels[&data.names[channel]];
            near(channel, account.conversions, expected, 1e-11);
        }
    }
}
