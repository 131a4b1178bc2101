#!/usr/bin/env bash
# Fanin's main job on RTL that others wrote: sets up what is missing, builds, indexes two packages as two repositories, and
# asks. Each answer stands under the command that made it. A second run does only what is missing.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

scripts/setup.sh
timed "configure release" configure release
timed "build release" cmake --build --preset release --parallel "$JOBS" --target fanin

export FANIN_DATA_DIR=$ROOT/build/demo
cd "$FANIN_CACHE/corpora"

# fanin ARGUMENTS...: prints the command, then runs it.
fanin() {
  local argument
  printf '\n$ fanin'
  for argument; do
    [[ $argument =~ ^[[:alnum:]_./:=-]+$ ]] || argument=${argument@Q}
    printf ' %s' "$argument"
  done
  printf '\n'
  "$ROOT/build/release/fanin" "$@"
}

say "index two repositories (unchanged files are not parsed again)"
fanin index umi
fanin index lambdalib

say "search by meaning"
fanin search 'synchronize the write pointer into the read clock domain' --limit 5

say "search by structure: registers on the write clock that drive a full flag"
fanin search 'kind:always clock:wr_clk drives:wr_*full' --explain --limit 5

say "trace: everything that can change the full flag, two registers deep"
fanin trace fanin la_asyncfifo.wr_full --repo lambdalib --depth 3

say "context for a completion: the cursor stands in the port list of an instance whose module is in the other repository"
file=umi/umi/sumi/umi_fifo/rtl/umi_fifo.v
line=$(grep -n '\.wr_full' "$file" | head -n 1 | cut -d: -f1)
fanin context complete "$file:$line" --budget 600
