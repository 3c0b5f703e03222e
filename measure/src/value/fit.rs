//! The search for the parameters that make the data likeliest: Nelder-Mead from the start given, begun anew
//! around its optimum until that stands, then Newton steps. All parameters are positive, so logs are searched.

use crate::refusal::Refusal;
use argmin::core::{CostFunction, Error, Executor, State};
use argmin::solver::neldermead::NelderMead;
use nalgebra::{DMatrix, DVector};

/// Parameters outside `exp(-BOUND)..exp(BOUND)` (in units of the data) have left every sensible range.
const BOUND: f64 = 16.0;
const STEPS_MAX: u64 = 4_000;
const RESTARTS_MAX: u32 = 30;
/// Corners that differ by less (in the mean log-likelihood) are left to Newton's steps.
const ROUGH: f64 = 1e-8;
/// A Newton step smaller than this, in logs, is none.
const STEP_MIN: f64 = 1e-6;
/// A search that gains less than this (of the mean log-likelihood) and is at no lowest point finds none.
const GAIN_MIN: f64 = 1e-11;
const NEWTON_MAX: u32 = 12;
/// The step of derivatives, in logs.
const NUDGE: f64 = 1e-3;
/// A slope at the optimum larger than this is none.
const SLOPE_MAX: f64 = 1e-5;
/// A curvature smaller than this leaves a parameter open.
const CURVE_MIN: f64 = 1e-9;
/// What lies outside the bounds costs: more than any data.
const OUTSIDE: f64 = 1e12;

/// Where the search ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// of all people together, at the optimum (without any penalty)
    pub log_likelihood: f64,
    /// of the logarithm of each parameter: 0.1 is about ten percent of the parameter
    pub log_errors: Vec<f64>,
    /// the people it rests on
    pub people: u64,
}

#[derive(Debug)]
pub(super) struct Optimum {
    pub(super) logs: Vec<f64>,
    pub(super) log_errors: Vec<f64>,
}

struct Cost<F>(F);

impl<F: Fn(&[f64]) -> f64> Cost<F> {
    fn at(&self, logs: &[f64]) -> f64 {
        if logs.iter().any(|log| log.abs() > BOUND) {
            return OUTSIDE;
        }
        let cost = (self.0)(logs);
        if cost.is_finite() { cost } else { OUTSIDE }
    }
}

impl<F: Fn(&[f64]) -> f64> CostFunction for &Cost<F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, logs: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.at(logs))
    }
}

/// The least of a mean negative log-likelihood of `people`, from the logs of a start.
pub(super) fn minimise(
    cost: impl Fn(&[f64]) -> f64,
    start: &[f64],
    people: u64,
) -> Result<Optimum, Refusal> {
    let cost = Cost(cost);
    let mut best: Vec<f64> = start.iter().map(|log| log.clamp(-BOUND, BOUND)).collect();
    let (mut least, mut size) = (cost.at(&best), 1.0);
    let mut settled = false;
    for round in 0..RESTARTS_MAX {
        let found = descend(&cost, &best, size)?;
        let gain = least - cost.at(&found);
        if gain > 0.0 {
            best = found;
        }
        settled = polish(&cost, &mut best);
        if settled || gain < GAIN_MIN && round > 3 {
            break;
        }
        least = cost.at(&best);
        size = if round % 2 == 0 { -0.25 } else { 0.5 };
    }
    let (slopes, curves) = derivatives(&cost, &best);
    let outside = best.iter().any(|log| log.abs() > BOUND - 0.5);
    if !settled || outside || slopes.amax() > SLOPE_MAX {
        let why = "the likelihood has no highest point: the data do not determine the model";
        return Err(Refusal::Degenerate { why });
    }
    let why = "the likelihood is flat: the data do not determine all parameters";
    let flat = Refusal::Degenerate { why };
    if curves.clone().symmetric_eigen().eigenvalues.min() < CURVE_MIN {
        return Err(flat);
    }
    let inverse = curves.try_inverse().ok_or(flat)?;
    let spread = inverse.diagonal() / people as f64;
    Ok(Optimum {
        logs: best,
        log_errors: spread.iter().map(|variance| variance.sqrt()).collect(),
    })
}

fn descend<F: Fn(&[f64]) -> f64>(
    cost: &Cost<F>,
    from: &[f64],
    size: f64,
) -> Result<Vec<f64>, Refusal> {
    let mut corners = vec![from.to_vec()];
    for axis in 0..from.len() {
        let mut corner = from.to_vec();
        if let Some(log) = corner.get_mut(axis) {
            // towards the middle, so that no corner lies outside
            *log += if *log > 0.0 { -size } else { size };
        }
        corners.push(corner);
    }
    let why = "the search could not begin";
    let failed = |_| Refusal::Degenerate { why };
    let solver = NelderMead::new(corners)
        .with_sd_tolerance(ROUGH)
        .map_err(failed)?;
    let search = Executor::new(cost, solver).configure(|state| state.max_iters(STEPS_MAX));
    let end = search.run().map_err(failed)?;
    let found = end.state().get_best_param().cloned();
    found.ok_or(Refusal::Degenerate { why })
}

/// Newton steps as long as they lead downwards; whether they ended at a lowest point, where the next step is
/// none. On a plateau slopes are small too, but steps are not.
fn polish<F: Fn(&[f64]) -> f64>(cost: &Cost<F>, best: &mut Vec<f64>) -> bool {
    for _ in 0..NEWTON_MAX {
        let (slopes, curves) = derivatives(cost, best);
        let Some(step) = curves.cholesky().map(|curves| curves.solve(&slopes)) else {
            return false;
        };
        if step.amax() < STEP_MIN {
            return true;
        }
        let next: Vec<f64> = best
            .iter()
            .zip(step.iter())
            .map(|(log, d)| log - d)
            .collect();
        if step.amax() > 1.0 || cost.at(&next) > cost.at(best) {
            return false;
        }
        *best = next;
    }
    false
}

/// Slopes and curvatures by differences of fourth and second order.
fn derivatives<F: Fn(&[f64]) -> f64>(cost: &Cost<F>, at: &[f64]) -> (DVector<f64>, DMatrix<f64>) {
    let size = at.len();
    let moved = |moves: &[(usize, f64)]| {
        let mut logs = at.to_vec();
        for (axis, by) in moves {
            if let Some(log) = logs.get_mut(*axis) {
                *log += by * NUDGE;
            }
        }
        cost.at(&logs)
    };
    let slope = |axis, _| {
        let near = moved(&[(axis, 1.0)]) - moved(&[(axis, -1.0)]);
        let far = moved(&[(axis, 2.0)]) - moved(&[(axis, -2.0)]);
        (8.0 * near - far) / (12.0 * NUDGE)
    };
    let middle = cost.at(at);
    let curve = |a: usize, b: usize| {
        if a == b {
            let around = moved(&[(a, 1.0)]) + moved(&[(a, -1.0)]);
            return (around - 2.0 * middle) / (NUDGE * NUDGE);
        }
        let same = moved(&[(a, 1.0), (b, 1.0)]) + moved(&[(a, -1.0), (b, -1.0)]);
        let cross = moved(&[(a, 1.0), (b, -1.0)]) + moved(&[(a, -1.0), (b, 1.0)]);
        (same - cross) / (4.0 * NUDGE * NUDGE)
    };
    let slopes = DVector::from_fn(size, slope);
    (slopes, DMatrix::from_fn(size, size, curve))
}
