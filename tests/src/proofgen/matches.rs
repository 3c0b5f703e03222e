//! Random `match`es over small types, with the values that each arm takes, so that whether all are handled can be
//! counted.

use crate::irgen::Rng;

/// A generated `match`: its program, and whether every value has an arm.
#[derive(Clone, Debug)]
pub struct Matched {
    pub text: String,
    pub full: bool,
}

/// A program whose every choice follows from the seed.
pub fn matched(seed: u64) -> Matched {
    let mut rng = Rng::new(seed ^ 0x3a7c);
    let optional = rng.chance(40);
    let (ty, values): (&str, Vec<String>) = match rng.below(3) {
        0 => (
            "tier",
            ["none", "silver", "gold"].map(str::to_owned).to_vec(),
        ),
        1 => ("bool", ["true", "false"].map(str::to_owned).to_vec()),
        _ => ("int in 0..5", (0..6).map(|n| n.to_string()).collect()),
    };
    let mut left = values;
    left.extend(optional.then(|| "unknown".to_owned()));
    let mut arms = Vec::new();
    // every value once at most, in any order: what is taken twice is an error of its own
    let leave = if rng.chance(50) { 0 } else { 1 + rng.below(2) };
    let otherwise = rng.chance(25);
    let mut taken = left.clone();
    for _ in 0..leave.min(taken.len() - 1) {
        let at = rng.below(taken.len());
        taken.remove(at);
    }
    let full = otherwise || taken.len() == left.len();
    while !taken.is_empty() {
        let at = rng.below(taken.len());
        let mut pats = vec![taken.remove(at)];
        if ty == "int in 0..5" && rng.chance(40) {
            let first: Option<i64> = pats.first().and_then(|p| p.parse().ok());
            let next = first.map(|n| (n + 1).to_string());
            let found = taken.iter().position(|p| next.as_ref() == Some(p));
            if let (Some(found), Some(first)) = (found, first) {
                taken.remove(found);
                pats = vec![format!("{first}..{}", first + 1)];
            }
        } else if !taken.is_empty() && rng.chance(40) {
            let at = rng.below(taken.len());
            pats.push(taken.remove(at));
        }
        arms.push(format!("{} => {}", pats.join(" | "), arms.len()));
    }
    // an `else` that nothing comes to is said by another code
    if otherwise && leave > 0 {
        arms.push("else => 9".to_owned());
    }
    Matched {
        text: program(ty, optional, &arms),
        full,
    }
}

fn program(ty: &str, optional: bool, arms: &[String]) -> String {
    let field = if optional {
        format!("{ty}?")
    } else {
        ty.to_owned()
    };
    let default = match (optional, ty) {
        (true, _) => "",
        (false, "tier") => " = none",
        (false, "bool") => " = false",
        (false, _) => " = 0",
    };
    format!(
        "enum tier {{ none, silver, gold }}\nevent go {{ }}\nprofile {{ it: {field}{default} }}\n\
         audience a = (match it {{ {} }}) > 3\n",
        arms.join(", ")
    )
}
