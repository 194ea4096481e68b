#!/bin/sh
# Installs the locked set $1 (exact versions, checked by hash), then this checkout itself, editable.
set -eu
cd "$(dirname "$0")/.."
pip=".venv/bin/python -m pip --disable-pip-version-check --quiet"

echo "Installing $1 into .venv (only the first time takes long)"
$pip install --require-hashes --requirement "$1"
$pip install --no-build-isolation --no-deps --editable .
