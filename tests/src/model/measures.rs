//! Conversions, as they happen: which of them an event is, and what it is worth. Nothing is kept; whoever wants to
//! know what came of it counts the lines.

use super::Model;
use super::actions::{self, Line};
use super::happens::instant_of;
use journey_compiler::hir::{DeclId, Expr};
use journey_program::types::{EventId, Value};

impl Model<'_> {
    pub(super) fn measures(&mut self, who: usize, event: EventId, record: &Value) {
        let program = self.program;
        for one in program.conversions.iter().filter(|one| one.event == event) {
            if !self.fits_filter(who, one.filter.as_ref(), one.decl, record) {
                continue;
            }
            let value = match &one.value {
                None => Some(Value::Number(0.0)),
                Some(value) => self.worth(who, value, one.decl, record),
            };
            let Some(value) = value else { continue };
            let line = Line::new("conversion")
                .text("conversion", &one.name)
                .raw("value", &actions::json(program, &value))
                .text("when", &actions::instant(instant_of(record)));
            self.say(who, line);
        }
        // what says well of us is counted elsewhere, but its faults are recorded here
        for measure in &program.measures {
            for one in measure.advocacy.iter().filter(|one| one.event == event) {
                self.fits_filter(who, one.filter.as_ref(), measure.decl, record);
            }
        }
    }

    fn fits_filter(&self, who: usize, e: Option<&Expr>, decl: DeclId, record: &Value) -> bool {
        e.is_none_or(|e| {
            let scene = self.scene(who, None, Some(record));
            scene.is_some_and(|mut scene| scene.holds(e, decl))
        })
    }

    fn worth(&self, who: usize, e: &Expr, decl: DeclId, record: &Value) -> Option<Value> {
        let mut scene = self.scene(who, None, Some(record))?;
        match scene.eval(e) {
            Ok(value) => Some(value),
            Err(broken) => {
                scene.note(broken, decl);
                None
            }
        }
    }
}
