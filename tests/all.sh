#!/usr/bin/env bash
# Passes all tests: installs what they need beyond cargo, builds, tests, fuzzes, runs campaigns and the README's
# first command. Prints what each stage took, and each group of stages against its budget.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TERM_COLOR=never INSTA_UPDATE=no
[ -n "${stage_times:-}" ] || . tests/stages.sh

# Civil time and exact arithmetic are compared with Python's, on a pinned edition of the time zones.
oracles() {
    if ! command -v python3 >/dev/null; then
        apt-get update && apt-get install --yes python3 python3-pip
    fi
    python3 -c 'import tzdata' 2>/dev/null ||
        python3 -m pip install --quiet tzdata==2026.5 ||
        python3 -m pip install --quiet --break-system-packages tzdata==2026.5
}

# One build for campaigns, fuzzing and the main job: optimised, with assertions. The packages and features are
# the same in every call, so nothing is built twice.
campaign() {
    cargo "$1" --profile campaign -p journey-tests -p journey-cli \
        --features journey-tests/planted-bugs --locked "${@:2}"
}

# Clients that are not ours: Segment's SDKs and schemathesis of the live runtime, what a team's CI is checked with,
# editors of the language server.
clients() {
    local target=${CARGO_TARGET_DIR:-target}
    tests/clients/install.sh "$target/clients"
    tests/clients/run.sh "$target/campaign/journey" "$target/clients"
    tests/clients/ci.sh "$target/campaign/journey" "$target/clients"
}

editors() {
    local target=${CARGO_TARGET_DIR:-target}
    tests/clients/editors.sh "$target/campaign/journey" "$target/clients"
}

main_job() {
    local folder line
    folder=$(mktemp -d)
    "${CARGO_TARGET_DIR:-target}/campaign/journey" run examples/online_retail --source invoices \
        --events examples/online_retail/invoices.csv.zst --actions "$folder/actions.jsonl" 2>"$folder/summary"
    cat "$folder/summary"
    # the summary is the one that the README shows
    awk '/^```text/ { shown = 1; next } /^```/ { shown = 0 } shown' README.md >"$folder/shown"
    while IFS= read -r line; do
        grep -qxF -- "$line" "$folder/summary" || { echo "the README shows: $line" && return 1; }
    done <"$folder/shown"
    rm -r "$folder"
}

group builds 13
stage "oracles" oracles
stage "build tests" cargo test --workspace --locked --no-run
stage "build campaigns" campaign build --bin journey \
    --test agreement --test planted --test programs --test proofs --test sim --test sends --test fuzz
group tests 6
stage "tests" cargo test --workspace --locked --no-fail-fast
group campaigns 7
export JOURNEY_FUNCTIONS=100000 JOURNEY_PROGRAMS=5000 JOURNEY_MODEL=5000 JOURNEY_FUZZ_SECONDS=10
export JOURNEY_PROOFS=10000 JOURNEY_UPGRADES=200 JOURNEY_UPGRADE_TRACES=2
stage "campaign: random functions" campaign test --test agreement -- --nocapture
stage "campaign: planted mistakes" campaign test --test planted -- --nocapture
stage "campaign: random programs, and upgrades in flight" campaign test --test programs -- --nocapture
stage "campaign: proofs" campaign test --test proofs -- --nocapture
export JOURNEY_SIM=3000 JOURNEY_CRASHES=5000
stage "campaign: the state folder under faults" campaign test --test sim -- --nocapture
export JOURNEY_SENDS=300
stage "campaign: sends under faults" campaign test --test sends -- --nocapture
group fuzzing 3
stage "fuzzing" campaign test --test fuzz -- --nocapture
group "real clients" 6
stage "the main job" main_job
stage "clients of the server" clients
stage "editors of the language server" editors
budgets
