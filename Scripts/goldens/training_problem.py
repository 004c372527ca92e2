# SPDX-License-Identifier: Apache-2.0
"""A small problem for optimizers: two variables, a quadratic, and noise that is the same everywhere.

The gradient of step t, counted from 1, is `curvature * (w - centre) + noise(t)`.
"""

import numpy

STEPS = 100
RECORDED = [1, 2, 3, 5, 10, 20, 50, 100]
START = {"a": [1.0, -2.0, 3.0], "b": [[0.5, -1.5, 2.5], [-0.25, 1.25, -3.0]]}
CURVATURE = {"a": [1.0, 2.0, 0.5], "b": [[1.0, 0.5, 2.0], [1.5, 0.25, 1.0]]}
CENTRE = {"a": [0.5, 0.5, -1.0], "b": [[1.0, 0.5, -0.5], [0.75, -1.0, 0.25]]}
NAMES = list(START)


def noise(name, step):
    factor, stride, modulus = {"a": (7, 3, 11), "b": (5, 2, 13)}[name]
    count = numpy.size(START[name])
    numbers = [((factor * step + stride * i) % modulus - modulus // 2) / 8 for i in range(count)]
    return numpy.reshape(numbers, numpy.shape(START[name]))


def gradient(name, step, w):
    """In the type of w."""
    curvature, centre = (numpy.asarray(part[name], w.dtype) for part in (CURVATURE, CENTRE))
    return (curvature * (w - centre) + noise(name, step).astype(w.dtype)).astype(w.dtype)


def trajectory(dtype, step, names=NAMES):
    """What `step(t, gradients)`, which gives the weights after it, makes of the problem."""
    weights = {name: numpy.asarray(START[name], dtype) for name in names}
    points = {name: [] for name in names}
    for t in range(1, STEPS + 1):
        gradients = {name: gradient(name, t, weights[name]) for name in names}
        weights = {name: numpy.asarray(value) for name, value in step(t, gradients).items()}
        if t in RECORDED:
            for name in names:
                points[name].append(weights[name])
    return {name: numpy.asarray(values, dtype) for name, values in points.items()}
