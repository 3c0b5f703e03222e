//! From text to a plan that verifies: what the language page lists, construct by construct.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "a test that is wrong must stop"
)]

use journey_compiler::load::{File, lone_file};
use journey_compiler::lower::lower;
use journey_compiler::{Database, check, checked};
use journey_program::host::HostOp;
use journey_program::ir::Inst;
use journey_program::plan::Program as Plan;
use journey_program::types::FunctionId;

/// The plan, or what is wrong with the program or with the plan.
fn try_plan(text: &str) -> Result<Plan, String> {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("shop.journey", text));
    let Some(program) = checked(&db, workspace) else {
        let problems = check(&db, workspace).into_iter().map(|problem| {
            let (start, end) = (problem.at.start as usize, problem.at.end as usize);
            format!(
                "{} at `{}`: {}\n",
                problem.code,
                &text[start..end],
                problem.message
            )
        });
        return Err(problems.collect());
    };
    let plan = lower(&program, &|_, byte| (1, byte + 1));
    let problems = journey_program::verify::verify(&plan)
        .err()
        .unwrap_or_default();
    if problems.is_empty() {
        Ok(plan)
    } else {
        Err(problems
            .iter()
            .map(|problem| format!("{problem}\n"))
            .collect())
    }
}

fn plan(text: &str) -> Plan {
    try_plan(text).unwrap_or_else(|problems| panic!("{problems}"))
}

fn calls(plan: &Plan, function: FunctionId) -> Vec<HostOp> {
    let function = &plan.functions[function.index()];
    let insts = function.blocks.iter().flat_map(|block| &block.insts);
    insts
        .filter_map(|inst| match inst {
            Inst::Call { op, .. } => Some(*op),
            _ => None,
        })
        .collect()
}

fn blocks(plan: &Plan, function: FunctionId) -> usize {
    plan.functions[function.index()].blocks.len()
}

/// A world to write audiences and journeys in.
const WORLD: &str = r#"
enum tier { none, silver, gold, platinum }
type line_item { sku: text, price: money<EUR>, quantity: int, gift: bool }
event order_placed {
    order_id: text  total: money<EUR>  items: list<line_item>  note: text = ""  category: text?  points: number
    labels: list<text>  at_shop: bool
}
event cart_updated { cart_id: text  value: money<EUR>  category: text }
event page_viewed { category: text  points: number }
event cart_lost { cart_id: text  why: text = "gone"  value: money<EUR>? }
event signup { accepts_marketing: bool  age: int }
profile {
    email: text? pii
    first_name: text? pii
    phone: text?
    tier: tier = none
    birth_date: date?
    joined: time
    renews: time?
    language: text
    country: text
    tags: list<text>
    scores: list<int>
    timezone: timezone?
    complaint_open: bool?
    age: int?
    points: int
    ratio: number
    budget: money<EUR>
    favourite: line_item?
    let orders_90d = count order_placed in last 90 days
    let lapsed = any order_placed and no order_placed in last 60 days
    let spend = sum order_placed.total in last 90 days
    let size = if spend > 100 EUR then "big" else "small"
}
identity { user_id unique }
fn discount(t: tier) -> number = match t { gold => 0.1, silver => 0.05, else => 0.0 }
fn older(a: int, b: int) -> bool = a > b
const vip_spend = 500 EUR
purpose marketing { consent opt_in granted by signup where accepts_marketing revoked by cart_lost }
purpose service { consent not_needed basis contract }
channel email {
    to email
    quiet 21:00 to 08:00 for marketing
    limit 3 per 7 days for marketing
    outcome delivered, opened unverified, clicked { link: text }, bounced
    deliver none
}
channel sms { to phone deliver none }
message hello(who: text, cart: cart_updated) for marketing {
    email { subject: "Hello {who}, {cart.value}" body: "Points {points}, {ratio}, {tier}, {joined}, {size}" }
    sms { text: "Hi {first_name ?? "friend"}" }
}
message plain for service { sms { text: "plain" } }
"#;

fn in_world(more: &str) -> Plan {
    plan(&format!("{WORLD}\n{more}"))
}

const AUDIENCES: &[&str] = &[
    r#"tier == gold"#,
    r#"tier in [silver, gold] and language in ["de", "fr", "en"]"#,
    r#"language not in ["de", "fr"]"#,
    r#"country == language"#,
    r#"country < "M""#,
    r#"country between "A" and "M""#,
    r#"country starts with "D" or country ends with "E""#,
    r#"country contains "E" and country matches /^D[A-Z]$/"#,
    r#"tags contains "vip" and not (tags contains "blocked")"#,
    r#"scores contains 3"#,
    r#"any x in tags where x starts with "v""#,
    r#"all x in scores where x > 3"#,
    r#"(count x in scores where x > 3) > 1"#,
    r#"(sum x in scores) > 3"#,
    r#"(max x in scores) ?? 0 > 3"#,
    r#"(min x in scores) ?? 0 > 3"#,
    r#"(avg x in scores) ?? 0.0 > 3.0"#,
    r#"known age and age >= 18"#,
    r#"(age ?? 18) in 18..27"#,
    r#"points + 1 > 3 and points * 2 < 100"#,
    r#"points div 2 > 3 or points mod 3 == 1"#,
    r#"points / 2 > 1.5"#,
    r#"-points < 3"#,
    r#"ratio * 2.0 - 0.5 > 1.0"#,
    r#"budget * 1.5 > 20 EUR and budget / 2.0 < 10 EUR and budget / vip_spend > 0.5"#,
    r#"least(points, 5) > 3 and greatest(ratio, 0.5) < 1.0"#,
    r#"discount(tier) > 0.05"#,
    r#"older(points, 3)"#,
    r#"(match tier { gold | platinum => 3, silver => 2, none => 0 }) > 1"#,
    r#"(match language { "de" => 1, "fr" => 2, else => 0 }) > 0"#,
    r#"(if points > 3 then points * 2 else 0) > 10"#,
    r#"(if tier == gold then "a" else "b") == "a""#,
    r#"size == "big""#,
    r#""{language}-{points}" == "de-3""#,
    r#"any order_placed in last 60 days"#,
    r#"no order_placed where total > 50 EUR in last 60 days"#,
    r#"(count order_placed where total > 50 EUR in last 90 days) >= 3"#,
    r#"orders_90d > 3"#,
    r#"lapsed"#,
    r#"(sum order_placed.total in last 90 days) > 100 EUR"#,
    r#"(avg order_placed.total in last 90 days) ?? 0 EUR > 20 EUR"#,
    r#"known first order_placed.at"#,
    r#"(last order_placed.category) ?? "" == "toys""#,
    r#"(distinct page_viewed.category in last 30 days) > 3"#,
    r#"(top page_viewed.category in last 30 days) ?? "" == "toys""#,
    r#"(count page_viewed in this calendar day) > 3"#,
    r#"(count page_viewed in last 12 months) > 3"#,
    r#"(count page_viewed since joined) > 3"#,
    r#"consent.marketing"#,
    r#"known email and consent.marketing.email"#,
    r#"now > joined + 30 days"#,
    r#"known renews and renews - 2 days < now"#,
    r#"known birth_date and years since birth_date >= 18"#,
    r#"known birth_date and today > birth_date + 1 month"#,
    r#"known favourite and favourite.price > 10 EUR and favourite.gift"#,
    r#"timezone ?? "Europe/Berlin" == "Europe/Berlin""#,
    r#"complaint_open ?? false"#,
    r#"joined < 2026-01-01T00:00:00Z"#,
    r#"points in [1, 2, 70, 5]"#,
    r#"points between 3 and 9"#,
    r#"known age and (points > age or points / age > 2.0)"#,
];

#[test]
fn every_kind_of_predicate_verifies() {
    let mut failed = String::new();
    for predicate in AUDIENCES {
        let text = format!("{WORLD}\naudience one = {predicate}");
        if let Err(problems) = try_plan(&text) {
            failed.push_str(&format!("{predicate}\n{problems}\n"));
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

/// Members and steps of a journey `one`.
const JOURNEYS: &[&str] = &[
    r#"enter on order_placed wait 3 days end done"#,
    r#"enter on order_placed where total > 20 EUR and profile.tier == gold
       while not (complaint_open ?? false) and points < 100
       exit on cart_lost goal on order_placed where total > entry.total within 7 days
       holdout 10% priority 10
       wait 1 month"#,
    r#"enter on cart_updated where value > 20 EUR key cart_id reenter after 7 days
       exit on cart_lost goal on order_placed any key
       let cart = entry
       wait up to 1 hour for {
           cart_updated => { set cart = cart_updated restart at most 100 times }
           timeout => { }
       }
       send opener = hello("x", cart) by email
       wait up to 2 days for {
           opener.clicked as click => { set first_name = click.link }
           opener.bounced => { end bounced }
           timeout => {
               send nudge = hello("{cart.category}", cart) by first of sms, email else {
                   emit cart_lost { cart_id: cart.cart_id }
               }
           }
       }"#,
    r#"enter on order_placed
       split subject { short 50% => { wait 3 days } long 50% => { wait until 09:00 } }
       match tier { gold => { let bonus = 3 } silver => { let bonus = 2 } else => { end } }
       if points > bonus { set points = bonus } else if points == 0 { end zero } else { set age = bonus }
       wait 1 day"#,
    r#"enter on order_placed
       repeat up to 3 times { wait 1 day if lapsed { leave } if points > 3 { again } set points = points + 1 }
       repeat every 30 days up to 12 times while points < 20 { send s = plain by sms }"#,
    r#"enter on order_placed
       wait until monday 09:00
       wait until 2030-01-01T00:00:00Z past { end late }
       if known renews { wait until renews - 2 days past { set first_name = "past" } }"#,
    r#"enter on order_placed
       wait up to 2 days for page_viewed where category == "toys"
       if known page_viewed { set points = 1 }"#,
    r#"enter on order_placed
       exit on cart_updated as last_cart { set points = 3 emit cart_lost { cart_id: last_cart.cart_id, value: last_cart.value } }
       wait 3 days
       if any page_viewed where category == "toys" since enter { end looked }
       if (count page_viewed since enter) > 3 { end many }
       if ((sum page_viewed.points since enter) > 3.5) { end a_lot }
       if (avg page_viewed.points since enter) ?? 0.0 > 3.5 { end average }
       if known last page_viewed.at since enter { end again_seen }"#,
    r#"enter on order_placed
       let items = entry.items
       let one = line_item(sku: "a", price: 3 EUR, quantity: 1, gift: false)
       let best = first x in entry.items where x.price > 3 EUR
       if known best { set favourite = best }
       set tags = ["a", "b"]
       set favourite = one
       let spent = sum x.price in items where x.quantity > 1
       if any x in items where x.sku == one.sku { end same }
       if spent > 3 EUR and tags contains "a" { end rich }
       wait 1 day"#,
    r#"enter on order_placed
       send s = plain by sms
       wait 1 day
       if any page_viewed since s { end looked }"#,
    r#"enter on order_placed
       wait up to 5 days for { page_viewed where points > entry.points since enter as page => { set points = 2 } timeout => { end } }"#,
    r#"enter every monday at 09:00 when (count order_placed in last 7 days) > 2  wait 1 day"#,
    r#"enter every day at 09:00  set points = points + 1"#,
    r#"enter on order_placed where (any x in items where x.price > 10 EUR) and note != ""
       if (count order_placed where order_id == entry.order_id in last 30 days) > 3 { end often }
       set points = match entry.category { "toys" => 1, "books" => 2, unknown => 3, else => 4 }
       set first_name = if entry.at_shop then "shop" else first_name
       wait 1 day"#,
];

#[test]
fn every_kind_of_step_verifies() {
    let mut failed = String::new();
    for journey in JOURNEYS {
        let text = format!("{WORLD}\njourney one {{\n{journey}\n}}");
        if let Err(problems) = try_plan(&text) {
            failed.push_str(&format!("{journey}\n{problems}\n"));
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

/// Predicates over scalars, sets and constants are one straight line: no branch, no host.
#[test]
fn cheap_predicates_are_a_straight_line() {
    let plan = in_world(
        r#"
audience a = tier in [silver, gold] and (country == "DE" or language in ["de", "fr"]) and points > 3
audience b = (age ?? 18) >= 18 and not (tags contains "blocked") and orders_90d > 3 and lapsed
audience c = a and not b and consent.marketing.email and (match tier { gold => 3, else => 1 }) > 2
"#,
    );
    let together = plan.audiences_fn.unwrap();
    assert_eq!(calls(&plan, together), []);
    assert_eq!(blocks(&plan, together), 1);
}

/// What a text asks of another is asked only where all cheap operands let it, and both are no constants.
#[test]
fn a_text_asks_the_host_last() {
    let plan = in_world("audience a = country == language and points > 3");
    let together = plan.audiences_fn.unwrap();
    assert_eq!(calls(&plan, together), [HostOp::TextEq]);
    assert!(blocks(&plan, together) > 1);
}

/// A filter that may fault stands apart as well: its fault is false for it alone.
#[test]
fn filters_that_may_fault_stand_apart() {
    let plan = in_world(
        r#"
audience a = (count order_placed where total / points > 3.0 EUR in last 30 days) > 1
audience b = (count order_placed where at_shop in last 30 days) > 1 and points + 1 > 3
"#
        .replace("total / points > 3.0 EUR", "total * points > 3 EUR")
        .as_str(),
    );
    let order = plan
        .events
        .iter()
        .find(|e| e.name == "order_placed")
        .unwrap();
    let together = &plan.functions[order.feed_fn.unwrap().index()];
    assert_eq!(together.results.len(), 2);
    assert_eq!(order.filters.len(), 2);
    assert!(plan.audiences.iter().all(|a| a.watch.predicate.is_some()));
}

#[test]
fn a_send_may_cost_less_than_a_coin() {
    let cost = |amount: &str| {
        let text = format!(
            "const COIN = 0.05 EUR\nchannel post {{ to email  cost {amount}  deliver file \"post.txt\" }}"
        );
        let plan = try_plan(&format!("{WORLD}\n{text}"))?;
        let post = plan.channels.iter().find(|channel| channel.name == "post");
        Ok::<_, String>(post.unwrap().cost.unwrap().millionths)
    };
    assert_eq!(cost("0.001 EUR"), Ok(1_000));
    assert_eq!(cost("2 JPY"), Ok(2_000_000));
    assert_eq!(cost("COIN"), Ok(50_000));
    assert!(
        cost("0.0000001 EUR")
            .unwrap_err()
            .contains("digits after the point")
    );
    assert!(cost("-1 EUR").unwrap_err().contains("below zero"));
}
