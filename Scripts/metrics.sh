#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Serves metrics of all kinds, and lets Prometheus's own parsers read them: that of its Python client, and promtool where it
# is installed (Debian's package prometheus). Makes a virtual environment in .build.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

ENVIRONMENT="$ROOT/.build/metrics"
PORT="${WEFT_PORT:-6017}"

main() {
    local server address="http://127.0.0.1:$PORT/metrics"
    cd "$ROOT"
    need_swift
    if [ ! -x "$ENVIRONMENT/bin/python" ]; then
        "${PYTHON:-python3}" -m venv "$ENVIRONMENT"
        "$ENVIRONMENT/bin/pip" install --quiet 'prometheus_client==0.25.0'
    fi
    swift build -c release --product MetricsSamples
    "$(swift build -c release --show-bin-path)/MetricsSamples" "$PORT" &
    server=$!
    # shellcheck disable=SC2064
    trap "kill $server 2>/dev/null || true" EXIT
    for _ in $(seq 100); do
        if curl -fs "$address" >/dev/null 2>&1; then break; fi
        sleep 0.1
    done
    "$ENVIRONMENT/bin/python" Scripts/metrics.py "$address"
    if command -v promtool >/dev/null 2>&1; then
        # It also judges names, by which this counts nothing as wrong.
        curl -fs "$address" | promtool check metrics || warn "promtool has remarks"
        say "promtool reads it"
    else
        say "promtool is not installed: only the Python parsers have read it"
    fi
}

main "$@"
