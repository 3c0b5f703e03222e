//! What happened to a person, in order: what a watched replay has seen in, instants out, each with the record that
//! came, what was asked of it and what was decided.

use super::clauses::{Clause, DEPTH, clauses, unfolded};
use super::version::Versions;
use super::{Happened, Moment, Question};
use journey_program::plan::{LimitPlan, LimitWindow, Program};
use journey_program::show;
use journey_runtime::actions::{Action, ActionKind, json};
use journey_runtime::engine::{Asked, Filled, Refusal, Seen, What};
use journey_runtime::run::envelope;
use std::sync::Arc;

/// Everything of everyone who was watched, up to the instant that is asked for.
pub fn moments(seen: &[Seen], versions: &Versions, question: &Question, id: &str) -> Vec<Moment> {
    let mut telling = Telling {
        versions,
        program: None,
        id,
        audiences: None,
        moments: Vec::new(),
    };
    for seen in seen {
        if question.at.is_some_and(|at| seen.at > at) && !matches!(seen.what, What::Version(_)) {
            break;
        }
        telling.take(seen);
    }
    telling.moments
}

struct Telling<'t> {
    versions: &'t Versions,
    program: Option<Arc<Program>>,
    id: &'t str,
    /// the last look at the audiences
    audiences: Option<&'t Asked>,
    moments: Vec<Moment>,
}

impl<'t> Telling<'t> {
    fn take(&mut self, seen: &'t Seen) {
        if let What::Version(program) = &seen.what {
            self.program = Some(Arc::clone(program));
            self.audiences = None;
            return;
        }
        let Some(program) = self.program.clone() else {
            return;
        };
        match &seen.what {
            What::Version(_) => {}
            What::Input(input) => self.begin(seen.at, Some(envelope(&program, input))),
            What::Refused { reason, input } => {
                self.begin(seen.at, Some(envelope(&program, input)));
                let text = format!("the record was not taken: `{reason}`");
                self.add(seen.at, happened(None, None, "not_taken", text));
            }
            What::Asked(asked) => self.asked(seen.at, &program, asked),
            What::Gate(gate) => {
                let text = told_gate(&program, gate);
                self.add(seen.at, happened(None, None, "gate", text));
            }
            What::Action(kind) => self.action(seen.at, &program, kind),
        }
    }

    fn begin(&mut self, at: i64, record: Option<String>) {
        self.moments.push(Moment {
            at,
            record,
            happened: Vec::new(),
        });
    }

    fn add(&mut self, at: i64, happened: Happened) {
        if self.moments.last().is_none_or(|moment| moment.at != at) {
            self.begin(at, None);
        }
        if let Some(moment) = self.moments.last_mut() {
            moment.happened.push(happened);
        }
    }

    fn clauses(
        &self,
        program: &Arc<Program>,
        asked: &Asked,
        audience: Option<usize>,
    ) -> Vec<Clause> {
        let Some(version) = self.versions.running(program) else {
            return Vec::new();
        };
        let told = clauses(version, asked, audience);
        // an audience is looked at anew as it is found out: what it asked then is what was meant
        let last = if audience.is_some() {
            Some(asked)
        } else {
            self.audiences
        };
        last.map_or(told.clone(), |last| unfolded(version, told, last, DEPTH))
    }

    fn asked(&mut self, at: i64, program: &Arc<Program>, asked: &'t Asked) {
        let Some(function) = program.functions.get(asked.function.index()) else {
            return;
        };
        if function.name == "audiences" {
            self.audiences = Some(asked);
            return;
        }
        let clauses = self.clauses(program, asked, None);
        let Some((journey, what)) = asked_of(program, &function.name) else {
            let offers = ["decision.", "offer.", "group."];
            if offers.iter().any(|kind| function.name.starts_with(kind)) && !clauses.is_empty() {
                let mut words = function.name.split('.');
                let (kind, name) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
                let mut asked = happened(None, None, "asked", format!("{kind} `{name}`"));
                asked.clauses = clauses;
                self.add(at, asked);
            }
            return;
        };
        let is_run = what == "run";
        let body = what.starts_with("send.") && !what.ends_with(".prefer");
        if body || (is_run && clauses.is_empty()) {
            return;
        }
        let answer = match asked.result {
            _ if is_run || matches!(what, "score" | "take") => String::new(),
            _ if asked.faulted => ": it faulted, which counts as no".to_owned(),
            Some(0) => ": no".to_owned(),
            Some(_) | None => ": yes".to_owned(),
        };
        let text = format!("{}{answer}", words_of(what));
        let mut asked = happened(Some(journey), None, "asked", text);
        asked.clauses = clauses;
        self.add(at, asked);
    }

    fn action(&mut self, at: i64, program: &Arc<Program>, kind: &ActionKind) {
        let of = kind.subject().map(|of| of.journey.to_string());
        let action = Action {
            n: 0,
            at,
            profile: self.id.into(),
            kind: kind.clone(),
        };
        let json = action.to_json().replacen("\"n\":0,", "", 1);
        let mut told = happened(of, step_of(kind), kind.name(), told(kind));
        told.action = Some(json);
        if let ActionKind::Audience { audience, .. } = kind
            && let Some(asked) = self.audiences
        {
            let number = program
                .audiences
                .iter()
                .position(|plan| *plan.name == **audience);
            told.clauses = self.clauses(program, asked, number);
        }
        self.add(at, told);
    }
}

/// The parts of an audience's predicate when it was looked at last.
pub fn audience_now(
    seen: &[Seen],
    versions: &Versions,
    question: &Question,
    name: &str,
) -> Vec<Clause> {
    let mut program: Option<&Arc<Program>> = None;
    let mut last = Vec::new();
    for seen in seen {
        match &seen.what {
            What::Version(next) => program = Some(next),
            What::Asked(asked) if question.at.is_none_or(|at| seen.at <= at) => {
                let Some(plan) = program else { continue };
                let function = plan.functions.get(asked.function.index());
                let number = plan.audiences.iter().position(|plan| plan.name == name);
                if function.is_some_and(|function| function.name == "audiences")
                    && let (Some(version), Some(_)) = (versions.running(plan), number)
                {
                    last = clauses(version, asked, number);
                }
            }
            What::Asked(_)
            | What::Input(_)
            | What::Refused { .. }
            | What::Action(_)
            | What::Gate(_) => {}
        }
    }
    last
}

fn happened(journey: Option<String>, step: Option<String>, kind: &str, text: String) -> Happened {
    Happened {
        journey,
        step,
        kind: kind.to_owned(),
        text,
        action: None,
        clauses: Vec::new(),
    }
}

/// Of a function of a journey: the journey's name and what is asked.
fn asked_of<'f>(program: &Program, function: &'f str) -> Option<(String, &'f str)> {
    let rest = function.strip_prefix("journey.")?;
    let mut named = program.journeys.iter().filter_map(|plan| {
        let rest = rest.strip_prefix(plan.name.as_str())?.strip_prefix('.')?;
        Some((plan.name.clone(), rest))
    });
    named.next()
}

fn words_of(what: &str) -> &str {
    match what.split('.').next().unwrap_or(what) {
        "enter" => "does it enter",
        "score" => "its place among those who are taken",
        "take" => "how many are taken",
        "while" => "does its `while` hold",
        "exit" => "is it an exit",
        "goal" => "is it the goal",
        "wait" => "is it what is waited for",
        "recall" => "does it count since then",
        "run" => "steps",
        _ => what,
    }
}

fn step_of(kind: &ActionKind) -> Option<String> {
    match kind {
        ActionKind::Send { send, .. } => Some(send.step.to_string()),
        ActionKind::Decide { decide, .. } => Some(decide.step.to_string()),
        ActionKind::Skip { step, .. }
        | ActionKind::Postpone { step, .. }
        | ActionKind::Withdraw { step, .. }
        | ActionKind::Split { step, .. } => Some(step.to_string()),
        ActionKind::Enter(_)
        | ActionKind::Exit { .. }
        | ActionKind::End { .. }
        | ActionKind::Goal(_)
        | ActionKind::Holdout(_)
        | ActionKind::Set { .. }
        | ActionKind::Emit { .. }
        | ActionKind::Audience { .. }
        | ActionKind::Conversion { .. }
        | ActionKind::Merge { .. }
        | ActionKind::Erase
        | ActionKind::Fault { .. }
        | ActionKind::Refused { .. } => None,
    }
}

/// An action in words.
pub fn told(kind: &ActionKind) -> String {
    match kind {
        ActionKind::Enter(_) => "entered".to_owned(),
        ActionKind::Exit { reason, .. } => format!("left: `{reason}`"),
        ActionKind::End { reason: None, .. } => "ran to its end".to_owned(),
        ActionKind::End {
            reason: Some(reason),
            ..
        } => format!("ended: `{reason}`"),
        ActionKind::Goal(_) => "reached its goal".to_owned(),
        ActionKind::Holdout(_) => "is held out: it takes no step".to_owned(),
        ActionKind::Send { send, .. } => {
            format!(
                "`{}` sent `{}` by {}",
                send.step, send.message, send.channel
            )
        }
        ActionKind::Skip {
            step,
            message,
            channel,
            reason,
            ..
        } => {
            format!("`{step}` did not send `{message}` by {channel}: `{reason}`")
        }
        ActionKind::Postpone {
            step,
            message,
            until,
            ..
        } => {
            format!(
                "`{step}` sends `{message}` not before {}",
                show::time_ms(*until)
            )
        }
        ActionKind::Withdraw { step, message, .. } => format!("`{step}` took `{message}` back"),
        ActionKind::Split { step, arm, .. } => format!("`{step}` drew `{arm}`"),
        ActionKind::Decide { decide, .. } => decided(decide),
        ActionKind::Set { field, value, .. } => format!("set `{field}` to {value}"),
        ActionKind::Emit { event, .. } => format!("emitted `{event}`"),
        ActionKind::Audience {
            audience,
            entering: true,
        } => format!("is in `{audience}` now"),
        ActionKind::Audience { audience, .. } => format!("is no longer in `{audience}`"),
        ActionKind::Conversion {
            conversion, value, ..
        } => format!("converted: `{conversion}`, {value}"),
        ActionKind::Merge { from } => format!("turned out to be `{from}`, too"),
        ActionKind::Erase => "was erased".to_owned(),
        ActionKind::Fault { reason, site, .. } => match site {
            Some(site) => format!(
                "faulted: {reason} at {}:{}:{}",
                site.file, site.line, site.column
            ),
            None => format!("faulted: {reason}"),
        },
        ActionKind::Refused { reason, .. } => format!("was not entered: {}", refused(reason)),
    }
}

/// Why an entry was refused, in words.
pub fn refused(reason: &str) -> String {
    let why = match reason {
        "already_in" => "an instance of it is on its way",
        "no_key" => "the event does not have the journey's key",
        "while" => "its `while` does not hold",
        "reenter" => "it may not be entered again, or not yet",
        "capacity" => "it is full",
        _ => return format!("`{reason}`"),
    };
    format!("`{reason}`: {why}")
}

/// What was chosen, and by how much the others lost.
fn decided(decide: &journey_runtime::actions::DecideAction) -> String {
    let choice = decide.choice.as_deref().unwrap_or("nothing");
    let mut text = format!("`{}` chose `{choice}`", decide.decision);
    if decide.not_now {
        text.push_str(": its `only when` does not hold");
    }
    if decide.explored {
        text.push_str(" by lot");
    }
    let score = |json: &str| json.parse::<f64>().ok();
    let best = decide.score.as_deref().and_then(score);
    for other in &decide.considered {
        if decide.choice.as_deref() == Some(&*other.offer) {
            continue;
        }
        match &other.fate {
            Ok(theirs) => {
                text.push_str(&format!("; `{}` has {theirs}", other.offer));
                if let Some((best, theirs)) = best.zip(score(theirs)) {
                    text.push_str(&format!(
                        ", {} less",
                        show::number(((best - theirs) * 1e9).round() / 1e9)
                    ));
                }
            }
            Err(reason) => text.push_str(&format!("; `{}` is out: `{reason}`", other.offer)),
        }
    }
    text
}

/// What a gate knew.
fn told_gate(program: &Program, gate: &Refusal) -> String {
    let named = |name: Option<&String>| name.map_or("?", String::as_str).to_owned();
    let purpose = named(
        program
            .purposes
            .get(gate.purpose.index())
            .map(|plan| &plan.name),
    );
    let channel = named(
        program
            .channels
            .get(gate.channel.index())
            .map(|plan| &plan.name),
    );
    match gate.reason {
        "no_consent" => match gate.said {
            None => format!("`{purpose}` by {channel}: consent was never given"),
            Some((true, at)) => {
                format!("`{purpose}` by {channel}: granted at {}", show::time_ms(at))
            }
            Some((false, at)) => {
                format!("`{purpose}` by {channel}: revoked at {}", show::time_ms(at))
            }
        },
        "muted" => match gate.muted {
            Some(until) => format!("`{purpose}` is mute until {}", show::time_ms(until)),
            None => format!("`{purpose}` is mute"),
        },
        "no_address" => format!("{channel}: there is no address"),
        "limit" | "overall_limit" => match &gate.limit {
            None => format!("{channel}: its hours and the limits never agree"),
            Some(Filled { limit, counted }) => {
                let message = |number: u32| named(program.messages.get(number as usize));
                let counted = counted.iter().map(|(at, sent)| match sent {
                    Some(sent) if sent.planned.is_some() => {
                        format!(
                            "{} `{}` (planned)",
                            show::time_ms(*at),
                            message(sent.message)
                        )
                    }
                    Some(sent) => format!("{} `{}`", show::time_ms(*at), message(sent.message)),
                    None => show::time_ms(*at),
                });
                let counted: Vec<String> = counted.collect();
                format!(
                    "{channel}: {} is full: {}",
                    limit_words(limit),
                    counted.join(", ")
                )
            }
        },
        other => format!("{channel}: refused, `{other}`"),
    }
}

fn limit_words(limit: &LimitPlan) -> String {
    let window = match limit.window {
        LimitWindow::Rolling(ms) => format!("per {}", json::duration(ms)),
        LimitWindow::Day => "per calendar day".to_owned(),
        LimitWindow::Week => "per calendar week".to_owned(),
        LimitWindow::Month => "per calendar month".to_owned(),
    };
    let whom = if limit.overall {
        " over all people"
    } else {
        ""
    };
    format!("the limit of {} {window}{whom}", limit.count)
}
