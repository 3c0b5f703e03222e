//! `journey fmt`: every file in its one canonical form. A file that does not parse is left as it is.

use crate::args::FmtArgs;
use crate::failure::Failure;
use crate::project::{Project, folder, read};
use crate::terminal;
use journey_grammar::format;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

pub fn run(args: &FmtArgs) -> Result<(), Failure> {
    if args.stdin {
        return from_standard_input();
    }
    let mut different = 0;
    let mut broken = 0;
    for path in paths(args)? {
        let text = String::from_utf8(read(&path)?)
            .map_err(|_| Failure::failed(format!("`{}` is not UTF-8", path.display())))?;
        match format(&text) {
            Err(problem) => {
                broken += 1;
                let what = &problem.message;
                terminal::complain(&format!("{}: left as it is: {what}\n", path.display()));
            }
            Ok(formatted) if formatted == text => {}
            Ok(_) if args.check => {
                different += 1;
                terminal::print(&format!("{}\n", path.display()))?;
            }
            Ok(formatted) => replace(&path, &formatted)?,
        }
    }
    match (broken, different) {
        (0, 0) => Ok(()),
        (0, _) => Err(Failure::failed(
            "these files are not in canonical form: run `journey fmt`",
        )),
        _ => Err(Failure::said()),
    }
}

fn from_standard_input() -> Result<(), Failure> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|e| Failure::outside(format!("can't read standard input: {e}")))?;
    let formatted = format(&text).map_err(|p| Failure::failed(p.message))?;
    terminal::print(&formatted)
}

fn paths(args: &FmtArgs) -> Result<Vec<PathBuf>, Failure> {
    let mut roots = args.paths.clone();
    if roots.is_empty() {
        roots.push(Project::open(None)?.root);
    }
    let mut paths = Vec::new();
    for root in roots {
        if root.is_dir() {
            let files = folder(&root)?
                .into_iter()
                .filter(|f| f.path.ends_with(".journey"));
            paths.extend(files.map(|f| root.join(f.path)));
        } else {
            paths.push(root);
        }
    }
    Ok(paths)
}

/// Writes beside the file and renames, so that a full disk leaves the old text whole.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".fmt~");
    let beside = PathBuf::from(beside);
    let written = std::fs::File::create(&beside)
        .and_then(|mut f| f.write_all(text.as_bytes()).and_then(|()| f.sync_all()))
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|e| {
        let _ = std::fs::remove_file(&beside);
        Failure::file("write", path, &e)
    })
}
