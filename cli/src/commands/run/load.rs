//! What `run` runs: a project compiled now, or an artifact that was built before.

use crate::compile::{self, Execution};
use crate::failure::Failure;
use crate::kept::Given;
use crate::project::{Project, read};
use crate::signing::Trust;
use crate::terminal;
use journey_program::abi::Target;
use journey_program::artifact;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How an artifact begins.
const MAGIC: &[u8] = b"JRNY";

/// With what it was compiled from.
pub(in crate::commands) fn given(
    path: &Path,
    trust: &[PathBuf],
    interpret: bool,
    coloured: bool,
) -> Result<Given, Failure> {
    let trust = Trust::of(trust)?;
    if path.is_file() {
        let bytes = read(path)?;
        if bytes.starts_with(MAGIC) {
            trust.check(path, &bytes)?;
            let execution = built(path, &bytes, interpret)?;
            return Ok(Given {
                execution,
                sources: None,
            });
        }
    }
    trust.of_source(path)?;
    let project = Project::open(Some(path))?;
    let program = project.checked(coloured)?;
    let plan = Arc::new(compile::plan(&program, &project.sources)?);
    let execution = if interpret {
        Execution::interpreter(&plan)
    } else {
        Execution::native(&plan)?
    };
    Ok(Given {
        execution,
        sources: Some(project.sources),
    })
}

pub(in crate::commands) fn execution(
    path: &Path,
    interpret: bool,
    coloured: bool,
) -> Result<Execution, Failure> {
    Ok(given(path, &[], interpret, coloured)?.execution)
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
