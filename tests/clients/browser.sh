#!/usr/bin/env bash
# The VS Code extension, checked, packaged and driven in a real browser; its grammar against the corpus.
# browser.sh JOURNEY CLIENTS [PICTURES]: the command, the clients' folder, and where the pictures go.
set -euo pipefail
journey=$(realpath "$1") clients=$(realpath "$2")
pictures=$(mkdir -p "${3:-$clients/pictures}" && realpath "${3:-$clients/pictures}")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
(
    cd "$here/../../editors/vscode"
    npm run --silent package >"$clients/packaged" 2>&1 || { cat "$clients/packaged" && exit 1; }
    npm run --silent test
)
timeout 240 node "$here/vscode.mjs" "$clients/browser" "$here/../../editors/vscode/journey.vsix" "$journey" "$pictures"
