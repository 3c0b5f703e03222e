//! Conversions and a measure, with chances of their own: what the rest of a program draws does not change by them.
//! Their `where`s and values are expressions over an event and the profile.

use super::{Clock, Decl, Gen, Scope, Ty};
use crate::irgen::rng::Rng;

impl Gen {
    pub(crate) fn measures(&mut self, seed: u64, sends: bool) -> Vec<Decl> {
        self.rng = Rng::new(seed ^ 0x00ea_5e0f_c0de_c0de);
        if self.rng.chance(30) {
            return Vec::new();
        }
        let events = self.world.events.iter().enumerate();
        let events: Vec<usize> = events
            .filter(|(_, event)| !event.broadcast)
            .map(|(place, _)| place)
            .collect();
        let mut text = self.conversion("cv_first", (events[0], events[1 % events.len()]), sends);
        if self.rng.chance(50) {
            let last = events[events.len() - 1];
            text.push_str(&self.conversion("cv_second", (last, events[0]), sends));
        }
        let place = self.rng.pick(&events);
        let filter = self.filter(place);
        let name = self.world.events[place].name.clone();
        let loyalty = self.world.audiences.first().cloned();
        let loyalty = loyalty.map_or_else(String::new, |name| format!("    loyalty: {name}\n"));
        let member =
            format!("    purchase: cv_first\n{loyalty}    advocacy: {name}{filter}, signed_up\n");
        self.mark("measure");
        text.push_str(&format!("measure ms_all {{\n{member}}}\n"));
        vec![Decl { spare: true, text }]
    }

    fn conversion(&mut self, name: &str, (on, touch): (usize, usize), sends: bool) -> String {
        self.mark("conversion");
        let filter = self.filter(on);
        let value = match self.rng.below(4) {
            0 => String::new(),
            1 => format!(" value {}", self.over_event(on, &Ty::Num)),
            2 => format!(" value {}", self.over_event(on, &Ty::Int)),
            _ => format!(" value {}", self.over_event(on, &Ty::Eur)),
        };
        let mut credited = vec!["signed_off".to_owned()];
        if sends {
            credited.push("sends".to_owned());
        }
        if on != touch {
            credited.push(format!("{}.k", self.world.events[touch].name));
        }
        let within = self.rng.pick(&["1 hour", "3 days", "30 days"]);
        let credited = credited.join(", ");
        let on = self.world.events[on].name.clone();
        format!(
            "conversion {name} on {on}{filter}{value} {{\n    credit {credited} within {within}\n}}\n"
        )
    }

    fn filter(&mut self, event: usize) -> String {
        if self.rng.chance(50) {
            return String::new();
        }
        format!(" where {}", self.over_event(event, &Ty::Bool))
    }

    fn over_event(&mut self, event: usize, ty: &Ty) -> String {
        let mut scope = Scope {
            vars: Vec::new(),
            clock: Clock::Never,
            histories: false,
            sends: None,
        };
        for (name, ty) in self.world.events[event].fields.clone() {
            scope.vars.extend(self.opened(&name, &ty));
        }
        for (name, ty) in self.world.profile.clone() {
            scope
                .vars
                .extend(self.opened(&format!("profile.{name}"), &ty));
        }
        self.here.in_where = true;
        let made = self.within(scope, |g| g.expr(ty, 1));
        self.here.in_where = false;
        format!("({made})")
    }
}
