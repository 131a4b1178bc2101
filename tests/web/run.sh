#!/usr/bin/env bash
# run.sh NODE BUNDLE: the browser tests of clients/web; exit code 77 where Chromium, npm's packages or the bundle are missing.
set -euo pipefail
[[ -x /usr/bin/chromium && -d node_modules/playwright-core && -f $2/index.html ]] || {
  echo "missing: chromium (scripts/setup.sh --web), node_modules or $2 (scripts/web.sh)"
  exit 77
}
exec "$1" --test tests/
