# SPDX-License-Identifier: Apache-2.0
"""PyTorch's LBFGS on Rosenbrock's function of six numbers and on a logistic regression, in f64."""

import numpy
import torch

from golden_json import tensor

STEPS = 6
START = [-1.25, 1.0, 0.5, -0.75, 2.0, -1.5]
random = numpy.random.default_rng(22)
ROWS = numpy.round(random.normal(size=(20, 3)) * 16) / 16
BITS = (ROWS @ [1.0, -2.0, 0.5] + random.normal(size=20) > 0.25).astype(float)

CASES = {
    "line search": {"line_search_fn": "strong_wolfe", "max_iter": 4},
    "line search, short history": {"line_search_fn": "strong_wolfe", "max_iter": 5, "history_size": 2},
    "fixed": {"lr": 0.125, "max_iter": 4},
    "few evaluations": {"line_search_fn": "strong_wolfe", "max_iter": 8, "max_eval": 5},
}


def rosenbrock(w):
    return (100 * (w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2).sum() / 16


def logistic(w, b):
    logits = torch.tensor(ROWS) @ w + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(BITS))
    return loss + 0.01 * (w @ w)


def trajectory(loss, start, options):
    variables = [torch.nn.Parameter(torch.tensor(value, dtype=torch.float64)) for value in start]
    optimizer = torch.optim.LBFGS(variables, **{"history_size": 10, **options})

    def closure():
        optimizer.zero_grad()
        value = loss(*variables)
        value.backward()
        return value

    points, losses = [], []
    for _ in range(STEPS):
        losses.append(optimizer.step(closure).item())
        points.append(numpy.concatenate([v.detach().numpy().reshape(-1) for v in variables]))
    counts = optimizer.state_dict()["state"][0]
    return {
        "points": tensor(numpy.asarray(points)),
        "losses": tensor(numpy.asarray(losses)),
        "evaluations": counts["func_evals"],
        "iterations": counts["n_iter"],
    }


def cases():
    return {
        "rows": tensor(ROWS),
        "bits": tensor(BITS),
        "start": tensor(numpy.asarray(START)),
        "Rosenbrock": {name: trajectory(rosenbrock, [START], options) for name, options in CASES.items()},
        "logistic": {
            name: trajectory(logistic, [[0.5, 0.25, -0.5], 0.125], options)
            for name, options in CASES.items()
        },
    }
