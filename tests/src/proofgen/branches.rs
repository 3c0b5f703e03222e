//! Small journeys of conditions over small domains: each branch ends with a reason of its own, so that which of
//! them anybody comes to can be seen.

use super::predicates::Predicates;
use super::{FIELDS, HEAD, Small};
use crate::irgen::Rng;
use std::ops::Range;

/// A generated journey: its program, and of each condition its place and the reason behind it.
#[derive(Clone, Debug)]
pub struct Branched {
    pub small: Small,
    pub conditions: Vec<(Range<usize>, String)>,
}

struct Writer<'r> {
    rng: Rng,
    fields: Vec<usize>,
    deeds: bool,
    text: String,
    reasons: usize,
    conditions: &'r mut Vec<(Range<usize>, String)>,
}

/// A program whose every choice follows from the seed.
pub fn branched(seed: u64) -> Branched {
    let mut rng = Rng::new(seed ^ 0xb4);
    let mut fields: Vec<usize> = (0..FIELDS.len()).collect();
    while fields.len() > 3 {
        let out = rng.below(fields.len());
        fields.remove(out);
    }
    let deeds = rng.chance(30);
    let mut conditions = Vec::new();
    let mut writer = Writer {
        rng,
        fields: fields.clone(),
        deeds,
        text: format!("{HEAD}event look {{ }}\njourney course {{\nenter on look\n"),
        reasons: 0,
        conditions: &mut conditions,
    };
    writer.block(2);
    writer.text.push_str("}\n");
    let text = writer.text;
    let small = Small {
        text,
        fields,
        deeds,
        consent: false,
        broadcasts: false,
        audiences: 0,
    };
    Branched { small, conditions }
}

impl Writer<'_> {
    fn reason(&mut self) -> String {
        self.reasons += 1;
        format!("r{}", self.reasons)
    }

    /// Conditions in turn, each with a block; every path ends with a reason.
    fn block(&mut self, depth: usize) {
        if depth == 0 {
            let reason = self.reason();
            self.text.push_str(&format!("end {reason}\n"));
            return;
        }
        for arm in 0..1 + self.rng.below(3) {
            if arm > 0 {
                self.text.push_str(" else ");
            }
            self.text.push_str("if ");
            let mut predicates = Predicates {
                rng: &mut self.rng,
                fields: &self.fields,
                deeds: self.deeds,
                consent: false,
                broadcasts: false,
                before: 0,
            };
            let depth_of = 1 + predicates.rng.below(2);
            let condition = predicates.bool(depth_of);
            let from = self.text.len();
            self.text.push_str(&condition);
            let to = self.text.len();
            self.text.push_str(" {\n");
            let before = self.reasons;
            let deeper = if self.rng.chance(40) { depth - 1 } else { 0 };
            self.block(deeper);
            for reason in before + 1..=self.reasons {
                self.conditions.push((from..to, format!("r{reason}")));
            }
            self.text.push('}');
        }
        self.text.push('\n');
        let reason = self.reason();
        self.text.push_str(&format!("end {reason}\n"));
    }
}
