# SPDX-License-Identifier: Apache-2.0
"""Images resized, cropped, cut into patches and blocks, and normalised; with gradients."""

import numpy

from golden_json import tensor
from tf_session import fresh_session, tf

raw = tf.raw_ops

# TensorFlow's names of the three grids, as its kernels have them.
GRIDS = {
    "halfPixelCentres": {"align_corners": False, "half_pixel_centers": True},
    "alignedCorners": {"align_corners": True, "half_pixel_centers": False},
    "asymmetric": {"align_corners": False, "half_pixel_centers": False},
}
KERNELS = {
    "nearest": raw.ResizeNearestNeighbor,
    "linear": raw.ResizeBilinear,
    "cubic": raw.ResizeBicubic,
}
SIZES = [(7, 10), (3, 4), (1, 1), (2, 13)]

# y0, x0, y1, x1: inside, upside down, beyond the edges, a single line, mirrored.
BOXES = [
    [0.1, 0.2, 0.9, 0.7],
    [0.8, 0.1, 0.2, 0.9],
    [-0.3, -0.2, 1.4, 1.1],
    [0.5, 0.0, 0.5, 1.0],
    [0.0, 1.0, 1.0, 0.0],
]
BOX_IMAGES = [0, 1, 1, 0, 1]


def image(shape, seed):
    """Numbers without a pattern, each of few digits."""
    return numpy.random.default_rng(seed).integers(-64, 64, shape).astype(numpy.float32) / 16


def weighted(value):
    """Weights that differ, as gradients from above."""
    count = int(numpy.prod(value.shape))
    weights = (numpy.arange(count, dtype=numpy.float32) % 7 + 1) / 4
    return tf.reduce_sum(value * weights.reshape(value.shape))


def resized():
    pixels = image((1, 5, 6, 2), 1)
    cases = []
    for method, kernel in KERNELS.items():
        for grid, options in GRIDS.items():
            for size in SIZES:
                with fresh_session() as session:
                    x = tf.constant(pixels)
                    value = kernel(images=x, size=size, **options)
                    # The kernel of the cubic's gradient excludes outer pixels in one case only.
                    gradient = tf.gradients(weighted(value), x)[0]
                    cases.append(
                        {
                            "method": method,
                            "grid": grid,
                            "size": list(size),
                            "value": tensor(session.run(value)),
                            "gradient": tensor(session.run(gradient)),
                        }
                    )
    return {"x": tensor(pixels), "cases": cases}


def cropped():
    pixels = image((2, 5, 6, 2), 2)
    cases = []
    for method in ("bilinear", "nearest"):
        for size in ((3, 4), (1, 5), (6, 1)):
            with fresh_session() as session:
                x, boxes = tf.constant(pixels), tf.constant(BOXES)
                value = tf.image.crop_and_resize(
                    x, boxes, BOX_IMAGES, size, method=method, extrapolation_value=-2.5
                )
                by_image, by_box = tf.gradients(weighted(value), [x, boxes])
                cases.append(
                    {
                        "method": method,
                        "size": list(size),
                        "value": tensor(session.run(value)),
                        "gradient of x": tensor(session.run(by_image)),
                        "gradient of boxes": None
                        if method == "nearest"
                        else tensor(session.run(by_box)),
                    }
                )
    return {
        "x": tensor(pixels),
        "boxes": tensor(numpy.asarray(BOXES, numpy.float32)),
        "images": tensor(numpy.asarray(BOX_IMAGES, numpy.int32)),
        "cases": cases,
    }


def patches():
    pixels = image((2, 6, 7, 2), 3)
    cases = []
    for size, strides, rates, padding in (
        ((2, 3), (1, 1), (1, 1), "VALID"),
        ((3, 3), (2, 2), (1, 1), "SAME"),
        ((2, 2), (2, 3), (2, 2), "VALID"),
        ((3, 2), (1, 2), (2, 1), "SAME"),
    ):
        with fresh_session() as session:
            x = tf.constant(pixels)
            value = tf.image.extract_patches(
                x, (1, *size, 1), (1, *strides, 1), (1, *rates, 1), padding
            )
            gradient = tf.gradients(weighted(value), x)[0]
            cases.append(
                {
                    "sizes": list(size),
                    "strides": list(strides),
                    "dilations": list(rates),
                    "padding": padding,
                    "value": tensor(session.run(value)),
                    "gradient": tensor(session.run(gradient)),
                }
            )
    return {"x": tensor(pixels), "cases": cases}


def blocks():
    pixels = image((2, 4, 6, 3), 4)
    with fresh_session() as session:
        x = tf.constant(pixels)
        batch = tf.space_to_batch_nd(x, [2, 3], [[1, 1], [0, 3]])
        fetched = {
            "space to depth": tf.space_to_depth(x, 2),
            "space to batch": batch,
            "batch to space": tf.batch_to_space_nd(batch, [2, 3], [[0, 1], [2, 0]]),
        }
        values = {name: tensor(session.run(value)) for name, value in fetched.items()}
    return {"x": tensor(pixels), **values}


def normalised():
    pixels = image((2, 3, 2, 9), 5)
    cases = []
    for radius, bias, alpha, beta in ((5, 1.0, 1.0, 0.5), (2, 2.0, 0.25, 0.75), (0, 1.5, 0.5, 1.0)):
        with fresh_session() as session:
            x = tf.constant(pixels)
            value = tf.nn.local_response_normalization(x, radius, bias, alpha, beta)
            gradient = tf.gradients(weighted(value), x)[0]
            cases.append(
                {
                    "radius": radius,
                    "parameters": [bias, alpha, beta],
                    "value": tensor(session.run(value)),
                    "gradient": tensor(session.run(gradient)),
                }
            )
    return {"x": tensor(pixels), "cases": cases}


def cases():
    return {
        "resized": resized(),
        "crops": cropped(),
        "patches": patches(),
        "blocks": blocks(),
        "local response": normalised(),
    }
