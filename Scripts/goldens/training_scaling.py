# SPDX-License-Identifier: Apache-2.0
"""The scales of PyTorch's GradScaler over steps of which some overflow."""

import torch

# Whether the gradient of a step is finite.
STEPS = [True, True, False, True, True, True, True, False, False, True, True, True, True, True]


def cases():
    weight = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = torch.optim.SGD([weight], lr=0.125)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024, growth_factor=2, backoff_factor=0.25, growth_interval=3)
    scales, weights = [], []
    for is_finite in STEPS:
        optimizer.zero_grad()
        loss = (weight * (1.0 if is_finite else float("inf"))).sum()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        scales.append(scaler.get_scale())
        weights.append(weight.item())
    return {"finite": STEPS, "scales": scales, "weights": weights}
