//! A thread that syncs the log, one file at a time, beside whoever goes on writing, and says when it has.

use super::Folder;
use journey_runtime::run::kept::Syncer;
use journey_runtime::store::Ticket;
use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// A sync that has ended.
type Ended = (Ticket, io::Result<()>);

#[derive(Debug)]
pub struct Syncing {
    work: SyncSender<(Ticket, Option<File>)>,
    done: Receiver<Ended>,
    running: bool,
}

impl Syncing {
    /// `wake` is called whenever a sync has ended.
    pub fn new(wake: Box<dyn Fn() + Send>) -> Self {
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

    pub fn is_idle(&self) -> bool {
        !self.running
    }
}

impl Syncer<Folder> for Syncing {
    fn begin(&mut self, disk: &mut Folder, ticket: Ticket) -> io::Result<()> {
        let file = disk.handle(&ticket.name)?;
        let gone = |_| io::Error::other("the thread that syncs has ended");
        self.work.send((ticket, file)).map_err(gone)?;
        self.running = true;
        Ok(())
    }

    /// The one that was begun, if it has ended by now, or once it has.
    fn ended(&mut self, wait: bool) -> Option<Ended> {
        let ended = if wait {
            self.done.recv().ok()
        } else {
            self.done.try_recv().ok()
        };
        self.running &= ended.is_none();
        ended
    }
}
