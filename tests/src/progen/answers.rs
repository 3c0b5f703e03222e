//! A desk at which people answer, what is asked there, and the steps that wait for an answer or take the
//! question back.

use super::{Clock, Gen, Scope, Ty};

impl Gen {
    pub(super) fn desk(&mut self) -> String {
        let (hours, within) = self.rng.pick(&[
            ("", "2 days"),
            ("", "1 month"),
            ("    open monday to friday 09:00 to 17:00\n", "2 open days"),
            ("    open monday to friday 09:00 to 17:00\n", "90 minutes"),
            (
                "    open saturday to monday 20:00 to 02:30 in \"Europe/London\"\n",
                "1 open day",
            ),
        ]);
        let deliver = if self.rng.chance(50) {
            self.mark("deliver on request");
            "on request"
        } else {
            "none"
        };
        self.mark("answer");
        format!(
            "channel desk {{\n    to user_id\n{hours}    answer agreed, declined {{ reason: text, n: int }} \
             within {within}\n    outcome seen\n    deliver {deliver}\n    retry never\n}}\n"
        )
    }

    pub(super) fn question(&mut self) -> String {
        let scope = Scope {
            vars: vec![("what".to_owned(), Ty::Text)],
            clock: Clock::Free,
            histories: true,
            sends: None,
        };
        let (title, text) = self.within(scope, |g| {
            g.add_profile("");
            g.add_consts();
            (g.text(1), g.text(1))
        });
        let expires = self.rng.pick(&["", "", "    expires after 1 day\n"]);
        let own = if self.rng.chance(40) {
            self.mark("a message's own answers");
            "    answer agreed, declined { reason: text, n: int } within 2 days\n"
        } else {
            ""
        };
        format!(
            "message question(what: text) for service {{\n    desk {{ title: {title} }}\n    \
             sms {{ subject: {title}, body: {text} }}\n{expires}{own}}}"
        )
    }

    /// Asks, and handles what is said.
    pub(super) fn ask(&mut self) -> (String, bool) {
        if self.scope.vars.iter().any(|(n, _)| n == "declined.reason") {
            return (self.set(), true);
        }
        self.mark("wait for an answer");
        let pad = self.pad();
        let step = self.fresh("s");
        let by = self
            .rng
            .pick(&["desk", "desk", "first of desk, sms", "first of sms, desk"]);
        let what = self.expr(&Ty::Text, 1);
        let later = self.rng.pick(&["", "wait 1 hour", "wait 3 days"]);
        let later = if later.is_empty() {
            String::new()
        } else {
            format!("{pad}{later}\n")
        };
        let mut text = format!(
            "{pad}send {step} = question({what}) by {by}\n{later}{pad}wait for {step} {{\n"
        );
        let mut open = false;
        for arm in ["agreed", "declined", "timeout"] {
            let mut scope = self.scope.clone();
            if arm == "declined" {
                scope.vars.push(("declined.reason".to_owned(), Ty::Text));
                scope.vars.push(("declined.n".to_owned(), Ty::Int));
            }
            self.here.nested += 1;
            let waits = std::mem::take(&mut self.here.waits);
            let (block, goes_on) = self.within(scope, |g| g.inner(0));
            self.here.waits = waits;
            self.here.nested -= 1;
            open |= goes_on;
            let back = if self.rng.chance(if arm == "timeout" { 60 } else { 20 }) {
                self.mark("withdraw");
                format!("{pad}        withdraw {step}\n")
            } else {
                String::new()
            };
            text.push_str(&format!("{pad}    {arm} => {{\n{back}{block}{pad}    }}\n"));
        }
        text.push_str(&format!("{pad}}}\n"));
        (text, open)
    }
}
