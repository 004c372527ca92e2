#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks PyTorch, Optax, Keras, TensorFlow and scikit-learn for trajectories of optimizers and schedules, for losses
and metrics, and for outputs and gradients of layers, and writes Tests/Goldens/training_*.json and layers.json.

    python3.11 -m venv venv
    venv/bin/pip install -r Scripts/goldens/training_requirements.txt
    venv/bin/python Scripts/goldens/make_training_goldens.py
"""

import os
import pathlib
import sys

os.environ.update(
    TF_ENABLE_ONEDNN_OPTS="0",
    TF_CPP_MIN_LOG_LEVEL="2",
    CUDA_VISIBLE_DEVICES="",
    KERAS_BACKEND="tensorflow",
    JAX_PLATFORMS="cpu",
)

import golden_json  # noqa: E402
import jax  # noqa: E402
import keras  # noqa: E402
import layers  # noqa: E402
import optax  # noqa: E402
import sklearn  # noqa: E402
import tensorflow  # noqa: E402
import torch  # noqa: E402
import training_lbfgs  # noqa: E402
import training_losses  # noqa: E402
import training_metrics  # noqa: E402
import training_optimizers  # noqa: E402
import training_scaling  # noqa: E402
import training_schedules  # noqa: E402

PARTS = {
    "training_lbfgs": training_lbfgs.cases,
    "training_losses": training_losses.cases,
    "training_metrics": training_metrics.cases,
    "training_optimizers": training_optimizers.cases,
    "training_scaling": training_scaling.cases,
    "training_schedules": training_schedules.cases,
    "layers": layers.cases,
}


def main():
    folder = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Goldens"
    torch.set_num_threads(1)
    versions = golden_json.versions(
        torch=torch.__version__,
        optax=optax.__version__,
        jax=jax.__version__,
        keras=keras.__version__,
        tensorflow=tensorflow.__version__,
        sklearn=sklearn.__version__,
    )
    for name, cases in PARTS.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        contents = {"source": f"Scripts/goldens/{name}.py", "versions": versions, **cases()}
        golden_json.write(folder / f"{name}.json", contents)


if __name__ == "__main__":
    main()
