//! Expressions of a wanted type, as text. Whatever is made of parts stands in parentheses.

use super::{Clock, Gen, TIERS, Ty, item_fields};

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
            Ty::Prize => "o0".to_owned(),
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
        if self.rng.chance(3)
            && let Some(field) = self.field_of(ty, depth - 1)
        {
            return field;
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
            Ty::Small | Ty::Clock | Ty::Zone | Ty::Tier | Ty::Prize | Ty::Event(_) => self.atom(ty),
        }
    }

    /// A field of a record that has no name.
    fn field_of(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let fields = item_fields().into_iter();
        let fields: Vec<_> = fields.filter(|(_, t)| t == ty).collect();
        if fields.is_empty() {
            return None;
        }
        self.mark("field of a value");
        let (field, _) = self.rng.pick(&fields);
        if self.rng.chance(50) {
            return Some(format!("{}.{field}", self.item(depth)));
        }
        Some(format!("({}).{field}", self.branching(&Ty::Item, depth)))
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
            let value = if ty == Ty::Zone && self.rng.chance(20) {
                self.mark("hole span");
                self.rng.pick(&SPANS).to_owned()
            } else if ty == Ty::Zone {
                let zone = self.var(&Ty::Zone);
                zone.unwrap_or_else(|| self.atom(&Ty::Zone))
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
}
