//! The versions that a test deploys, one after the other: each linked over the one before and ready for both
//! executions. A test without `deploy` has one, the program itself.

use super::{Pair, play, prepare};
use crate::graph::Sources;
use crate::project::Project;
use journey_compiler::db::Workspace;
use journey_compiler::hir::{Program, Test, TestLineKind};
use journey_compiler::{render, versions};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// A version as it runs in a test.
#[derive(Debug)]
pub struct Version {
    pub program: Arc<Program>,
    pub sources: Sources,
    pub(super) pair: Pair,
    workspace: Option<Workspace>,
}

/// One part of a test, between two deployments.
#[derive(Clone, Debug)]
pub struct Part {
    pub version: Rc<Version>,
    /// the same test as this version's program has it: its number
    pub number: usize,
    /// how many deployments come before
    pub part: usize,
}

impl Part {
    pub fn test(&self) -> Option<&Test> {
        self.version.program.tests.get(self.number)
    }

    pub fn run(&self, native: bool) -> Option<play::Run<'_>> {
        let pair = &self.version.pair;
        Some(play::Run {
            program: &self.version.program,
            execution: if native {
                &pair.native
            } else {
                &pair.interpreted
            },
            test: self.test()?,
            number: self.number,
            part: self.part,
        })
    }
}

/// What has been linked and compiled, by the folders of the versions that ran one after the other; empty: this one.
#[derive(Debug)]
pub struct Versions<'p> {
    project: Option<&'p Project>,
    known: BTreeMap<Vec<String>, Rc<Version>>,
}

impl<'p> Versions<'p> {
    /// Of a program without other versions, or of a project that may have some.
    pub fn of(
        program: &Arc<Program>,
        sources: &Sources,
        project: Option<&'p Project>,
    ) -> Result<Self, String> {
        let workspace = project.map(|project| project.workspace);
        let version = compiled(Arc::clone(program), sources.clone(), workspace)?;
        let known = BTreeMap::from([(vec![String::new()], Rc::new(version))]);
        Ok(Self { project, known })
    }

    /// The parts of a test of the program, with the version of each.
    pub fn parts(&mut self, test: &Test) -> Result<Vec<Part>, String> {
        let mut folders: Vec<String> = Vec::new();
        let mut parts = Vec::new();
        for (number, folder, empty) in split(test) {
            if number == 0 && empty {
                continue; // another version is deployed first
            }
            folders.push(folder);
            let version = self.version(&folders)?;
            let tests = version.program.tests.iter();
            let place = tests.zip(0..).find(|(other, _)| other.title == test.title);
            let (_, place) = place.ok_or("the version has no such test")?;
            parts.push(Part {
                version,
                number: place,
                part: number,
            });
        }
        Ok(parts)
    }

    /// The last of these, linked over those before it.
    fn version(&mut self, folders: &[String]) -> Result<Rc<Version>, String> {
        if let Some(known) = self.known.get(folders) {
            return Ok(Rc::clone(known));
        }
        let project = self
            .project
            .ok_or("a version is deployed from a project's folder")?;
        let (own, before) = match folders {
            [] => return Err("no version runs".to_owned()),
            [before @ .., last] => {
                let others = project.workspace.versions(&project.db);
                let own = match last.as_str() {
                    "" => project.workspace,
                    folder => *others.get(folder).ok_or("there is no such version")?,
                };
                (own, before)
            }
        };
        let version = if before.is_empty() {
            let program = journey_compiler::checked(&project.db, own);
            let program = program.ok_or("the version has errors")?;
            compiled(program, sources(project, own), Some(own))?
        } else {
            let over = self.version(before)?.workspace.ok_or("it is no project")?;
            match versions::link(&project.db, over, own) {
                Ok((linked, program)) => compiled(program, sources(project, linked), Some(linked))?,
                Err(problems) => {
                    let all = sources_of(project, [over, own]);
                    let said = render::text(&problems, &all, false);
                    return Err(format!(
                        "instances of the older version can't go on\n{said}"
                    ));
                }
            }
        };
        let version = Rc::new(version);
        self.known.insert(folders.to_vec(), Rc::clone(&version));
        Ok(version)
    }
}

/// The parts of a test: number, folder of the version (empty: this one), whether no line is in it.
fn split(test: &Test) -> Vec<(usize, String, bool)> {
    let mut parts = vec![(0, String::new(), true)];
    for line in &test.lines {
        if let TestLineKind::Deploy { folder, .. } = &line.kind {
            parts.push((parts.len(), folder.clone().unwrap_or_default(), false));
        } else if let Some(last) = parts.last_mut() {
            last.2 = false;
        }
    }
    parts
}

fn compiled(
    program: Arc<Program>,
    sources: Sources,
    workspace: Option<Workspace>,
) -> Result<Version, String> {
    let pair = Pair::compile(&prepare::program(&program), &sources).map_err(|e| e.to_string())?;
    Ok(Version {
        program,
        sources,
        pair,
        workspace,
    })
}

fn sources(project: &Project, workspace: Workspace) -> Sources {
    sources_of(project, [workspace])
}

/// The texts of all files, also under the paths that they have as an older version's.
fn sources_of<const N: usize>(project: &Project, workspaces: [Workspace; N]) -> Sources {
    let mut all = Sources::new();
    for workspace in workspaces {
        let version = journey_compiler::project::project(&project.db, workspace);
        for file in workspace.files(&project.db) {
            let (path, text) = (file.path(&project.db), file.text(&project.db));
            if N > 1 {
                all.insert(format!("{path}@{}", version.version), text.to_owned());
            }
            all.insert(path.to_owned(), text.to_owned());
        }
    }
    all
}
