//! What comes out: decisions in order, each with what it was about. Values in, one JSON line out, its keys
//! in the order that receivers hold on to.

mod decide;
pub mod json;

pub use decide::{Considered, DecideAction};

use crate::actions::json::Line;
use journey_program::plan::Site;
use journey_program::show;
use std::sync::Arc;

/// What stands for a value of a field that is `pii`, as JSON.
pub const HIDDEN: &str = "\"[pii]\"";

#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    pub n: u64,
    /// milliseconds
    pub at: i64,
    /// the person's canonical id
    pub profile: Arc<str>,
    pub kind: ActionKind,
}

/// Which instance an action is of. The key is JSON already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub journey: Arc<str>,
    pub key: Option<String>,
    /// the key as plain text
    pub key_text: Option<String>,
    /// since when it is in there, for what is measured
    pub entered: Option<i64>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ActionKind {
    Enter(Subject),
    Exit {
        of: Subject,
        reason: Arc<str>,
    },
    End {
        of: Subject,
        reason: Option<Arc<str>>,
    },
    Goal(Subject),
    Send {
        of: Subject,
        send: Box<SendAction>,
    },
    Skip {
        of: Subject,
        step: Arc<str>,
        message: Arc<str>,
        channel: Arc<str>,
        reason: &'static str,
    },
    Postpone {
        of: Subject,
        step: Arc<str>,
        message: Arc<str>,
        channel: Arc<str>,
        /// while its purpose is held: the instant at which it was to go
        until: i64,
    },
    /// what was sent and nobody has answered is taken back
    Withdraw {
        of: Subject,
        step: Arc<str>,
        message: Arc<str>,
        channel: Arc<str>,
        id: String,
    },
    Split {
        of: Subject,
        step: Arc<str>,
        arm: Arc<str>,
    },
    Holdout(Subject),
    /// without an instance: a touchpoint has asked
    Decide {
        of: Option<Subject>,
        decide: Box<DecideAction>,
    },
    /// the value is JSON already
    Set {
        of: Subject,
        field: Arc<str>,
        value: String,
    },
    /// the data is JSON already
    Emit {
        of: Subject,
        event: Arc<str>,
        id: String,
        data: String,
        /// another person's: the identifier, JSON already
        to: Option<String>,
    },
    Audience {
        audience: Arc<str>,
        entering: bool,
    },
    /// it has been counted, and what it is worth: JSON already
    Conversion {
        conversion: Arc<str>,
        value: String,
        /// the event's own time
        when: i64,
    },
    /// two people turned out to be one; who the other was
    Merge {
        from: Arc<str>,
    },
    /// nothing of the person is left
    Erase,
    /// the instance that ended by it; None: a predicate, which counts as false
    Fault {
        of: Option<Subject>,
        reason: &'static str,
        site: Option<Site>,
    },
    Refused {
        of: Subject,
        reason: &'static str,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct SendAction {
    pub step: Arc<str>,
    pub message: Arc<str>,
    pub channel: Arc<str>,
    pub to: String,
    pub id: String,
    pub content: Vec<(Arc<str>, String)>,
}

/// Names of kinds, as in `--actions-include`.
pub const KINDS: [&str; 19] = [
    "withdraw",
    "enter",
    "exit",
    "end",
    "goal",
    "send",
    "skip",
    "postpone",
    "split",
    "holdout",
    "decide",
    "set",
    "emit",
    "audience",
    "merge",
    "erase",
    "fault",
    "refused",
    "conversion",
];

impl ActionKind {
    pub fn name(&self) -> &'static str {
        match self {
            ActionKind::Enter(_) => "enter",
            ActionKind::Exit { .. } => "exit",
            ActionKind::End { .. } => "end",
            ActionKind::Goal(_) => "goal",
            ActionKind::Send { .. } => "send",
            ActionKind::Skip { .. } => "skip",
            ActionKind::Postpone { .. } => "postpone",
            ActionKind::Withdraw { .. } => "withdraw",
            ActionKind::Split { .. } => "split",
            ActionKind::Holdout(_) => "holdout",
            ActionKind::Decide { .. } => "decide",
            ActionKind::Set { .. } => "set",
            ActionKind::Emit { .. } => "emit",
            ActionKind::Audience { .. } => "audience",
            ActionKind::Conversion { .. } => "conversion",
            ActionKind::Merge { .. } => "merge",
            ActionKind::Erase => "erase",
            ActionKind::Fault { .. } => "fault",
            ActionKind::Refused { .. } => "refused",
        }
    }

    /// The instance, where there is one.
    pub fn subject(&self) -> Option<&Subject> {
        match self {
            ActionKind::Enter(of) | ActionKind::Goal(of) | ActionKind::Holdout(of) => Some(of),
            ActionKind::Exit { of, .. }
            | ActionKind::End { of, .. }
            | ActionKind::Send { of, .. }
            | ActionKind::Skip { of, .. }
            | ActionKind::Postpone { of, .. }
            | ActionKind::Withdraw { of, .. }
            | ActionKind::Split { of, .. }
            | ActionKind::Set { of, .. }
            | ActionKind::Emit { of, .. }
            | ActionKind::Refused { of, .. } => Some(of),
            ActionKind::Decide { of, .. } | ActionKind::Fault { of, .. } => of.as_ref(),
            ActionKind::Audience { .. }
            | ActionKind::Conversion { .. }
            | ActionKind::Merge { .. }
            | ActionKind::Erase => None,
        }
    }
}

impl Action {
    /// One line, without its end.
    pub fn to_json(&self) -> String {
        let mut line = Line::new();
        line.raw("n", &self.n.to_string());
        line.text("at", &show::time_ms(self.at));
        line.text("profile", &self.profile);
        line.text("kind", self.kind.name());
        if let Some(of) = self.kind.subject() {
            line.text("journey", &of.journey);
            if let Some(key) = &of.key {
                line.raw("key", key);
            }
        }
        self.detail(&mut line);
        line.end()
    }

    fn detail(&self, line: &mut Line) {
        match &self.kind {
            ActionKind::Enter(_)
            | ActionKind::Goal(_)
            | ActionKind::Holdout(_)
            | ActionKind::Erase => {}
            ActionKind::Merge { from } => line.text("from", from),
            ActionKind::Exit { reason, .. } => line.text("reason", reason),
            ActionKind::End { reason, .. } => {
                reason.iter().for_each(|reason| line.text("reason", reason));
            }
            ActionKind::Send { send, .. } => send.write(line),
            ActionKind::Skip {
                step,
                message,
                channel,
                reason,
                ..
            } => {
                unsent(line, step, message, channel);
                line.text("reason", reason);
            }
            ActionKind::Postpone {
                step,
                message,
                channel,
                until,
                ..
            } => {
                unsent(line, step, message, channel);
                line.text("until", &show::time_ms(*until));
            }
            ActionKind::Withdraw {
                step,
                message,
                channel,
                id,
                ..
            } => {
                unsent(line, step, message, channel);
                line.text("id", id);
            }
            ActionKind::Split { step, arm, .. } => split(line, step, arm),
            ActionKind::Decide { decide, .. } => decide.write(line),
            ActionKind::Set { field, value, .. } => {
                line.text("field", field);
                line.raw("value", value);
            }
            ActionKind::Emit {
                event,
                id,
                data,
                to,
                ..
            } => emitted(line, (event, id), data, to.as_deref()),
            ActionKind::Audience { audience, entering } => edge(line, audience, *entering),
            ActionKind::Conversion {
                conversion,
                value,
                when,
            } => converted(line, conversion, (value, *when)),
            ActionKind::Fault { reason, site, .. } => {
                line.text("reason", reason);
                if let Some(site) = site {
                    line.raw("span", &json::span(site));
                }
            }
            ActionKind::Refused { reason, .. } => line.text("reason", reason),
        }
    }
}

fn edge(line: &mut Line, audience: &str, entering: bool) {
    line.text("audience", audience);
    line.text("edge", if entering { "enter" } else { "leave" });
}

fn converted(line: &mut Line, conversion: &str, (value, when): (&str, i64)) {
    line.text("conversion", conversion);
    line.raw("value", value);
    line.text("when", &show::time_ms(when));
}

fn split(line: &mut Line, step: &str, arm: &str) {
    line.text("step", step);
    line.text("arm", arm);
}

/// Which send an action is about that is no sending.
fn unsent(line: &mut Line, step: &str, message: &str, channel: &str) {
    line.text("step", step);
    line.text("message", message);
    line.text("channel", channel);
}

fn emitted(line: &mut Line, (event, id): (&str, &str), data: &str, to: Option<&str>) {
    line.text("event", event);
    line.text("id", id);
    line.raw("data", data);
    if let Some(to) = to {
        line.raw("to", to);
    }
}

impl SendAction {
    fn write(&self, line: &mut Line) {
        line.text("step", &self.step);
        line.text("message", &self.message);
        line.text("channel", &self.channel);
        line.text("to", &self.to);
        line.text("id", &self.id);
        let mut content = Line::new();
        for (name, text) in &self.content {
            content.text(name, text);
        }
        line.raw("content", &content.end());
    }
}
