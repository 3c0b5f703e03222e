//! From text to a plan that verifies: what the language page lists, construct by construct.

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
            format!("{} at `{}`: {}\n", problem.code, &text[start..end], problem.message)
        });
        return Err(problems.collect());
    };
    let plan = lower(&program, &|_, byte| (1, byte + 1));
    let problems = journey_program::verify::verify(&plan).err().unwrap_or_default();
    if problems.is_empty() {
        Ok(plan)
    } else {
        Err(problems.iter().map(|problem| format!("{problem}\n")).collect())
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

fn branches(plan: &Plan, function: FunctionId) -> usize {
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
    r#"age in 18..27 ?? false"#,
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
    r#"now - joined > 30 days"#,
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
#[test]
fn debug() {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("shop.journey", WORLD));
    let program = checked(&db, workspace).unwrap();
    println!("{:?}", program.channels);
    println!("{:?} {:?}", program.records[0], program.records[3]);println!("{:?}", check(&db, workspace));
    println!("{:?}", program.records.iter().map(|r| (&r.name, r.fields.len())).collect::<Vec<_>>());
    panic!();
}
