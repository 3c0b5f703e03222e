#!/usr/bin/env bash
# Passes all tests: builds, tests, campaigns, and the README's own commands.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never INSTA_UPDATE=no

stage() {
    local name=$1 at=$SECONDS
    shift
    echo "== $name"
    "$@"
    echo "== $name took $((SECONDS - at)) s"
}

campaign() {
    cargo test --profile campaign -p journey-tests --locked "$@"
}

stage "build tests" cargo test --workspace --locked --no-run
stage "build campaigns and benches" campaign --features planted-bugs --tests --benches --no-run
stage tests cargo test --workspace --locked
stage campaigns env JOURNEY_CAMPAIGN=ci cargo test --profile campaign -p journey-tests --locked \
    --features planted-bugs --test campaigns -- --nocapture --test-threads 2
