#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks real TensorFlow for the numbers that Weft must reproduce, and writes Tests/Goldens/tf_*.json.

    python3.11 -m venv venv
    venv/bin/pip install -r Scripts/goldens/requirements.txt
    venv/bin/python Scripts/goldens/make_tf_goldens.py

TensorFlow runs here as TensorFlow 1 did: graphs and sessions (tf.compat.v1), one thread, oneDNN off.
`tf.contrib.layers.batch_norm` comes from tf_slim, `tf.layers` from tf_keras. The parts are the
modules tf_*.py in this folder; each returns what its file holds.
"""

import importlib.metadata
import os
import pathlib
import sys

os.environ.update(
    TF_ENABLE_ONEDNN_OPTS="0",
    TF_USE_LEGACY_KERAS="1",
    TF_CPP_MIN_LOG_LEVEL="2",
    CUDA_VISIBLE_DEVICES="",
)

import golden_json  # noqa: E402
import tf_batch_norm  # noqa: E402
import tf_complex  # noqa: E402
import tf_counting  # noqa: E402
import tf_gradients  # noqa: E402
import tf_graph_families  # noqa: E402
import tf_graph_operations  # noqa: E402
import tf_graph_state  # noqa: E402
import tf_graphs  # noqa: E402
import tf_images  # noqa: E402
import tf_operations  # noqa: E402
import tf_optimizers  # noqa: E402
import tf_special_points  # noqa: E402
import tf_strings  # noqa: E402
from tf_session import tf  # noqa: E402

TENSORFLOW = "2.21.0"
PARTS = {
    "tf_batch_norm": tf_batch_norm.cases,
    "tf_complex": tf_complex.cases,
    "tf_counting": tf_counting.cases,
    "tf_gradients": tf_gradients.cases,
    "tf_graph_families": tf_graph_families.cases,
    "tf_graph_operations": tf_graph_operations.cases,
    "tf_graph_state": tf_graph_state.cases,
    "tf_graphs": tf_graphs.cases,
    "tf_images": tf_images.cases,
    "tf_operations": tf_operations.cases,
    "tf_optimizers": tf_optimizers.cases,
    "tf_special_points": tf_special_points.cases,
    "tf_strings": tf_strings.cases,
}


def main():
    folder = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Goldens"
    installed = importlib.metadata.version
    if tf.__version__ != TENSORFLOW:
        print(f"warning: made for TensorFlow {TENSORFLOW}", file=sys.stderr)
    versions = golden_json.versions(
        tensorflow=tf.__version__,
        tf_keras=installed("tf_keras"),
        tf_slim=installed("tf-slim"),
    )
    for name, cases in PARTS.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        contents = {"source": f"Scripts/goldens/{name}.py", "versions": versions, **cases()}
        golden_json.write(folder / f"{name}.json", contents)


if __name__ == "__main__":
    main()
