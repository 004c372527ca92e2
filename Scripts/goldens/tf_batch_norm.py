# SPDX-License-Identifier: Apache-2.0
"""Note 3: the two batch normalisations, training and inference, and their moving averages."""

import sys

import numpy
import tf_slim
from tensorflow.python.framework import ops
from tensorflow.python.ops import control_flow_ops
from tf_keras.src.legacy_tf_layers import normalization as layers  # what tf.layers was

from golden_json import tensor
from tf_session import fresh_session, tf

# tf_slim 1.1.0 looks for these where older releases of TensorFlow had them.
ops.Tensor = tf.Tensor
control_flow_ops.cond = tf.cond
sys.modules["tf_keras.legacy_tf_layers.normalization"] = layers

INPUTS = {
    # What the note printed as its second results, fed back as inputs.
    "note, batch 1": [[-0.82290715, 7.70175266]],
    "note, batch 5": [
        [-1.72455609, -7.3269577],
        [1.20964813, -6.78956413],
        [-7.1524272, -5.85298967],
        [9.05802536, 5.26228619],
        [9.85200882, 7.94727564],
    ],
    "five rows": [[1, 2], [3, 5], [-4, 0.5], [10, -7], [0, 0]],
    "one row": [[1, 2]],
    "images [2, 2, 3, 2]": numpy.arange(24).reshape(2, 2, 3, 2),
}
FIVE_ROWS = numpy.asarray(INPUTS["five rows"], numpy.float32)


def normalise(library, x, training, fused=None, **options):
    if library == "contrib.layers.batch_norm":
        return tf_slim.layers.batch_norm(x, is_training=training, fused=fused, **options)
    return layers.batch_normalization(x, training=training, fused=fused, **options)


def moving():
    """The moving mean and variance of the only layer in the graph."""
    by_name = {variable.op.name.split("/")[-1]: variable for variable in tf.global_variables()}
    return [by_name["moving_mean"], by_name["moving_variance"]]


def averages(session, step):
    mean, variance = session.run(moving())
    return {"updates": step, "mean": tensor(mean), "variance": tensor(variance)}


def run_case(library, name, values, fused):
    x = numpy.asarray(values, numpy.float32)
    case = {"library": library, "input name": name, "fused": fused, "input": tensor(x)}
    with fresh_session() as session:
        output = normalise(library, tf.constant(x), False, fused)
        case["variables"] = [variable.op.name for variable in tf.global_variables()]
        case["trainable"] = [variable.op.name for variable in tf.trainable_variables()]
        session.run(tf.global_variables_initializer())
        case["inference, fresh"] = tensor(session.run(output))
    with fresh_session() as session:
        feed = tf.placeholder(tf.bool, [])
        output = normalise(library, tf.constant(x), feed, fused)
        case["operations"] = sorted(
            {op.type for op in tf.get_default_graph().get_operations()}
            & {"FusedBatchNormV3", "SquaredDifference", "Rsqrt"}
        )
        session.run(tf.global_variables_initializer())
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        case["update ops, fed mode"] = len(updates)
        case["inference, fed mode"] = tensor(session.run(output, {feed: False}))
        case["training, fed mode"] = tensor(session.run(output, {feed: True}))
        session.run(updates, {feed: False})
        case["moving, fed mode, inference"] = averages(session, 0)
        session.run(updates, {feed: True})
        case["moving, fed mode, training"] = averages(session, 1)
    with fresh_session() as session:
        output = normalise(library, tf.constant(x), True, fused)
        session.run(tf.global_variables_initializer())
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        case["update ops"] = [op.type for op in (getattr(u, "op", u) for u in updates)]
        case["training"] = tensor(session.run(output))
        case["moving"] = [averages(session, 0)]
        for step in (1, 2):
            session.run(updates)
            case["moving"].append(averages(session, step))
    with fresh_session() as session:
        # Inference with averages that have moved: two updates, then the other mode.
        feed = tf.placeholder(tf.bool, [])
        output = normalise(library, tf.constant(x), feed, fused)
        session.run(tf.global_variables_initializer())
        for _ in range(2):
            session.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS), {feed: True})
        case["inference, after 2 updates"] = tensor(session.run(output, {feed: False}))
    return case


def gradients(library, fused):
    """The gradients of sum(weights * output) in training mode, for the input and the parameters."""
    weights = numpy.asarray([[1, -2], [0.5, 3], [2, 1], [-1, 0.25], [4, -3]], numpy.float32)
    with fresh_session() as session:
        x = tf.constant(FIVE_ROWS)
        output = normalise(library, x, True, fused)
        parameters = {v.op.name.split("/")[-1]: v for v in tf.trainable_variables()}
        results = tf.gradients(output, [x, *parameters.values()], grad_ys=[tf.constant(weights)])
        session.run(tf.global_variables_initializer())
        values = session.run(results)
    case = {"library": library, "fused": fused, "input": tensor(FIVE_ROWS)}
    case["seeds"] = tensor(weights)
    names = ["input", *parameters]
    case["gradients"] = {name: tensor(value) for name, value in zip(names, values)}
    return case


def trap(run_updates):
    """Three steps of SGD with and without UPDATE_OPS: what is learnt is equal, the averages not."""
    with fresh_session() as session:
        output = layers.batch_normalization(tf.constant(FIVE_ROWS), training=True)
        loss = tf.reduce_mean(tf.square(output - 1))
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS) if run_updates else []
        with tf.control_dependencies(updates):
            step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        session.run(tf.global_variables_initializer())
        losses = []
        for _ in range(3):
            losses.append(session.run([loss, step])[0])
        by_name = {v.op.name.split("/")[-1]: v for v in tf.global_variables()}
        after = {name: tensor(value) for name, value in session.run(by_name).items()}
        losses.append(session.run(loss))
    return {
        "update ops are run": run_updates,
        "input": tensor(FIVE_ROWS),
        "losses, before each step and after the last": tensor(numpy.asarray(losses, numpy.float32)),
        "variables after 3 steps": after,
    }


def zero_debias():
    with fresh_session() as session:
        normalise(
            "contrib.layers.batch_norm", tf.constant(FIVE_ROWS), True, zero_debias_moving_mean=True
        )
        session.run(tf.global_variables_initializer())
        by_name = {variable.op.name: variable for variable in tf.global_variables()}
        steps = []
        for _ in range(2):
            session.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
            steps.append({name: tensor(v) for name, v in session.run(by_name).items()})
    return {"input": tensor(FIVE_ROWS), "variables after each update": steps}


def cases():
    contrib, keras = "contrib.layers.batch_norm", "layers.batch_normalization"
    fusing = {contrib: {2: (True, False), 4: (True, False)}, keras: {2: (False,), 4: (True, False)}}
    return {
        "cases": [
            run_case(library, name, values, fused)
            for library in (contrib, keras)
            for name, values in INPUTS.items()
            for fused in fusing[library][numpy.ndim(values)]
        ],
        "gradients": [gradients(contrib, True), gradients(contrib, False), gradients(keras, False)],
        "trap": [trap(False), trap(True)],
        "zero debias": zero_debias(),
    }
