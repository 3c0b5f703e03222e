//! The decide workload: the program's answers are those of the data's author, line for line, on both executions.

#[path = "decide/program.rs"]
mod program;

use journey_compiler::codegen::{self, Options};
use journey_program::abi::Target;
use journey_program::host::{Executor, HostOp};
use journey_program::interp::Interpreter;
use journey_program::ir::Inst;
use journey_runtime::native::NativeCode;
use program::Decisions;
use std::path::Path;
use std::sync::Arc;

fn unpacked(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/decide");
    let bytes = std::fs::read(folder.join(name)).unwrap();
    zstd::decode_all(bytes.as_slice()).unwrap()
}

fn agrees(decisions: &Decisions, executor: &dyn Executor, lines: usize) {
    let inputs = String::from_utf8(unpacked("pairs.jsonl.zst")).unwrap();
    let answers = unpacked("expected.u64le.zst");
    let answers = answers.as_chunks::<8>().0.iter();
    for (number, (line, answer)) in inputs.lines().zip(answers).enumerate().take(lines) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let answer = u64::from_le_bytes(*answer);
        let decided = decisions.decide(executor, &decisions.block(&line));
        assert_eq!(
            u64::from(decided.audiences),
            answer & 0xf_ffff,
            "line {number}"
        );
        assert_eq!(u64::from(decided.branch), answer >> 40, "line {number}");
        let offer = answer >> 32 & 0xff;
        assert!(
            offer == 255 || decided.eligible >> offer & 1 == 1,
            "line {number}: the best offer is not eligible"
        );
    }
}

#[test]
fn native_decides_as_expected() {
    let decisions = Decisions::compile();
    let target = Target::current().unwrap();
    let section = codegen::compile_with(&decisions.plan, target, Options::default()).unwrap();
    let code = NativeCode::load(&section).unwrap();
    agrees(&decisions, &code, usize::MAX);
}

#[test]
fn interpreted_decides_as_expected() {
    let decisions = Decisions::compile();
    let interpreter = Interpreter::new(Arc::new(decisions.plan.clone()));
    agrees(&decisions, &interpreter, usize::MAX);
}

/// Texts against constants, sets and tags are loads and masks; the one text compared with another asks the host
/// only where no constant has its content.
#[test]
fn constants_and_sets_ask_no_host() {
    let decisions = Decisions::compile();
    let function = &decisions.plan.functions[decisions.audiences_fn().index()];
    let insts = function.blocks.iter().flat_map(|block| &block.insts);
    let calls: Vec<HostOp> = insts
        .filter_map(|inst| match inst {
            Inst::Call { op, .. } => Some(*op),
            _ => None,
        })
        .collect();
    assert_eq!(calls, [HostOp::TextEq]);
}
