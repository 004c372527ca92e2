#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Kills a training that writes checkpoints at 500 random moments (or as many as the argument says), and looks each
# time whether what was on the disk is there and whole.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cd "$ROOT"
need_swift
WEFT_KILLS="${1:-500}" Scripts/test.sh --filter CheckpointStoreTests/kills
