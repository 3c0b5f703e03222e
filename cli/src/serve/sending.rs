//! What is decided goes out: jobs of the outbox are carried on the network's threads, and what came of each is
//! told to the engine, which logs it. A stop begins no attempt and waits for those that are under way.

use super::clock::now_ms;
use super::config::Config;
use super::handle::Handle;
use super::live::Outlet;
use crate::deliver::Courier;
use crate::deliver::config::callbacks;
use crate::deliver::guard::{Guard, System};
use crate::deliver::sign::{Secrets, Seen};
use crate::disk::Folder;
use crate::failure::Failure;
use crate::kept::failed;
use crate::terminal;
use journey_program::plan::Program;
use journey_runtime::actions::Action;
use journey_runtime::engine::ON_REQUEST;
use journey_runtime::outbox::Job;
use journey_runtime::store::Durable;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::sync::Notify;

/// What a result takes in the engine's queue.
const RESULT_BYTES: usize = 256;
/// A stop waits this much longer than an attempt may last.
const SPARE: Duration = Duration::from_secs(1);

/// Deliveries, as requests and the engine's thread share them.
pub struct Sending {
    engine: Handle,
    /// attempts under way
    flying: AtomicUsize,
    landed: Notify,
    /// by channel, what its call-backs are signed with
    callbacks: OnceLock<BTreeMap<String, Secrets>>,
    /// the program's strongest identifier
    identifier: OnceLock<String>,
    pub(super) seen: Mutex<Seen>,
    /// how long an attempt may last, in milliseconds
    deadline: AtomicU64,
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending")
            .field("flying", &self.flying)
            .finish_non_exhaustive()
    }
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Sending {
    pub(super) fn new(engine: Handle) -> Self {
        Self {
            engine,
            flying: AtomicUsize::new(0),
            landed: Notify::new(),
            callbacks: OnceLock::new(),
            identifier: OnceLock::new(),
            seen: Mutex::default(),
            deadline: AtomicU64::new(0),
        }
    }

    /// The folder is open: what it decides from here on is delivered.
    pub(super) fn begin(
        self: &Arc<Self>,
        program: &Program,
        config: &Config,
        durable: &mut Durable<Folder>,
        network: tokio::runtime::Handle,
    ) -> Result<Box<dyn Outlet>, Failure> {
        let said = &config.deliver;
        let allow = said.allowed().map_err(Failure::usage)?;
        let guard = Arc::new(Guard::new(allow, Arc::new(System)));
        let beside = &config.beside;
        let policy = said.policy().map_err(Failure::usage)?;
        let lasts = policy.deadline.unsigned_abs();
        self.deadline.store(lasts, Ordering::Release);
        let (clock, deadline) = (now_ms, Duration::from_millis(lasts));
        let courier = Courier::new(program, said, beside, env, &guard, clock, deadline);
        let courier = courier.map_err(Failure::usage)?;
        let mut secrets = BTreeMap::new();
        for channel in &program.channels {
            let callbacks = callbacks(said, &channel.name, &channel.deliver, env);
            secrets.insert(channel.name.clone(), callbacks.map_err(Failure::usage)?);
        }
        let _ = self.callbacks.set(secrets);
        if let Some(strongest) = program.profile.identifiers.first() {
            let _ = self.identifier.set(strongest.name.clone());
        }
        let shelves = program
            .channels
            .iter()
            .any(|plan| plan.deliver == ON_REQUEST);
        if !courier.is_empty() || shelves || !durable.outbox().is_quiet() {
            let own = said.own_policies().map_err(Failure::usage)?;
            let begun = durable.deliver(now_ms(), policy);
            begun.map_err(|e| failed(&e))?;
            durable.bound(own).map_err(|e| failed(&e))?;
        }
        Ok(Box::new(Carrying {
            sending: Arc::clone(self),
            courier: Arc::new(courier),
            network,
        }))
    }

    /// What call-backs of a channel are signed with. None: it takes none.
    pub(super) fn secrets(&self, channel: &str) -> Option<&Secrets> {
        let secrets = self.callbacks.get()?.get(channel)?;
        (!secrets.is_empty()).then_some(secrets)
    }

    /// The name of an identifier, for what names its person otherwise.
    pub(super) fn identifier(&self) -> &str {
        self.identifier.get().map_or("", String::as_str)
    }

    /// No attempt begins any more, and those under way have ended.
    pub(super) async fn end(&self) {
        let over = self.engine.insist(0, |turn| {
            turn.durable().send_no_more();
            Ok(())
        });
        if over.await.is_err() {
            return; // the engine has stopped already
        }
        let waiting = async {
            loop {
                let landed = self.landed.notified();
                if self.flying.load(Ordering::Acquire) == 0 {
                    return;
                }
                landed.await;
            }
        };
        let deadline = Duration::from_millis(self.deadline.load(Ordering::Acquire));
        let _ = tokio::time::timeout(deadline + SPARE, waiting).await;
    }
}

struct Carrying {
    sending: Arc<Sending>,
    courier: Arc<Courier>,
    network: tokio::runtime::Handle,
}

impl Outlet for Carrying {
    fn released(&mut self, _: &[Action]) {}

    fn begin(&mut self, jobs: Vec<Job>) {
        for job in jobs {
            let (sending, courier) = (Arc::clone(&self.sending), Arc::clone(&self.courier));
            sending.flying.fetch_add(1, Ordering::AcqRel);
            self.network.spawn(async move {
                let flight = Flight(Arc::clone(&sending));
                let outcome = courier.carry(&job).await;
                let told = sending.engine.insist(RESULT_BYTES, move |turn| {
                    let now = turn.wall();
                    turn.durable().tell(&job, now, outcome)
                });
                if told.await.is_err() {
                    terminal::complain("note: a delivery ended after the engine had\n");
                }
                drop(flight);
            });
        }
    }
}

/// An attempt under way, however it ends.
struct Flight(Arc<Sending>);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.flying.fetch_sub(1, Ordering::AcqRel);
        self.0.landed.notify_waiters();
    }
}
