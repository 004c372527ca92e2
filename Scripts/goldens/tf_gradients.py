# SPDX-License-Identifier: Apache-2.0
"""Note 4's gradients, what seeds and stops do, and derivatives of higher order."""

import numpy

from golden_json import tensor
from tf_session import fresh_session, tf

# Away from corners and from the ends of domains, in f64: value and three derivatives.
SMOOTH = {
    "acosh": (tf.acosh, [1.5, 2.0, 7.0]),
    "asin": (tf.asin, [-0.7, 0.1, 0.6]),
    "asinh": (tf.asinh, [-3.0, 0.2, 5.0]),
    "atan": (tf.atan, [-2.0, 0.3, 4.0]),
    "atanh": (tf.atanh, [-0.7, 0.1, 0.6]),
    "cosh": (tf.cosh, [-2.0, 0.3, 3.0]),
    "digamma": (tf.digamma, [0.4, 1.7, 5.0]),
    "elu": (tf.nn.elu, [-2.0, -0.3, 1.2]),
    "erf": (tf.erf, [-1.1, 0.2, 2.0]),
    "exp": (tf.exp, [-2.0, 0.3, 3.0]),
    "expm1": (tf.expm1, [-2.0, 0.001, 3.0]),
    "lgamma": (tf.lgamma, [0.4, 1.7, 5.0]),
    "log": (tf.log, [0.2, 1.3, 9.0]),
    "log1p": (tf.log1p, [-0.5, 0.001, 9.0]),
    "log_sigmoid": (tf.log_sigmoid, [-3.0, 0.3, 4.0]),
    "reciprocal": (tf.reciprocal, [-2.0, 0.3, 4.0]),
    "rsqrt": (tf.rsqrt, [0.2, 1.3, 9.0]),
    "sigmoid": (tf.sigmoid, [-3.0, 0.3, 4.0]),
    "sin": (tf.sin, [-2.0, 0.3, 4.0]),
    "softplus": (tf.nn.softplus, [-3.0, 0.3, 4.0]),
    "softsign": (tf.nn.softsign, [-3.0, 0.3, 4.0]),
    "sqrt": (tf.sqrt, [0.2, 1.3, 9.0]),
    "tan": (tf.tan, [-1.0, 0.3, 1.2]),
    "tanh": (tf.tanh, [-2.0, 0.3, 1.5]),
    "x^4": (lambda x: x * x * x * x, [3.0, -1.5, 0.7]),
    "pow(x, 2.5)": (lambda x: tf.pow(x, tf.constant(2.5, x.dtype)), [0.2, 1.3, 4.0]),
    "tanh(0.1 x)": (lambda x: tf.tanh(0.1 * x), [3.0, -1.0, 8.0]),
}


def evaluated(session, values):
    """Values as tensors; None where TensorFlow gives None."""
    return [None if value is None else tensor(session.run(value)) for value in values]


def note():
    """The last note's program, line by line."""
    with fresh_session() as session:
        a = tf.constant([[2.0, 2.0]])
        aa = tf.get_variable("aa", [1, 2], tf.float32, tf.constant_initializer(2))
        b = tf.constant([[2.0, 3.0], [4.0, 5.0]])
        c = tf.matmul(aa, b)
        session.run(tf.global_variables_initializer())
        adam = tf.train.AdamOptimizer(0.01)
        pairs = {
            "AdamOptimizer(0.01).compute_gradients(a * c)": adam.compute_gradients(a * c),
            "AdamOptimizer(0.01).compute_gradients(c)": adam.compute_gradients(c),
        }
        results = {
            "c": [c],
            "gradients(c, aa)": tf.gradients(c, aa),
            "gradients(c, aa, [a])": tf.gradients(c, aa, [a]),
            "gradients(c * a, aa)": tf.gradients(c * a, aa),
            "gradients(c, aa, [[[1, 10]]])": tf.gradients(c, aa, [tf.constant([[1.0, 10.0]])]),
            **{name: list(pair[0]) for name, pair in pairs.items()},
        }
        return {name: evaluated(session, values) for name, values in results.items()}


def seeds_and_stops():
    with fresh_session() as session:
        x = tf.constant([[2.0, 2.0]])
        y1, y2 = 3 * x, x * x
        seeds = [tf.constant([[1.0, 2.0]]), tf.constant([[10.0, 100.0]])]
        results = {
            "[3x, x*x] wrt x": tf.gradients([y1, y2], x),
            "[3x, x*x] wrt x, seeds": tf.gradients([y1, y2], x, seeds),
            "[3x, x*x] wrt x, seeds [nil, second]": tf.gradients([y1, y2], x, [None, seeds[1]]),
            "x*x wrt [x, x]": tf.gradients(y2, [x, x]),
            "x*x wrt itself": tf.gradients(y2, y2),
            "[y2, 3 y2] wrt y2": tf.gradients([y2, 3 * y2], y2),
            "stop_gradient(x) * x wrt x": tf.gradients(tf.stop_gradient(x) * x, x),
            "stop_gradient(x) wrt x": tf.gradients(tf.stop_gradient(x), x),
            "y2 * y1 wrt x, stopping at y2": tf.gradients(y2 * y1, x, stop_gradients=[y2]),
            "3 y2 wrt x, stopping at y2": tf.gradients(3 * y2, x, stop_gradients=[y2]),
            "3 y2 wrt [x, y2], stopping at x": tf.gradients(3 * y2, [x, y2], stop_gradients=[x]),
            "constant wrt x": tf.gradients(tf.ones([2]), x),
            "constant wrt x, zeros": tf.gradients(tf.ones([2]), x, unconnected_gradients="zero"),
            "floor": tf.gradients(tf.floor(x), x),
            "sign": tf.gradients(tf.sign(x), x),
        }
        r, k = tf.constant([[10.0], [20.0]]), tf.constant([1.0, 2.0, 3.0])
        results["broadcast r [2, 1] * k [3] wrt [r, k]"] = tf.gradients(r * k, [r, k])
        table = tf.ones([4, 2])
        rows = tf.gradients(tf.gather(table, [1, 1, 3]), table)
        results["gather, repeated rows"] = [tf.convert_to_tensor(rows[0])]
        clipped, norm = tf.clip_by_global_norm([tf.constant([3.0, 4.0]), None, tf.constant([12.0])], 6.5)
        results["clip_by_global_norm([[3, 4], nil, [12]], 6.5)"] = [*clipped, norm]
        return {name: evaluated(session, values) for name, values in results.items()}


def control_flow():
    """Gradients through cond and while_loop."""
    results = {}
    with fresh_session() as session:
        p, x, y = tf.placeholder(tf.bool, []), tf.constant(5.0), tf.constant(7.0)
        value = tf.cond(p, lambda: x * x, lambda: y * 3)
        fetches = [value, *tf.gradients(value, [x, y])]
        for taken in (True, False):
            results[f"cond({taken}, x*x, 3y) at (5, 7): value, d/dx, d/dy"] = [
                tensor(item) for item in session.run(fetches, {p: taken})
            ]
    with fresh_session() as session:
        x = tf.constant(2.0)
        _, total = tf.while_loop(
            lambda i, s: i < 5, lambda i, s: (i + 1, s + tf.cast(i, tf.float32) * x), [0, 0.0]
        )
        results["sum of i * x, i < 5, at 2: value, d/dx"] = evaluated(
            session, [total, *tf.gradients(total, x)]
        )
    with fresh_session() as session:
        x = tf.constant(1.1)
        power = tf.while_loop(lambda i, s: i < 4, lambda i, s: (i + 1, s * s * x), [0, x])[1]
        results["s = s * s * x four times from x, at 1.1: value, d/dx"] = evaluated(
            session, [power, *tf.gradients(power, x)]
        )
    return results


def derivatives(function, points):
    with fresh_session() as session:
        x = tf.constant(points, tf.float64)
        results, value = [], function(x)
        for _ in range(4):
            results.append(value)
            try:
                value = tf.gradients(value, x)[0]
            except LookupError:  # an operation without a gradient of that order
                break
            if value is None:
                break
        return {"x": tensor(session.run(x)), "derivatives": evaluated(session, results)}


def cross_entropy(sparse, dtype):
    """Softmax cross-entropy, its gradient, and the gradient of gradient . direction."""
    with fresh_session() as session:
        logits = tf.constant([[1, 2, 3]], dtype)
        direction = tf.constant([[1, 2, 3]], dtype)
        if sparse:
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1], logits=logits)
        else:
            labels = tf.constant([[0, 1, 0]], dtype)
            loss = tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits)
        first = tf.gradients(loss, logits)[0]
        second = tf.gradients(tf.reduce_sum(first * direction), logits)[0]
        names = ("loss", "gradient", "gradient of gradient . [1, 2, 3]")
        return dict(zip(names, evaluated(session, [loss, first, second])))


def hessians():
    with fresh_session() as session:
        x = tf.constant([1.0, 2.0, 3.0], tf.float64)
        results = {
            "sum(x^3)": tf.hessians(tf.reduce_sum(x * x * x), x),
            "logsumexp(x)": tf.hessians(tf.reduce_logsumexp(x), x),
            "prod(x)": tf.hessians(tf.reduce_prod(x), x),
            "norm(x)": tf.hessians(tf.norm(x), x),
            "sum(x * reverse(x) * exp(-x))": tf.hessians(
                tf.reduce_sum(x * tf.reverse(x, [0]) * tf.exp(-x)), x
            ),
        }
        return {name: evaluated(session, values)[0] for name, values in results.items()}


def cases():
    return {
        "note": note(),
        "seeds and stops": seeds_and_stops(),
        "control flow": control_flow(),
        "higher order": {name: derivatives(*row) for name, row in SMOOTH.items()},
        "hessians at [1, 2, 3]": hessians(),
        "softmax cross-entropy": {
            f"{'sparse' if sparse else 'dense'}, {dtype.name}": cross_entropy(sparse, dtype)
            for sparse in (False, True)
            for dtype in (tf.float32, tf.float64)
        },
    }
