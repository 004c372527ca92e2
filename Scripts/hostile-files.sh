#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Reads damaged files of all formats, in child processes: none may end the process, take more memory than
# a file of its size can need, or give an error that does not name it. Files to damage are those of
# Tests/Goldens, and of folders given by --seeds. Other arguments go to the program, too
# (`Scripts/hostile-files.sh --executions 10000000`).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
    cd "$ROOT"
    need_swift
    swift build -c release --product HostileFiles 2>&1 | tail -1
    .build/release/HostileFiles --seeds Tests/Goldens "$@"
}

main "$@"
