//! 500 offers from a fixed seed, and the program that decides between them.

use super::forest::Forest;
use super::people::{Chance, FEATURES};
use std::fmt::Write;
use std::path::Path;

pub const OFFERS: usize = 500;
pub const TIERS: [&str; 4] = ["none", "silver", "gold", "platinum"];

/// `eligible when tier >= T and age >= A and orders <= O and spend > S`, and of some: `and push`.
pub struct Offer {
    pub tier: u8,
    pub age: u8,
    pub orders: u8,
    pub spend: f64,
    pub push: bool,
    pub value: f64,
    pub weight: f64,
}

pub fn offers() -> Vec<Offer> {
    let mut chance = Chance(500);
    (0..OFFERS)
        .map(|_| Offer {
            tier: chance.below(4) as u8,
            age: 16 + chance.below(40) as u8,
            orders: 2 + chance.below(28) as u8,
            // Marketing has round numbers.
            spend: chance.below(16) as f64 * 50.0,
            push: chance.below(3) == 0,
            value: 1.0 + chance.below(400) as f64 / 4.0,
            weight: 0.5 + chance.below(16) as f64 / 16.0,
        })
        .collect()
}

/// A project: the program and its model.
pub fn write(folder: &Path, forest: &Forest, offers: &[Offer]) {
    let model = serde_json::to_string(&forest.json()).unwrap();
    std::fs::write(folder.join("model.json"), model).unwrap();
    let manifest = "[project]\nname = \"offers\"\nversion = \"1.0.0\"\nedition = \"2026\"\ntimezone = \"UTC\"\n";
    std::fs::write(folder.join("journey.toml"), manifest).unwrap();
    std::fs::write(folder.join("offers.journey"), text(offers)).unwrap();
}

fn text(offers: &[Offer]) -> String {
    let mut text = format!("enum tier_of {{ {} }}\n", TIERS.join(", "));
    text.push_str("profile {\n    tier: tier_of = none\n    age: int in 0..120 = 0\n");
    text.push_str(
        "    orders: int in 0..255 = 0\n    spend: number = 0.0\n    push: bool = false\n",
    );
    for feature in 0..FEATURES {
        let _ = writeln!(text, "    x{feature}: number in 0..1 = 0.0");
    }
    text.push_str("}\nidentity { user_id unique }\nevent asked {}\n");
    text.push_str("offer_type tile { weight: number }\n");
    text.push_str("model appeal -> number from \"model.json\" {");
    for feature in 0..FEATURES {
        let comma = if feature == 0 { "" } else { "," };
        let _ = write!(text, "{comma} f{feature}: x{feature}");
    }
    text.push_str(" }\n");
    for (number, offer) in offers.iter().enumerate() {
        let push = if offer.push { " and push" } else { "" };
        let _ = writeln!(
            text,
            "offer o{number:03}: tile {{\n    eligible when tier >= {} and age >= {} and orders <= {} and spend > {:?}{push}\n    value {:?}\n    weight: {:?}\n}}",
            TIERS[usize::from(offer.tier)],
            offer.age,
            offer.orders,
            offer.spend,
            offer.value,
            offer.weight
        );
    }
    let names: Vec<String> = (0..OFFERS).map(|number| format!("o{number:03}")).collect();
    let _ = writeln!(
        text,
        "decision best -> tile {{\n    among {}\n    rank by (appeal + 20) * offer.value * offer.weight\n}}",
        names.join(", ")
    );
    text.push_str(
        "journey gives {\n    enter on asked\n    reenter always\n    decide pick = best()\n}\n",
    );
    text
}
