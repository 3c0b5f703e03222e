//! All declarations but journeys: types, constants, functions, events, the profile, consent, channels,
//! messages, audiences.

use super::{Channel, Clock, Decl, Event, Gen, Message, Scope, TIERS, Ty};

const FIELDS: [Ty; 12] = [
    Ty::Bool,
    Ty::Int,
    Ty::Small,
    Ty::Num,
    Ty::Eur,
    Ty::Text,
    Ty::Time,
    Ty::Date,
    Ty::Clock,
    Ty::Dur,
    Ty::Tier,
    Ty::Item,
];

impl Gen {
    pub(crate) fn declarations(&mut self) -> Vec<Decl> {
        let mut all = vec![
            fixed(format!("enum tier {{ {} }}", TIERS.join(", "))),
            fixed(
                "type item {\n    sku: text\n    price: money<EUR>\n    qty: int\n    rank: tier\n    weight: number?\n}"
                    .to_owned(),
            ),
        ];
        all.push(fixed(self.constants()));
        all.push(fixed(self.functions()));
        for number in 0..3 + self.rng.below(2) {
            let text = self.event(number);
            all.push(fixed(text));
        }
        all.push(fixed(
            "event signed_up {\n    yes: bool\n}\nevent signed_off {\n    whole: bool\n}"
                .to_owned(),
        ));
        all.push(fixed(self.channels()));
        all.push(fixed("identity {\n    user_id unique\n}".to_owned()));
        all.push(fixed(self.profile()));
        all.push(fixed(self.purposes()));
        for number in 0..2 + self.rng.below(2) {
            let text = self.audience(number);
            all.push(fixed(text));
        }
        for number in 0..2 {
            let text = self.message(number);
            all.push(fixed(text));
        }
        all
    }

    fn constants(&mut self) -> String {
        let mut text = String::new();
        for (name, ty) in [
            ("c_int", Ty::Int),
            ("c_eur", Ty::Eur),
            ("c_text", Ty::Text),
            ("c_dur", Ty::Dur),
        ] {
            let value = self.literal(&ty);
            self.mark("const");
            text.push_str(&format!("const {name} = {value}\n"));
            self.world.consts.push((name.to_owned(), ty));
        }
        // arithmetic between constants is folded, and may overflow: only some of them are read
        self.world
            .consts
            .retain(|(_, ty)| matches!(ty, Ty::Text | Ty::Dur));
        text
    }

    fn functions(&mut self) -> String {
        let mut text = String::new();
        for number in 0..2 {
            let result = self
                .rng
                .pick(&[Ty::Int, Ty::Num, Ty::Eur, Ty::Text, Ty::Bool, Ty::Dur]);
            let params = vec![
                result.clone(),
                self.rng.pick(&FIELDS[..11]),
                self.rng.pick(&[Ty::Int, Ty::Text]),
            ];
            let named: Vec<(String, Ty)> = params
                .iter()
                .enumerate()
                .map(|(i, ty)| (format!("n{i}"), ty.clone()))
                .collect();
            let scope = Scope {
                vars: named.clone(),
                clock: Clock::Never,
                histories: false,
                sends: None,
            };
            self.here.in_function = true;
            let body = self.within(scope, |g| g.expr(&result, 2));
            self.here.in_function = false;
            self.mark("fn");
            let listed: Vec<String> = named
                .iter()
                .map(|(n, t)| format!("{n}: {}", t.word(&self.world)))
                .collect();
            let word = result.word(&self.world);
            text.push_str(&format!(
                "fn fun{number}({}) -> {word} = {body}\n",
                listed.join(", ")
            ));
            self.world
                .functions
                .push((format!("fun{number}"), params, result));
        }
        text
    }

    fn event(&mut self, number: usize) -> String {
        let name = format!("e{number}");
        let mut fields = vec![("k".to_owned(), Ty::Text), ("value".to_owned(), Ty::Eur)];
        for at in 0..3 + self.rng.below(4) {
            let ty = match self.rng.below(10) {
                0..6 => self.rng.pick(&FIELDS),
                6 => self.rng.pick(&FIELDS).opt(),
                7 => Ty::Item.list(),
                8 => self.rng.pick(&[Ty::Int, Ty::Text, Ty::Num, Ty::Eur]).list(),
                _ => Ty::Zone,
            };
            fields.push((format!("f{at}"), ty));
        }
        self.world.events.push(Event {
            name: name.clone(),
            fields: fields.clone(),
        });
        self.mark("event");
        let mut text = format!("event {name} {{\n");
        for (field, ty) in &fields {
            let word = ty.word(&self.world);
            let default = if self.rng.chance(20)
                && !matches!(ty, Ty::Opt(_) | Ty::Item)
                && !field.starts_with('k')
            {
                self.mark("default of a field");
                format!(" = {}", self.literal(ty))
            } else {
                String::new()
            };
            text.push_str(&format!("    {field}: {word}{default}\n"));
        }
        if self.rng.chance(20) {
            self.mark("keep");
            text.push_str("    keep 400 days\n");
        }
        text.push('}');
        text
    }

    fn profile(&mut self) -> String {
        let mut text = String::from(
            "profile {\n    email: text? pii\n    phone: text?\n    timezone: timezone?\n",
        );
        let mut fields: Vec<(String, Ty)> = vec![
            ("email".to_owned(), Ty::Text.opt()),
            ("phone".to_owned(), Ty::Text.opt()),
        ];
        for (at, ty) in FIELDS.iter().enumerate() {
            let ty = if *ty == Ty::Item || self.rng.chance(35) {
                ty.clone().opt()
            } else {
                ty.clone()
            };
            fields.push((format!("p{at}"), ty));
        }
        fields.push(("tags".to_owned(), Ty::Text.list().opt()));
        for (name, ty) in fields.iter().skip(2) {
            self.mark("profile field");
            let default = if matches!(ty, Ty::Opt(_)) {
                String::new()
            } else {
                format!(" = {}", self.literal(ty))
            };
            text.push_str(&format!("    {name}: {}{default}\n", ty.word(&self.world)));
        }
        self.world.profile = fields;
        for number in 0..2 + self.rng.below(4) {
            let ty = self.rng.pick(&[
                Ty::Bool,
                Ty::Int,
                Ty::Eur,
                Ty::Num,
                Ty::Text,
                Ty::Time.opt(),
                Ty::Eur.opt(),
            ]);
            let scope = self.watched();
            let value = self.within(scope, |g| g.expr(&ty, 2));
            self.mark("computed field");
            let word = ty.word(&self.world);
            text.push_str(&format!("    let l{number}: {word} = {value}\n"));
            self.world.lets.push((format!("l{number}"), ty));
        }
        text.push('}');
        text
    }

    /// What audiences, computed fields and `while` may read.
    pub(crate) fn watched(&mut self) -> Scope {
        let scope = Scope {
            vars: Vec::new(),
            clock: Clock::Solvable,
            histories: true,
            sends: None,
        };
        self.within(scope, |g| {
            g.add_profile("");
            g.add_consts();
            g.scope.clone()
        })
    }

    fn purposes(&mut self) -> String {
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
        self.mark("opt_in");
        self.mark("opt_out");
        self.mark("not_needed");
        format!(
            "purpose news {{\n    consent opt_in\n    granted by signed_up where {granted}{news}\n    \
             granted by signed_up\n    revoked by signed_off where {revoked} for mail\n    revoked by signed_off where whole\n}}\n\
             purpose ads {{\n    consent opt_out\n    revoked by signed_off\n    granted by signed_up where yes\n}}\n\
             purpose service {{\n    consent not_needed basis contract\n}}"
        )
    }

    fn channels(&mut self) -> String {
        let mut text = String::new();
        for (name, to) in [("mail", "email"), ("sms", "phone"), ("push", "user_id")] {
            text.push_str(&format!("channel {name} {{\n    to {to}\n"));
            if self.rng.chance(60) {
                self.mark("quiet");
                let (from, to) =
                    self.rng
                        .pick(&[("21:00", "08:00"), ("01:00", "03:30"), ("12:00", "14:00")]);
                let whom = if self.rng.chance(40) {
                    " for news, ads"
                } else {
                    ""
                };
                text.push_str(&format!("    quiet {from} to {to}{whom}\n"));
            }
            for _ in 0..self.rng.below(3) {
                let (mark, window) = self.rng.pick(&[
                    ("limit rolling", "2 days"),
                    ("limit rolling", "3 hours"),
                    ("limit calendar day", "calendar day"),
                    ("limit calendar week", "calendar week"),
                    ("limit calendar month", "calendar month"),
                ]);
                self.mark(mark);
                let count = 1 + self.rng.below(3);
                let whom = if self.rng.chance(40) { " for news" } else { "" };
                text.push_str(&format!("    limit {count} per {window}{whom}\n"));
            }
            self.mark("outcome");
            text.push_str("    outcome clicked { link: text, n: int }, bounced, opened unverified\n    deliver none\n}\n");
            let outcomes = ["clicked", "bounced", "opened"].map(str::to_owned).to_vec();
            self.world.channels.push(Channel {
                name: name.to_owned(),
                outcomes,
            });
        }
        text
    }

    fn audience(&mut self, number: usize) -> String {
        let scope = self.watched();
        let predicate = self.within(scope, |g| {
            if g.rng.chance(50) {
                return g.history_test().unwrap_or_else(|| "true".to_owned());
            }
            g.bool(2)
        });
        self.mark("audience");
        self.world.audiences.push(format!("a{number}"));
        format!("audience a{number} = {predicate}")
    }

    fn message(&mut self, number: usize) -> String {
        let name = format!("m{number}");
        let params: Vec<(String, Ty)> = (0..self.rng.below(3))
            .map(|at| {
                (
                    format!("q{at}"),
                    self.rng
                        .pick(&[Ty::Int, Ty::Text, Ty::Eur, Ty::Item, Ty::Event(0), Ty::Time]),
                )
            })
            .collect();
        let purpose = self.rng.pick(&["news", "ads", "service"]);
        let mut channels = vec!["mail".to_owned()];
        if self.rng.chance(70) {
            channels.push("sms".to_owned());
        }
        if self.rng.chance(50) {
            channels.push("push".to_owned());
        }
        let scope = Scope {
            vars: Vec::new(),
            clock: Clock::Free,
            histories: true,
            sends: None,
        };
        let bodies = self.within(scope, |g| {
            g.add_profile("");
            g.add_consts();
            for (name, ty) in &params {
                g.add(name, ty);
            }
            let mut bodies = String::new();
            for channel in &channels {
                let (subject, body) = (g.text(1), g.text(1));
                bodies.push_str(&format!(
                    "    {channel} {{ subject: {subject}, body: {body} }}\n"
                ));
            }
            bodies
        });
        self.mark("message");
        let listed: Vec<String> = params
            .iter()
            .map(|(n, t)| format!("{n}: {}", t.word(&self.world)))
            .collect();
        let listed = if listed.is_empty() {
            String::new()
        } else {
            format!("({})", listed.join(", "))
        };
        self.world.messages.push(Message {
            name: name.clone(),
            params,
            channels,
        });
        format!("message {name}{listed} for {purpose} {{\n{bodies}}}")
    }
}

fn fixed(text: String) -> Decl {
    Decl { spare: false, text }
}
