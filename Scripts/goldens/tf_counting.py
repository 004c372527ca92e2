# SPDX-License-Identifier: Apache-2.0
"""Counts, places in sorted numbers, histograms, and reductions of segments with their gradients."""

import numpy

from golden_json import tensor
from tf_session import fresh_session, tensorflow, tf

# That of TensorFlow 1 counts no rows.
bincount = tensorflow.math.bincount

NUMBERS = [3, 0, 7, 3, 3, 1, 9, 0]
ROWS = [[3, 0, 1, 3], [2, 2, 2, 5]]

SORTED = [-2.0, 0.0, 0.0, 0.0, 1.5, 1.5, 4.0]
VALUES = [-3.0, -2.0, -1.0, 0.0, 1.0, 1.5, 2.0, 4.0, 5.0]

# At the edges of bins, in between, and beyond.
MEASURED = [-1.0, 0.0, 0.1, 0.5, 0.999, 1.0, 2.5, 4.99, 5.0, 7.0, 3.0, 2.0]

# Segment 1 has no element, segment 2 one zero, segment 3 two, segment 4 a tie; -1 belongs nowhere.
SEGMENTS = [2, 0, 3, 2, 0, 3, -1, 4, 2, 4, 3]
ELEMENTS = [
    [2.0, -1.0],
    [0.5, 3.0],
    [0.0, 2.0],
    [0.0, 4.0],
    [-4.0, 1.5],
    [0.0, 0.0],
    [7.0, 8.0],
    [3.0, -2.0],
    [5.0, -2.5],
    [3.0, -2.0],
    [1.5, 0.25],
]

REDUCTIONS = {
    "sum": tf.math.unsorted_segment_sum,
    "mean": tf.math.unsorted_segment_mean,
    "max": tf.math.unsorted_segment_max,
    "min": tf.math.unsorted_segment_min,
    "prod": tf.math.unsorted_segment_prod,
}


def counts():
    with fresh_session() as session:
        fetched = {
            "all": bincount(NUMBERS),
            "five": bincount(NUMBERS, minlength=5, maxlength=5),
            "rows": bincount(ROWS, minlength=7, maxlength=7, axis=-1),
        }
        values = {name: tensor(session.run(value)) for name, value in fetched.items()}
    return {
        "numbers": tensor(numpy.asarray(NUMBERS, numpy.int32)),
        "row numbers": tensor(numpy.asarray(ROWS, numpy.int32)),
        **values,
    }


def places():
    rows = [SORTED, [x * 2 for x in SORTED]]
    with fresh_session() as session:
        fetched = {
            side: tf.searchsorted(tf.constant(rows), tf.constant([VALUES, VALUES]), side=side)
            for side in ("left", "right")
        }
        values = {name: tensor(session.run(value)) for name, value in fetched.items()}
    return {
        "sorted": tensor(numpy.asarray(rows, numpy.float32)),
        "values": tensor(numpy.asarray([VALUES, VALUES], numpy.float32)),
        **values,
    }


def histograms():
    with fresh_session() as session:
        fetched = {
            "floats": tf.histogram_fixed_width(MEASURED, [0.0, 5.0], nbins=5),
            "thirds": tf.histogram_fixed_width(MEASURED, [0.0, 1.0], nbins=3),
            "integers": tf.histogram_fixed_width(NUMBERS, [0, 8], nbins=4),
        }
        values = {name: tensor(session.run(value)) for name, value in fetched.items()}
    return {"measured": tensor(numpy.asarray(MEASURED, numpy.float32)), **values}


def segments():
    results = {
        "x": tensor(numpy.asarray(ELEMENTS, numpy.float32)),
        "segments": tensor(numpy.asarray(SEGMENTS, numpy.int32)),
    }
    weights = (numpy.arange(10, dtype=numpy.float32) % 7 + 1).reshape(5, 2) / 4
    for name, function in REDUCTIONS.items():
        with fresh_session() as session:
            x = tf.constant(ELEMENTS)
            value = function(x, SEGMENTS, 5)
            # Segment 1 is empty, and what stands there may be too large to multiply.
            used = tf.gather(value, [0, 2, 3, 4]) * weights[[0, 2, 3, 4]]
            gradient = tf.gradients(tf.reduce_sum(used), x)[0]
            results[name] = {
                "value": tensor(session.run(value)),
                "gradient": tensor(session.run(gradient)),
            }
    return results


def cases():
    return {
        "counts": counts(),
        "places": places(),
        "histograms": histograms(),
        "segments": segments(),
    }
