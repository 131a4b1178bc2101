#!/usr/bin/env bash
# Checks the source text. CI runs all but `tidy` as tests of ctest; pre-commit hooks run the same.
#
#   scripts/lint.sh              format, layering, readmes, scripts
#   scripts/lint.sh format       every C++ file is as clang-format 14 writes it;  fix: rewrite them so
#   scripts/lint.sh layering     the include rules of ARCHITECTURE.md
#   scripts/lint.sh readmes      each folder of code has a README.md of at most 25 lines
#   scripts/lint.sh scripts      shell scripts parse
#   scripts/lint.sh tidy [FILE]  clang-tidy 19, all files or those named, against build/release (minutes)
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

FOLDERS=(base proto graph indexer retriever service clients tests scripts)
README_MAX_LINES=25

# The project's files of a name pattern; no git needed, so that an unpacked archive can be checked too.
files() { find "${FOLDERS[@]}" -name node_modules -prune -o -type f -name "$1" -print; }
sources() { files '*.h' && files '*.cc'; }

need() { command -v "$1" >/dev/null || die "$1 is missing: scripts/setup.sh --lint installs it"; }

format() {
  need clang-format-14
  # shellcheck disable=SC2016
  sources | xargs --max-procs="$JOBS" -I{} bash -c 'clang-format-14 "$1" | cmp -s - "$1" || { echo "$1"; exit 1; }' _ {} ||
    die "not formatted: the files above; scripts/lint.sh fix does it"
}

fix() {
  need clang-format-14
  sources | xargs clang-format-14 -i
}

layering() { python3 scripts/check_layering.py; }

readmes() {
  local folder file lines bad=0
  for folder in "${FOLDERS[@]}"; do
    [[ -f $folder/README.md ]] || { echo "$folder/README.md is missing" && bad=1; }
  done
  while read -r file; do
    lines=$(wc -l <"$file")
    ((lines <= README_MAX_LINES)) || { echo "$file has $lines lines, more than $README_MAX_LINES" && bad=1; }
  done < <(files README.md)
  return $bad
}

scripts() {
  local file
  for file in $(files '*.sh') .ci/run; do bash -n "$file"; done
}

tidy() {
  need clang-tidy-19
  [[ -f build/release/compile_commands.json ]] || die "configure first: cmake --preset release"
  if (($#)); then printf '%s\n' "$@"; else files '*.cc'; fi |
    xargs --max-args=1 --max-procs="$JOBS" clang-tidy-19 --quiet -p build/release
}

case ${1:-all} in
  all) format && layering && readmes && scripts ;;
  format | fix | layering | readmes | scripts | tidy) "$@" ;;
  *) die "usage: scripts/lint.sh [format|fix|layering|readmes|scripts|tidy [FILE...]]" ;;
esac
