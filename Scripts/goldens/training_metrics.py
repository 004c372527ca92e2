# SPDX-License-Identifier: Apache-2.0
"""Metrics of scikit-learn over all examples at once, and of Keras over batches of uneven sizes."""

import keras
import numpy
import sklearn.metrics as sk

from golden_json import tensor

BATCHES = [5, 8, 0, 3]
COUNT, CLASSES = sum(BATCHES), 4
random = numpy.random.default_rng(21)

SCORES = random.normal(size=(COUNT, CLASSES)).astype(numpy.float32)
LABELS = random.integers(0, CLASSES, COUNT)
# Some are right, and one class is never expected.
LABELS[::2] = SCORES[::2].argmax(-1)
LABELS[LABELS == 2] = 1
WEIGHTS = random.integers(0, 5, COUNT).astype(numpy.float32) / 4
PROBABILITIES = (random.integers(0, 1001, COUNT) / 1000).astype(numpy.float32)
BITS = (PROBABILITIES + random.normal(size=COUNT) / 3 > 0.5).astype(numpy.float32)
NUMBERS = random.normal(10, 3, (COUNT, 2)).astype(numpy.float32)
GUESSES = (NUMBERS + random.normal(size=(COUNT, 2))).astype(numpy.float32)
# What scikit-learn computes in the type of its arguments.
WIDE_NUMBERS, WIDE_GUESSES = (x.astype(numpy.float64) for x in (NUMBERS, GUESSES))
PREDICTED = SCORES.argmax(-1)
DECIDED = (PROBABILITIES > 0.5).astype(int)
AVERAGES = {"none": None, "macro": "macro", "micro": "micro", "weighted": "weighted"}


def of_batches(metric, expected, predicted, weights):
    at = 0
    for size in BATCHES:
        if size:
            part = slice(at, at + size)
            metric.update_state(
                expected[part], predicted[part], sample_weight=None if weights is None else weights[part]
            )
        at += size
    return numpy.asarray(metric.result(), numpy.float64)


def entropy(weights):
    wide = SCORES.astype(numpy.float64)
    logarithms = wide - numpy.log(numpy.exp(wide).sum(-1, keepdims=True))
    return numpy.exp(-numpy.average(logarithms[numpy.arange(COUNT), LABELS], weights=weights))


def results(weights):
    options = {"sample_weight": weights}
    classes = {"labels": range(CLASSES), "zero_division": 0, **options}
    found = {
        "accuracy": sk.accuracy_score(LABELS, PREDICTED, **options),
        "accuracy, top 2": sk.top_k_accuracy_score(LABELS, SCORES, k=2, labels=range(CLASSES), **options),
        "accuracy, binary": sk.accuracy_score(BITS, DECIDED, **options),
        "precision": sk.precision_score(BITS, DECIDED, **options),
        "recall": sk.recall_score(BITS, DECIDED, **options),
        "F2": sk.fbeta_score(BITS, DECIDED, beta=2, **options),
        "confusion matrix": sk.confusion_matrix(LABELS, PREDICTED, labels=range(CLASSES), **options),
        "mean squared error": sk.mean_squared_error(WIDE_NUMBERS, WIDE_GUESSES, **options),
        "root mean squared error": numpy.sqrt(sk.mean_squared_error(WIDE_NUMBERS, WIDE_GUESSES, **options)),
        "mean absolute error": sk.mean_absolute_error(WIDE_NUMBERS, WIDE_GUESSES, **options),
        "R2": sk.r2_score(WIDE_NUMBERS[:, 0], WIDE_GUESSES[:, 0], **options),
        "R2 of two": sk.r2_score(WIDE_NUMBERS, WIDE_GUESSES, **options),
        "perplexity": entropy(weights),
        "area, exact": sk.roc_auc_score(BITS, PROBABILITIES, **options),
        "area": of_batches(keras.metrics.AUC(num_thresholds=50), BITS, PROBABILITIES, weights),
        "area of precision": of_batches(
            keras.metrics.AUC(num_thresholds=50, curve="PR"), BITS, PROBABILITIES, weights
        ),
        "mean intersection over union": of_batches(
            keras.metrics.MeanIoU(num_classes=CLASSES, dtype="float32"), LABELS, PREDICTED, weights
        ),
        "intersection over union": sk.jaccard_score(LABELS, PREDICTED, average=None, **classes),
    }
    for name, average in AVERAGES.items():
        found[f"precision, {name}"] = sk.precision_score(LABELS, PREDICTED, average=average, **classes)
        found[f"recall, {name}"] = sk.recall_score(LABELS, PREDICTED, average=average, **classes)
        found[f"F1, {name}"] = sk.f1_score(LABELS, PREDICTED, average=average, **classes)
    return {name: tensor(numpy.asarray(value, numpy.float64)) for name, value in found.items()}


def cases():
    inputs = {
        "scores": SCORES,
        "labels": LABELS,
        "weights": WEIGHTS,
        "probabilities": PROBABILITIES,
        "bits": BITS,
        "numbers": NUMBERS,
        "guesses": GUESSES,
    }
    return {
        "batches": BATCHES,
        "inputs": {name: tensor(value) for name, value in inputs.items()},
        "plain": results(None),
        "weighted": results(WEIGHTS),
    }
