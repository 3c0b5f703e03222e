//! Who people are, in every order: the same events, whichever side is met first, end in the same state; and of
//! somebody who was erased nothing is left.

use journey_cli::compile::{self, Execution};
use journey_compiler::db::Database;
use journey_compiler::load::{File, MANIFEST, project};
use journey_program::types::{EventId, Value};
use journey_runtime::actions::ActionKind;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::input::{EraseInput, EventInput, Identifiers, Input, ProfileInput};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const SHOP: &str = r#"
event page_seen { topic: text }
event order_placed { total: money<EUR> }
event opted { yes: bool }
identity {
    user_id unique
    email unique, normalise lower
    device_id shared by at most 3
    ignore "null"
}
profile {
    city: text?
    let orders = count order_placed
    let spent = sum order_placed.total in last 90 days
    let topics = distinct page_seen.topic in last 30 days
    let topic = top page_seen.topic in last 30 days
    let browsed = count page_seen followed by order_placed within 2 days
    let pause = avg gap order_placed
}
purpose marketing {
    consent opt_in
    granted by opted where yes
    revoked by opted where not yes
}
channel mail { to email  outcome delivered  limit 2 per 7 days  deliver none  retry never }
message thanks for marketing { mail { subject: "thanks" } }
audience buyer = orders > 0
audience regular = orders > 2
journey thank {
    enter on order_placed
    reenter after 1 hour
    wait 3 days
    send note = thanks by mail
    wait 2 days
}
"#;

struct Shop {
    execution: Execution,
    events: BTreeMap<String, EventId>,
    city: u32,
}

fn shop() -> Shop {
    shop_with("")
}

/// With more lines in its `journey.toml`.
fn shop_with(settings: &str) -> Shop {
    let db = Database::default();
    let manifest = format!("[project]\nname = \"shop\"\ntimezone = \"UTC\"\n{settings}");
    let files = vec![
        File::new(MANIFEST, manifest.as_bytes()),
        File::new("shop.journey", SHOP.as_bytes()),
    ];
    let workspace = project(&db, files);
    let problems = journey_compiler::check(&db, workspace);
    let program = journey_compiler::checked(&db, workspace);
    let program = program.unwrap_or_else(|| panic!("{problems:?}"));
    let sources = [("shop.journey".to_owned(), SHOP.to_owned())].into();
    let plan = Arc::new(compile::plan(&program, &sources).unwrap());
    let names = plan.events.iter().enumerate();
    let fields = &plan.records[plan.profile.record.index()].fields;
    let city = fields.iter().position(|f| f.name == "city").unwrap();
    Shop {
        events: names
            .map(|(at, event)| (event.name.clone(), EventId::new(at)))
            .collect(),
        city: u32::try_from(city).unwrap(),
        execution: Execution::interpreter(&plan),
    }
}

const START: i64 = 1_772_442_000_000;
const HOUR: i64 = 3_600_000;

fn ids(text: &str) -> Identifiers {
    let number = |name: &str| match name {
        "u" => 0,
        "e" => 1,
        _ => 2,
    };
    text.split_whitespace()
        .map(|id| {
            let (name, value) = id.split_once(':').unwrap();
            (number(name), value.to_owned())
        })
        .collect()
}

impl Shop {
    fn engine(&self) -> Engine {
        Engine::new(
            self.execution.plan.clone(),
            self.execution.executor(),
            Options {
                salt: "pepper".to_owned(),
                ..Options::all()
            },
        )
    }

    fn event(&self, id: &str, hour: i64, who: &str, name: &str, fields: Vec<Value>) -> Input {
        Input::Event(EventInput {
            event: self.events[name],
            id: id.to_owned(),
            at: START + hour * HOUR,
            source: String::new(),
            ids: ids(who),
            fields,
        })
    }

    fn seen(&self, id: &str, hour: i64, who: &str, topic: &str) -> Input {
        self.event(
            id,
            hour,
            who,
            "page_seen",
            vec![Value::Text(topic.to_owned())],
        )
    }

    fn order(&self, id: &str, hour: i64, who: &str, euros: i64) -> Input {
        let total = Value::Money(euros * 100, journey_tests::progen::trace::euro());
        self.event(id, hour, who, "order_placed", vec![total])
    }

    fn opted(&self, id: &str, hour: i64, who: &str, yes: bool) -> Input {
        self.event(id, hour, who, "opted", vec![Value::Bool(yes)])
    }

    fn city(&self, id: &str, hour: i64, who: &str, city: &str) -> Input {
        Input::Profile(ProfileInput {
            id: id.to_owned(),
            at: START + hour * HOUR,
            source: String::new(),
            ids: ids(who),
            writes: vec![(self.city, Value::Text(city.to_owned()))],
        })
    }

    /// What is known of everybody in the end, however they came to be known.
    fn end(&self, inputs: &[Input], hour: i64) -> BTreeSet<String> {
        let mut engine = self.engine();
        for input in inputs {
            engine.input(input.clone());
        }
        engine.advance(START + hour * HOUR);
        let names = ["u1", "u2", "e1@x", "e2@x", "d1", "d2"];
        let views = names.iter().filter_map(|name| engine.person_view(name));
        views.map(|view| format!("{view:?}")).collect()
    }
}

/// All orders of these.
fn permutations<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    if items.len() < 2 {
        return vec![items.to_vec()];
    }
    let mut all = Vec::new();
    for at in 0..items.len() {
        let mut rest = items.to_vec();
        let first = rest.remove(at);
        for mut tail in permutations(&rest) {
            tail.insert(0, first.clone());
            all.push(tail);
        }
    }
    all
}

#[test]
fn every_order_of_what_links_people_ends_the_same() {
    let shop = shop();
    let before = [
        shop.order("a", 0, "u:u1", 10),
        shop.city("b", 1, "e:e1@x", "Rome"),
        shop.seen("c", 2, "d:d1", "shoes"),
        shop.order("d", 3, "e:E1@x", 20),
        shop.city("e", 4, "u:u1", "Oslo"),
        shop.opted("f", 5, "d:d1", false),
        shop.opted("g", 6, "u:u1", true),
        shop.seen("h", 7, "e:e2@x", "hats"),
        shop.order("i", 8, "d:d2", 30),
    ];
    // five people, linked in every order at one instant
    let links = [
        shop.seen("k1", 9, "u:u1 e:e1@x", "x"),
        shop.seen("k2", 9, "e:e1@x d:d1", "x"),
        shop.seen("k3", 9, "u:u1 d:d2", "x"),
        shop.seen("k4", 9, "u:u1 e:e2@x", "x"),
    ];
    let after = [
        shop.order("l", 30, "d:d1", 5),
        shop.seen("m", 31, "u:u1 e:e1@x", "x"),
    ];
    let mut ends = BTreeSet::new();
    for order in permutations(&links) {
        let all: Vec<Input> = before.iter().chain(&order).chain(&after).cloned().collect();
        ends.insert(shop.end(&all, 24 * 9));
    }
    assert_eq!(ends.len(), 1, "{ends:#?}");
    let end = ends.pop_first().unwrap();
    assert_eq!(end.len(), 1, "they are one person: {end:#?}");
    let person = end.first().unwrap();
    for wanted in ["\"u1\"", "Oslo", "false"] {
        assert!(person.contains(wanted), "{wanted} in {person}");
    }
}

#[test]
fn every_order_of_one_instants_events_makes_one_person() {
    let shop = shop();
    // all at one instant: whoever comes first, the smaller id of the first event is the earlier person
    let all = [
        shop.order("a", 0, "u:u1", 10),
        shop.order("b", 0, "e:e1@x", 20),
        shop.seen("c", 0, "d:d1", "shoes"),
        shop.opted("d", 0, "e:e1@x", false),
        shop.opted("e", 0, "u:u1", true),
    ];
    let link = [shop.seen("z", 1, "u:u1 e:e1@x d:d1", "shoes")];
    let mut ends = BTreeSet::new();
    for order in permutations(&all) {
        let inputs: Vec<Input> = order.iter().chain(&link).cloned().collect();
        ends.insert(shop.end(&inputs, 24 * 9));
    }
    assert_eq!(ends.len(), 1, "{ends:#?}");
}

#[test]
fn of_whom_was_erased_nothing_is_left() {
    let shop = shop();
    let mut engine = shop.engine();
    for input in [
        shop.order("a", 0, "u:secret-7 e:secret-7@x d:d1", 10),
        shop.opted("b", 1, "u:secret-7", true),
        shop.city("c", 2, "e:secret-7-old@x", "secret-7-town"),
        shop.seen("d", 3, "u:secret-7 e:secret-7-old@x", "shoes"),
        shop.order("e", 3, "u:u2 d:d1", 10),
    ] {
        engine.input(input);
    }
    engine.take_actions();
    let erase = |id: &str, hour: i64, who: &str| {
        Input::Erase(EraseInput {
            id: id.to_owned(),
            at: START + hour * HOUR,
            ids: ids(who),
        })
    };
    engine.input(erase("r1", 5, "e:secret-7@x"));
    let actions = engine.take_actions();
    let kinds: Vec<String> = actions
        .iter()
        .map(|action| match &action.kind {
            ActionKind::Exit { reason, .. } => format!("exit {reason}"),
            other => other.name().to_owned(),
        })
        .collect();
    assert_eq!(kinds, ["exit erased", "erase"]);
    let state = format!("{:?}", engine.state());
    assert!(!state.contains("secret-7"), "{state}");
    assert_eq!(engine.state().erasures.len(), 1);
    assert_eq!(engine.state().erasures[0].prints.len(), 3);
    // nothing brings them back, by none of their names, beside others' or by what they were sent
    for (number, who) in ["u:secret-7", "e:secret-7-old@x", "u:u2 e:SECRET-7@x"]
        .into_iter()
        .enumerate()
    {
        let id = format!("again{number}");
        engine.input(shop.seen(&id, 6, who, "shoes"));
    }
    let dead = engine.take_dead_letters();
    assert!(dead.iter().all(|letter| letter.reason == "erased"));
    assert_eq!(dead.len(), 3);
    assert!(!format!("{dead:?}").to_lowercase().contains("secret"));
    // who shared a device goes on
    engine.input(shop.order("f", 7, "d:d1", 10));
    assert!(engine.person_view("u2").is_some_and(|p| *p.id == *"u2"));
    assert_eq!(engine.take_dead_letters().len(), 0);
    assert!(!format!("{:?}", engine.state()).contains("secret-7"));
    // nobody is erased twice
    engine.input(erase("r2", 8, "u:nobody"));
    let dead = engine.take_dead_letters();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].reason, "no_person");
    assert_eq!(engine.counters().erased, 1);
    engine.advance(START + 24 * 20 * HOUR);
    assert!(engine.pending().edges <= 1);
}

/// What is held back for its turn goes with whom it names; by a device that people share it may be another's.
#[test]
fn who_is_erased_takes_nothing_of_others_on_a_shared_device() {
    let shop = shop_with("[runtime]\nreorder = \"2 hours\"\n");
    let mut engine = shop.engine();
    for input in [
        shop.order("a", 0, "u:u1 d:d1", 10),
        shop.order("b", 1, "u:u2 d:d1", 10),
        shop.order("c", 2, "u:u2", 10),
        // everything so far has its turn now
        shop.seen("d", 10, "u:u3", "x"),
        shop.seen("e", 13, "u:u3", "x"),
        // held: one of whom will be erased, one by the device
        shop.order("f", 14, "u:u1", 10),
        shop.order("g", 14, "d:d1", 10),
        Input::Erase(EraseInput {
            id: "r".to_owned(),
            at: START + 13 * HOUR,
            ids: ids("u:u1"),
        }),
    ] {
        engine.input(input);
    }
    engine.advance(START + 24 * HOUR);
    let regulars: Vec<String> = engine
        .take_actions()
        .into_iter()
        .filter(|action| matches!(&action.kind, ActionKind::Audience { audience, .. } if **audience == *"regular"))
        .map(|action| action.profile.to_string())
        .collect();
    assert_eq!(regulars, ["u2"], "three orders, one by the device");
    assert!(engine.person_view("u1").is_none());
}
