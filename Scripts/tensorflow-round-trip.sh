#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Trains a network in Weft, loads it in TensorFlow, trains it further there, and loads that in Weft; compares
# what both give at each place. TensorFlow is installed in an environment of its own.
#
#   Scripts/tensorflow-round-trip.sh [FOLDER]    the environment is in FOLDER, .build/tensorflow by default
#
# Needs a built `weft` (`swift build -c release --product weft`) and Python 3.10 to 3.13.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

TENSORFLOW=2.21.0

main() {
    cd "$ROOT"
    local environment="${1:-.build/tensorflow}" weft=.build/release/weft
    [ -x "$weft" ] || die "there is no $weft; build it with: swift build -c release --product weft"
    if ! "$environment/bin/python" -c 'import tensorflow' 2>/dev/null; then
        python3 -m venv "$environment"
        "$environment/bin/pip" install -q "tensorflow==$TENSORFLOW"
    fi
    "$environment/bin/python" Scripts/tensorflow/round_trip.py "$weft" "$environment/bin/saved_model_cli"
}

main "$@"
