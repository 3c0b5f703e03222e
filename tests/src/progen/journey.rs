//! Journeys: how they are entered and left, then their steps.

use super::{Clock, Gen, Scope, Ty};

/// Where in a journey one stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Here {
    pub in_function: bool,
    /// the journey that others start
    pub started: bool,
    pub in_where: bool,
    /// in the `where` of a sequence's second event
    pub in_second: bool,
    /// the entry's event
    pub entry: Option<usize>,
    pub keyed: bool,
    /// one instance for each element: what it is called
    pub element: Option<String>,
    /// steps that may still be made
    pub budget: usize,
    /// repeats around this place
    pub loops: usize,
    /// waits around this place that can be begun again
    pub waits: usize,
    /// no waits here: the steps of an exit
    pub exit: bool,
    /// variables that can be written
    pub own: Vec<(String, Ty)>,
    /// all sends of the journey: members come after the steps
    pub sends: Vec<String>,
    pub nested: usize,
}

impl Gen {
    pub(crate) fn journey(&mut self, number: usize) -> String {
        self.here = Here {
            budget: 4 + self.rng.below(9),
            ..Here::default()
        };
        let mut members = self.enter();
        let mut scope = self.in_journey();
        let mut at_entry = scope.clone();
        if let Some(item) = self.here.element.clone() {
            // the element is the steps': members stand before it
            at_entry.vars.retain(|(name, _)| !name.starts_with(&item));
        }
        scope.sends = Some(Vec::new());
        let steps = self.within(scope, |g| g.block(1).0);
        let more = self.within(at_entry, Self::members);
        members.push_str(&more);
        format!("journey j{number} {{\n{members}{steps}}}")
    }

    /// What can be read at a journey's first step.
    fn in_journey(&mut self) -> Scope {
        let scope = Scope {
            vars: Vec::new(),
            clock: Clock::Free,
            histories: true,
            sends: Some(Vec::new()),
        };
        self.within(scope, |g| {
            g.add_profile("");
            g.add_consts();
            if let Some(item) = g.here.element.clone() {
                g.add(&item, &Ty::Item);
            }
            if let Some(event) = g.here.entry {
                // what a journey reads most is why it began
                for _ in 0..2 {
                    g.add("entry", &Ty::Event(event));
                }
            }
            g.scope.clone()
        })
    }

    fn enter(&mut self) -> String {
        match self.rng.below(10) {
            0..6 => {
                let event = self.rng.below(self.world.events.len());
                self.here.entry = Some(event);
                self.mark("enter on");
                let filter = if self.rng.chance(40) {
                    self.event_where(event, false)
                } else {
                    String::new()
                };
                let filter = self.concerned(event, filter);
                let name = self.world.events[event].name.clone();
                if let Some(list) = self.items_of(event)
                    && self.rng.chance(35)
                {
                    self.mark("each");
                    let item = self.fresh("x");
                    self.here.keyed = true;
                    self.here.element = Some(item.clone());
                    return format!(
                        "    enter on {name}{filter} each {item} in {list} key {item}.sku\n"
                    );
                }
                let key = if self.rng.chance(35) {
                    self.here.keyed = true;
                    self.mark("key");
                    " key k"
                } else {
                    ""
                };
                let take = self.take(event);
                format!("    enter on {name}{filter}{key}{take}\n")
            }
            6..9 => self.enter_when(),
            _ => self.enter_every(),
        }
    }

    fn enter_when(&mut self) -> String {
        let audience = self.rng.pick(&self.world.audiences.clone());
        let leaving = if self.rng.chance(30) {
            self.mark("enter when leaving");
            "leaving "
        } else {
            self.mark("enter when");
            ""
        };
        let stay = if self.rng.chance(30) {
            self.mark("enter when for");
            let stay = self.rng.pick(&["3 days", "1 hour", "90 minutes", "1 day"]);
            format!(" for {stay}")
        } else {
            String::new()
        };
        let members = if self.rng.chance(20) {
            self.mark("including members");
            " including members"
        } else {
            ""
        };
        format!("    enter when {leaving}{audience}{stay}{members}\n")
    }

    fn enter_every(&mut self) -> String {
        self.mark("enter every");
        let day = self.rng.pick(&["day", "monday", "sunday", "thursday"]);
        let at = self.rng.pick(&["09:00", "02:30", "00:00", "23:15"]);
        let when = if self.rng.chance(50) {
            let mut scope = self.watched();
            scope.clock = Clock::Free;
            let when = self.within(scope, |g| g.bool(1));
            format!(" when {when}")
        } else {
            String::new()
        };
        if self.rng.chance(35) {
            self.mark("enter every year");
            return format!("    enter every year on p7 at {at}{when}\n");
        }
        format!("    enter every {day} at {at}{when}\n")
    }

    fn members(&mut self) -> String {
        let mut text = String::new();
        match self.rng.below(5) {
            0 => {}
            4 => {
                self.mark("reenter never");
                text.push_str("    reenter never\n");
            }
            1 | 2 => {
                self.mark("reenter always");
                text.push_str("    reenter always\n");
            }
            _ => {
                let from = if self.rng.chance(50) {
                    self.mark("reenter after from entry");
                    " from entry"
                } else {
                    self.mark("reenter after");
                    ""
                };
                let after = self.rng.pick(&["1 hour", "1 day", "5 days"]);
                text.push_str(&format!("    reenter after {after}{from}\n"));
            }
        }
        if self.rng.chance(30) {
            self.mark("while");
            let mut scope = self.scope.clone();
            scope.clock = Clock::Solvable;
            let watch = self.within(scope, |g| g.bool(1));
            text.push_str(&format!("    while {watch}\n"));
        }
        for _ in 0..self.rng.below(3) {
            text.push_str(&self.exit());
        }
        if self.rng.chance(50) {
            text.push_str(&self.goal());
        }
        if self.rng.chance(25) {
            self.mark("holdout");
            let salt = if self.rng.chance(40) {
                self.mark("salt of a holdout");
                " salt \"other\""
            } else {
                ""
            };
            text.push_str(&format!("    holdout 30%{salt}\n"));
        }
        if self.rng.chance(40) {
            self.mark("priority");
            let priority = self.rng.pick(&["10", "-3", "1"]);
            text.push_str(&format!("    priority {priority}\n"));
        }
        if self.rng.chance(20) {
            self.mark("salt");
            text.push_str("    salt \"own\"\n");
        }
        text
    }

    fn exit(&mut self) -> String {
        let two = self.rng.chance(25);
        let steps = self.rng.chance(40);
        let mut patterns = self.pattern(false, None);
        if two {
            let more = self.pattern(false, None);
            patterns = format!("{patterns}, {more}");
        }
        if !steps {
            self.mark("exit");
            return format!("    exit on {patterns}\n");
        }
        self.mark("exit with steps");
        let before = self.here.clone();
        self.here.exit = true;
        self.here.budget = 2;
        self.here.nested += 1;
        self.here.own.clear();
        let scope = self.scope.clone();
        let (block, _) = self.within(scope, |g| g.block(2));
        self.here = before;
        format!("    exit on {patterns} {{\n{block}    }}\n")
    }

    fn goal(&mut self) -> String {
        self.mark("goal");
        let patterns = self.pattern(false, None);
        let within = match self.rng.below(3) {
            0 => String::new(),
            1 => {
                self.mark("goal within");
                " within 2 days".to_owned()
            }
            _ => {
                self.mark("goal of last send");
                " within 1 day of last send".to_owned()
            }
        };
        format!("    goal on {patterns}{within}\n")
    }

    /// ` where …` over an event; `inside` a journey it reads what the journey knows.
    pub(crate) fn event_where(&mut self, event: usize, inside: bool) -> String {
        self.mark("where of an event");
        let vars = if inside {
            self.scope
                .vars
                .iter()
                .filter(|(n, _)| n.starts_with("entry") || n.starts_with('v'))
                .cloned()
                .collect()
        } else {
            Vec::new()
        };
        let clock = if inside { Clock::Free } else { Clock::Never };
        let scope = Scope {
            vars,
            clock,
            histories: false,
            sends: None,
        };
        let fields = self.world.events[event].fields.clone();
        let before = std::mem::replace(&mut self.here.in_where, true);
        let filter = self.within(scope, |g| {
            for (name, ty) in &fields {
                g.add(name, ty);
            }
            g.add_profile("profile.");
            g.add_consts();
            g.bool(1)
        });
        self.here.in_where = before;
        format!(" where {filter}")
    }

    /// Only the best of those whom a broadcast concerns.
    fn take(&mut self, event: usize) -> String {
        if !self.world.events[event].broadcast || self.rng.chance(50) {
            return String::new();
        }
        self.mark("take");
        let mut scores = self.world.profile.clone();
        scores.extend(self.world.lets.clone());
        scores.retain(|(_, ty)| {
            let ty = match ty {
                Ty::Opt(of) => of,
                ty => ty,
            };
            matches!(ty, Ty::Int | Ty::Num | Ty::Eur)
        });
        let mut own = self.world.events[event].fields.iter();
        let own = own.find(|(_, ty)| *ty == Ty::Int);
        let count = match own {
            Some((field, _)) if self.rng.chance(50) => format!("least(entry.{field}, 2)"),
            _ => self.rng.pick(&["1", "2"]).to_owned(),
        };
        if scores.is_empty() || self.rng.chance(20) {
            return format!(" take {count}");
        }
        let (score, _) = self.rng.pick(&scores);
        format!(" take {count} by {score}")
    }

    /// Whom a broadcast concerns is asked of what they did.
    fn concerned(&mut self, event: usize, filter: String) -> String {
        if !self.world.events[event].broadcast || self.rng.chance(30) {
            return filter;
        }
        self.mark("enter on a broadcast where");
        let event = self.rng.below(self.world.events.len());
        let name = self.world.events[event].name.clone();
        let question = self.rng.pick(&["any", "no"]);
        let window = self.rng.pick(&[
            "",
            " in last 3 days",
            " in last 6 hours",
            " in this calendar week",
        ]);
        let asked = format!("({question} {name} where k == entry.k{window})");
        match filter.strip_prefix(" where ") {
            Some(filter) => format!(" where ({filter}) and {asked}"),
            None => format!(" where {asked}"),
        }
    }

    /// A field of an event that is a list of items.
    fn items_of(&self, event: usize) -> Option<String> {
        let mut fields = self.world.events[event].fields.iter();
        let items = fields.find(|(_, ty)| *ty == Ty::Item.list());
        items.map(|(name, _)| name.clone())
    }

    /// `EVENT [where …] [key …] [since enter] [as NAME]`, or an outcome of a send.
    pub(crate) fn pattern(&mut self, wait: bool, bind: Option<&str>) -> String {
        let bound = bind.map_or_else(String::new, |name| format!(" as {name}"));
        if !self.here.sends.is_empty() && self.rng.chance(35) {
            let steps = if wait {
                self.scope.sends.clone().unwrap_or_default()
            } else {
                self.here.sends.clone()
            };
            if let Some(step) = steps.last() {
                self.mark("outcome of a step");
                let outcome = self.rng.pick(&["clicked", "bounced", "opened"]);
                return format!("{step}.{outcome}{bound}");
            }
        }
        if self.rng.chance(8) {
            self.mark("pattern of sends");
            let channel = self.rng.pick(&self.world.channels.clone());
            let whose = self.rng.pick(&[channel.name.as_str(), "m0", "m1"]);
            let any = if self.here.keyed || self.here.element.is_some() {
                " any key"
            } else {
                ""
            };
            return format!("{whose}.sent{any}{bound}");
        }
        let event = self.rng.below(self.world.events.len());
        self.pattern_of(event, wait, &bound)
    }

    pub(crate) fn pattern_of(&mut self, event: usize, wait: bool, bound: &str) -> String {
        let filter = if self.rng.chance(35) {
            self.event_where(event, true)
        } else {
            String::new()
        };
        let each = if self.here.element.is_some() {
            match self.items_of(event) {
                Some(list) if self.rng.chance(50) => {
                    self.mark("each of a pattern");
                    let item = self.fresh("x");
                    Some(format!(" each {item} in {list} key {item}.sku"))
                }
                _ => Some(" any key".to_owned()),
            }
        } else {
            None
        };
        let key = if let Some(each) = &each {
            each
        } else if self.here.keyed {
            match self.rng.below(3) {
                0 => {
                    self.mark("any key");
                    " any key"
                }
                1 => {
                    self.mark("key of a pattern");
                    " key k"
                }
                _ => {
                    self.mark("key carried");
                    ""
                }
            }
        } else {
            ""
        };
        let since = if wait && self.rng.chance(15) {
            self.mark("pattern since enter");
            " since enter"
        } else {
            ""
        };
        format!(
            "{}{filter}{key}{since}{bound}",
            self.world.events[event].name
        )
    }
}
