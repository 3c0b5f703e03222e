//! The log: what came in, in order. The engine appends before it applies, and a replay applies the same
//! inputs by the same function; where the log lies (memory, a file, a stream) is not the engine's business.

use crate::input::Input;

pub trait Log {
    /// Keeps an input. The engine applies it only once this has returned.
    fn append(&mut self, input: &Input) -> Result<(), LogError>;
}

/// A store of states: what a recovery starts from before it replays the rest of the log.
pub trait Checkpoint {
    type State;
    /// Keeps a state as of a number of inputs.
    fn save(&mut self, inputs: u64, state: &Self::State) -> Result<(), LogError>;
    /// The latest that was kept, and its number of inputs.
    fn load(&self) -> Option<(u64, Self::State)>;
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

/// Keeps nothing: for a run over a file, which is its own log.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLog;

impl Log for NoLog {
    fn append(&mut self, _: &Input) -> Result<(), LogError> {
        Ok(())
    }
}

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

/// Keeps the latest state in memory.
#[derive(Clone, Debug)]
pub struct MemoryCheckpoint<S> {
    latest: Option<(u64, S)>,
}

impl<S> Default for MemoryCheckpoint<S> {
    fn default() -> Self {
        Self { latest: None }
    }
}

impl<S: Clone> Checkpoint for MemoryCheckpoint<S> {
    type State = S;
    fn save(&mut self, inputs: u64, state: &S) -> Result<(), LogError> {
        self.latest = Some((inputs, state.clone()));
        Ok(())
    }
    fn load(&self) -> Option<(u64, S)> {
        self.latest.clone()
    }
}
