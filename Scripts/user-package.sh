#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Does what the README's "In your own package" says: makes a package that depends on this checkout by its
# path, with the README's manifest and its first example, builds it, runs it, and looks at what it prints; and then
# the same of Documentation/GettingStarted.md, a model of one's own on a table of one's own.
# What the packages build of Weft is their own, some minutes the first time; it stays in .build/user-package.
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

# All blocks of Swift of Documentation/GettingStarted.md but the manifest, as a program; or the manifest.
started() {
    awk -v manifest="$1" '
        /^```swift$/ { inside = 1; text = ""; next }
        inside && /^```$/ {
            inside = 0
            if ((text ~ /^\/\/ swift-tools-version/) == manifest) printf "%s\n", text
            next
        }
        inside { text = text $0 "\n" }' Documentation/GettingStarted.md
}

wines() {
    local folder="$1" scratch="$2" printed
    mkdir -p "$folder/Sources/Wines"
    started 1 >"$folder/Package.swift"
    started 0 >"$folder/Sources/Wines/main.swift"
    cp Package.resolved "$folder/"
    cp Examples/Data/wine.csv "$folder/"
    cd "$folder"
    swift build -c release --product Wines --scratch-path "$scratch"
    printed="$("$scratch/release/Wines" 2>/dev/null)"
    say "$printed"
    # The wines of the test, of whose cultivars at least nine in ten are found.
    if ! awk '/"accuracy"/ { match($0, /"accuracy": [0-9.]+/)
                             good = substr($0, RSTART + 12, RLENGTH - 12) > 0.9 }
              END { exit !good }' <<<"$printed"; then
        die "the program of Documentation/GettingStarted.md printed '$printed', not an accuracy above 0.9"
    fi
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
    cd "$ROOT"
    wines "$folder/wines" "$folder/my-model/.build"
}

main "$@"
