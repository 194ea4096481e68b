#!/bin/sh
# Makes the virtual environment $1 with the first Python that is new enough.
# Some distributions ship python3 without venv or ensurepip: then pip or virtualenv of the system is
# used, and where there is neither, the message names the package to install.
set -eu
target=$1

for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done

if [ -z "${python:-}" ]; then
    found=$(${PYTHON:-python3} --version 2>/dev/null || true)
    echo "Pointsman needs Python 3.11 or newer; found: ${found:-none}." >&2
    echo "Install one, or name it: make run PYTHON=/path/to/python3" >&2
    exit 1
fi

trap 'rm -rf "$target"' EXIT  # half an environment would look like a whole one to make
echo "Making $target with $("$python" --version)"
if "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    "$python" -m venv "$target"
elif "$python" -m virtualenv --version >/dev/null 2>&1; then
    "$python" -m virtualenv --quiet "$target"
elif "$python" -c 'import pip, venv' >/dev/null 2>&1; then
    "$python" -m venv --without-pip "$target"
    "$python" -m pip --python "$target/bin/python" install --quiet pip
else
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "This Python has no venv module (Debian and Ubuntu package it separately)." >&2
    echo "Install it, then run make again:  sudo apt-get install python$version-venv" >&2
    exit 1
fi
trap - EXIT
