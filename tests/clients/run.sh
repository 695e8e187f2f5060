#!/usr/bin/env bash
#
# Runs the client examples of docs/clients against a running Rolecall: each must let in who may, and nobody else, and nobody
# when Rolecall cannot be asked. Needs curl, Python 3 with venv, Node.js with npm; ROLECALL_BIN and CLIENT_BIN (the example `app`).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
docs=$here/../../docs/clients
: "${ROLECALL_BIN:?the program}" "${CLIENT_BIN:?the example app}"
work=$(mktemp -d /tmp/rolecall-clients.XXXXXX)
children=()
clean_up() { kill "${children[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
trap clean_up EXIT

fail() { printf 'error: %s\n' "$*" >&2; cat "$work"/*.log >&2; exit 1; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
status() { curl -s -o "$work/answer" -w '%{http_code}' "$@"; }
await() { for _ in {1..150}; do [[ $(status "$1" || true) == "$2" ]] && return; sleep 0.2; done; fail "$1 does not answer"; }

# ---- a Rolecall with Bob, who may approve invoice 17, and Eve, who may not -----------------------------------------------

port=$(free_port)
export ROLECALL_URL=http://127.0.0.1:$port JAR=$work/ada
start_rolecall() {
    DATA_DIR=$work/data LISTEN=127.0.0.1:$port PUBLIC_URL=$ROLECALL_URL "$ROLECALL_BIN" serve >>"$work/rolecall.log" 2>&1 &
    rolecall=$!
    children+=("$rolecall")
    await "$ROLECALL_URL/readyz" 200
}
start_rolecall
password='the long password of ada'
printf '%s\n' "$password" | DATA_DIR=$work/data PUBLIC_URL=$ROLECALL_URL "$ROLECALL_BIN" admin create --username ada --email ada@example.com --password-stdin >>"$work/rolecall.log" 2>&1
sign_in() { [[ $(status -c "$JAR" --json "{\"username_or_email\": \"ada\", \"password\": \"$password\"}" "$ROLECALL_URL/login") == 200 ]] || fail 'ada cannot sign in'; }
sign_in
admin() { curl -sf -b "$JAR" --json "$2" "$ROLECALL_URL/api/v1/$1"; }
id() { python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])'; }
admin permissions '{"resource": "invoices", "action": "approve"}' >"$work/answer"
role=$(admin roles '{"name": "approver", "permissions": ["invoices:approve"]}' | id)
bob=$(admin users '{"first_name": "Bob", "username": "bob", "email": "bob@example.com"}' | id)
admin users '{"first_name": "Eve", "username": "eve", "email": "eve@example.com"}' >"$work/answer"
admin "users/$bob/roles" "{\"role_id\": $role, \"scope\": \"invoices/17\"}" >"$work/answer"

# ---- the examples --------------------------------------------------------------------------------------------------------

ROLECALL_TOKEN=$(sh "$docs/check.sh" 2>"$work/check.log")
grep -q '"decision":true' "$work/check.log" || fail 'check.sh: Bob may not'
[[ $ROLECALL_TOKEN == rc_* ]] || fail 'check.sh: no token'
echo 'check.sh: asked with the token of a service account'
export ROLECALL_TOKEN

quietly() { "$@" >"$work/install.log" 2>&1 || fail "$*"; }
tools=${CLIENT_TOOLS:-$work}
# A folder per content of the requirements, made whole or not at all.
venv=$tools/clients-$(sha256sum "$here/requirements.txt" | cut -c1-12)
if ! "$venv/bin/python" -c 'import flask, requests' 2>/dev/null; then
    rm -rf "$venv"
    quietly python3 -m venv "$venv"
    quietly "$venv/bin/python" -m pip install --require-hashes --requirement "$here/requirements.txt"
fi
cp "$here/package.json" "$here/package-lock.json" "$docs/app.mjs" "$work"
(cd "$work" && quietly npm ci --ignore-scripts --no-audit --no-fund)

declare -A ports=([app.py]=$(free_port) [app.mjs]=$(free_port) [app.rs]=$(free_port))
(cd "$docs" && PYTHONDONTWRITEBYTECODE=1 exec "$venv/bin/python" -m flask --app app run --port "${ports[app.py]}") >"$work/python.log" 2>&1 &
children+=("$!")
(cd "$work" && PORT=${ports[app.mjs]} exec node app.mjs) >"$work/node.log" 2>&1 &
children+=("$!")
PORT=${ports[app.rs]} "$CLIENT_BIN" >"$work/rust.log" 2>&1 &
children+=("$!")

approval() { status -X POST ${3:+-H "Remote-User: $3"} "http://127.0.0.1:$1/invoices/$2/approval"; }
expect() {
    local got
    got=$(approval "${ports[$1]}" "$3" "${4:-}")
    [[ $got == "$2" ]] || fail "$1: ${4:-nobody} at invoice $3: $got instead of $2: $(cat "$work/answer")"
}
for app in "${!ports[@]}"; do await "http://127.0.0.1:${ports[$app]}/" 404; done
for app in app.py app.mjs app.rs; do
    expect "$app" 200 17 bob
    [[ $(cat "$work/answer") == 'Invoice 17 is approved.' ]] || fail "$app: $(cat "$work/answer")"
    expect "$app" 403 18 bob
    expect "$app" 403 17 eve
    expect "$app" 403 17 nobody
    expect "$app" 401 17
done
curl -sf -b "$JAR" -X DELETE "$ROLECALL_URL/api/v1/users/$bob/roles/$(curl -sf -b "$JAR" "$ROLECALL_URL/api/v1/users/$bob/roles" | python3 -c 'import json, sys; print(json.load(sys.stdin)["items"][0]["id"])')" >"$work/answer"
for app in app.py app.mjs app.rs; do expect "$app" 403 17 bob; done
kill "$rolecall"
wait "$rolecall" 2>/dev/null || true
for app in app.py app.mjs app.rs; do
    expect "$app" 503 17 bob
    echo "$app: lets in who may, at once nobody who may no more, and nobody without Rolecall"
done
