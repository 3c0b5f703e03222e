//! An action in one line, for people.

use journey_program::show;
use journey_runtime::actions::{Action, ActionKind, Subject};

/// Characters of a message's text that are shown.
const SHOWN: usize = 60;

/// `2026-01-05T10:00:00.000Z send abandoned_cart.reminder c1: cart_reminder by email to a@example.com "…"`
pub(super) fn line(action: &Action) -> String {
    format!("{} {}", show::time_ms(action.at), what(&action.kind))
}

fn what(kind: &ActionKind) -> String {
    match kind {
        ActionKind::Enter(of) | ActionKind::Goal(of) | ActionKind::Holdout(of) => {
            format!("{} {}", kind.name(), subject(of, None))
        }
        ActionKind::Exit { of, reason } => format!("exit {}: {reason}", subject(of, None)),
        ActionKind::End { of, reason } => match reason {
            Some(reason) => format!("end {}: {reason}", subject(of, None)),
            None => format!("end {}", subject(of, None)),
        },
        ActionKind::Send { of, send } => {
            let subject = subject(of, Some(&send.step));
            let text = send.content.first().map_or("", |(_, text)| text.as_str());
            let short: String = text.chars().take(SHOWN).collect();
            let more = if short.len() < text.len() { "…" } else { "" };
            let (message, channel, to) = (&send.message, &send.channel, &send.to);
            format!("send {subject}: {message} by {channel} to {to} \"{short}{more}\"")
        }
        ActionKind::Skip {
            of,
            step,
            message,
            channel,
            reason,
        } => {
            let subject = subject(of, Some(step));
            format!("skip {subject}: {message} by {channel}, {reason}")
        }
        ActionKind::Postpone {
            of, step, until, ..
        } => {
            let until = show::time_ms(*until);
            format!("postpone {} until {until}", subject(of, Some(step)))
        }
        ActionKind::Withdraw { of, step, .. } => format!("withdraw {}", subject(of, Some(step))),
        ActionKind::Split { of, step, arm } => format!("split {}: {arm}", subject(of, Some(step))),
        ActionKind::Decide { of, decide } => {
            let choice = decide.choice.as_deref().unwrap_or("none");
            match of {
                Some(of) => format!("decide {}: {choice}", subject(of, Some(&decide.step))),
                None => format!("decide {}: {choice}", decide.decision),
            }
        }
        ActionKind::Set { of, field, value } => {
            format!("set {field} = {value} in {}", subject(of, None))
        }
        ActionKind::Emit {
            of, event, data, ..
        } => format!("emit {event} {data} from {}", subject(of, None)),
        ActionKind::Audience { audience, entering } => {
            let edge = if *entering { "enters" } else { "leaves" };
            format!("{edge} audience {audience}")
        }
        ActionKind::Conversion {
            conversion, value, ..
        } => format!("conversion {conversion}: {value}"),
        ActionKind::Merge { from } => format!("turns out to be {from}"),
        ActionKind::Erase => "erased".to_owned(),
        ActionKind::Fault { of, reason, .. } => {
            let of = of.as_ref().map_or_else(String::new, |of| subject(of, None));
            format!("fault {of}: {reason}")
        }
        ActionKind::Refused { of, reason } => format!("refused {}: {reason}", subject(of, None)),
    }
}

fn subject(of: &Subject, step: Option<&str>) -> String {
    let mut text = of.journey.to_string();
    if let Some(step) = step {
        text.push('.');
        text.push_str(step);
    }
    if let Some(key) = &of.key_text {
        text.push(' ');
        text.push_str(key);
    }
    text
}
