#!/usr/bin/env bash
# Builds the documentation as a site into build/docs/site, with links checked: pages of docs/, and reference made from the
# program's help, the comments of proto/ and the Python sources. Open index.html there; nothing is loaded from other hosts.
#
#   scripts/docs.sh [PROGRAM] [FOLDER]     default: build/release/fanin build/docs
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

program=$(realpath --canonicalize-missing "${1:-$ROOT/build/release/fanin}")
out=$(realpath --canonicalize-missing "${2:-$ROOT/build/docs}")
[[ -x $program ]] || die "$program is missing: cmake --build --preset release --target fanin"
mkdocs=$FANIN_CACHE/docs-venv/bin/mkdocs
[[ -x $mkdocs ]] || die "MkDocs is missing: scripts/setup.sh --docs installs it"
cd "$ROOT"

export FANIN_DOCS_PAGES=$out/pages FANIN_DOCS_SITE=$out/site
"$FANIN_CACHE/venv/bin/python" scripts/docs_pages.py "$program" "$FANIN_DOCS_PAGES"
NO_MKDOCS_2_WARNING=1 "$mkdocs" --quiet build --strict
