#!/bin/sh
# Sees to it that the tests have a browser and hunspell with its dictionaries: Debian's packages where apt-get may install
# them, else Playwright's own download of a browser. And the wheel of Every Eval Ever, whose schema and validator the
# exports are held against: it is read where it lies, beside Python's packages, because installed it would want another
# Python. Never fails: tests that lack a tool say so themselves.
python="$1"
wheels="$("$python" -c 'import sys; print(sys.prefix)')/test-wheels"
[ -e "$wheels/every_eval_ever-0.3.0-py3-none-any.whl" ] ||
  "$python" -m pip --disable-pip-version-check --quiet download --no-deps --python-version 3.12 --only-binary=:all: \
    --dest "$wheels" every_eval_ever==0.3.0 >/dev/null 2>&1 ||
  echo "The wheel of Every Eval Ever could not be downloaded; the tests against its schema will not run."
packages=""
command -v chromium >/dev/null || packages="chromium"
command -v hunspell >/dev/null && [ -e /usr/share/hunspell/gl_ES.dic ] ||
  packages="$packages hunspell hunspell-es hunspell-ca hunspell-eu hunspell-gl"
if [ -n "$packages" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing$packages with apt-get ..."
  # shellcheck disable=SC2086 - a list of words
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages; } >/dev/null 2>&1
fi
command -v chromium >/dev/null && exit 0
echo "Downloading Playwright's chromium ..."
"$python" -m playwright install chromium >/dev/null 2>&1 || echo "No browser could be installed; the browser tests will not run."
exit 0
