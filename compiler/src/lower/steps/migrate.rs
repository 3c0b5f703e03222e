//! Who comes from an older version: what is new is set, then it goes on before the step that the arm names.

use super::Steps;
use crate::hir::{Migration, MigrationArm, MigrationTo, Step, StepKind};
use crate::migration::own_step;
use journey_program::plan;

impl<'p> Steps<'_, '_, 'p> {
    /// Where a migration leads, the code of a step begins a block of its own.
    pub(super) fn mark(&mut self, step: &Step) {
        if let Some(own) = own_step(step)
            && self.led_to.contains_key(&own)
        {
            let block = self.g.code.block();
            self.g.code.jump(block);
            self.fresh(block);
            let waits = !matches!(step.kind, StepKind::Repeat { .. });
            self.led_to.insert(own, Some((block, waits)));
        }
    }

    pub(crate) fn migrations(&mut self, ways: &'p [Migration]) {
        for way in ways {
            let arms = way.arms.iter();
            let arms = arms.filter_map(|arm| Some((arm.old.clone(), self.migration(arm)?)));
            let plan = plan::MigrationPlan {
                from: way.from.clone(),
                arms: arms.collect(),
            };
            self.making.parts.migrations.push(plan);
        }
    }

    fn migration(&mut self, arm: &'p MigrationArm) -> Option<plan::MigrationTo> {
        match &arm.to {
            MigrationTo::End(reason) => {
                let reason = reason.as_ref().map(|reason| self.making.reason(reason) + 1);
                let number = u32::try_from(reason.unwrap_or(0)).ok()?;
                Some(plan::MigrationTo::End(number))
            }
            MigrationTo::Step(step, sets) => {
                let (block, may_wait) = self.led_to.get(step).copied().flatten()?;
                let at = self.resume();
                for (local, value) in sets {
                    self.set_local(*local, value, arm.node);
                }
                self.g.code.jump(block);
                let mut waits = self.making.parts.waits.iter().flatten();
                let waits = may_wait && waits.any(|wait| wait.step.0 == step.0);
                Some(plan::MigrationTo::Resume { at, waits })
            }
        }
    }
}
