#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The README's first command: from a fresh clone to a trained network. Arguments go on to
# `weft train digits` (--epochs, --seed, ...).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cd "$ROOT"
Scripts/setup.sh
need_swift
swift build -c release --product weft
exec .build/release/weft train digits "$@"
