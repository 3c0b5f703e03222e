//! A folder is opened, or begun: what is there is read, written into a fresh generation, and only then is it ready.
//! And another version of its program takes over.

use super::sealing::seals_of;
use super::{Durable, Settings, Shape, Tail};
use crate::engine::{Deployed, Engine};
use crate::state::{PersonNo, Taken};
use crate::store::Deployment;
use crate::store::bugs::Bug;
use crate::store::checkpoint::Progress;
use crate::store::codec::{Codec, Group};
use crate::store::disk::Disk;
use crate::store::entry::Entry;
use crate::store::error::StoreError;
use crate::store::frame::LogHeader;
use crate::store::generation::{Writing, list, program_name, sources_name};
use crate::store::outputs::{ACTIONS, DEAD_LETTERS, Output};
use crate::store::recovery::{Found, find};
use crate::store::room::make_room;
use crate::store::sending::Jobs;
use crate::store::shelf::Shelf;
use journey_program::host::Executor;
use journey_program::plan::Program;
use std::sync::Arc;

const DROPPED: &str = "an erasure met a full disk: the past was dropped to make room";

impl<D: Disk> Durable<D> {
    /// Opens a folder, or begins one: reads what is there, writes it into a fresh generation, and only then is
    /// ready. `engine` is new, of the program that the settings name.
    pub fn open(mut disk: D, engine: Engine, settings: Settings) -> Result<Self, StoreError> {
        let mut writing = Writing {
            disk: &mut disk,
            bugs: settings.bugs,
        };
        let dropped = make_room(&mut writing)?;
        let seals = seals_of(&mut writing, settings.sealing.as_ref(), true)?;
        let mut opening = Self {
            codec: Codec::new(engine.program()).sealed_by(&seals),
            given: Arc::clone(engine.program()),
            disk,
            progress: Progress {
                program: settings.deployment.name.clone(),
                kinds: engine.kinds().clone(),
                salt: settings.salt.clone(),
                ..Progress::default()
            },
            engine,
            tail: Tail::default(),
            group: Group::default(),
            actions: Output::new(ACTIONS, settings.actions.clone()),
            dead_letters: Output::new(DEAD_LETTERS, settings.dead_letters.clone()),
            jobs: Jobs::default(),
            settings,
            notes: dropped.then(|| DROPPED.to_owned()).into_iter().collect(),
            heard: None,
            shape: Shape::default(),
            ended: false,
            seals,
            doomed: Vec::new(),
            doomed_before: 0,
        };
        let bugs = opening.settings.bugs;
        let shelf = opening.shelf();
        opening.bound_memory()?;
        let pages = opening.shape.pages.clone();
        let from = (pages.as_ref(), &opening.seals.clone());
        let (found, newest) = find(&mut opening.disk, &shelf, from, bugs)?;
        match found {
            Some(found) => opening.recover(found, newest + 1)?,
            None => {
                opening.engine.set_salt(opening.progress.salt.clone());
                opening.tail.epoch = 1;
                opening.keep_program()?;
                opening.resume_outputs()?;
                opening.begin(newest + 1)?;
            }
        }
        opening.deliver_nothing()?;
        opening.erase_the_met()?;
        Ok(opening)
    }

    /// Whether it is this program's, with the same kinds of actions, and outputs as they were left.
    fn fits(&mut self, found: &Found) -> Result<(), StoreError> {
        let kept = &found.base.progress;
        let given = self.settings.deployment.hash;
        if found.program != given {
            let running = self.shelf().program(&mut self.disk, &found.program)?;
            return Err(StoreError::Program {
                hash: found.program,
                kept: Deployment::name(&running, &found.program),
                given: self.settings.deployment.name.clone(),
            });
        }
        if kept.kinds != *self.engine.kinds() {
            let kinds: Vec<&str> = kept.kinds.iter().map(String::as_str).collect();
            let kept = kinds.join(",");
            return Err(StoreError::Kinds { kept });
        }
        for output in [&self.actions, &self.dead_letters] {
            let kept = output.name().and_then(|name| kept.outputs.get(name));
            output.check(&mut self.disk, kept.copied())?;
        }
        Ok(())
    }

    fn recover(&mut self, found: Found, mut number: u64) -> Result<(), StoreError> {
        self.fits(&found)?;
        let given = self.settings.deployment.hash;
        self.tail.epoch = found.epoch.saturating_add(1);
        self.keep_program()?;
        (self.tail.written, self.tail.chain) = (found.next, found.chain);
        self.tail.durable = found.next;
        // of what was there, the checkpoint that served is kept beside the fresh one
        self.tail.number = found.number;
        let in_place = self.in_place();
        if !found.frames.is_empty() && !in_place {
            // what was read may be in the page cache alone: first it is written again, durably
            let header = LogHeader {
                epoch: self.tail.epoch,
                program: found.base.head.program,
                first: found.base.head.entries,
                chain: found.base.head.chain,
                sealed: found.log_sealed,
            };
            let mut log = header.write();
            log.extend_from_slice(&found.frames);
            self.writing().begin(number, &log, &found.state)?;
            self.tail.number = number;
            number = number.saturating_add(1);
        }
        self.progress = found.base.progress;
        self.shape.parts.list = found.base.parts;
        self.doomed = found.base.doomed;
        let opens = self.seals.are_on() && !found.base.sealed;
        self.notes.extend(found.notes);
        if found.base.head.program != given {
            let before = self
                .shelf()
                .program(&mut self.disk, &found.base.head.program)?;
            let executor = (self.settings.execute)(&before).map_err(StoreError::Execution)?;
            self.engine = Engine::new(before, executor, self.engine.options().clone());
        }
        self.engine.set_state(found.base.state);
        self.engine.set_salt(self.progress.salt.clone());
        for group in found.groups {
            for entry in group.entries {
                self.doom(&entry);
                self.apply(entry)?;
            }
            self.reached(group.position);
            self.trim()?;
        }
        self.forget_jobs();
        self.progress
            .program
            .clone_from(&self.settings.deployment.name);
        self.resume_outputs()?;
        if in_place {
            return self.go_on_in(found.last);
        }
        if opens {
            return self.seal_all(number);
        }
        self.begin(number)
    }

    /// How much memory people may take, and which number the next part has.
    fn bound_memory(&mut self) -> Result<(), StoreError> {
        let said = self.engine.program().settings.cache;
        let cache = self.settings.cache.unwrap_or(said);
        if cache > 0 {
            self.shape.cache = Some(usize::try_from(cache).unwrap_or(usize::MAX));
            self.shape.parts.most = (cache / 8).min(self.shape.parts.most);
            self.shape.pages = Some(self.disk.pages());
        }
        let last = list(&mut self.disk)?.parts.last().copied().unwrap_or(0);
        self.shape.parts.next = u32::try_from(last).unwrap_or(u32::MAX).saturating_add(1);
        Ok(())
    }

    /// The program that the folder's records are of can be found beside them.
    fn keep_program(&mut self) -> Result<(), StoreError> {
        let Deployment {
            hash,
            artifact,
            sources,
            ..
        } = self.settings.deployment.clone();
        if !sources.is_empty() {
            self.writing().keep(&sources_name(&hash), &sources)?;
        }
        self.writing().keep(&program_name(&hash), &artifact)
    }

    pub(super) fn shelf(&self) -> Shelf {
        Shelf {
            hash: self.settings.deployment.hash,
            program: Arc::clone(&self.given),
        }
    }

    /// Only by mistake: without a fresh generation.
    fn in_place(&self) -> bool {
        let bugs = self.settings.bugs;
        bugs.has(Bug::RecoveryInPlace) || bugs.has(Bug::TailNotCut)
    }

    fn go_on_in(&mut self, (name, good): (String, u64)) -> Result<(), StoreError> {
        if !self.settings.bugs.has(Bug::TailNotCut) {
            let cut = self.disk.truncate(&name, good);
            cut.map_err(|e| StoreError::io("cut", &name, &e))?;
        }
        let number = name.split('.').next().and_then(|stem| stem.parse().ok());
        self.tail.number = number.unwrap_or(0);
        self.tail.name = name;
        Ok(())
    }

    fn resume_outputs(&mut self) -> Result<(), StoreError> {
        let bugs = self.settings.bugs;
        for output in [&mut self.actions, &mut self.dead_letters] {
            let kept = output
                .name()
                .and_then(|name| self.progress.outputs.get(name));
            let kept = kept.copied();
            let disk = &mut self.disk;
            output.resume(&mut Writing { disk, bugs }, kept)?;
        }
        Ok(())
    }

    /// Another version takes over, from an instant on: logged, then carried out, then a generation of its own. What
    /// its new histories start from is logged with it, so that it is the same whenever it is done again.
    pub fn deploy(
        &mut self,
        at: i64,
        next: Deployment,
        (program, executor): (Arc<Program>, Box<dyn Executor>),
        events: Vec<(PersonNo, Taken)>,
    ) -> Result<Deployed, StoreError> {
        let deployed = self.guarded(|this| {
            let bugs = this.settings.bugs;
            this.write_group()?;
            let entry = Entry::Deployed {
                at,
                program: next.hash,
                events,
            };
            (this.settings.deployment, this.given) = (next, Arc::clone(&program));
            if !bugs.has(Bug::ProgramNotKept) {
                this.keep_program()?;
            }
            if !bugs.has(Bug::DeploymentNotLogged) {
                let state = this.engine.state();
                let added = this.codec.add_to(&mut this.group, &entry, state);
                added.map_err(StoreError::Entry)?;
            }
            this.codec = Codec::new(&program).sealed_by(&this.seals);
            let erased = this.engine.counters().erased;
            let Entry::Deployed { events, .. } = entry else {
                return Err(StoreError::Ended);
            };
            let deployed = this.engine.deploy_from(at, program, executor, events);
            this.sound()?;
            this.out(erased);
            if bugs.has(Bug::DeploymentBeforeSync) {
                this.write_group()?;
                this.release(this.tail.written)?;
            }
            this.progress
                .program
                .clone_from(&this.settings.deployment.name);
            Ok(deployed)
        })?;
        self.checkpoint()?;
        Ok(deployed)
    }
}
