#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Writes Sources/WeftProtos/Generated from Sources/WeftProtos/Definitions. Needs `protoc` and
# `protoc-gen-swift` of the version of swift-protobuf that Package.swift names (`swift build --product
# protoc-gen-swift` in a clone of it) on the path. What it writes is committed, so that a build needs neither.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
    local tool
    cd "$ROOT/Sources/WeftProtos/Definitions"
    for tool in protoc protoc-gen-swift; do
        command -v "$tool" >/dev/null 2>&1 || die "$tool is not on the path"
    done
    rm -f ../Generated/*.pb.swift
    protoc --swift_opt=Visibility=Package --swift_opt=UseAccessLevelOnImports=true \
        --swift_out=../Generated ./*.proto
    # What the generator writes begins without the licence.
    sed -i '1i // SPDX-License-Identifier: Apache-2.0' ../Generated/*.pb.swift
}

main "$@"
