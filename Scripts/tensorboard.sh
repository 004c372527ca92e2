#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Writes event files of all kinds, reads them by the real TensorBoard, compares, and takes pictures of its page in a
# browser without a window. With `--picture`, those of curves and of the graph go to Documentation/images.
# Makes a virtual environment in .build; needs a Python with venv, and chromium for the pictures, which it installs on
# Debian where it may.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

ENVIRONMENT="$ROOT/.build/tensorboard"
LOGS="$ROOT/.build/tensorboard-logs"
PICTURES="$ROOT/.build/tensorboard-pictures"
PORT="${WEFT_PORT:-6016}"

environment() {
    [ -x "$ENVIRONMENT/bin/tensorboard" ] && return
    "${PYTHON:-python3}" -m venv "$ENVIRONMENT"
    # The newest setuptools have no pkg_resources, which TensorBoard asks for.
    "$ENVIRONMENT/bin/pip" install --quiet \
        'tensorboard==2.20.0' 'numpy<3' 'pillow' 'setuptools<81'
}

browser() {
    local name
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" 2>/dev/null; then return; fi
    done
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        apt-get install -y -qq chromium >/dev/null 2>&1 || true
        command -v chromium || true
    fi
}

picture() {
    timeout 120 "$1" --headless=new --no-sandbox --hide-scrollbars \
        --use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader \
        --window-size=1280,900 --virtual-time-budget=30000 --user-data-dir="$PICTURES/profile" \
        --screenshot="$PICTURES/$2.png" "http://localhost:$PORT/$3" >/dev/null 2>&1 ||
        die "the browser has taken no picture of $2"
    [ -s "$PICTURES/$2.png" ] || die "the browser has taken no picture of $2"
}

main() {
    local chromium server
    cd "$ROOT"
    need_swift
    environment
    swift build -c release --product EventSamples
    rm -rf "$LOGS" "$PICTURES"
    mkdir -p "$PICTURES"
    "$(swift build -c release --show-bin-path)/EventSamples" "$LOGS"
    "$ENVIRONMENT/bin/tensorboard" --logdir "$LOGS" --port "$PORT" --samples_per_plugin scalars=1000,images=10 \
        --load_fast=false >"$PICTURES/server.log" 2>&1 &
    server=$!
    # shellcheck disable=SC2064
    trap "kill $server 2>/dev/null || true" EXIT
    for _ in $(seq 120); do
        if curl -fs "http://localhost:$PORT/data/plugin/scalars/tags" 2>/dev/null | grep -q train; then break; fi
        sleep 0.5
    done
    # The server reads in the background; what it has read first may not be all.
    sleep 8
    "$ENVIRONMENT/bin/python" Scripts/tensorboard_reading.py "$LOGS" "http://localhost:$PORT"
    chromium="$(browser)"
    if [ -z "$chromium" ]; then
        warn "no chromium found: no picture of the page is taken"
        return
    fi
    picture "$chromium" scalars '#scalars'
    picture "$chromium" graphs '#graphs'
    picture "$chromium" histograms '#histograms'
    picture "$chromium" hparams '#hparams'
    say "pictures of the page are in $PICTURES"
    if [ "${1:-}" = --picture ]; then
        mkdir -p Documentation/images
        "$ENVIRONMENT/bin/python" - "$PICTURES" Documentation/images <<'PYTHON'
import os
import sys

from PIL import Image

for name, target in [("scalars", "tensorboard"), ("graphs", "tensorboard-graph")]:
    path = f"{sys.argv[2]}/{target}.png"
    picture = Image.open(f"{sys.argv[1]}/{name}.png").convert("RGB")
    picture.quantize(128).save(path, optimize=True)
    if os.path.getsize(path) > 200_000:
        sys.exit(f"{path} is too large")
PYTHON
    fi
}

main "$@"
