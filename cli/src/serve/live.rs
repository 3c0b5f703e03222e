//! The engine's thread: it alone owns the state folder. It takes commands out of the queue, logs and applies
//! what they bring, writes them as one group and lets a thread beside it sync; answers and actions wait until
//! theirs is durable. When nothing comes it sleeps until the next thing is due, which is a logged tick of the
//! clock. Logged time never goes back. Any error of the store ends it: the next start is the recovery.

use super::clock::now_ms;
use super::handle::{Handle, Message, Reply};
use super::timeline::Timeline;
use crate::disk::{Folder, Syncing};
use journey_runtime::actions::{Action, DecideAction};
use journey_runtime::engine::{DeadLetter, Engine};
use journey_runtime::input::{Asked, Input};
use journey_runtime::outbox::{Job, Outcome};
use journey_runtime::run::kept::Syncer;
use journey_runtime::state::PersonNo;
use journey_runtime::store::{Durable, Entry, ErasedFrom, StoreError};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// A group is written once it has so many bytes, or so many commands.
const GROUP_BYTES: usize = 64 << 10;
const GROUP_COMMANDS: usize = 1_024;
/// Attempts that one group begins, at most.
const SENDS_MAX: usize = 1_024;
/// A checkpoint is made after so much log.
const CHECKPOINT_BYTES: u64 = 64 << 20;
/// The longest sleep: a wall clock that someone has set is noticed after it.
const SLEEP_MAX_MS: i64 = 60_000;

/// Who carries out what was decided. It is told in order, and only of what no crash can take back.
pub trait Outlet {
    fn released(&mut self, actions: &[Action]);
    /// Attempts of sends that may begin; what comes of them is told by a command (`Turn::tell`).
    fn begin(&mut self, jobs: Vec<Job>);
}

/// A command's turn: the engine as it stands, and the way to change it.
pub struct Turn<'t> {
    durable: &'t mut Durable<Folder>,
    actions: &'t mut Vec<Action>,
    wall: i64,
}

impl std::fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn")
            .field("wall", &self.wall)
            .finish_non_exhaustive()
    }
}

/// What an entry has led to.
#[derive(Debug)]
pub struct Happened<'t> {
    /// its id was seen before: it was counted and ignored
    pub duplicate: bool,
    pub refused: Vec<DeadLetter>,
    pub actions: &'t [Action],
}

impl Turn<'_> {
    /// The time of day, and not before what has been logged.
    pub fn now(&self) -> i64 {
        let clock = self.engine().clock();
        clock.map_or(self.wall, |clock| clock.max(self.wall))
    }

    /// The time of day.
    pub fn wall(&self) -> i64 {
        self.wall
    }

    pub fn engine(&self) -> &Engine {
        self.durable.engine()
    }

    /// What came of an attempt of a send.
    pub fn tell(&mut self, job: &Job, outcome: Outcome) -> Result<(), StoreError> {
        self.durable.tell(job, self.wall, outcome)
    }

    /// A decision as it would be now; nothing comes of it.
    pub fn considered(&mut self, asked: Asked) -> Option<DecideAction> {
        self.durable.considered(asked)
    }

    /// The state folder, for what else is logged.
    pub fn durable(&mut self) -> &mut Durable<Folder> {
        self.durable
    }

    /// Erases a person from the folder, its past included: when this has returned it is done, and durable.
    pub fn erase(
        &mut self,
        who: PersonNo,
        (request, seed): (&str, u64),
    ) -> Result<Option<ErasedFrom>, StoreError> {
        let erased = self.durable.erase(who, request, seed);
        let heard = self.durable.take_heard();
        self.actions.extend(heard.actions);
        erased
    }

    /// Logs an entry and applies it.
    pub fn take(&mut self, entry: Entry) -> Result<Happened<'_>, StoreError> {
        let before = self.engine().counters().duplicates;
        let from = self.actions.len();
        self.durable.take(vec![entry], None)?;
        let heard = self.durable.take_heard();
        self.actions.extend(heard.actions);
        Ok(Happened {
            duplicate: self.engine().counters().duplicates > before,
            refused: heard.refused,
            actions: self.actions.get(from..).unwrap_or_default(),
        })
    }
}

/// Answers and actions that wait until so many entries are durable.
struct Waiting {
    upto: u64,
    replies: Vec<(Reply, OwnedSemaphorePermit)>,
    actions: Vec<Action>,
}

pub(super) struct Live {
    durable: Durable<Folder>,
    inbox: Receiver<Message>,
    syncing: Syncing,
    waiting: VecDeque<Waiting>,
    timeline: Arc<Timeline>,
    outlet: Box<dyn Outlet>,
}

/// A queue of so many bytes, and its other end.
pub(super) fn queue(bytes: usize) -> (Handle, Inbox) {
    let (queue, inbox) = channel();
    let wake = queue.clone();
    let wake = Box::new(move || drop(wake.send(Message::Synced)));
    (Handle::new(queue, bytes), Inbox { inbox, wake })
}

/// Where commands arrive.
pub(super) struct Inbox {
    inbox: Receiver<Message>,
    wake: Box<dyn Fn() + Send>,
}

impl Live {
    pub(super) fn new(
        mut durable: Durable<Folder>,
        inbox: Inbox,
        timeline: Arc<Timeline>,
        outlet: Box<dyn Outlet>,
    ) -> Self {
        durable.listen();
        Self {
            durable,
            inbox: inbox.inbox,
            syncing: Syncing::new(inbox.wake),
            waiting: VecDeque::new(),
            timeline,
            outlet,
        }
    }

    /// Until it is told to stop: then all that was taken is durable and answered, and a checkpoint is made.
    pub(super) fn run(mut self) -> Result<(), StoreError> {
        self.group(None)?;
        loop {
            let message = match self.sleep() {
                Some(left) => match self.inbox.recv_timeout(left) {
                    Ok(message) => Some(message),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => Some(Message::Stop),
                },
                None => Some(self.inbox.recv().unwrap_or(Message::Stop)),
            };
            if self.group(message)? {
                break;
            }
        }
        self.settle()?;
        if self.durable.log_bytes() > 0 {
            self.durable.checkpoint()?;
        }
        Ok(())
    }

    /// How long nothing is due. None: nothing ever is.
    fn sleep(&self) -> Option<Duration> {
        let due = [self.due(), self.durable.sends_due()];
        let due = due.into_iter().flatten().min()?;
        let left = due.saturating_sub(now_ms()).clamp(0, SLEEP_MAX_MS);
        Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
    }

    /// When the clock has to tick next: it lags by `reorder`.
    fn due(&self) -> Option<i64> {
        let engine = self.durable.engine();
        let held = engine.state().held.first_key_value().map(|(key, _)| key.0);
        let reserved = engine
            .state()
            .reserved
            .first_key_value()
            .map(|(key, _)| key.0);
        let due = [engine.next_due(), held, reserved];
        let due = due.into_iter().flatten().min();
        let lag = engine.program().settings.reorder_ms;
        due.map(|due| due.saturating_add(lag))
    }

    /// One message and what lies behind it: applied, written, on its way to the disk. True: it was the last.
    fn group(&mut self, first: Option<Message>) -> Result<bool, StoreError> {
        let (mut replies, mut actions) = (Vec::new(), Vec::new());
        self.tick(&mut actions)?;
        let (mut next, mut stop, mut taken) = (first, false, 0);
        while let Some(message) = next {
            match message {
                Message::Command(command, permit) => {
                    let mut turn = Turn {
                        durable: &mut self.durable,
                        actions: &mut actions,
                        wall: now_ms(),
                    };
                    replies.push((command(&mut turn)?, permit));
                    taken += 1;
                }
                Message::Synced => {}
                Message::Stop => stop = true,
            }
            if stop || taken >= GROUP_COMMANDS || self.durable.pending() >= GROUP_BYTES {
                break;
            }
            next = self.inbox.try_recv().ok();
        }
        self.durable.send_due(now_ms(), SENDS_MAX)?;
        self.durable.write()?;
        let upto = match self.durable.ticket() {
            Some(ticket) => ticket.upto,
            None => self.durable.durable(),
        };
        if !replies.is_empty() || !actions.is_empty() {
            self.waiting.push_back(Waiting {
                upto,
                replies,
                actions,
            });
        }
        self.go_on()?;
        if self.durable.log_bytes() > CHECKPOINT_BYTES || self.durable.is_full() {
            self.settle()?;
            self.durable.checkpoint()?;
        }
        Ok(stop)
    }

    /// What is due by now happens: a tick of the clock, which is logged.
    fn tick(&mut self, actions: &mut Vec<Action>) -> Result<(), StoreError> {
        let wall = now_ms();
        if self.due().is_none_or(|due| due > wall) {
            return Ok(());
        }
        let lag = self.durable.engine().program().settings.reorder_ms;
        let mut turn = Turn {
            durable: &mut self.durable,
            actions,
            wall,
        };
        let tick = Input::Clock(wall.saturating_sub(lag));
        turn.take(Entry::Input(tick)).map(|_| ())
    }

    /// Takes in a sync that has ended, lets out what waited for it, begins the next.
    fn go_on(&mut self) -> Result<(), StoreError> {
        if let Some((ticket, done)) = self.syncing.ended(false) {
            self.durable.synced(&ticket, done)?;
        }
        self.release();
        if self.syncing.is_idle()
            && let Some(ticket) = self.durable.ticket()
        {
            let name = ticket.name.clone();
            let begun = self.syncing.begin(self.durable.disk(), ticket);
            begun.map_err(|e| StoreError::io("sync", &name, &e))?;
        }
        Ok(())
    }

    /// Waits until all that was written is durable, and let out.
    fn settle(&mut self) -> Result<(), StoreError> {
        self.go_on()?;
        while !self.syncing.is_idle() {
            let (ticket, done) = self.syncing.ended(true).ok_or(StoreError::Ended)?;
            self.durable.synced(&ticket, done)?;
            self.go_on()?;
        }
        Ok(())
    }

    fn release(&mut self) {
        let jobs = self.durable.take_jobs();
        if !jobs.is_empty() {
            self.outlet.begin(jobs);
        }
        let durable = self.durable.durable();
        while let Some(first) = self.waiting.front() {
            if first.upto > durable {
                return;
            }
            let Some(first) = self.waiting.pop_front() else {
                return;
            };
            if !first.actions.is_empty() {
                self.timeline.add(&first.actions);
                self.outlet.released(&first.actions);
            }
            for (reply, place) in first.replies {
                reply();
                drop(place);
            }
        }
    }
}
