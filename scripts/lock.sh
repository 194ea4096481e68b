#!/bin/sh
# Writes requirements.txt (to run) and requirements-dev.txt (to develop): exact versions with hashes.
# What builds this package is locked with them, so that an installation resolves nothing by itself.
set -eu
cd "$(dirname "$0")/.."
compile() {
    CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe \
        --all-build-deps --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
        --no-emit-options "$@" pyproject.toml
}
compile --output-file=requirements.txt
compile --extra=dev --constraint=requirements.txt --output-file=requirements-dev.txt
