#!/usr/bin/env bash
# The action's work, with the variables that a runner sets. All of it runs, whatever fails; the worst exit code counts.
set -uo pipefail
action=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
temp=${RUNNER_TEMP:?set by the runner}
project=${INPUT_PATH:-.}
export NO_COLOR=1

journey=${INPUT_JOURNEY:-}
if [ -z "$journey" ]; then
    journey=$temp/journey-command/bin/journey
    [ -x "$journey" ] ||
        cargo install --quiet --locked --path "$action/../../cli" --root "$temp/journey-command" --bin journey || exit
fi

worst=0
# note CODE: the exit code of what has just run
note() { [ "$1" -le "$worst" ] || worst=$1; }

form=$("$journey" fmt --check "$project" 2>&1)
code=$?
note $code
while IFS= read -r file; do
    [ $code -ne 1 ] || [ ! -f "$file" ] ||
        echo "::error file=$file,title=not-formatted::this file is not in canonical form: run \`journey fmt $file\`"
done <<<"$form"
[ $code -le 1 ] || echo "$form" >&2

deny=()
[ -z "${INPUT_DENY:-}" ] || deny=(--deny "$INPUT_DENY")
"$journey" check "$project" --format github "${deny[@]}"
note $?
"$journey" check "$project" --format sarif >"$temp/journey.sarif"
"$journey" test "$project" --format junit >"$temp/journey.junit.xml"
note $?
said=$("$journey" test "$project" 2>&1)
echo "$said"
{
    echo '### Journey'
    echo '```text'
    "$journey" check "$project" 2>&1
    echo "$said"
    echo '```'
} >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
{
    echo "sarif=$temp/journey.sarif"
    echo "junit=$temp/journey.junit.xml"
} >>"${GITHUB_OUTPUT:-/dev/null}"
exit "$worst"
