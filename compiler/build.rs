//! Collects the pages of the diagnostics, `explain/<code>.md`, into one table: a new page is one new file.

use std::fmt::Write;
use std::path::Path;

fn main() -> std::io::Result<()> {
    std::println!("cargo::rerun-if-changed=explain");
    let mut names = Vec::new();
    for entry in std::fs::read_dir("explain")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(code) = name.strip_suffix(".md") {
            names.push(code.to_owned());
        }
    }
    names.sort();
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let mut table = "&[\n".to_owned();
    for name in names {
        let path = Path::new(&here).join("explain").join(format!("{name}.md"));
        let _ = writeln!(table, "    ({name:?}, include_str!({path:?})),");
    }
    table.push_str("]\n");
    let out = std::env::var("OUT_DIR").unwrap_or_default();
    std::fs::write(Path::new(&out).join("pages.rs"), table)
}
