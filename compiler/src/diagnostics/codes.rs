//! The one table of all codes: what each is by default, and whether `[lints]` may change it.
//! Each code has a page, `compiler/explain/CODE.md`, whose example a test runs.

use super::Severity;
use super::Severity::{Error, Note, Warning};

/// What the table says of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    pub name: &'static str,
    pub severity: Severity,
    /// a lint's severity may be set in `journey.toml`
    pub lint: bool,
}

const fn error(name: &'static str) -> Code {
    Code {
        name,
        severity: Error,
        lint: false,
    }
}

const fn lint(name: &'static str, severity: Severity) -> Code {
    Code {
        name,
        severity,
        lint: true,
    }
}

/// In alphabetical order.
pub const CODES: &[Code] = &[
    lint("always-eligible", Warning),
    lint("always-holds", Warning),
    lint("always-known", Warning),
    error("answer-not-handled"),
    error("bad-duration"),
    error("bad-escape"),
    error("bad-query"),
    error("bad-regex"),
    error("bad-table"),
    error("bad-template"),
    error("bad-time"),
    error("bad-token"),
    error("bad-value"),
    error("belongs-to-nobody"),
    error("cannot-convert"),
    error("cannot-set"),
    lint("channel-limit-only", Warning),
    error("comma-missing"),
    error("compare-mismatch"),
    error("comparison-chain"),
    error("constant-overflow"),
    lint("contended-field", Note),
    error("currency-mismatch"),
    error("date-needs-span"),
    error("declared-twice"),
    error("division-by-zero"),
    error("duplicate-arm"),
    lint("empty-audience", Warning),
    error("empty-enum"),
    error("empty-list"),
    error("empty-project"),
    error("empty-range"),
    error("expected-token"),
    error("file-too-large"),
    lint("goal-out-of-reach", Warning),
    lint("goal-without-send", Note),
    error("history-in-where"),
    error("history-reads-outer"),
    lint("implied-eligibility", Note),
    lint("instant-recursion", Error),
    error("key-not-carried"),
    error("keyword-as-name"),
    lint("lapsed-includes-never", Warning),
    error("lateness-beyond-dedupe"),
    error("lone-brace"),
    error("loop-without-bound"),
    error("loop-without-wait"),
    error("manifest-syntax"),
    error("manifest-value"),
    error("match-not-exhaustive"),
    error("maybe-unknown"),
    error("member-after-step"),
    error("migration-incomplete"),
    error("migration-mismatch"),
    error("misplaced"),
    error("missing-argument"),
    error("missing-field"),
    error("missing-file"),
    error("missing-manifest-key"),
    error("missing-part"),
    error("mixed-and-or"),
    error("name-not-set"),
    lint("never-eligible", Warning),
    lint("never-granted", Note),
    lint("never-holds", Warning),
    error("never-open"),
    lint("never-sent", Warning),
    error("no-body-for-channel"),
    error("no-entry"),
    error("no-manifest"),
    lint("no-timezone", Warning),
    error("not-a-constant"),
    error("not-a-duration"),
    error("not-a-value"),
    error("not-an-audience"),
    error("not-answerable"),
    lint("not-decided", Note),
    error("not-in-source"),
    error("not-readable-here"),
    error("not-startable"),
    error("not-utf8"),
    error("nothing-to-credit"),
    error("number-too-large"),
    error("optional-element"),
    error("out-of-range"),
    lint("outside-trained-range", Warning),
    error("pii-flows-out"),
    error("recursive-declaration"),
    lint("same-audience", Note),
    lint("same-eligibility", Note),
    lint("send-past-deadline", Warning),
    error("shares-not-100"),
    error("source-misses-field"),
    error("span-not-duration"),
    lint("stale-entry", Warning),
    lint("swallowed-branch", Warning),
    error("time-not-solvable"),
    error("timeout-without-limit"),
    error("too-deep"),
    error("type-mismatch"),
    error("unclosed-brace"),
    error("unclosed-regex"),
    error("unclosed-text"),
    error("unexpected-token"),
    lint("universal-audience", Warning),
    error("unknown-currency"),
    error("unknown-field"),
    error("unknown-manifest-key"),
    error("unknown-name"),
    lint("unknown-of-bool", Note),
    error("unknown-timezone"),
    error("unknown-type"),
    error("unknown-value"),
    lint("unreachable-arm", Warning),
    lint("unreachable-step", Error),
    lint("unused-declaration", Warning),
    lint("unverified-opens", Warning),
    error("version-mismatch"),
    error("wait-in-exit"),
    error("wait-without-timeout"),
    error("where-runs-on"),
    error("wrong-arguments"),
    error("wrong-kind"),
];

/// The table's line for a code.
pub fn find(name: &str) -> Option<&'static Code> {
    CODES.iter().find(|code| code.name == name)
}

/// A code's severity before `[lints]` has its say. A code that the table doesn't know is an error.
pub fn severity(name: &str) -> Severity {
    find(name).map_or(Error, |code| code.severity)
}
