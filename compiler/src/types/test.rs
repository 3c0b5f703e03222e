//! `test` blocks: what happens to whom, and what is expected. Everything in them is a constant.

mod deploy;
mod expect;
mod happening;

use super::decl::Piece;
use super::{Checker, Place, Problem};
use crate::diagnostics::words;
use crate::hir::{DeclId, Happening, Test, TestLine, TestLineKind, When};
use crate::world::Entity;
pub(crate) use deploy::{deploy_of, folder_of, literal};
use journey_grammar::tree::{
    Assign, Expr, ExprKind, Name, Span, TestDecl, TestLine as Line, TestLineKind as Tree, TextPart,
};
use journey_program::types::{Type, Value};

/// More people would say no more about a program.
const PEOPLE_MAX: u32 = 10_000;

/// A test as far as it is checked.
#[derive(Default)]
struct Progress {
    people: Vec<String>,
    lines: Vec<TestLine>,
    /// an `at`, `after` or `until` has moved the clock
    begun: bool,
    /// the version that is checked here, by its folder; None: the one that the test stands in
    checked: Option<String>,
    /// the one that runs at the line at hand
    running: Option<String>,
}

impl Checker<'_> {
    pub(crate) fn test_decl(&mut self, decl: &TestDecl, checked: Option<&str>) -> Piece {
        self.place = Place::Constant;
        let mut test = Progress {
            checked: checked.map(str::to_owned),
            ..Progress::default()
        };
        for line in &decl.lines {
            if let Some(deploy) = deploy_of(line) {
                self.deploy_line(line, deploy, &mut test);
            } else if test.running == test.checked {
                self.test_line(line, &mut test);
            } else {
                self.line_of_another(line, &mut test);
            }
        }
        Piece::Test(Test {
            title: decl.title.text.clone(),
            decl: DeclId::default(),
            lines: test.lines,
        })
    }

    fn test_line(&mut self, line: &Line, test: &mut Progress) {
        let (who, kind) = match &line.kind {
            Tree::Person { name, lines } => return self.person(name, lines, test),
            Tree::People { count, fields } => return self.people(count, fields, line.span, test),
            Tree::At { time, who, what } => {
                test.begun = true;
                let time = self.instant(time).map(When::At);
                let needed = self.needs_person(who.as_ref(), what.as_ref());
                let who = self.who(who.as_ref(), needed, line.span, test);
                let what = what.as_ref().map(|what| self.happening(what));
                let Some(time) = time else { return };
                (who, at_line(time, what))
            }
            Tree::After { delay, who, what } => {
                test.begun = true;
                let delay = match self.constant(delay, None) {
                    Some((_, Value::Duration(ms))) => Some(When::After(ms)),
                    Some((_, Value::Span(span))) => Some(When::AfterSpan(span)),
                    Some(_) => {
                        let message = "a duration such as `3 days` is due here";
                        self.report(Problem::new("type-mismatch", delay.span, message));
                        None
                    }
                    None => None,
                };
                let needed = self.needs_person(who.as_ref(), what.as_ref());
                let who = self.who(who.as_ref(), needed, line.span, test);
                let what = what.as_ref().map(|what| self.happening(what));
                let Some(delay) = delay else { return };
                (who, at_line(delay, what))
            }
            Tree::Until(time) => {
                test.begun = true;
                (None, self.instant(time).map(TestLineKind::Until))
            }
            Tree::Start(what) => {
                if test.begun {
                    self.report(
                        Problem::new("misplaced", line.span, "the clock runs already")
                            .help("say when: `at TIME …` or `after 0 seconds …`"),
                    );
                }
                self.who(None, true, line.span, test);
                (None, self.happening(what).map(TestLineKind::Start))
            }
            Tree::Assume { what, path, value } => (None, self.assume_line(what, path, value)),
            Tree::Expect(expectation) => {
                if let Some(name) = &expectation.who {
                    self.known_person(name, test);
                }
                (
                    None,
                    self.expectation(expectation).map(TestLineKind::Expect),
                )
            }
            Tree::Deploy(_) | Tree::Broken => return,
        };
        if let Some(kind) = kind {
            let node = self.node(line.span);
            test.lines.push(TestLine { node, who, kind });
        }
    }

    /// A constant instant, in milliseconds.
    fn instant(&mut self, e: &Expr) -> Option<i64> {
        match self.constant(e, Some(&Type::Time))?.1 {
            Value::Time(ms) => Some(ms),
            _ => None,
        }
    }

    /// `person ann { … }`: what holds of ann from the start.
    fn person(&mut self, name: &Name, lines: &[Line], test: &mut Progress) {
        if test.people.contains(&name.text) && !name.is_missing() {
            let message = format!("there are two people named `{}`", name.text);
            self.report(Problem::new("declared-twice", name.span, message));
        }
        test.people.push(name.text.clone());
        for line in lines {
            match &line.kind {
                Tree::Start(what) => {
                    if let Some(what) = self.happening(what) {
                        let node = self.node(line.span);
                        test.lines.push(TestLine {
                            node,
                            who: Some(name.text.clone()),
                            kind: TestLineKind::Start(what),
                        });
                    }
                }
                Tree::Broken => {}
                _ => self.report(
                    Problem::new(
                        "misplaced",
                        line.span,
                        "this says nothing of a person's start",
                    )
                    .help("`profile { … }`, `grant PURPOSE` and `revoke PURPOSE` may stand here"),
                ),
            }
        }
    }

    /// `people 500 { user_id: "u{n}" }`: each is named by the first identifier.
    fn people(&mut self, count: &Expr, fields: &[Assign], span: Span, test: &mut Progress) {
        let Some(count) = self.count(count, 1) else {
            return;
        };
        if count > PEOPLE_MAX {
            let message = format!("a test has at most {PEOPLE_MAX} people");
            self.report(Problem::new("out-of-range", span, message));
            return;
        }
        let problems = self.problems.len();
        for n in 1..=count {
            let own: Vec<Assign> = fields.iter().map(|field| numbered(field, n)).collect();
            let Some(what) = self.profile_happening(&own) else {
                return;
            };
            // What is wrong with one is wrong with all of them.
            if self.problems.len() > problems {
                return;
            }
            let name = self.identifier_among(&what);
            let Some(name) = name else {
                self.report(
                    Problem::new("missing-part", span, "nothing identifies these people")
                        .help("give each its own: `user_id: \"u{n}\"`"),
                );
                return;
            };
            if test.people.contains(&name) && n == 2 {
                let message = format!("all of these people are `{name}`");
                self.report(
                    Problem::new("declared-twice", span, message)
                        .help("give each its own: `user_id: \"u{n}\"`"),
                );
                return;
            }
            test.people.push(name.clone());
            let node = self.node(span);
            test.lines.push(TestLine {
                node,
                who: Some(name),
                kind: TestLineKind::Start(what),
            });
        }
    }

    fn identifier_among(&self, what: &Happening) -> Option<String> {
        let Happening::Profile(values) = what else {
            return None;
        };
        self.world
            .profile
            .identifiers
            .iter()
            .find_map(|(_, field)| {
                values.iter().find_map(|(at, value)| match value {
                    Value::Text(text) if at == field => Some(text.clone()),
                    _ => None,
                })
            })
    }

    fn who(
        &mut self,
        who: Option<&Name>,
        needed: bool,
        span: Span,
        test: &Progress,
    ) -> Option<String> {
        match who {
            Some(name) => {
                self.known_person(name, test);
                Some(name.text.clone())
            }
            None => {
                if needed && test.people.len() > 1 {
                    self.report(
                        Problem::new("missing-part", span, "this doesn't say to whom it happens")
                            .help("the test has several people: write `NAME:` before it"),
                    );
                }
                None
            }
        }
    }

    fn known_person(&mut self, name: &Name, test: &Progress) {
        if !name.is_missing() && !test.people.contains(&name.text) {
            let known = test.people.iter().map(String::as_str);
            self.report(words::unknown_name(name, "person", known));
        }
    }

    fn assume_line(&mut self, what: &Name, path: &[Name], value: &Name) -> Option<TestLineKind> {
        let last = path.last()?;
        match what.text.as_str() {
            "split" => {
                let journey = match path {
                    [journey, _] => Some(journey.text.clone()),
                    _ => None,
                };
                let world = self.world;
                let arms = || {
                    let all = world.played();
                    all.filter(|(name, _)| journey.as_ref().is_none_or(|only| only == name))
                        .flat_map(|(_, outline)| &outline.arms)
                };
                if !arms().any(|(split, _)| *split == last.text) {
                    let known = arms().map(|(split, _)| split.as_str());
                    self.report(words::unknown_name(last, "split", known));
                    return None;
                }
                let own = || arms().filter(|(split, _)| *split == last.text);
                if !own().any(|(_, arm)| *arm == value.text) {
                    let what = format!("arm of `{}`", last.text);
                    let known = own().map(|(_, arm)| arm.as_str());
                    self.report(words::unknown_name(value, &what, known));
                    return None;
                }
                Some(TestLineKind::AssumeSplit {
                    journey,
                    split: last.text.clone(),
                    arm: value.text.clone(),
                })
            }
            "holdout" => {
                let tagged = matches!(self.world.names.get(&last.text), Some(Entity::Holdout));
                let journey = if tagged {
                    last.text.clone()
                } else {
                    self.test_journey(last)?
                };
                if !matches!(value.text.as_str(), "in" | "out") {
                    self.report(words::unknown_name(
                        value,
                        "side of a holdout",
                        ["in", "out"],
                    ));
                }
                Some(TestLineKind::AssumeHoldout {
                    journey,
                    out: value.text == "out",
                })
            }
            _ => {
                let known = ["split", "holdout"];
                self.report(words::unknown_name(what, "thing to assume", known));
                None
            }
        }
    }
}

fn at_line(time: When, what: Option<Option<Happening>>) -> Option<TestLineKind> {
    match what {
        Some(None) => None,
        Some(Some(what)) => Some(TestLineKind::At {
            time,
            what: Some(what),
        }),
        None => Some(TestLineKind::At { time, what: None }),
    }
}

/// An assignment with `n` put in for `{n}` in its text.
fn numbered(assign: &Assign, n: u32) -> Assign {
    let mut own = assign.clone();
    if let ExprKind::Text(parts) = &mut own.value.kind {
        for part in parts {
            let is_n = matches!(
                part,
                TextPart::Expr(Expr { kind: ExprKind::Path(path), .. })
                    if matches!(path.as_slice(), [name] if name.text == "n")
            );
            if is_n {
                *part = TextPart::Text(n.to_string());
            }
        }
    } else if let ExprKind::Path(path) = &own.value.kind
        && matches!(path.as_slice(), [name] if name.text == "n")
    {
        own.value.kind = ExprKind::Int(n.to_string());
    }
    own
}
