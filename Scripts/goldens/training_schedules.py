# SPDX-License-Identifier: Apache-2.0
"""Learning rates of TensorFlow 1, PyTorch and Optax, step by step, in double precision."""

import warnings

import jax
import numpy
import optax
import tensorflow as tf
import torch
from torch.optim import lr_scheduler

from golden_json import tensor

STEPS = 100
tf1 = tf.compat.v1


def by_tensorflow1(function, *arguments, kind=tf.float64, **settings):
    with tf.Graph().as_default(), tf1.Session() as session:
        step = tf1.placeholder(tf.int64, [])
        start = tf.constant(0.5, kind)
        rate = function(start, step, *arguments, **settings)
        return [session.run(rate, {step: t}) for t in range(STEPS)]


def piecewise():
    with tf.Graph().as_default(), tf1.Session() as session:
        step = tf1.placeholder(tf.int64, [])
        values = [tf.constant(v, tf.float64) for v in (0.5, 0.25, 0.1)]
        rate = tf1.train.piecewise_constant(step, [20, 60], values)
        return [session.run(rate, {step: t}) for t in range(STEPS)]


def by_torch(make, base=0.5, metrics=None):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=base)
    schedule = make(optimizer)
    rates = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for t in range(STEPS):
            rates.append(optimizer.param_groups[0]["lr"])
            if metrics is None:
                schedule.step()
            else:
                schedule.step(metrics[t])
    return rates


def by_optax(schedule):
    jax.config.update("jax_enable_x64", True)
    return [float(schedule(numpy.int64(t))) for t in range(STEPS)]


def metric():
    """Falls, stops, falls by little, rises; all numbers are exact."""
    return [(64 - min(t, 20)) / 16 + ((t * 5) % 7) / 32 - max(t - 60, 0) / 256 for t in range(STEPS)]


def cases():
    # Some of TensorFlow's functions compute in single precision only.
    train, p, single = tf1.train, by_torch, tf.float32
    plateau = lr_scheduler.ReduceLROnPlateau
    metrics = metric()
    runs = {
        "exponentialDecay": by_tensorflow1(train.exponential_decay, 7, 0.75),
        "exponentialDecay, stairs": by_tensorflow1(train.exponential_decay, 7, 0.75, staircase=True),
        "naturalExponentialDecay": by_tensorflow1(train.natural_exp_decay, 7, 0.75),
        "inverseTimeDecay": by_tensorflow1(train.inverse_time_decay, 7, 0.75),
        "inverseTimeDecay, stairs": by_tensorflow1(train.inverse_time_decay, 7, 0.75, staircase=True),
        "polynomialDecay": by_tensorflow1(train.polynomial_decay, 60, 0.0625, power=2.0),
        "polynomialDecay, cycles": by_tensorflow1(
            train.polynomial_decay, 32, 0.0625, power=0.5, cycle=True, kind=single
        ),
        "piecewiseConstant": piecewise(),
        "cosineDecay": by_tensorflow1(train.cosine_decay, 60, alpha=0.125, kind=single),
        "cosineRestarts": by_tensorflow1(
            train.cosine_decay_restarts, 7, t_mul=2.0, m_mul=0.75, alpha=0.125, kind=single
        ),
        "cosineRestarts, equal": by_tensorflow1(
            train.cosine_decay_restarts, 15, t_mul=1.0, kind=single
        ),
        "linearCosineDecay": by_tensorflow1(
            train.linear_cosine_decay, 60, num_periods=1.5, alpha=0.125, beta=0.0625, kind=single
        ),
        "noisyLinearCosineDecay, no noise": by_tensorflow1(
            train.noisy_linear_cosine_decay,
            60,
            initial_variance=0.0,
            num_periods=1.5,
            kind=single,
        ),
        "StepLR": p(lambda o: lr_scheduler.StepLR(o, 10, 0.5)),
        "CosineAnnealingWarmRestarts": p(
            lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 6, 3, eta_min=0.05)
        ),
        "oneCycle": p(lambda o: lr_scheduler.OneCycleLR(o, 0.5, total_steps=STEPS + 1)),
        "oneCycle, three phases": p(
            lambda o: lr_scheduler.OneCycleLR(
                o,
                0.5,
                total_steps=STEPS + 1,
                pct_start=0.25,
                anneal_strategy="linear",
                div_factor=10,
                final_div_factor=100,
                three_phase=True,
            )
        ),
        "noam": p(
            lambda o: lr_scheduler.LambdaLR(
                o, lambda t: 64**-0.5 * min((t + 1) ** -0.5, (t + 1) * 20**-1.5)
            ),
            base=1.0,
        ),
        "warmedUp": by_optax(optax.warmup_cosine_decay_schedule(0.1, 0.5, 20, 80, 0.05)),
        "joined": by_optax(
            optax.join_schedules(
                [
                    optax.constant_schedule(0.25),
                    optax.linear_schedule(0.5, 0.125, 30),
                    optax.exponential_decay(0.5, 10, 0.5),
                ],
                [15, 50],
            )
        ),
        "plateau": p(
            lambda o: plateau(o, factor=0.5, patience=3, cooldown=2, min_lr=0.01, eps=0),
            metrics=metrics,
        ),
        "plateau, greatest": p(
            lambda o: plateau(
                o, mode="max", factor=0.75, patience=5, threshold=0.25, threshold_mode="abs", eps=0
            ),
            metrics=metrics,
        ),
    }
    runs["metric"] = metrics
    return {"cases": {name: tensor(numpy.asarray(rates, numpy.float64)) for name, rates in runs.items()}}
