#!/usr/bin/env bash
# Passes all tests: installs what they need beyond cargo, builds, tests, campaigns, the README's first command.
# Prints what each stage took.
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

# Civil time and exact arithmetic are compared with Python's, on a pinned edition of the time zones.
oracles() {
    if ! command -v python3 >/dev/null; then
        apt-get update && apt-get install --yes python3 python3-pip
    fi
    python3 -c 'import tzdata' 2>/dev/null ||
        python3 -m pip install --quiet tzdata==2026.5 ||
        python3 -m pip install --quiet --break-system-packages tzdata==2026.5
}

campaign() {
    cargo test --profile campaign -p journey-tests --features planted-bugs --locked "$@"
}

main_job() {
    local actions
    actions=$(mktemp)
    cargo run --profile campaign --locked -p journey-cli -- run examples/online_retail \
        --source invoices --events examples/online_retail/invoices.csv.zst --actions "$actions"
    rm -f "$actions"
}

stage "oracles" oracles
stage "build tests" cargo test --workspace --locked --no-run
stage "build campaigns and benches" campaign --tests --benches --no-run
stage "tests" cargo test --workspace --locked
stage "campaign: random functions" env JOURNEY_FUNCTIONS=100000 \
    cargo test --profile campaign -p journey-tests --features planted-bugs --locked \
    --test agreement -- --nocapture
stage "campaign: planted mistakes" campaign --test planted -- --nocapture
stage "campaign: random programs" env JOURNEY_PROGRAMS=3000 JOURNEY_MODEL=500 \
    cargo test --profile campaign -p journey-tests --features planted-bugs --locked \
    --test programs -- --nocapture
stage "the main job" main_job
