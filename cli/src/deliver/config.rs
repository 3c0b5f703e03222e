//! What an operator says of deliveries, in the configuration's `[deliver]`, and in the environment for what is
//! secret: for `deliver webhook env "NAME"`, `NAME_SECRET` and `NAME_FROM` are looked at too.

use super::guard::Allowed;
use super::sign::Secrets;
use journey_runtime::outbox::Policy;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Looks a variable of the environment up.
pub type Env = fn(&str) -> Option<String>;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// addresses that may be called though they are not public, also unencrypted
    pub allow: Vec<String>,
    /// how long an attempt may last
    pub deadline_seconds: Option<u32>,
    /// a PEM file of authorities that are trusted beside the system's
    pub roots: Option<String>,
    pub channels: BTreeMap<String, Channel>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Channel {
    /// what webhooks are signed with: the newer first, for a while the older beside it
    pub secrets: Vec<Text>,
    /// what call-backs are signed with, if it is something else
    pub callback_secrets: Vec<Text>,
    /// who mail is from
    pub from: Option<String>,
    /// where to unsubscribe: `{send}` stands for the key of the send
    pub unsubscribe: Option<String>,
}

/// A text, or the name of a variable that has it: `{ env = "NAME" }`.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Text {
    Env { env: String },
    Plain(String),
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Text")
    }
}

/// Seconds that an attempt may last.
const DEADLINES: std::ops::RangeInclusive<u32> = 1..=300;

impl Delivery {
    /// Bounds of trying, as far as they are said.
    pub fn policy(&self) -> Result<Policy, String> {
        let mut policy = Policy::default();
        if let Some(seconds) = self.deadline_seconds {
            if !DEADLINES.contains(&seconds) {
                let (least, most) = (DEADLINES.start(), DEADLINES.end());
                return Err(format!("`deadline_seconds` is from {least} to {most}"));
            }
            policy.deadline = i64::from(seconds) * 1_000;
        }
        Ok(policy)
    }

    pub fn allowed(&self) -> Result<Vec<Allowed>, String> {
        self.allow.iter().map(|text| Allowed::parse(text)).collect()
    }

    pub(super) fn roots(&self, beside: &Path) -> Result<Vec<reqwest::Certificate>, String> {
        let Some(name) = &self.roots else {
            return Ok(Vec::new());
        };
        let failed = |e: &dyn std::fmt::Display| format!("can't read `{name}`: {e}");
        let pem = std::fs::read(beside.join(name)).map_err(|e| failed(&e))?;
        reqwest::Certificate::from_pem_bundle(&pem).map_err(|e| failed(&e))
    }
}

impl Channel {
    /// What is not said is looked for beside the variable of the address.
    pub(super) fn with_env(mut self, name: Option<&str>, env: Env) -> Self {
        for secret in self.secrets.iter_mut().chain(&mut self.callback_secrets) {
            if let Text::Env { env: name } = secret {
                *secret = Text::Plain(env(name).unwrap_or_default());
            }
        }
        let Some(name) = name else { return self };
        if self.secrets.is_empty() {
            let secret = env(&format!("{name}_SECRET"));
            self.secrets.extend(secret.map(Text::Plain));
        }
        self.from = self.from.or_else(|| env(&format!("{name}_FROM")));
        self
    }

    pub(super) fn secrets(&self, name: Option<&str>) -> Result<Secrets, String> {
        let secrets = parsed(&self.secrets)?;
        if secrets.is_empty() {
            let set = name.map_or_else(String::new, |name| format!("set `{name}_SECRET`, or "));
            return Err(format!(
                "there is no secret to sign with: {set}list `secrets` in the configuration"
            ));
        }
        Ok(secrets)
    }
}

/// What call-backs of a channel are signed with. Empty: it takes none.
pub fn callbacks(
    delivery: &Delivery,
    channel: &str,
    deliver: &str,
    env: Env,
) -> Result<Secrets, String> {
    let said = delivery.channels.get(channel).cloned().unwrap_or_default();
    let name = deliver.split_once(" env ").map(|(_, name)| name);
    let said = said.with_env(name, env);
    let secrets = if said.callback_secrets.is_empty() {
        parsed(&said.secrets)
    } else {
        parsed(&said.callback_secrets)
    };
    secrets.map_err(|what| format!("channel `{channel}`: {what}"))
}

fn parsed(texts: &[Text]) -> Result<Secrets, String> {
    Secrets::parse(texts.iter().map(|text| match text {
        Text::Plain(text) => text.as_str(),
        Text::Env { .. } => "",
    }))
}
