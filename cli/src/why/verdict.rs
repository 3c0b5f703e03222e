//! The answer in short: for a journey, and perhaps a step of it, what became of it for this person and by what; and
//! if nothing did, why not.

use super::moments::audience_now;
use super::version::Versions;
use super::{Happened, Moment, Question, Verdict};
use journey_program::plan::{EnterPlan, JourneyPlan, Program};
use journey_program::show;
use journey_runtime::engine::Seen;

/// What the verdicts are made of.
#[derive(Clone, Copy, Debug)]
pub struct Known<'k> {
    pub program: &'k Program,
    pub seen: &'k [Seen],
    pub versions: &'k Versions,
    pub question: &'k Question,
    pub moments: &'k [Moment],
    /// when the past begins; None: from the beginning
    pub since: Option<i64>,
}

impl<'k> Known<'k> {
    pub fn verdict(&self, plan: &JourneyPlan) -> Verdict {
        let own = self.of(&plan.name);
        let last = |kinds: &[&str]| {
            let mut found = own.iter().rev();
            found
                .find(|(_, what)| kinds.contains(&&*what.kind))
                .copied()
        };
        if let Some(step) = &self.question.step
            && let Some(verdict) = self.step(plan, step, &own)
        {
            return verdict;
        }
        if let Some((entered, _)) = last(&["enter"]) {
            let ended = last(&["exit", "end", "fault"]).filter(|(at, _)| *at >= entered);
            let mut text = format!("entered at {}", show::time_ms(entered));
            if let Some(step) = &self.question.step {
                text.push_str(&format!(", and has not come to `{step}`"));
            }
            match ended {
                Some((at, what)) => {
                    text.push_str(&format!("; {} at {}", what.text, show::time_ms(at)));
                }
                None => text.push_str("; it is on its way"),
            }
            return verdict(plan, "entered", text, Some(entered));
        }
        if let Some((at, what)) = last(&["refused"]) {
            let mut found = verdict(plan, "refused", what.text.clone(), Some(at));
            let mut asked = own.iter().rev();
            let asked = asked.find(|(when, what)| *when == at && what.kind == "asked");
            found.clauses = asked.map_or_else(Vec::new, |(_, what)| what.clauses.clone());
            return found;
        }
        self.never(plan, &own)
    }

    /// What happened in a journey, and when.
    fn of(&self, journey: &str) -> Vec<(i64, &'k Happened)> {
        let mut all = Vec::new();
        for moment in self.moments {
            for what in &moment.happened {
                if what.journey.as_deref() == Some(journey) {
                    all.push((moment.at, what));
                }
            }
        }
        all
    }

    /// What became of a step. None: it was never reached.
    fn step(&self, plan: &JourneyPlan, step: &str, own: &[(i64, &Happened)]) -> Option<Verdict> {
        let mut found = own.iter().rev();
        let (at, what) = found.find(|(_, what)| what.step.as_deref() == Some(step))?;
        let code = match &*what.kind {
            "send" => "sent",
            "skip" => "skipped",
            "postpone" => "postponed",
            "withdraw" => "withdrawn",
            "split" => "split",
            _ => "decided",
        };
        let mut text = what.text.clone();
        if code == "skipped" {
            let moments = self.moments.iter().filter(|moment| moment.at == *at);
            let gates = moments.flat_map(|moment| &moment.happened);
            for gate in gates.filter(|what| what.kind == "gate") {
                text.push_str(&format!("; {}", gate.text));
            }
        }
        Some(verdict(plan, code, text, Some(*at)))
    }

    /// It was never entered: what would have begun it, and which part of that did not hold.
    fn never(&self, plan: &JourneyPlan, own: &[(i64, &Happened)]) -> Verdict {
        let since = match self.since {
            Some(since) => format!(" since {}", show::time_ms(since)),
            None => String::new(),
        };
        match &plan.enter {
            EnterPlan::On { pattern, .. } => {
                let event = self.program.events.get(pattern.event.index());
                let name = event.map_or("?", |event| &event.name);
                let mut asked = own.iter().rev();
                let asked =
                    asked.find(|(_, what)| what.kind == "asked" && what.text.contains("enter"));
                if let Some((at, what)) = asked {
                    let (code, text) = if what.text.ends_with("yes") {
                        (
                            "not_taken",
                            format!("`{name}` came, and others were taken before"),
                        )
                    } else {
                        (
                            "false",
                            format!("`{name}` came, and its `where` did not hold"),
                        )
                    };
                    let mut found = verdict(plan, code, text, Some(*at));
                    found.clauses.clone_from(&what.clauses);
                    return found;
                }
                if event.is_some_and(|event| event.broadcast) {
                    let text = format!("no `{name}` led this person in{since}");
                    return verdict(plan, "no_event", text, None);
                }
                verdict(
                    plan,
                    "no_event",
                    format!("no `{name}` of this person came{since}"),
                    None,
                )
            }
            EnterPlan::When {
                audience, leaving, ..
            } => {
                let audience = self.program.audiences.get(audience.index());
                let name = audience.map_or("?", |audience| &audience.name);
                let which = if *leaving { "left" } else { "came into" };
                let text = format!("this person never {which} the audience `{name}`{since}");
                let mut found = verdict(plan, "no_edge", text, None);
                found.clauses = audience_now(self.seen, self.versions, self.question, name);
                found
            }
            EnterPlan::Every { .. } | EnterPlan::Yearly { .. } => {
                let mut asked = own.iter().rev();
                let asked =
                    asked.find(|(_, what)| what.kind == "asked" && what.text.contains("enter"));
                let Some((at, what)) = asked else {
                    let text = format!("its time has not come{since}");
                    return verdict(plan, "not_due", text, None);
                };
                let text = "its time came, and its condition did not hold".to_owned();
                let mut found = verdict(plan, "false", text, Some(*at));
                found.clauses.clone_from(&what.clauses);
                found
            }
        }
    }
}

fn verdict(plan: &JourneyPlan, code: &'static str, text: String, at: Option<i64>) -> Verdict {
    Verdict {
        journey: plan.name.clone(),
        code,
        text,
        at,
        clauses: Vec::new(),
    }
}
