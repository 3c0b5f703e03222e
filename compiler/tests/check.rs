//! Whole programs through the front end: what is accepted, and what each mistake is called.

use journey_compiler::load::{File, lone_file};
use journey_compiler::{Database, check, checked};

/// The problems of a program, as `code at text`.
fn problems(text: &str) -> Vec<String> {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("shop.journey", text));
    check(&db, workspace)
        .into_iter()
        .filter(|problem| problem.code != "no-timezone")
        .map(|problem| {
            let (start, end) = (problem.at.start as usize, problem.at.end as usize);
            format!(
                "{} at {start} `{}`: {}",
                problem.code,
                &text[start..end],
                problem.message
            )
        })
        .collect()
}

const SHOP: &str = r#"
enum tier { none, silver, gold }
type line_item { sku: text, price: money<EUR> }
const vip_spend = 500 EUR
fn discount(t: tier) -> number = match t { gold => 0.1, silver => 0.05, none => 0.0 }
event order_placed { order_id: text total: money<EUR> items: list<line_item> note: text = "" }
event cart_updated { cart_id: text value: money<EUR> }
event cart_lost { cart_id: text }
event signup { accepts_marketing: bool }
profile {
    email: text? pii
    first_name: text? pii
    tier: tier = none
    timezone: timezone?
    complaint_open: bool?
    let orders_90d = count order_placed in last 90 days
    let lapsed = any order_placed and no order_placed in last 60 days
    let vip = orders_90d > 3 or lapsed
}
identity { user_id unique }
source till from csv {
    identify { user_id: customer }
    => order_placed { at: sold_on, order_id: receipt, total: amount, items: [] }
}
purpose marketing { consent opt_in granted by signup where accepts_marketing }
channel email {
    to email
    quiet 21:00 to 08:00 for marketing
    limit 3 per 7 days for marketing
    outcome delivered, opened unverified, clicked { link: text }, bounced
    deliver none
}
channel sms { to user_id deliver none }
audience lapsed_vip = tier == gold and lapsed
audience reachable = known email and consent.marketing.email and not lapsed_vip
message cart_reminder(cart: cart_updated) for marketing {
    email { subject: "You left {cart.value} behind, {first_name ?? "friend"}" body: "Come back." }
    sms { text: "Your cart is waiting." }
}
/// Brings people back to what they left in the cart.
journey abandoned_cart {
    enter on cart_updated where value > 20 EUR key cart_id
    reenter after 7 days
    while not (complaint_open ?? false)
    exit on order_placed any key
    goal on order_placed any key within 7 days
    holdout 10%
    priority 10

    let cart = entry
    wait up to 1 hour for {
        cart_updated => { set cart = cart_updated restart at most 100 times }
        timeout => { }
    }
    send reminder = cart_reminder(cart) by email
    wait up to 2 days for {
        reminder.clicked as click => { set first_name = click.link }
        reminder.bounced => { end bounced }
        timeout => {
            send nudge = cart_reminder(cart) by first of sms, email else { emit cart_lost { cart_id: cart.cart_id } }
        }
    }
    split subject { short 50% => { wait 3 days } long 50% => { wait until 09:00 } }
    match tier { gold => { let bonus = 3 } silver | none => { let bonus = 1 } }
    repeat up to 3 times { wait 1 day if lapsed { leave } }
}
test "nobody who buys within the hour is reminded" {
    profile { user_id: "u1", email: "a@example.com", tier: gold }
    grant marketing
    at 2026-01-05T10:00:00Z cart_updated { cart_id: "c1", value: 80 EUR }
    after 30 minutes order_placed { order_id: "o1", total: 80 EUR, items: [] }
    after 3 days
    expect no send
    expect ended abandoned_cart as order_placed
    expect not in abandoned_cart at nudge
    expect profile.tier == gold
}
"#;

#[test]
fn a_shop_is_accepted() {
    assert_eq!(problems(SHOP), Vec::<String>::new());
    let db = Database::default();
    let workspace = lone_file(&db, File::new("shop.journey", SHOP));
    let program = checked(&db, workspace).expect("no error");
    assert_eq!(program.journeys[0].steps.len(), 7);
    assert_eq!(program.audiences.len(), 2);
    assert_eq!(program.tests[0].lines.len(), 9);
}

#[test]
fn a_field_has_its_type() {
    let enums = "enum tier { none, gold }\nprofile { tier: tier = none }\n";
    assert_eq!(
        problems(&format!("{enums}audience a = tier == gold")),
        Vec::<String>::new()
    );
    assert_eq!(problems(&format!("{enums}audience a = tier == 3")).len(), 1);
}
