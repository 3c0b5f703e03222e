//! Predicates over a few fields and one event, with constants where domains change.

use crate::irgen::Rng;

#[derive(Debug)]
pub struct Predicates<'a> {
    pub rng: &'a mut Rng,
    pub fields: &'a [usize],
    pub deeds: bool,
    pub consent: bool,
    pub broadcasts: bool,
    /// audiences that may be named
    pub before: usize,
}

impl Predicates<'_> {
    pub fn bool(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.test();
        }
        let deeper = depth - 1;
        match self.rng.below(12) {
            0..4 => {
                let (a, b) = (self.bool(deeper), self.bool(deeper));
                format!("({a} and {b})")
            }
            4..7 => {
                let (a, b) = (self.bool(deeper), self.bool(deeper));
                format!("({a} or {b})")
            }
            7 => format!("(not {})", self.bool(deeper)),
            8 => {
                let (c, a, b) = (self.test(), self.bool(deeper), self.bool(deeper));
                format!("(if {c} then {a} else {b})")
            }
            9 if self.before > 0 => format!("a{}", self.rng.below(self.before)),
            _ => self.test(),
        }
    }

    fn op(&mut self) -> &'static str {
        self.rng.pick(&["==", "!=", "<", "<=", ">", ">="])
    }

    fn test(&mut self) -> String {
        if self.deeds && self.rng.chance(40) {
            return self.deed();
        }
        if self.broadcasts && self.rng.chance(30) {
            return self.broadcast();
        }
        if self.consent && self.rng.chance(30) {
            return self
                .rng
                .pick(&[
                    "consent.marketing",
                    "consent.marketing.email",
                    "consent.marketing.sms",
                ])
                .to_owned();
        }
        let field = self.rng.pick(self.fields);
        self.of_field(field)
    }

    fn of_field(&mut self, field: usize) -> String {
        let op = self.op();
        match field {
            0 => match self.rng.below(4) {
                0 => "tier in [none, gold]".to_owned(),
                1 => "(match tier { gold => 3, silver => 1, none => 0 }) > 1".to_owned(),
                _ => format!("tier {op} {}", self.rng.pick(&["none", "silver", "gold"])),
            },
            1 | 2 => self.of_ints(op),
            3 => self.rng.pick(&["vip", "not vip", "vip == true"]).to_owned(),
            4 => self
                .rng
                .pick(&[
                    "(asked ?? false)",
                    "(asked ?? true)",
                    "known asked",
                    "(known asked and asked)",
                    "(unknown asked or not asked)",
                ])
                .to_owned(),
            5 => self.of_city(op),
            6 => match self.rng.below(4) {
                0 => "known opt".to_owned(),
                1 => "unknown opt".to_owned(),
                2 => format!("(opt ?? 1) {op} {}", self.rng.below(4)),
                _ => format!("(known opt and opt {op} {})", self.rng.below(4)),
            },
            7 => self.of_number(op),
            8 => self.of_money(op),
            9 => self.of_date(op),
            _ => self.of_time(op),
        }
    }

    fn of_number(&mut self, op: &str) -> String {
        let number = self.rng.pick(&[
            "num",
            "num",
            "num * 2",
            "num / 3 + 1",
            "(1 - num) * 0.5",
            "-num",
            "1 / num",
        ]);
        let bound = self.rng.pick(&["0.0", "0.5", "1.0", "1.5", "-0.25"]);
        format!("{number} {op} {bound}")
    }

    fn of_money(&mut self, op: &str) -> String {
        match self.rng.below(6) {
            0 => format!(
                "total / 3 {op} {}",
                self.rng.pick(&["0 EUR", "0.67 EUR", "1 EUR"])
            ),
            1 => format!("total * 1.5 {op} {}", self.rng.pick(&["0.02 EUR", "3 EUR"])),
            2 => format!(
                "total / 2 EUR {op} {}",
                self.rng.pick(&["0.5", "1.0", "0.005"])
            ),
            3 => format!("total * -2 + 1 EUR {op} 0 EUR"),
            4 if self.fields.contains(&1) => format!("((mean ?? 1 EUR) {op} 1 EUR)"),
            _ => format!("total {op} {}", self.rng.pick(&["0 EUR", "1 EUR", "2 EUR"])),
        }
    }

    fn of_date(&mut self, op: &str) -> String {
        match self.rng.below(6) {
            0 => "known born".to_owned(),
            1 => format!("(known born and born + 1 month {op} 2026-02-28)"),
            2 => format!("(known born and born - 2 months {op} 2025-12-31)"),
            3 => format!("(known born and today {op} born + 2 months)"),
            4 => format!("(known born and today {op} born + 20 calendar days)"),
            _ => format!("(known born and born {op} 2026-01-31)"),
        }
    }

    fn of_time(&mut self, op: &str) -> String {
        match self.rng.below(5) {
            0 => "unknown seen".to_owned(),
            1 => format!("(known seen and now {op} seen + 2 months)"),
            2 => format!("(known seen and now {op} seen + 30 days)"),
            3 => format!("(known seen and seen {op} 2026-02-01T00:00:00Z)"),
            _ => format!("(known seen and now - 1 month {op} seen)"),
        }
    }

    fn broadcast(&mut self) -> String {
        let filter = self
            .rng
            .pick(&["", " where area == profile.city", " where area == \"a\""]);
        let window = self
            .rng
            .pick(&["", " in last 3 days", " in this calendar week"]);
        let op = self.op();
        format!(
            "((count opened{filter}{window}) {op} {})",
            self.rng.below(4)
        )
    }

    fn of_ints(&mut self, op: &str) -> String {
        let a = self.int();
        match self.rng.below(10) {
            8 => {
                let of = self
                    .rng
                    .pick(&["0 => 1, 1 => 4, 2 | 5 => 1", "3 => 0, 1 => 5, 0 => 5"]);
                format!(
                    "(match {a} {{ {of}, else => 2 }}) {op} {}",
                    self.rng.below(6)
                )
            }
            9 => self.divided(op),
            0 => format!("{a} in 1..3"),
            1 => format!("{a} not in [0, 2]"),
            2 => format!("{a} between 1 and {}", self.int()),
            3 | 4 => format!("{a} {op} {}", self.int()),
            _ => format!("{a} {op} {}", self.rng.below(6)),
        }
    }

    fn int(&mut self) -> String {
        let of = if self.fields.contains(&2) && self.rng.chance(50) {
            "m"
        } else {
            "n"
        };
        match self.rng.below(14) {
            0 => "twice".to_owned(),
            1 => format!("({of} + 1)"),
            2 => format!("({of} * 3)"),
            3 => format!("least({of}, 2)"),
            4 => format!("greatest({of}, 2)"),
            5 => format!("larger({of}, 2)"),
            6 => format!("(-{of})"),
            7 if self.deeds => "dones".to_owned(),
            8 => format!("({of} - 2)"),
            9 => format!("({of} mod 3)"),
            _ => of.to_owned(),
        }
    }

    /// By constants and by fields, which may be nought.
    fn divided(&mut self, op: &str) -> String {
        let (n, m) = (self.fields.contains(&1), self.fields.contains(&2));
        let a = self.int();
        match self.rng.below(8) {
            0 => format!("({a} div 3) {op} 1"),
            1 => format!("({a} mod -3) {op} -1"),
            2 => format!("({a} div -2) {op} {}", self.rng.below(3)),
            3 => format!("{a} / 2 {op} 0.5"),
            4 if m => format!("((part ?? 2) {op} 0.5)"),
            5 if n && m => format!("((share ?? 1) {op} {})", self.rng.below(3)),
            6 if n && m => format!("m mod n {op} 1"),
            7 if n => format!("10 / n {op} 4"),
            _ if n && m => format!("n * m {op} {}", self.rng.below(5)),
            _ => format!("{a} * 0.5 {op} 1"),
        }
    }

    fn of_city(&mut self, op: &str) -> String {
        match self.rng.below(7) {
            0 => "city starts with \"a\"".to_owned(),
            1 => "city ends with \"b\"".to_owned(),
            2 => "city contains \"b\"".to_owned(),
            3 => "city matches /^a+$/".to_owned(),
            4 => "city in [\"a\", \"b\"]".to_owned(),
            _ => {
                let constant = self.rng.pick(&["", "a", "ab", "b"]);
                format!("city {op} \"{constant}\"")
            }
        }
    }

    fn deed(&mut self) -> String {
        let filter = self.rng.pick(&[
            "",
            "",
            "k == 1",
            "k > 0",
            "b",
            "not b",
            "k == 2 and b",
            "k < 2",
        ]);
        let window = self.rng.pick(&[
            "",
            "",
            " in last 1 day",
            " in last 3 days",
            " in last 10 days",
            " in this calendar day",
            " in this calendar week",
            " in this calendar month",
            " in last 2 months",
        ]);
        let filter = if filter.is_empty() {
            String::new()
        } else {
            format!(" where ({filter})")
        };
        match self.rng.below(7) {
            6 => {
                let op = self.op();
                let end = self.rng.pick(&["first", "last"]);
                match self.rng.below(3) {
                    0 => format!("(({end} done.b) ?? false)"),
                    1 => format!("(known ({end} done.k))"),
                    _ => format!("((({end} done.k) ?? 1) {op} {})", self.rng.below(3)),
                }
            }
            0 | 1 => format!("(any done{filter}{window})"),
            2 | 3 => format!("(no done{filter}{window})"),
            4 => {
                let op = self.op();
                format!("((count done{filter}{window}) {op} {})", self.rng.below(4))
            }
            _ => {
                let op = self.op();
                format!("((count done{filter}{window}) {op} 1)")
            }
        }
    }
}
