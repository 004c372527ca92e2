#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records TensorFlow's histograms of arrays, as its summaries hold them.

    python3.11 -m venv venv
    venv/bin/pip install tensorflow==2.21.0
    venv/bin/python Scripts/goldens/histograms.py       writes Tests/Goldens/tensorboard/histograms.json
"""

import json
import pathlib

import numpy as np
import tensorflow as tf

FOLDER = (
    pathlib.Path(__file__).resolve().parent.parent.parent / "Tests" / "Goldens" / "tensorboard")


def cases():
    random = np.random.default_rng(7)
    edges = 1e-12 * 1.1 ** np.arange(0, 700, 37)
    powers = 2.0 ** np.arange(-45, 70, 3)
    return {
        "small": np.array([1.0, 2.0, 3.0]),
        "zeros": np.zeros(5),
        "signs": np.array([-1.0, 0.0, 1.0, -1.0, -0.0]),
        "normal": np.round(random.normal(size=400), 6),
        "wide": np.sign(random.normal(size=300)) * 10 ** random.uniform(-14, 22, size=300),
        "edges": np.concatenate([edges, -edges]),
        "powers": np.concatenate([powers, -powers]),
        "tiny": np.array([1e-13, -1e-13, 1e-12, -1e-12, 5e-324]),
        "huge": np.array([1e20, -1e20, 1e150, -1e150]),
    }


def exact(numbers):
    """Numbers in hexadecimal, which no reader of JSON rounds."""
    return " ".join(float(number).hex() for number in numbers)


def main():
    tf.compat.v1.disable_eager_execution()
    record = {"tensorflow": tf.__version__, "cases": {}}
    with tf.compat.v1.Session() as session:
        x = tf.compat.v1.placeholder(tf.float64, [None])
        summary = tf.compat.v1.summary.histogram("x", x)
        for name, elements in cases().items():
            proto = tf.compat.v1.Summary.FromString(session.run(summary, {x: elements}))
            histogram = proto.value[0].histo
            record["cases"][name] = {
                "elements": exact(elements), "limits": exact(histogram.bucket_limit),
                "counts": exact(histogram.bucket),
                "facts": exact([histogram.min, histogram.max, histogram.num, histogram.sum,
                                histogram.sum_squares]),
            }
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "histograms.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
