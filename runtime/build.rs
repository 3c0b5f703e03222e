//! What a state is made of, as one number: a hash of the definitions of all types that are written into one,
//! without comments and white space. It goes into every snapshot, so that a field more or less is never read as
//! something else, and nobody has to remember a version.

use std::fs;

/// Where the types of a state are defined.
const FILES: [&str; 19] = [
    "src/state.rs",
    "src/state/identity.rs",
    "src/state/learned.rs",
    "src/state/offers.rs",
    "src/state/people.rs",
    "src/store/checkpoint.rs",
    "src/store/parts.rs",
    "src/store/seal/people.rs",
    "src/outbox.rs",
    "src/outbox/item.rs",
    "src/outbox/policy.rs",
    "src/outbox/step.rs",
    "src/histories.rs",
    "src/histories/running.rs",
    "src/histories/sequence.rs",
    "src/scalar.rs",
    "src/input.rs",
    "src/measure.rs",
    "../program/src/types.rs",
];

fn main() {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for file in FILES {
        println!("cargo::rerun-if-changed={file}");
        let text = fs::read_to_string(file).unwrap_or_default();
        for byte in definitions(&text).bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    println!("cargo::rustc-env=JOURNEY_STATE_SHAPE={hash}");
}

/// The items that serde derives for: from the attribute to the brace at the margin, or a semicolon.
fn definitions(text: &str) -> String {
    let mut all = String::new();
    let mut item = String::new();
    let mut inside = false;
    for line in text.lines() {
        inside |= line.starts_with("#[derive(");
        if !inside {
            continue;
        }
        let code = line.split("//").next().unwrap_or_default();
        item.extend(code.chars().filter(|c| !c.is_whitespace()));
        if line.starts_with('}') || (line.ends_with(';') && !line.starts_with(' ')) {
            if item.contains("Serialize") {
                all.push_str(&item);
            }
            item.clear();
            inside = false;
        }
    }
    all
}
