#!/usr/bin/env bash
# Checks everything: lints, tests on real servers, examples. Works from any directory.
#
#   tests/run.sh          everything
#   tests/run.sh lint     the lints only, with every tool of theirs
#
# Needs Rust and a C compiler. As root on Debian, servers that are missing are installed. Goes on
# after a failure; the last line sums up.
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

mode=${1:-all}
passed=0
failed=0
failures=()
log=$(mktemp)
trap 'rm -f "$log"' EXIT

finish() {
    local failure
    for failure in "${failures[@]+"${failures[@]}"}"; do
        echo "failed: $failure"
    done
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

fail() {
    failed=$((failed + 1))
    failures+=("$1")
}

# Runs a command as one check of that name.
check() {
    local name=$1
    shift
    echo "== $name"
    if "$@"; then
        passed=$((passed + 1))
    else
        fail "$name"
    fi
}

# Runs a test runner and adds up what it counted. Its failure is one of ours in any case: a test
# that does not build is counted nowhere.
run_tests() {
    local name=$1 good bad
    shift
    echo "== $name"
    "$@" 2>&1 | tee "$log"
    local status=$?
    # nextest: "Summary [ 1.0s] 3 tests run: 2 passed (1 slow), 1 failed, 1 timed out, 0 skipped"
    # cargo test: "test result: FAILED. 2 passed; 1 failed; 0 ignored; ..."
    read -r good bad < <(sed 's/\x1b\[[0-9;]*m//g' "$log" | awk '
        /^ *Summary \[/ || /^test result: / {
            gsub(/\([^)]*\)/, ""); gsub(/timed out/, "timed_out"); gsub(/exec failed/, "exec_failed")
            for (i = 2; i <= NF; i++) {
                if ($i ~ /^passed/) good += $(i - 1)
                if ($i ~ /^(failed|timed_out|exec_failed)/) bad += $(i - 1)
            }
        }
        END { print good + 0, bad + 0 }')
    passed=$((passed + good))
    failed=$((failed + bad))
    if [ "$status" -ne 0 ]; then
        failures+=("$name")
        [ "$bad" -gt 0 ] || failed=$((failed + 1))
    fi
}

has() {
    command -v "$1" >/dev/null 2>&1
}

has_postgres() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || has initdb
}

has_venv() {
    python3 -c 'import ensurepip, venv' >/dev/null 2>&1
}

# What @sentry/node wants (its package.json, "engines").
has_node() {
    has npm && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null
}

# Installs the Debian packages that are missing, or names them and ends.
require_programs() {
    local packages=()
    has cc || packages+=(gcc libc6-dev)
    has_postgres || packages+=(postgresql)
    has redis-server || packages+=(redis-server)
    has curl || packages+=(curl)
    has_venv || packages+=(python3-venv)
    has_node || packages+=(nodejs npm)
    has chromium || packages+=(chromium)
    has chromedriver || packages+=(chromium-driver)
    if [ ${#packages[@]} -gt 0 ] && [ "$(id -u)" -eq 0 ] && has apt-get; then
        echo "== installing ${packages[*]}"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}"
    fi
    if ! has cc || ! has_postgres || ! has redis-server || ! has curl || ! has_venv || ! has chromium ||
        ! has chromedriver; then
        echo "Missing: install the Debian packages ${packages[*]}" >&2
        fail "the machine"
        finish
    fi
    if ! has_node; then
        echo 'Missing: Node.js 20.19 or later with npm' >&2
        fail "the machine"
        finish
    fi
}

# The domain names no driver, no web framework and no runtime, with any of its features.
domain_is_free() {
    local tree
    tree=$(cargo tree --locked -p faultbook-domain -e normal,features --all-features --prefix none) ||
        return
    grep -q '^faultbook-domain v' <<<"$tree" || return
    ! grep -E -e '^(actix|diesel|reqwest|hyper|redis|deadpool|tokio-postgres|libsqlite3-sys)[a-z0-9_-]* v' \
        -e '^tokio feature "(rt|rt-multi-thread|net|fs|process|signal|full)"' <<<"$tree"
}

# The advisory database is a Git repository, which not every machine can reach.
check_advisories() {
    echo '== dependencies: advisories'
    timeout 120 cargo deny check advisories 2>&1 | tee "$log"
    local status=$?
    if [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
    elif [ "$status" -eq 124 ] || grep -q 'failed to fetch advisory database' "$log"; then
        echo 'NOT CHECKED: the advisory database cannot be reached'
    else
        fail 'dependencies: advisories'
    fi
}

# Whether a tool is there. Without it, only `lint` fails.
has_tool() {
    if cargo "$1" --version >/dev/null 2>&1; then
        return 0
    fi
    if [ "$mode" = lint ]; then
        fail "cargo $1 is not installed: $2"
    else
        echo "NOT CHECKED: cargo $1 is not installed ($2)"
    fi
    return 1
}

lint() {
    if has_tool fmt 'rustup component add rustfmt'; then
        check 'format' cargo fmt --all --check
    fi
    if has_tool clippy 'rustup component add clippy'; then
        check 'clippy' cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
    fi
    if has_tool deny 'cargo install --locked cargo-deny'; then
        check 'dependencies: bans, licences, sources' cargo deny check bans licenses sources
        check_advisories
    fi
    check 'the domain depends on no driver and no runtime' domain_is_free
}

tests() {
    if cargo nextest --version >/dev/null 2>&1; then
        run_tests 'tests' cargo nextest run --locked --workspace --all-features
    else
        run_tests 'tests' cargo test --locked --workspace --all-features --no-fail-fast --lib --bins --tests
    fi
    run_tests 'documentation' cargo test --locked -p faultbook-domain -p faultbook-contract --all-features --doc
    local example
    for example in crates/domain/examples/*.rs crates/domain/examples/*/main.rs; do
        [ -e "$example" ] || continue
        example=${example#crates/domain/examples/}
        example=${example%/main.rs}
        example=${example%.rs}
        check "example $example" cargo run --locked --quiet -p faultbook-domain --all-features --example "$example"
    done
    check 'every answer matches the OpenAPI document' tests/schemathesis.sh
    check 'the test servers end' cargo run --locked --quiet -p faultbook-testkit --bin test-servers -- stop
}

has cargo || PATH="$PATH:$HOME/.cargo/bin"
if ! has cargo; then
    echo 'Missing: Rust, see https://rustup.rs' >&2
    fail 'the machine'
    finish
fi
case "$mode" in
all)
    require_programs
    check 'the server builds' cargo build --locked -p faultbook-server
    check 'the clients of others install' tests/clients/install.sh
    lint
    tests
    ;;
lint)
    lint
    ;;
*)
    echo "usage: $0 [lint]" >&2
    exit 2
    ;;
esac
finish
