//! The `journey` command.
fn main() {}
