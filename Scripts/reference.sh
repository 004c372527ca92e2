#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the documentation as a site: for each module the declarations with their documentation, under the pages in
# its .docc folder, and the pages of Documentation as articles of the module Weft, by the toolchain's own `docc`. Fails
# when a page names a declaration or a page that there is not.
#
#   Scripts/reference.sh [FOLDER]    writes to FOLDER, .build/reference by default
#
# To read it: `python3 -m http.server --directory .build/reference`, then
# http://localhost:8000/documentation.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

MODULES=(
    WeftArrays WeftFormats WeftGraph Weft WeftCheckpoints WeftData WeftImages WeftCharts WeftTraining
    WeftTensorFlow WeftTensorBoard WeftOpenMetrics TensorFlow1)
C_MODULES=(CWeftRuntime CWeftChecksums CWeftKernels COneDNN CLapack CFFTW CWeftDigits CWeftImages)

# What the module declares, as docc reads it.
symbols() {
    local module="$1" folder="$2" target c maps=()
    target="$(swift -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)".*/\1/p' | head -1)"
    for c in "${C_MODULES[@]}"; do
        maps+=(-Xcc "-fmodule-map-file=.build/release/$c.build/module.modulemap")
    done
    maps+=(-Xcc -fmodule-map-file=Sources/CZlib/module.modulemap)
    c=.build/checkouts/swift-numerics/Sources/_NumericsShims/include
    maps+=(-Xcc "-fmodule-map-file=$c/module.modulemap")
    mkdir -p "$folder"
    swift-symbolgraph-extract -module-name "$module" -I .build/release/Modules "${maps[@]}" \
        -target "$target" -minimum-access-level public -output-dir "$folder"
    # Conformances to protocols of the standard library bring hundreds of its own declarations.
    rm -f "$folder/$module@"*
}

main() {
    cd "$ROOT"
    local work=.build/reference-work output="${1:-.build/reference}" module log pages archives=() wrong
    need_swift
    command -v docc >/dev/null 2>&1 || PATH="$(dirname "$(toolchain_clang)"):$PATH"
    swift build -c release --target Weft
    swift build -c release --target WeftTraining
    swift build -c release --target WeftImages
    swift build -c release --target WeftOpenMetrics
    swift build -c release --target TensorFlow1
    rm -rf "$work" "$output"
    log="$work/log"
    mkdir -p "$work" "$(dirname "$output")"
    python3 Scripts/documentation.py "$work"
    for module in "${MODULES[@]}"; do
        symbols "$module" "$work/$module"
        pages="Sources/$module/$module.docc"
        if [ "$module" = Weft ]; then pages="$work/Weft.docc"; fi
        docc convert "$pages" --additional-symbol-graph-dir "$work/$module" \
            --fallback-display-name "$module" --fallback-bundle-identifier "weft.$module" \
            --output-path "$work/$module.doccarchive" >>"$log" 2>&1 || { cat "$log"; exit 1; }
        archives+=("$work/$module.doccarchive")
    done
    # That each parameter has a line of its own is not asked for: what a name says need not be said again.
    wrong="$(grep -A1 '^warning: ' "$log" | grep -v 'is missing documentation' | grep -A1 '^warning: ' || true)"
    if [ -n "$wrong" ]; then
        say "$wrong"
        die 'the pages and the declarations disagree'
    fi
    docc merge "${archives[@]}" --synthesized-landing-page-name Weft --output-path "$output"
    say "the reference: $output ($(find "$output/data" -name '*.json' | wc -l) pages)"
}

main "$@"
