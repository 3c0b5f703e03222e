#!/usr/bin/env bash
# A team's CI with tools that are not ours: the action and the workflow against GitHub's own schemas, SARIF against
# its schema, the hooks through pre-commit itself. ci.sh JOURNEY CLIENTS, as run.sh.
set -euo pipefail
journey=$(realpath "$1") clients=$(realpath "$2")
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$journey" "$work/bin/journey"
export PATH=$work/bin:$PATH PYTHONPATH=$clients/python NO_COLOR=1 PRE_COMMIT_HOME=$work/hooks
export GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.com GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=ann@example.com
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
cd "$work"

journey new shop --ci
python3 -m check_jsonschema --builtin-schema vendor.github-actions "$top/editors/ci/action.yml"
python3 -m check_jsonschema --builtin-schema vendor.github-workflows shop/.github/workflows/journeys.yml
python3 -m pre_commit validate-manifest "$top/.pre-commit-hooks.yaml"
python3 -m pre_commit validate-config shop/.pre-commit-config.yaml

# findings of every kind: none, an error with a fix, a warning
schema=$clients/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json
for program in 'audience everyone = true' 'audience everyone = nobody == 1' 'event e { }
event e { }
profile { n: int }
audience a = n > 1 and n < 1'; do
    echo "$program" >one.journey
    journey check one.journey --format sarif >one.sarif || true
    grep -q '"ruleId"' one.sarif || [ "$program" = 'audience everyone = true' ]
    python3 - "$schema" one.sarif <<'END'
import json, sys
import jsonschema_rs
schema, log = (json.load(open(path)) for path in sys.argv[1:])
for part in ["run", "toolComponent"]:  # a bracket too many: no regular expression
    schema["definitions"][part]["properties"]["language"].pop("pattern")
jsonschema_rs.validator_for(schema).validate(log)
log["runs"][0]["tool"].pop("driver")
assert not jsonschema_rs.validator_for(schema).is_valid(log), "the schema takes anything"
END
done

# the hooks of the new project, and ours as other projects take them
cd shop
git init --quiet
git add .
python3 -m pre_commit run --all-files
cat >.pre-commit-config.yaml <<END
repos:
  - repo: $work/ours
    rev: v0
    hooks: [{ id: journey-fmt }, { id: journey-check }, { id: journey-test }]
END
mkdir -p ../ours/editors
cp -r "$top/editors/ci" ../ours/editors/
cp "$top/.pre-commit-hooks.yaml" ../ours/
git -C ../ours init --quiet
git -C ../ours add .
git -C ../ours commit --quiet --message hooks
git -C ../ours tag v0
git add .
python3 -m pre_commit run --all-files
sed -i 's/wait 2 hours/wait  2 hours/' shop.journey
if python3 -m pre_commit run --all-files >said 2>&1; then cat said && exit 1; fi
grep -q 'files were modified by this hook' said
sed -i 's/value >= 20 EUR/value >= 20/' shop.journey
if python3 -m pre_commit run --all-files >said 2>&1; then cat said && exit 1; fi
grep -q 'compare-mismatch' said
echo "the action, the workflow, SARIF and the hooks are what their own tools take"
