//! How long an author waits: keystrokes in a project of a thousand journeys, each with the diagnostics of its file and
//! a completion. Prints the median and the 99th of a hundred, as the processor saw them; the last line says whether the
//! floors hold.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures, prints, and may stop"
)]

#[path = "compile/clock.rs"]
#[expect(dead_code, reason = "a part of it is enough here")]
mod clock;
#[path = "compile/project.rs"]
mod project;

use clock::Clock;
use gen_lsp_types::{PositionEncodingKind, Uri};
use journey_lsp::documents::Documents;
use journey_lsp::handlers::{Answer, Ask, Client, completion, diagnostics, hover};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const KEYSTROKES: usize = 400;
const DIAGNOSTICS_MAX: Duration = Duration::from_millis(50);
const COMPLETION_MAX: Duration = Duration::from_millis(20);
/// What is typed, over and over: whole lines, and words that are not whole yet.
const TYPED: &str = "wait 2 days\nlet x = entry.\nif tier == gold { end }\n";

fn main() {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in project::sources() {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let path = folder.path().join("campaigns/team_050.journey");
    let text = std::fs::read_to_string(&path).unwrap();
    let uri = Uri::from_file_path(&path).unwrap();
    let root = Some(folder.path().to_owned());
    let mut documents = Documents::new(root, PositionEncodingKind::UTF8);
    documents.opened(&uri, text.clone(), Some(0));
    let clock = Clock::start();
    asked(&mut documents, &uri, json!({}), diagnostics::answer).unwrap();
    println!("opened: {}", clock.alone());

    let at = text.find("wait 1 day\n").unwrap();
    let line = text[..at].matches('\n').count();
    let (mut line, mut column) = (line, at - text[..at].rfind('\n').unwrap() - 1);
    let mut took: [Vec<Duration>; 3] = Default::default();
    let letters = TYPED.chars().cycle();
    for (n, letter) in letters.take(KEYSTROKES).enumerate() {
        let place = json!({ "line": line, "character": column });
        let change = json!({ "range": { "start": place, "end": place }, "text": letter });
        let changes = serde_json::from_value(json!([change])).unwrap();
        let clock = Clock::start();
        documents.changed(&uri, i32::try_from(n).ok(), changes);
        asked(&mut documents, &uri, json!({}), diagnostics::answer).unwrap();
        took[0].push(clock.alone().cpu);
        (line, column) = if letter == '\n' {
            (line + 1, 0)
        } else {
            (line, column + 1)
        };
        let place = json!({
            "textDocument": { "uri": uri },
            "position": { "line": line, "character": column },
        });
        let clock = Clock::start();
        asked(&mut documents, &uri, place.clone(), completion::answer).unwrap();
        took[1].push(clock.alone().cpu);
        let clock = Clock::start();
        asked(&mut documents, &uri, place, hover::answer).unwrap();
        took[2].push(clock.alone().cpu);
    }
    let diagnostics = said(
        "diagnostics after a keystroke",
        &mut took[0],
        DIAGNOSTICS_MAX,
    );
    let completion = said("completion", &mut took[1], COMPLETION_MAX);
    said("hover", &mut took[2], COMPLETION_MAX);
    let verdict = if diagnostics && completion {
        "hold"
    } else {
        "MISSED"
    };
    println!("lsp: floors {verdict}");
}

fn asked(
    documents: &mut Documents,
    uri: &Uri,
    params: Value,
    handler: fn(&Ask, &Value) -> Answer,
) -> Answer {
    let ask = Ask {
        views: documents.view(uri).into_iter().collect(),
        encoding: PositionEncodingKind::UTF8,
        client: Client::default(),
        memory: Arc::default(),
    };
    handler(&ask, &params)
}

fn said(what: &str, took: &mut [Duration], max: Duration) -> bool {
    took.sort();
    let of = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)];
    let (median, worst) = (of(50), of(99));
    let verdict = if worst <= max { "holds" } else { "MISSED" };
    println!("{what}: median {median:.1?}, p99 {worst:.1?}, floor {max:.0?}: {verdict}");
    worst <= max
}
