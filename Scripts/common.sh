# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the scripts share. Sourced, never run; each script has its own `set -euo pipefail`.

# The repository's root, whatever the folder a script was called from.
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export ROOT

say() { printf '%s\n' "$*"; }
warn() { printf 'weft: %s\n' "$*" >&2; }
die() {
    warn "$@"
    exit 1
}

# Puts a Swift toolchain in PATH: the caller's, else one in a usual place.
need_swift() {
    local place
    if ! command -v swift >/dev/null 2>&1; then
        for place in /opt/swift/usr/bin /usr/local/swift/usr/bin "$HOME/.local/share/swiftly/bin"; do
            if [ -x "$place/swift" ]; then
                PATH="$place:$PATH"
                export PATH
                break
            fi
        done
    fi
    command -v swift >/dev/null 2>&1 ||
        die "no Swift found. Install Swift 6.1 or newer (https://swift.org/install) and put it in PATH."
}

# The C compiler that SwiftPM uses: the toolchain's own clang.
toolchain_clang() {
    local swift_path
    if [ "$(uname -s)" = Darwin ]; then
        xcrun --find clang
        return
    fi
    swift_path="$(command -v swift)"
    swift_path="$(readlink -f "$swift_path" 2>/dev/null || printf '%s' "$swift_path")"
    if [ -x "$(dirname "$swift_path")/clang" ]; then
        printf '%s\n' "$(dirname "$swift_path")/clang"
    else
        command -v clang || command -v cc
    fi
}

# section NAME COMMAND...: runs a command under a headline and says how long it took. Fails as
# the command fails.
section() {
    local name="$1" start=$SECONDS status=0
    shift
    printf '\n=== %s\n' "$name"
    "$@" || status=$?
    if [ "$status" -eq 0 ]; then
        printf -- '--- %s: ok, %d s\n' "$name" "$((SECONDS - start))"
    else
        printf -- '--- %s: FAILED (exit %d), %d s\n' "$name" "$status" "$((SECONDS - start))"
    fi
    return "$status"
}
