//! `migrate from` blocks, as far as this version alone says what is right: where they lead, and what they set.
//! Whether a block is total and carries what it should is asked where the older version is at hand (`migration`).

use super::{Checker, Problem};
use crate::diagnostics::words;
use crate::hir::{Journey, LocalId, Migration, MigrationArm, MigrationTo, StepRef};
use journey_grammar::tree::{Assign, JourneyDecl, Migrate, MigrateArm, MigrateTo, Name, Span};
use std::collections::BTreeMap;

impl Checker<'_> {
    pub(crate) fn migrations(&mut self, decl: &JourneyDecl, journey: &Journey) -> Vec<Migration> {
        let mut versions: BTreeMap<String, Span> = BTreeMap::new();
        let mut made = Vec::new();
        for block in &decl.migrations {
            let Some(from) = self.constant_text(&block.from) else {
                continue;
            };
            if let Some(first) = versions.insert(from.clone(), block.from.span) {
                let message = format!("there are two ways from `{from}`");
                let problem = Problem::new("declared-twice", block.from.span, message);
                self.report(problem.label(first, "the first is here"));
            }
            if from == self.world.version {
                let message = format!("`{from}` is this version itself");
                let problem = Problem::new("out-of-range", block.from.span, message);
                self.report(problem.help("name the version that instances come from"));
            }
            made.push(self.migration(block, from, journey));
        }
        made
    }

    fn migration(&mut self, block: &Migrate, from: String, journey: &Journey) -> Migration {
        let names: Vec<Name> = block.arms.iter().map(|arm| arm.old.clone()).collect();
        self.unique_names(&names, "older step");
        let arms = block.arms.iter();
        let arms = arms.filter_map(|arm| self.migration_arm(arm, journey));
        let arms = arms.collect();
        let node = self.node(block.span);
        Migration { node, from, arms }
    }

    fn migration_arm(&mut self, arm: &MigrateArm, journey: &Journey) -> Option<MigrationArm> {
        let to = match &arm.to {
            MigrateTo::End(reason) => {
                MigrationTo::End(reason.as_ref().map(|reason| reason.text.clone()))
            }
            MigrateTo::Step(name, sets) => {
                let step = self.place_to_stand(name, journey);
                let sets = sets.iter().filter_map(|set| self.carried_set(set, journey));
                let sets = sets.collect();
                MigrationTo::Step(step?, sets)
            }
        };
        let node = self.node(arm.span);
        let old = arm.old.text.clone();
        Some(MigrationArm { node, old, to })
    }

    /// The step that a name says, of those at which an instance can stand.
    fn place_to_stand(&mut self, name: &Name, journey: &Journey) -> Option<StepRef> {
        if name.is_missing() {
            return None;
        }
        let stands = crate::migration::places(journey);
        match stands.iter().find(|(known, _)| *known == name.text) {
            Some((_, step)) => Some(*step),
            None => {
                let names = stands.iter().map(|(known, _)| known.as_str());
                self.report(words::unknown_name(name, "step to stand at", names));
                None
            }
        }
    }

    fn carried_set(
        &mut self,
        set: &Assign,
        journey: &Journey,
    ) -> Option<(LocalId, crate::hir::Expr)> {
        let of_name = |local: &crate::hir::Local| local.name == set.name.text;
        let Some(number) = journey.locals.iter().position(of_name) else {
            let names = journey.locals.iter().map(|local| local.name.as_str());
            self.report(words::unknown_name(&set.name, "variable", names));
            return None;
        };
        let ty = journey.locals.get(number)?.ty.clone();
        let value = self.expr_as(&set.value, &ty);
        Some((LocalId(u32::try_from(number).ok()?), value))
    }
}
