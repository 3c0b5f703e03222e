#!/usr/bin/env bash
# Clients that are not ours against the real binary, on this machine only: Segment's SDKs, unchanged, and
# schemathesis, which makes requests out of the OpenAPI document and holds the answers against it.
# run.sh JOURNEY CLIENTS: the command, and the folder that the clients are installed in.
set -euo pipefail
journey=$(realpath "$1") clients=$(realpath "$2")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
server=
cd "$work" # what they leave behind goes with it
end() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT

"$journey" serve --new-key write >"$work/key"
key=$(awk '$1 == "key" { print $2 }' "$work/key")
hash=$(awk '$1 == "hash" { print $2 }' "$work/key")
cat >"$work/serve.toml" <<END
write_keys = [{ name = "tests", hash = "$hash" }]
read_keys = [{ name = "tests", hash = "$hash" }]
END
# start CONFIG: serves, and waits until it is ready
start() {
    "$journey" serve "$here/../../cli/tests/serve/shop.journey" --listen 127.0.0.1:0 --state "$work/state" \
        --config "$1" 2>"$work/said" &
    server=$!
    for _ in $(seq 100); do
        host=$(sed -n 's/^listening on //p' "$work/said")
        if [ -n "$host" ] && curl -ksf -o "$work/ready" "$host/readyz"; then return; fi
        sleep 0.1
    done
    cat "$work/said" && exit 1
}

start "$work/serve.toml"

PYTHONPATH="$clients/python" timeout 60 python3 "$here/python_sdk.py" "$host" "$key" "$key"
timeout 60 node "$here/node_sdk.mjs" "$clients/node_modules" "$host" "$key" "$key"
# what an event may be called depends on the program, so a document that fits is no promise to be taken
PYTHONPATH="$clients/python" timeout 90 python3 -m schemathesis.cli run "$host/v1/openapi.json" \
    --header "Authorization: Bearer $key" --max-time 45 --max-examples 30 --seed 1 --exclude-checks positive_data_acceptance --no-color --suppress-health-check all \
    --request-timeout 10 >"$work/schemathesis" 2>&1 ||
    { tail -n 120 "$work/schemathesis" && exit 1; }
tail -n 12 "$work/schemathesis"

kill -TERM "$server"
wait "$server"

# the same over TLS, HTTP/1.1 and 2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem 2>/dev/null
printf 'tls_cert = "cert.pem"\ntls_key = "key.pem"\n' | cat - "$work/serve.toml" >"$work/tls.toml"
start "$work/tls.toml"
for version in --http1.1 --http2; do
    echo '{"type":"profile","ids":{"user_id":"tls"}}' >event
    status=$(curl -s "$version" --cacert cert.pem -o answer -w '%{http_code} %{http_version}' \
        -H "Authorization: Bearer $key" --data-binary @event "$host/v1/events")
    echo "over TLS: $status $(cat answer)"
    [ "${status%% *}" = 202 ]
done
kill -TERM "$server"
wait "$server"
server=
