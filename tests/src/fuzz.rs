//! Fuzz targets: bytes in, nothing out, or a panic that says which promise was broken. One file each; the
//! ordinary test `fuzz` runs them on the committed corpus and on random inputs, `fuzz/` runs them under
//! libFuzzer. A target makes what it needs of its bytes, so any bytes are an input.

pub mod artifact;
pub mod check;
pub mod csv;
pub mod edits;
pub mod envelope;
pub mod folder;
pub mod format;
pub mod ir;
pub mod json;
pub mod lsp;
pub mod manifest;
pub mod mutate;
pub mod packed;
pub mod request;
pub mod seeds;
pub mod soup;
pub mod syntax;
pub mod values;

use std::path::PathBuf;

/// One target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
    /// inputs to begin from
    pub seeds: fn() -> Vec<Vec<u8>>,
}

const fn target(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>) -> Target {
    Target { name, run, seeds }
}

/// All of them, by name.
pub const TARGETS: [Target; 16] = [
    target("artifact", artifact::run, artifact::seeds),
    target("check", check::run, seeds::programs),
    target("csv", csv::run, csv::seeds),
    target("edits", edits::run, seeds::noise),
    target("envelope", envelope::run, envelope::seeds),
    target("folder", folder::run, folder::seeds),
    target("format", format::run, seeds::programs),
    target("ir", ir::run, ir::seeds),
    target("json", json::run, json::seeds),
    target("lsp", lsp::run, seeds::noise),
    target("manifest", manifest::run, manifest::seeds),
    target("packed", packed::run, seeds::noise),
    target("request", request::run, request::seeds),
    target("soup", soup::run, seeds::noise),
    target("syntax", syntax::run, seeds::programs),
    target("values", values::run, values::seeds),
];

/// The target of that name.
pub fn named(name: &str) -> Option<Target> {
    TARGETS.iter().find(|target| target.name == name).copied()
}

/// Where the committed inputs of a target lie.
pub fn corpus(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz-corpus")
        .join(name)
}
