#!/usr/bin/env bash
# Installs the clients that the black-box tests report with into target/clients, each at the version of its lock file
# here. Does again only what has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
into=$(cd ../.. && pwd)/target/clients
mkdir -p "$into"
exec 9>"$into/lock"
flock 9

# Runs a function unless it succeeded with the same files before.
unless_done() {
    local name=$1 sum
    shift
    sum=$(cat install.sh "$@" | sha256sum)
    if [ "$(cat "$into/$name.done" 2>/dev/null)" != "$sum" ]; then
        rm -f "$into/$name.done"
        "$name"
        echo "$sum" >"$into/$name.done"
    fi
}

python_packages() {
    python3 -m venv --clear "$into/python"
    "$into/python/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement python/requirements.txt
}

node_packages() {
    cp package.json package-lock.json "$into/"
    npm ci --prefix "$into" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
}

# The page's script with the packages it imports, which it finds beside itself.
page() {
    mkdir -p "$into/browser"
    cp browser/page.html "$into/browser/"
    cp browser/shop.js "$into/"
    "$into/node_modules/.bin/esbuild" "$into/shop.js" --bundle --format=iife --target=es2020 --log-level=warning \
        --outfile="$into/browser/shop.js"
}

rust_program() {
    CARGO_TARGET_DIR=$into/rust CARGO_INCREMENTAL=0 cargo build --quiet --locked --manifest-path rust/Cargo.toml
}

unless_done python_packages python/requirements.txt
unless_done node_packages package.json package-lock.json
unless_done page browser/page.html browser/shop.js package-lock.json
unless_done rust_program rust/Cargo.toml rust/Cargo.lock rust/src/main.rs
