#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Shows that the sanitizers would find our faults: a race between the pieces of a parallel loop and
# a kernel that writes past its output must be reported, and the same programs without the fault
# must report nothing. The thread sanitizer runs with the suppressions that the tests run with.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

KERNELS=Sources/CWeftKernels
FOLDER="$(mktemp -d)"
trap 'rm -rf "$FOLDER"' EXIT

# compile NAME SANITIZER SOURCE...
compile() {
    local name="$1" sanitizer="$2"
    shift 2
    local -a libraries=(-lpthread -lm)
    # The thread sanitizer of Swift's toolchain intercepts Dispatch, so it wants it linked.
    local runtime
    runtime="$(cd "$(dirname "$CLANG")/.." && pwd)/lib/swift/linux"
    if [ "$sanitizer" = thread ] && [ -e "$runtime/libdispatch.so" ]; then
        libraries+=("-L$runtime" "-Wl,-rpath,$runtime" -ldispatch -lBlocksRuntime)
    fi
    if [ -x "$(dirname "$CLANG")/ld.lld" ]; then libraries+=(-fuse-ld=lld); fi
    "$CLANG" -std=gnu17 -O1 -g -fno-omit-frame-pointer -fsanitize="$sanitizer" \
        -I "$KERNELS/include" -o "$FOLDER/$name" "$@" "${libraries[@]}"
}

# run NAME MODE: the exit status in STATUS, what was printed in $FOLDER/log.
run() {
    STATUS=0
    "$FOLDER/$1" "$2" >"$FOLDER/log" 2>&1 || STATUS=$?
}

# must_report NAME TEXT FILE: fails, with the sanitizer's report naming the file of the fault.
must_report() {
    run "$1" seeded
    if [ "$STATUS" -eq 77 ]; then
        say "skipped: $1: $(cat "$FOLDER/log")"
    elif [ "$STATUS" -ne 0 ] && grep -q "$2" "$FOLDER/log" && grep -q "$3" "$FOLDER/log"; then
        say "ok: the fault is reported: $(grep -m 1 "$2" "$FOLDER/log")"
    else
        cat "$FOLDER/log"
        die "$1: the seeded fault was not reported (exit status $STATUS)"
    fi
}

# must_be_silent NAME: succeeds and prints its one line.
must_be_silent() {
    run "$1" correct
    if [ "$STATUS" -eq 77 ]; then
        say "skipped: $1: $(cat "$FOLDER/log")"
    elif [ "$STATUS" -eq 0 ] && [ "$(wc -l <"$FOLDER/log")" -eq 1 ]; then
        say "ok: without the fault nothing is reported"
    else
        cat "$FOLDER/log"
        die "$1: a report without a fault (exit status $STATUS)"
    fi
}

main() {
    local -a kernels
    cd "$ROOT"
    Scripts/setup.sh
    need_swift
    CLANG="$(toolchain_clang)"
    kernels=("$KERNELS"/*.c)
    export TSAN_OPTIONS="suppressions=$ROOT/Scripts/tsan-suppressions.txt:halt_on_error=1:${TSAN_OPTIONS:-}"
    export ASAN_OPTIONS="detect_leaks=1:${ASAN_OPTIONS:-}"

    compile seeded_race thread Scripts/sanitizer/seeded_race.c "$KERNELS"/team*.c "$KERNELS/stop.c"
    must_report seeded_race 'WARNING: ThreadSanitizer: data race' seeded_race.c
    must_be_silent seeded_race

    compile seeded_overflow address Scripts/sanitizer/seeded_overflow.c "${kernels[@]}"
    must_report seeded_overflow 'ERROR: AddressSanitizer: heap-buffer-overflow' iota.c
    must_be_silent seeded_overflow
}

main "$@"
