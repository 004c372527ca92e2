#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Calls the public functions with hostile arguments, in chains, in child processes: no graph, feed or
# shape may end the process. Arguments go to the program (`Scripts/hostile.sh --help` lists them);
# `--coverage` lists the public functions that its table does not call, and fails when there are some.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# What takes no argument that could be hostile, or is called by the language.
EXEMPT=" == != array buildArray buildEither buildExpression buildOptional buildPartialBlock \
callAsFunction cancel chromeTrace detached graphDescription hash limit makeIterator next \
nextBits nextNormal nextUniform qualified requireCount runDetached stepUpdates test training trainableVariables updates \
validated withUnsafeBytes withUnsafeMutableBytes "

public_functions() {
    find Sources/WeftGraph Sources/Weft Sources/WeftData -name '*.swift' -exec \
        sed -nE 's/^ *(@[A-Za-z]+ )?public ([a-z]+ )*func (\.?<[<=]?|[^ (<]+).*/\3/p' {} + \
        | tr -d '`' | sort -u
}

# Names are looked for among the words of the table, operators between spaces.
coverage() {
    local name missing=0 how
    while read -r name; do
        case "$EXEMPT" in *" $name "*) continue ;; esac
        case "$name" in [A-Za-z]*) how=-w ;; *) how=-F ;; esac
        if ! grep -q "$how" -- "$name" Tests/HostileCalls/C*.swift Tests/HostileFiles/F*.swift; then
            say "$name is not called"
            missing=$((missing + 1))
        fi
    done < <(public_functions)
    if [ "$missing" -gt 0 ]; then
        say "$missing public functions are not called by Tests/HostileCalls or Tests/HostileFiles"
        return 1
    fi
    say "every public function is called"
}

main() {
    cd "$ROOT"
    if [ "${1:-}" = --coverage ]; then
        coverage
        return
    fi
    need_swift
    swift build -c release --product HostileCalls 2>&1 | tail -1
    .build/release/HostileCalls "$@"
}

main "$@"
