set positional-arguments

# The recipes.
_default:
    @just --list

# Runs the server: `just run`, `just run migrate`...
run *arguments:
    cargo run -p faultbook-server -- "$@"

# Runs every check: lints, tests on real servers, examples.
test:
    tests/run.sh

# Measures: `just bench --help`.
bench *arguments:
    cargo run --release -p e2e --bin bench -- "$@"

# Checks format, lints and dependencies.
lint:
    tests/run.sh lint

# Makes the folders of a new migration, under one name for both databases.
migrate-new name:
    #!/usr/bin/env bash
    set -euo pipefail
    if ! [[ "$1" =~ ^[a-z][a-z0-9_]*$ ]]; then
        echo "a migration's name is lower case, digits and _: $1" >&2
        exit 1
    fi
    folder="$(date -u +%Y-%m-%d-%H%M%S)_$1"
    for database in postgres sqlite; do
        mkdir -p "migrations/$database/$folder"
        touch "migrations/$database/$folder/up.sql" "migrations/$database/$folder/down.sql"
        echo "migrations/$database/$folder"
    done

# Writes down the OpenAPI document that the handlers describe, after a change to one of them.
openapi:
    cargo run --quiet -p faultbook-server --example openapi >target/openapi.json
    mv target/openapi.json crates/server/openapi.json
