//! All declarations but journeys: types, constants, functions, events, the profile, consent, channels,
//! messages, audiences.

use super::{Clock, Decl, Event, Gen, Scope, TIERS, Ty};

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
            fixed(format!(
                "enum tier {{ {} }}\nenum way {{ sms, mail }}",
                TIERS.join(", ")
            )),
            fixed(
                "type item {\n    sku: text\n    price: money<EUR>\n    qty: int\n    rank: tier\n    weight: number?\n    gift: bool\n    marks: list<text>\n}"
                    .to_owned(),
            ),
        ];
        all.push(fixed(self.tables()));
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
        all.push(fixed(self.desk()));
        all.push(fixed(self.identity()));
        all.push(fixed(self.profile()));
        all.push(fixed(self.sources()));
        all.push(fixed(self.purposes()));
        all.push(fixed(self.models()));
        for number in 0..2 + self.rng.below(2) {
            let text = self.audience(number);
            all.push(fixed(text));
        }
        all.push(fixed(self.prizes()));
        for number in 0..2 {
            let text = self.message(number);
            all.push(fixed(text));
        }
        all.push(fixed(self.question()));
        all.push(fixed(self.caps()));
        all
    }

    /// Half of all programs know people by one identifier, half by several.
    fn identity(&mut self) -> String {
        if self.rng.chance(50) {
            return "identity {\n    user_id unique\n}".to_owned();
        }
        self.mark("several identifiers");
        let most = 1 + self.rng.below(3);
        format!(
            "identity {{\n    user_id unique\n    mailbox unique, normalise lower\n    device shared by at most {most}\n    ignore \"null\"\n}}"
        )
    }

    fn constants(&mut self) -> String {
        let mut text = String::new();
        for (name, ty) in [
            ("c_int", Ty::Int),
            ("c_eur", Ty::Eur),
            ("c_text", Ty::Text),
            ("c_dur", Ty::Dur),
            ("c_item", Ty::Item),
        ] {
            let value = self.literal(&ty);
            self.mark("const");
            text.push_str(&format!("const {name} = {value}\n"));
            self.world.consts.push((name.to_owned(), ty));
        }
        // arithmetic between constants is folded, and may overflow: only some of them are read
        self.world
            .consts
            .retain(|(_, ty)| matches!(ty, Ty::Text | Ty::Dur | Ty::Item));
        self.world.consts.push(("c_item.sku".to_owned(), Ty::Text));
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
                8 => self
                    .rng
                    .pick(&[Ty::Int, Ty::Text, Ty::Num, Ty::Eur, Ty::Bool])
                    .list(),
                _ => Ty::Zone,
            };
            fields.push((format!("f{at}"), ty));
        }
        // decisions have the first one as an outcome, so it is a person's
        let broadcast = number > 0 && self.rng.chance(30);
        self.world.events.push(Event {
            name: name.clone(),
            broadcast,
            fields: fields.clone(),
        });
        self.mark("event");
        let word = if broadcast {
            self.mark("broadcast");
            "broadcast"
        } else {
            "event"
        };
        let mut text = format!("{word} {name} {{\n");
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
            "profile {\n    email: text?\n    phone: text?\n    way: way?\n    born_as: text? pii\n",
        );
        let mut fields: Vec<(String, Ty)> = vec![
            ("email".to_owned(), Ty::Text.opt()),
            ("phone".to_owned(), Ty::Text.opt()),
            ("timezone".to_owned(), Ty::Zone.opt()),
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
                Ty::Item.opt(),
                Ty::Int.list().opt(),
            ]);
            let scope = self.watched();
            let value = self.within(scope, |g| g.expr(&ty, 2));
            // what may fault is unknown then, if its type has that
            let plain = !matches!(ty, Ty::Opt(_));
            let ty = if plain && self.rng.chance(35) {
                ty.opt()
            } else {
                ty
            };
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
}

fn fixed(text: String) -> Decl {
    Decl { spare: false, text }
}
