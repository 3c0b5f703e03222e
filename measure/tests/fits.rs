//! Fits of the BG/NBD and Gamma-Gamma models: every start leads to one end, data drawn from a model give the
//! model back, what does not determine a model is refused.

use journey_measure::Refusal;
use journey_measure::value::{self, BgNbd, Customer, GammaGamma, Horizon};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng as _;

struct Chance(Pcg64);

impl Chance {
    /// Above 0, up to 1.
    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }

    fn exponential(&mut self, rate: f64) -> f64 {
        -self.uniform().ln() / rate
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Marsaglia and Tsang (2000).
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.uniform().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }
}

/// People who buy as the models say, watched for `age`, and what each buys in the `after` that follow.
fn people(count: usize, after: f64) -> (Vec<Customer>, f64) {
    let mut chance = Chance(Pcg64::new(2_005, 24));
    let (mut out, mut later) = (Vec::new(), 0.0);
    for person in 0..count {
        let age = 20.0 + (person % 13) as f64;
        let rate = chance.gamma(0.8) / 5.0;
        let lost = chance.beta(0.7, 2.5);
        let scale = 10.0 / chance.gamma(4.0);
        let (mut now, mut customer, mut spent) = (0.0, Customer::default(), 0.0);
        let mut alive = true;
        while alive {
            now += chance.exponential(rate);
            if now > age + after {
                break;
            }
            if now <= age {
                customer.repeats += 1;
                customer.recency = now;
                spent += chance.gamma(6.0) * scale;
            } else {
                later += 1.0;
            }
            alive = chance.uniform() > lost;
        }
        customer.age = age;
        if customer.repeats > 0 {
            customer.mean_amount = spent / f64::from(customer.repeats);
        }
        out.push(customer);
    }
    (out, later)
}

fn close(a: f64, b: f64, part: f64) -> bool {
    (a - b).abs() <= part * b.abs()
}

#[test]
fn every_start_leads_to_one_end() {
    let (people, _) = people(800, 0.0);
    let (model, fitted) = BgNbd::fit(&people).unwrap();
    let mut chance = Chance(Pcg64::new(1, 2));
    let mut far = |size: f64| (chance.normal() * size).clamp(-8.0, 8.0).exp();
    for _ in 0..8 {
        let start = [far(2.0), far(2.0), far(2.0), far(2.0)];
        let (again, other) = BgNbd::fit_from(&people, start).unwrap();
        assert!(
            close(other.log_likelihood, fitted.log_likelihood, 1e-9),
            "{start:?}"
        );
        for (a, b) in [
            (again.r, model.r),
            (again.alpha, model.alpha),
            (again.a, model.a),
            (again.b, model.b),
        ] {
            assert!(close(a, b, 1e-4), "{start:?}: {again:?} {model:?}");
        }
    }
    let (amounts, _) = GammaGamma::fit(&people).unwrap();
    for _ in 0..12 {
        let start = [far(2.0), far(2.0), far(2.0)];
        let (again, _) = GammaGamma::fit_from(&people, start, 0.0).unwrap();
        for (a, b) in [
            (again.p, amounts.p),
            (again.q, amounts.q),
            (again.v, amounts.v),
        ] {
            assert!(close(a, b, 1e-4), "{start:?}: {again:?} {amounts:?}");
        }
    }
}

#[test]
fn data_of_a_model_give_it_back() {
    let (people, later) = people(6_000, 15.0);
    let (model, fitted) = BgNbd::fit(&people).unwrap();
    let found = [model.r, model.alpha, model.a, model.b];
    for ((found, truth), error) in found
        .into_iter()
        .zip([0.8, 5.0, 0.7, 2.5])
        .zip(&fitted.log_errors)
    {
        let off = (found.ln() - f64::ln(truth)).abs();
        assert!(off < 4.0 * error && *error < 0.3, "{found} {truth} {error}");
    }
    let expected: f64 = people
        .iter()
        .map(|c| model.expected(c, 15.0).unwrap())
        .sum();
    assert!(close(expected, later, 0.05), "{expected} {later}");
    let (amounts, fitted) = GammaGamma::fit(&people).unwrap();
    let found = [amounts.p, amounts.q, amounts.v];
    for ((found, truth), error) in found
        .into_iter()
        .zip([6.0, 4.0, 10.0])
        .zip(&fitted.log_errors)
    {
        let off = (found.ln() - f64::ln(truth)).abs();
        assert!(off < 4.0 * error && *error < 0.3, "{found} {truth} {error}");
    }
}

#[test]
fn predictions_make_sense() {
    let model = BgNbd {
        r: 0.243,
        alpha: 4.414,
        a: 0.793,
        b: 2.426,
    };
    let customer = |repeats, recency| Customer {
        repeats,
        recency,
        age: 38.86,
        mean_amount: 20.0,
    };
    assert!((model.alive(&customer(0, 0.0)) - 1.0).abs() < 1e-12);
    // the paper's own example, with the parameters it prints
    let example = model.expected(&customer(2, 30.43), 39.0).unwrap();
    assert!((example - 1.226).abs() < 0.001, "{example}");
    let mut before = 0.0;
    for time in [0.0, 1.0, 10.0, 100.0, 1_000.0, 30_000.0] {
        let now = model.expected(&customer(3, 30.0), time).unwrap();
        assert!(now >= before && now.is_finite());
        before = now;
    }
    // who came lately is more likely to come again
    let alive = |recency| model.alive(&customer(3, recency));
    assert!(alive(38.0) > alive(20.0) && alive(20.0) > alive(5.0));
    // a and a + b at one have limits, which the neighbours enclose
    for (a, b) in [(1.0, 2.0), (0.6, 0.4)] {
        let at = |a: f64| {
            BgNbd { a, b, ..model }
                .expected(&customer(0, 0.0), 39.0)
                .unwrap()
        };
        let (low, middle, high) = (at(a - 0.001), at(a), at(a + 0.001));
        assert!(
            low.min(high) < middle && middle < low.max(high),
            "{low} {middle} {high}"
        );
    }
    let new = model.expected_of_new(52.0).unwrap();
    let known = model.expected(&Customer::default(), 52.0).unwrap();
    assert!((new - known).abs() < 1e-12);
    assert!(model.expected(&customer(1, 5.0), -1.0).is_err());
    assert!(model.expected(&customer(1, 5.0), f64::NAN).is_err());
}

#[test]
fn what_does_not_determine_a_model_is_refused() {
    let customer = |repeats: u32, recency: f64| Customer {
        repeats,
        recency,
        age: 30.0,
        mean_amount: 10.0,
    };
    let few = vec![customer(1, 3.0); 5];
    let (people, least) = (5, 20);
    assert_eq!(
        BgNbd::fit(&few).unwrap_err(),
        Refusal::TooFew { people, least }
    );
    assert_eq!(
        GammaGamma::fit(&few).unwrap_err(),
        Refusal::TooFew { people, least }
    );
    // all the same: nothing differs between people
    let same = vec![customer(2, 20.0); 200];
    assert!(matches!(BgNbd::fit(&same), Err(Refusal::Degenerate { .. })));
    let amounts = GammaGamma::fit(&same);
    assert!(
        matches!(amounts, Err(Refusal::Degenerate { .. })),
        "{amounts:?}"
    );
    // everybody bought just now: nobody is ever lost
    let faithful: Vec<Customer> = (0..200).map(|n| customer(1 + n % 7, 30.0)).collect();
    assert!(matches!(
        BgNbd::fit(&faithful),
        Err(Refusal::Degenerate { .. })
    ));
    let wrong = vec![customer(2, 31.0); 200];
    let (name, value) = ("recency", 31.0);
    assert_eq!(
        BgNbd::fit(&wrong).unwrap_err(),
        Refusal::OutOfRange { name, value }
    );
    let amounts = GammaGamma {
        p: 5.0,
        q: 0.9,
        v: 3.0,
    };
    assert!(amounts.expected_amount(&customer(2, 3.0)).is_ok());
    let model = BgNbd {
        r: 1.0,
        alpha: 1.0,
        a: 1.0,
        b: 2.0,
    };
    let horizon = Horizon {
        periods: 3,
        length: 1.0,
        discount: 0.1,
    };
    assert!(value::value(&model, &amounts, &customer(0, 0.0), horizon).is_err());
    assert!(value::value(&model, &amounts, &customer(2, 9.0), horizon).is_ok());
}
