# SPDX-License-Identifier: Apache-2.0
"""Fake quantisation, losses of label sequences, choice of boxes, and sparse matrices; with gradients."""

import numpy

from golden_json import tensor
from tf_session import fresh_session, tf

# low, high, bits, whether the range is narrow: 0 inside, nearly at an end, beyond; nothing.
RANGES = [
    (-1.0, 1.0, 8, False),
    (-0.4, 2.1, 8, False),
    (-0.01, 2.0, 4, False),
    (0.5, 3.0, 4, True),
    (-3.0, -1.0, 4, False),
    (-6.0, 6.0, 3, True),
    (0.0, 0.0, 8, False),
]
CHANNELS = ([-1.0, -0.3, -4.0], [1.5, 0.2, 0.5])


def numbers(shape, seed, scale):
    return (numpy.random.default_rng(seed).standard_normal(shape) * scale).astype(numpy.float32)


def weights(shape):
    count = int(numpy.prod(shape))
    return ((numpy.arange(count, dtype=numpy.float32) % 7 + 1) / 4).reshape(shape)


def recorded(session, value, sources):
    """A value, and the gradients of its weighted sum."""
    gradients = tf.gradients(tf.reduce_sum(value * weights(value.shape)), list(sources.values()))
    result = {"value": tensor(session.run(value))}
    for name, gradient in zip(sources, gradients):
        result[name] = tensor(session.run(gradient))
    return result


def quantised():
    given = numbers((6, 3), 1, 2)
    cases = []
    for low, high, bits, is_narrow in RANGES:
        with fresh_session() as session:
            x, a, b = tf.constant(given), tf.constant(low), tf.constant(high)
            value = tf.quantization.fake_quant_with_min_max_vars(x, a, b, bits, is_narrow)
            case = recorded(session, value, {"x": x, "low": a, "high": b})
            cases.append({"range": [low, high], "bits": bits, "isNarrow": is_narrow, **case})
    with fresh_session() as session:
        x, a, b = (tf.constant(each) for each in (given, *CHANNELS))
        value = tf.quantization.fake_quant_with_min_max_vars_per_channel(x, a, b)
        channels = recorded(session, value, {"x": x, "low": a, "high": b})
    return {
        "given": tensor(given),
        "cases": cases,
        "channels": {
            "range": [tensor(numpy.asarray(end, numpy.float32)) for end in CHANNELS],
            **channels,
        },
    }


def sequences():
    given = numbers((4, 7, 5), 2, 1.5)
    cases = []
    for blank, labels in (
        (0, [[1, 2, 2, 3], [4, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]),
        (4, [[1, 2, 2, 3], [0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]),
    ):
        lengths, steps = [4, 1, 2, 0], [7, 3, 6, 2]
        with fresh_session() as session:
            logits = tf.constant(given)
            value = tf.nn.ctc_loss_v2(
                tf.constant(labels),
                logits,
                tf.constant(lengths),
                tf.constant(steps),
                logits_time_major=False,
                blank_index=blank,
            )
            case = recorded(session, value, {"logits": logits})
        cases.append(
            {
                "blank": blank,
                "labels": tensor(numpy.asarray(labels, numpy.int32)),
                "lengths": tensor(numpy.asarray(lengths, numpy.int32)),
                "steps": tensor(numpy.asarray(steps, numpy.int32)),
                **case,
            }
        )
    return {"given": tensor(given), "cases": cases}


def boxes():
    random = numpy.random.default_rng(3)
    corners = random.integers(0, 12, (40, 4)).astype(numpy.float32) / 2
    scores = random.integers(-8, 24, 40).astype(numpy.float32) / 16
    cases = []
    for most, overlap, least in ((40, 0.5, -numpy.inf), (5, 0.1, 0.25), (40, 0.0, 0.0), (12, 0.9, 0.5)):
        with fresh_session() as session:
            value = tf.image.non_max_suppression(corners, scores, most, overlap, least)
            cases.append(
                {
                    "most": most,
                    "overlap": overlap,
                    "leastScore": None if least == -numpy.inf else least,
                    "value": tensor(session.run(value)),
                }
            )
    return {"boxes": tensor(corners), "scores": tensor(scores), "cases": cases}


def sparse():
    indices = [[0, 1], [0, 3], [2, 0], [3, 3], [4, 2]]
    values, wide, tall = numbers((5,), 4, 1), numbers((4, 3), 5, 1), numbers((5, 3), 6, 1)
    with fresh_session() as session:
        v, a, b = tf.constant(values), tf.constant(wide), tf.constant(tall)
        matrix = tf.SparseTensor(indices, v, (5, 4))
        product = tf.sparse.sparse_dense_matmul(matrix, a)
        transposed = tf.sparse.sparse_dense_matmul(matrix, b, adjoint_a=True)
        return {
            "indices": tensor(numpy.asarray(indices, numpy.int64)),
            "values": tensor(values),
            "wide": tensor(wide),
            "tall": tensor(tall),
            "dense": tensor(session.run(tf.sparse.to_dense(matrix))),
            "else": tensor(session.run(tf.sparse.to_dense(matrix, default_value=-1.0))),
            "product": recorded(session, product, {"by values": v, "by dense": a}),
            "transposed": recorded(session, transposed, {"by values": v, "by dense": b}),
        }


def cases():
    return {
        "quantised": quantised(),
        "sequences": sequences(),
        "boxes": boxes(),
        "sparse": sparse(),
    }
