#!/usr/bin/env bash
# Packages the VS Code extension of clients/vscode into FOLDER, default build/release, as fanin.vsix. Needs Node.js 20.19 or newer
# with npm; packages are those of package-lock.json. A second run does only what is missing.
#
#   scripts/vscode.sh [--host] [FOLDER]     --host: also VS Code's server (npm's code-server, 300 MB in the cache), in which
#                                           the tests run the extension; nothing of it is compiled
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

host=false
[[ ${1:-} != --host ]] || { host=true && shift; }
out=$(realpath --canonicalize-missing "${1:-$ROOT/build/release}")
has_node || die "the extension is built with Node.js 20.19 or newer and npm, and they are not here"
cd "$ROOT/clients/vscode"

npm_flags=(--ignore-scripts --no-audit --no-fund --loglevel=error)
# complete FOLDER KEY: whether the folder was filled from the lock file with that digest.
complete() { [[ -f $1/.complete && $(<"$1/.complete") == "$2" ]]; }

key=$(sha256sum <package-lock.json)
if ! complete node_modules "$key"; then
  npm ci "${npm_flags[@]}"
  printf '%s\n' "$key" >node_modules/.complete
fi
npx --no-install tsc
npm run --silent build -- --log-level=warning
mkdir -p "$out"
cp "$ROOT/LICENSE" .
npx --no-install vsce package --no-dependencies --allow-missing-repository --out "$out/fanin.vsix" >/dev/null

if $host; then
  folder=$FANIN_CACHE/vscode-server
  key=$(sha256sum <tests/host/package-lock.json)
  if ! complete "$folder" "$key"; then
    rm -rf "$folder"
    mkdir -p "$folder"
    cp tests/host/package.json tests/host/package-lock.json "$folder"
    (cd "$folder" && npm ci "${npm_flags[@]}")
    # VS Code's own packages, by the versions and digests that code-server's package holds (which `npm ci` finds incomplete).
    (cd "$folder/node_modules/code-server/lib/vscode" && npm install --omit=dev "${npm_flags[@]}")
    printf '%s\n' "$key" >"$folder/.complete"
  fi
fi
