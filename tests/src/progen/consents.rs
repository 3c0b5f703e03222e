//! Purposes: what consent is given for, and by which events.

use super::{Clock, Gen, Scope, Ty};

impl Gen {
    pub(super) fn purposes(&mut self) -> String {
        let scope = |g: &mut Self, event: &str| {
            let mut scope = Scope {
                vars: Vec::new(),
                clock: Clock::Never,
                histories: false,
                sends: None,
            };
            let (name, ty) = if event == "signed_up" {
                ("yes", Ty::Bool)
            } else {
                ("whole", Ty::Bool)
            };
            scope.vars.push((name.to_owned(), ty));
            for (name, ty) in g.world.profile.clone() {
                scope.vars.extend(g.opened(&format!("profile.{name}"), &ty));
            }
            scope
        };
        self.mark("granted by");
        self.mark("revoked by");
        let up = scope(self, "signed_up");
        let off = scope(self, "signed_off");
        self.here.in_where = true;
        let granted = self.within(up, |g| g.expr(&Ty::Bool, 1));
        let revoked = self.within(off, |g| g.expr(&Ty::Bool, 1));
        self.here.in_where = false;
        let news = if self.rng.chance(50) {
            self.mark("granted for channels");
            " for mail"
        } else {
            ""
        };
        let hold = if self.rng.chance(40) {
            self.mark("hold");
            let scope = self.watched();
            let while_ = self.within(scope, |g| g.bool(2));
            let rest = self.rng.pick(&[
                "",
                ", drop after 6 hours",
                ", spread over 3 hours",
                ", drop after 2 days, spread over 40 minutes",
            ]);
            format!("    hold while {while_}{rest}\n")
        } else {
            String::new()
        };
        self.mark("opt_in");
        self.mark("opt_out");
        self.mark("not_needed");
        format!(
            "purpose news {{\n    consent opt_in\n    granted by signed_up where {granted}{news}\n    \
             granted by signed_up\n    revoked by signed_off where {revoked} for mail\n    revoked by signed_off where whole\n}}\n\
             purpose ads {{\n    consent opt_out\n    revoked by signed_off\n    granted by signed_up where yes\n{hold}}}\n\
             purpose service {{\n    consent not_needed basis contract\n}}"
        )
    }
}
