#!/usr/bin/env bash
# Sends generated requests to every route of a fresh server and compares the answers with its OpenAPI
# document: no 5xx, no undocumented status, every body of its schema. Expects the debug build of the server.
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

version=4.32.5
target=$(realpath "${CARGO_TARGET_DIR:-target}")
tool=$target/schemathesis-$version
if ! [ -x "$tool/bin/schemathesis" ]; then
    python3 -m venv "$tool" && "$tool/bin/pip" install --quiet "schemathesis==$version" || exit 1
fi

directory=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$directory"' EXIT
binary=$target/debug/faultbook
(cd "$directory" && PORT=0 FAULTBOOK__METRICS__BIND='' exec "$binary") >"$directory/announced" 2>"$directory/log" &
server=$!
for _ in $(seq 100); do
    base=$(sed -n 's/.*listens on \(http[^ ]*\)$/\1/p' "$directory/announced")
    [ -n "$base" ] && break
    sleep 0.1
done
[ -n "$base" ] || { cat "$directory/log"; exit 1; }

# Closing the installation, or deleting or suspending the tenant, would leave nothing to test.
"$tool/bin/schemathesis" --config-file tests/schemathesis.toml run "$base/openapi.json" \
    --header 'X-API-Key: test-api-key' --no-color --warnings off \
    --exclude-path /api/v1/platform/maintenance \
    --exclude-operation-id delete_tenant --exclude-operation-id suspend_tenant
result=$?
# A defect is logged even where an answer hides it.
if grep -q 'ERROR' "$directory/log"; then
    grep 'ERROR' "$directory/log" | head -20
    result=1
fi
exit "$result"
