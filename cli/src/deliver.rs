//! Sends go out: a job of the outbox, whose attempt is durable, becomes one request, one mail or one line; what
//! came of it, as far as that can be known, goes back. Nothing is decided here, and nothing tried twice.
//!
//! Read in this order: `config` (what an operator says), `address` and `guard` (where nothing may go), `sign`
//! (Standard Webhooks, both ways), `webhook`, `smtp`, `file` (the three ways out).

pub mod address;
pub mod config;
mod file;
pub mod guard;
pub mod sign;
mod smtp;
mod webhook;

use config::{Channel, Delivery};
use file::Lines;
use guard::Guard;
use journey_program::plan::Program;
use journey_runtime::outbox::{Job, Outcome};
use smtp::Mail;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use webhook::Webhook;

/// Tells the time of day: milliseconds since 1970.
pub type Clock = fn() -> i64;

/// Where the sends of a channel go.
#[derive(Debug)]
enum End {
    Webhook(Webhook),
    Mail(Mail),
    Lines(Arc<Lines>),
}

/// All channels that are delivered from here.
#[derive(Debug)]
pub struct Courier {
    ends: BTreeMap<String, End>,
    deadline: Duration,
}

/// What a channel's `deliver` says: its kind, and its target.
fn target(channel: &str, deliver: &str, env: config::Env) -> Result<Target, String> {
    let (kind, rest) = deliver.split_once(' ').unwrap_or((deliver, ""));
    let Some(name) = rest.strip_prefix("env ") else {
        return Ok(Target {
            kind: kind.to_owned(),
            text: rest.to_owned(),
            name: None,
        });
    };
    match env(name).filter(|value| !value.is_empty()) {
        Some(text) => Ok(Target {
            kind: kind.to_owned(),
            text,
            name: Some(name.to_owned()),
        }),
        None => Err(format!(
            "channel `{channel}` is delivered by {kind} to the address in `{name}`, which is not set"
        )),
    }
}

struct Target {
    kind: String,
    text: String,
    /// the variable that it came from
    name: Option<String>,
}

impl Courier {
    /// Everything that is needed for a program's channels, or what is missing, in words.
    pub fn new(
        program: &Program,
        delivery: &Delivery,
        beside: &Path,
        env: config::Env,
        guard: &Arc<Guard>,
        clock: Clock,
        deadline: Duration,
    ) -> Result<Self, String> {
        let mut ends = BTreeMap::new();
        let known = |name: &String| program.channels.iter().any(|channel| channel.name == *name);
        if let Some(unknown) = delivery.channels.keys().find(|name| !known(name)) {
            let names = program.channels.iter().map(|channel| channel.name.as_str());
            let near = journey_compiler::nearest(unknown, names);
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(format!("there is no channel `{unknown}`{near}"));
        }
        for channel in &program.channels {
            let name = &channel.name;
            if matches!(channel.deliver.as_str(), "none" | "on request" | "") {
                continue;
            }
            let target = target(name, &channel.deliver, env)?;
            let said = delivery.channels.get(name).cloned().unwrap_or_default();
            let said = said.with_env(target.name.as_deref(), env);
            let end = Self::end(&target, &said, (delivery, beside), guard, (clock, deadline));
            let end = end.map_err(|what| format!("channel `{name}`: {what}"))?;
            ends.insert(name.clone(), end);
        }
        Ok(Self { ends, deadline })
    }

    fn end(
        target: &Target,
        said: &Channel,
        (delivery, beside): (&Delivery, &Path),
        guard: &Arc<Guard>,
        (clock, deadline): (Clock, Duration),
    ) -> Result<End, String> {
        Ok(match target.kind.as_str() {
            "webhook" => {
                let secrets = said.secrets(target.name.as_deref())?;
                let roots = delivery.roots(beside)?;
                let webhook = Webhook::new(
                    &target.text,
                    secrets,
                    roots,
                    Arc::clone(guard),
                    clock,
                    deadline,
                );
                End::Webhook(webhook?)
            }
            "smtp" => {
                let said = (said, delivery.mail_roots(beside)?);
                End::Mail(Mail::new(&target.text, said, Arc::clone(guard), deadline)?)
            }
            "file" => End::Lines(Arc::new(Lines::open(&beside.join(&target.text))?)),
            other => return Err(format!("there is no way to deliver by `{other}`")),
        })
    }

    /// Whether anything is delivered from here.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// One attempt. It ends within the deadline, whatever the other side does.
    pub async fn carry(&self, job: &Job) -> Outcome {
        let Some(end) = self.ends.get(&*job.channel) else {
            let why = "no channel of this name is delivered from here".to_owned();
            return Outcome::Rejected { why };
        };
        let attempt = async {
            match end {
                End::Webhook(webhook) => webhook.carry(job).await,
                End::Mail(mail) => mail.carry(job).await,
                End::Lines(lines) => Lines::carry(lines, job).await,
            }
        };
        match tokio::time::timeout(self.deadline, attempt).await {
            Ok(outcome) => outcome,
            Err(_) => doubtful("no answer in time"),
        }
    }
}

fn doubtful(why: impl Into<String>) -> Outcome {
    let (after, why) = (None, why.into());
    Outcome::Doubtful { after, why }
}

fn not_sent(why: impl Into<String>) -> Outcome {
    let (after, why) = (None, why.into());
    Outcome::NotSent { after, why }
}

fn rejected(why: impl Into<String>) -> Outcome {
    Outcome::Rejected { why: why.into() }
}
