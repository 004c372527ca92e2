# SPDX-License-Identifier: Apache-2.0
"""Graphs of one operation each, as TensorFlow writes them, with what they give, and gradients of it."""

import base64

import numpy

from golden_json import tensor
from tf_session import fresh_session, tensorflow, tf
from tf_strings import text

raw = tensorflow.raw_ops
INF, NAN = float("inf"), float("nan")


def f32(*numbers):
    return numpy.array(numbers, numpy.float32)


def f64(*numbers):
    return numpy.array(numbers, numpy.float64)


def i32(*numbers):
    return numpy.array(numbers, numpy.int32)


def i64(*numbers):
    return numpy.array(numbers, numpy.int64)


class Fed:
    """An input that is fed; others are constants."""

    def __init__(self, value, shape=None):
        self.value = numpy.asarray(value)
        self.shape = self.value.shape if shape is None else shape


class Quantized(Fed):
    """Numbers that are fed and taken as quantized ones of as many bits."""

    def __init__(self, value, kind):
        super().__init__(value)
        self.kind = kind


OPERATIONS = []


def case(operation, gradients=False, tolerance=None, **arguments):
    OPERATIONS.append((operation, gradients, tolerance, arguments))


SPECIAL = f32(-INF, -2.5, -1.5, -0.5, -0.0, 0, 0.5, 1.5, 2.5, 1e20, INF, NAN)


def elementwise():
    for name in ["Abs", "Neg", "Sign", "Square", "Floor", "Ceil", "Round", "Rint", "Exp", "Expm1",
                 "Log", "Log1p", "Sqrt", "Rsqrt", "Reciprocal", "Inv", "Sigmoid", "IsNan", "IsInf",
                 "IsFinite", "Tanh", "Atan", "Asinh", "Erf", "Erfc"]:
        case(name, x=Fed(SPECIAL))
    inside = f64(-0.9, -0.3, 0.2, 0.75)
    for name in ["Asin", "Acos", "Atanh", "Erfinv", "Sin", "Cos", "Tan", "Sinh", "Cosh"]:
        case(name, gradients=True, x=Fed(inside))
    for name in ["Acosh", "Lgamma", "Digamma"]:
        case(name, gradients=True, x=Fed(f64(1.25, 2, 7.5)))
    case("Ndtri", gradients=True, tolerance=1e-9, x=Fed(f64(0.001, 0.2, 0.5, 0.99)))
    a, b = f32(-7.5, 7.5, 3, 0, -1, 6)[:, None], f32(2, -2, 0)
    for name in ["Add", "AddV2", "Sub", "Mul", "Maximum", "Minimum", "SquaredDifference", "RealDiv",
                 "DivNoNan", "MulNoNan", "Xdivy", "FloorDiv", "FloorMod", "Mod", "TruncateMod"]:
        has = name not in ["FloorDiv", "FloorMod", "Mod", "TruncateMod", "RealDiv"]
        case(name, gradients=has, x=Fed(a), y=Fed(b))
    c, d = i32(-7, 7, 3, 0)[:, None], i32(2, -2, 5)
    for name in ["Div", "TruncateDiv", "FloorDiv", "FloorMod", "Mod", "TruncateMod", "BitwiseAnd",
                 "BitwiseOr", "BitwiseXor", "Less", "LessEqual", "Greater", "GreaterEqual", "Equal",
                 "NotEqual", "Maximum", "Minimum"]:
        case(name, x=Fed(c), y=Fed(d))
    for name in ["LeftShift", "RightShift"]:
        case(name, x=Fed(i32(-8, -8, 8, 1, 1)), y=Fed(i32(-1, 31, 2, 40, 3)))
        case(name, x=Fed(numpy.array([200, 1], numpy.uint8)), y=Fed(numpy.array([1, 9], numpy.uint8)))
    case("Invert", x=Fed(i32(0, 5, -1)))
    case("PopulationCount", x=Fed(i32(0, 5, -1)))
    case("Pow", gradients=True, x=Fed(f64(0.5, 2, 3)), y=Fed(f64(2, -1, 0.5)))
    case("Atan2", gradients=True, y=Fed(f64(1, -1, 0.5)), x=Fed(f64(1, 2, -3)))
    case("Xlogy", gradients=True, x=Fed(f64(0, 1, 2)), y=Fed(f64(0, 2, 3)))
    case("Xlog1py", gradients=True, x=Fed(f64(0, 1, 2)), y=Fed(f64(-1, 2, 3)))
    case("Equal", x=Fed(f32(1, 2)), y=Fed(f32(1, 2, 3)), incompatible_shape_error=False)
    case("NotEqual", x=Fed(f32(1, 2)), y=Fed(f32(1, 2, 3)), incompatible_shape_error=False)
    case("Equal", x=numpy.array(["a", "b"]), y=numpy.array("b"), incompatible_shape_error=True)
    case("ApproximateEqual", x=Fed(f32(1, 2, 3)), y=Fed(f32(1.05, 2.2, 3)), tolerance_=0.1)
    case("Select", gradients=True, condition=numpy.array([True, False]),
         x=Fed(f32(1, 2, 3, 4).reshape(2, 2)), y=Fed(f32(5, 6, 7, 8).reshape(2, 2)))
    case("SelectV2", gradients=True, condition=numpy.array([True, False]),
         t=Fed(f32(1, 2, 3, 4).reshape(2, 2)), e=Fed(f32(5)))
    case("ClipByValue", gradients=True, t=Fed(f32(-1, 0, 0.5, 1, 2, NAN)),
         clip_value_min=numpy.float32(0), clip_value_max=numpy.float32(1))
    case("ClipByValue", t=Fed(f32(0, 1, 2, 3)), clip_value_min=numpy.float32(2),
         clip_value_max=numpy.float32(1))
    case("AddN", inputs=[Fed(f32(1, 2)), Fed(f32(3, 4)), Fed(f32(5, 6))])
    case("Cast", x=Fed(f32(-1.5, 2.7, 3e10, NAN)), DstT=tf.int32)
    case("Cast", x=Fed(f32(0, 0.5, -3)), DstT=tf.bool)
    case("Complex", real=Fed(f32(1, 2)), imag=Fed(f32(3, 4)))
    z = numpy.array([3 + 4j, -1 - 1j, 0], numpy.complex64)
    for name in ["Real", "Imag", "Angle", "Conj"]:
        case(name, input=z)
    for name in ["ComplexAbs", "Sign", "Square"]:
        case(name, x=z)
    for name in ["TanhGrad", "SigmoidGrad", "SqrtGrad", "RsqrtGrad", "ReciprocalGrad", "InvGrad"]:
        case(name, y=Fed(f32(0, INF, 2, 0.5)), dy=Fed(f32(0, 0, 3, -1)))
        case(name, y=z[:2], dy=numpy.array([1j, 2 - 1j], numpy.complex64))
        if name != "InvGrad":
            case(name, gradients=True, y=Fed(f64(0.25, 0.5)), dy=Fed(f64(3, -1)))
    case("NextAfter", x1=Fed(f32(1, 0, -1, NAN, 3)), x2=Fed(f32(2, -1, INF, 1, 3)))
    case("NextAfter", x1=Fed(f64(1, 0)), x2=Fed(f64(2, -1)))


def special_functions():
    a, x = f64(0.5, 2, 10, 3, 150), f64(0.3, 5, 8, 30, 140)
    case("Igamma", gradients=True, tolerance=1e-9, a=Fed(a), x=Fed(x))
    case("Igammac", gradients=True, tolerance=1e-9, a=Fed(a), x=Fed(x))
    case("Igamma", a=Fed(f32(1, 2)[:, None]), x=Fed(f32(0, 0.5, INF)))
    case("IgammaGradA", tolerance=1e-9, a=Fed(a), x=Fed(x))
    case("RandomGammaGrad", tolerance=1e-8, alpha=Fed(f64(0.5, 2, 10)), sample=Fed(f64(0.3, 5, 8)))
    case("Betainc", tolerance=1e-9, a=Fed(f64(0.5, 2, 10, 3)), b=Fed(f64(1, 3, 4, 200)),
         x=Fed(f64(0.3, 0.5, 0.9, 0.01)))
    case("Zeta", tolerance=1e-9, x=Fed(f64(1, 2, 3, 0.5, 2, 4)), q=Fed(f64(1, 1, 2, 1, -1.5, -2)))
    case("Polygamma", tolerance=1e-9, a=Fed(f64(1, 2, 0)), x=Fed(f64(2, 3.5, 4)))
    for name in ["BesselI0e", "BesselI1e"]:
        case(name, gradients=True, tolerance=1e-9, x=Fed(f64(-3, 0.5, 2, 60, 1e5)))


def reductions():
    x = f32(1, 5, -2, 0, 3, 3, 7, NAN, 2, 4, 4, 1).reshape(2, 3, 2)
    finite = numpy.nan_to_num(x, nan=-4)
    for name in ["Sum", "Mean", "Max", "Min", "Prod", "EuclideanNorm"]:
        case(name, input=Fed(x), axis=i32(1))
        case(name, gradients=True, input=Fed(finite), axis=i32(-1, 0), keep_dims=True)
        case(name, input=Fed(numpy.zeros((0, 3), numpy.float32)), axis=i32(0))
        case(name, input=Fed(finite), axis=numpy.zeros(0, numpy.int32))
        case(name, input=Fed(i32(3, 5, -9, 7)), axis=numpy.int32(0))
        case(name, input=Fed(finite, [None, 3, None]), axis=i64(0, 2))
    for name in ["All", "Any"]:
        case(name, input=numpy.array([[True, False], [True, True]]), axis=i32(1), keep_dims=True)
    for name in ["ArgMax", "ArgMin"]:
        case(name, input=Fed(x), dimension=numpy.int32(1))
        case(name, input=Fed(finite), dimension=numpy.int32(-1), output_type=tf.int32)
        for row in [(NAN, 1, 2), (1, NAN, 2), (NAN, NAN, -INF), (2, 2, 1)]:
            case(name, input=Fed(f32(*row)), dimension=numpy.int32(0))
    for exclusive in [False, True]:
        for reverse in [False, True]:
            arguments = dict(gradients=True, axis=numpy.int32(-1), exclusive=exclusive, reverse=reverse)
            numbers = Fed(f64(1, 2, 4, 3, 0.5, -1).reshape(2, 3))
            for name in ["Cumsum", "Cumprod", "CumulativeLogsumexp"]:
                has = name != "CumulativeLogsumexp"
                case(name, x=numbers, **{**arguments, "gradients": has})


def segments():
    data, numbers = Fed(f32(1, 5, 3, 2, 4, 4, 3, 5).reshape(4, 2)), i32(0, 0, 2, 2)
    for name in ["Sum", "Mean", "Max", "Min", "Prod"]:
        has = name in ["Sum", "Mean", "Max", "Min"]
        case(f"Segment{name}", gradients=has, data=data, segment_ids=numbers)
        case(f"Segment{name}", data=data, segment_ids=Fed(numbers))
        case(f"Segment{name}", data=Fed(i32(1, 4, 9)), segment_ids=i64(1, 1, 3))
    for name in ["Sum", "Max", "Min", "Prod"]:
        case(f"UnsortedSegment{name}", gradients=True, data=data, segment_ids=i32(3, -1, 0, 3),
             num_segments=numpy.int32(5))
        case(f"UnsortedSegment{name}", data=Fed(f32(1, -INF, INF)), segment_ids=i32(0, 1, 2),
             num_segments=numpy.int32(4))
        case(f"UnsortedSegment{name}", data=Fed(i32(1, 2)), segment_ids=i32(2, 2),
             num_segments=numpy.int32(4))
        case(f"UnsortedSegment{name}", data=data, segment_ids=Fed(i32(1, 0, 1, 0, 1, 2, 2, 0).reshape(4, 2)),
             num_segments=Fed(numpy.int32(3)))
    for name in ["Sum", "Mean", "SqrtN"]:
        rows, owners = i32(3, 0, 0, 1), i32(0, 0, 0, 2)
        case(f"SparseSegment{name}", gradients=True, data=data, indices=rows, segment_ids=owners)
        case(f"SparseSegment{name}WithNumSegments", data=data, indices=rows, segment_ids=owners,
             num_segments=numpy.int32(4))
        case(f"SparseSegment{name}Grad", grad=Fed(f32(1, 2, 3)[:, None]), indices=rows,
             segment_ids=owners, output_dim0=numpy.int32(4))


def sorting():
    scores = f32(1, 3, 3, -INF, 2, 7, 0, 7).reshape(2, 4)
    case("TopKV2", input=Fed(scores), k=numpy.int32(2))
    case("TopKV2", input=Fed(i32(4, 1, 9)), k=Fed(numpy.int32(2)))
    case("NthElement", input=Fed(scores), n=numpy.int32(1))
    case("NthElement", input=Fed(scores), n=numpy.int32(0), reverse=True)
    predictions = f32(1, 2, 3, 3, 3, 1, 1, NAN, 0, 1, INF, 2, 1, 2, 0).reshape(5, 3)
    case("InTopKV2", predictions=Fed(predictions), targets=Fed(i32(2, 5, 0, 1, 0)), k=numpy.int32(2))
    case("InTopK", predictions=Fed(predictions), targets=Fed(i64(1, 0, 0, 1, 2)), k=2)
    for name in ["LowerBound", "UpperBound"]:
        case(name, sorted_inputs=Fed(f32(0, 3, 3, 9, 1, 2, 3, 4).reshape(2, 4)),
             values=Fed(f32(3, 10, 0, 2).reshape(2, 2)))
    case("Bucketize", input=Fed(f32(-1, 0, 1, 5, NAN, INF)), boundaries=[0.0, 1.0, 5.0])
    case("Bucketize", input=Fed(i64(-1, 0, 4, 5)), boundaries=[0.0, 5.0])
    case("Where", condition=Fed(f32(0, 2, NAN, 0).reshape(2, 2)))
    case("Where", condition=numpy.array([True, False, True]))
    words = numpy.array(["b", "a", "b", "", "a"])
    for name in ["Unique", "UniqueWithCounts"]:
        case(name, x=Fed(f32(3, 1, 3, 2, 1)))
        case(name, x=words, out_idx=tf.int64)
    for name in ["UniqueV2", "UniqueWithCountsV2"]:
        case(name, x=Fed(i32(1, 2, 1, 3, 4, 3, 1, 2, 1).reshape(3, 3)), axis=i64(0))
        case(name, x=Fed(i32(1, 2, 1, 3, 4, 3, 1, 2, 1).reshape(3, 3)), axis=i64(1))
        case(name, x=Fed(i32(1, 2, 1)), axis=numpy.zeros(0, numpy.int64))
    case("ListDiff", x=Fed(f32(1, 3, 5, 3, 2)), y=Fed(f32(3, 9)))
    case("ListDiff", x=words, y=numpy.array(["a", "c"]), out_idx=tf.int64)
    case("Bincount", arr=Fed(i32(0, 5, 2, 2)), size=numpy.int32(3), weights=f32())
    case("Bincount", arr=Fed(i32(0, 5, 2, 2)), size=numpy.int32(3), weights=f32(1, 2, 3, 4))
    numbers = Fed(i32(0, 1, 1, 2, 9, 2).reshape(2, 3))
    for binary in [False, True]:
        case("DenseBincount", input=numbers, size=numpy.int32(3), weights=f32(), binary_output=binary)
    case("DenseBincount", input=numbers, size=numpy.int32(3), weights=f32(*range(6)).reshape(2, 3))
    case("HistogramFixedWidth", values=Fed(f32(-1, 0, 2.5, 9.9, 10)), value_range=f32(0, 10),
         nbins=numpy.int32(4))


def linear_algebra():
    square = f64(4, 1, 2, 1, 5, 3, 2, 3, 6).reshape(3, 3)
    other = f64(1, 2, 0, -1, 3, 1).reshape(3, 2)
    case("Cholesky", gradients=True, input=Fed(square))
    case("CholeskyGrad", l=Fed(f64(2, 0, 1, 3).reshape(2, 2)), grad=Fed(f64(1, 7, 2, 3).reshape(2, 2)))
    case("MatrixInverse", gradients=True, input=Fed(square + f64(0, 1, 0)), adjoint=True)
    case("MatrixDeterminant", gradients=True, input=Fed(square))
    case("LogMatrixDeterminant", input=Fed(-square))
    for adjoint in [False, True]:
        case("MatrixSolve", gradients=True, matrix=Fed(square + f64(0, 1, 0)), rhs=Fed(other),
             adjoint=adjoint)
        for lower in [False, True]:
            case("MatrixTriangularSolve", gradients=True, matrix=Fed(square), rhs=Fed(other),
                 adjoint=adjoint, lower=lower)
    for penalty in [0.0, 0.5]:
        case("MatrixSolveLs", matrix=Fed(other), rhs=Fed(square), l2_regularizer=numpy.float64(penalty))
        case("MatrixSolveLs", matrix=Fed(other.T), rhs=Fed(square[:2]),
             l2_regularizer=numpy.float64(penalty))
    case("MatrixSolveLs", matrix=Fed(other), rhs=Fed(square), l2_regularizer=numpy.float64(9), fast=False)
    case("Qr", input=Fed(other))
    case("Qr", input=Fed(square), full_matrices=True)
    case("SelfAdjointEigV2", input=Fed(square), compute_v=False)
    case("Lu", input=Fed(square))
    case("MatrixSquareRoot", tolerance=1e-8, input=Fed(f64(1, 2, 3, 40).reshape(2, 2)))
    case("Cross", gradients=True, a=Fed(f64(1, 2, 3)), b=Fed(f64(4, 5, 7)))
    case("TridiagonalSolve", diagonals=Fed(f64(1, 2, 0, 4, 5, 6, 0, 3, 1).reshape(3, 3)), rhs=Fed(other))
    case("TridiagonalMatMul", superdiag=Fed(f64(1, 2, 0)[None]), maindiag=Fed(f64(4, 5, 6)[None]),
         subdiag=Fed(f64(0, 3, 1)[None]), rhs=Fed(other))
    signal = numpy.arange(12, dtype=numpy.float32).reshape(2, 6) ** 2
    z = signal + 1j * signal[::-1]
    for name in ["FFT", "IFFT", "FFT2D", "IFFT2D"]:
        case(name, tolerance=1e-4, input=z.astype(numpy.complex64))
    case("FFT3D", tolerance=1e-4, input=z.astype(numpy.complex64).reshape(2, 3, 2))
    case("RFFT", tolerance=1e-4, input=Fed(signal), fft_length=i32(5))
    case("IRFFT", tolerance=1e-4, input=z.astype(numpy.complex64), fft_length=i32(7))
    case("RFFT2D", tolerance=1e-4, input=Fed(signal), fft_length=i32(2, 6))
    case("IRFFT2D", tolerance=1e-4, input=z.astype(numpy.complex64), fft_length=i32(2, 10))


def random():
    for dtype in [tf.float32, tf.float64, tf.float16, tf.bfloat16]:
        case("StatelessRandomUniform", shape=i32(3, 3), seed=i64(1, -2), dtype=dtype)
        has_normal = dtype in [tf.float32, tf.float64]
        if has_normal:
            case("StatelessRandomNormal", tolerance=1e-5, shape=i32(7), seed=i64(1, -2), dtype=dtype)
    for dtype in [numpy.int32, numpy.int64]:
        case("StatelessRandomUniformInt", shape=i32(5), seed=i32(1, -2), minval=dtype(-5), maxval=dtype(100))
        case("StatelessRandomUniformFullInt", shape=Fed(i32(5)), seed=Fed(i64(3, 4)), dtype=dtype)
    case("StatelessRandomGetKeyCounter", seed=i64(1, 2))
    case("StatelessRandomUniformV2", shape=i32(6), key=numpy.array([5], numpy.uint64),
         counter=numpy.array([7, 8], numpy.uint64), alg=numpy.int32(1))
    case("StatelessRandomNormalV2", tolerance=1e-5, shape=i32(2, 2), key=numpy.array([5], numpy.uint64),
         counter=numpy.array([7, 8], numpy.uint64), alg=numpy.int32(3))


def strings():
    words = numpy.array(["Hello World", "", "a,b c", "wörld"])
    case("StringJoin", inputs=[words, numpy.array("x"), words], separator="-")
    grid = numpy.array([["a", "b"], ["c", "d"]])
    for axes in [(0, 1), (1, 0), (), (0,), (-1,)]:
        case("ReduceJoin", inputs=grid, reduction_indices=numpy.array(axes, numpy.int32), separator="+")
    case("ReduceJoin", inputs=grid, reduction_indices=i32(1), keep_dims=True)
    case("UnsortedSegmentJoin", inputs=words, segment_ids=i32(2, 0, 2, 0), num_segments=numpy.int32(3),
         separator=":")
    cut = numpy.array(["a b  c", "", "d,e f", " "])
    for letters, skips in [(" ", True), (" ", False), (", ", True), (" ,", False), ("", True)]:
        case("StringSplit", input=cut, delimiter=letters, skip_empty=skips)
    case("StringSplitV2", input=cut, sep="")
    case("StringSplitV2", input=cut, sep=" ", maxsplit=1)
    case("Substr", input=words[[0, 2]], pos=i32(1, -3), len=i32(4, 9))
    case("Substr", input=words[3:], pos=i32(1), len=i32(2), unit="UTF8_CHAR")
    case("StringLength", input=words)
    case("StringLength", input=words, unit="UTF8_CHAR")
    for name in ["StringStrip", "EncodeBase64"]:
        case(name, input=words)
    case("DecodeBase64", input=numpy.array(["aGk", "aGk=", ""]))
    for name in ["StringLower", "StringUpper"]:
        case(name, input=words)
        case(name, input=words, encoding="utf-8")
    case("StaticRegexFullMatch", input=words, pattern="[a-z, ]*")
    case("RegexFullMatch", input=words, pattern="\\w+ \\w+")
    case("StaticRegexReplace", input=words, pattern="[lo]", rewrite="<\\0>", replace_global=False)
    case("RegexReplace", input=words, pattern="(l)(o|d)?", rewrite="\\2\\1")
    case("StringToNumber", string_tensor=numpy.array(["1", "-2.5e3", "inf"]))
    case("StringToNumber", string_tensor=numpy.array(["1", "-25"]), out_type=tf.int64)
    for fill in ["", "0", "-", "+", " "]:
        case("AsString", input=Fed(f32(1.5, -2)), fill=fill, width=8, precision=2)
    case("AsString", input=Fed(f32(1.5, -2)), shortest=True)
    case("AsString", input=Fed(f32(1.5, -2)), scientific=True)
    case("AsString", input=Fed(i32(5, -5)), width=5, fill="0")
    case("AsString", input=numpy.array([True, False]))
    case("AsString", input=numpy.array([1 + 2j], numpy.complex64), precision=1)
    hashed = numpy.array(["", "a", "hello", "0123456789abcdef!", "01234567"])
    case("StringToHashBucketFast", input=hashed, num_buckets=1 << 40)
    case("StringToHashBucket", string_tensor=hashed, num_buckets=1 << 40)
    case("StringToHashBucketStrong", input=hashed, num_buckets=1 << 40, key=[1, 2])
    case("UnicodeDecode", input=words, input_encoding="UTF-8")
    case("UnicodeEncode", input_values=i32(97, 233, 98, 0x10FFFF), input_splits=i64(0, 2, 2, 4),
         output_encoding="UTF-8")


def plain(output):
    """An output in types that files have: parts of complex numbers, wider integers."""
    if output.dtype.is_complex:
        return [tf.real(output), tf.imag(output)]
    if output.dtype.is_quantized:
        output = tf.bitcast(output, {tf.quint8: tf.uint8, tf.qint8: tf.int8}.get(output.dtype, tf.int32))
    kinds = {tf.bool: tf.int32, tf.uint8: tf.int32, tf.int8: tf.int32, tf.uint64: tf.int64, tf.float16: tf.float32,
             tf.bfloat16: tf.float32}
    return [tf.cast(output, kinds[output.dtype])] if output.dtype in kinds else [output]


def built(session, operation, has_gradients, tolerance, arguments):
    fed = {}

    def argument(name, value):
        if isinstance(value, list) and value and not isinstance(value[0], (int, float)):
            return [argument(f"{name}{at}", item) for at, item in enumerate(value)]
        if not isinstance(value, Fed):
            return value
        held = tf.placeholder(value.value.dtype, value.shape, name)
        fed[held] = value.value
        return tf.bitcast(held, value.kind) if isinstance(value, Quantized) else held

    given = {name.rstrip("_"): argument(name.rstrip("_"), value) for name, value in arguments.items()}
    results = getattr(raw, operation)(**given)
    outputs = tensorflow.nest.flatten(results)
    if operation in ["Qr", "SelfAdjointEigV2"] and not given.get("full_matrices", True):
        outputs = outputs[:1]
    shown = [tf.identity(part, f"out{at}") for at, part in
             enumerate(part for output in outputs for part in plain(output))]
    if operation == "SelfAdjointEigV2":
        shown = shown[:1]
    graph = session.graph.as_graph_def().SerializeToString(deterministic=True)
    floating = [held for held in fed if held.dtype.is_floating] if has_gradients else []
    differentiable = [output for output in outputs if output.dtype.is_floating]
    slopes = zip(floating, tf.gradients(differentiable, floating) if floating else [])
    slopes = [(held, slope) for held, slope in slopes if slope is not None]
    values, slopes_of = session.run([shown, [slope for _, slope in slopes]], fed)
    return {
        "name": operation,
        "graph": base64.b64encode(graph).decode(),
        **({"tolerance": tolerance} if tolerance else {}),
        "feeds": {held.op.name: written(value) for held, value in fed.items()},
        "results": [{"name": s.op.name, **written(v)} for s, v in zip(shown, values)],
        "gradients": [
            {"name": held.op.name, **written(dense(value))}
            for (held, _), value in zip(slopes, slopes_of)
        ],
    }


def dense(slope):
    if not hasattr(slope, "values"):
        return slope
    result = numpy.zeros(slope.dense_shape, slope.values.dtype)
    numpy.add.at(result, slope.indices, slope.values)
    return result


def written(value):
    value = numpy.asarray(value)
    if value.dtype.kind in "OS":
        return text(value)
    return tensor(value.astype(numpy.int32) if value.dtype == numpy.uint8 else value)


def cases(families=(elementwise, special_functions, reductions, segments, sorting, linear_algebra, random,
                    strings)):
    OPERATIONS.clear()
    for family in families:
        family()
    done = []
    for entry in OPERATIONS:
        with fresh_session() as session:
            done.append(built(session, *entry))
    return {"cases": done}
