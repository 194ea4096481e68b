#!/bin/sh
# Builds what the browser loads into web/static/built, with the packages that package-lock.json names.
# Where the system has no Node 20 or newer with npm, the one in $1 (a lock file) goes into .venv: Python is enough.
set -eu
cd "$(dirname "$0")/.."

if ! { command -v npm && node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)'; } >/dev/null 2>&1; then
    PATH="$PWD/.venv/bin:$PATH"
    export PATH
    if [ ! -x .venv/bin/npm ]; then
        echo "Installing Node into .venv (the system has none that is new enough)"
        .venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps --requirement "$1"
    fi
fi

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    echo "Installing the browser packages into node_modules (only the first time takes long)"
    npm ci --ignore-scripts --no-audit --no-fund --silent
fi
node web/build.mjs --clean
