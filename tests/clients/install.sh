#!/usr/bin/env bash
# Installs the clients that run.sh and editors.sh try, by name from the registries' ordinary clients.
# install.sh CLIENTS [browser]: the folder; with `browser` also code-server, for which some native parts are built.
set -euo pipefail
clients=$(mkdir -p "$1" && realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# packages COMMAND PACKAGE…: of Debian, where the command is missing
packages() {
    command -v "$1" >/dev/null && return
    [ -n "${updated:-}" ] || { apt-get update -qq && updated=1; }
    apt-get install --yes --no-install-recommends -qq "${@:2}" >/dev/null
}

packages node nodejs npm
[ -e "$clients/python/pre_commit" ] || python3 -m pip install --quiet --root-user-action=ignore \
    --target "$clients/python" segment-analytics-python==2.4.0 schemathesis==4.32.5 \
    check-jsonschema==0.39.0 pre-commit==4.7.0
[ -e "$clients/node_modules/@microsoft/jest-sarif" ] || npm install --silent --no-audit --no-fund \
    --ignore-scripts --prefix "$clients" @segment/analytics-node@3.1.0 @microsoft/jest-sarif@1.0.0-beta.0
# a folder of their own: another pytest
[ -e "$clients/lsp/pytest_lsp" ] || python3 -m pip install --quiet --root-user-action=ignore \
    --target "$clients/lsp" pytest-lsp==1.0.1 pytest-asyncio==1.5.0
packages nvim neovim
packages emacs emacs-nox
[ -d /usr/share/emacs/site-lisp/elpa/eglot-1.9 ] || packages eglot elpa-eglot

[ "${2:-}" = browser ] || exit 0
packages chromium chromium
packages rg ripgrep
export PUPPETEER_SKIP_DOWNLOAD=1 PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm_config_nodedir=${npm_config_nodedir:-/usr}
browser=$clients/browser server=$clients/browser/node_modules/code-server
if ! [ -e "$browser/ready" ]; then
    # its own scripts download a ripgrep and a toolchain's headers; here are Debian's
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$browser" code-server@4.100.3 playwright-core@1.65.1
    npm install --silent --no-audit --no-fund --ignore-scripts --omit=dev --prefix "$server/lib/vscode"
    npm rebuild --silent --prefix "$browser" argon2
    for part in @vscode/spdlog native-watchdog; do
        npm rebuild --silent --prefix "$server/lib/vscode" "$part"
    done
    npm rebuild --silent --prefix "$server/lib/vscode" node-pty || true # a post-install step of it looks for a ripgrep
    mkdir -p "$server/lib/vscode/node_modules/@vscode/ripgrep/bin"
    ln -sf "$(command -v rg)" "$server/lib/vscode/node_modules/@vscode/ripgrep/bin/rg"
    ln -sfn node_modules "$server/lib/vscode/node_modules.asar"
    touch "$browser/ready"
fi
(cd "$here/../../editors/vscode" && npm ci --silent --no-audit --no-fund)
