//! The way to the engine: a bounded queue of commands. A command runs on the engine's thread, in its turn, and
//! what it returns comes back once every entry that was taken before is durable: so nothing that an answer
//! depends on can be lost. A full queue says so at once; who must not be refused waits for room.

use super::live::Turn;
use journey_runtime::store::StoreError;
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// What lies in the queue is weighed in pieces of so many bytes.
const PIECE_BYTES: usize = 1 << 10;

pub(super) type Reply = Box<dyn FnOnce() + Send>;
pub(super) type Command = Box<dyn FnOnce(&mut Turn<'_>) -> Result<Reply, StoreError> + Send>;

pub(super) enum Message {
    /// the permit is its place in the queue, held until it is answered
    Command(Command, OwnedSemaphorePermit),
    /// a sync has ended: a reason to wake up
    Synced,
    Stop,
}

/// Why a command was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// the queue is full
    Busy,
    /// the engine has stopped; whether the command was carried out is not known
    Stopped,
}

#[derive(Clone)]
pub struct Handle {
    queue: Sender<Message>,
    room: Arc<Semaphore>,
    pieces: usize,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("room", &self.room.available_permits())
            .finish_non_exhaustive()
    }
}

impl Handle {
    /// A queue that holds so many bytes.
    pub(super) fn new(queue: Sender<Message>, bytes: usize) -> Self {
        let pieces = (bytes / PIECE_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            queue,
            room: Arc::new(Semaphore::new(pieces)),
            pieces,
        }
    }

    /// Runs on the engine's thread, unless the queue is full. `bytes` is about what it holds in memory.
    pub async fn ask<T: Send + 'static>(
        &self,
        bytes: usize,
        run: impl FnOnce(&mut Turn<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, NotTaken> {
        let room = Arc::clone(&self.room);
        let permit = room.try_acquire_many_owned(self.weight(bytes));
        self.put(permit.map_err(|_| NotTaken::Busy)?, run).await
    }

    /// The same, once there is room: for what must not be refused.
    pub async fn insist<T: Send + 'static>(
        &self,
        bytes: usize,
        run: impl FnOnce(&mut Turn<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, NotTaken> {
        let room = Arc::clone(&self.room);
        let permit = room.acquire_many_owned(self.weight(bytes)).await;
        self.put(permit.map_err(|_| NotTaken::Stopped)?, run).await
    }

    /// After all that is in the queue now, the engine stops.
    pub fn stop(&self) {
        let _ = self.queue.send(Message::Stop);
    }

    /// How full the queue is: pieces taken, and all.
    pub fn load(&self) -> (usize, usize) {
        let taken = self.pieces.saturating_sub(self.room.available_permits());
        (taken, self.pieces)
    }

    fn weight(&self, bytes: usize) -> u32 {
        let pieces = (bytes / PIECE_BYTES + 1).min(self.pieces);
        u32::try_from(pieces).unwrap_or(u32::MAX)
    }

    async fn put<T: Send + 'static>(
        &self,
        permit: OwnedSemaphorePermit,
        run: impl FnOnce(&mut Turn<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, NotTaken> {
        let (answer, answered) = oneshot::channel();
        let command: Command = Box::new(move |turn| {
            let made = run(turn)?;
            // nobody may be waiting any more
            Ok(Box::new(move || drop(answer.send(made))))
        });
        let sent = self.queue.send(Message::Command(command, permit));
        sent.map_err(|_| NotTaken::Stopped)?;
        answered.await.map_err(|_| NotTaken::Stopped)
    }
}
