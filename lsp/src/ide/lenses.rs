//! What stands above a declaration: run a test, look at a journey's graph, simulate it, the most that a person gets.

use super::{Place, Project, about};
use journey_grammar::tree::DeclKind;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    pub at: Place,
    pub title: String,
    /// the command, and what it is about; None: it only says something
    pub command: Option<(&'static str, String)>,
}

pub const RUN_TEST: &str = "journey.runTest";
pub const SHOW_GRAPH: &str = "journey.showGraph";
pub const SIMULATE: &str = "journey.simulate";

/// `textDocument/codeLens`
pub fn of_file(project: &Project, path: &str) -> Vec<Lens> {
    let mut lenses = Vec::new();
    for here in project.decls(path) {
        let span = here.decl.span.shifted(here.offset);
        let at = Place::new(path, span.start, span.start);
        let lens = |title: &str, command| Lens {
            at: at.clone(),
            title: title.to_owned(),
            command,
        };
        match &here.decl.kind {
            DeclKind::Test(test) => {
                let title = test.title.text.clone();
                lenses.push(lens("▶ run test", Some((RUN_TEST, title))));
            }
            DeclKind::Journey(journey) => {
                let name = &journey.name.text;
                lenses.push(lens("show graph", Some((SHOW_GRAPH, name.clone()))));
                lenses.push(lens("simulate", Some((SIMULATE, name.clone()))));
                if let Some(most) = about::messages_of(project, name) {
                    lenses.push(lens(&format!("{most} an instance"), None));
                }
            }
            _ => {}
        }
    }
    lenses
}
