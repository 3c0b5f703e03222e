//! Entries that are no event of the person: once a year, or started by another journey.

use super::words::type_name;
use super::{Checker, Place, Problem};
use crate::hir::{Enter, Expr as Hir, Pattern};
use crate::world::Entity;
use journey_grammar::tree::{Expr, Name, Param, Span};
use journey_program::types::Type;

impl Checker<'_> {
    /// The `when` of a schedule: over the profile.
    pub(crate) fn enter_condition(&mut self, when: Option<&Expr>) -> Option<Hir> {
        let before = std::mem::replace(&mut self.place, Place::Profile { watched: false });
        let when = when.map(|when| self.condition(when));
        self.place = before;
        when
    }

    /// `enter every year on FIELD at CLOCK`
    pub(crate) fn enter_yearly(
        &mut self,
        field: &[Name],
        at: &Expr,
        when: Option<&Expr>,
    ) -> Option<Enter> {
        let clock = self.clock_constant(at);
        let when = self.enter_condition(when);
        let name = match field {
            [name] => name,
            [profile, name] if profile.text == "profile" => name,
            [] => return None,
            [first, ..] => {
                let span = field
                    .last()
                    .map_or(first.span, |last| first.span.to(last.span));
                let message = "a date of the profile is due here";
                self.report(Problem::new("type-mismatch", span, message));
                return None;
            }
        };
        let record = self.world.profile.record;
        let place = self.field_of(record, name, 0)?;
        let def = self.world.profile_fields().fields.get(place as usize)?;
        if !matches!(def.ty.known().base(), Type::Date | Type::Error) {
            let found = type_name(self.world, &def.ty);
            let message = format!("a date is due here, not `{found}`");
            self.report(Problem::new("type-mismatch", name.span, message));
        }
        Some(Enter::Yearly {
            field: place,
            clock: clock?,
            when,
        })
    }

    /// `enter on start(NAME: TYPE, …)`: what it is given is the entry's.
    pub(crate) fn enter_start(
        &mut self,
        journey: &Name,
        params: &[Param],
        span: Span,
    ) -> Option<Enter> {
        let names: Vec<Name> = params.iter().map(|param| param.name.clone()).collect();
        self.unique_names(&names, "parameter");
        for param in params {
            self.type_ref(&param.ty);
        }
        let Some(Entity::Journey(id)) = self.world.names.get(&journey.text) else {
            return None;
        };
        let event = self.world.starts.get(id.index()).copied().flatten()?;
        self.scope.entry = Some(event);
        Some(Enter::On(Pattern {
            node: self.node(span),
            event,
            also: Vec::new(),
            of_step: None,
            filter: None,
            key: None,
            each: None,
            since_enter: false,
            bind: None,
        }))
    }
}
