//! Instants, days and durations.

use super::expr::SPANS;
use super::{Clock, Gen, Ty};

impl Gen {
    pub(super) fn time(&mut self, depth: usize) -> String {
        let a = match self.rng.below(3) {
            0 if self.scope.clock == Clock::Free => {
                self.mark("now");
                "now".to_owned()
            }
            _ => self.atom_var(&Ty::Time),
        };
        match self.rng.below(6) {
            0 => {
                let op = self.rng.pick(&["+", "-"]);
                self.mark("time and duration");
                let b = self.expr(&Ty::Dur, depth);
                format!("({a} {op} {b})")
            }
            1 if !self.here.in_function => {
                let op = self.rng.pick(&["+", "-"]);
                self.mark("time and span");
                let b = self.rng.pick(&SPANS);
                format!("({a} {op} {b})")
            }
            2 if !self.here.in_function => {
                self.mark("date at clock");
                let date = self.atom_var(&Ty::Date);
                let clock = self.atom(&Ty::Clock);
                format!("({date} at ({clock}))")
            }
            3 => self.history_of(&Ty::Time).unwrap_or(a),
            _ => a,
        }
    }

    pub(super) fn date(&mut self, depth: usize) -> String {
        let _ = depth;
        let a = if self.scope.clock == Clock::Free && self.rng.chance(30) {
            self.mark("today");
            "today".to_owned()
        } else {
            self.atom_var(&Ty::Date)
        };
        if self.rng.chance(50) {
            self.mark("date and span");
            let op = self.rng.pick(&["+", "-"]);
            let b = self.rng.pick(&SPANS);
            return format!("({a} {op} {b})");
        }
        a
    }

    pub(super) fn dur(&mut self, depth: usize) -> String {
        match self.rng.below(4) {
            0 if self.var(&Ty::Time).is_some() => {
                self.mark("time minus time");
                let (a, b) = (self.atom_var(&Ty::Time), self.expr(&Ty::Time, depth));
                format!("({a} - {b})")
            }
            1 if self.var(&Ty::Int).is_some() => {
                self.mark("int * duration");
                let a = self.atom_var(&Ty::Int);
                let b = self.atom(&Ty::Dur);
                format!("({a} * {b})")
            }
            2 if self.var(&Ty::Dur).is_some() => {
                self.mark("duration arithmetic");
                let op = self.rng.pick(&["+", "-"]);
                let (a, b) = (self.atom_var(&Ty::Dur), self.expr(&Ty::Dur, depth));
                format!("({a} {op} {b})")
            }
            _ => self.atom(&Ty::Dur),
        }
    }
}
