#!/usr/bin/env bash
# Builds the web interface into FOLDER, default build/release/web, where `fanin serve --http` finds it. Needs Node.js 20.19 or
# newer with npm; packages are those of clients/web/package-lock.json. A second run does only what is missing.
#
#   scripts/web.sh [FOLDER]
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

out=$(realpath --canonicalize-missing "${1:-$ROOT/build/release/web}")
has_node || die "the web UI is built with Node.js 20.19 or newer and npm, and they are not here"
cd "$ROOT/clients/web"

key=$(sha256sum <package-lock.json)
if [[ ! -f node_modules/.complete || $(<node_modules/.complete) != "$key" ]]; then
  npm ci --no-audit --no-fund --loglevel=error
  printf '%s\n' "$key" >node_modules/.complete
fi
key=$(find src public index.html package-lock.json vite.config.ts -type f -exec sha256sum {} + | sort | sha256sum)
if [[ ! -f $out/.complete || $(<"$out/.complete") != "$key" ]]; then
  npx --no-install tsc
  npx --no-install vite build --logLevel warn --emptyOutDir --outDir "$out"
  printf '%s\n' "$key" >"$out/.complete"
fi
