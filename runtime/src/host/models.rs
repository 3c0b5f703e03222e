//! Models: a function of the program that is run over the same person, and what was learned of offers.

use super::Frame;
use journey_program::ir::FaultCode;
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
