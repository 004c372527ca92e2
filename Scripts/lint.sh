#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The rules that can be checked without building: format, licence lines, file sizes, what must not stand
# in the sources, and that the page of all functions is theirs. Prints every finding; ends with an error when there is one.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

MOST_LINES=800
MANY_LINES=500
MOST_BYTES=$((1024 * 1024))
findings=0

finding() {
    printf '%s\n' "$*"
    findings=$((findings + 1))
}

# The files of the project: tracked ones, and new ones that git does not ignore.
files() {
    git ls-files --cached --others --exclude-standard -- "$@" | sort -u | while IFS= read -r file; do
        if [ -f "$file" ]; then printf '%s\n' "$file"; fi
    done
}

is_generated() {
    case "$1" in
        Sources/CWeftDigits/digits.c | *.pb.swift) return 0 ;;
        *) return 1 ;;
    esac
}

# The first line names the licence; after a `#!` or the tools version, the second.
licence_lines() {
    local file first
    while IFS= read -r file; do
        first="$(head -n 2 "$file" | grep -vE '^(#!|// swift-tools-version)' | head -n 1)"
        case "$first" in
            *'SPDX-License-Identifier: '*) ;;
            *) finding "$file:1: no 'SPDX-License-Identifier' in the first line" ;;
        esac
    done < <(files '*.swift' '*.c' '*.h' '*.inc' '*.sh' '*.py' '*.modulemap' Makefile .ci/run \
        Benchmarks/allocations)
}

file_sizes() {
    local file lines
    while IFS= read -r file; do
        if is_generated "$file"; then continue; fi
        lines="$(wc -l <"$file")"
        if [ "$lines" -gt "$MOST_LINES" ]; then
            finding "$file: $lines lines (at most $MOST_LINES)"
        elif [ "$lines" -gt "$MANY_LINES" ]; then
            printf '%s: %s lines: think about dividing it (no error)\n' "$file" "$lines"
        fi
    done < <(files 'Sources/*' 'Tests/*' | grep -E '\.(swift|c|h|inc)$')
    while IFS= read -r file; do
        if [ "$(wc -c <"$file")" -gt "$MOST_BYTES" ]; then
            finding "$file: larger than a megabyte"
        fi
    done < <(files)
}

# forbid PATTERN REASON FILES...: no line of the files may match.
forbid() {
    local pattern="$1" reason="$2" hit
    shift 2
    while IFS= read -r hit; do
        finding "$hit: $reason"
    done < <(files "$@" | grep -vxF Scripts/lint.sh | tr '\n' '\0' |
        xargs -0 -r grep -nIE -e "$pattern" /dev/null | cut -c 1-200 || true)
}

forbidden_words() {
    forbid 'unsafeFlags' 'no unsafe flags: packages with them cannot be depended on' '*.swift'
    forbid 'ProcessInfo|getenv|environment\[' 'the manifest does not look at the environment' \
        Package.swift '*/Package.swift'
    forbid '(^|[^A-Za-z0-9_.~-])/(home|Users|root|work|private)/' 'a path of one machine' \
        '*.swift' '*.c' '*.h' '*.inc' '*.sh' '*.py' '*.md' '*.json' Makefile .ci/run \
        Benchmarks/allocations
    forbid '@testable' 'tests run in release, where @testable does not work: use package access' \
        '*.swift'
    forbid '^(<<<<<<<|>>>>>>>) ' 'a merge left this'
    forbid '[[:blank:]]+$' 'blanks at the end of the line' '*.swift' '*.c' '*.h' '*.inc' '*.sh' '*.py'
}

# `@unchecked Sendable` wants a comment on its line or in the lines just above.
unchecked_sendable() {
    local file hit
    while IFS= read -r file; do
        if is_generated "$file"; then continue; fi
        while IFS= read -r hit; do
            finding "$hit: @unchecked Sendable without a reason beside it"
        done < <(awk -v name="$file" '
            /@unchecked Sendable/ && !/\/\// && !commented { print name ":" FNR }
            { commented = ($0 ~ /\/\//) || ($0 ~ /^[[:blank:]]*@/ && commented) }' "$file")
    done < <(files '*.swift')
}

swift_format() {
    local -a sources
    sources=()
    local file
    while IFS= read -r file; do
        if ! is_generated "$file"; then sources+=("$file"); fi
    done < <(files '*.swift')
    if [ "${#sources[@]}" -eq 0 ]; then return; fi
    if ! swift format lint --strict --parallel "${sources[@]}"; then
        finding "swift format: see above (make format mends most of it)"
    fi
}

shell_scripts() {
    local -a scripts
    scripts=(.ci/run Benchmarks/allocations)
    local file
    while IFS= read -r file; do scripts+=("$file"); done < <(files '*.sh')
    if command -v shellcheck >/dev/null 2>&1; then
        shellcheck -x "${scripts[@]}" || finding "shellcheck: see above"
    else
        say "shellcheck is not installed: the scripts are only parsed"
        for file in "${scripts[@]}"; do bash -n "$file" || finding "$file: does not parse"; done
    fi
}

# The pages of all functions and names, the program of the pages' blocks, and the table of the examples' lines say what
# they are made from.
written_pages() {
    local said script
    if ! command -v python3 >/dev/null 2>&1; then
        say 'python3 is not installed: what scripts write is not compared with what they write it from'
        return
    fi
    for script in functions tensorflow1_names snippets example_lines; do
        said="$(python3 "Scripts/$script.py" --check 2>&1)" || finding "$said"
    done
}

main() {
    cd "$ROOT"
    need_swift
    licence_lines
    file_sizes
    forbidden_words
    unchecked_sendable
    shell_scripts
    written_pages
    swift_format
    if [ "$findings" -gt 0 ]; then
        say "lint: $findings findings"
        exit 1
    fi
    say "lint: nothing found"
}

main "$@"
