//! The log as an engine sees it: it appends before it applies, and a replay applies the same inputs by the same
//! function; where the log lies (memory, a stream) is not the engine's business. The log of a state folder, with
//! its checkpoints, is `store::Durable`, which stands in front of the engine.

use crate::input::Input;

pub trait Log {
    /// Keeps an input. The engine applies it only once this has returned.
    fn append(&mut self, input: &Input) -> Result<(), LogError>;
}

/// Why the log could not keep an input; it was then not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogError(pub String);

impl std::fmt::Display for LogError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the log could not be written: {}", self.0)
    }
}
impl std::error::Error for LogError {}

/// Keeps all inputs in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryLog {
    pub inputs: Vec<Input>,
}

impl Log for MemoryLog {
    fn append(&mut self, input: &Input) -> Result<(), LogError> {
        self.inputs.push(input.clone());
        Ok(())
    }
}
