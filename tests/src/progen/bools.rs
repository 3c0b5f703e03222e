//! Conditions: comparisons of every type, what is known, lists, consent, audiences, the clock.

use super::{Clock, Gen, Ty};

const COMPARED: [(&str, Ty); 11] = [
    ("compare int", Ty::Int),
    ("compare small", Ty::Small),
    ("compare number", Ty::Num),
    ("compare money", Ty::Eur),
    ("compare text", Ty::Text),
    ("compare time", Ty::Time),
    ("compare date", Ty::Date),
    ("compare clock", Ty::Clock),
    ("compare duration", Ty::Dur),
    ("compare enum", Ty::Tier),
    ("compare bool", Ty::Bool),
];

impl Gen {
    pub(crate) fn bool(&mut self, depth: usize) -> String {
        match self.rng.below(20) {
            0 => {
                self.mark("and");
                let (a, b) = (self.expr(&Ty::Bool, depth), self.expr(&Ty::Bool, depth));
                format!("({a} and {b})")
            }
            1 => {
                self.mark("or");
                let (a, b) = (self.expr(&Ty::Bool, depth), self.expr(&Ty::Bool, depth));
                format!("({a} or {b})")
            }
            2 => {
                self.mark("not");
                let a = self.expr(&Ty::Bool, depth);
                format!("(not {a})")
            }
            3..7 => self.compared(depth),
            7 => self.in_some(depth),
            8 => self.text_test(),
            9 | 10 => self.known(depth),
            11 | 12 => self.list_test(),
            13 => self.standing(),
            14 | 15 => self.clocked(),
            _ => self.history_test().unwrap_or_else(|| self.compared(depth)),
        }
    }

    fn compared(&mut self, depth: usize) -> String {
        let (mark, ty) = self.rng.pick(&COMPARED);
        let Some(a) = self.var(&ty) else {
            return self.atom(&Ty::Bool);
        };
        self.mark(mark);
        let op = if ty == Ty::Bool {
            self.rng.pick(&["==", "!="])
        } else {
            self.choose(&["==", "!=", "<", "<=", ">", ">="])
        };
        let ty = if ty == Ty::Small { Ty::Int } else { ty };
        let left = if self.rng.chance(50) {
            a
        } else {
            self.expr(&ty, depth)
        };
        let b = if self.rng.chance(50) {
            self.literal(&ty)
        } else {
            self.expr(&ty, depth)
        };
        format!("({left} {op} {b})")
    }

    fn in_some(&mut self, depth: usize) -> String {
        let (_, ty) = self.rng.pick(&COMPARED);
        if matches!(ty, Ty::Bool) {
            return self.atom(&Ty::Bool);
        }
        let a = self.expr(&ty, depth);
        let (b, c) = (self.literal(&ty), self.literal(&ty));
        match self.rng.below(4) {
            0 => {
                self.mark("in list");
                format!("({a} in [{b}, {c}])")
            }
            1 => {
                self.mark("not in list");
                format!("({a} not in [{b}, {c}])")
            }
            2 if ty == Ty::Int => {
                self.mark("in range");
                format!("({a} in 1..5)")
            }
            _ => match self.var(&ty) {
                // what the offers say is known, and a range of it may be empty
                Some(d) if !d.starts_with("c_") && !d.starts_with("offer.") => {
                    self.mark("between");
                    format!("({a} between {b} and {d})")
                }
                _ => format!("({a} in [{b}])"),
            },
        }
    }

    fn text_test(&mut self) -> String {
        let a = self.atom_var(&Ty::Text);
        match self.rng.below(5) {
            0 => {
                self.mark("contains");
                let b = self.atom(&Ty::Text);
                format!("({a} contains {b})")
            }
            1 => {
                self.mark("starts with");
                let b = self.atom(&Ty::Text);
                format!("({a} starts with {b})")
            }
            2 => {
                self.mark("ends with");
                let b = self.atom(&Ty::Text);
                format!("({a} ends with {b})")
            }
            3 => {
                self.mark("matches");
                let pattern = self.rng.pick(&["a+", "^k[12]$", "(?i)É", "\\d|b$"]);
                format!("({a} matches /{pattern}/)")
            }
            _ => match self.var(&Ty::Text.list()) {
                Some(list) => {
                    self.mark("list contains");
                    if self.rng.chance(50) {
                        format!("({list} contains {a})")
                    } else {
                        format!("({a} in {list})")
                    }
                }
                None => self.atom(&Ty::Bool),
            },
        }
    }

    /// `known x`, with what may be said of it then.
    fn known(&mut self, depth: usize) -> String {
        let all: Vec<(String, Ty)> = self
            .scope
            .vars
            .iter()
            .filter_map(|(n, t)| {
                if let Ty::Opt(of) = t {
                    Some((n.clone(), (**of).clone()))
                } else {
                    None
                }
            })
            .collect();
        if all.is_empty() {
            return self.atom(&Ty::Bool);
        }
        let (name, of) = self.rng.pick(&all);
        match self.rng.below(4) {
            0 => {
                self.mark("known");
                format!("(known {name})")
            }
            1 => {
                self.mark("unknown");
                format!("(unknown {name})")
            }
            2 => {
                self.mark("narrowed by and");
                let then = self.narrowed(&name, &of, depth);
                format!("(known {name} and {then})")
            }
            _ => {
                self.mark("narrowed by or");
                let then = self.narrowed(&name, &of, depth);
                format!("(unknown {name} or {then})")
            }
        }
    }

    pub(crate) fn narrowed(&mut self, name: &str, of: &Ty, depth: usize) -> String {
        let mut scope = self.scope.clone();
        scope.vars.retain(|(n, _)| n != name);
        scope.vars.extend(self.opened(name, of));
        let of = of.clone();
        let name = name.to_owned();
        self.within(scope, |g| {
            if of.ordered() && g.rng.chance(70) {
                let ty = if of == Ty::Small { Ty::Int } else { of };
                let b = g.expr(&ty, depth);
                let op = g.rng.pick(&["==", "<", ">="]);
                return format!("({name} {op} {b})");
            }
            g.expr(&Ty::Bool, depth)
        })
    }

    fn list_test(&mut self) -> String {
        let Some((list, of)) = self.some_list() else {
            return self.atom(&Ty::Bool);
        };
        let binder = self.fresh("x");
        let (mark, word) =
            self.rng
                .pick(&[("list any", "any"), ("list no", "no"), ("list all", "all")]);
        self.mark(mark);
        let mut filter = self.element_where(&binder, &of);
        if filter.is_empty() && word == "all" {
            filter = format!(" where ({binder} == {binder})");
            if matches!(of, Ty::Event(_)) {
                filter = format!(" where {binder}.late");
            }
            if of == Ty::Item {
                filter = format!(" where ({binder}.qty > 1)");
            }
        }
        format!("({word} {binder} in {list}{filter})")
    }

    fn standing(&mut self) -> String {
        if self.here.in_function || self.here.in_where {
            return self.atom(&Ty::Bool);
        }
        if !self.world.audiences.is_empty() && self.rng.chance(60) {
            self.mark("audience as bool");
            let all = self.world.audiences.clone();
            return self.rng.pick(&all);
        }
        if self.rng.chance(25) {
            self.mark("muted");
            let purpose = self.rng.pick(&["news", "ads", "service"]);
            return format!("muted.{purpose}");
        }
        self.mark("consent");
        let purpose = self.rng.pick(&["news", "ads", "service"]);
        if self.rng.chance(50) || self.world.channels.is_empty() {
            return format!("consent.{purpose}");
        }
        self.mark("consent by channel");
        let channel = self.rng.pick(&self.world.channels.clone());
        format!("consent.{purpose}.{}", channel.name)
    }

    fn clocked(&mut self) -> String {
        if self.scope.clock == Clock::Never {
            return self.atom(&Ty::Bool);
        }
        let op = self.rng.pick(&["<", "<=", ">", ">="]);
        match self.rng.below(4) {
            0 => {
                self.mark("time against now");
                let a = self.atom_var(&Ty::Time);
                let by = self.literal(&Ty::Dur);
                let sign = self.rng.pick(&["+", "-"]);
                format!("({a} {op} now {sign} {by})")
            }
            1 => {
                self.mark("time against now and span");
                let a = self.atom_var(&Ty::Time);
                let by = self.rng.pick(&super::expr::SPANS);
                format!("(now - {by} {op} {a})")
            }
            2 => {
                self.mark("date against today");
                let a = self.atom_var(&Ty::Date);
                let by = self.rng.pick(&super::expr::SPANS);
                let op = self.rng.pick(&["<", "<=", ">", ">=", "==", "!="]);
                format!("(today {op} {a} + {by})")
            }
            _ => {
                self.mark("years since against a number");
                let a = self.atom_var(&Ty::Date);
                let n = self.rng.pick(&["0", "18", "26", "35"]);
                format!("(years since {a} {op} {n})")
            }
        }
    }
}
