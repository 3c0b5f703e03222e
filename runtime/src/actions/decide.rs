//! A decision on record: what was chosen, and what became of every offer that was considered.

use super::json::Line;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub struct DecideAction {
    /// empty: a touchpoint has asked
    pub step: Arc<str>,
    pub decision: Arc<str>,
    pub choice: Option<Arc<str>>,
    /// JSON already; None: nothing was scored, or the choice is the decision's `else`
    pub score: Option<String>,
    /// chosen by lot and not by score
    pub explored: bool,
    /// `only when` was false: nothing was considered
    pub not_now: bool,
    /// the best first, then those that fell out in the order of `among`
    pub considered: Vec<Considered>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Considered {
    pub offer: Arc<str>,
    /// the score, JSON already, or why it fell out
    pub fate: Result<String, &'static str>,
}

impl DecideAction {
    pub(super) fn write(&self, line: &mut Line) {
        if !self.step.is_empty() {
            line.text("step", &self.step);
        }
        line.text("decision", &self.decision);
        match &self.choice {
            Some(choice) => line.text("choice", choice),
            None => line.raw("choice", "null"),
        }
        if let Some(score) = &self.score {
            line.raw("score", score);
        }
        if self.explored {
            line.raw("explored", "true");
        }
        if self.not_now {
            line.text("out", "only_when");
        }
        let considered: Vec<String> = self.considered.iter().map(Considered::json).collect();
        line.raw("considered", &format!("[{}]", considered.join(",")));
    }
}

impl Considered {
    fn json(&self) -> String {
        let mut line = Line::new();
        line.text("offer", &self.offer);
        match &self.fate {
            Ok(score) => line.raw("score", score),
            Err(reason) => line.text("out", reason),
        }
        line.end()
    }
}
