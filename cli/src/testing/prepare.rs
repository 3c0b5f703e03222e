//! Before tests run: what they ask of a person becomes an audience, so that both executions answer it.

use journey_compiler::hir::{Audience, ExpectKind, Program, TestLineKind};

/// The name of the audience that answers `expect CONDITION`: no author can write it.
pub fn question(test: usize, line: usize) -> String {
    format!("test {test} line {line}")
}

/// The program with every test's questions.
pub fn program(program: &Program) -> Program {
    let mut prepared = program.clone();
    for (number, test) in program.tests.iter().enumerate() {
        for (place, line) in test.lines.iter().enumerate() {
            if let TestLineKind::Expect(expectation) = &line.kind
                && let ExpectKind::Holds(condition) = &expectation.kind
            {
                prepared.audiences.push(Audience {
                    name: question(number, place),
                    decl: test.decl,
                    predicate: condition.clone(),
                });
            }
        }
    }
    prepared
}
