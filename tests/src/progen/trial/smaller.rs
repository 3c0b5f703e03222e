//! Failures made small: inputs, declarations and lines left out as long as the same kind of failure stays.

use super::{Beside, compare, ready};
use crate::progen::{Decl, Source};
use journey_cli::compile::Execution;
use journey_runtime::input::Input;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many failures are made small; it takes seconds each.
const SMALLER_MAX: usize = 6;
/// So often a failure is tried again while it is made small.
const TRIES_MAX: usize = 600;
static SMALLER: AtomicUsize = AtomicUsize::new(0);

/// Leaves out inputs, then journeys, then lines of journeys, as long as the same kind of failure stays.
pub(super) fn smaller(
    source: &Source,
    beside: &Beside,
    mut inputs: Vec<Input>,
    model: bool,
    failure: &str,
) -> String {
    let kind = failure.lines().next().unwrap_or_default().to_owned();
    if SMALLER.fetch_add(1, Ordering::Relaxed) >= SMALLER_MAX {
        return failure.to_owned();
    }
    let tries = std::cell::Cell::new(0);
    let fails = |decls: &[Decl], inputs: &[Input]| -> Option<String> {
        tries.set(tries.get() + 1);
        if tries.get() > TRIES_MAX {
            return None;
        }
        let ready = catch_unwind(|| ready(decls, beside)).ok()?.ok()?;
        let native = Execution::native(&ready.plan).ok()?;
        compare(&ready, &native, inputs, model).filter(|f| f.starts_with(&kind))
    };
    let mut decls = source.decls.clone();
    let mut last = failure.to_owned();
    for _ in 0..3 {
        let before = size(&decls, &inputs);
        for at in (0..inputs.len()).rev() {
            let mut fewer = inputs.clone();
            fewer.remove(at);
            if let Some(f) = fails(&decls, &fewer) {
                (inputs, last) = (fewer, f);
            }
        }
        for at in (0..decls.len()).rev() {
            let mut fewer = decls.clone();
            fewer.remove(at);
            if decls[at].spare
                && let Some(f) = fails(&fewer, &inputs)
            {
                (decls, last) = (fewer, f);
            }
        }
        for at in (0..decls.len()).rev() {
            for text in shorter(&decls[at].text) {
                let mut fewer = decls.clone();
                fewer[at].text = text;
                if let Some(f) = fails(&fewer, &inputs) {
                    (decls, last) = (fewer, f);
                    break;
                }
            }
        }
        if before == size(&decls, &inputs) {
            break;
        }
    }
    format!("{last}\n{}", told(&decls, beside, &inputs))
}

/// What is left: the files beside the program, its text, its inputs.
fn told(decls: &[Decl], beside: &Beside, inputs: &[Input]) -> String {
    let text: String = decls.iter().map(|d| format!("{}\n", d.text)).collect();
    let listed: Vec<String> = inputs.iter().map(|i| format!("  {i:?}")).collect();
    let files: String = beside
        .iter()
        .map(|f| format!("-- {}\n{}\n", f.path, String::from_utf8_lossy(&f.bytes)))
        .collect();
    format!("{files}\n{text}\n{}", listed.join("\n"))
}

fn size(decls: &[Decl], inputs: &[Input]) -> (usize, usize) {
    let text = decls.iter().map(|d| d.text.len()).sum();
    (inputs.len(), text)
}

/// A declaration without one of its lines or blocks, the last first. What declares events stays: inputs name
/// events by their numbers.
fn shorter(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let words = ["journey", "channel", "purpose"];
    let head = lines.first().copied().unwrap_or_default();
    if !words.iter().any(|w| head.starts_with(w)) {
        return Vec::new();
    }
    let without = |(from, to): (usize, usize)| {
        let kept = lines[..from].iter().chain(&lines[to..]).copied();
        kept.collect::<Vec<_>>().join("\n")
    };
    let declares = |at: usize| {
        let line = lines[at].trim_start();
        line.starts_with("outcome") || line.starts_with("answer")
    };
    let spare = parts(text).into_iter().rev();
    spare
        .filter(|(from, _)| !declares(*from))
        .map(without)
        .collect()
}

/// Lines, and blocks from their head to their end: (first, behind the last).
fn parts(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate().skip(1) {
        if line.ends_with('{') {
            let pad = line.len() - line.trim_start().len();
            let end = (at + 1..lines.len())
                .find(|i| lines[*i].len() - lines[*i].trim_start().len() <= pad);
            found.push((at, end.unwrap_or(at) + 1));
        } else {
            found.push((at, at + 1));
        }
    }
    found
}
