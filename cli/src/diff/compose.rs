//! Some of the changes → a program: the older version with these parts of the newer one. What does not compile
//! alone is composed with the fewest others with which it does.

use super::changes::{Change, Key, Parts};
use crate::compile::{self, Execution};
use crate::failure::Failure;
use crate::graph::Sources;
use journey_compiler::db::Database;
use journey_compiler::load::{File, MANIFEST, project};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

/// The numbers of changes that are made.
pub type Made = BTreeSet<usize>;

const SOURCE: &str = "program.journey";

/// Makes programs of two versions.
#[derive(Debug)]
pub struct Composer<'c> {
    old: &'c Parts,
    changes: &'c [Change],
    name: String,
    version: String,
    compiles: BTreeMap<Made, bool>,
}

impl<'c> Composer<'c> {
    pub fn new(old: &'c Parts, changes: &'c [Change], name: &str, version: &str) -> Self {
        Self {
            old,
            changes,
            name: name.to_owned(),
            version: version.to_owned(),
            compiles: BTreeMap::new(),
        }
    }

    pub fn all(&self) -> Made {
        (0..self.changes.len()).collect()
    }

    /// The parts of the older version, with these changes made.
    fn parts(&self, made: &Made) -> BTreeMap<&Key, &str> {
        let mut parts: BTreeMap<&Key, &str> = self
            .old
            .iter()
            .map(|(key, part)| (key, part.text.as_str()))
            .collect();
        for number in made {
            let Some(change) = self.changes.get(*number) else {
                continue;
            };
            match &change.new {
                Some(text) => parts.insert(&change.key, text),
                None => parts.remove(&change.key),
            };
        }
        parts
    }

    fn files(&self, made: &Made) -> Vec<File> {
        let mut manifest = format!(
            "[project]\nname = {:?}\nversion = {:?}\n",
            self.name, self.version
        );
        let mut runtime = "[runtime]\n".to_owned();
        let mut source = String::new();
        let mut files = Vec::new();
        for (key, text) in self.parts(made) {
            match key {
                Key::Setting(table, name) => {
                    let into = if *table == "project" {
                        &mut manifest
                    } else {
                        &mut runtime
                    };
                    let _ = writeln!(into, "{name} = {text:?}");
                }
                Key::File(path) => files.push(File::new(path.as_str(), text)),
                Key::Declaration(_) => {
                    source.push_str(text);
                    source.push('\n');
                }
            }
        }
        files.push(File::new(MANIFEST, manifest + &runtime));
        files.push(File::new(SOURCE, source));
        files
    }

    /// The program with these changes; None: it does not compile.
    pub fn execution(&mut self, made: &Made) -> Result<Option<Execution>, Failure> {
        let db = Database::default();
        let workspace = project(&db, self.files(made));
        let program = journey_compiler::checked(&db, workspace);
        self.compiles.insert(made.clone(), program.is_some());
        let Some(program) = program else {
            return Ok(None);
        };
        let plan = Arc::new(compile::plan(&program, &Sources::new())?);
        Execution::native(&plan).map(Some)
    }

    pub fn compiles(&mut self, made: &Made) -> bool {
        if let Some(known) = self.compiles.get(made) {
            return *known;
        }
        let db = Database::default();
        let workspace = project(&db, self.files(made));
        let compiles = journey_compiler::checked(&db, workspace).is_some();
        self.compiles.insert(made.clone(), compiles);
        compiles
    }

    /// The fewest changes, this one among them, with which the older version compiles: none of them can be left
    /// out alone.
    pub fn with(&mut self, number: usize) -> Made {
        let alone = Made::from([number]);
        if self.compiles(&alone) {
            return alone;
        }
        let mut made = self.all();
        self.shrink(&mut made, number, |composer, made| composer.compiles(made));
        made
    }

    /// The fewest changes, this one among them, without which the newer version compiles.
    pub fn without(&mut self, number: usize) -> Made {
        let alone = Made::from([number]);
        if self.compiles(&self.left(&alone)) {
            return alone;
        }
        let mut gone = self.all();
        self.shrink(&mut gone, number, |composer, gone| {
            let left = composer.left(gone);
            composer.compiles(&left)
        });
        gone
    }

    /// All changes but these.
    pub fn left(&self, gone: &Made) -> Made {
        self.all().difference(gone).copied().collect()
    }

    fn shrink(&mut self, set: &mut Made, keep: usize, holds: impl Fn(&mut Self, &Made) -> bool) {
        // what was taken away may make room for more, until nothing goes
        loop {
            let before = set.len();
            for number in self.all() {
                if number == keep || !set.remove(&number) {
                    continue;
                }
                if !holds(self, set) {
                    set.insert(number);
                }
            }
            if set.len() == before {
                return;
            }
        }
    }
}
