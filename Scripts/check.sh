#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Before a change is proposed: the lints, then what CI runs. With --full, also what takes longer:
# ten trainings, chains of a million nodes, a package that uses Weft, the reference, 200,000 chains of
# hostile calls, 10,000,000 damaged files, 500 killed trainings, the sanitizers' self-test, the tests under the address and the thread sanitizer, and
# 100,000 random programs under the former.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

FAILED=()

step() {
    section "$@" || FAILED+=("$1")
}

no_warnings() {
    ! grep -E '(Sources|Tests)/[^ ]*: warning:' .build/ci-build.log
}

usage() {
    say "usage: Scripts/check.sh [--full]"
    say "  --full   also ten trainings, chains of a million nodes, hostile calls and files, the sanitizers"
    say "           (about three builds of everything), and 100,000 random programs"
}

main() {
    local full=no
    case "${1:-}" in
        '') ;;
        --full) full=yes ;;
        -h | --help)
            usage
            return ;;
        *)
            usage >&2
            exit 2 ;;
    esac
    cd "$ROOT"
    need_swift
    step 'Lint' Scripts/lint.sh
    step 'What CI runs' .ci/run
    step 'No warnings' no_warnings
    if [ "$full" = yes ]; then
        step 'Digits, ten seeds' Scripts/digits-seeds.sh
        step 'Chains of a million nodes' \
            env WEFT_LONG_CHAIN=1024000 Scripts/test.sh --filter 'Long(Chain|Model)|longChain'
        step 'Adding operations' Scripts/adding-operations.sh
        step 'A package that uses Weft' Scripts/user-package.sh
        step 'Reference' Scripts/reference.sh
        step 'Hostile calls' Scripts/hostile.sh --chains 200000
        step 'Damaged files' Scripts/hostile-files.sh --executions 10000000
        step 'Checkpoints of killed trainings' Scripts/kills.sh
        step 'Sanitizers: self-test' Scripts/sanitizer-selftest.sh
        step 'Sanitizers: address' Scripts/sanitize.sh address
        step 'Random programs, 100,000' \
            env WEFT_RANDOM_PROGRAMS=100000 Scripts/sanitize.sh address --filter RandomProgramTests
        step 'Sanitizers: thread' Scripts/sanitize.sh thread
    fi

    printf '\n'
    if [ "${#FAILED[@]}" -gt 0 ]; then
        say "FAILED after $SECONDS s: $(printf '%s; ' "${FAILED[@]}")"
        exit 1
    fi
    say "All checks passed after $SECONDS s."
}

main "$@"
