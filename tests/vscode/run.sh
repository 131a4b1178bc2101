#!/usr/bin/env bash
# run.sh questions|host NODE: tests of clients/vscode; exit code 77, with the reason, where something that they need is missing.
set -euo pipefail
skip() {
  echo "skipped: $1 is missing: $2"
  exit 77
}
[[ -x ${2:-} ]] || skip Node.js "install 20.19 or newer"
[[ -d node_modules/esbuild && -f dist/extension.js ]] || skip "the built extension" scripts/vscode.sh
if [[ $1 == host ]]; then
  [[ -d $FANIN_VSCODE_SERVER/node_modules/code-server ]] || skip "VS Code's server" "scripts/vscode.sh --host"
  [[ -x /usr/bin/chromium ]] || skip Chromium "scripts/setup.sh --web"
fi
exec "$2" --test "tests/$1.test.mjs"
