//! Expressions of a wanted type, as text. Whatever is made of parts stands in parentheses.

use super::{Clock, Gen, Scope, TIERS, Ty, item_fields};

const TEXTS: [&str; 6] = ["a", "b", "k1", "k2", "", "é z"];
pub(crate) const SPANS: [&str; 6] = [
    "1 month",
    "2 months",
    "1 year",
    "1 calendar day",
    "3 calendar days",
    "12 months",
];
pub(crate) const LENGTHS: [&str; 14] = [
    "30 seconds",
    "10 minutes",
    "30 minutes",
    "1 hour",
    "90 minutes",
    "6 hours",
    "1 day",
    "2 days",
    "3 days",
    "1 week",
    "10 days",
    "30 days",
    "45 days",
    "1.5 hours",
];

impl Gen {
    /// A literal of a plain type.
    pub(crate) fn literal(&mut self, ty: &Ty) -> String {
        match ty {
            Ty::Bool => self.rng.pick(&["true", "false"]).to_owned(),
            Ty::Int => self
                .rng
                .pick(&["0", "1", "2", "3", "5", "7", "10", "32", "1_000"])
                .to_owned(),
            Ty::Small => self.rng.below(6).to_string(),
            Ty::Num => self
                .rng
                .pick(&["0.5", "2.0", "5%", "0.1", "3", "1.25", "100%"])
                .to_owned(),
            Ty::Eur => self
                .rng
                .pick(&[
                    "0 EUR",
                    "1 EUR",
                    "19.99 EUR",
                    "20 EUR",
                    "0.05 EUR",
                    "500 EUR",
                ])
                .to_owned(),
            Ty::Text => format!("\"{}\"", self.rng.pick(&TEXTS)),
            Ty::Time => self
                .rng
                .pick(&[
                    "2026-03-29T01:30:00Z",
                    "2026-03-01T00:00:00Z",
                    "2026-03-28T12:00:00+02:00",
                    "2026-10-25T00:30:00Z",
                ])
                .to_owned(),
            Ty::Date => self
                .rng
                .pick(&["2026-03-29", "2000-02-29", "2026-02-28", "1990-12-31"])
                .to_owned(),
            Ty::Clock => self
                .rng
                .pick(&["09:00", "02:30", "00:00", "23:59", "21:15"])
                .to_owned(),
            Ty::Dur => self.rng.pick(&LENGTHS).to_owned(),
            Ty::Zone => {
                let zone =
                    self.rng
                        .pick(&["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"]);
                format!("\"{zone}\"")
            }
            Ty::Tier => format!("tier.{}", self.rng.pick(&TIERS)),
            Ty::Item => self.item(0),
            Ty::List(of) => {
                let one = self.literal(of);
                format!("[{one}]")
            }
            Ty::Opt(of) => self.literal(of),
            Ty::Event(_) => "entry".to_owned(),
        }
    }

    /// Something readable of this type.
    pub(crate) fn var(&mut self, ty: &Ty) -> Option<String> {
        let fits = |t: &Ty| t == ty || (*ty == Ty::Int && *t == Ty::Small);
        let all: Vec<&String> = self
            .scope
            .vars
            .iter()
            .filter(|(_, t)| fits(t))
            .map(|(n, _)| n)
            .collect();
        if all.is_empty() {
            return None;
        }
        Some(all[self.rng.below(all.len())].clone())
    }

    /// A readable name, else a literal.
    pub(crate) fn atom(&mut self, ty: &Ty) -> String {
        if let Ty::Opt(of) = ty {
            return self.var(ty).unwrap_or_else(|| self.atom(of));
        }
        if self.rng.chance(75)
            && let Some(name) = self.var(ty)
        {
            return name;
        }
        if self.rng.chance(40)
            && let Some(name) = self.var(&ty.clone().opt())
        {
            self.mark("coalesce");
            let other = self.literal(ty);
            return format!("({name} ?? {other})");
        }
        if matches!(ty, Ty::Event(_)) {
            return self.var(ty).unwrap_or_else(|| "entry".to_owned());
        }
        self.literal(ty)
    }

    pub(crate) fn expr(&mut self, ty: &Ty, depth: usize) -> String {
        if depth == 0 || self.rng.chance(25) {
            return self.atom(ty);
        }
        if *ty != Ty::Bool && self.rng.chance(25) {
            return self.branching(ty, depth - 1);
        }
        let depth = depth - 1;
        match ty {
            Ty::Bool => self.bool(depth),
            Ty::Int => self.int(depth),
            Ty::Num => self.num(depth),
            Ty::Eur => self.eur(depth),
            Ty::Text => self.text(depth),
            Ty::Time => self.time(depth),
            Ty::Date => self.date(depth),
            Ty::Dur => self.dur(depth),
            Ty::Item => self.item(depth),
            Ty::List(of) => self.list(of, depth),
            Ty::Opt(of) => self.maybe(of, depth),
            Ty::Small | Ty::Clock | Ty::Zone | Ty::Tier | Ty::Event(_) => self.atom(ty),
        }
    }

    /// `if`, `match`, a function's answer: of any type.
    fn branching(&mut self, ty: &Ty, depth: usize) -> String {
        match self.rng.below(6) {
            0 | 1 => {
                self.mark("if expression");
                let (c, a, b) = (
                    self.expr(&Ty::Bool, depth),
                    self.expr(ty, depth),
                    self.expr(ty, depth),
                );
                format!("(if {c} then {a} else {b})")
            }
            2 if self.var(&Ty::Tier).is_some() => {
                self.mark("match enum expression");
                let on = self.atom_var(&Ty::Tier);
                let (a, b, c) = (
                    self.expr(ty, depth),
                    self.expr(ty, depth),
                    self.expr(ty, depth),
                );
                format!("(match {on} {{ none | bronze => {a}, silver => {b}, gold => {c} }})")
            }
            3 if self.var(&Ty::Int).is_some() => {
                self.mark("match int expression");
                let on = self.atom_var(&Ty::Int);
                let (a, b, c) = (
                    self.expr(ty, depth),
                    self.expr(ty, depth),
                    self.expr(ty, depth),
                );
                format!("(match {on} {{ 1..3 => {a}, -2 | 7 => {b}, else => {c} }})")
            }
            4 if self.var(&Ty::Int.opt()).is_some() => {
                self.mark("match unknown expression");
                let on = self.atom_var(&Ty::Int.opt());
                let (a, b, c) = (
                    self.expr(ty, depth),
                    self.expr(ty, depth),
                    self.expr(ty, depth),
                );
                format!("(match {on} {{ unknown => {a}, 2 => {b}, else => {c} }})")
            }
            _ => self.called(ty, depth).unwrap_or_else(|| self.atom(ty)),
        }
    }

    pub(crate) fn atom_var(&mut self, ty: &Ty) -> String {
        self.var(ty).unwrap_or_else(|| self.literal(ty))
    }

    fn called(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let fits: Vec<_> = self
            .world
            .functions
            .iter()
            .filter(|(_, _, t)| t == ty)
            .cloned()
            .collect();
        if fits.is_empty() {
            return None;
        }
        let (name, params, _) = self.rng.pick(&fits);
        // a function reads no function: nothing is recursive
        if self.scope.vars.iter().any(|(n, _)| n == "n0")
            && !self.scope.histories
            && self.scope.clock == Clock::Never
            && self.here.in_function
        {
            return None;
        }
        self.mark("function call");
        let args: Vec<String> = params.iter().map(|p| self.expr(p, depth)).collect();
        Some(format!("{name}({})", args.join(", ")))
    }

    fn int(&mut self, depth: usize) -> String {
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
            9 => self.list_number(&Ty::Int, depth).unwrap_or(a),
            _ => self.history_of(&Ty::Int).unwrap_or(a),
        }
    }

    fn num(&mut self, depth: usize) -> String {
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
                .list_number(&Ty::Num, depth)
                .unwrap_or_else(|| "0.5".to_owned()),
            _ => self
                .history_of(&Ty::Num)
                .unwrap_or_else(|| self.atom(&Ty::Num)),
        }
    }

    fn eur(&mut self, depth: usize) -> String {
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
            5 => self.list_number(&Ty::Eur, depth).unwrap_or(a),
            _ => self.history_of(&Ty::Eur).unwrap_or(a),
        }
    }

    /// A text with holes of every printable type.
    pub(crate) fn text(&mut self, depth: usize) -> String {
        let mut text = String::from("\"t");
        for _ in 0..1 + self.rng.below(3) {
            let (mark, ty) = self.rng.pick(&[
                ("hole bool", Ty::Bool),
                ("hole int", Ty::Int),
                ("hole number", Ty::Num),
                ("hole money", Ty::Eur),
                ("hole text", Ty::Text),
                ("hole time", Ty::Time),
                ("hole date", Ty::Date),
                ("hole clock", Ty::Clock),
                ("hole duration", Ty::Dur),
                ("hole enum", Ty::Tier),
                ("hole timezone", Ty::Zone),
            ]);
            self.mark(mark);
            let depth = if ty == Ty::Text { 0 } else { depth.min(1) };
            let value = if ty == Ty::Zone {
                self.atom_var(&Ty::Text)
            } else {
                self.expr(&ty, depth)
            };
            let local = matches!(ty, Ty::Int | Ty::Num | Ty::Eur | Ty::Date | Ty::Time);
            if local && self.rng.chance(20) {
                self.mark("format");
                let locale = self.rng.pick(&["de-DE", "en-US", "fr-FR"]);
                text.push_str(&format!(" {{format({value}, \"{locale}\")}}"));
            } else {
                text.push_str(&format!(" {{{value}}}"));
            }
        }
        text.push('"');
        text
    }

    fn time(&mut self, depth: usize) -> String {
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

    fn date(&mut self, depth: usize) -> String {
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

    fn dur(&mut self, depth: usize) -> String {
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

    pub(crate) fn item(&mut self, depth: usize) -> String {
        self.mark("record");
        let fields: Vec<String> = item_fields()
            .into_iter()
            .map(|(name, ty)| {
                let value = match (&ty, depth) {
                    (Ty::Opt(of), 0) => self.literal(of),
                    (ty, 0) => self.literal(ty),
                    (ty, _) => self.expr(ty, depth - 1),
                };
                format!("{name}: {value}")
            })
            .collect();
        format!("item({})", fields.join(", "))
    }

    fn list(&mut self, of: &Ty, depth: usize) -> String {
        self.mark("list");
        let items: Vec<String> = (0..1 + self.rng.below(3))
            .map(|_| self.expr(of, depth))
            .collect();
        format!("[{}]", items.join(", "))
    }

    /// Something that may be unknown.
    fn maybe(&mut self, of: &Ty, depth: usize) -> String {
        match self.rng.below(5) {
            0 | 1 => self
                .history_maybe(of)
                .unwrap_or_else(|| self.expr(of, depth)),
            2 => self
                .list_maybe(of, depth)
                .unwrap_or_else(|| self.expr(of, depth)),
            3 => match self.var(&of.clone().opt()) {
                Some(name) => {
                    self.mark("optional branch");
                    let c = self.expr(&Ty::Bool, depth);
                    let b = self.expr(of, depth);
                    format!("(if {c} then {name} else {b})")
                }
                None => self.expr(of, depth),
            },
            _ => self.atom(&of.clone().opt()),
        }
    }

    /// A list and the name of its elements: (list, element's type).
    pub(crate) fn some_list(&mut self) -> Option<(String, Ty)> {
        let all: Vec<(String, Ty)> = self
            .scope
            .vars
            .iter()
            .filter_map(|(n, t)| {
                if let Ty::List(of) = t {
                    Some((n.clone(), (**of).clone()))
                } else {
                    None
                }
            })
            .collect();
        if all.is_empty() {
            None
        } else {
            Some(self.rng.pick(&all))
        }
    }

    /// ` where …` over an element, or nothing.
    pub(crate) fn element_where(&mut self, binder: &str, of: &Ty) -> String {
        if self.rng.chance(40) {
            return String::new();
        }
        self.mark("where of a list");
        let mut scope = Scope {
            histories: false,
            sends: None,
            ..self.scope.clone()
        };
        if scope.clock == Clock::Solvable {
            scope.clock = Clock::Never;
        }
        scope.vars.extend(self.opened(binder, of));
        let filter = self.within(scope, |g| g.expr(&Ty::Bool, 1));
        format!(" where {filter}")
    }

    fn list_number(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let _ = depth;
        let (list, of) = self.some_list()?;
        let binder = self.fresh("x");
        let fields: Vec<String> = self
            .opened(&binder, &of)
            .into_iter()
            .filter(|(_, t)| t == ty)
            .map(|(n, _)| n)
            .collect();
        let filter = self.element_where(&binder, &of);
        if *ty == Ty::Int && (fields.is_empty() || self.rng.chance(40)) {
            self.mark("list count");
            return Some(format!("(count {binder} in {list}{filter})"));
        }
        if fields.is_empty() {
            return None;
        }
        self.mark("list sum");
        let field = self.rng.pick(&fields);
        Some(format!("(sum {field} in {list}{filter})"))
    }

    fn list_maybe(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let _ = depth;
        let (list, of) = self.some_list()?;
        let binder = self.fresh("x");
        let fields: Vec<String> = self
            .opened(&binder, &of)
            .into_iter()
            .filter(|(_, t)| t == ty)
            .map(|(n, _)| n)
            .collect();
        if fields.is_empty() {
            return None;
        }
        let field = self.rng.pick(&fields);
        let filter = self.element_where(&binder, &of);
        let (mark, word) = match ty {
            Ty::Num | Ty::Eur if self.rng.chance(40) => ("list avg", "avg"),
            _ if ty.ordered() && self.rng.chance(60) => {
                if self.rng.chance(50) {
                    ("list min", "min")
                } else {
                    ("list max", "max")
                }
            }
            _ => {
                if self.rng.chance(50) {
                    ("list first", "first")
                } else {
                    ("list last", "last")
                }
            }
        };
        self.mark(mark);
        Some(format!("({word} {field} in {list}{filter})"))
    }
}
