//! Proofs: what holds of a program whoever comes. Checked declarations in, problems and bounds out; a file each.
//!
//! `formula`, `vars`, `translate`, `solver` reason about one predicate; `person` reads an answer back in the
//! author's terms. A proof asks the database only for the declarations that it reads, so that an edit elsewhere
//! leaves it as it stands. What has errors is anything at all here: no proof speaks of it.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a proof is about a few kinds of things, and what has no line of its own is not followed"
)]

pub mod alike;
pub mod amount;
pub mod answered;
pub mod audiences;
pub mod between;
pub mod bounds;
pub mod branches;
pub mod cover;
pub mod deadline;
pub mod earliest;
pub mod exits;
pub mod formula;
pub mod habits;
pub mod hours;
pub mod limits;
pub mod offers;
pub mod person;
pub mod person_bounds;
pub mod pii;
pub mod reads;
pub mod say;
pub mod solver;
pub mod stale;
pub mod stats;
pub mod trained;
pub mod translate;
pub mod vars;

use crate::db::{Db, Workspace};
use crate::parse::{Chunk, parse_decl};
use crate::types::Problem;
use crate::types::decl::{Checked, Piece};
use person::Person;
use reads::Reads;
use solver::{Answer, solve};
use translate::Translator;

/// What the solver says of a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// it holds for this person
    For(Person),
    /// it holds for this person, unless what is not followed forbids it
    Perhaps(Person),
    Never,
    NotDecided,
}

/// Asks for a person of whom a formula holds.
pub fn ask(translator: &mut Translator<'_>, question: formula::Formula) -> Verdict {
    let whole = translator.whole(question);
    let verdict = match solve(&whole, &translator.vars.domains) {
        Answer::Yes(model) => Verdict::For(translator.person(&model)),
        Answer::Perhaps(model) => Verdict::Perhaps(translator.person(&model)),
        Answer::No => Verdict::Never,
        Answer::Spent => Verdict::NotDecided,
    };
    if translator.too_large && verdict != Verdict::Never {
        return Verdict::NotDecided;
    }
    verdict
}

/// What is proved of one declaration.
#[salsa::tracked]
pub fn prove<'db>(db: &'db dyn Db, workspace: Workspace, chunk: Chunk<'db>) -> Vec<Problem> {
    let checked = crate::check::check_decl(db, workspace, chunk);
    if !sound(checked) || !parse_decl(db, chunk).problems.is_empty() {
        return Vec::new();
    }
    let reads = Reads { db, workspace };
    let mut problems = Vec::new();
    let out = &mut problems;
    match &checked.piece {
        Piece::Audience(audience) => {
            audiences::prove(&reads, audience, checked, out);
            habits::of_predicate(&reads, &audience.name, &audience.predicate, checked, out);
        }
        Piece::Profile(lets) => {
            for computed in lets {
                habits::of_predicate(&reads, &computed.name, &computed.value, checked, out);
            }
        }
        Piece::Offer(offer) => {
            let name = crate::names::signature_of(db, chunk).name.span;
            offers::of_offer(&reads, offer, checked, name, out);
        }
        Piece::Group(group) => offers::of_group(&reads, group, checked, out),
        Piece::Model(model, Some(forest)) => {
            trained::prove(&reads, model, forest, checked, out);
        }
        Piece::Decision(decision) => {
            offers::of_decision(&reads, decision, checked, out);
            pii::of_decision(&reads, decision, checked, out);
        }
        Piece::Purpose(purpose, _) => {
            let span = crate::names::signature_of(db, chunk).name.span;
            habits::of_purpose(purpose, span, out);
        }
        Piece::Journey(journey) => {
            branches::prove(&reads, journey, checked, out);
            exits::prove(&reads, journey, checked, out);
            deadline::prove(&reads, journey, checked, out);
            stale::prove(&reads, journey, checked, out);
            habits::of_journey(&reads, journey, checked, out);
            answered::of_journey(&reads, journey, checked, out);
            pii::of_journey(&reads, journey, checked, out);
        }
        _ => {}
    }
    problems
}

/// Nothing in it is an error: what stands in the checked tree is what the author means.
pub(crate) fn sound(checked: &Checked) -> bool {
    use crate::diagnostics::{Severity, severity};
    !checked
        .problems
        .iter()
        .any(|problem| severity(problem.code) == Severity::Error)
}

/// The note that a question was too hard.
pub(crate) fn not_decided(span: journey_grammar::tree::Span, what: &str) -> Problem {
    let message = format!("{what} is not decided: the question takes too many steps");
    Problem::new("not-decided", span, message)
        .help("nothing is wrong with it; smaller conditions can be decided")
}
