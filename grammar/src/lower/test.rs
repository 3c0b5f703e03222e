//! `test` blocks: lines of happenings and expectations.

use super::{Kids, Lower, P};
use crate::peg::Rule;
use crate::token::Kind;
use crate::tree::{
    BinaryOp, ContentTest, Deploy, ExpectKind, Expectation, Expr, ExprKind, Happening, Name,
    TestDecl, TestLine, TestLineKind, TextPart,
};

impl Lower<'_> {
    pub(super) fn test_decl(&mut self, pair: P<'_>) -> TestDecl {
        let after = Self::first(&pair) + 1;
        let kids = Kids::of(pair);
        let title = match kids.find(Rule::text) {
            Some(text) => self.title(text),
            None => Name {
                text: String::new(),
                span: self.gap(after),
            },
        };
        TestDecl {
            title,
            lines: self.lines_in(&kids),
        }
    }

    fn title(&mut self, pair: P<'_>) -> Name {
        let expr = self.text(pair);
        let mut text = String::new();
        if let ExprKind::Text(parts) = &expr.kind {
            for part in parts {
                match part {
                    TextPart::Text(literal) => text.push_str(literal),
                    TextPart::Expr(_) => text.push_str("{…}"),
                }
            }
        }
        Name {
            text,
            span: expr.span,
        }
    }

    fn lines_in(&mut self, kids: &Kids<'_>) -> Vec<TestLine> {
        let mut lines = Vec::new();
        for kid in &kids.0 {
            let span = self.span(kid);
            if kid.as_rule() == Rule::test_line {
                let kind = match kid.clone().into_inner().next() {
                    Some(kind) => self.line(kind),
                    None => TestLineKind::Broken,
                };
                lines.push(TestLine { kind, span });
            } else if kid.as_rule() == Rule::bad_line {
                lines.push(TestLine {
                    kind: TestLineKind::Broken,
                    span,
                });
            }
        }
        lines
    }

    fn line(&mut self, pair: P<'_>) -> TestLineKind {
        let (first, end) = (Self::first(&pair), Self::end(&pair));
        let rule = pair.as_rule();
        let kids = Kids::of(pair);
        match rule {
            Rule::person => TestLineKind::Person {
                name: self.new_name(&kids, first + 1),
                lines: self.lines_in(&kids),
            },
            Rule::people => TestLineKind::People {
                count: self.number_in(&kids, end),
                fields: self.assigns_in(&kids),
            },
            Rule::at_line => TestLineKind::At {
                time: self.sum_in(&kids, end),
                who: self.who_in(&kids),
                what: kids.find(Rule::happening).map(|what| self.happening(what)),
            },
            Rule::after_line => TestLineKind::After {
                delay: self.duration_in(&kids, end),
                who: self.who_in(&kids),
                what: kids.find(Rule::happening).map(|what| self.happening(what)),
            },
            Rule::until_line => TestLineKind::Until(self.sum_in(&kids, end)),
            Rule::start_line => match kids.find(Rule::happening) {
                Some(what) => TestLineKind::Start(self.happening(what)),
                None => TestLineKind::Broken,
            },
            Rule::assume => self.assume(&kids, end),
            Rule::expect => TestLineKind::Expect(self.expectation(&kids, end)),
            Rule::deploy => TestLineKind::Deploy(self.deploy(&kids)),
            _ => TestLineKind::Broken,
        }
    }

    /// The `sum_expr` among the children.
    fn sum_in(&mut self, kids: &Kids<'_>, after: usize) -> Expr {
        match kids.find(Rule::sum_expr) {
            Some(sum) => self.expr(sum),
            None => self.missing(after),
        }
    }

    fn who_in(&mut self, kids: &Kids<'_>) -> Option<Name> {
        let who = kids.find(Rule::who)?;
        let first = Self::first(&who);
        Some(self.name_in(&Kids::of(who), first))
    }

    fn assume(&mut self, kids: &Kids<'_>, end: usize) -> TestLineKind {
        let mut names = self.names_in(kids).into_iter();
        let what = match kids.find(Rule::assume_split) {
            Some(split) => Some(Name {
                text: "split".to_string(),
                span: self.span(&split),
            }),
            None => names.next(),
        };
        let what = what.unwrap_or_default();
        let value = match kids.find(Rule::in_value) {
            Some(value) => Name {
                text: "in".to_string(),
                span: self.span(&value),
            },
            None => names.last().unwrap_or(Name {
                text: String::new(),
                span: self.gap(end),
            }),
        };
        let path = kids
            .find(Rule::path)
            .map_or_else(Vec::new, |path| self.path(path));
        TestLineKind::Assume { what, path, value }
    }

    fn happening(&mut self, pair: P<'_>) -> Happening {
        let Some(pair) = pair.into_inner().next() else {
            return Happening::Deploy(Deploy::Broken);
        };
        let first = Self::first(&pair);
        let rule = pair.as_rule();
        let kids = Kids::of(pair);
        match rule {
            Rule::happen_profile => Happening::Profile(self.assigns_in(&kids)),
            Rule::happen_grant => Happening::Grant {
                purpose: self.name_in(&kids, first + 1),
                channels: self.for_names_in(&kids),
            },
            Rule::happen_revoke => Happening::Revoke {
                purpose: self.name_in(&kids, first + 1),
                channels: self.for_names_in(&kids),
            },
            Rule::happen_event => {
                let path = kids
                    .find(Rule::event_ref)
                    .and_then(|event| event.into_inner().next());
                let with = kids.find(Rule::with_ids);
                Happening::Event {
                    path: path.map_or_else(Vec::new, |path| self.path(path)),
                    fields: self.assigns_in(&kids),
                    with: with.map_or_else(Vec::new, |with| self.assigns_in(&Kids::of(with))),
                }
            }
            _ => Happening::Deploy(self.deploy(&kids)),
        }
    }

    fn deploy(&mut self, kids: &Kids<'_>) -> Deploy {
        if let Some(from) = kids.find(Rule::deploy_from) {
            let parts = Kids::of(from);
            let mut texts = parts.all(Rule::text).map(|text| self.text(text));
            return match (texts.next(), texts.next()) {
                (Some(version), Some(folder)) => Deploy::From { version, folder },
                _ => Deploy::Broken,
            };
        }
        match kids.find(Rule::m_version) {
            Some(_) => Deploy::Broken,
            None => Deploy::This,
        }
    }

    // ── expectations ────────────────────────────────────────────────────────────────────────────

    fn expectation(&mut self, kids: &Kids<'_>, end: usize) -> Expectation {
        let kind = match kids.0.first().cloned() {
            Some(kind) => self.expect_kind(kind),
            None => ExpectKind::Broken,
        };
        let who = kids
            .find(Rule::expect_for)
            .map(|who| self.name_in(&Kids::of(who), end));
        let key = kids
            .find(Rule::expect_key)
            .map(|key| self.sum_in(&Kids::of(key), end));
        Expectation { kind, who, key }
    }

    fn expect_kind(&mut self, pair: P<'_>) -> ExpectKind {
        let (first, end) = (Self::first(&pair), Self::end(&pair));
        let rule = pair.as_rule();
        let kids = Kids::of(pair);
        match rule {
            Rule::no_send => ExpectKind::NoSend,
            Rule::n_sends => ExpectKind::Sends(self.number_in(&kids, end)),
            Rule::expect_send => ExpectKind::Send {
                step: self.name_in(&kids, first + 1),
                by: self.inner_name(&kids, Rule::expect_by),
                at: self.expect_at(&kids),
                with: self.content_tests(&kids),
            },
            Rule::skipped_send => ExpectKind::Skipped {
                step: self.name_in(&kids, first + 1),
                because: self.inner_name(&kids, Rule::because),
            },
            Rule::expect_emit => ExpectKind::Emit {
                event: self.name_in(&kids, first + 1),
                at: self.expect_at(&kids),
            },
            Rule::in_audience => ExpectKind::InAudience {
                negated: kids.has(Rule::expect_not),
                audience: self.name_in(&kids, end),
            },
            Rule::in_journey => ExpectKind::In {
                count: kids.find(Rule::number).map(|count| self.primary(count)),
                negated: kids.has(Rule::expect_not),
                journey: self.name_in(&kids, end),
                at: self.inner_name(&kids, Rule::in_step),
            },
            Rule::ended => ExpectKind::Ended {
                journey: self.name_in(&kids, first + 1),
                reason: self.inner_name(&kids, Rule::in_step),
            },
            Rule::refused => ExpectKind::Refused {
                journey: self.name_in(&kids, first + 1),
                because: self.inner_name(&kids, Rule::because),
            },
            Rule::fault => ExpectKind::Fault {
                journey: self.name_in(&kids, first + 1),
            },
            Rule::expect_conversion => ExpectKind::Conversion {
                conversion: self.name_in(&kids, first + 1),
                value: kids.find(Rule::expect_value).map(|value| {
                    let end = Self::end(&value);
                    self.sum_in(&Kids::of(value), end)
                }),
                at: self.expect_at(&kids),
            },
            Rule::no_conversion => ExpectKind::NoConversion(self.name_in(&kids, first + 2)),
            Rule::dead_letter => ExpectKind::DeadLetter,
            Rule::expect_decided => self.expect_decided(&kids, first),
            Rule::expect_holds => ExpectKind::Holds(self.expr_in(&kids, end)),
            _ => ExpectKind::Broken,
        }
    }

    fn expect_decided(&mut self, kids: &Kids<'_>, first: usize) -> ExpectKind {
        let op = kids.find(Rule::decided_op);
        let offer = self.names_in(kids).into_iter().nth(1);
        ExpectKind::Decided {
            step: self.name_in(kids, first + 1),
            negated: op.is_some_and(|op| self.kind(Self::first(&op)) == Kind::NotEq),
            offer: offer.filter(|_| !kids.has(Rule::decided_none)),
        }
    }

    fn inner_name(&mut self, kids: &Kids<'_>, rule: Rule) -> Option<Name> {
        let part = kids.find(rule)?;
        let end = Self::end(&part);
        Some(self.name_in(&Kids::of(part), end))
    }

    fn expect_at(&mut self, kids: &Kids<'_>) -> Option<Expr> {
        let at = kids.find(Rule::expect_at)?;
        let end = Self::end(&at);
        Some(self.sum_in(&Kids::of(at), end))
    }

    fn content_tests(&mut self, kids: &Kids<'_>) -> Vec<ContentTest> {
        let Some(with) = kids.find(Rule::expect_with) else {
            return Vec::new();
        };
        let mut tests = Vec::new();
        for test in Kids::of(with).all(Rule::content_test) {
            let (first, end, span) = (Self::first(&test), Self::end(&test), self.span(&test));
            let kids = Kids::of(test);
            let op = kids.find(Rule::compare_op);
            let op = op.map_or(BinaryOp::Eq, |op| {
                super::operator::compare_op(self.kind(Self::first(&op)))
            });
            let value = self.sum_in(&kids, end);
            tests.push(ContentTest {
                field: self.name_in(&kids, first),
                op,
                value,
                span,
            });
        }
        tests
    }
}
