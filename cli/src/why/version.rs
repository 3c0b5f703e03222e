//! The programs of a folder once more, such that they note why: compiled from the sources that the folder keeps, and
//! taken only where they are the very programs that decided.

use crate::disk::Seeing;
use crate::failure::Failure;
use crate::graph::Sources;
use crate::kept;
use crate::project::Project;
use journey_compiler::hir;
use journey_compiler::lines::Lines;
use journey_compiler::lower;
use journey_program::artifact;
use journey_program::notes::NotePlan;
use journey_program::plan::{Program, Site};
use journey_program::types::SiteId;
use journey_program::verify::verify;
use journey_runtime::store::looking::Look;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A program that explains itself.
#[derive(Debug)]
pub struct Version {
    pub program: Arc<Program>,
    pub notes: Vec<NotePlan>,
    pub sources: Sources,
}

/// Those of a folder, by the hash of the program that each explains.
#[derive(Debug, Default)]
pub struct Versions(pub BTreeMap<[u8; 32], Version>);

impl Versions {
    /// `path`: the project, where the folder does not know its sources.
    pub fn of(folder: &Path, look: &Look, path: Option<&Path>) -> Result<Self, Failure> {
        let mut versions = Self::default();
        let mut disk = Seeing::of(folder)?;
        for hash in look.programs() {
            let meant = match kept::meant(&mut disk, hash)? {
                Some(meant) => Some(meant),
                None => path.map(given).transpose()?,
            };
            if let Some((program, sources)) = meant
                && let Some(version) = Version::of(&program, sources, hash)
            {
                versions.0.insert(*hash, version);
            }
        }
        Ok(versions)
    }

    /// The program that explains the one with this hash.
    pub fn swap(&self, hash: &[u8; 32]) -> Option<Arc<Program>> {
        self.0.get(hash).map(|version| Arc::clone(&version.program))
    }

    /// The version that runs.
    pub fn running(&self, program: &Arc<Program>) -> Option<&Version> {
        let mut all = self.0.values();
        all.find(|version| Arc::ptr_eq(&version.program, program))
    }
}

fn given(path: &Path) -> Result<(Arc<hir::Program>, Sources), Failure> {
    let project = Project::open(Some(path))?;
    let program = project.checked(false)?;
    Ok((program, project.sources))
}

impl Version {
    /// None: it is another program than the one with this hash.
    fn of(program: &hir::Program, sources: Sources, hash: &[u8; 32]) -> Option<Self> {
        let lines = Lines::of(&sources);
        let (own, explained) = lower::explained(program, &|file, byte| lines.place(file, byte));
        let bytes = artifact::write(&own, &[]).ok()?;
        if artifact::hash(&bytes).ok()? != *hash || verify(&explained.program).is_err() {
            return None;
        }
        Some(Self {
            program: Arc::new(explained.program),
            notes: explained.notes,
            sources,
        })
    }

    pub fn site(&self, site: SiteId) -> Option<&Site> {
        self.program.sites.get(site.index())
    }

    /// What stands there, on one line.
    pub fn excerpt(&self, site: &Site) -> String {
        let text = self.sources.get(&site.file).map_or("", String::as_str);
        let range = usize::try_from(site.start)
            .ok()
            .zip(usize::try_from(site.end).ok());
        let piece = range
            .and_then(|(start, end)| text.get(start..end))
            .unwrap_or("");
        piece.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
