#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Does what Documentation/AddingAnOperation.md says, in a copy of the tree: adds an elementwise function
# (Scripts/adding/elementwise.patch) and a structured primitive (Scripts/adding/structured.patch), says
# which files they touched, builds, and runs the tests that must know them without being told. Fails
# when more files or lines are touched than the page promises.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

MOST_ELEMENTWISE_FILES=5
MOST_ELEMENTWISE_LINES=15
MOST_STRUCTURED_FILES=8

COPY=""

touched() { git apply --numstat "$ROOT/Scripts/adding/$1.patch"; }

promise() {
    if [ "$2" -gt "$3" ]; then die "$1: $2, at most $3 are promised"; fi
    say "$1: $2 (at most $3)"
}

main() {
    cd "$ROOT"
    need_swift
    promise 'files of an elementwise function' "$(touched elementwise | wc -l)" "$MOST_ELEMENTWISE_FILES"
    promise 'lines of an elementwise function' \
        "$(touched elementwise | awk '{ lines += $1 } END { print lines }')" "$MOST_ELEMENTWISE_LINES"
    promise 'files of a structured primitive' "$(touched structured | wc -l)" "$MOST_STRUCTURED_FILES"
    touched elementwise
    touched structured

    COPY="$(mktemp -d)"
    trap 'rm -rf "$COPY"' EXIT
    git ls-files -z | tar --null -T - -cf - | tar -xf - -C "$COPY"
    (cd "$COPY" && git init -q && git apply "$ROOT"/Scripts/adding/*.patch)
    "$COPY/Scripts/test.sh" --filter 'Conformance|GradientCoverage|GradientRule|AddingAnOperation'
}

main "$@"
