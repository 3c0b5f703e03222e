//! What an operator says of deliveries, in the configuration's `[deliver]`, and in the environment for what is
//! secret: for `deliver webhook env "NAME"`, `NAME_SECRET` and `NAME_FROM` are looked at too.

use super::guard::Allowed;
use super::sign::Secrets;
use journey_runtime::outbox::Policy;
use lettre::transport::smtp::client::Certificate;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

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
    /// bounds of all endpoints; a channel may have its own
    pub endpoint: Endpoint,
    pub channels: BTreeMap<String, Channel>,
}

/// How one endpoint is tried; what is not said is as for all, or as it comes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Endpoint {
    /// attempts at a time
    pub concurrency: Option<u32>,
    /// attempts of one send
    pub tries: Option<u32>,
    pub patience_hours: Option<u32>,
    /// of the wait after a failure: the first, and the longest
    pub wait_seconds: Option<u32>,
    pub wait_most_seconds: Option<u32>,
    /// failures in a row that close it, and for how long at first and at most
    pub breaker: Option<u32>,
    pub closed_seconds: Option<u32>,
    pub closed_most_seconds: Option<u32>,
    /// sends that may wait
    pub backlog: Option<u64>,
}

impl Endpoint {
    /// These bounds in the place of others.
    fn over(&self, mut policy: Policy) -> Result<Policy, String> {
        let nothing = [
            ("concurrency", self.concurrency),
            ("tries", self.tries),
            ("patience_hours", self.patience_hours),
            ("wait_seconds", self.wait_seconds),
            ("wait_most_seconds", self.wait_most_seconds),
            ("breaker", self.breaker),
            ("closed_seconds", self.closed_seconds),
            ("closed_most_seconds", self.closed_most_seconds),
        ];
        if let Some((name, _)) = nothing.iter().find(|(_, said)| *said == Some(0)) {
            return Err(format!("`{name}` is at least 1"));
        }
        let seconds =
            |said: Option<u32>, each: i64| said.map(|said| i64::from(said) * each * 1_000);
        policy.concurrency = self.concurrency.unwrap_or(policy.concurrency);
        policy.tries = self.tries.unwrap_or(policy.tries);
        policy.breaker = self.breaker.unwrap_or(policy.breaker);
        policy.backlog = self.backlog.unwrap_or(policy.backlog);
        policy.patience = seconds(self.patience_hours, HOUR).unwrap_or(policy.patience);
        policy.first = seconds(self.wait_seconds, 1).unwrap_or(policy.first);
        policy.most = seconds(self.wait_most_seconds, 1).unwrap_or(policy.most);
        policy.closed_first = seconds(self.closed_seconds, 1).unwrap_or(policy.closed_first);
        policy.closed_most = seconds(self.closed_most_seconds, 1).unwrap_or(policy.closed_most);
        policy.most = policy.most.max(policy.first);
        policy.closed_most = policy.closed_most.max(policy.closed_first);
        Ok(policy)
    }
}

/// In seconds.
const HOUR: i64 = 3_600;

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
    /// bounds of its own
    pub endpoint: Option<Endpoint>,
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
        self.endpoint.over(policy)
    }

    /// The same, of channels that have bounds of their own.
    pub fn own_policies(&self) -> Result<BTreeMap<Arc<str>, Policy>, String> {
        let mut own = BTreeMap::new();
        for (name, channel) in &self.channels {
            if let Some(endpoint) = &channel.endpoint {
                let policy = endpoint.over(self.policy()?);
                let policy = policy.map_err(|what| format!("channel `{name}`: {what}"))?;
                own.insert(name.as_str().into(), policy);
            }
        }
        Ok(own)
    }

    pub fn allowed(&self) -> Result<Vec<Allowed>, String> {
        self.allow.iter().map(|text| Allowed::parse(text)).collect()
    }

    pub(super) fn roots(&self, beside: &Path) -> Result<Vec<reqwest::Certificate>, String> {
        let read = |pem: &[u8]| {
            reqwest::Certificate::from_pem_bundle(pem).map_err(|e| self.unreadable(&e))
        };
        self.root_file(beside)?
            .map_or_else(|| Ok(Vec::new()), |pem| read(&pem))
    }

    /// The same, for mail.
    pub(super) fn mail_roots(&self, beside: &Path) -> Result<Vec<Certificate>, String> {
        let Some(pem) = self.root_file(beside)? else {
            return Ok(Vec::new());
        };
        let all = CertificateDer::pem_slice_iter(&pem);
        let all = all.map(|root| {
            let root = root.map_err(|e| self.unreadable(&e))?;
            Certificate::from_der(root.to_vec()).map_err(|e| self.unreadable(&e))
        });
        all.collect()
    }

    fn root_file(&self, beside: &Path) -> Result<Option<Vec<u8>>, String> {
        let Some(name) = &self.roots else {
            return Ok(None);
        };
        let pem = std::fs::read(beside.join(name));
        pem.map(Some).map_err(|e| self.unreadable(&e))
    }

    fn unreadable(&self, what: &dyn std::fmt::Display) -> String {
        let name = self.roots.as_deref().unwrap_or_default();
        format!("can't read `{name}`: {what}")
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
