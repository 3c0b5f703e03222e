//! Functions of the program that are run over the same person: models, computed fields that may fault; and what
//! was learned of offers.

use super::{Effect, Frame};
use journey_program::ir::{Fault, FaultCode};
use journey_program::types::{FunctionId, OfferId};

/// Models that read models.
const DEPTH_MAX: u32 = 16;

impl Frame<'_> {
    /// Runs a model; its fault is the fault of who asked.
    pub(super) fn model(&mut self, function: i64) -> Result<i64, FaultCode> {
        let id = FunctionId::new(usize::try_from(function).unwrap_or(usize::MAX));
        let plan = self.program.functions.get(id.index());
        let fits = plan.is_some_and(|plan| plan.params.is_empty() && plan.results.len() == 1);
        let reads = self
            .program
            .contexts
            .get(id.index())
            .copied()
            .unwrap_or_default();
        if !fits || reads.event.is_some() || reads.instance.is_some() || self.depth >= DEPTH_MAX {
            return Err(FaultCode::OutOfRange);
        }
        let executor = self.executor;
        let mut results = [0i64];
        self.depth += 1;
        let ran = executor.run(id, self, &[], &mut results);
        self.depth -= 1;
        ran.map_err(|fault| fault.code)?;
        Ok(results.first().copied().unwrap_or(0))
    }

    /// Runs a computed field's function: whether the field is known. What it builds halfway is left again.
    pub(super) fn computed(&mut self, function: i64) -> i64 {
        let id = FunctionId::new(usize::try_from(function).unwrap_or(usize::MAX));
        let plan = self.program.functions.get(id.index());
        let fits = plan.is_some_and(|plan| plan.params.is_empty() && plan.results.len() == 2);
        let reads = self.program.contexts.get(id.index()).copied();
        let reads = reads.unwrap_or_default();
        if !fits || reads.event.is_some() || reads.instance.is_some() || self.depth >= DEPTH_MAX {
            return 0;
        }
        let executor = self.executor;
        let mut results = [0i64; 2];
        let (open, lookup) = (self.builders.len(), self.lookup.take());
        self.depth += 1;
        let ran = executor.run(id, self, &[], &mut results);
        self.depth -= 1;
        self.lookup = lookup;
        if let Err(fault) = ran {
            self.builders.truncate(open);
            self.note(fault);
            results = [0, 0];
        }
        let [known, word] = results;
        self.computed.insert(function, word);
        known
    }

    pub(super) fn computed_word(&self, function: i64) -> i64 {
        self.computed.get(&function).copied().unwrap_or(0)
    }

    /// A fault that ends nothing: once for each place.
    fn note(&mut self, fault: Fault) {
        if !self.person.faults.contains(&fault.site) && self.noted.insert(fault.site) {
            self.effects.push(Effect::Fault(fault));
        }
    }

    /// How likely an offer is accepted by people like this one.
    pub(super) fn learned_word(&self, model: i64, offer: i64) -> i64 {
        let number = usize::try_from(model).unwrap_or(usize::MAX);
        let Some(plan) = self.program.learned.get(number) else {
            return 0;
        };
        let key = crate::state::learned_key(self.program, &self.types(), &self.person.block, plan);
        let offer = OfferId::new(usize::try_from(offer).unwrap_or(usize::MAX));
        self.learned
            .mean(number, offer, &key)
            .to_bits()
            .cast_signed()
    }
}
