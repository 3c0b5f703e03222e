//! What `run` runs: a project compiled now, or an artifact that was built before.

use crate::compile::{self, Execution};
use crate::failure::Failure;
use crate::project::{Project, read};
use crate::terminal;
use journey_program::abi::Target;
use journey_program::artifact;
use std::path::Path;
use std::sync::Arc;

/// How an artifact begins.
const MAGIC: &[u8] = b"JRNY";

pub(in crate::commands) fn execution(
    path: &Path,
    interpret: bool,
    coloured: bool,
) -> Result<Execution, Failure> {
    if path.is_file() {
        let bytes = read(path)?;
        if bytes.starts_with(MAGIC) {
            return built(path, &bytes, interpret);
        }
    }
    let project = Project::open(Some(path))?;
    let program = project.checked(coloured)?;
    let plan = Arc::new(compile::plan(&program, &project.sources)?);
    if interpret {
        Ok(Execution::interpreter(&plan))
    } else {
        Execution::native(&plan)
    }
}

fn built(path: &Path, bytes: &[u8], interpret: bool) -> Result<Execution, Failure> {
    let artifact =
        artifact::read(bytes).map_err(|e| Failure::failed(format!("{}: {e}", path.display())))?;
    let plan = Arc::new(artifact.program);
    if interpret {
        return Ok(Execution::interpreter(&plan));
    }
    let mine = artifact
        .sections
        .iter()
        .find(|s| Some(s.target) == Target::current());
    match mine {
        Some(section) => Execution::loaded(&plan, section),
        None => {
            terminal::complain(
                "note: the artifact has no code for this machine, the interpreter runs it\n",
            );
            Ok(Execution::interpreter(&plan))
        }
    }
}
