//! Journeys under all that holds messages back: limits of channels and of the program, those that wait, holds of a
//! purpose, quiet hours, messages that expire; entered again and again by a few people.

use super::NOW;
use super::journeys::HOUR;
use crate::irgen::Rng;
use journey_program::types::{EventId, Value};
use journey_runtime::input::{EventInput, Input};

const HEAD: &str = r#"
event poke { k: int }
event quit { }
profile { region: text = "" }
"#;

fn limit(rng: &mut Rng) -> String {
    let window = rng.pick(&[
        "1 day",
        "3 days",
        "5 hours",
        "calendar day",
        "calendar week",
        "calendar month",
    ]);
    format!("{} per {window}", 1 + rng.below(3))
}

/// A program whose every choice follows from the seed.
pub fn pressed(seed: u64) -> String {
    let mut rng = Rng::new(seed ^ 0x9e55);
    let mut text = HEAD.to_owned();
    let hold = match rng.below(5) {
        0 => " hold while any poke where k == 3 in last 6 hours, drop after 1 day",
        1 => " hold while any poke where k == 3 in last 3 hours, spread over 2 hours",
        _ => "",
    };
    text.push_str(&format!(
        "purpose service {{ consent not_needed basis contract }}\n\
         purpose extra {{ consent not_needed basis contract{hold} }}\n"
    ));
    for channel in ["email", "sms"] {
        let mut lines = String::new();
        if rng.chance(40) {
            let wait = rng.pick(&["", "", " else wait"]);
            lines.push_str(&format!(" limit {}{wait}", limit(&mut rng)));
        }
        if rng.chance(30) {
            lines.push_str(" quiet 21:00 to 08:00");
        }
        text.push_str(&format!(
            "channel {channel} {{ to user_id{lines} deliver none }}\n"
        ));
    }
    for (name, rest) in [
        ("hello", "for service tagged warm"),
        ("extra_one", "for extra"),
    ] {
        let expires = rng.pick(&["", "", " expires after 3 hours", " expires after 2 days"]);
        text.push_str(&format!(
            "message {name} {rest} {{ email {{ subject: \"H\" }} sms {{ text: \"H\" }}{expires} }}\n"
        ));
    }
    for number in 0..rng.below(3) {
        let across = rng.pick(&["", " across email, sms", " across sms"]);
        let overall = rng.pick(&["", "", " overall", " per region overall"]);
        let whose = rng.pick(&["", " for service", " for extra", " for tagged warm"]);
        let wait = rng.pick(&["", "", " else wait"]);
        // `per` stands behind the window
        let (per, overall) = match overall.strip_prefix(" per region") {
            Some(rest) => (" per region", rest),
            None => ("", overall),
        };
        text.push_str(&format!(
            "limit cap{number} {}{per}{across}{overall}{whose}{wait}\n",
            limit(&mut rng)
        ));
    }
    if rng.chance(25) {
        text.push_str("holdout few 30% for tagged warm\n");
    }
    for number in 0..2 {
        text.push_str(&journey(&mut rng, number));
    }
    text
}

fn journey(rng: &mut Rng, number: usize) -> String {
    let enter = match rng.below(5) {
        0 => "enter on poke\nreenter always".to_owned(),
        1 => "enter on poke".to_owned(),
        2 => format!("enter on poke\nreenter after {} hours", 1 + rng.below(40)),
        3 => format!(
            "enter on poke\nreenter after {} hours from entry",
            1 + rng.below(40)
        ),
        _ => "enter every day at 09:00 when known user_id\nreenter always".to_owned(),
    };
    let exit = match rng.below(4) {
        0 => format!("exit on quit {{ send out = {} by email }}\n", message(rng)),
        1 => "exit on quit\n".to_owned(),
        _ => String::new(),
    };
    let mut steps = String::new();
    for step in 0..1 + rng.below(3) {
        let by = rng.pick(&["email", "sms", "first of email, sms"]);
        let otherwise = match rng.below(5) {
            0 => " else { wait 5 hours }".to_owned(),
            1 => format!(" else {{ send t{step} = {} by sms }}", message(rng)),
            _ => String::new(),
        };
        let what = message(rng);
        steps.push_str(&format!("send s{step} = {what} by {by}{otherwise}\n"));
        if rng.chance(40) {
            steps.push_str(&format!("wait {} hours\n", 1 + rng.below(30)));
        }
    }
    let priority = rng.below(3);
    format!("journey j{number} {{\n{enter}\npriority {priority}\n{exit}{steps}}}\n")
}

fn message(rng: &mut Rng) -> &'static str {
    rng.pick(&["hello", "extra_one"])
}

/// Some weeks of pokes for three people, who quit now and then.
pub fn crowd(poke: EventId, quit: EventId, rng: &mut Rng) -> Vec<Input> {
    let mut all = Vec::new();
    for person in 0..3 {
        let mut at = NOW;
        for number in 0..80 {
            at += rng.below(8) as i64 * HOUR + 1 + rng.below(1000) as i64;
            let (event, fields) = match rng.below(6) {
                0 => (quit, Vec::new()),
                _ => (poke, vec![Value::Int(rng.below(4) as i64)]),
            };
            all.push(Input::Event(EventInput {
                event,
                id: format!("{person} {number}"),
                at,
                source: String::new(),
                ids: vec![(0, format!("p{person}"))],
                fields,
            }));
        }
    }
    all.sort_by_key(Input::at);
    all.push(Input::Clock(NOW + 90 * 24 * HOUR));
    all
}
