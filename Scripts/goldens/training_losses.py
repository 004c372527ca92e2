# SPDX-License-Identifier: Apache-2.0
"""Losses of PyTorch, Keras and TensorFlow 1 in f64, with the gradients of their sum times a seed.

All inputs are multiples of 1/16 below 8, which f16 and bf16 hold, too.
"""

import keras
import numpy
import tensorflow as tf
import torch
import torch.nn.functional as F

from golden_json import tensor

ROWS, CLASSES = 6, 5
tf1 = tf.compat.v1
random = numpy.random.default_rng(20)


def numbers(*shape, low=-4, high=4):
    return numpy.round(random.uniform(low, high, shape) * 16) / 16


def signs(*shape):
    return random.choice([-1.0, 1.0], shape)


def distributions(*shape):
    """Sixteenths that add up to 1."""
    return random.multinomial(16, [1 / shape[-1]] * shape[-1], shape[:-1]) / 16


def positive_distributions(*shape):
    rest = 16 - shape[-1]
    return (random.multinomial(rest, [1 / shape[-1]] * shape[-1], shape[:-1]) + 1) / 16


X = numbers(ROWS, CLASSES)
Y = numbers(ROWS, CLASSES)
LABELS = numpy.array([0, 3, 2, 4, 2, 1])
ONE_HOT = numpy.eye(CLASSES)[LABELS]
BITS = random.integers(0, 2, (ROWS, CLASSES)).astype(float)
SHARES = random.integers(0, 17, (ROWS, CLASSES)) / 16
PROBABILITIES = random.integers(1, 16, (ROWS, CLASSES)) / 16
DISTRIBUTIONS = distributions(ROWS, CLASSES)
PREDICTED = positive_distributions(ROWS, CLASSES)
COUNTS = random.integers(0, 8, (ROWS, CLASSES)).astype(float)
POSITIVE = numbers(ROWS, CLASSES, low=0.25, high=4)
CLASS_WEIGHTS = numpy.array([0.5, 1.0, 2.0, 0.0, 1.5])
POSITIVE_WEIGHTS = numpy.array([0.5, 1.0, 2.0, 4.0, 1.5])
VECTORS = [numbers(ROWS, CLASSES) for _ in range(3)]
SIMILAR = signs(ROWS)


def seeds(shape):
    count = int(numpy.prod(shape))
    return ((numpy.arange(count) % 7 - 2) / 4).reshape(shape)


def by_torch(function, constants=(), **inputs):
    values = {
        name: torch.tensor(value, requires_grad=value.dtype == numpy.float64 and name not in constants)
        for name, value in inputs.items()
    }
    loss = function(**values)
    seed = torch.tensor(seeds(tuple(loss.shape)))
    sources = {name: value for name, value in values.items() if value.requires_grad}
    gradients = torch.autograd.grad((loss * seed).sum(), list(sources.values()))
    return record(inputs, loss.detach().numpy(), dict(zip(sources, gradients)))


def by_tensorflow(function, constants=(), **inputs):
    values = {name: tf.constant(value) for name, value in inputs.items()}
    sources = {
        name: value for name, value in values.items() if value.dtype == tf.float64 and name not in constants
    }
    with tf.GradientTape() as tape:
        tape.watch(list(sources.values()))
        loss = function(**values)
        total = tf.reduce_sum(loss * seeds(loss.shape))
    gradients = tape.gradient(total, list(sources.values()))
    return record(inputs, loss.numpy(), dict(zip(sources, gradients)))


def record(inputs, loss, gradients):
    return {
        "inputs": {name: tensor(value) for name, value in inputs.items()},
        "loss": tensor(loss),
        "gradients": {name: tensor(value.numpy()) for name, value in gradients.items()},
    }


def each(function):
    """A Keras loss, which is a mean over the last axis, of each element."""
    return lambda predicted, expected: function(expected[..., None], predicted[..., None])


def contrastive(distances, similar):
    return similar * distances**2 + (1 - similar) * torch.relu(1.5 - distances) ** 2


def entropy(**options):
    return lambda logits, labels, **rest: F.cross_entropy(logits, labels, **options, **rest)


def losses():
    pair = {"predicted": X, "expected": Y}
    constant = {"constants": ("expected",)}
    keras_losses = keras.losses
    return {
        "mean squared error": by_torch(
            lambda predicted, expected: F.mse_loss(predicted, expected, reduction="none"), **pair
        ),
        "mean absolute error": by_torch(
            lambda predicted, expected: F.l1_loss(predicted, expected, reduction="none"), **pair
        ),
        "mean absolute percentage error": by_tensorflow(
            each(keras_losses.mean_absolute_percentage_error), predicted=X, expected=POSITIVE, **constant
        ),
        "mean squared logarithmic error": by_tensorflow(
            each(keras_losses.mean_squared_logarithmic_error),
            predicted=POSITIVE,
            expected=COUNTS,
            **constant,
        ),
        "Huber": by_torch(
            lambda predicted, expected: F.huber_loss(predicted, expected, delta=0.75, reduction="none"), **pair
        ),
        "smooth L1": by_torch(
            lambda predicted, expected: F.smooth_l1_loss(predicted, expected, beta=0.5, reduction="none"), **pair
        ),
        "log-cosh": by_tensorflow(each(keras_losses.log_cosh), **pair),
        "Poisson": by_torch(
            lambda predicted, expected: F.poisson_nll_loss(
                predicted, expected, log_input=False, reduction="none"
            ),
            predicted=POSITIVE,
            expected=COUNTS,
            **constant,
        ),
        "Poisson of logarithms": by_torch(
            lambda logarithms, expected: F.poisson_nll_loss(logarithms, expected, reduction="none"),
            logarithms=X,
            expected=COUNTS,
        ),
        "Gaussian": by_torch(
            lambda predicted, expected, variance: F.gaussian_nll_loss(
                predicted, expected, variance, full=True, eps=0.375, reduction="none"
            ),
            variance=POSITIVE,
            **pair,
        ),
        "Kullback-Leibler": by_torch(
            lambda predicted, expected: F.kl_div(predicted.log(), expected, reduction="none").sum(-1),
            predicted=PREDICTED,
            expected=DISTRIBUTIONS,
            **constant,
        ),
        "hinge": by_tensorflow(
            each(keras_losses.hinge), predicted=X / 4, expected=BITS * 2 - 1, **constant
        ),
        "squared hinge": by_tensorflow(
            each(keras_losses.squared_hinge), predicted=X / 4, expected=BITS * 2 - 1, **constant
        ),
        "categorical hinge": by_tensorflow(
            lambda predicted, expected: keras_losses.categorical_hinge(expected, predicted),
            predicted=X,
            expected=ONE_HOT,
            **constant,
        ),
        "soft margin": by_torch(
            lambda predicted, expected: F.soft_margin_loss(predicted, expected, reduction="none"),
            constants=("expected",),
            predicted=X,
            expected=BITS * 2 - 1,
        ),
        "multi-margin": by_torch(
            lambda scores, labels: F.multi_margin_loss(scores, labels, margin=1.5, reduction="none"),
            scores=X,
            labels=LABELS,
        ),
        "multi-margin, squared": by_torch(
            lambda scores, labels: F.multi_margin_loss(scores, labels, p=2, reduction="none"),
            scores=X,
            labels=LABELS,
        ),
        "margin ranking": by_torch(
            lambda first, second, order: F.margin_ranking_loss(
                first, second, order, margin=0.5, reduction="none"
            ),
            constants=("order",),
            first=X[:, 0],
            second=Y[:, 0],
            order=SIMILAR,
        ),
        "cosine similarity": by_torch(
            lambda a, b: F.cosine_similarity(a, b), a=VECTORS[0], b=VECTORS[1]
        ),
        "cosine embedding": by_torch(
            lambda a, b, similar: F.cosine_embedding_loss(a, b, similar, margin=0.125, reduction="none"),
            constants=("similar",),
            a=VECTORS[0],
            b=VECTORS[1],
            similar=SIMILAR,
        ),
        "hinge embedding": by_torch(
            lambda distances, similar: F.hinge_embedding_loss(distances, similar, margin=2, reduction="none"),
            constants=("similar",),
            distances=POSITIVE[:, 0],
            similar=SIMILAR,
        ),
        "contrastive": by_torch(
            contrastive, constants=("similar",), distances=POSITIVE[:, 1], similar=(SIMILAR + 1) / 2
        ),
        "triplet": by_torch(
            lambda anchor, positive, negative: F.triplet_margin_loss(
                anchor, positive, negative, margin=2, reduction="none"
            ),
            anchor=VECTORS[0],
            positive=VECTORS[1],
            negative=VECTORS[2],
        ),
        "triplet, swapped": by_torch(
            lambda anchor, positive, negative: F.triplet_margin_loss(
                anchor, positive, negative, margin=4, p=1, swap=True, reduction="none"
            ),
            anchor=VECTORS[0],
            positive=VECTORS[1],
            negative=VECTORS[2],
        ),
        **entropies(),
    }


def entropies():
    return {
        "sigmoid cross-entropy": by_torch(
            lambda logits, labels: F.binary_cross_entropy_with_logits(logits, labels, reduction="none"),
            logits=X,
            labels=SHARES,
        ),
        "sigmoid cross-entropy, smoothed": by_tensorflow(
            lambda logits, labels: keras.losses.binary_crossentropy(
                labels[..., None], logits[..., None], from_logits=True, label_smoothing=0.25
            ),
            constants=("labels",),
            logits=X,
            labels=BITS,
        ),
        "sigmoid cross-entropy, positive weight": by_torch(
            lambda logits, labels, weight: F.binary_cross_entropy_with_logits(
                logits, labels, pos_weight=weight, reduction="none"
            ),
            constants=("weight",),
            logits=X,
            labels=SHARES,
            weight=POSITIVE_WEIGHTS,
        ),
        "binary cross-entropy": by_torch(
            lambda probabilities, labels: F.binary_cross_entropy(probabilities, labels, reduction="none"),
            constants=("labels",),
            probabilities=PROBABILITIES,
            labels=SHARES,
        ),
        "softmax cross-entropy": by_torch(entropy(reduction="none"), logits=X, labels=DISTRIBUTIONS),
        "softmax cross-entropy, smoothed": by_torch(
            entropy(reduction="none", label_smoothing=0.25), logits=X, labels=DISTRIBUTIONS
        ),
        "softmax cross-entropy of numbers": by_torch(
            entropy(reduction="none"), logits=X, labels=LABELS
        ),
        **{
            f"softmax cross-entropy of numbers, {reduction}": by_torch(
                entropy(reduction=reduction, label_smoothing=0.25, ignore_index=2),
                constants=("weight",),
                logits=X,
                labels=LABELS,
                weight=CLASS_WEIGHTS,
            )
            for reduction in ("none", "mean", "sum")
        },
        "categorical cross-entropy": by_torch(
            lambda probabilities, labels: -(labels * probabilities.log()).sum(-1),
            constants=("labels",),
            probabilities=PREDICTED,
            labels=DISTRIBUTIONS,
        ),
        "categorical cross-entropy of numbers": by_torch(
            lambda probabilities, labels, weight: F.nll_loss(
                probabilities.log(), labels, weight=weight, ignore_index=2
            ),
            constants=("weight",),
            probabilities=PREDICTED,
            labels=LABELS,
            weight=CLASS_WEIGHTS,
        ),
        "sigmoid focal": by_tensorflow(
            lambda logits, labels: keras.losses.binary_focal_crossentropy(
                labels[..., None],
                logits[..., None],
                apply_class_balancing=True,
                alpha=0.375,
                gamma=1.5,
                from_logits=True,
            ),
            constants=("labels",),
            logits=X,
            labels=BITS,
        ),
        "softmax focal": by_tensorflow(
            lambda logits, labels: keras.losses.categorical_focal_crossentropy(
                labels, logits, from_logits=True
            ),
            constants=("labels",),
            logits=X,
            labels=DISTRIBUTIONS,
        ),
    }


def reductions():
    """TensorFlow 1's, of losses with weights of each shape."""
    kinds = tf1.losses.Reduction
    weights = {
        "one": numpy.array(0.5),
        "examples": numpy.array([1.0, 0.0, 2.0, 0.5, 0.0, 1.0])[:, None],
        "outputs": numpy.array([[0.0, 1.0, 2.0, 0.5, 1.0]]),
        "each": numpy.where(BITS > 0, SHARES, 0.0),
        "none": numpy.zeros((ROWS, 1)),
    }
    return {
        f"{shape}, {kind}": by_tensorflow(
            lambda losses, weights, kind=kind: tf1.losses.compute_weighted_loss(
                losses, weights, reduction=kind, loss_collection=None
            ),
            losses=X,
            weights=value,
        )
        for shape, value in weights.items()
        for kind in (kinds.NONE, kinds.SUM, kinds.MEAN, kinds.SUM_OVER_BATCH_SIZE, kinds.SUM_BY_NONZERO_WEIGHTS)
    }


def cases():
    return {"losses": losses(), "reductions": reductions()}
