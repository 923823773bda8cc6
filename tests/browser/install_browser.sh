#!/bin/sh
# Sees to it that there is a browser for the tests: Debian's chromium where apt-get may install it, else Playwright's
# own download. Never fails: where there is none in the end, the browser tests say so themselves.
python="$1"
command -v chromium >/dev/null && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing chromium with apt-get ..."
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 && exit 0
fi
echo "Downloading Playwright's chromium ..."
"$python" -m playwright install chromium >/dev/null 2>&1 || echo "No browser could be installed; the browser tests will not run."
exit 0
