//! What a check said, by what it looked at: the hash of every file it reads, of the command itself and of how it was
//! asked. A whole project is one entry: its check takes about as long as reading a verdict for each declaration would.
//! A cache only saves time, so nothing that goes wrong with one is an error: what can't be read is checked again.

use super::Verdict;
use crate::project::Project;
use crate::terminal;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// So many verdicts are kept, the newest.
const ENTRIES_MAX: usize = 256;
const ENDING: &str = "verdict";

#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    entry: PathBuf,
}

impl Cache {
    pub(super) fn at(folder: &Path, project: &Project, how: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&project.content);
        // diagnostics name the files' paths as they were given
        let root = project.root.as_os_str().as_encoded_bytes();
        for part in [root, how.as_bytes(), this_command().as_bytes()] {
            hasher.update(&part.len().to_le_bytes());
            hasher.update(part);
        }
        let name = format!("{}.{ENDING}", hasher.finalize().to_hex());
        Self {
            folder: folder.to_owned(),
            entry: folder.join(name),
        }
    }

    pub(super) fn read(&self) -> Option<Verdict> {
        let bytes = std::fs::read(&self.entry).ok()?;
        let (sum, verdict) = bytes.split_first_chunk::<32>()?;
        let whole = blake3::hash(verdict).as_bytes() == sum;
        whole.then(|| postcard::from_bytes(verdict).ok())?
    }

    pub(super) fn write(&self, verdict: &Verdict) {
        if let Err(error) = self.try_write(verdict) {
            let folder = self.folder.display();
            terminal::complain(&format!("note: `{folder}` keeps nothing: {error}\n"));
        }
    }

    fn try_write(&self, verdict: &Verdict) -> std::io::Result<()> {
        let verdict = postcard::to_stdvec(verdict).map_err(std::io::Error::other)?;
        let mut bytes = blake3::hash(&verdict).as_bytes().to_vec();
        bytes.extend_from_slice(&verdict);
        std::fs::create_dir_all(&self.folder)?;
        // beside it first, so that nobody reads half of it
        let beside = self
            .entry
            .with_extension(format!("{}~", std::process::id()));
        std::fs::write(&beside, &bytes)?;
        std::fs::rename(&beside, &self.entry)?;
        self.prune()
    }

    fn prune(&self) -> std::io::Result<()> {
        let mut entries: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let path = entry.path();
            if path.extension().is_some_and(|ending| ending == ENDING) {
                entries.push((entry.metadata()?.modified()?, path));
            }
        }
        entries.sort();
        let old = entries.len().saturating_sub(ENTRIES_MAX);
        for (_, path) in entries.iter().take(old) {
            std::fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// Another build of this command is another command.
fn this_command() -> String {
    let file = std::env::current_exe().and_then(std::fs::metadata);
    let file = file.and_then(|about| Ok((about.len(), about.modified()?)));
    let when = file.map(|(size, at)| {
        let at = at.duration_since(SystemTime::UNIX_EPOCH);
        (size, at.map_or(0, |at| at.as_nanos()))
    });
    format!("{} {when:?}", env!("CARGO_PKG_VERSION"))
}
