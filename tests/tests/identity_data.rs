//! Who people are, on data of others: Segment's walk-through of one buyer over two apps and three devices, and the
//! record-linkage sets of FEBRL, where a union-find over the same keys says who must come together.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "only tests use it: a broken assumption must stop them"
)]

use journey_cli::compile::{self, Execution};
use journey_compiler::db::Database;
use journey_compiler::load::{File, MANIFEST, project};
use journey_program::types::EventId;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::input::{EventInput, Identifiers, Input};
use journey_tests::data::shared;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const START: i64 = 1_772_442_000_000;

fn engine(text: &str) -> Engine {
    let db = Database::default();
    let files = vec![
        File::new(
            MANIFEST,
            b"[project]\nname = \"data\"\ntimezone = \"UTC\"\n",
        ),
        File::new("data.journey", text.as_bytes()),
    ];
    let workspace = project(&db, files);
    let problems = journey_compiler::check(&db, workspace);
    let program = journey_compiler::checked(&db, workspace);
    let program = program.unwrap_or_else(|| panic!("{problems:?}"));
    let sources = [("data.journey".to_owned(), text.to_owned())].into();
    let plan = Arc::new(compile::plan(&program, &sources).unwrap());
    let execution = Execution::interpreter(&plan);
    Engine::new(plan, execution.executor(), Options::all())
}

fn seen(number: usize, ids: Identifiers) -> Input {
    Input::Event(EventInput {
        event: EventId::new(0),
        id: format!("e{number}"),
        at: START + i64::try_from(number).unwrap(),
        source: String::new(),
        ids,
        fields: Vec::new(),
    })
}

// ── Segment: an anonymous visitor becomes a buyer, on another device, in another app ─────────────

const KICKS: &str = "
event seen {}
identity {
    user_id unique
    email unique, normalise lower
    ios_id shared by at most 5
    android_id shared by at most 5
    anonymous_id shared by at most 5
    ignore \"-1\", \"null\", \"anonymous\", \"0\"
}
profile { let visits = count seen }
audience whole = visits >= 5
";

fn kicks_ids(event: &Value) -> Identifiers {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let device = &event["context"]["device"];
    let of = |kind: &str| {
        let is = device["type"].as_str() == Some(kind);
        text(&device["id"]).filter(|_| is)
    };
    let found = [
        text(&event["userId"]),
        None,
        of("ios"),
        of("android"),
        text(&event["anonymousId"]),
    ];
    let numbered = (0u32..).zip(found);
    numbered
        .filter_map(|(number, value)| Some((number, value?)))
        .collect()
}

#[test]
fn segments_jane_doe_is_one_person() {
    let Some(bytes) = shared("identity-segment-walkthrough/jane_doe.json") else {
        return;
    };
    let data: Value = serde_json::from_slice(&bytes).unwrap();
    let events = data["events_in_order"].as_array().unwrap();
    let mut engine = engine(KICKS);
    for (number, event) in events.iter().enumerate() {
        engine.input(seen(number, kicks_ids(event)));
    }
    assert_eq!(engine.counters().people, 1, "all events are of one profile");
    assert_eq!(engine.counters().identity_conflicts, 0);
    let names = [
        "abc123def",
        "ios_abc123",
        "and_1a2b3c4d",
        "anon_123",
        "anon_456",
        "anon_789",
    ];
    for name in names {
        let view = engine.person_view(name).unwrap();
        assert_eq!(&*view.id, "ios_abc123", "{name}");
        assert_eq!(view.audiences.len(), 1, "all five events count: {view:?}");
    }
}

#[test]
fn blocked_values_of_segment_merge_nobody() {
    let mut engine = engine(KICKS);
    for (number, blocked) in ["-1", "null", "anonymous", "0"].into_iter().enumerate() {
        let user = (0, format!("u{number}"));
        engine.input(seen(number, vec![user, (4, blocked.to_owned())]));
    }
    assert_eq!(engine.counters().people, 4);
    // the shared iPad in a shop: each buyer is somebody else
    for number in 0..4 {
        let ids = vec![(0, format!("u{number}")), (2, "ipad".to_owned())];
        engine.input(seen(10 + number, ids));
    }
    assert_eq!(engine.counters().people, 4);
    assert_eq!(engine.counters().merges, 0);
}

// ── FEBRL: records that agree in a key ──────────────────────────────────────────────────────────

const RECORDS: &str = "
event seen {}
identity {
    unused unique
    soc_sec_id shared by at most 10000
    name_and_birth shared by at most 10000
    birth_and_postcode shared by at most 10000
}
";

struct Record {
    /// the number of the original: the truth
    entity: String,
    ids: Identifiers,
}

fn records(file: &str) -> Option<Vec<Record>> {
    let packed = shared(&format!("identity-febrl/{file}.csv.zst"))?;
    let bytes = zstd::decode_all(&packed[..]).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next()?.split(',').map(str::trim).collect();
    let place = |name: &str| head.iter().position(|h| *h == name).unwrap();
    let line = |line: &str| {
        let cells: Vec<String> = line.split(',').map(|c| c.trim().to_owned()).collect();
        assert_eq!(cells.len(), head.len(), "{line}");
        let cell = |name: &str| cells[place(name)].clone();
        let both = |a: &str, b: &str| {
            let (a, b) = (cell(a), cell(b));
            (!a.is_empty() && !b.is_empty()).then(|| format!("{a}|{b}"))
        };
        let all = [
            Some(cell("soc_sec_id")),
            both("surname", "date_of_birth"),
            both("date_of_birth", "postcode"),
        ];
        Record {
            entity: cell("rec_id").split('-').nth(1).unwrap().to_owned(),
            ids: (1u32..)
                .zip(all)
                .filter_map(|(number, value)| Some((number, value?)))
                .collect(),
        }
    };
    Some(lines.map(line).collect())
}

/// The groups of records by union-find over the keys with these numbers.
fn groups(records: &[Record], keys: &[u32]) -> BTreeSet<Vec<usize>> {
    let mut root: Vec<usize> = (0..records.len()).collect();
    fn find(root: &mut [usize], of: usize) -> usize {
        let mut at = of;
        while root[at] != at {
            root[at] = root[root[at]];
            at = root[at];
        }
        at
    }
    let mut first: BTreeMap<&(u32, String), usize> = BTreeMap::new();
    for (number, record) in records.iter().enumerate() {
        for id in record.ids.iter().filter(|id| keys.contains(&id.0)) {
            let other = *first.entry(id).or_insert(number);
            let (a, b) = (find(&mut root, number), find(&mut root, other));
            root[a.max(b)] = a.min(b);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for number in 0..records.len() {
        let at = find(&mut root, number);
        groups.entry(at).or_default().push(number);
    }
    groups.into_values().collect()
}

/// The groups that the engine makes, told the records in this order.
fn people(records: &[Record], keys: &[u32], order: &[usize]) -> BTreeSet<Vec<usize>> {
    let mut engine = engine(RECORDS);
    let ids = |record: usize| -> Identifiers {
        let ids = records[record].ids.iter();
        ids.filter(|id| keys.contains(&id.0)).cloned().collect()
    };
    for (number, record) in order.iter().enumerate() {
        engine.input(seen(number, ids(*record)));
    }
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for record in 0..records.len() {
        let ids = ids(record);
        let (number, value) = ids.first().unwrap();
        let who = engine.person_by(*number, value).unwrap();
        groups.entry(format!("{who:?}")).or_default().push(record);
    }
    assert_eq!(
        u64::try_from(groups.len()).unwrap(),
        engine.counters().people
    );
    groups.into_values().collect()
}

fn pairs(groups: &BTreeSet<Vec<usize>>) -> usize {
    groups.iter().map(|g| g.len() * (g.len() - 1) / 2).sum()
}

#[test]
fn records_that_share_keys_come_together_as_by_union_find() {
    let reference = shared("identity-febrl/reference.json");
    let Some(reference) = reference.map(|bytes| serde_json::from_slice::<Value>(&bytes).unwrap())
    else {
        return;
    };
    for file in ["dataset1", "dataset3"] {
        let records = records(file).unwrap();
        let said = &reference["sets"][file];
        assert_eq!(said["records"].as_u64(), Some(records.len() as u64));
        let forwards: Vec<usize> = (0..records.len()).collect();
        let backwards: Vec<usize> = forwards.iter().rev().copied().collect();
        let mut shuffled = forwards.clone();
        shuffled.sort_by_key(|number| (number * 7_919) % 10_007);
        // one key: the published counts of pairs
        let one = people(&records, &[1], &forwards);
        let rule = &said["exact_key_rules"]["soc_sec_id"];
        assert_eq!(rule["pairs"].as_u64(), Some(pairs(&one) as u64));
        let truth = |group: &Vec<usize>| {
            let mut of = group.iter().map(|r| &records[*r].entity);
            let first = of.next();
            of.all(|entity| Some(entity) == first)
        };
        assert!(one.iter().all(truth), "precision is 1");
        // three keys: chains of records, in every order the same people
        let expected = groups(&records, &[1, 2, 3]);
        for order in [&forwards, &backwards, &shuffled] {
            assert_eq!(people(&records, &[1, 2, 3], order), expected, "{file}");
        }
        assert!(pairs(&expected) > pairs(&one));
    }
}
