# shellcheck shell=bash disable=SC2034
# Sourced by the scripts beside it: where things are, the compiler cache, and how to say what is being done.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
# Everything that is built or fetched once per machine; cmake/Dependencies.cmake looks in the same place.
FANIN_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/fanin
JOBS=$(nproc)

# Objects are cached by content, so a fresh clone in another folder compiles nothing again. The presets set the base
# folder and leave the build folder out of the key.
export CCACHE_DIR=${CCACHE_DIR:-$FANIN_CACHE/ccache}
export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}

say() { printf '==> %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Whether the web UI can be built here: Vite wants Node.js 20.19 or newer.
has_node() {
  command -v npm >/dev/null && node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'
}

# timed TEXT COMMAND...: runs the command and says what it does and how long it took.
timed() {
  local text=$1 start=$SECONDS
  shift
  say "$text"
  "$@"
  printf '    done in %d s\n' $((SECONDS - start))
}

# configure PRESET: what CMake says on standard output is of no use here; errors and warnings come on the other one.
configure() { cmake --preset "$1" --log-level=WARNING >/dev/null; }
