//! `journey build`: the artifact, or one of the stages on the way to it.

use crate::args::{BuildArgs, Emit};
use crate::compile;
use crate::failure::Failure;
use crate::graph::{links::Links, picture};
use crate::project::Project;
use crate::signing::Signer;
use crate::terminal;
use journey_compiler::codegen;
use journey_program::abi::{NativeSection, Target};
use journey_program::plan::Program;
use journey_program::{artifact, text};
use std::fmt::Write as _;
use std::path::Path;

pub fn run(args: &BuildArgs, coloured: bool) -> Result<(), Failure> {
    let project = Project::open(args.path.as_deref())?;
    if args.emit == Some(Emit::Ast) {
        return terminal::print(&trees(&project));
    }
    let program = project.checked(coloured)?;
    if args.emit == Some(Emit::Hir) {
        return terminal::print(&format!("{program:#?}\n"));
    }
    if args.emit == Some(Emit::Graph) {
        let mut out = String::new();
        for journey in &program.journeys {
            let shape = picture(&program, journey, &project.sources);
            let _ = write!(out, "{}", Links::of(&shape).dot(&journey.name));
        }
        return terminal::print(&out);
    }
    let plan = compile::plan(&program, &project.sources)?;
    let targets = targets(args, &project)?;
    match (args.emit, &args.output) {
        (Some(Emit::Ir), _) => terminal::print(&text::print_program(&plan)),
        (Some(stage @ (Emit::Clif | Emit::Asm)), _) => {
            let target = targets.first().copied().or_else(Target::current);
            let target = target.ok_or_else(|| Failure::usage("name a `--target`"))?;
            let code = if stage == Emit::Clif {
                codegen::clif(&plan, target)
            } else {
                codegen::asm(&plan, target)
            };
            terminal::print(&code.map_err(|e| no_code(&e))?)
        }
        (_, Some(output)) => {
            let signer = args.sign.as_deref().map(Signer::read).transpose()?;
            write_artifact(&plan, &targets, signer.as_ref(), output)
        }
        (_, None) => Err(Failure::usage("say where the artifact goes: `-o FILE`")),
    }
}

fn no_code(error: &codegen::CodegenError) -> Failure {
    Failure::failed(format!("internal error: no native code: {error}"))
}

/// The targets that were asked for, else the manifest's, else this machine's.
fn targets(args: &BuildArgs, project: &Project) -> Result<Vec<Target>, Failure> {
    let manifest = &journey_compiler::project::project(&project.db, project.workspace).targets;
    let names = if args.targets.is_empty() {
        manifest
    } else {
        &args.targets
    };
    if names.is_empty() {
        return Ok(Target::current().into_iter().collect());
    }
    let known = |name: &String| {
        Target::ALL
            .iter()
            .copied()
            .find(|t| t.name() == name)
            .ok_or_else(|| {
                let all: Vec<&str> = Target::ALL.iter().map(|t| t.name()).collect();
                Failure::usage(format!(
                    "there is no target `{name}`; there are {}",
                    all.join(", ")
                ))
            })
    };
    names.iter().map(known).collect()
}

fn write_artifact(
    plan: &Program,
    targets: &[Target],
    signer: Option<&Signer>,
    output: &Path,
) -> Result<(), Failure> {
    let sections: Result<Vec<NativeSection>, Failure> = targets
        .iter()
        .map(|t| codegen::compile(plan, *t).map_err(|e| no_code(&e)))
        .collect();
    let mut bytes = artifact::write(plan, &sections?)
        .map_err(|e| Failure::failed(format!("internal error: no artifact: {e}")))?;
    if let Some(signer) = signer {
        signer.sign(&bytes).append_to(&mut bytes);
    }
    let mut beside = output.as_os_str().to_owned();
    beside.push(".part~");
    let beside = std::path::PathBuf::from(beside);
    let done = std::fs::write(&beside, &bytes).and_then(|()| std::fs::rename(&beside, output));
    done.map_err(|e| {
        let _ = std::fs::remove_file(&beside);
        Failure::file("write", output, &e)
    })
}

/// The trees of all declarations, as they were parsed.
fn trees(project: &Project) -> String {
    let mut out = String::new();
    for (file, source) in project
        .sources
        .iter()
        .filter(|(f, _)| f.ends_with(".journey"))
    {
        let _ = writeln!(out, "// {file}");
        for chunk in journey_grammar::split(source) {
            let range = chunk.start as usize..chunk.end as usize;
            let parsed = journey_grammar::parse_chunk(source.get(range).unwrap_or(""));
            if let Some(decl) = parsed.decl {
                let _ = writeln!(out, "{decl:#?}");
            }
        }
    }
    out
}
