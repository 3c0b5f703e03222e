//! Steps, block by block; what a block names is forgotten at its end. A block that surely ends takes no step more.

use super::{Gen, TIERS, Ty};

const VARS: [Ty; 9] = [
    Ty::Int,
    Ty::Num,
    Ty::Eur,
    Ty::Text,
    Ty::Time,
    Ty::Bool,
    Ty::Dur,
    Ty::Tier,
    Ty::Date,
];

impl Gen {
    pub(crate) fn pad(&self) -> String {
        "    ".repeat(self.here.nested + 1)
    }

    /// Steps, and whether what follows can be reached.
    pub(crate) fn block(&mut self, least: usize) -> (String, bool) {
        let (vars, sends, own) = (
            self.scope.vars.len(),
            self.scope.sends.clone(),
            self.here.own.len(),
        );
        let mut text = String::new();
        let mut open = true;
        let wanted = least + self.rng.below(4);
        let mut made = 0;
        while open && made < wanted && (self.here.budget > 0 || made < least) {
            self.here.budget = self.here.budget.saturating_sub(1);
            let (step, goes_on) = self.step();
            text.push_str(&step);
            open = goes_on;
            made += 1;
        }
        self.scope.vars.truncate(vars);
        self.scope.sends = sends;
        self.here.own.truncate(own);
        (text, open)
    }

    /// A block in a step: one deeper.
    pub(crate) fn inner(&mut self, least: usize) -> (String, bool) {
        self.here.nested += 1;
        let made = self.block(least);
        self.here.nested -= 1;
        made
    }

    fn step(&mut self) -> (String, bool) {
        let deep = self.here.nested >= 3;
        match self.rng.below(36) {
            0..6 if !self.here.exit => self.wait(deep),
            6..8 if !deep => self.if_step(),
            8 if !deep => self.match_step(),
            9 if !deep && !self.here.exit => self.split(),
            10..16 => self.send(),
            16..19 => (self.let_step(), true),
            19..23 => (self.set(), true),
            23..25 => (self.emit(), true),
            25 | 26 if !deep && self.here.loops < 2 && !self.here.exit => self.repeat(),
            27 => self.jump(),
            28 | 29 => (self.decide(), true),
            30 => (self.mute(), true),
            31 => (self.start(), true),
            32 | 33 if !self.here.exit => (self.collect(), true),
            34 if !deep && !self.here.exit => self.ask(),
            _ => (self.set(), true),
        }
    }

    fn if_step(&mut self) -> (String, bool) {
        self.mark("if");
        let pad = self.pad();
        let optional: Vec<(String, Ty)> = self
            .scope
            .vars
            .iter()
            .filter_map(|(n, t)| match t {
                Ty::Opt(of) if n.starts_with("entry.") => Some((n.clone(), (**of).clone())),
                _ => None,
            })
            .collect();
        let mut open = false;
        let mut text = String::new();
        if !optional.is_empty() && self.rng.chance(40) {
            self.mark("if known");
            let (name, of) = self.rng.pick(&optional);
            let mut scope = self.scope.clone();
            scope.vars.retain(|(n, _)| *n != name);
            scope.vars.extend(self.opened(&name, &of));
            let (block, goes_on) = self.within(scope, |g| g.inner(1));
            open |= goes_on;
            text.push_str(&format!("{pad}if known {name} {{\n{block}{pad}}}"));
        } else {
            let condition = self.expr(&Ty::Bool, 2);
            let (block, goes_on) = self.inner(1);
            open |= goes_on;
            text.push_str(&format!("{pad}if {condition} {{\n{block}{pad}}}"));
        }
        if self.rng.chance(30) {
            self.mark("else if");
            let condition = self.expr(&Ty::Bool, 1);
            let (block, goes_on) = self.inner(1);
            open |= goes_on;
            text.push_str(&format!(" else if {condition} {{\n{block}{pad}}}"));
        }
        if self.rng.chance(50) {
            self.mark("else");
            let (block, goes_on) = self.inner(1);
            open |= goes_on;
            text.push_str(&format!(" else {{\n{block}{pad}}}"));
        } else {
            open = true;
        }
        text.push('\n');
        (text, open)
    }

    fn match_step(&mut self) -> (String, bool) {
        let pad = self.pad();
        let (mark, ty, arms): (_, _, Vec<String>) = match self.rng.below(5) {
            0 => (
                "match enum",
                Ty::Tier,
                TIERS.iter().map(|t| (*t).to_owned()).collect(),
            ),
            1 => (
                "match int",
                Ty::Int,
                vec!["0 | 1".into(), "2..9".into(), "else".into()],
            ),
            2 => ("match bool", Ty::Bool, vec!["true".into(), "false".into()]),
            3 => (
                "match text",
                Ty::Text,
                vec!["\"a\"".into(), "\"k1\" | \"k2\"".into(), "else".into()],
            ),
            _ => (
                "match unknown",
                Ty::Tier.opt(),
                vec!["unknown".into(), "none | gold".into(), "else".into()],
            ),
        };
        let Some(value) = self.var(&ty) else {
            return (self.set(), true);
        };
        self.mark(mark);
        let mut text = format!("{pad}match {value} {{\n");
        let mut open = false;
        for arm in arms {
            self.here.nested += 1;
            let (block, goes_on) = self.inner(0);
            self.here.nested -= 1;
            open |= goes_on;
            text.push_str(&format!("{pad}    {arm} => {{\n{block}{pad}    }}\n"));
        }
        text.push_str(&format!("{pad}}}\n"));
        (text, open)
    }

    fn split(&mut self) -> (String, bool) {
        self.mark("split");
        let pad = self.pad();
        let name = self.fresh("split");
        let salt = if self.rng.chance(30) {
            self.mark("salt of a split");
            " salt \"s\""
        } else {
            ""
        };
        let mut text = format!("{pad}split {name}{salt} {{\n");
        let mut open = false;
        let shares = self.rng.pick(&[
            vec!["50%", "50%"],
            vec!["10%", "33.3%", "56.7%"],
            vec!["99%", "1%"],
        ]);
        for (at, share) in shares.iter().enumerate() {
            self.here.nested += 1;
            let (block, goes_on) = self.inner(0);
            self.here.nested -= 1;
            open |= goes_on;
            text.push_str(&format!(
                "{pad}    arm{at} {share} => {{\n{block}{pad}    }}\n"
            ));
        }
        text.push_str(&format!("{pad}}}\n"));
        (text, open)
    }

    fn send(&mut self) -> (String, bool) {
        let pad = self.pad();
        let messages = self.world.messages.clone();
        let message = self.rng.pick(&messages);
        let args: Vec<String> = message
            .params
            .iter()
            .map(|(_, ty)| match ty {
                Ty::Event(_) | Ty::Prize => self.var(ty).unwrap_or_default(),
                ty => self.expr(ty, 1),
            })
            .collect();
        if args.iter().any(String::is_empty) {
            // no such event is at hand here
            return (self.set(), true);
        }
        let args = if args.is_empty() {
            String::new()
        } else {
            format!("({})", args.join(", "))
        };
        let step = self.fresh("s");
        let by = if message.channels.iter().any(|c| c == "sms") && self.rng.chance(25) {
            self.mark("send by first of a field");
            format!("first of way, {}", self.rng.pick(&message.channels))
        } else if message.channels.len() > 1 && self.rng.chance(60) {
            self.mark("send by first of");
            format!("first of {}", message.channels.join(", "))
        } else {
            self.mark("send by");
            self.rng.pick(&message.channels)
        };
        let mut text = format!("{pad}send {step} = {}{args} by {by}", message.name);
        if self.here.entry.is_some() && !self.here.exit && self.rng.chance(20) {
            self.mark("combined");
            let rows = self.fresh("r");
            let span = self.rng.pick(&["1 hour", "6 hours", "3 days"]);
            text += &format!(" combined within {span} as {rows}");
        }
        for (what, ty) in [
            ("sent", Ty::Bool),
            ("reason", Ty::Text.opt()),
            ("channel", Ty::Text.opt()),
        ] {
            self.scope.vars.push((format!("{step}.{what}"), ty));
        }
        if self.rng.chance(30) && self.here.nested < 4 {
            self.mark("send else");
            let (block, _) = self.inner(0);
            text.push_str(&format!(" else {{\n{block}{pad}}}"));
        }
        text.push('\n');
        if let Some(sends) = &mut self.scope.sends {
            sends.push(step.clone());
        }
        if !self.here.exit {
            self.here.sends.push(step);
        }
        (text, true)
    }

    fn let_step(&mut self) -> String {
        self.mark("let");
        let pad = self.pad();
        let name = self.fresh("v");
        let ty = match self.rng.below(10) {
            0 => Ty::Int.opt(),
            1 => Ty::Item,
            2 => Ty::Int.list(),
            3 if self.here.entry.is_some() => Ty::Event(self.here.entry.unwrap_or_default()),
            _ => self.rng.pick(&VARS),
        };
        let value = if let Ty::Event(_) = ty {
            "entry".to_owned()
        } else {
            self.expr(&ty, 2)
        };
        let noted = if matches!(ty, Ty::Opt(_) | Ty::Num | Ty::List(_)) || self.rng.chance(30) {
            self.mark("let with a type");
            format!(": {}", ty.word(&self.world))
        } else {
            String::new()
        };
        self.add(&name, &ty);
        self.here.own.push((name.clone(), ty));
        format!("{pad}let {name}{noted} = {value}\n")
    }

    pub(crate) fn set(&mut self) -> String {
        let pad = self.pad();
        if !self.here.own.is_empty() && self.rng.chance(50) {
            self.mark("set a variable");
            let (name, ty) = self.rng.pick(&self.here.own.clone());
            let value = if let Ty::Event(_) = ty {
                self.atom(&ty)
            } else {
                self.expr(&ty, 2)
            };
            return format!("{pad}set {name} = {value}\n");
        }
        self.mark("set a field");
        let fields = self.world.profile.clone();
        let (name, ty) = self.rng.pick(&fields);
        let small = ty == Ty::Small || ty == Ty::Small.opt();
        let value = if small {
            self.literal(&Ty::Small)
        } else {
            self.expr(&ty, 2)
        };
        format!("{pad}set {name} = {value}\n")
    }

    fn emit(&mut self) -> String {
        let pad = self.pad();
        // only forward: what is emitted never leads back at the same instant, but by audiences
        let last = self.world.events.len() - 1;
        if self.here.entry == Some(last) || self.here.started {
            return self.set();
        }
        self.mark("emit");
        let event = self.world.events[last].clone();
        let mut fields = Vec::new();
        for (name, ty) in &event.fields {
            if let Ty::Opt(_) = ty
                && self.rng.chance(50)
            {
                continue;
            }
            let value = match ty {
                Ty::Small | Ty::Zone => self.literal(ty),
                Ty::Opt(of) if matches!(**of, Ty::Small | Ty::Zone) => self.literal(of),
                ty => self.expr(ty, 1),
            };
            fields.push(format!("{name}: {value}"));
        }
        let to = if !event.broadcast && self.rng.chance(15) {
            self.mark("emit to");
            let who = self.rng.pick(&["u1", "u2", "u7"]);
            format!(" to user_id(\"{who}\")")
        } else {
            String::new()
        };
        format!("{pad}emit {} {{ {} }}{to}\n", event.name, fields.join(", "))
    }

    fn repeat(&mut self) -> (String, bool) {
        self.mark("repeat");
        let pad = self.pad();
        let times = 1 + self.rng.below(4);
        let every = if self.rng.chance(40) {
            self.mark("repeat every");
            let every = self.rng.pick(&["1 hour", "1 day", "20 minutes", "1 month"]);
            format!("every {every} ")
        } else {
            String::new()
        };
        let condition = if self.rng.chance(35) {
            self.mark("repeat while");
            format!(" while {}", self.bool(1))
        } else {
            String::new()
        };
        let wait = self
            .rng
            .pick(&["wait 1 hour", "wait 1 day", "wait until 09:00"]);
        self.here.loops += 1;
        let waits = std::mem::take(&mut self.here.waits);
        let (block, _) = self.inner(1);
        self.here.waits = waits;
        self.here.loops -= 1;
        let text = format!(
            "{pad}repeat {every}up to {times} times{condition} {{\n{pad}    {wait}\n{block}{pad}}}\n"
        );
        (text, true)
    }

    /// A way out of the block.
    fn jump(&mut self) -> (String, bool) {
        let pad = self.pad();
        match self.rng.below(4) {
            0 if self.here.loops > 0 => {
                self.mark("leave");
                (format!("{pad}leave\n"), false)
            }
            1 if self.here.loops > 0 => {
                self.mark("again");
                (format!("{pad}again\n"), false)
            }
            2 if self.here.waits > 0 => {
                self.mark("restart");
                (format!("{pad}restart at most 3 times\n"), false)
            }
            _ if self.here.nested == 0 => (self.set(), true),
            _ if self.rng.chance(50) => {
                self.mark("end");
                (format!("{pad}end\n"), false)
            }
            _ => {
                self.mark("end with a reason");
                (format!("{pad}end reason_a\n"), false)
            }
        }
    }
}
