//! A thread that syncs the log, one file at a time, and wakes the engine when it has.

use crate::disk::Folder;
use journey_runtime::store::{StoreError, Ticket};
use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// A sync that has ended.
type Ended = (Ticket, io::Result<()>);

pub(super) struct Syncing {
    work: SyncSender<(Ticket, Option<File>)>,
    done: Receiver<Ended>,
    running: bool,
}

impl Syncing {
    pub(super) fn new(wake: Box<dyn Fn() + Send>) -> Self {
        let (work, todo) = sync_channel::<(Ticket, Option<File>)>(1);
        let (finished, done) = sync_channel(1);
        std::thread::spawn(move || {
            while let Ok((ticket, file)) = todo.recv() {
                let synced = file.map_or(Ok(()), |file| file.sync_data());
                if finished.send((ticket, synced)).is_err() {
                    return;
                }
                wake();
            }
        });
        Self {
            work,
            done,
            running: false,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.running
    }

    pub(super) fn begin(&mut self, disk: &mut Folder, ticket: Ticket) -> Result<(), StoreError> {
        let name = ticket.name.clone();
        let file = disk.handle(&name);
        let file = file.map_err(|e| StoreError::io("sync", &name, &e))?;
        let sent = self.work.send((ticket, file));
        sent.map_err(|_| StoreError::Ended)?;
        self.running = true;
        Ok(())
    }

    /// The one that was begun, if it has ended by now.
    pub(super) fn ended(&mut self) -> Option<Ended> {
        let ended = self.done.try_recv().ok()?;
        self.running = false;
        Some(ended)
    }

    /// The same, once it has.
    pub(super) fn wait(&mut self) -> Result<Ended, StoreError> {
        let ended = self.done.recv().map_err(|_| StoreError::Ended)?;
        self.running = false;
        Ok(ended)
    }
}
