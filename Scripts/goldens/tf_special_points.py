# SPDX-License-Identifier: Apache-2.0
"""Values and gradients where functions have corners, poles, ties or end of domain."""

import itertools

import numpy

from golden_json import tensor
from tf_session import fresh_session, tf

POINTS = {
    "z": [0.0, -1.0, 1.0, 2.0],
    "extremes": [-0.0, numpy.inf, -numpy.inf, numpy.nan, 6.0, -6.0, 100.0, -100.0],
}
OPERANDS = [0.0, -0.0, -1.0, 1.0, 2.0, -2.5, numpy.inf, -numpy.inf, numpy.nan]

FUNCTIONS = {
    "abs": tf.abs,
    "acos": tf.acos,
    "acosh": tf.acosh,
    "asin": tf.asin,
    "asinh": tf.asinh,
    "atan": tf.atan,
    "atan2(z, z)": lambda z: tf.atan2(z, z),
    "atanh": tf.atanh,
    "ceil": tf.ceil,
    "clip_by_value(z, 0, 1)": lambda z: tf.clip_by_value(z, 0.0, 1.0),
    "cos": tf.cos,
    "cosh": tf.cosh,
    "cumprod": tf.cumprod,
    "cumsum": tf.cumsum,
    "digamma": tf.digamma,
    "div_no_nan(z, z)": lambda z: tf.div_no_nan(z, z),
    "elu": tf.nn.elu,
    "erf": tf.erf,
    "erfc": tf.erfc,
    "exp": tf.exp,
    "expm1": tf.expm1,
    "floor": tf.floor,
    "leaky_relu (alpha 0.2)": lambda z: tf.nn.leaky_relu(z, 0.2),
    "lgamma": tf.lgamma,
    "log": tf.log,
    "log1p": tf.log1p,
    "log_sigmoid": tf.log_sigmoid,
    "log_softmax": tf.nn.log_softmax,
    "maximum(z, 0)": lambda z: tf.maximum(z, 0.0),
    "maximum(0, z)": lambda z: tf.maximum(0.0, z),
    "maximum(z, z)": lambda z: tf.maximum(z, z),
    "minimum(z, 0)": lambda z: tf.minimum(z, 0.0),
    "minimum(z, z)": lambda z: tf.minimum(z, z),
    "norm(0 * z)": lambda z: tf.norm(0.0 * z),
    "norm(z)": tf.norm,
    "pow(z, 0)": lambda z: tf.pow(z, 0.0),
    "pow(z, 0.5)": lambda z: tf.pow(z, 0.5),
    "pow(z, 2)": lambda z: tf.pow(z, 2.0),
    "pow(z, 3)": lambda z: tf.pow(z, 3.0),
    "pow(z, -1)": lambda z: tf.pow(z, -1.0),
    "reciprocal": tf.reciprocal,
    "reduce_max": tf.reduce_max,
    "reduce_max(stack([z, z]))": lambda z: tf.reduce_max(tf.stack([z, z])),
    "reduce_mean": tf.reduce_mean,
    "reduce_min": tf.reduce_min,
    "reduce_prod": tf.reduce_prod,
    "reduce_logsumexp": tf.reduce_logsumexp,
    "relu": tf.nn.relu,
    "relu6": tf.nn.relu6,
    "rint": tf.rint,
    "round": tf.round,
    "rsqrt": tf.rsqrt,
    "selu": tf.nn.selu,
    "sigmoid": tf.sigmoid,
    "sign": tf.sign,
    "sin": tf.sin,
    "sinh": tf.sinh,
    "softmax": tf.nn.softmax,
    "softplus": tf.nn.softplus,
    "softsign": tf.nn.softsign,
    "sqrt": tf.sqrt,
    "square": tf.square,
    "tan": tf.tan,
    "tanh": tf.tanh,
    "xlogy(z, z)": lambda z: tf.math.xlogy(z, z),
}

BINARY = {
    "atan2": tf.atan2,
    "div_no_nan": tf.div_no_nan,
    "floordiv": tf.floordiv,
    "floormod": tf.floormod,
    "maximum": tf.maximum,
    "minimum": tf.minimum,
    "mul_no_nan": tf.math.multiply_no_nan,
    "pow": tf.pow,
    "realdiv": tf.realdiv,
    "squared_difference": tf.squared_difference,
    "xdivy": tf.math.xdivy,
    "xlog1py": tf.math.xlog1py,
    "xlogy": tf.math.xlogy,
}

# The gradient of where([false, true], f(x), x) at x = [0, 4]: the unchosen side gets zeros, which some
# gradients turn into NaN.
WHERE = {
    "log": tf.log,
    "realdiv(1, x)": lambda x: tf.realdiv(1.0, x),
    "reciprocal": tf.reciprocal,
    "sqrt": tf.sqrt,
}

INTEGERS = {
    "floordiv": tf.floordiv,
    "floormod": tf.floormod,
    "truncatediv": tf.truncatediv,
    "truncatemod": tf.truncatemod,
}


def unary(function, points):
    with fresh_session() as session:
        z = tf.constant(points, tf.float32)
        value = function(z)
        gradient = tf.gradients(value, z)[0]
        result = {"value": tensor(session.run(value)), "gradient": None}
        if gradient is not None:
            result["gradient"] = tensor(session.run(gradient))
    return result


def binary(function):
    grid = numpy.asarray(list(itertools.product(OPERANDS, OPERANDS)), numpy.float32)
    with fresh_session() as session:
        x, y = tf.constant(grid[:, 0]), tf.constant(grid[:, 1])
        value = function(x, y)
        gradients = tf.gradients(value, [x, y])
        result = {"value": tensor(session.run(value))}
        for name, gradient in zip(("gradient of x", "gradient of y"), gradients):
            result[name] = None if gradient is None else tensor(session.run(gradient))
    return result


def where(function):
    with fresh_session() as session:
        x = tf.constant([0.0, 4.0])
        value = tf.where(tf.constant([False, True]), function(x), x)
        return tensor(session.run(tf.gradients(value, x)[0]))


def integers(function):
    grid = [(x, y) for x in (-7, -6, -1, 0, 1, 6, 7) for y in (-3, -2, -1, 1, 2, 3)]
    with fresh_session() as session:
        x, y = (tf.constant(numpy.asarray(side, numpy.int32)) for side in zip(*grid))
        fetched = session.run({"x": x, "y": y, "value": function(x, y)})
    return {name: tensor(value) for name, value in fetched.items()}


def ties():
    """Which of equal elements is found."""
    row = [1.0, 3.0, 3.0, numpy.nan, 2.0, 3.0]
    clean = [1.0, 3.0, 3.0, 0.0, 2.0, 3.0]
    with fresh_session() as session:
        results = {}
        for name, values in (("with NaN", row), ("without", clean)):
            x = tf.constant(values)
            top, at = tf.nn.top_k(x, 4)
            fetched = session.run(
                {"argmax": tf.argmax(x), "argmin": tf.argmin(x), "top_k values": top, "top_k indices": at}
            )
            results[name] = {"input": tensor(numpy.asarray(values, numpy.float32))}
            results[name].update({key: tensor(value) for key, value in fetched.items()})
    return results


def cases():
    f32 = {name: numpy.asarray(points, numpy.float32) for name, points in POINTS.items()}
    grid = numpy.asarray(list(itertools.product(OPERANDS, OPERANDS)), numpy.float32)
    return {
        "points": {name: tensor(points) for name, points in f32.items()},
        "functions": {
            name: {key: unary(function, points) for key, points in f32.items()}
            for name, function in FUNCTIONS.items()
        },
        "operands": {"x": tensor(grid[:, 0]), "y": tensor(grid[:, 1])},
        "binary": {name: binary(function) for name, function in BINARY.items()},
        "where, gradient": {name: where(function) for name, function in WHERE.items()},
        "integers": {name: integers(function) for name, function in INTEGERS.items()},
        "ties": ties(),
    }
