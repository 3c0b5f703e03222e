//! Texts as cells: the constants that a question names, sorted, and the gaps between them. A text in cell
//! 2i + 1 is the constant i, one in cell 2i lies below it. Other tests are free in the gaps, until a text is
//! looked for that passes them all.

use super::Test;
use super::bounds::{Bounds, Terms};
use crate::proofs::formula::{Atom, TextTest, Var};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, Default)]
pub(super) struct Texts {
    /// of each text variable: its constants, sorted
    constants: BTreeMap<Var, Vec<String>>,
    /// test → its term, which is 0 or 1
    tests: BTreeMap<(Var, TextTest), usize>,
}

impl Texts {
    pub(super) fn new(atoms: &[Arc<Atom>], terms: &mut Terms) -> Self {
        let mut texts = Self::default();
        for atom in atoms {
            match &**atom {
                Atom::AtMostZero(_) => {}
                Atom::Below { var, constant, .. } => {
                    texts
                        .constants
                        .entry(*var)
                        .or_default()
                        .push(constant.clone());
                }
                Atom::Test(var, test) => {
                    texts.constants.entry(*var).or_default();
                    let term = terms.fresh(*var);
                    texts.tests.insert((*var, test.clone()), term);
                }
            }
        }
        for list in texts.constants.values_mut() {
            list.sort();
            list.dedup();
        }
        texts
    }

    /// The cells of a text; None: it is no text, or no question asks of it.
    pub(super) fn domain(&self, var: usize) -> Option<(i128, i128)> {
        let list = self.constants.get(&Var(u32::try_from(var).ok()?))?;
        // nothing is below the empty text
        let low = i128::from(list.first().is_some_and(String::is_empty));
        Some((low, 2 * i128::try_from(list.len()).ok()?))
    }

    /// "Below the constant" as "the cell is at most this".
    pub(super) fn below(&self, var: Var, constant: &str, or_equal: bool) -> Test {
        let list = self.constants.get(&var).map_or(&[][..], Vec::as_slice);
        let place = list.iter().position(|c| c == constant).unwrap_or_default();
        let cell = 2 * i128::try_from(place).unwrap_or_default() + i128::from(or_equal);
        Test {
            term: var.0 as usize,
            at_most: cell,
            negated: false,
        }
    }

    /// "It passes" as "its term is not at most 0".
    pub(super) fn tested(&self, var: Var, test: &TextTest) -> Test {
        let term = self.tests.get(&(var, test.clone()));
        Test {
            term: term.copied().unwrap_or(usize::MAX),
            at_most: 0,
            negated: true,
        }
    }

    fn constant(&self, var: Var, cell: i128) -> Option<&str> {
        let place = (cell % 2 == 1).then_some((cell - 1) / 2)?;
        let list = self.constants.get(&var)?;
        list.get(usize::try_from(place).ok()?).map(String::as_str)
    }

    /// A text that is one constant passes what that constant passes. False: it can't be.
    pub(super) fn narrow(&self, bounds: &mut Bounds) -> bool {
        for ((var, test), term) in &self.tests {
            let (low, high) = bounds.of(var.0 as usize);
            if low != high {
                continue;
            }
            if let Some(text) = self.constant(*var, low) {
                let passes = i128::from(test.holds(text));
                if !bounds.raise(*term, passes) || !bounds.lower(*term, passes) {
                    return false;
                }
            }
        }
        true
    }

    /// A text for each variable. None: one was not found, though there may be one.
    pub(super) fn pick(
        &self,
        bounds: &Bounds,
        values: &BTreeMap<Var, i64>,
    ) -> Option<BTreeMap<Var, String>> {
        let mut found = BTreeMap::new();
        for var in self.constants.keys() {
            let cell = i128::from(*values.get(var)?);
            let wanted: Vec<(&TextTest, bool)> = self
                .tests
                .iter()
                .filter(|((of, _), _)| of == var)
                .filter_map(|((_, test), term)| {
                    let (low, high) = bounds.of(*term);
                    (low == high).then_some((test, low == 1))
                })
                .collect();
            let fits = |text: &str| wanted.iter().all(|(test, due)| test.holds(text) == *due);
            let text = match self.constant(*var, cell) {
                Some(constant) => Some(constant.to_owned()).filter(|text| fits(text)),
                None => self.in_gap(*var, cell, &wanted, fits),
            };
            found.insert(*var, text?);
        }
        Some(found)
    }

    fn in_gap(
        &self,
        var: Var,
        cell: i128,
        wanted: &[(&TextTest, bool)],
        fits: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let above = self.constant(var, cell - 1);
        let below = self.constant(var, cell + 1);
        let inside = |text: &str| {
            above.is_none_or(|above| above < text) && below.is_none_or(|below| text < below)
        };
        let mut starts = vec![String::new()];
        let mut middles = vec![String::new()];
        let mut ends = vec![String::new()];
        for (test, due) in wanted {
            match test {
                _ if !due => {}
                TextTest::StartsWith(part) => starts.push(part.clone()),
                TextTest::EndsWith(part) => ends.push(part.clone()),
                TextTest::Contains(part) => middles.push(part.clone()),
                TextTest::Matches(pattern) => middles.push(plain(pattern)),
            }
        }
        if middles.len() > 2 {
            middles.push(middles.concat());
        }
        let head = above.unwrap_or_default();
        starts.extend([
            head.to_owned(),
            format!("{head}x"),
            format!("{head}\u{1}"),
            "x".to_owned(),
        ]);
        let all = starts.iter().flat_map(|start| {
            middles
                .iter()
                .flat_map(move |middle| [start.clone() + middle, format!("{start}{middle}x")])
        });
        let all: Vec<String> = all.collect();
        all.iter()
            .flat_map(|text| ends.iter().map(move |end| format!("{text}{end}")))
            .find(|text| inside(text) && fits(text))
    }
}

/// A guess at what a regular expression matches: its letters and digits.
fn plain(pattern: &str) -> String {
    pattern
        .trim_start_matches("(?i)")
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '@' || *c == ' ' || *c == '-')
        .collect()
}
