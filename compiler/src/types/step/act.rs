//! Steps that act on others: whom an event is for, journeys that are started, purposes that are muted, events
//! that are gathered.

use super::Walk;
use crate::diagnostics::words;
use crate::hir::{self, Local, StepKind};
use crate::types::pattern::PatternPlace;
use crate::types::{Checker, Problem};
use crate::world::Entity;
use journey_grammar::tree::{Arg, EventPattern, Expr, Name, Span};
use journey_program::types::{EVENT_FIELDS, Type};

impl Checker<'_> {
    /// `to IDENTIFIER(e)`
    pub(super) fn emit_to(&mut self, (name, value): &(Name, Expr)) -> Option<(u32, hir::Expr)> {
        let value = self.expr_as(value, &Type::Text);
        if name.is_missing() {
            return None;
        }
        let identifiers = &self.world.profile.identifiers;
        let Some(place) = identifiers
            .iter()
            .position(|(known, _)| *known == name.text)
        else {
            let known = identifiers.iter().map(|(known, _)| known.as_str());
            let problem = words::unknown_name(name, "identifier", known);
            self.report(problem);
            return None;
        };
        Some((u32::try_from(place).ok()?, value))
    }

    pub(super) fn mute(&mut self, purpose: &Name, delay: Option<&Expr>) -> Option<StepKind> {
        let delay = delay.map(|delay| self.duration(delay));
        let purpose = self.resolve(purpose, "a purpose", |e| match e {
            Entity::Purpose(id) => Some(*id),
            _ => None,
        })?;
        self.forget_computed();
        Some(StepKind::Mute { purpose, delay })
    }

    pub(super) fn start(&mut self, journey: &Name, args: &[Arg]) -> Option<StepKind> {
        let id = self.resolve(journey, "a journey", |e| match e {
            Entity::Journey(id) => Some(*id),
            _ => None,
        });
        let event = id.and_then(|id| self.world.starts.get(id.index()).copied().flatten());
        let Some(event) = event else {
            for arg in args {
                self.expr(&arg.value, Some(&Type::Error));
            }
            if id.is_some() {
                let message = format!("`{}` can't be started", journey.text);
                self.report(
                    Problem::new("not-startable", journey.span, message)
                        .help("it says so itself: `enter on start(…)`"),
                );
            }
            return None;
        };
        let record = self.world.events.get(event.index())?.record;
        let fields = &self.world.records.get(record.index())?.fields;
        let params: Vec<Local> = fields
            .iter()
            .skip(EVENT_FIELDS.len())
            .map(|field| Local {
                name: field.name.clone(),
                ty: field.ty.clone(),
            })
            .collect();
        let args = self.step_arguments(&params, journey, args);
        (args.len() == params.len()).then_some(StepKind::Start { event, args })
    }

    pub(super) fn collect(
        &mut self,
        (pattern, up_to, most, name): (&EventPattern, &Expr, &Expr, &Name),
        span: Span,
        walk: &mut Walk,
    ) -> Option<StepKind> {
        let up_to = self.duration(up_to);
        let most = self.count(most, 1);
        let step = self.begin_wait(None, span, walk);
        self.time_passes();
        walk.waited = true;
        let (key, sends) = (walk.key.clone(), walk.sends_here());
        let place = PatternPlace {
            key: key.as_ref(),
            sends: &sends,
            since: false,
            bind: false,
            what: "a `collect`",
        };
        let pattern = self.event_pattern(pattern, place);
        let event = pattern.as_ref().map(|pattern| pattern.event);
        let record = event.and_then(|event| self.world.events.get(event.index()));
        let ty = record.map_or(Type::Error, |event| {
            Type::List(Box::new(Type::Record(event.record)))
        });
        if name.is_missing() {
            return None;
        }
        let into = self.declare(&name.text, ty);
        walk.variables.insert(name.text.clone(), into);
        Some(StepKind::Collect {
            step,
            pattern: pattern?,
            up_to,
            most: most?,
            into,
        })
    }
}
