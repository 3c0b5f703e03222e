//! Whole numbers, numbers and money.

use super::{Clock, Gen, Ty};

impl Gen {
    pub(super) fn int(&mut self, depth: usize) -> String {
        let a = self.atom_var(&Ty::Int);
        if self.var(&Ty::Int).is_none() {
            return a;
        }
        match self.rng.below(12) {
            0..3 => {
                let op = self.choose(&["+", "-", "*"]);
                let b = self.expr(&Ty::Int, depth);
                format!("({a} {op} {b})")
            }
            3 => {
                let op = self.choose(&["div", "mod"]);
                let b = self.rng.pick(&["2", "3", "7", "-4"]);
                format!("({a} {op} {b})")
            }
            4 => {
                let b = self.atom_var(&Ty::Int);
                self.mark("div by a variable");
                format!("({a} mod ({b} + {a}))")
            }
            5 => {
                self.mark("negation");
                format!("(-{a})")
            }
            6 => {
                let of = self.choose(&["least", "greatest"]);
                let b = self.expr(&Ty::Int, depth);
                format!("{of}({a}, {b}, 5)")
            }
            7 if self.scope.clock == Clock::Free => {
                self.mark("years since");
                let date = self.atom_var(&Ty::Date);
                format!("(years since {date})")
            }
            8 if self.var(&Ty::Date).is_some() => {
                self.mark("date minus date");
                let (a, b) = (self.atom_var(&Ty::Date), self.expr(&Ty::Date, 0));
                format!("({a} - {b})")
            }
            9 => self.list_number(&Ty::Int).unwrap_or(a),
            _ => self.history_of(&Ty::Int).unwrap_or(a),
        }
    }

    pub(super) fn num(&mut self, depth: usize) -> String {
        match self.rng.below(8) {
            0..3 if self.var(&Ty::Num).is_some() => {
                let op = self.choose(&["+", "-", "*"]);
                self.mark("number arithmetic");
                let (a, b) = (self.atom_var(&Ty::Num), self.expr(&Ty::Num, depth));
                format!("({a} {op} {b})")
            }
            3 if self.var(&Ty::Int).is_some() => {
                self.mark("int / int");
                let (a, b) = (self.atom_var(&Ty::Int), self.atom_var(&Ty::Int));
                format!("({a} / ({b} + 1))")
            }
            4 if self.var(&Ty::Eur).is_some() => {
                self.mark("money / money");
                let a = self.atom_var(&Ty::Eur);
                let b = self.rng.pick(&["1 EUR", "0.07 EUR", "33 EUR"]);
                format!("({a} / {b})")
            }
            5 => {
                self.mark("widened");
                self.atom(&Ty::Int)
            }
            6 => self
                .list_number(&Ty::Num)
                .unwrap_or_else(|| "0.5".to_owned()),
            _ => self
                .history_of(&Ty::Num)
                .unwrap_or_else(|| self.atom(&Ty::Num)),
        }
    }

    pub(super) fn eur(&mut self, depth: usize) -> String {
        let a = self.atom_var(&Ty::Eur);
        if self.var(&Ty::Eur).is_none() {
            return a;
        }
        match self.rng.below(8) {
            0 | 1 => {
                let op = self.rng.pick(&["+", "-"]);
                self.mark("money arithmetic");
                let b = self.expr(&Ty::Eur, depth);
                format!("({a} {op} {b})")
            }
            2 => {
                self.mark("money * number");
                let b = self.expr(&Ty::Num, depth);
                format!("({a} * {b})")
            }
            3 => {
                self.mark("money / number");
                let b = self.rng.pick(&["3", "0.7", "-2.5", "8"]);
                format!("({a} / {b})")
            }
            4 => {
                let of = self.rng.pick(&["least", "greatest"]);
                let b = self.expr(&Ty::Eur, depth);
                format!("{of}({a}, {b})")
            }
            5 => self.list_number(&Ty::Eur).unwrap_or(a),
            _ => self.history_of(&Ty::Eur).unwrap_or(a),
        }
    }
}
