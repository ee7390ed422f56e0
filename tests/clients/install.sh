#!/usr/bin/env bash
# Installs the clients that sdk_clients.rs reports with into target/clients, each at the version of its lock file here.
# Does nothing where that is done already.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
into=$here/../../target/clients
mkdir -p "$into"
exec 9>"$into/lock"
flock 9

stamp=$(cd "$here" && find . -type f ! -path './rust/target/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum)
if [ "$(cat "$into/stamp" 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi
rm -f "$into/stamp"

python3 -m venv --clear "$into/python"
"$into/python/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$here/python/requirements.txt"

cp "$here/package.json" "$here/package-lock.json" "$into/"
npm ci --prefix "$into" --ignore-scripts --no-audit --no-fund --loglevel=error

mkdir -p "$into/browser"
cp "$here/browser/page.html" "$into/browser/"
# Beside its packages, where it finds them.
cp "$here/browser/page.js" "$into/"
"$into/node_modules/.bin/esbuild" "$into/page.js" --bundle --format=iife --target=es2020 --log-level=warning \
    --outfile="$into/browser/page.js"

CARGO_TARGET_DIR=$into/rust cargo build --quiet --locked --manifest-path "$here/rust/Cargo.toml"
echo "$stamp" >"$into/stamp"
