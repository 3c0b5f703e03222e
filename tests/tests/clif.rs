//! What native code does not ask of the host: a text compared with a constant, an enum's test, a list's tag, the
//! answer of a window. The example's audiences, and one predicate of each kind, make no call at all.

use journey_cli::project::Project;
use journey_compiler::codegen;
use journey_compiler::load::{File, lone_file};
use journey_compiler::lower::lower;
use journey_compiler::{Database, check, checked};
use journey_program::abi::Target;
use journey_program::plan::Program;
use std::path::Path;

/// The Cranelift text of one function: its block in the listing of all.
fn of(plan: &Program, name: &str) -> String {
    let single = Program {
        functions: plan
            .functions
            .iter()
            .filter(|function| function.name == name)
            .cloned()
            .collect(),
        ..plan.clone()
    };
    assert_eq!(single.functions.len(), 1, "there is one `{name}`");
    codegen::clif(&single, Target::X86_64Linux).unwrap()
}

#[test]
fn the_examples_audiences_call_nobody() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/online_retail");
    let project = Project::open(Some(&root)).unwrap();
    let program = checked(&project.db, project.workspace).unwrap();
    let plan = lower(&program, &|_, byte| (1, byte + 1));
    for name in ["new", "loyal", "lapsed"] {
        let place = plan.audiences.iter().position(|a| a.name == name);
        assert!(place.is_some(), "the example has an audience `{name}`");
    }
    let text = of(&plan, "audiences");
    assert!(!text.contains("call_indirect"), "{text}");
}

const KINDS: &str = r#"
enum tier { none, silver, gold }
event order_placed { total: money<EUR> }
profile { country: text  tier: tier = none  tags: list<text>  points: int }
identity { user_id unique }
audience texts = country == "DE" or country in ["FR", "IT"]
audience enums = tier == gold or tier in [none, silver] or tier >= silver
audience known_tag = tags contains "vip"
audience windows = (count order_placed in last 30 days) >= 3 and any order_placed in last 7 days
"#;

#[test]
fn constants_enums_tags_and_windows_call_nobody() {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("kinds.journey", KINDS));
    let program = checked(&db, workspace).unwrap_or_else(|| panic!("{:#?}", check(&db, workspace)));
    let plan = lower(&program, &|_, byte| (1, byte + 1));
    let text = of(&plan, "audiences");
    assert!(!text.contains("call_indirect"), "{text}");
}
