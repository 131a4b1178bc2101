#!/usr/bin/env bash
# Times a first user's path from a clone to the first answer, step by step, without downloads and compilation: the cache that
# scripts/setup.sh filled is there, and the program is one that was built.
#
#   scripts/first_answer.sh [PROGRAM]     default: build/release/fanin
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

program=$(realpath "${1:-$ROOT/build/release/fanin}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export FANIN_DATA_DIR=$folder/data

# step NAME COMMAND...: wall and processor seconds of the command.
step() {
  local TIMEFORMAT="| $1 | %R | %U + %S |"
  shift
  time "$@" >"$folder/output" 2>"$folder/errors" || die "failed: $*: $(tail -n 5 "$folder/errors")"
}

echo '| step | wall s | processor s, user + system |'
echo '|---|---|---|'
{
  step 'git clone' git clone --quiet "$ROOT" "$folder/fanin"
  cd "$folder/fanin"
  step 'scripts/setup.sh, everything there' scripts/setup.sh
  step 'cmake --preset release' cmake --preset release
  cd "$FANIN_CACHE/corpora"
  step 'fanin index umi --no-embed' "$program" index umi --no-embed
  step "fanin search 'round robin arbiter kind:module'" "$program" search 'round robin arbiter kind:module'
} 2>&1
head -n 3 "$folder/output"
