//! Any bytes as functions in the IR's text form: read, or refused with a line; what is read is printed and
//! read again; what verifies runs on the interpreter and as native code alike, and touches nothing else.

use crate::agreement;
use crate::irgen::{self, toy};
use journey_compiler::codegen::Options;
use journey_program::text::{parse_functions, print_function};
use journey_program::types::FunctionId;
use journey_program::verify::verify_function;

/// More functions of one input are not compiled.
const FUNCTIONS_MAX: usize = 4;

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let functions = match parse_functions(&text) {
        Ok(functions) => functions,
        Err(error) => {
            assert!(error.line <= text.lines().count().max(1), "{error}");
            return;
        }
    };
    let mut program = toy::world();
    for function in functions {
        let printed = print_function(&function, None);
        let again = parse_functions(&printed);
        assert_eq!(again.as_deref(), Ok(&[function.clone()][..]), "{printed}");
        let sound = verify_function(&program, &function, toy::context()).is_ok();
        if sound && program.functions.len() < FUNCTIONS_MAX {
            program.functions.push(function);
        }
    }
    if program.functions.is_empty() {
        return;
    }
    let native = agreement::compile(&program, Options::default())
        .unwrap_or_else(|error| panic!("it verifies and does not compile: {error}"));
    for (index, function) in program.functions.iter().enumerate() {
        for world in 0..2 {
            let id = FunctionId::new(index);
            if let Err(difference) = agreement::agree(function, id, &native, 1, world) {
                panic!("{difference}\n{}", print_function(function, None));
            }
        }
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let text = |seed| print_function(&irgen::function(seed), None).into_bytes();
    (0..60).map(text).collect()
}
