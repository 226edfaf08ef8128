# shellcheck shell=bash
# Shared by build/setup, build/start and build/test. Sourced, not run.
# Works with bash 3.2 (macOS) and the bash of Git for Windows.
# shellcheck disable=SC2119 # "pages" takes an argument of its own, not the script's

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
BIN="$ROOT/build/bin"
TAGS_APP="desktop,production,webkit2_41"
TAGS_TEST="dev,webkit2_41"

# What is built must not depend on the state of the checkout, and an unpacked archive
# has no version control to ask.
export GOFLAGS="${GOFLAGS:--buildvcs=false}"

say() { printf '%s\n' "$*"; }
oops() { printf '%s\n' "$*" >&2; }

# os: linux, macos, windows or other.
os() {
  case "$(uname -s)" in
    Linux) echo linux ;;
    Darwin) echo macos ;;
    MINGW* | MSYS* | CYGWIN*) echo windows ;;
    *) echo other ;;
  esac
}

have() { command -v "$1" >/dev/null 2>&1; }

# at_least WANT HAVE: versions, numbers and dots only.
at_least() {
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$1" ]
}

# has_screen: is there somewhere to open a window?
has_screen() {
  case "$(os)" in
    linux | other) [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ] ;;
    *) return 0 ;;
  esac
}

# root_do CMD...: run as root, by sudo when we are not.
root_do() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    oops "This needs root, and there is no sudo here. Run as root: $*"
    return 1
  fi
}

# sha FILE...: one hash over the contents.
sha() {
  if have sha256sum; then cat "$@" | sha256sum | cut -d' ' -f1; else cat "$@" | shasum -a 256 | cut -d' ' -f1; fi
}

# node_packages: npm ci, only when package-lock.json changed since the last time.
node_packages() {
  local stamp="$ROOT/frontend/node_modules/.waybill-lock" want
  want="$(sha "$ROOT/frontend/package.json" "$ROOT/frontend/package-lock.json") $(node --version)" || return 1
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
    say "Front-end packages are up to date."
    return 0
  fi
  say "Installing the front-end packages named in frontend/package-lock.json."
  (cd "$ROOT/frontend" && npm ci --no-audit --no-fund) || return 1
  printf '%s\n' "$want" >"$stamp"
}

# pages: build the front end, only when something it is made of is newer than the result.
pages() {
  local made="$ROOT/frontend/dist/index.html"
  if [ -f "$made" ] && [ "${1:-}" != "--always" ] && [ -z "$(find "$ROOT/frontend" -newer "$made" -type f \
    -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/e2e/*' -print 2>/dev/null | head -n 1)" ]; then
    say "The pages are up to date."
    return 0
  fi
  say "Building the pages."
  (cd "$ROOT/frontend" && npm run --silent build -- --logLevel warn)
}

# exe: ".exe" on Windows.
exe() { if [ "$(os)" = windows ]; then echo .exe; fi; }

# Not built with -trimpath: then nothing that vet and the tests compiled could be used
# again. Packages for other people's machines are built with it, by build/wails.
build_app() {
  local out tags="$TAGS_APP" flags="-s -w"
  out="$BIN/waybill$(exe)"
  case "$(os)" in
    windows) flags="$flags -H windowsgui" ;;
    macos) export CGO_LDFLAGS="${CGO_LDFLAGS:-} -framework UniformTypeIdentifiers" ;;
  esac
  (cd "$ROOT" && go build -tags "$tags" -ldflags "$flags" -o "$out" ./app)
}

build_test_app() { (cd "$ROOT" && go build -tags "$TAGS_TEST" -o "$BIN/waybill-dev$(exe)" ./app); }

build_cli() {
  (cd "$ROOT" && CGO_ENABLED=0 go build -ldflags "-s -w" -o "$BIN/waybill-cli$(exe)" ./backend/cmd/waybill)
}
