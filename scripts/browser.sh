#!/bin/sh
# Sees to it that there is a Chromium for the tests of the pages: the system's, or else its package is installed.
set -eu

found() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

if found >/dev/null; then exit 0; fi
echo "Installing Chromium from the system's packages (the tests of the pages drive it)"
if command -v apt-get >/dev/null; then
    { as_root apt-get -qq update && as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y chromium fonts-dejavu-core; } >/dev/null || true
elif command -v dnf >/dev/null; then
    as_root dnf -q -y install chromium || true
elif command -v apk >/dev/null; then
    as_root apk add --quiet chromium || true
fi
if ! found >/dev/null; then
    echo "The tests of the pages need Chromium, and it could not be installed. Install your system's package of it" >&2
    echo "(on Debian and Ubuntu:  sudo apt-get install chromium), then run make again." >&2
    exit 1
fi
