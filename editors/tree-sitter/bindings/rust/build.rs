//! The committed parser and its scanner, compiled: no tree-sitter command, no Node.

use std::path::Path;

fn main() {
    let source = Path::new("src");
    let mut build = cc::Build::new();
    build
        .std("c11")
        .include(source)
        .warnings(false)
        .opt_level(1);
    for file in ["parser.c", "scanner.c"] {
        let path = source.join(file);
        println!("cargo:rerun-if-changed={}", path.display());
        build.file(path);
    }
    build.compile("tree-sitter-journey");
}
