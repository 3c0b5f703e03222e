//! Bounds of linear terms: what one term's bounds say of another's, whether differences go in a circle, and
//! values that fit. Terms 0…n-1 are the variables themselves, then come sums and tests of texts.

use super::texts::Texts;
use super::{Domain, Linear, Test, Var};
use std::collections::{BTreeMap, BTreeSet};

/// Rounds of narrowing before it is left as it is: chains longer than this end in the search.
const ROUNDS_MAX: usize = 24;

/// Tries of one guess at values.
const TRIES_MAX: usize = 4_000;

/// Values that are tried before the ends of an interval.
const SMALL: [i128; 7] = [1, 2, -1, 3, 4, -2, 10];

/// So far from the edge stands who stands further from it: two years in milliseconds.
const FURTHER: i128 = 1 << 36;

/// Where values are looked for first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lean {
    /// near zero
    Plain,
    /// well above the lower edge
    Up,
    /// well below the upper
    Down,
}

#[derive(Clone, Debug)]
pub(super) struct Bounds {
    low: Vec<i128>,
    high: Vec<i128>,
    /// counts the sums that were looked at
    tick: u32,
    /// of each term: when it changed last
    changed: Vec<u32>,
    /// of each sum: when it was looked at last; it says nothing new until one of its terms changes
    seen: Vec<u32>,
}

impl Bounds {
    pub(super) fn raise(&mut self, term: usize, to: i128) -> bool {
        let (Some(low), Some(high)) = (self.low.get_mut(term), self.high.get(term)) else {
            return false;
        };
        if *low < to {
            *low = to;
            if let Some(changed) = self.changed.get_mut(term) {
                *changed = self.tick;
            }
        }
        *low <= *high
    }

    pub(super) fn lower(&mut self, term: usize, to: i128) -> bool {
        let (Some(low), Some(high)) = (self.low.get(term), self.high.get_mut(term)) else {
            return false;
        };
        if *high > to {
            *high = to;
            if let Some(changed) = self.changed.get_mut(term) {
                *changed = self.tick;
            }
        }
        *low <= *high
    }

    pub(super) fn of(&self, term: usize) -> (i128, i128) {
        let at = |list: &[i128]| list.get(term).copied().unwrap_or_default();
        (at(&self.low), at(&self.high))
    }

    /// Whether a term has changed since a sum was looked at; if so, that is now.
    fn is_due(&mut self, place: usize, term: usize, parts: &[(usize, i128)]) -> bool {
        let seen = self.seen.get(place).copied().unwrap_or_default();
        let newer = |term: &usize| self.changed.get(*term).is_some_and(|at| *at >= seen);
        if !newer(&term) && !parts.iter().any(|(var, _)| newer(var)) {
            return false;
        }
        self.tick += 1;
        if let Some(seen) = self.seen.get_mut(place) {
            *seen = self.tick;
        }
        true
    }

    /// Whether the term is at most this; None: open.
    pub(super) fn at_most(&self, term: usize, bound: i128) -> Option<bool> {
        let (low, high) = self.of(term);
        if high <= bound {
            Some(true)
        } else if low > bound {
            Some(false)
        } else {
            None
        }
    }
}

#[derive(Debug)]
pub(super) struct Terms {
    vars: usize,
    /// of each term beyond the variables: its parts; empty: a test of a text
    sums: Vec<Vec<(usize, i128)>>,
    known: BTreeMap<Vec<(usize, i128)>, usize>,
    /// the variables of each term
    uses: Vec<Vec<usize>>,
}

impl Terms {
    pub(super) fn new(vars: usize) -> Self {
        Self {
            vars,
            sums: Vec::new(),
            known: BTreeMap::new(),
            uses: (0..vars).map(|var| vec![var]).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.uses.len()
    }

    pub(super) fn vars_of(&self, term: usize) -> &[usize] {
        self.uses.get(term).map_or(&[], Vec::as_slice)
    }

    /// A term that is 0 or 1 and hangs on a text.
    pub(super) fn fresh(&mut self, on: Var) -> usize {
        self.sums.push(Vec::new());
        self.uses.push(vec![on.0 as usize]);
        self.uses.len() - 1
    }

    /// "The sum is at most zero" as "a term is at most a bound", or as its contrary: the same sum is one
    /// term, whatever its sign.
    pub(super) fn test(&mut self, sum: &Linear) -> Test {
        let factors = sum.factors.values();
        let divisor = factors
            .fold(0_i128, |a, b| gcd(a, i128::from(*b).abs()))
            .max(1);
        let first = sum.factors.values().next();
        let negated = first.is_some_and(|factor| *factor < 0);
        let sign = if negated { -1 } else { 1 };
        let parts: Vec<(usize, i128)> = sum
            .factors
            .iter()
            .map(|(var, factor)| (var.0 as usize, sign * i128::from(*factor) / divisor))
            .collect();
        let at_most = (-sum.constant).div_euclid(divisor);
        Test {
            term: self.term(parts),
            // -term <= c is: not (term <= -c - 1)
            at_most: if negated { -at_most - 1 } else { at_most },
            negated,
        }
    }

    fn term(&mut self, parts: Vec<(usize, i128)>) -> usize {
        if let [(var, 1)] = parts.as_slice() {
            return *var;
        }
        if let Some(at) = self.known.get(&parts) {
            return *at;
        }
        let at = self.uses.len();
        self.uses.push(parts.iter().map(|(var, _)| *var).collect());
        self.sums.push(parts.clone());
        self.known.insert(parts, at);
        at
    }

    /// The domains as bounds. None: one of them is empty.
    pub(super) fn begin(&self, domains: &[Domain], texts: &Texts) -> Option<Bounds> {
        let mut bounds = Bounds {
            low: Vec::with_capacity(self.len()),
            high: Vec::with_capacity(self.len()),
            tick: 0,
            changed: vec![0; self.len()],
            seen: vec![0; self.sums.len()],
        };
        for (at, domain) in domains.iter().enumerate() {
            let (low, high) = texts
                .domain(at)
                .unwrap_or((i128::from(domain.low), i128::from(domain.high)));
            bounds.low.push(low);
            bounds.high.push(high);
        }
        for parts in &self.sums {
            let (low, high) = if parts.is_empty() {
                (0, 1)
            } else {
                range(parts, &bounds)
            };
            bounds.low.push(low);
            bounds.high.push(high);
        }
        let full = bounds.low.iter().zip(&bounds.high).all(|(a, b)| a <= b);
        full.then_some(bounds)
    }

    /// Carries bounds from sums to variables and back. False: nothing is left.
    pub(super) fn narrow(&self, bounds: &mut Bounds) -> bool {
        for _ in 0..ROUNDS_MAX {
            let before = bounds.tick;
            for (place, parts) in self.sums.iter().enumerate() {
                let term = self.vars + place;
                if !parts.is_empty()
                    && bounds.is_due(place, term, parts)
                    && !self.narrow_one(term, parts, bounds)
                {
                    return false;
                }
            }
            if before == bounds.tick {
                break;
            }
        }
        true
    }

    fn narrow_one(&self, term: usize, parts: &[(usize, i128)], bounds: &mut Bounds) -> bool {
        let (mut low, mut high) = range(parts, bounds);
        if !bounds.raise(term, low) || !bounds.lower(term, high) {
            return false;
        }
        let (term_low, term_high) = bounds.of(term);
        for (var, factor) in parts {
            let (var_low, var_high) = bounds.of(*var);
            let (own_low, own_high) = scaled(*factor, var_low, var_high);
            // factor * var = term - the others
            let least = term_low - (high - own_high);
            let most = term_high - (low - own_low);
            let (from, to) = if *factor > 0 {
                (ceil_div(least, *factor), floor_div(most, *factor))
            } else {
                (ceil_div(-most, -*factor), floor_div(-least, -*factor))
            };
            if !bounds.raise(*var, from) || !bounds.lower(*var, to) {
                return false;
            }
            let (var_low, var_high) = bounds.of(*var);
            let (new_low, new_high) = scaled(*factor, var_low, var_high);
            low += new_low - own_low;
            high += new_high - own_high;
        }
        true
    }

    /// Differences that go in a circle: proved impossible by their sum (Bellman-Ford).
    pub(super) fn refuted(&self, bounds: &Bounds) -> bool {
        // node 0 is zero, variable v is node v + 1; an edge (a, b, c) says b - a <= c
        let mut edges = Vec::new();
        for var in 0..self.vars {
            let (low, high) = bounds.of(var);
            edges.push((0, var + 1, high));
            edges.push((var + 1, 0, -low));
        }
        for (place, parts) in self.sums.iter().enumerate() {
            let (low, high) = bounds.of(self.vars + place);
            if let [(a, x), (b, y)] = parts.as_slice()
                && *x == -*y
                && x.abs() == 1
            {
                let (plus, minus) = if *x == 1 { (*a, *b) } else { (*b, *a) };
                edges.push((minus + 1, plus + 1, high));
                edges.push((plus + 1, minus + 1, -low));
            }
        }
        let mut distance = vec![0_i128; self.vars + 1];
        for _ in 0..=self.vars + 1 {
            let mut changed = false;
            for (from, to, length) in &edges {
                let (Some(a), Some(b)) = (distance.get(*from).copied(), distance.get_mut(*to))
                else {
                    continue;
                };
                if a + length < *b {
                    *b = a + length;
                    changed = true;
                }
            }
            if !changed {
                return false;
            }
        }
        true
    }

    /// The widest variable's bounds in two halves. None: all are points.
    pub(super) fn halved(&self, bounds: &Bounds) -> Option<(Bounds, Bounds)> {
        let width = |var: &usize| {
            let (low, high) = bounds.of(*var);
            high - low
        };
        let summed = |var: &usize| self.sums.iter().flatten().any(|(at, _)| at == var);
        let widest = (0..self.vars)
            .filter(|var| summed(var) && width(var) > 0)
            .max_by_key(width)?;
        let (low, high) = bounds.of(widest);
        let middle = low + (high - low) / 2;
        let (mut a, mut b) = (bounds.clone(), bounds.clone());
        a.lower(widest, middle);
        b.raise(widest, middle + 1);
        Some((a, b))
    }

    /// Values of all variables inside the bounds, small and plain ones first.
    pub(super) fn pick(
        &self,
        bounds: &Bounds,
        domains: &[Domain],
        lean: Lean,
        steps: &mut u64,
    ) -> Option<BTreeMap<Var, i64>> {
        // who stands further from an edge is found soon, or not
        let mut tries = if lean == Lean::Plain {
            0
        } else {
            TRIES_MAX - 200
        };
        let before = tries;
        let chosen = self.pick_from(0, bounds.clone(), (domains, lean), &mut tries);
        *steps += (tries - before) as u64 * (1 + self.len() as u64 / 8);
        let chosen = chosen?;
        let mut values = BTreeMap::new();
        for var in 0..self.vars {
            let (low, _) = chosen.of(var);
            values.insert(Var(u32::try_from(var).ok()?), i64::try_from(low).ok()?);
        }
        Some(values)
    }

    fn pick_from(
        &self,
        mut var: usize,
        mut bounds: Bounds,
        (domains, lean): (&[Domain], Lean),
        tries: &mut usize,
    ) -> Option<Bounds> {
        loop {
            if !self.narrow(&mut bounds) {
                return None;
            }
            let (low, high) = bounds.of(var);
            if var < self.vars && low == high {
                var += 1;
                continue;
            }
            break;
        }
        if var >= self.vars {
            return Some(bounds);
        }
        let (low, high) = bounds.of(var);
        let text = domains.get(var).is_some_and(|d| d.text);
        let plain = if text { high } else { 0_i128.clamp(low, high) };
        // sums of values at the ends of their type overflow, so small ones come first
        let small = SMALL.iter().map(|value| (*value).clamp(low, high));
        let further = match lean {
            Lean::Plain => None,
            Lean::Up => Some((low + FURTHER).min(high)),
            Lean::Down => Some((high - FURTHER).max(low)),
        };
        let further = further.filter(|_| !text && high - low > FURTHER);
        let near = [plain].into_iter().chain(small);
        let mut candidates: Vec<i128> = further.into_iter().chain(near).collect();
        candidates.extend([low, high, low + (high - low) / 2]);
        let mut seen = BTreeSet::new();
        candidates.retain(|value| seen.insert(*value));
        for candidate in candidates {
            *tries += 1;
            if *tries > TRIES_MAX {
                return None;
            }
            let mut with = bounds.clone();
            if with.raise(var, candidate)
                && with.lower(var, candidate)
                && let Some(found) = self.pick_from(var + 1, with, (domains, lean), tries)
            {
                return Some(found);
            }
        }
        None
    }

    /// Gives what is not followed its whole range again, beside a value of each other variable.
    pub(super) fn forget(
        &self,
        bounds: &mut Bounds,
        domains: &[Domain],
        texts: &Texts,
        values: &BTreeMap<Var, i64>,
    ) {
        let Some(wide) = self.begin(domains, texts) else {
            return;
        };
        let loose = |var: &usize| domains.get(*var).is_some_and(|d| !d.exact);
        for (at, uses) in self.uses.iter().enumerate() {
            let sum = at.checked_sub(self.vars);
            let sum = sum.and_then(|place| self.sums.get(place));
            let (low, high) = match sum {
                Some(parts) if !parts.is_empty() => range(parts, bounds),
                _ if uses.iter().any(loose) => wide.of(at),
                Some(_) => continue,
                None => {
                    let var = u32::try_from(at).unwrap_or(u32::MAX);
                    match values.get(&Var(var)) {
                        Some(value) => (i128::from(*value), i128::from(*value)),
                        None => continue,
                    }
                }
            };
            if let (Some(a), Some(b)) = (bounds.low.get_mut(at), bounds.high.get_mut(at)) {
                *a = low;
                *b = high;
            }
        }
    }

    /// Which terms have bounds narrower than they began with.
    pub(super) fn narrowed(
        &self,
        bounds: &Bounds,
        domains: &[Domain],
        texts: &Texts,
    ) -> Vec<(usize, bool)> {
        let Some(wide) = self.begin(domains, texts) else {
            return Vec::new();
        };
        (0..self.len())
            .map(|at| (at, wide.of(at) != bounds.of(at)))
            .collect()
    }
}

fn scaled(factor: i128, low: i128, high: i128) -> (i128, i128) {
    match factor {
        1 => (low, high),
        -1 => (-high, -low),
        2.. => (factor * low, factor * high),
        _ => (factor * high, factor * low),
    }
}

fn range(parts: &[(usize, i128)], bounds: &Bounds) -> (i128, i128) {
    parts.iter().fold((0, 0), |(low, high), (var, factor)| {
        let (a, b) = bounds.of(*var);
        let (a, b) = scaled(*factor, a, b);
        (low + a, high + b)
    })
}

fn ceil_div(a: i128, b: i128) -> i128 {
    -floor_div(-a, b)
}

/// By a divisor above zero; most are one, and most numbers fit a word, whose division is far cheaper.
fn floor_div(a: i128, b: i128) -> i128 {
    if b == 1 {
        return a;
    }
    match (i64::try_from(a), i64::try_from(b)) {
        (Ok(a), Ok(b)) => i128::from(a.div_euclid(b)),
        _ => a.div_euclid(b),
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
