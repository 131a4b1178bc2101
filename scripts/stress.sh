#!/usr/bin/env bash
# The long runs of docs/promises.md, on the release build: damage, kills, failing disks. Prints what was done and every promise
# that was broken, with what does it again; the exit code is the number of kinds of run in which one was.
#
#   scripts/stress.sh [damage|crash|faults]...     default: all; a seed other than 1: FANIN_SEED
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

build=build/release
preload=$build/tests/cli/libfault_preload.so
seed=${FANIN_SEED:-1}
runs=("$@")
[[ ${#runs[@]} -gt 0 ]] || runs=(damage crash faults)

timed "configure release" configure release
timed "build fanin_stress" cmake --build --preset release --parallel "$JOBS" --target fanin_stress fault_preload
failed=0
for run in "${runs[@]}"; do
  case $run in
    damage) arguments=(--trials 2000) ;;
    crash) arguments=(--kills 500 --preload "$preload") ;;
    faults) arguments=(--preload "$preload") ;;
    *) die "no such run: $run" ;;
  esac
  say "$run"
  "$build/fanin_stress" "$run" --seed "$seed" "${arguments[@]}" || failed=$((failed + 1))
done
exit "$failed"
