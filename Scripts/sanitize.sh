#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The tests under a sanitizer:  Scripts/sanitize.sh address|thread [arguments of swift test]
# Each has a build folder of its own. Suppressions name frames of libraries only, never Weft's;
# Scripts/sanitizer-selftest.sh shows that they hide no fault of ours.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
    local kind="${1:-}" folder
    cd "$ROOT"
    case "$kind" in
        address)
            folder=.build-asan
            # Faults of access only: whether memory stays flat is what `weft notes` measures, and the
            # leak checker would also count what Swift's runtime and oneDNN keep for good.
            export ASAN_OPTIONS="detect_leaks=0:detect_stack_use_after_return=0:${ASAN_OPTIONS:-}" ;;
        thread)
            folder=.build-tsan
            export TSAN_OPTIONS="suppressions=$ROOT/Scripts/tsan-suppressions.txt:${TSAN_OPTIONS:-}" ;;
        *)
            die "usage: Scripts/sanitize.sh address|thread [arguments of swift test]" ;;
    esac
    shift
    Scripts/setup.sh
    need_swift
    exec swift test -c release --disable-xctest --disable-testable-imports --sanitize="$kind" \
        --scratch-path "$folder" -Xcc -fno-omit-frame-pointer "$@"
}

main "$@"
