#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# `swift`, also where it stands in a usual place but not in PATH.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cd "$ROOT"
need_swift
exec swift "$@"
