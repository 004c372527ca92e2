# SPDX-License-Identifier: Apache-2.0
"""Layers of PyTorch: their outputs, and the gradients of a weighted sum of them, in f64.

What goes in is the same everywhere: number i of tensor `seed` is `((83 i + 17 seed) mod 251 - 125) / 128`, and the
weights of the outputs are 1/4 to 7/4 in turn. Images have their channels last here, as Weft has them.
"""

import math

import layers_of_sequences
import numpy
import torch
from golden_json import tensor

F = torch.nn.functional
CASES = {}


def pattern(seed, shape):
    i = numpy.arange(math.prod(shape), dtype=numpy.int64)
    return torch.tensor(((83 * i + 17 * seed) % 251 - 125).reshape(shape) / 128.0)


def case(name, inputs, parameters, function):
    """`function` takes all by name and gives an output, or several by name."""
    given = {}
    record = []
    for kind, shapes in (("input", inputs), ("parameter", parameters)):
        for key, shape in shapes.items():
            record.append({"name": key, "kind": kind, "seed": len(given), "shape": list(shape)})
            given[key] = pattern(len(given), shape).requires_grad_()
    outputs = function(**{key.replace("/", "_"): value for key, value in given.items()})
    if not isinstance(outputs, dict):
        outputs = {"y": outputs}
    loss = 0
    for value in outputs.values():
        weights = torch.arange(value.numel(), dtype=torch.float64).reshape(value.shape) % 7 + 1
        loss = loss + (value * weights / 4).sum()
    gradients = torch.autograd.grad(loss, list(given.values()))
    CASES[name] = {
        "given": record,
        "outputs": {key: tensor(value.detach().numpy()) for key, value in outputs.items()},
        "gradients": {key: tensor(value.numpy()) for key, value in zip(given, gradients)},
    }


def first(x):
    return x.movedim(-1, 1)


def last(x):
    return x.movedim(1, -1)


def swapped(kernel):
    """[sides..., a, b] as [b, a, sides...]."""
    return kernel.movedim(-1, 0).movedim(-1, 1)


def per_channel(kernel):
    """[sides..., channels, multiplier] as [channels · multiplier, 1, sides...]."""
    moved = kernel.movedim((-2, -1), (0, 1))
    return moved.reshape(-1, 1, *moved.shape[2:])


def convolutions():
    conv = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
    back = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}

    def convolved(n, **options):
        return lambda x, kernel, bias: last(conv[n](first(x), swapped(kernel), bias, **options))

    def transposed(n, **options):
        return lambda x, kernel, bias: last(back[n](first(x), swapped(kernel), bias, **options))

    def depthwise(n, channels, **options):
        return lambda x, kernel, bias: last(
            conv[n](first(x), per_channel(kernel), bias, groups=channels, **options)
        )

    def separable(x, depthwise_kernel, pointwise_kernel, bias):
        middle = conv[2](first(x), per_channel(depthwise_kernel), groups=2, padding=1)
        return last(conv[2](middle, swapped(pointwise_kernel), bias))

    case("conv1D", {"x": (2, 9, 3)}, {"kernel": (3, 3, 4), "bias": (4,)}, convolved(1, stride=2))
    case(
        "conv2D, groups",
        {"x": (2, 6, 5, 4)},
        {"kernel": (3, 2, 2, 6), "bias": (6,)},
        convolved(2, groups=2, stride=(2, 1), padding=(1, 0)),
    )
    case(
        "conv2D, dilated",
        {"x": (1, 7, 7, 2)},
        {"kernel": (3, 3, 2, 3), "bias": (3,)},
        convolved(2, dilation=2, padding=2),
    )
    case(
        "conv3D",
        {"x": (1, 4, 4, 3, 2)},
        {"kernel": (2, 2, 2, 2, 3), "bias": (3,)},
        convolved(3, stride=(1, 2, 1)),
    )
    case(
        "transposedConv1D",
        {"x": (2, 5, 3)},
        {"kernel": (3, 2, 3), "bias": (2,)},
        transposed(1, stride=2, padding=1, output_padding=1),
    )
    case(
        "transposedConv2D",
        {"x": (1, 3, 4, 4)},
        {"kernel": (3, 3, 1, 4), "bias": (2,)},
        transposed(2, stride=2, groups=2, padding=1),
    )
    case(
        "transposedConv3D",
        {"x": (1, 2, 2, 3, 2)},
        {"kernel": (2, 3, 2, 3, 2), "bias": (3,)},
        transposed(3, stride=(2, 1, 1), dilation=(1, 1, 2)),
    )
    case(
        "depthwiseConv1D",
        {"x": (2, 7, 3)},
        {"kernel": (3, 3, 2), "bias": (6,)},
        depthwise(1, 3, stride=2, padding=1),
    )
    case(
        "depthwiseConv2D",
        {"x": (1, 5, 5, 2)},
        {"kernel": (3, 3, 2, 2), "bias": (4,)},
        depthwise(2, 2, dilation=2),
    )
    case(
        "depthwiseConv3D",
        {"x": (1, 3, 3, 3, 2)},
        {"kernel": (2, 2, 2, 2, 1), "bias": (2,)},
        depthwise(3, 2),
    )
    case(
        "separableConv2D",
        {"x": (1, 4, 5, 2)},
        {
            "depthwise_kernel": (3, 3, 2, 2),
            "pointwise_kernel": (1, 1, 4, 3),
            "bias": (3,),
        },
        separable,
    )


def pools():
    volume = {"x": (1, 4, 5, 4, 2)}
    image = {"x": (2, 5, 7, 2)}
    series = {"x": (2, 9, 2)}
    case("maxPool1D", series, {}, lambda x: last(F.max_pool1d(first(x), 3, 2)))
    case("maxPool2D", image, {}, lambda x: last(F.max_pool2d(first(x), (2, 3), (2, 1))))
    case("maxPool2D, dilated", image, {}, lambda x: last(F.max_pool2d(first(x), 2, 1, dilation=2)))
    case("maxPool3D", volume, {}, lambda x: last(F.max_pool3d(first(x), 2, padding=1)))
    case("averagePool1D", series, {}, lambda x: last(F.avg_pool1d(first(x), 3)))
    case(
        "averagePool2D",
        image,
        {},
        lambda x: last(F.avg_pool2d(first(x), 3, 2, padding=1, count_include_pad=False)),
    )
    case("averagePool3D", volume, {}, lambda x: last(F.avg_pool3d(first(x), (2, 2, 3))))
    case("globalMaxPool", image, {}, lambda x: first(x).amax((2, 3)))
    case("globalAveragePool", volume, {}, lambda x: first(x).mean((2, 3, 4)))
    case("adaptiveAveragePool1D", series, {}, lambda x: last(F.adaptive_avg_pool1d(first(x), 3)))
    case("adaptiveAveragePool2D", image, {}, lambda x: last(F.adaptive_avg_pool2d(first(x), (3, 7))))
    case("adaptiveMaxPool2D", image, {}, lambda x: last(F.adaptive_max_pool2d(first(x), (2, 3))))
    case("adaptiveMaxPool3D", volume, {}, lambda x: last(F.adaptive_max_pool3d(first(x), (2, 2, 1))))


def margins():
    image = {"x": (1, 4, 5, 2)}
    case("pad, zeros", image, {}, lambda x: last(F.pad(first(x), (0, 2, 1, 1))))
    case("pad, constant", image, {}, lambda x: last(F.pad(first(x), (1, 1, 1, 1), value=0.5)))
    case("pad, reflect", image, {}, lambda x: last(F.pad(first(x), (3, 1, 2, 0), mode="reflect")))
    case("pad, edge", image, {}, lambda x: last(F.pad(first(x), (3, 1, 2, 0), mode="replicate")))
    case("crop", image, {}, lambda x: x[:, 1:4, 0:3])
    case("upsample, nearest", image, {}, lambda x: last(F.interpolate(first(x), scale_factor=(2, 3))))
    case(
        "upsample, linear",
        image,
        {},
        lambda x: last(F.interpolate(first(x), scale_factor=2, mode="bilinear")),
    )
    case(
        "PReLU",
        {"x": (2, 5, 3)},
        {"alpha": (3,)},
        lambda x, alpha: last(F.prelu(first(x), alpha)),
    )
    case("PReLU, shared", {"x": (2, 5, 3)}, {"alpha": (1,)}, lambda x, alpha: F.prelu(x, alpha))


def norms():
    image = {"x": (2, 3, 4, 6)}
    both = {"gamma": (6,), "beta": (6,)}
    case("layerNorm", image, both, lambda x, gamma, beta: F.layer_norm(x, (6,), gamma, beta))
    case("rmsNorm", image, {"gamma": (6,)}, lambda x, gamma: F.rms_norm(x, (6,), gamma, 1e-6))
    case(
        "groupNorm",
        image,
        both,
        lambda x, gamma, beta: last(F.group_norm(first(x), 3, gamma, beta)),
    )
    case(
        "instanceNorm",
        image,
        both,
        lambda x, gamma, beta: last(F.instance_norm(first(x), weight=gamma, bias=beta)),
    )


def cases():
    convolutions()
    pools()
    margins()
    norms()
    layers_of_sequences.add(case)
    return {"cases": CASES}
