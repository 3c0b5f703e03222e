//! What a wait waits for: an event of a pattern, or the entering edge of an audience.

use super::Walk;
use super::state::in_wait;
use crate::hir::Awaited;
use crate::types::{Checker, Problem};
use crate::world::Entity;
use journey_grammar::tree::{EventPattern, KeyRef, Name};

impl Checker<'_> {
    pub(super) fn awaited(&mut self, pattern: &EventPattern, walk: &Walk) -> Option<Awaited> {
        if let [name] = pattern.path.as_slice()
            && let Some(Entity::Audience(id)) = self.world.names.get(&name.text)
        {
            let id = *id;
            self.audience_alone(pattern, name);
            let node = self.node(pattern.span);
            return Some(Awaited::Audience { id, node });
        }
        let (key, sends) = (walk.key.clone(), walk.sends_here());
        let mut checked = self.event_pattern(pattern, in_wait(key.as_ref(), &sends))?;
        self.event_variable(pattern, &mut checked);
        Some(Awaited::Event(checked))
    }

    /// An edge carries no data, so nothing can be asked of it.
    fn audience_alone(&mut self, pattern: &EventPattern, name: &Name) {
        let (clause, span) = match (&pattern.filter, &pattern.key, &pattern.bind) {
            (Some(filter), _, _) => ("where", filter.span),
            (None, Some(KeyRef::Field(field)), _) => ("key", field.span),
            (None, Some(KeyRef::Any), _) => ("any key", pattern.span),
            (None, None, _) if pattern.since_enter => ("since enter", pattern.span),
            (None, None, Some(bind)) => ("as", bind.span),
            (None, None, None) => return,
        };
        let message = format!("`{clause}` has no meaning with an audience");
        self.report(
            Problem::new("misplaced", span, message)
                .label(name.span, "this is an audience, not an event")
                .help("the wait is over when the person enters it, at once if they are in already"),
        );
    }
}
