# SPDX-License-Identifier: Apache-2.0
"""The optimizers of tf.train on a quadratic, step by step, with their slots."""

import inspect

import numpy

from golden_json import tensor
from tf_session import fresh_session, tf

START = numpy.asarray([1, -2, 3], numpy.float32)
CURVATURE, CENTRE = [1.0, 2.0, 3.0], [0.5, 0.5, 0.0]
RUNS = [
    # name in tf.train, arguments, steps
    ("AdamOptimizer", {"learning_rate": 0.01}, 10),
    ("AdamOptimizer", {"learning_rate": 0.01, "epsilon": 0.1}, 10),
    ("AdamOptimizer", {"learning_rate": 0.5}, 10),
    ("GradientDescentOptimizer", {"learning_rate": 0.1}, 5),
    ("MomentumOptimizer", {"learning_rate": 0.1, "momentum": 0.9}, 5),
    ("MomentumOptimizer", {"learning_rate": 0.1, "momentum": 0.9, "use_nesterov": True}, 5),
    ("RMSPropOptimizer", {"learning_rate": 0.1}, 5),
    ("RMSPropOptimizer", {"learning_rate": 0.1, "momentum": 0.9, "centered": True}, 5),
    ("AdagradOptimizer", {"learning_rate": 0.1}, 5),
    ("AdadeltaOptimizer", {"learning_rate": 0.1}, 5),
    ("FtrlOptimizer", {"learning_rate": 0.1}, 5),
    (
        "FtrlOptimizer",
        {
            "learning_rate": 0.1,
            "l1_regularization_strength": 0.1,
            "l2_regularization_strength": 0.2,
            "l2_shrinkage_regularization_strength": 0.3,
        },
        5,
    ),
    ("ProximalGradientDescentOptimizer", {"learning_rate": 0.1, "l1_regularization_strength": 0.1}, 5),
    ("ProximalAdagradOptimizer", {"learning_rate": 0.1, "l1_regularization_strength": 0.1}, 5),
    ("AdagradDAOptimizer", {"learning_rate": 0.1}, 5),
]


def defaults(optimizer):
    parameters = inspect.signature(getattr(tf.train, optimizer).__init__).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}


def state(session):
    variables = {v.op.name: v for v in tf.global_variables() if v.op.name not in ("w", "global_step")}
    return {name: tensor(value) for name, value in session.run(variables).items()}


def trajectory(optimizer, arguments, steps, resource):
    with fresh_session() as session:
        w = tf.Variable(START, name="w", use_resource=resource)
        loss = 0.5 * tf.reduce_sum(CURVATURE * tf.square(w - CENTRE))
        arguments = dict(arguments)
        if optimizer == "AdagradDAOptimizer":
            arguments["global_step"] = tf.train.get_or_create_global_step()
        before = set(tf.get_default_graph().get_operations())
        step = getattr(tf.train, optimizer)(**arguments).minimize(
            loss, global_step=arguments.get("global_step")
        )
        made = set(tf.get_default_graph().get_operations()) - before
        session.run(tf.global_variables_initializer())
        result = {"slots at the start": state(session)}
        losses, points = [], []
        for _ in range(steps):
            losses.append(session.run(loss))
            session.run(step)
            points.append(session.run(w))
        result["loss before each step"] = tensor(numpy.asarray(losses, numpy.float32))
        result["w after each step"] = tensor(numpy.asarray(points, numpy.float32))
        result["slots at the end"] = state(session)
    operations = sorted(op.type for op in made if "Apply" in op.type)
    return operations, result


def quadratic(optimizer, arguments, steps):
    operations, result = trajectory(optimizer, arguments, steps, resource=False)
    resource_operations, resource_result = trajectory(optimizer, arguments, steps, resource=True)
    assert result == resource_result, f"{optimizer}: resource variables differ"
    return {
        "optimizer": optimizer,
        "arguments": arguments,
        "operations": operations + resource_operations,
        **result,
    }


def note_adam():
    """The note's graph, minimised: a constant gradient [5, 9]."""
    with fresh_session() as session:
        w = tf.get_variable("aa", [1, 2], tf.float32, tf.constant_initializer(2))
        step = tf.train.AdamOptimizer(0.01).minimize(tf.matmul(w, [[2.0, 3.0], [4.0, 5.0]]))
        session.run(tf.global_variables_initializer())
        points = []
        for _ in range(10):
            session.run(step)
            points.append(session.run(w)[0])
    return {"learning_rate": 0.01, "w after each step": tensor(numpy.asarray(points))}


REPEATED = [[0, 0, 2], [0, 0, 2], [0, 0, 2]]
CHANGING = [[0, 0, 2], [1, 1, 1], [2, 1, 0]]


def sparse(optimizer, arguments, rows):
    """Embedding gradients with repeated rows; whether rows that are not looked up move."""
    with fresh_session() as session:
        table = tf.Variable(numpy.ones([3, 2], numpy.float32), name="e")
        indices = tf.placeholder(tf.int32, [3])
        loss = tf.reduce_sum(tf.square(tf.nn.embedding_lookup(table, indices)))
        step = getattr(tf.train, optimizer)(**arguments).minimize(loss)
        session.run(tf.global_variables_initializer())
        points = []
        for looked_up in rows:
            session.run(step, {indices: looked_up})
            points.append(session.run(table))
        slots = {v.op.name: tensor(session.run(v)) for v in tf.global_variables() if v is not table}
    return {
        "optimizer": optimizer,
        "arguments": arguments,
        "indices of each step": rows,
        "table after each step": tensor(numpy.asarray(points)),
        "slots at the end": slots,
    }


def cases():
    return {
        "loss": "0.5 * sum(curvature * (w - centre)^2)",
        "curvature": tensor(numpy.asarray(CURVATURE, numpy.float32)),
        "centre": tensor(numpy.asarray(CENTRE, numpy.float32)),
        "w at the start": tensor(START),
        "defaults": {name: defaults(name) for name in sorted({run[0] for run in RUNS})},
        "cases": [quadratic(*run) for run in RUNS],
        "note, Adam": note_adam(),
        "sparse": [
            sparse("AdamOptimizer", {"learning_rate": 0.1}, REPEATED),
            sparse("AdamOptimizer", {"learning_rate": 0.1}, CHANGING),
            sparse("GradientDescentOptimizer", {"learning_rate": 0.1}, CHANGING),
            sparse("MomentumOptimizer", {"learning_rate": 0.1, "momentum": 0.9}, CHANGING),
            sparse("AdagradOptimizer", {"learning_rate": 0.1}, CHANGING),
        ],
    }
