//! A file that gets one JSON line for each send, synced. Each key is in it once, also after a crash: what its
//! end has is read at the start, and a line that was torn is cut off.

use super::doubtful;
use journey_runtime::outbox::{Job, Outcome};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// How much of the end is read: more than can have been under way.
const TAIL_BYTES: u64 = 64 << 20;

#[derive(Debug)]
pub(super) struct Lines {
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    file: File,
    keys: BTreeSet<String>,
    /// something went wrong: nobody knows how the file ends
    broken: bool,
}

#[derive(Deserialize)]
struct Keyed {
    id: String,
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let failed = |e: io::Error| format!("can't open `{}`: {e}", path.display());
        let mut options = OpenOptions::new();
        let mut file = options
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .map_err(failed)?;
        let keys = tail(&mut file).map_err(failed)?;
        if let Ok(whole) = std::path::absolute(path)
            && let Some(above) = whole.parent()
        {
            let folder = OpenOptions::new().read(true).open(above);
            folder
                .and_then(|folder| folder.sync_all())
                .map_err(failed)?;
        }
        let held = Held {
            file,
            keys,
            broken: false,
        };
        Ok(Self {
            held: Mutex::new(held),
        })
    }

    pub(super) async fn carry(lines: &Arc<Self>, job: &Job) -> Outcome {
        let (lines, job) = (Arc::clone(lines), job.clone());
        let done = tokio::task::spawn_blocking(move || lines.put(&job)).await;
        done.unwrap_or_else(|_| doubtful("the file was not written"))
    }

    fn put(&self, job: &Job) -> Outcome {
        let Ok(mut held) = self.held.lock() else {
            return doubtful("the file was not written");
        };
        if held.keys.contains(&*job.key) {
            return Outcome::Accepted;
        }
        if job.ask {
            return Outcome::Absent;
        }
        if held.broken {
            return doubtful("an earlier write has failed: start anew");
        }
        let line = format!("{}\n", job.line);
        let done = held.file.write_all(line.as_bytes());
        match done.and_then(|()| held.file.sync_data()) {
            Ok(()) => {
                held.keys.insert(job.key.to_string());
                Outcome::Accepted
            }
            Err(error) => {
                held.broken = true;
                doubtful(format!("the file can't be written: {error}"))
            }
        }
    }
}

/// The keys at the end of a file, which then ends with a whole line.
fn tail(file: &mut File) -> io::Result<BTreeSet<String>> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(TAIL_BYTES);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    let whole = whole.map_or(0, |at| at + 1);
    if whole < bytes.len() {
        let torn = u64::try_from(bytes.len() - whole).unwrap_or(0);
        file.set_len(length.saturating_sub(torn))?;
    }
    // what was read may be in the page cache alone
    file.sync_all()?;
    let lines = bytes
        .get(..whole)
        .unwrap_or_default()
        .split(|b| *b == b'\n');
    let keys = lines.filter_map(|line| serde_json::from_slice::<Keyed>(line).ok());
    Ok(keys.map(|keyed| keyed.id).collect())
}
