//! A journey as a picture: the checked journey → a tree of shapes → mermaid, dot, svg or json.
//!
//! Journeys are series-parallel but for `restart`, `leave` and `again`, so the picture is built from the
//! structure itself: steps below each other, branches beside each other. No general layout is needed.

pub mod json;
pub mod links;
pub mod svg;

use journey_compiler::hir::{Enter, Journey, Program, Sites, SplitArm, Step, StepKind, WaitArm};
use journey_program::civil::WEEKDAYS;
use serde::Serialize;
use std::collections::BTreeMap;

/// Source texts by file, for labels in the author's own words.
pub type Sources = BTreeMap<String, String>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Enter,
    Wait,
    Send,
    Choice,
    Split,
    Act,
    Loop,
    End,
}

/// What a node says, and the line of the program that it stands for; 0: none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub text: String,
    pub line: u32,
}

impl Label {
    fn alone(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            line: 0,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    Node {
        kind: Kind,
        label: Label,
    },
    /// one below the other
    Seq(Vec<Shape>),
    /// a node, its branches with what leads into each; all meet again below
    Fork {
        kind: Kind,
        label: Label,
        arms: Vec<(String, Shape)>,
    },
    /// a node whose body comes back to it
    Loop {
        label: Label,
        body: Box<Shape>,
    },
    /// nothing follows
    Stop {
        label: Label,
    },
}

/// The picture of one journey, from its entry to its end.
pub fn picture(program: &Program, journey: &Journey, sources: &Sources) -> Shape {
    let empty = Sites::default();
    let sites = program.sites.get(journey.decl.0 as usize).unwrap_or(&empty);
    let words = Words {
        program,
        journey,
        sites,
        text: sources.get(&sites.file).map_or("", String::as_str),
    };
    let mut shapes = vec![Shape::Node {
        kind: Kind::Enter,
        label: Label::alone(words.entry()),
    }];
    shapes.extend(words.steps(&journey.steps));
    if !ends(&shapes) {
        shapes.push(Shape::Stop {
            label: Label::alone("end"),
        });
    }
    Shape::Seq(shapes)
}

/// Whether nothing can follow the last of these.
pub fn ends(shapes: &[Shape]) -> bool {
    match shapes.last() {
        Some(Shape::Stop { .. }) => true,
        Some(Shape::Seq(inner)) => ends(inner),
        Some(Shape::Fork { arms, .. }) => {
            !arms.is_empty() && arms.iter().all(|(_, arm)| ends(std::slice::from_ref(arm)))
        }
        Some(Shape::Node { .. } | Shape::Loop { .. }) | None => false,
    }
}

struct Words<'a> {
    program: &'a Program,
    journey: &'a Journey,
    sites: &'a Sites,
    text: &'a str,
}

impl Words<'_> {
    /// The author's words at a node, with their line.
    fn label(&self, node: journey_compiler::hir::NodeId) -> Label {
        let span = self.sites.spans.get(node.0 as usize);
        let start = span.map_or(0, |span| span.0 as usize);
        let before = self.text.get(..start).unwrap_or("");
        let line = u32::try_from(before.matches('\n').count() + 1).unwrap_or(0);
        Label {
            text: self.said(node),
            line: if span.is_some() { line } else { 0 },
        }
    }

    /// The author's words at a node, up to its block, on one line.
    fn said(&self, node: journey_compiler::hir::NodeId) -> String {
        let span = self
            .sites
            .spans
            .get(node.0 as usize)
            .copied()
            .unwrap_or_default();
        let text = self
            .text
            .get(span.0 as usize..span.1 as usize)
            .unwrap_or("");
        let mut quoted = false;
        let head: String = text
            .chars()
            .take_while(|c| {
                quoted ^= *c == '"';
                quoted || *c != '{'
            })
            .collect();
        shorten(&head.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn entry(&self) -> String {
        match &self.journey.enter {
            Enter::On(pattern) => {
                let name = self
                    .program
                    .events
                    .get(pattern.event.index())
                    .map_or("", |e| &e.name);
                let key = self
                    .journey
                    .key
                    .as_ref()
                    .map_or(String::new(), |k| format!(" key {}", k.name));
                format!("enter on {name}{key}")
            }
            Enter::When {
                audience, leaving, ..
            } => {
                let name = self
                    .program
                    .audiences
                    .get(audience.index())
                    .map_or("", |a| &a.name);
                format!(
                    "enter when {}{name}",
                    if *leaving { "leaving " } else { "" }
                )
            }
            Enter::Yearly { field, clock, .. } => {
                let record = self.program.profile.record.index();
                let def = self.program.records.get(record);
                let field = def.and_then(|def| def.fields.get(*field as usize));
                let name = field.map_or("", |field| &field.name);
                let minutes = clock / 60_000;
                format!(
                    "enter every year on {name} at {:02}:{:02}",
                    minutes / 60,
                    minutes % 60
                )
            }
            Enter::Every { weekday, clock, .. } => {
                let minutes = clock / 60_000;
                let mut days = std::iter::once("day").chain(WEEKDAYS);
                let day = days.nth(usize::from(*weekday)).unwrap_or("day");
                format!(
                    "enter every {day} at {:02}:{:02}",
                    minutes / 60,
                    minutes % 60
                )
            }
        }
    }

    fn seq(&self, steps: &[Step]) -> Shape {
        let mut shapes = self.steps(steps);
        if shapes.len() == 1 {
            shapes.remove(0)
        } else {
            Shape::Seq(shapes)
        }
    }

    fn steps(&self, steps: &[Step]) -> Vec<Shape> {
        steps.iter().map(|s| self.step(s)).collect()
    }

    fn arms(&self, arms: &[WaitArm]) -> Vec<(String, Shape)> {
        arms.iter()
            .map(|a| (self.said(a.on.node()), self.seq(&a.steps)))
            .collect()
    }

    fn step(&self, step: &Step) -> Shape {
        let said = self.label(step.node);
        match &step.kind {
            StepKind::WaitUntil { past: None, .. }
            | StepKind::Wait { .. }
            | StepKind::Collect { .. } => node(Kind::Wait, said),
            StepKind::Send(send) if send.otherwise.is_empty() => node(Kind::Send, said),
            StepKind::Let { .. }
            | StepKind::Decide { .. }
            | StepKind::SetLocal { .. }
            | StepKind::SetField { .. }
            | StepKind::Emit { .. }
            | StepKind::Start { .. }
            | StepKind::Withdraw { .. }
            | StepKind::Mute { .. } => node(Kind::Act, said),
            StepKind::Repeat { steps, .. } => Shape::Loop {
                label: said,
                body: Box::new(self.seq(steps)),
            },
            StepKind::Leave | StepKind::Again | StepKind::Restart { .. } | StepKind::End { .. } => {
                Shape::Stop { label: said }
            }
            StepKind::WaitUntil { .. }
            | StepKind::WaitFor { .. }
            | StepKind::If { .. }
            | StepKind::Match { .. }
            | StepKind::Split { .. }
            | StepKind::Send(_) => self.fork(&step.kind, said),
        }
    }

    /// A step with branches.
    fn fork(&self, step: &StepKind, said: Label) -> Shape {
        let nothing = |label: &str| (label.to_owned(), Shape::Seq(Vec::new()));
        let block = |label: &str, steps: &[Step]| (label.to_owned(), self.seq(steps));
        let (kind, label, arms) = match step {
            StepKind::WaitFor { arms, timeout, .. } => {
                let mut arms = self.arms(arms);
                arms.extend(timeout.iter().map(|steps| block("timeout", steps)));
                (Kind::Wait, said, arms)
            }
            StepKind::WaitUntil { past, .. } => {
                let past = past.iter().map(|steps| block("past", steps));
                (
                    Kind::Wait,
                    said,
                    std::iter::once(nothing("then")).chain(past).collect(),
                )
            }
            StepKind::If { arms, otherwise } => {
                let arms = arms.iter().map(|(c, s)| (self.said(c.node), self.seq(s)));
                let arms = arms
                    .chain(std::iter::once(block("else", otherwise)))
                    .collect();
                let label = Label {
                    text: "if".to_owned(),
                    line: said.line,
                };
                (Kind::Choice, label, arms)
            }
            StepKind::Match { arms, .. } => {
                let arms = arms.iter().enumerate();
                let arms = arms
                    .map(|(i, (_, s))| block(&format!("arm {}", i + 1), s))
                    .collect();
                (Kind::Choice, said, arms)
            }
            StepKind::Split { arms, .. } => {
                let share = |a: &SplitArm| format!("{} {}%", a.name, percent(a.share));
                (
                    Kind::Split,
                    said,
                    arms.iter().map(|a| block(&share(a), &a.steps)).collect(),
                )
            }
            StepKind::Send(send) => (
                Kind::Send,
                said,
                vec![nothing("sent"), block("skipped", &send.otherwise)],
            ),
            StepKind::Wait { .. }
            | StepKind::Let { .. }
            | StepKind::Decide { .. }
            | StepKind::SetLocal { .. }
            | StepKind::SetField { .. }
            | StepKind::Emit { .. }
            | StepKind::Start { .. }
            | StepKind::Mute { .. }
            | StepKind::Withdraw { .. }
            | StepKind::Collect { .. }
            | StepKind::Repeat { .. }
            | StepKind::Leave
            | StepKind::Again
            | StepKind::Restart { .. }
            | StepKind::End { .. } => (Kind::Act, said, Vec::new()),
        };
        Shape::Fork { kind, label, arms }
    }
}

fn node(kind: Kind, label: Label) -> Shape {
    Shape::Node { kind, label }
}

/// A share of 2^64 in per cent, rounded to two places.
fn percent(share: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a label")]
    let part = share as f64 / (u64::MAX as f64) * 10_000.0;
    part.round() / 100.0
}

fn shorten(text: &str) -> String {
    const LABEL_CHARS_MAX: usize = 60;
    if text.chars().count() <= LABEL_CHARS_MAX {
        return text.to_owned();
    }
    let head: String = text.chars().take(LABEL_CHARS_MAX - 1).collect();
    format!("{}…", head.trim_end())
}
