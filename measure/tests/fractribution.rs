//! Snowplow's fractribution: from its sessions and conversions to its paths, its transformed paths, their
//! summary, and the credit of all its models, table by table as published.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

#[expect(dead_code, reason = "another test takes it")]
#[path = "common/data.rs"]
mod data;

use data::{Row, close, number, table, text};
use journey_measure::credit::{Channel, Model, Path, Touch, attribute};
use journey_measure::paths::{Transform, Window, paths, summary, transform};
use std::collections::BTreeMap;

const DAY: i64 = 86_400_000;

fn file(name: &str) -> Option<Vec<Row>> {
    table(&format!("snowplow-fractribution/{name}_expected.csv"))
}

fn instant(text: &str) -> i64 {
    let time: jiff::civil::DateTime = text.parse().unwrap();
    time.to_zoned(jiff::tz::TimeZone::UTC)
        .unwrap()
        .timestamp()
        .as_millisecond()
}

/// Sessions, and conversions with their revenue.
type Person = (Vec<Touch>, Vec<(i64, f64)>);

#[derive(Default)]
struct Data {
    names: Vec<String>,
    people: BTreeMap<String, Person>,
}

impl Data {
    fn channel(&mut self, name: &str) -> Channel {
        let known = self.names.iter().position(|known| known == name);
        let at = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        Channel::try_from(at).unwrap()
    }

    fn load() -> Option<Self> {
        let mut data = Self::default();
        let mut sessions = file("sessions_by_customer_id")?;
        sessions.sort_by_key(|row| text(row, "visit_start_tstamp").to_owned());
        for row in &sessions {
            let at = instant(text(row, "visit_start_tstamp"));
            let channel = data.channel(text(row, "channel"));
            let person = data
                .people
                .entry(text(row, "customer_id").to_owned())
                .or_default();
            let cost = 0.0;
            person.0.push(Touch { channel, at, cost });
        }
        for row in file("conversions_by_customer_id")? {
            let at = instant(text(&row, "conversion_tstamp"));
            let person = data
                .people
                .entry(text(&row, "customer_id").to_owned())
                .or_default();
            person.1.push((at, number(&row, "revenue")));
        }
        Some(data)
    }

    /// Everybody's paths, as they are; those without conversion end at the person's last session.
    fn paths(&self) -> BTreeMap<String, Vec<Path>> {
        let within = Some(30 * DAY);
        let restart = false;
        let walk = |(id, (touches, conversions)): (&String, &Person)| {
            let until = touches.last().map_or(0, |touch| touch.at);
            let window = Window { within, restart };
            (id.clone(), paths(touches, conversions, window, until))
        };
        self.people.iter().map(walk).collect()
    }

    fn named(&self, channels: impl Iterator<Item = Channel>) -> String {
        let names = channels.map(|channel| self.names[channel as usize].clone());
        names.collect::<Vec<_>>().join(" > ")
    }
}

fn transformed(path: &Path) -> Path {
    let touches = transform(&path.touches, Transform::Exposure);
    Path {
        touches,
        ..path.clone()
    }
}

#[test]
fn paths_are_those_published() {
    let Some(data) = Data::load() else { return };
    let paths = data.paths();
    let mut converted = 0;
    for row in file("paths_to_conversion").unwrap() {
        let end = instant(text(&row, "conversion_tstamp"));
        let paths = &paths[text(&row, "customer_id")];
        let path = paths.iter().find(|path| path.end == end).unwrap();
        assert_eq!(data.named(path.channels()), text(&row, "path"));
        assert_eq!(
            data.named(transformed(path).channels()),
            text(&row, "transformed_path")
        );
        close("revenue", path.value, number(&row, "revenue"), 1e-12);
        converted += 1;
    }
    let mut others = 0;
    for row in file("paths_to_non_conversion").unwrap() {
        let [path] = &paths[text(&row, "customer_id")][..] else {
            panic!("one path of {row:?}");
        };
        assert_eq!((path.conversions, path.nulls), (0, 1));
        assert_eq!(data.named(path.channels()), text(&row, "path"));
        assert_eq!(
            data.named(transformed(path).channels()),
            text(&row, "transformed_path")
        );
        others += 1;
    }
    let walks: Vec<&Path> = paths.values().flatten().collect();
    assert_eq!(
        walks.iter().filter(|path| path.conversions == 1).count(),
        converted
    );
    assert_eq!(walks.iter().filter(|path| path.nulls == 1).count(), others);
}

#[test]
fn the_summary_is_that_published() {
    let Some(data) = Data::load() else { return };
    let paths: Vec<Path> = data.paths().values().flatten().map(transformed).collect();
    let found = summary(&paths);
    let rows = file("path_summary").unwrap();
    assert_eq!(found.len(), rows.len());
    for row in rows {
        let path = text(&row, "transformed_path");
        let same = |found: &&journey_measure::paths::Summary| {
            data.named(found.channels.iter().copied()) == path
        };
        let found = found.iter().find(same).unwrap();
        let revenue = text(&row, "revenue").parse().unwrap_or(0.0);
        assert_eq!(
            found.conversions as f64,
            number(&row, "conversions"),
            "{path}"
        );
        assert_eq!(
            found.nulls as f64,
            number(&row, "non_conversions"),
            "{path}"
        );
        close(path, found.value, revenue, 1e-12);
    }
}

#[test]
fn credit_is_that_published() {
    let Some(mut data) = Data::load() else { return };
    let paths: Vec<Path> = data.paths().values().flatten().map(transformed).collect();
    let mut compared = 0;
    for row in file("report_table").unwrap() {
        let model = match text(&row, "ATTRIBUTION_TYPE") {
            "shapley" => Model::Marginal,
            "first_touch" => Model::First,
            "last_touch" => Model::Last,
            "linear" => Model::Linear,
            "position_based" => Model::Position,
            other => panic!("{other}"),
        };
        let mut found = attribute(&paths, model).unwrap();
        let channel = data.channel(text(&row, "CHANNEL"));
        let account = found.channels.entry(channel).or_default();
        account.cost = number(&row, "SPEND");
        // the tables round each path's shares to three decimals
        let what = format!("{model:?} {}", text(&row, "CHANNEL"));
        close(
            &what,
            account.conversions,
            number(&row, "CONVERSIONS"),
            1e-3,
        );
        close(&what, account.value, number(&row, "REVENUE"), 1e-3);
        close(
            &what,
            account.return_on_cost().unwrap(),
            number(&row, "ROAS"),
            1e-6,
        );
        compared += 1;
    }
    assert!(compared >= 12, "{compared}");
}
