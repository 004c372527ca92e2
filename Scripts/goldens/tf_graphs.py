# SPDX-License-Identifier: Apache-2.0
"""Graphs of single operations, as TensorFlow writes them, with what it computes of them."""

import base64

import numpy

from golden_json import tensor
from tf_session import fresh_session, tf

raw = tf.raw_ops


def numbers(*shape, seed=0):
    """Numbers without a pattern, each of few digits."""
    return numpy.random.default_rng(seed).integers(-32, 32, shape).astype(numpy.float32) / 8


def case(name, build, **feeds):
    with fresh_session() as session:
        inputs = {
            key: tf.placeholder(value.dtype, value.shape, name=key) for key, value in feeds.items()
        }
        outputs = [tf.identity(value, f"out{index}") for index, value in enumerate(build(**inputs))]
        values = session.run(outputs, {inputs[key]: value for key, value in feeds.items()})
        graph = session.graph.as_graph_def().SerializeToString(deterministic=True)
        return {
            "name": name,
            "graph": base64.b64encode(graph).decode(),
            "feeds": {key: tensor(value) for key, value in feeds.items()},
            "results": [tensor(value) for value in values],
        }


def pooled(x, **window):
    y = raw.MaxPool(input=x, **window)
    mean = raw.AvgPool(value=x, **window)
    found, places = raw.MaxPoolWithArgmax(input=x, **window)
    return [
        y,
        raw.MaxPoolGrad(orig_input=x, orig_output=y, grad=y, **window),
        found,
        places,
        raw.MaxPoolGradWithArgmax(input=x, grad=found, argmax=places, **window),
        mean,
        raw.AvgPoolGrad(orig_input_shape=tf.shape(x), grad=mean, **window),
    ]


def convolved(x, w, **window):
    y = raw.Conv2D(input=x, filter=w, **window)
    size = {"input_sizes": tf.shape(x), "filter": w, "out_backprop": y}
    shape = {"input": x, "filter_sizes": tf.shape(w), "out_backprop": y}
    deep = raw.DepthwiseConv2dNative(input=x, filter=w, **window)
    return [
        y,
        raw.Conv2DBackpropInput(**size, **window),
        raw.Conv2DBackpropFilter(**shape, **window),
        deep,
        raw.DepthwiseConv2dNativeBackpropInput(**{**size, "out_backprop": deep}, **window),
        raw.DepthwiseConv2dNativeBackpropFilter(**{**shape, "out_backprop": deep}, **window),
    ]


def dilated(x, w, **window):
    y = raw.Dilation2D(input=x, filter=w, **window)
    operands = {"input": x, "filter": w, "out_backprop": y}
    return [
        y,
        raw.Dilation2DBackpropInput(**operands, **window),
        raw.Dilation2DBackpropFilter(**operands, **window),
    ]


def windows():
    x = numbers(2, 5, 4, 2)
    cases = []
    for padding in ("SAME", "VALID"):
        for step in (1, 2):
            options = {"strides": [1, step, step, 1], "padding": padding}
            name = f"{padding} {step}"
            cases += [
                case(
                    f"pools {name}",
                    lambda x, options=options: pooled(x, ksize=[1, 3, 2, 1], **options),
                    x=x,
                ),
                case(
                    f"convolutions {name}",
                    lambda x, w, options=options: convolved(x, w, **options),
                    x=x,
                    w=numbers(3, 2, 2, 3, seed=1),
                ),
                case(
                    f"dilations {name}",
                    lambda x, w, options=options: dilated(x, w, rates=[1, 2, 1, 1], **options),
                    x=x,
                    w=numbers(2, 2, 2, seed=2),
                ),
            ]
    return cases


def strided(x):
    places = {"begin": [0, 4, 1], "end": [2, 0, 0], "strides": [1, -2, 1]}
    masks = {"end_mask": 1, "shrink_axis_mask": 4}
    y = raw.StridedSlice(input=x, **places, **masks)
    return [
        y,
        raw.StridedSliceGrad(shape=tf.shape(x), dy=y * y, **places, **masks),
        raw.TensorStridedSliceUpdate(input=x, value=y * 0 + 7, **places, **masks),
        x[1, ..., ::-2],
        x[:, 1:4:2, tf.newaxis, -3:-1],
        x[::-1, 3:0:-1],
        x[:, -100:100, 100:-100:-1],
    ]


def computed_slices(x, i):
    return [x[i], x[:, i:], x[:, -1:i:-1], tf.slice(x, [0, i, 0], [2, -1, 1])]


def slices():
    x = numbers(2, 5, 4)
    return [
        case("slices", strided, x=x),
        case("computed slices", computed_slices, x=x, i=numpy.int32(1)),
    ]


def diagonals():
    x = numbers(2, 3, 5)
    cases = []
    for align in ("RIGHT_LEFT", "LEFT_LEFT", "LEFT_RIGHT", "RIGHT_RIGHT"):
        for band in ([-2, 1], [0, 0], [1, 3], [-1, -1]):

            def build(x, band=band, align=align):
                part = raw.MatrixDiagPartV3(input=x, k=band, padding_value=9.0, align=align)
                sizes = {"num_rows": 3, "num_cols": 5, "padding_value": 4.0}
                return [
                    part,
                    raw.MatrixDiagV3(diagonal=part, k=band, align=align, **sizes),
                    raw.MatrixSetDiagV3(input=x, diagonal=part * 2, k=band, align=align),
                ]

            cases.append(case(f"diagonals {band} {align}", build, x=x))
    return cases


def batch_normalized(x, scale, offset, mean, variance, dy, is_training, factor):
    options = {"epsilon": 1e-3, "is_training": is_training}
    y = raw.FusedBatchNormV3(
        x=x,
        scale=scale,
        offset=offset,
        mean=mean,
        variance=variance,
        exponential_avg_factor=factor,
        **options,
    )
    moments = y[3:5] if is_training else [mean, variance]
    gradients = raw.FusedBatchNormGradV3(
        y_backprop=dy,
        x=x,
        scale=scale,
        reserve_space_1=moments[0],
        reserve_space_2=moments[1],
        reserve_space_3=y[5],
        **options,
    )
    return [*y[:3], *gradients[:3]]


def activation_gradients(g, x):
    results = []
    for name in ("Relu", "Relu6", "Elu", "Selu", "Softplus", "Softsign", "LeakyRelu"):
        key = "outputs" if name in ("Elu", "Selu") else "features"
        results += [
            getattr(raw, name)(features=x),
            getattr(raw, name + "Grad")(gradients=g, **{key: x}),
        ]
    return results


def normalisations():
    feeds = {
        "x": numbers(2, 3, 2, 3),
        "scale": numbers(3, seed=1),
        "offset": numbers(3, seed=2),
        "mean": numbers(3, seed=3),
        "variance": abs(numbers(3, seed=4)) + 0.5,
        "dy": numbers(2, 3, 2, 3, seed=5),
    }
    cases = [
        case(
            f"batch normalisation, training {training}, factor {factor}",
            lambda training=training, factor=factor, **inputs: batch_normalized(
                **inputs, is_training=training, factor=factor
            ),
            **feeds,
        )
        for training in (True, False)
        for factor in (1.0, 0.25)
    ]
    corners = numpy.array([-3, -0.5, 0, 0.5, 2, 6, 7], numpy.float32)
    cases.append(case("activations", activation_gradients, g=numbers(7), x=corners))
    cases.append(
        case(
            "cross-entropy",
            lambda x, labels: [
                *raw.SoftmaxCrossEntropyWithLogits(features=x, labels=labels),
                tf.gradients(
                    raw.SoftmaxCrossEntropyWithLogits(features=x, labels=labels)[0], x
                )[0],
            ],
            x=numbers(3, 4),
            labels=abs(numbers(3, 4, seed=1)),
        )
    )
    return cases


def cells():
    weights = {"w": numbers(5, 12) / 4, "b": numbers(12, seed=1)}
    peepholes = {key: numbers(3, seed=2) for key in ("wci", "wcf", "wco")}
    state = {"cs_prev": numbers(2, 3, seed=3), "h_prev": numbers(2, 3, seed=4)}
    return [
        case(
            f"memory cells, peepholes {peephole}",
            lambda x, peephole=peephole, **inputs: [
                *raw.LSTMBlockCell(x=x[0], use_peephole=peephole, **inputs),
                *raw.BlockLSTM(
                    seq_len_max=numpy.int64(3), x=x, use_peephole=peephole, cell_clip=0.5, **inputs
                ),
                *raw.BlockLSTMV2(
                    seq_len_max=numpy.int64(3), x=x, use_peephole=peephole, **inputs
                ),
            ],
            x=numbers(3, 2, 2, seed=5),
            **weights,
            **peepholes,
            **state,
        )
        for peephole in (True, False)
    ]


def quantized(x, mode, dtype):
    y = raw.QuantizeV2(input=x, min_range=-5.0, max_range=6.0, T=dtype, mode=mode)
    back = raw.Dequantize(input=y[0], min_range=y[1], max_range=y[2], mode=mode)
    return [back, y[1], y[2]]


def quantizations():
    x = numbers(4, 3) * 1.3
    cases = [
        case(
            f"integers {mode} {dtype.name}",
            lambda x, mode=mode, dtype=dtype: quantized(x, mode, dtype),
            x=x,
        )
        for mode in ("MIN_COMBINED", "MIN_FIRST", "SCALED")
        for dtype in (tf.quint8, tf.qint8)
    ]
    for signed in (True, False):
        for given in (True, False):
            options = {"signed_input": signed, "range_given": given, "num_bits": 6}
            cases.append(
                case(
                    f"rounded, signed {signed}, range given {given}",
                    lambda x, options=options: [
                        raw.QuantizeAndDequantizeV2(
                            input=x, input_min=-3.0, input_max=4.0, round_mode=mode, **options
                        )
                        for mode in ("HALF_TO_EVEN", "HALF_UP")
                    ],
                    x=x,
                )
            )
    return cases


def images():
    pixels = abs(numbers(2, 3, 4, 3)) / 4
    cases = [
        case(
            "colours",
            lambda x: [
                raw.RGBToHSV(images=x),
                raw.HSVToRGB(images=x),
                raw.AdjustHue(images=x, delta=-0.4),
                raw.AdjustSaturation(images=x, scale=1.7),
                raw.AdjustContrastv2(images=x, contrast_factor=2.0),
            ],
            x=pixels,
        )
    ]
    for aligned in (True, False):
        cases.append(
            case(
                f"areas, aligned {aligned}",
                lambda x, aligned=aligned: [
                    raw.ResizeArea(images=x, size=size, align_corners=aligned)
                    for size in ([5, 7], [2, 3], [1, 1])
                ],
                x=pixels,
            )
        )
    return cases


def scatters(x, i):
    rows = {"indices": [[1], [1]], "updates": x[0]}
    return [
        raw.TensorScatterMin(tensor=x[1], **rows),
        raw.TensorScatterSub(tensor=x[1], **rows),
        raw.DynamicStitch(indices=[i, i + 1], data=[x[0], x[1]]),
        raw.SparseToDense(
            sparse_indices=[1, 3], output_shape=[5], sparse_values=2.0, default_value=-1.0
        ),
        raw.UnravelIndex(indices=[5, 11], dims=[3, 4]),
        raw.Roll(input=x, shift=[1, -2], axis=[1, 2]),
        raw.SplitV(value=x, size_splits=[1, -1], axis=2, num_split=2)[1],
        raw.MirrorPad(input=x, paddings=[[0, 0], [1, 0], [1, 2]], mode="REFLECT"),
        raw.LinSpace(start=1.0, stop=1.7, num=5),
        raw.InvertPermutation(x=[2, 0, 1]),
        *raw.BroadcastGradientArgs(s0=[2, 1, 3], s1=[4, 1]),
        raw.OneHot(
            indices=[[0, 2], [-1, 5]], depth=3, on_value=5.0, off_value=1.0, axis=0
        ),
    ]


def cases():
    moved = case("moved elements", scatters, x=numbers(2, 2, 4), i=numpy.array([0, 3], numpy.int32))
    return {
        "cases": windows()
        + slices()
        + diagonals()
        + normalisations()
        + cells()
        + quantizations()
        + images()
        + [moved]
    }
