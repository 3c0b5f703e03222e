#!/usr/bin/env bash
# Editors that are not ours against the language server: pytest-lsp, Neovim, Emacs, each on a project that
# `journey new` makes, with the settings of editors/.
# editors.sh JOURNEY CLIENTS: the command, and the folder that the clients are installed in.
set -euo pipefail
JOURNEY=$(realpath "$1") clients=$(realpath "$2")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export JOURNEY
# fresh NAME: a new project for a client
fresh() {
    mkdir "$work/$1" && (cd "$work/$1" && "$JOURNEY" new shop >/dev/null)
    export PROJECT=$work/$1/shop
}

(cd "$here/lsp" && PYTHONPATH=$clients/lsp PYTHONDONTWRITEBYTECODE=1 timeout 120 python3 -m pytest)

fresh neovim
timeout 60 nvim --headless -n -i NONE -u NONE --cmd "set rtp+=$here/../../editors/neovim" -S "$here/neovim.lua"

fresh emacs
timeout 60 emacs --batch -Q -L "$here/../../editors/emacs" -l "$here/emacs.el" 2>"$work/said" ||
    { cat "$work/said" && exit 1; }
