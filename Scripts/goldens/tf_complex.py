# SPDX-License-Identifier: Apache-2.0
"""Functions of complex numbers and Fourier transforms, with the gradients of a real number made of them."""

import numpy

from golden_json import tensor
from tf_session import fresh_session, tensorflow, tf

POINTS = [1 + 2j, -3 + 0.5j, 0.25 - 1.5j, -0.75 - 0.125j, 2 + 0j, -1j]
FACTORS = [0.5 - 1j, 2 + 1j, -1 + 0.25j, 1j, -0.5 + 0j, 3 - 2j]

FUNCTIONS = {
    "exp": tf.exp,
    "log": tf.math.log,
    "sqrt": tf.sqrt,
    "sin": tf.sin,
    "cos": tf.cos,
    "tanh": tf.tanh,
    "square": tf.square,
    "reciprocal": tf.math.reciprocal,
    "conjugate": tf.math.conj,
    "negate": tf.negative,
}

BINARY = {
    "add": tf.add,
    "subtract": tf.subtract,
    "multiply": tf.multiply,
    "divide": tf.divide,
    "power": tf.pow,
}

REAL = {"magnitude": tf.abs, "angle": tf.math.angle, "real": tf.math.real, "imaginary": tf.math.imag}


def pairs(value):
    """Complex numbers as pairs of real ones along one more axis; real ones as they are."""
    array = numpy.asarray(value)
    if not numpy.iscomplexobj(array):
        return tensor(array)
    part = numpy.float64 if array.dtype == numpy.complex128 else numpy.float32
    return tensor(numpy.ascontiguousarray(array).view(part).reshape(array.shape + (2,)))


def loss(y):
    """A real number in which each part of each element counts otherwise."""
    size = numpy.prod(y.shape.as_list())
    weights = (numpy.arange(size) % 5 - 1.5).reshape(y.shape.as_list())
    if not y.dtype.is_complex:
        return tf.reduce_sum(y * tf.constant(weights, y.dtype))
    parts = tf.math.real(y), tf.math.imag(y)
    weights = tf.constant(weights, parts[0].dtype)
    return tf.reduce_sum(parts[0] * weights + parts[1] * parts[1] * 0.5 * weights)


def values_and_gradients(function, *arrays):
    with fresh_session() as session:
        operands = [tf.constant(array) for array in arrays]
        result = function(*operands)
        slopes = tf.gradients(loss(result), operands)
        result, slopes = session.run((result, slopes))
    return {"result": pairs(result), "gradients": [pairs(slope) for slope in slopes]}


def numbers(*shape):
    """Complex numbers without a pattern."""
    count = int(numpy.prod(shape))
    index = numpy.arange(count, dtype=numpy.float64)
    values = numpy.sin(index * 1.7 + 0.3) + 1j * numpy.cos(index * index * 0.37)
    return values.reshape(shape)


def transforms():
    z = numbers(3, 10).astype(numpy.complex64)
    x = numbers(3, 10).real.astype(numpy.float32)
    wide = numbers(2, 6, 5)
    signal = tensorflow.signal
    cases = {
        "fft": (signal.fft, z),
        "ifft": (signal.ifft, z),
        "fft of 128 bits": (signal.fft, wide),
        "fft2": (signal.fft2d, wide),
        "ifft2": (signal.ifft2d, wide),
        "fft3": (signal.fft3d, wide),
        "rfft": (signal.rfft, x),
        # With `fft_length` TensorFlow cuts and pads itself, but has no gradient.
        "rfft of 7": (lambda v: signal.rfft(v[:, :7]), x),
        "rfft of 13": (lambda v: signal.rfft(tf.pad(v, [[0, 0], [0, 3]])), x),
        "rfft2": (signal.rfft2d, wide.real),
        "irfft": (signal.irfft, z),
        "irfft of 9": (lambda v: signal.irfft(v[:, :5], [9]), z),
        "irfft of 20": (lambda v: signal.irfft(tf.pad(v, [[0, 0], [0, 1]]), [20]), z),
        "irfft2": (signal.irfft2d, wide),
        "dct": (signal.dct, x),
        "dct, orthonormal": (lambda v: signal.dct(v, norm="ortho"), x),
        "idct": (signal.idct, x),
        "idct, orthonormal": (lambda v: signal.idct(v, norm="ortho"), x),
        "stft": (lambda v: signal.stft(v, 4, 2, 4), x),
    }
    return {
        name: {
            "complex operand" if numpy.iscomplexobj(operand) else "operand": pairs(operand),
            **values_and_gradients(function, operand),
        }
        for name, (function, operand) in cases.items()
    }


def norms():
    z = numbers(2, 7)
    return {
        "operand": pairs(z),
        **{
            f"{name}, {norm}": pairs(getattr(numpy.fft, name)(z, norm=norm))
            for name in ("fft", "ifft", "irfft")
            for norm in ("backward", "ortho", "forward")
        },
        "fftn of other lengths": pairs(numpy.fft.fftn(z, s=(3, 5), axes=(0, 1))),
        "fftshift": pairs(numpy.fft.fftshift(z)),
        "ifftshift": pairs(numpy.fft.ifftshift(z)),
        "fftfreq": tensor(numpy.fft.fftfreq(7, 0.5)),
        "rfftfreq": tensor(numpy.fft.rfftfreq(8, 0.25)),
    }


def functions():
    points = numpy.array(POINTS, numpy.complex128)
    factors = numpy.array(FACTORS, numpy.complex128)
    matrices = numbers(2, 3, 3)
    return {
        "points": pairs(points),
        "factors": pairs(factors),
        "matrices": pairs(matrices),
        "unary": {
            name: values_and_gradients(f, points) for name, f in {**FUNCTIONS, **REAL}.items()
        },
        "binary": {name: values_and_gradients(f, points, factors) for name, f in BINARY.items()},
        "matmul": values_and_gradients(tf.matmul, matrices, matrices[::-1].copy()),
        "matmul, adjoint": values_and_gradients(
            lambda a, b: tf.matmul(a, b, adjoint_a=True), matrices, matrices[::-1].copy()
        ),
    }


def cases():
    return {"functions": functions(), "transforms": transforms(), "norms": norms()}
