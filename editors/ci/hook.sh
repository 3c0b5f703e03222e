#!/usr/bin/env bash
# For pre-commit: `hook.sh check|fmt|test FILE…` works on the projects that the changed files are of. The command is the
# one that is installed; where none is, this version is built once, beside this file.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$1
shift
if ! journey=$(command -v journey); then
    journey=$here/../../target/hook/bin/journey
    [ -x "$journey" ] || cargo install --quiet --locked --path "$here/../../cli" --root "$here/../../target/hook" --bin journey
fi
if [ "$work" = fmt ]; then
    files=()
    for file in "$@"; do [[ $file != *.journey ]] || files+=("$file"); done
    [ ${#files[@]} -eq 0 ] || exec "$journey" fmt "${files[@]}"
    exit 0
fi
# project FILE: the nearest folder above with a manifest, else the file itself
project() {
    local folder=$1
    while folder=$(dirname "$folder"); do
        [ ! -e "$folder/journey.toml" ] || { echo "$folder" && return; }
        case $folder in . | /) break ;; esac
    done
    echo "$1"
}
worst=0
while IFS= read -r path; do
    [[ -d $path || $path == *.journey ]] || continue
    code=0
    "$journey" "$work" "$path" || code=$?
    [ $code -le $worst ] || worst=$code
done < <(for file in "$@"; do project "$file"; done | sort -u)
exit $worst
