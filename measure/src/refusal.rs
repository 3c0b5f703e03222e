//! Why a question has no honest answer: too few people, nothing that varies, a number out of range. Every
//! method of this crate refuses with one of these instead of answering NaN or a guess.

use std::fmt;

/// Why there is no number.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// fewer people than the method needs
    TooFew { people: u64, least: u64 },
    /// the data do not determine the answer; the text says what is missing
    Degenerate { why: &'static str },
    /// an argument for which the method is not defined
    OutOfRange { name: &'static str, value: f64 },
    /// more players than an exact enumeration can take
    TooMany { channels: usize, most: usize },
    /// the search ended without an optimum
    NotConverged { steps: u64 },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { people, least } => write!(f, "{people} people, at least {least} needed"),
            Self::Degenerate { why } => f.write_str(why),
            Self::OutOfRange { name, value } => write!(f, "{name} is out of range: {value}"),
            Self::TooMany { channels, most } => write!(f, "{channels} channels, at most {most}"),
            Self::NotConverged { steps } => write!(f, "no optimum after {steps} steps"),
        }
    }
}

impl std::error::Error for Refusal {}

/// Refuses what rests on fewer people than `least`.
pub(crate) fn at_least(people: u64, least: u64) -> Result<(), Refusal> {
    if people < least {
        return Err(Refusal::TooFew { people, least });
    }
    Ok(())
}

/// A finite number above zero, or a refusal that names it.
pub(crate) fn positive(name: &'static str, value: f64) -> Result<f64, Refusal> {
    if value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    Err(Refusal::OutOfRange { name, value })
}
