#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Does what the README's "In your own package" says: makes a package that depends on this checkout by its
# path, with the README's manifest and its first example, builds it, runs it, and looks at what it prints.
# What the package builds of Weft is its own, some minutes the first time; it stays in .build/user-package.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The lines of the README's code block of a language, from its first line that begins with a word on.
block() {
    awk -v fence="\`\`\`$1" -v first="$2" '
        $0 == fence { inside = 1; text = ""; next }
        inside && /^```/ { if (text ~ first) { printf "%s", text; exit } inside = 0; next }
        inside { text = text $0 "\n" }' README.md
}

manifest() {
    say '// swift-tools-version:6.1'
    say 'import PackageDescription'
    say 'let package = Package('
    say '    name: "MyModel",'
    say '    platforms: [.macOS(.v15)],'
    block swift 'dependencies: \[.package'
    say ')'
}

main() {
    local folder="$ROOT/.build/user-package" printed
    cd "$ROOT"
    Scripts/setup.sh
    need_swift
    mkdir -p "$folder/my-model/Sources/MyModel"
    # The README's path is that of a clone beside the package.
    ln -sfn "$ROOT" "$folder/weft"
    manifest >"$folder/my-model/Package.swift"
    block swift '^import Weft\n' >"$folder/my-model/Sources/MyModel/main.swift"
    cp Package.resolved "$folder/my-model/"
    cd "$folder/my-model"
    cat Package.swift
    swift build -c release --product MyModel
    printed="$(.build/release/MyModel)"
    say "$printed"
    if ! awk '/^\[\[[0-9.]+\]\]$/ { gsub(/[][]/, ""); good = $0 > 20.9 && $0 < 21.1 }
              END { exit !good }' <<<"$printed"; then
        die "the example printed '$printed', not about [[21.0]]"
    fi
}

main "$@"
