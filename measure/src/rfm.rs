//! Scores of recency, frequency and money by equal shares of the people: the bands of direct mail (Hughes,
//! "Strategic Database Marketing", 1994). In: one row a person; out: three scores each, the highest is best.

use crate::refusal::{Refusal, at_least};
use std::cmp::Ordering;

/// A person's buying: time since the last purchase (any unit, less is better), purchases, money.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Buying {
    pub recency: f64,
    pub frequency: f64,
    pub monetary: f64,
}

/// From 1 to the number of bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scores {
    pub recency: u8,
    pub frequency: u8,
    pub monetary: u8,
}

/// What becomes of people with the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Ties {
    /// the order of the rows decides: all bands are equally full (a band may cut through equals)
    #[default]
    ByOrder,
    /// equals share the band of the last of them: nobody differs without a reason
    Shared,
}

/// Scores of all people: `ceil(bands * rank / people)`, rank 1 for the worst. With [`Ties::ByOrder`] the
/// rows' order is the second key: give them sorted by their identifier for scores that are reproducible.
///
/// # Errors
/// Refuses fewer people than bands, no band, and numbers that are not finite.
pub fn scores(people: &[Buying], bands: u8, ties: Ties) -> Result<Vec<Scores>, Refusal> {
    if bands == 0 {
        let (name, value) = ("bands", 0.0);
        return Err(Refusal::OutOfRange { name, value });
    }
    at_least(people.len() as u64, u64::from(bands))?;
    let numbers = people
        .iter()
        .flat_map(|p| [p.recency, p.frequency, p.monetary]);
    if let Some(value) = numbers.into_iter().find(|number| !number.is_finite()) {
        let name = "recency, frequency or money";
        return Err(Refusal::OutOfRange { name, value });
    }
    // the least recent comes first: negated, as the worst of the others
    let column = |of: fn(&Buying) -> f64| band(people.iter().map(of).collect(), bands, ties);
    let recency = column(|p| -p.recency);
    let frequency = column(|p| p.frequency);
    let monetary = column(|p| p.monetary);
    let rows = recency.into_iter().zip(frequency).zip(monetary);
    Ok(rows
        .map(|((recency, frequency), monetary)| Scores {
            recency,
            frequency,
            monetary,
        })
        .collect())
}

/// The band of each value, the lowest values in band 1.
fn band(values: Vec<f64>, bands: u8, ties: Ties) -> Vec<u8> {
    let n = values.len() as u64;
    let mut order: Vec<(f64, usize)> = values.into_iter().zip(0..).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut ranked: Vec<(usize, u8)> = Vec::with_capacity(order.len());
    let mut rank = 0_u64;
    for equals in order.chunk_by(|a, b| a.0.partial_cmp(&b.0) == Some(Ordering::Equal)) {
        let last = rank + equals.len() as u64;
        for (_, row) in equals {
            rank += 1;
            let counted = match ties {
                Ties::ByOrder => rank,
                Ties::Shared => last,
            };
            let band = (u64::from(bands) * counted).div_ceil(n);
            ranked.push((*row, u8::try_from(band).unwrap_or(bands)));
        }
    }
    ranked.sort_unstable_by_key(|(row, _)| *row);
    ranked.into_iter().map(|(_, band)| band).collect()
}
