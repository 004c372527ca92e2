#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The README's second command: the tests, in release (at -O0 the C kernels are eighty times
# slower). The tests need no @testable, they see `package` declarations; saying so lets them share
# what `swift build` built, where all would be compiled again otherwise. Arguments go on to
# `swift test` (--filter, ...).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cd "$ROOT"
Scripts/setup.sh
need_swift
exec swift test -c release --disable-xctest --disable-testable-imports "$@"
