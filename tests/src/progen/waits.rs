//! Every form of waiting.

use super::{Gen, Ty};

impl Gen {
    pub(crate) fn wait(&mut self, deep: bool) -> (String, bool) {
        let pad = "    ".repeat(self.here.nested + 1);
        let name = if self.rng.chance(20) {
            self.mark("wait with a name");
            format!("{}: ", self.fresh("w"))
        } else {
            String::new()
        };
        match self.rng.below(12) {
            0 | 1 => {
                self.mark("wait duration");
                let length =
                    self.rng
                        .pick(&["10 minutes", "1 hour", "1 day", "2 days", "1.5 hours"]);
                (format!("{pad}wait {name}{length}\n"), true)
            }
            2 => {
                self.mark("wait span");
                let length = self
                    .rng
                    .pick(&["1 month", "1 calendar day", "2 calendar days"]);
                (format!("{pad}wait {name}{length}\n"), true)
            }
            3 => {
                self.mark("wait computed");
                let length = self.expr(&Ty::Dur, 1);
                (format!("{pad}wait {name}({length})\n"), true)
            }
            4 => {
                let day = if self.rng.chance(50) {
                    self.mark("wait until weekday");
                    self.rng.pick(&["monday ", "sunday ", "friday "])
                } else {
                    self.mark("wait until clock");
                    ""
                };
                let clock = self.rng.pick(&["09:00", "02:30", "00:00", "23:59"]);
                (format!("{pad}wait {name}until {day}{clock}\n"), true)
            }
            5 | 6 => self.until(&name, deep),
            7 | 8 => (self.wait_one(&name), true),
            _ if deep => (self.wait_one(&name), true),
            _ => self.wait_arms(&name),
        }
    }

    fn until(&mut self, name: &str, deep: bool) -> (String, bool) {
        let pad = "    ".repeat(self.here.nested + 1);
        self.mark("wait until instant");
        let at = self.expr(&Ty::Time, 2);
        if deep || self.rng.chance(50) {
            return (format!("{pad}wait {name}until {at}\n"), true);
        }
        self.mark("past");
        let (block, _) = self.inner(0);
        (
            format!("{pad}wait {name}until {at} past {{\n{block}{pad}}}\n"),
            true,
        )
    }

    fn length(&mut self) -> &'static str {
        self.rng.pick(&["10 minutes", "1 hour", "1 day", "3 days"])
    }

    /// Without a block: the event is an optional afterwards.
    fn wait_one(&mut self, name: &str) -> String {
        let pad = "    ".repeat(self.here.nested + 1);
        if self.rng.chance(20) {
            self.mark("wait for one audience");
            let audience = self.rng.pick(&self.world.audiences.clone());
            let length = self.length();
            return format!("{pad}wait {name}up to {length} for {audience}\n");
        }
        let event = self.rng.below(self.world.events.len());
        let bind = self.fresh("v");
        let pattern = self.pattern_of(event, true, &format!(" as {bind}"));
        if self.rng.chance(25) {
            self.mark("wait for one without end");
            self.add(&bind, &Ty::Event(event));
            return format!("{pad}wait {name}for {pattern}\n");
        }
        self.mark("wait for one");
        let length = self.length();
        let mut text = format!("{pad}wait {name}up to {length} for {pattern}\n");
        if self.rng.chance(60) {
            self.mark("known event");
            let mut scope = self.scope.clone();
            scope.vars.extend(self.opened(&bind, &Ty::Event(event)));
            let (block, _) = self.within(scope, |g| g.inner(1));
            text.push_str(&format!("{pad}if known {bind} {{\n{block}{pad}}}\n"));
        }
        text
    }

    fn wait_arms(&mut self, name: &str) -> (String, bool) {
        let pad = "    ".repeat(self.here.nested + 1);
        self.mark("wait for arms");
        let ends = self.rng.chance(80);
        let length = self.length();
        let head = if ends {
            format!("up to {length} for")
        } else {
            "for".to_owned()
        };
        let mut text = format!("{pad}wait {name}{head} {{\n");
        let mut open = false;
        for _ in 0..1 + self.rng.below(2) {
            let outcome = self.scope.sends.clone().unwrap_or_default().last().cloned();
            let mut scope = self.scope.clone();
            let pattern = match outcome {
                Some(step) if self.rng.chance(50) => {
                    self.mark("wait for an outcome");
                    let outcome = self.rng.pick(&["clicked", "bounced", "opened"]);
                    format!("{step}.{outcome}")
                }
                _ if self.rng.chance(25) => {
                    self.mark("wait for an audience");
                    self.rng.pick(&self.world.audiences.clone())
                }
                _ => {
                    let event = self.rng.below(self.world.events.len());
                    let bind = self.fresh("v");
                    scope.vars.extend(self.opened(&bind, &Ty::Event(event)));
                    self.pattern_of(event, true, &format!(" as {bind}"))
                }
            };
            self.here.nested += 1;
            self.here.waits += 1;
            let (block, goes_on) = self.within(scope, |g| g.inner(0));
            self.here.waits -= 1;
            self.here.nested -= 1;
            open |= goes_on;
            text.push_str(&format!("{pad}    {pattern} => {{\n{block}{pad}    }}\n"));
        }
        if ends {
            self.mark("timeout");
            self.here.nested += 1;
            let waits = std::mem::take(&mut self.here.waits);
            let (block, goes_on) = self.inner(0);
            self.here.waits = waits;
            self.here.nested -= 1;
            open |= goes_on;
            text.push_str(&format!("{pad}    timeout => {{\n{block}{pad}    }}\n"));
        }
        text.push_str(&format!("{pad}}}\n"));
        (text, open)
    }
}
