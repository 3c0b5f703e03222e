//! Channels with their limits and quiet hours, and messages for them.

use super::{Channel, Clock, Gen, Message, Scope, Ty};

impl Gen {
    pub(super) fn channels(&mut self) -> String {
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
                let rest = self.limit_rest("news");
                text.push_str(&format!("    limit {count} per {window}{rest}\n"));
            }
            text.push_str(&self.channel_members(name));
            self.mark("outcome");
            text.push_str(
                "    outcome clicked { link: text, n: int }, bounced, opened unverified\n",
            );
            let (mark, deliver) = self.rng.pick(&[
                ("deliver none", "none"),
                ("deliver by a hook", "webhook env \"HOOK\""),
                ("deliver to a file", "file \"sent.txt\""),
            ]);
            self.mark(mark);
            text.push_str(&format!("    deliver {deliver}\n}}\n"));
            let outcomes = ["clicked", "bounced", "opened"].map(str::to_owned).to_vec();
            self.world.channels.push(Channel {
                name: name.to_owned(),
                outcomes,
            });
        }
        text
    }

    /// What a limit counts, and whether what is too much waits.
    fn limit_rest(&mut self, purpose: &str) -> String {
        let mut rest = String::new();
        if self.rng.chance(30) {
            self.mark("limit overall");
            if self.rng.chance(40) {
                self.mark("limit per field");
                rest.push_str(" per way");
            }
            rest.push_str(" overall");
        }
        if self.rng.chance(40) {
            rest.push_str(&format!(" for {purpose}"));
        }
        if self.rng.chance(40) {
            self.mark("limit else wait");
            rest.push_str(" else wait");
        }
        rest
    }

    /// Limits and holdouts of the whole program.
    pub(super) fn caps(&mut self) -> String {
        let mut text = String::new();
        for number in 0..self.rng.below(3) {
            self.mark("limit of its own");
            let count = 1 + self.rng.below(3);
            let window = self.rng.pick(&["2 days", "5 hours", "calendar week"]);
            let across = self
                .rng
                .pick(&["", " across mail, sms", " across push, mail, sms"]);
            let rest = self.rng.pick(&[
                "",
                " for tagged t0",
                " for news, ads",
                " overall",
                " overall for tagged t0 else wait",
                " else wait",
            ]);
            if rest.contains("tagged") {
                self.mark("limit for tagged");
            }
            text.push_str(&format!(
                "limit cap{number} {count} per {window}{across}{rest}\n"
            ));
        }
        if self.rng.chance(40) {
            self.mark("holdout of the program");
            let share = self.rng.pick(&["10%", "50%", "90%"]);
            text.push_str(&format!("holdout out0 {share} for tagged t0\n"));
        }
        text
    }

    /// What else a channel may say of itself.
    fn channel_members(&mut self, name: &str) -> String {
        let mut text = String::new();
        if self.rng.chance(30) {
            self.mark("open");
            let hours = self.rng.pick(&[
                "monday to friday 09:00 to 17:00",
                "monday to friday 09:00 to 17:00 in \"Europe/London\"",
                "saturday to monday, wednesday 20:00 to 02:30",
                "05:00 to 20:00 in \"America/New_York\"",
            ]);
            text.push_str(&format!("    open {hours}\n"));
            if self.rng.chance(30) {
                text.push_str("    open sunday 10:00 to 14:00\n");
            }
        }
        if self.rng.chance(30) {
            self.mark("cost");
            self.mark("retry");
            let retry = self
                .rng
                .pick(&["keyed 24 hours", "asking", "never", "always"]);
            text.push_str(&format!("    cost 0.0005 EUR\n    retry {retry}\n"));
        }
        if name == "push" {
            self.mark("carries");
            text.push_str("    carries { subject: text, count: int, note: money<EUR>? }\n");
        }
        text
    }

    pub(super) fn message(&mut self, number: usize) -> String {
        let name = format!("m{number}");
        let params: Vec<(String, Ty)> = (0..self.rng.below(3))
            .map(|at| {
                (
                    format!("q{at}"),
                    self.rng.pick(&[
                        Ty::Int,
                        Ty::Text,
                        Ty::Eur,
                        Ty::Item,
                        Ty::Event(0),
                        Ty::Prize,
                        Ty::Time,
                    ]),
                )
            })
            .collect();
        let purpose = self.rng.pick(&["news", "ads", "service"]);
        let channels = self.message_channels();
        let bodies = self.bodies(&params, &channels);
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
        let tagged = if number == 0 || self.rng.chance(40) {
            self.mark("tagged");
            " tagged t0, t1"
        } else {
            ""
        };
        let expires = if self.rng.chance(30) {
            self.mark("expires");
            let after = self.rng.pick(&["2 hours", "1 day"]);
            format!("    expires after {after}\n")
        } else {
            String::new()
        };
        format!("message {name}{listed} for {purpose}{tagged} {{\n{bodies}{expires}}}")
    }

    fn message_channels(&mut self) -> Vec<String> {
        let mut channels = vec!["mail".to_owned()];
        if self.rng.chance(70) {
            channels.push("sms".to_owned());
        }
        if self.rng.chance(50) {
            channels.push("push".to_owned());
        }
        channels
    }

    /// What a message says on each of its channels.
    fn bodies(&mut self, params: &[(String, Ty)], channels: &[String]) -> String {
        let scope = Scope {
            vars: Vec::new(),
            clock: Clock::Free,
            histories: true,
            sends: None,
        };
        self.within(scope, |g| {
            g.add_profile("");
            g.add_consts();
            for (name, ty) in params {
                g.add(name, ty);
            }
            let mut bodies = String::new();
            for channel in channels {
                let subject = g.text(1);
                let body = match g.template(channel) {
                    Some(file) => format!("file \"{file}\""),
                    None => g.text(1),
                };
                let carried = if channel == "push" {
                    let note = g.expr(&Ty::Eur, 1);
                    format!(", count: {}, note: {note}", g.expr(&Ty::Int, 1))
                } else {
                    String::new()
                };
                bodies.push_str(&format!(
                    "    {channel} {{ subject: {subject}, body: {body}{carried} }}\n"
                ));
            }
            bodies
        })
    }
}
