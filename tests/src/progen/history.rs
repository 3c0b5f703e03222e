//! Questions about what a person did: all aggregates, all windows, kept whole, in panes, or by key.

use super::expr::{LENGTHS, SPANS};
use super::prizes::OUTCOMES;
use super::{Clock, Gen, Scope, Ty};

impl Gen {
    /// ` in last D`, …, or nothing.
    fn window(&mut self) -> String {
        match self.rng.below(12) {
            0..5 => {
                self.mark("window last");
                let length = self.rng.pick(&LENGTHS);
                if self.rng.chance(10) {
                    self.mark("in panes of");
                    let pane = self.rng.pick(&["1 hour", "1 minute", "1 day"]);
                    return format!(" in last 10 days in panes of {pane}");
                }
                format!(" in last {length}")
            }
            5 => {
                self.mark("window span");
                let length = self.rng.pick(&SPANS);
                format!(" in last {length}")
            }
            6 | 7 => {
                let (mark, unit) = self.rng.pick(&[
                    ("this day", "day"),
                    ("this week", "week"),
                    ("this month", "month"),
                ]);
                self.mark(mark);
                format!(" in this calendar {unit}")
            }
            8 => {
                self.mark("since a time");
                let time = self.literal(&Ty::Time);
                format!(" since {time}")
            }
            9 if !self.here.in_where => {
                let field = self
                    .world
                    .profile
                    .iter()
                    .find(|(_, t)| *t == Ty::Time)
                    .map(|(n, _)| n.clone());
                match field {
                    Some(field) => {
                        self.mark("since a field");
                        format!(" since {field}")
                    }
                    None => String::new(),
                }
            }
            10 | 11 if self.scope.sends.is_some() => {
                match self.scope.sends.clone().unwrap_or_default().last() {
                    Some(step) if self.rng.chance(50) => {
                        self.mark("since a step");
                        format!(" since {step}")
                    }
                    _ => {
                        self.mark("since enter");
                        " since enter".to_owned()
                    }
                }
            }
            _ => {
                self.mark("window ever");
                String::new()
            }
        }
    }

    /// ` where …` of a history, perhaps kept by key.
    fn history_where(&mut self, event: usize) -> String {
        if self.rng.chance(55) {
            return String::new();
        }
        let fields = self.world.events[event].fields.clone();
        let mut scope = Scope {
            vars: Vec::new(),
            clock: Clock::Never,
            histories: false,
            sends: None,
        };
        for (name, ty) in &fields {
            scope.vars.extend(self.opened(name, ty));
        }
        let everyones = self.world.events[event].broadcast;
        for (name, ty) in self.world.profile.clone() {
            if !everyones {
                scope
                    .vars
                    .extend(self.opened(&format!("profile.{name}"), &ty));
            }
        }
        scope.vars.extend(self.world.consts.clone());
        let journey = self.scope.sends.is_some();
        let keys: Vec<_> = fields
            .iter()
            .filter(|(_, t)| matches!(t, Ty::Text | Ty::Int | Ty::Tier | Ty::Bool))
            .cloned()
            .collect();
        if everyones && !self.here.in_second && self.rng.chance(40) {
            let (field, ty) = self.rng.pick(&keys);
            let mut own = self.world.profile.clone();
            own.retain(|(_, t)| *t == ty);
            if !own.is_empty() {
                self.mark("history by profile");
                let (own, _) = self.rng.pick(&own);
                return format!(" where {field} == profile.{own}");
            }
        }
        if journey && !keys.is_empty() && self.rng.chance(45) {
            let (field, ty) = self.rng.pick(&keys);
            let outer: Vec<String> = self
                .scope
                .vars
                .iter()
                .filter(|(n, t)| *t == ty && (n.starts_with("entry.") || n.starts_with("v")))
                .map(|(n, _)| n.clone())
                .collect();
            if !outer.is_empty() {
                self.mark("history by key");
                let outer = self.rng.pick(&outer);
                return format!(" where {field} == {outer}");
            }
        }
        self.mark("history where");
        let before = std::mem::replace(&mut self.here.in_where, true);
        let filter = self.within(scope, |g| g.expr(&Ty::Bool, 1));
        self.here.in_where = before;
        format!(" where {filter}")
    }

    /// A `where` that reads nothing from outside.
    fn inner_where(&mut self, event: usize) -> String {
        let sends = self.scope.sends.take();
        let before = std::mem::replace(&mut self.here.in_second, true);
        let filter = self.history_where(event);
        self.here.in_second = before;
        self.scope.sends = sends;
        filter
    }

    /// What stands behind the event: a `where`, perhaps what has to follow, a window.
    fn tail(&mut self, event: usize) -> String {
        let filter = self.history_where(event);
        if !self.rng.chance(18) {
            return filter + &self.window();
        }
        let mut second = self.rng.below(self.world.events.len());
        if self.world.events[second].broadcast != self.world.events[event].broadcast {
            second = event;
        }
        let name = self.world.events[second].name.clone();
        let word = self.rng.pick(&["followed by", "followed by", "without"]);
        self.mark(if word == "without" {
            "without"
        } else {
            "followed by"
        });
        let then = self.inner_where(second);
        let mut text = format!("{filter} {word} {name}{then}");
        if self.rng.chance(75) {
            self.mark("within");
            let length = self.rng.pick(&LENGTHS);
            text += &format!(" within {length}");
        }
        let fields = self.world.events[second].fields.clone();
        let same: Vec<_> = self.world.events[event]
            .fields
            .iter()
            .filter(|(_, ty)| matches!(ty, Ty::Text | Ty::Int | Ty::Tier | Ty::Bool))
            .filter(|field| fields.contains(field))
            .cloned()
            .collect();
        if !same.is_empty() && self.rng.chance(50) {
            self.mark("same");
            let (field, _) = self.rng.pick(&same);
            text += &format!(" same {field}");
        }
        text + &self.window()
    }

    /// The sends of a step, a message or a channel.
    pub(crate) fn sent(&mut self) -> String {
        let step = self.scope.sends.as_ref().and_then(|steps| steps.last());
        if let Some(step) = step
            && self.rng.chance(40)
        {
            return format!("{step}.sent");
        }
        let channel = self.rng.pick(&self.world.channels.clone());
        let whose = self.rng.pick(&[channel.name.as_str(), "m0", "m1"]);
        format!("{whose}.sent")
    }

    /// A score that decays: another value at each instant.
    fn decayed(&mut self) -> Option<String> {
        let event = self.some_event()?;
        let name = self.world.events[event].name.clone();
        let fields = self.world.events[event].fields.clone();
        let numbers: Vec<_> = fields
            .iter()
            .filter(|(_, ty)| matches!(ty, Ty::Int | Ty::Num | Ty::Small))
            .cloned()
            .collect();
        let what = if !numbers.is_empty() && self.rng.chance(60) {
            self.mark("decayed sum");
            let (field, _) = self.rng.pick(&numbers);
            format!("sum {name}.{field}")
        } else {
            self.mark("decayed count");
            format!("count {name}")
        };
        let filter = self.inner_where(event);
        let half = self.rng.pick(&LENGTHS);
        let window = self.window();
        Some(format!("decayed {what}{filter} half life {half}{window}"))
    }

    /// An event with a field of the type: (path, number of the event).
    fn asked(&mut self, ty: &Ty) -> Option<(String, usize)> {
        if !self.scope.histories {
            return None;
        }
        let mut all = Vec::new();
        for (number, event) in self.world.events.iter().enumerate() {
            for (field, t) in &event.fields {
                if t == ty {
                    all.push((format!("{}.{field}", event.name), number));
                }
            }
            if *ty == Ty::Time {
                all.push((format!("{}.at", event.name), number));
            }
        }
        if all.is_empty() {
            None
        } else {
            Some(self.rng.pick(&all))
        }
    }

    fn some_event(&mut self) -> Option<usize> {
        (self.scope.histories && !self.world.events.is_empty())
            .then(|| self.rng.below(self.world.events.len()))
    }

    /// A history whose answer is always there.
    pub(crate) fn history_of(&mut self, ty: &Ty) -> Option<String> {
        if *ty == Ty::Int && self.rng.chance(70) {
            if self.rng.chance(30) {
                let of = self.rng.pick(&[Ty::Text, Ty::Int, Ty::Tier, Ty::Date]);
                let (path, event) = self.asked(&of)?;
                self.mark("history distinct");
                let mut tail = self.tail(event);
                if self.rng.chance(20) {
                    self.mark("up to N");
                    tail += " up to 2";
                }
                return Some(format!("(distinct {path}{tail})"));
            }
            let event = self.some_event()?;
            self.mark("history count");
            let name = self.world.events[event].name.clone();
            let tail = self.tail(event);
            return Some(format!("(count {name}{tail})"));
        }
        if *ty == Ty::Num && self.scope.clock == Clock::Free && self.rng.chance(40) {
            let score = self.decayed()?;
            return Some(format!("({score})"));
        }
        if matches!(ty, Ty::Int | Ty::Num | Ty::Eur) {
            let (path, event) = self.asked(ty)?;
            self.mark("history sum");
            let tail = self.tail(event);
            return Some(format!("(sum {path}{tail})"));
        }
        let question = self.history_maybe(ty)?;
        let other = self.literal(ty);
        Some(format!("({question} ?? {other})"))
    }

    /// A history whose answer may be unknown.
    pub(crate) fn history_maybe(&mut self, ty: &Ty) -> Option<String> {
        if matches!(ty, Ty::Item | Ty::List(_) | Ty::Event(_)) {
            return None;
        }
        if *ty == Ty::Dur && self.rng.chance(60) {
            let event = self.some_event()?;
            let word = self.choose(&["avg gap", "median gap"]);
            let name = self.world.events[event].name.clone();
            let (filter, window) = (self.history_where(event), self.window());
            return Some(format!("({word} {name}{filter}{window})"));
        }
        let (path, event) = self.asked(ty)?;
        let (mark, word) = self.rng.pick(&[
            ("history first", "first"),
            ("history last", "last"),
            ("history min", "min"),
            ("history max", "max"),
            ("history top", "top"),
            ("history avg", "avg"),
        ]);
        let (mark, word) = match word {
            "min" | "max" if !ty.ordered() => ("history last", "last"),
            "avg" if !matches!(ty, Ty::Num | Ty::Eur) => ("history first", "first"),
            "top" if !matches!(ty, Ty::Text | Ty::Tier | Ty::Int) => ("history last", "last"),
            _ => (mark, word),
        };
        self.mark(mark);
        let tail = self.tail(event);
        Some(format!("({word} {path}{tail})"))
    }

    pub(crate) fn history_test(&mut self) -> Option<String> {
        if self.rng.chance(12) {
            let score = self.decayed()?;
            let op = self.rng.pick(&["<", "<=", ">", ">="]);
            let bound = self.rng.pick(&["0", "0.5", "1.5", "20", "-1"]);
            return Some(format!("(({score}) {op} {bound})"));
        }
        let event = self.some_event()?;
        let name = self.world.events[event].name.clone();
        if self.rng.chance(30) {
            self.mark("count against a constant");
            let tail = self.tail(event);
            let op = self.rng.pick(&["<", "<=", ">", ">=", "==", "!="]);
            let bound = self.rng.pick(&["0", "1", "2", "3", "40"]);
            return Some(format!("((count {name}{tail}) {op} {bound})"));
        }
        if !self.world.decisions.is_empty() && self.rng.chance(12) {
            self.mark("history of a decision");
            let decision = self.rng.pick(&self.world.decisions.clone());
            let word = self.rng.pick(&["any", "no"]);
            let outcome = self.rng.pick(&OUTCOMES);
            let window = self.window();
            return Some(format!("({word} {}.{outcome}{window})", decision.name));
        }
        if !self.world.channels.is_empty() && self.rng.chance(10) {
            self.mark("history of sends");
            let sent = self.sent();
            let window = self.window();
            if self.rng.chance(40) {
                return Some(format!("((count {sent}{window}) > 1)"));
            }
            let word = self.rng.pick(&["any", "no"]);
            return Some(format!("({word} {sent}{window})"));
        }
        let outcome = self.rng.chance(12) && !self.world.channels.is_empty();
        let (mark, word) = self
            .rng
            .pick(&[("history any", "any"), ("history no", "no")]);
        self.mark(mark);
        if outcome {
            let channel = self.rng.pick(&self.world.channels.clone());
            if let Some(outcome) = channel.outcomes.first() {
                self.mark("history of an outcome");
                let window = self.window();
                return Some(format!("({word} {}.{outcome}{window})", channel.name));
            }
        }
        let tail = self.tail(event);
        Some(format!("({word} {name}{tail})"))
    }
}
