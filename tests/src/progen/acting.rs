//! Steps that act on others or on what may be sent: `mute`, `start`, `collect`; and the journey that is started.

use super::{Clock, Gen, Scope, Ty};

impl Gen {
    pub(crate) fn mute(&mut self) -> String {
        let pad = self.pad();
        let purpose = self.rng.pick(&["news", "ads", "service"]);
        if self.rng.chance(30) {
            self.mark("unmute");
            return format!("{pad}unmute {purpose}\n");
        }
        self.mark("mute");
        let length = if self.rng.chance(25) {
            format!("({})", self.expr(&Ty::Dur, 1))
        } else {
            self.rng
                .pick(&["2 hours", "1 day", "10 days", "1 calendar day", "1 month"])
                .to_owned()
        };
        format!("{pad}mute {purpose} for {length}\n")
    }

    /// `start` of the one journey that takes arguments; it starts nobody itself.
    pub(crate) fn start(&mut self) -> String {
        if self.here.started {
            return self.set();
        }
        self.mark("start");
        let pad = self.pad();
        let (n, what) = (self.expr(&Ty::Int, 1), self.expr(&Ty::Text, 1));
        format!("{pad}start j9(n: {n}, what: {what})\n")
    }

    /// The journey that `start` enters.
    pub(crate) fn started(&mut self) -> String {
        self.mark("enter on start");
        self.here = super::journey::Here {
            budget: 3,
            started: true,
            ..Default::default()
        };
        let scope = Scope {
            vars: Vec::new(),
            clock: Clock::Free,
            histories: true,
            sends: Some(Vec::new()),
        };
        let steps = self.within(scope, |g| {
            g.add_profile("");
            g.add_consts();
            for _ in 0..3 {
                g.add("n", &Ty::Int);
                g.add("what", &Ty::Text);
            }
            g.block(2).0
        });
        format!(
            "journey j9 {{\n    enter on start(n: int, what: text)\n    reenter always\n{steps}}}"
        )
    }

    /// Gathers events into a list.
    pub(crate) fn collect(&mut self) -> String {
        self.mark("collect");
        let pad = self.pad();
        let event = self.rng.below(self.world.events.len());
        let pattern = self.pattern_of(event, false, "");
        let length = self.rng.pick(&["1 hour", "1 day", "10 minutes"]);
        let most = 1 + self.rng.below(3);
        let name = self.fresh("v");
        self.add(&name, &Ty::Event(event).list());
        format!("{pad}collect {pattern} up to {length} at most {most} as {name}\n")
    }
}
