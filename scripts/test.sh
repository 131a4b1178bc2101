#!/usr/bin/env bash
# Sets up what is missing, builds, and runs every test; ctest's summary comes last.
#
#   scripts/test.sh [--preset dev|release|asan|tsan] [ctest options]     e.g.  scripts/test.sh -R Search
#
# The default is `release`: it is what users run and what the demo needs, so one build serves both.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

preset=release
if [[ ${1:-} == --preset ]]; then
  preset=${2:?--preset needs a name}
  shift 2
fi

scripts/setup.sh --lint --web --docs
timed "configure $preset" configure "$preset"
timed "build $preset" cmake --build --preset "$preset" --parallel "$JOBS"
if has_node; then
  timed "build the web UI" scripts/web.sh "build/$preset/web"
  timed "package the VS Code extension" scripts/vscode.sh "build/$preset"
else
  say "no Node.js 20.19 or newer: the web UI and the VS Code extension are neither built nor tested"
fi
say "test $preset"
exec ctest --preset "$preset" "$@"
