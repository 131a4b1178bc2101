#!/usr/bin/env bash
# The long runs of docs/promises.md, on the release build: damage, kills, failing disks, fuzzing. Prints what was done and every promise
# that was broken, with what does it again; the exit code is the number of kinds of run in which one was.
#
#   scripts/stress.sh [damage|crash|faults|fuzz]...     default: all; a seed other than 1: FANIN_SEED
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

build=build/release
preload=$build/tests/cli/libfault_preload.so
seed=${FANIN_SEED:-1}
runs=("$@")
[[ ${#runs[@]} -gt 0 ]] || runs=(damage crash faults fuzz)

timed "configure release" configure release
timed "build fanin_stress" cmake --build --preset release --parallel "$JOBS" --target fanin_stress fanin_fuzz fault_preload
failed=0
for run in "${runs[@]}"; do
  program=fanin_stress
  case $run in
    damage) arguments=(--trials 2000) ;;
    crash) arguments=(--kills 500 --preload "$preload") ;;
    faults) arguments=(--preload "$preload") ;;
    fuzz) program=fanin_fuzz run=all arguments=(--seconds 360) ;;
    *) die "no such run: $run" ;;
  esac
  say "$run"
  "$build/$program" "$run" --seed "$seed" "${arguments[@]}" || failed=$((failed + 1))
done
exit "$failed"
