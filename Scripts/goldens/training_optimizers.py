# SPDX-License-Identifier: Apache-2.0
"""Optimizers of PyTorch, Optax, Keras and TensorFlow 1 on the problem of training_problem.py."""

import jax
import jax.numpy as jnp
import keras
import numpy
import optax
import tensorflow as tf
import torch
from torch.optim.swa_utils import AveragedModel

from golden_json import tensor
from training_problem import NAMES, RECORDED, START, trajectory

TYPES = {"float64": numpy.float64, "float32": numpy.float32}
tf1 = tf.compat.v1


def by_torch(make, names=NAMES, transposed=False):
    def run(dtype):
        def layout(array):
            return array.T.copy() if transposed else array

        variables = {
            name: torch.nn.Parameter(torch.tensor(layout(numpy.asarray(START[name], dtype))))
            for name in names
        }
        optimizer = make(list(variables.values()))

        def step(_, gradients):
            for name, variable in variables.items():
                variable.grad = torch.tensor(layout(gradients[name]))
            optimizer.step()
            return {name: layout(v.detach().numpy()).copy() for name, v in variables.items()}

        return trajectory(dtype, step, names)

    return run


def by_optax(transformation, inner=False):
    def run(dtype):
        params = {name: jnp.asarray(START[name], dtype) for name in NAMES}
        if inner:
            params = optax.LookaheadParams.init_synced(params)
        state = transformation.init(params)

        def step(_, gradients):
            nonlocal params, state
            gradients = {name: jnp.asarray(g) for name, g in gradients.items()}
            updates, state = transformation.update(gradients, state, params)
            params = optax.apply_updates(params, updates)
            return params.fast if inner else params

        return trajectory(dtype, step)

    return run


def by_keras(make):
    def run(dtype):
        variables = [keras.Variable(numpy.asarray(START[name], dtype), dtype=dtype) for name in NAMES]
        optimizer = make()

        def step(_, gradients):
            optimizer.apply([tf.constant(gradients[name]) for name in NAMES], variables)
            return {name: v.numpy() for name, v in zip(NAMES, variables)}

        return trajectory(numpy.dtype(dtype).name, step)

    return run


def by_tensorflow1(make, average=None):
    """`average`: the averages are what is recorded."""

    def run(dtype):
        with tf.Graph().as_default(), tf1.Session() as session:
            count = tf1.train.get_or_create_global_step()
            variables = [tf1.Variable(numpy.asarray(START[name], dtype), name=name) for name in NAMES]
            fed = [tf1.placeholder(dtype, v.shape) for v in variables]
            train = make(count, dtype).apply_gradients(zip(fed, variables), global_step=count)
            if average:
                averages = average(count)
                with tf.control_dependencies([train]):
                    train = averages.apply(variables)
                recorded = [averages.average(v) for v in variables]
            session.run(tf1.global_variables_initializer())
            weights, points = {}, {name: [] for name in NAMES}

            def step(t, gradients):
                session.run(train, dict(zip(fed, (gradients[name] for name in NAMES))))
                if average and t in RECORDED:
                    for name, value in zip(NAMES, session.run(recorded)):
                        points[name].append(value)
                weights.update(zip(NAMES, session.run(variables)))
                return dict(weights)

            result = trajectory(dtype, step)
            return {n: numpy.asarray(p, dtype) for n, p in points.items()} if average else result

    return run


def averaged_by_torch(start, every):
    """The mean of the weights, as PyTorch's AveragedModel keeps it; gradient descent on the problem."""

    def run(dtype):
        model = torch.nn.ParameterDict({n: torch.tensor(numpy.asarray(START[n], dtype)) for n in NAMES})
        averages = AveragedModel(model)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.125)
        points = {name: [] for name in NAMES}

        def step(t, gradients):
            for name in NAMES:
                model[name].grad = torch.tensor(gradients[name])
            optimizer.step()
            if t >= start and (t - start) % every == 0:
                averages.update_parameters(model)
            if t in RECORDED:
                for name in NAMES:
                    source = averages.module if t >= start else model
                    points[name].append(source[name].detach().numpy().copy())
            return {name: model[name].detach().numpy().copy() for name in NAMES}

        trajectory(dtype, step)
        return {name: numpy.asarray(values, dtype) for name, values in points.items()}

    return run


def muon(parameters, **settings):
    """PyTorch's rule without its 16-bit numbers, whose rounding is not the rule's."""

    class Wide(torch.optim.Muon):
        def step(self, closure=None):
            narrow = torch.Tensor.bfloat16
            torch.Tensor.bfloat16 = torch.Tensor.clone
            try:
                return super().step(closure)
            finally:
                torch.Tensor.bfloat16 = narrow

    return Wide(parameters, **settings)


def mask(params):
    return jax.tree.map(lambda p: p.ndim > 1, params)


o, p, k = torch.optim, by_torch, keras.optimizers
RUNS = {
    "Adam": p(lambda w: o.Adam(w, lr=0.05)),
    "AdamW": p(lambda w: o.AdamW(w, lr=0.05, weight_decay=0.1)),
    "AdamW, matrices": by_optax(optax.adamw(0.05, weight_decay=0.1, mask=mask)),
    "AMSGrad": p(lambda w: o.Adam(w, lr=0.05, amsgrad=True)),
    "Adamax": by_optax(optax.adamax(0.05)),
    "Nadam": p(lambda w: o.NAdam(w, lr=0.05)),
    "Nadam, Keras": by_keras(lambda: k.Nadam(learning_rate=0.0625, epsilon=1e-8)),
    "RAdam": p(lambda w: o.RAdam(w, lr=0.05)),
    "Yogi": by_optax(optax.yogi(0.05)),
    "AdaBelief": by_optax(optax.adabelief(0.05)),
    "Lion": by_optax(optax.lion(0.02, weight_decay=0.1)),
    "Rprop": p(lambda w: o.Rprop(w, lr=0.02)),
    "LAMB": by_optax(optax.lamb(0.02, weight_decay=0.1)),
    "LARS": by_optax(optax.lars(0.5, weight_decay=0.1, trust_coefficient=0.05)),
    "LARS, Nesterov": by_optax(optax.lars(0.5, trust_coefficient=0.05, nesterov=True)),
    "Adafactor": p(lambda w: o.Adafactor(w, lr=0.05, eps=(1e-15, 1e-3), weight_decay=0.1)),
    "Muon": p(lambda w: muon(w, lr=0.02, weight_decay=0.1), names=["b"], transposed=True),
    "Muon, plain": p(
        lambda w: muon(w, lr=0.02, weight_decay=0, nesterov=False), names=["b"], transposed=True
    ),
    "Adadelta": p(lambda w: o.Adadelta(w, lr=1.0, rho=0.9, eps=1e-3)),
    "ASGD": p(lambda w: o.ASGD(w, lr=0.05, lambd=0.01, t0=20)),
    "SGD": p(lambda w: o.SGD(w, lr=0.05)),
    "Momentum": p(lambda w: o.SGD(w, lr=0.05, momentum=0.9)),
    "Momentum, Nesterov": p(lambda w: o.SGD(w, lr=0.05, momentum=0.9, nesterov=True)),
    "Momentum, decay": by_optax(
        optax.chain(optax.trace(0.9), optax.add_decayed_weights(0.1), optax.scale(-0.05))
    ),
    "Adagrad": p(lambda w: o.Adagrad(w, lr=0.5, initial_accumulator_value=0.1)),
    "RMSProp": by_tensorflow1(
        lambda *_: tf1.train.RMSPropOptimizer(0.0625, decay=0.875, momentum=0.5, epsilon=0.125)
    ),
    "RMSProp, centred": by_tensorflow1(
        lambda *_: tf1.train.RMSPropOptimizer(0.0625, decay=0.875, epsilon=0.125, centered=True)
    ),
    "Ftrl": by_tensorflow1(lambda *_: tf1.train.FtrlOptimizer(0.5, initial_accumulator_value=0.125)),
    "Ftrl, penalties": by_tensorflow1(
        lambda *_: tf1.train.FtrlOptimizer(
            0.5,
            learning_rate_power=-0.75,
            initial_accumulator_value=0.125,
            l1_regularization_strength=0.5,
            l2_regularization_strength=0.25,
            l2_shrinkage_regularization_strength=0.125,
        )
    ),
    "AdagradDA": by_tensorflow1(
        lambda count, _: tf1.train.AdagradDAOptimizer(
            0.5,
            count,
            initial_gradient_squared_accumulator_value=0.125,
            l1_regularization_strength=0.125,
            l2_regularization_strength=0.0625,
        )
    ),
    "ProximalGradientDescent": by_tensorflow1(
        lambda _, dtype: tf1.train.ProximalGradientDescentOptimizer(
            *(tf.constant(number, dtype) for number in (0.125, 0.5, 0.25))
        )
    ),
    "ProximalAdagrad": by_tensorflow1(
        lambda _, dtype: tf1.train.ProximalAdagradOptimizer(
            tf.constant(0.5, dtype),
            initial_accumulator_value=0.125,
            l1_regularization_strength=tf.constant(0.5, dtype),
            l2_regularization_strength=tf.constant(0.25, dtype),
        )
    ),
    "Lookahead": by_optax(optax.lookahead(optax.sgd(0.05, momentum=0.9), 5, 0.5), inner=True),
    "accumulation": by_optax(optax.MultiSteps(optax.adam(0.05), 4)),
    "adaptive clipping": by_optax(optax.chain(optax.adaptive_grad_clip(0.25), optax.sgd(0.125))),
    "EMA": by_tensorflow1(
        lambda *_: tf1.train.GradientDescentOptimizer(0.125),
        lambda _: tf1.train.ExponentialMovingAverage(0.875),
    ),
    "SWA": averaged_by_torch(5, 3),
}


def cases():
    jax.config.update("jax_enable_x64", True)
    result = {}
    for name, run in RUNS.items():
        result[name] = {
            f"{variable}, {dtype}": tensor(values)
            for dtype, kind in TYPES.items()
            for variable, values in run(kind).items()
        }
    return {"steps": RECORDED, "cases": result}
