# SPDX-License-Identifier: Apache-2.0
"""Graphs of one operation each, of families that few programs use, with what TensorFlow gives for them."""

import numpy

import tf_graph_operations
from tf_graph_operations import Fed, NAN, Quantized, case, f32, f64, i32, i64
from tf_session import tensorflow, tf


def words(*texts):
    return numpy.array(texts)


def sparse():
    places, sizes = i64(2, 2, 0, 1, 2, 0, 0, 3).reshape(4, 2), i64(3, 4)
    ordered = i64(0, 1, 0, 3, 2, 0, 2, 2).reshape(4, 2)
    numbers = Fed(f64(1.5, -2, 3, 4))
    case("SparseReorder", gradients=True, input_indices=places, input_values=numbers, input_shape=sizes)
    case("SparseReorder", input_indices=Fed(places), input_values=words("a", "b", "c", "d"), input_shape=Fed(sizes))
    for wanted in [i64(-1, 2), i64(2, 2, 3), i64(12)]:
        case("SparseReshape", input_indices=Fed(ordered), input_shape=sizes, new_shape=wanted)
    other = i64(0, 0, 0, 3, 1, 1).reshape(3, 2)
    both = dict(a_indices=ordered, a_values=numbers, a_shape=sizes, b_indices=other,
                b_values=Fed(f64(10, 2, -1)), b_shape=sizes)
    case("SparseAdd", gradients=True, **both, thresh=numpy.float64(0))
    case("SparseAdd", **both, thresh=numpy.float64(1.75))
    case("SparseAddGrad", backprop_val_grad=Fed(f64(1, 2, 3)), a_indices=ordered[:2], b_indices=other[:2],
         sum_indices=i64(0, 0, 0, 1, 0, 3).reshape(3, 2))
    for name in ["SparseSparseMaximum", "SparseSparseMinimum"]:
        case(name, **both)
    for axis in [0, 1, -1]:
        case("SparseConcat", gradients=axis == 1, indices=[ordered, other], values=[numbers, Fed(f64(5, 6, 7))],
             shapes=[sizes, sizes], concat_dim=axis)
    for axis, parts in [(1, 2), (1, 3), (0, 2)]:
        case("SparseSplit", split_dim=numpy.int64(axis), indices=ordered, values=numbers, shape=sizes,
             num_split=parts)
    cut = dict(start=i64(0, 1), size=i64(3, 2))
    case("SparseSlice", gradients=True, indices=ordered, values=numbers, shape=sizes, **cut)
    case("SparseSlice", indices=ordered, values=numbers, shape=sizes, start=i64(1, 0), size=i64(9, 9))
    case("SparseSliceGrad", backprop_val_grad=Fed(f64(7, 8)), input_indices=ordered, input_start=i64(0, 1),
         output_indices=i64(0, 0, 2, 1).reshape(2, 2))
    for name in ["SparseReduceSum", "SparseReduceMax"]:
        for axes, keeps in [(i32(0), False), (i32(1), True), (i32(-1, 0), False), (i32(), False)]:
            arguments = dict(input_indices=ordered, input_values=numbers, input_shape=sizes,
                             reduction_axes=axes, keep_dims=keeps)
            case(name, gradients=name == "SparseReduceSum", **arguments)
            case(f"{name}Sparse", **arguments)
    case("SparseSoftmax", gradients=True, sp_indices=ordered, sp_values=numbers, sp_shape=sizes)
    for name in ["Add", "Mul", "Div"]:
        for dense in [f64(1, 2, 3, 4), f64(2, 4, 5)[:, None], f64(*range(1, 13)).reshape(3, 4)]:
            case(f"SparseDenseCwise{name}", sp_indices=ordered, sp_values=numbers, sp_shape=sizes,
                 dense=Fed(dense))
    case("SparseTensorDenseAdd", gradients=True, a_indices=ordered, a_values=numbers, a_shape=sizes,
         b=Fed(f64(*range(12)).reshape(3, 4)))
    case("SparseFillEmptyRows", gradients=True, indices=ordered, values=numbers, dense_shape=i64(4, 4),
         default_value=Fed(numpy.float64(9)))
    case("SparseFillEmptyRowsGrad", reverse_index_map=i64(0, 1, 3, 4), grad_values=Fed(f64(1, 2, 3, 4, 5, 6)))


def sets():
    a, b = i32(3, 1, 3, 2, 2, 5).reshape(2, 3), i32(1, 9, 2, 2).reshape(2, 2)
    for kind in ["a-b", "b-a", "intersection", "union"]:
        case("DenseToDenseSetOperation", set1=Fed(a), set2=Fed(b), set_operation=kind)
        case("DenseToSparseSetOperation", set1=Fed(a), set2_indices=i64(0, 0, 1, 0, 1, 1).reshape(3, 2),
             set2_values=Fed(i32(1, 2, 7)), set2_shape=i64(2, 2), set_operation=kind)
        case("SparseToSparseSetOperation", set1_indices=i64(0, 0, 0, 1).reshape(2, 2), set1_values=words("b", "a"),
             set1_shape=i64(2, 3), set2_indices=i64(0, 0, 1, 0, 1, 1).reshape(3, 2),
             set2_values=words("a", "c", "d"), set2_shape=i64(2, 2), set_operation=kind)
    case("SetSize", set_indices=i64(0, 0, 0, 1, 1, 0).reshape(3, 2), set_values=Fed(i32(4, 4, 5)), set_shape=i64(3, 2))
    for normalize in [True, False]:
        case("EditDistance", hypothesis_indices=i64(0, 0, 0, 1, 0, 2, 2, 0).reshape(4, 2),
             hypothesis_values=words("a", "b", "c", "x"), hypothesis_shape=i64(3, 3),
             truth_indices=i64(0, 0, 0, 1, 1, 0).reshape(3, 2), truth_values=words("a", "c", "b"),
             truth_shape=i64(3, 2), normalize=normalize)


def labels():
    scores = numpy.sin(numpy.arange(6 * 2 * 4)).reshape(6, 2, 4).astype(numpy.float32) * 3
    for merge in [True, False]:
        case("CTCGreedyDecoder", inputs=Fed(scores), sequence_length=i32(6, 4), merge_repeated=merge)
        for width, paths in [(100, 1), (3, 2)]:
            case("CTCBeamSearchDecoder", inputs=Fed(scores), sequence_length=i32(6, 4), beam_width=width,
                 top_paths=paths, merge_repeated=merge)
    case("ComputeAccidentalHits", true_classes=i64(3, 5, 9, 1).reshape(2, 2), sampled_candidates=i64(1, 5, 3, 5),
         num_true=2)
    case("AllCandidateSampler", true_classes=i64(3, 5).reshape(2, 1), num_true=1, num_sampled=6, unique=True)


def cells():
    def numbers(*shape):
        return numpy.cos(numpy.arange(numpy.prod(shape)) * 1.3).reshape(shape).astype(numpy.float32) * 0.7

    batch, width, inputs, steps = 2, 3, 2, 4
    weights = Fed(numbers(inputs + width, 4 * width))
    one = {name: Fed(numbers(batch, width) + place * 0.1) for place, name in enumerate(
        ["i", "cs", "f", "o", "ci", "co", "cs_grad", "h_grad"])}
    peepholes = {name: Fed(numbers(width) + place) for place, name in enumerate(["wci", "wcf", "wco"])}
    before = dict(cs_prev=Fed(numbers(batch, width)), h_prev=Fed(numbers(batch, width) * 0.5), w=weights,
                  b=Fed(numbers(4 * width)))
    for peephole in [True, False]:
        case("LSTMBlockCellGrad", x=Fed(numbers(batch, inputs)), **before, **peepholes, **one,
             use_peephole=peephole)
        many = {name: Fed(numbers(steps, batch, width) + place * 0.1) for place, name in enumerate(
            ["i", "cs", "f", "o", "ci", "co", "h", "cs_grad", "h_grad"])}
        for name in ["BlockLSTMGrad", "BlockLSTMGradV2"]:
            for count in [steps, steps - 1]:
                case(name, tolerance=1e-4, seq_len_max=numpy.int64(count), x=Fed(numbers(steps, batch, inputs)), **before,
                     **peepholes, **many, use_peephole=peephole)
    case("GRUBlockCellGrad", x=Fed(numbers(batch, inputs)), h_prev=Fed(numbers(batch, width)),
         w_ru=Fed(numbers(inputs + width, 2 * width)), w_c=Fed(numbers(inputs + width, width)),
         b_ru=Fed(numbers(2 * width)), b_c=Fed(numbers(width)),
         **{name: Fed(numbers(batch, width) + place * 0.1) for place, name in enumerate(["r", "u", "c", "d_h"])})


def quantized():
    x = Quantized(numpy.array([0, 3, 60, 128, 200, 255], numpy.uint8).reshape(1, 2, 3, 1), tf.quint8)
    ends = dict(min_features=numpy.float32(-2.5), max_features=numpy.float32(7.5))
    case("QuantizedRelu", features=x, **ends)
    case("QuantizedRelu6", features=x, **ends)
    a, b = numpy.arange(6, dtype=numpy.uint8) * 40, numpy.arange(12, dtype=numpy.uint8) * 20
    ranges = dict(min_a=numpy.float32(-1), max_a=numpy.float32(2), min_b=numpy.float32(-3), max_b=numpy.float32(1))
    case("QuantizedMatMul", a=Quantized(a.reshape(2, 3), tf.quint8), b=Quantized(b.reshape(3, 4), tf.quint8), **ranges)
    case("QuantizedMatMul", a=Quantized(a.reshape(3, 2), tf.quint8), b=Quantized(b.reshape(4, 3), tf.quint8),
         transpose_a=True, transpose_b=True, **ranges)
    image = Quantized((numpy.arange(32) * 7).astype(numpy.uint8).reshape(1, 4, 4, 2), tf.quint8)
    for padding in ["SAME", "VALID"]:
        case("QuantizedConv2D", input=image, filter=Quantized((numpy.arange(24) * 9).astype(numpy.uint8).reshape(2, 2, 2, 3), tf.quint8),
             min_input=numpy.float32(-1), max_input=numpy.float32(3), min_filter=numpy.float32(-2),
             max_filter=numpy.float32(1), strides=[1, 2, 2, 1] if padding == "SAME" else [1, 1, 1, 1], padding=padding)
        for name in ["QuantizedMaxPool", "QuantizedAvgPool"]:
            case(name, input=image, min_input=numpy.float32(-1), max_input=numpy.float32(3), ksize=[1, 2, 2, 1],
                 strides=[1, 2, 2, 1], padding=padding)
    case("QuantizedBiasAdd", input=Quantized(a.reshape(2, 3), tf.quint8), bias=Quantized(b[:3], tf.quint8),
         min_input=numpy.float32(-1), max_input=numpy.float32(2), min_bias=numpy.float32(-3),
         max_bias=numpy.float32(1), out_type=tf.qint32)
    pair = dict(x=Quantized(a, tf.quint8), y=Quantized(b[:6], tf.quint8), min_x=numpy.float32(-1), max_x=numpy.float32(2),
                min_y=numpy.float32(-3), max_y=numpy.float32(1))
    case("QuantizedMul", **pair)
    case("QuantizedAdd", **pair)
    case("QuantizedConcat", concat_dim=numpy.int32(0), values=[Quantized(a, tf.quint8), Quantized(b, tf.quint8)],
         input_mins=[numpy.float32(-1), numpy.float32(-2)], input_maxes=[numpy.float32(2), numpy.float32(1)])
    case("QuantizedReshape", tensor=Quantized(a, tf.quint8), shape=i32(2, 3), input_min=numpy.float32(-1),
         input_max=numpy.float32(2))
    wide = Quantized(i32(-2000000, 0, 50, 123456789, 2147483647), tf.qint32)
    inside = dict(input=wide, input_min=numpy.float32(-50), input_max=numpy.float32(60))
    case("Requantize", **inside, requested_output_min=numpy.float32(-1), requested_output_max=numpy.float32(40),
         out_type=tf.quint8)
    case("RequantizationRange", **inside)
    case("QuantizeDownAndShrinkRange", **inside, out_type=tf.quint8)


def fractional():
    for overlapping in [False, True]:
        rows, columns = i64(0, 1, 3, 4, 6, 7), i64(0, 2, 4, 5, 7, 9)
        seed = Fed(numpy.cos(numpy.arange(50)).reshape(1, 5, 5, 2).astype(numpy.float32))
        case("FractionalAvgPoolGrad", orig_input_tensor_shape=i64(1, 7, 9, 2), out_backprop=seed,
             row_pooling_sequence=rows, col_pooling_sequence=columns, overlapping=overlapping)
    case("FractionalMaxPool", value=Fed(numpy.arange(16, dtype=numpy.float32).reshape(1, 4, 4, 1)),
         pooling_ratio=[1.0, 2.0, 2.0, 1.0], overlapping=True)
    case("FractionalAvgPool", value=Fed(numpy.arange(16, dtype=numpy.float32).reshape(1, 4, 4, 1)),
         pooling_ratio=[1.0, 2.0, 2.0, 1.0])


def boxes():
    corners = f32(0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100, 1, 101).reshape(6, 4)
    scores = Fed(f32(0.9, 0.75, 0.6, 0.95, 0.5, 0.3))
    for softness in [0.0, 0.5]:
        case("NonMaxSuppressionV5", boxes=Fed(corners), scores=scores, max_output_size=numpy.int32(4),
             iou_threshold=numpy.float32(0.5 if softness == 0 else 1), score_threshold=numpy.float32(0),
             soft_nms_sigma=numpy.float32(softness))
    case("NonMaxSuppressionV4", boxes=Fed(corners), scores=scores, max_output_size=numpy.int32(5),
         iou_threshold=numpy.float32(0.5), score_threshold=numpy.float32(0), pad_to_max_output_size=True)
    overlaps = numpy.abs(numpy.sin(numpy.arange(36))).reshape(6, 6).astype(numpy.float32)
    case("NonMaxSuppressionWithOverlaps", overlaps=Fed(overlaps), scores=scores, max_output_size=numpy.int32(3),
         overlap_threshold=numpy.float32(0.6), score_threshold=numpy.float32(0.4))
    grid = numpy.stack([corners, corners * 0.5])[:, :, None]
    classes = numpy.abs(numpy.cos(numpy.arange(24))).reshape(2, 6, 2).astype(numpy.float32)
    for padded, clipped in [(False, True), (True, False)]:
        case("CombinedNonMaxSuppression", boxes=Fed(grid), scores=Fed(classes), max_output_size_per_class=numpy.int32(2),
             max_total_size=numpy.int32(5), iou_threshold=numpy.float32(0.5), score_threshold=numpy.float32(0.2),
             pad_per_class=padded, clip_boxes=clipped)
    image = Fed(numpy.zeros((1, 6, 8, 3), numpy.float32))
    case("DrawBoundingBoxes", images=image, boxes=f32(0.1, 0.2, 0.8, 0.7, -0.5, 0, 0.5, 2).reshape(1, 2, 4))
    case("DrawBoundingBoxesV2", images=image, boxes=f32(0.1, 0.2, 0.8, 0.7).reshape(1, 1, 4), colors=f32(1, 2, 3)[None])


def images():
    x = Fed(numpy.arange(40, dtype=numpy.float32).reshape(2, 4, 5, 1))
    turned = f32(0.9, -0.4, 1, 0.4, 0.9, -1, 0.01, 0.02)[None]
    for mode in ["CONSTANT", "REFLECT", "WRAP", "NEAREST"]:
        for method in ["NEAREST", "BILINEAR"]:
            case("ImageProjectiveTransformV3", tolerance=1e-4, images=x, transforms=turned, output_shape=i32(5, 6),
                 fill_value=numpy.float32(7), interpolation=method, fill_mode=mode)
    case("ImageProjectiveTransformV2", tolerance=1e-4, images=x, transforms=numpy.concatenate([turned, turned * 1.1]),
         output_shape=i32(3, 3), interpolation="BILINEAR")
    for centered, normalized in [(True, True), (False, True), (True, False), (False, False)]:
        case("ExtractGlimpse", input=x, size=i32(3, 2), offsets=f32(0.3, -0.2, 0.9, 1.6).reshape(2, 2),
             centered=centered, normalized=normalized, uniform_noise=False, noise="zero")


def sounds():
    t = numpy.arange(50)
    wave = numpy.stack([numpy.sin(t * 0.3), numpy.cos(t * 0.7)], 1).astype(numpy.float32)
    for squared in [True, False]:
        case("AudioSpectrogram", tolerance=1e-4, input=Fed(wave), window_size=12, stride=5, magnitude_squared=squared)
    spectrum = numpy.abs(numpy.sin(numpy.arange(2 * 129) * 0.37)).reshape(1, 2, 129).astype(numpy.float32) * 9
    case("Mfcc", tolerance=1e-4, spectrogram=Fed(spectrum), sample_rate=numpy.int32(16000))
    case("Mfcc", tolerance=1e-4, spectrogram=Fed(spectrum), sample_rate=numpy.int32(8000), upper_frequency_limit=3000.0,
         filterbank_channel_count=20, dct_coefficient_count=5)
    with tf.Graph().as_default(), tf.Session() as session:
        file = session.run(tensorflow.audio.encode_wav(wave, 8000))
    case("EncodeWav", audio=Fed(wave), sample_rate=numpy.int32(8000))
    case("DecodeWav", contents=file)
    case("DecodeWav", contents=file, desired_channels=1, desired_samples=60)


def example(**features):
    kinds = {"f": tensorflow.train.FloatList, "i": tensorflow.train.Int64List, "U": tensorflow.train.BytesList}
    lists = {"f": "float_list", "i": "int64_list", "U": "bytes_list"}
    made = {}
    for name, values in features.items():
        kind = numpy.array(values).dtype.kind
        values = [v.encode() for v in values] if kind == "U" else values
        made[name] = tensorflow.train.Feature(**{lists[kind]: kinds[kind](value=values)})
    return tensorflow.train.Example(features=tensorflow.train.Features(feature=made)).SerializeToString()


def records():
    all_records = [example(x=[1.0, 2.0], n=[3], w=["a", "b"], r=[7, 8, 9]), example(x=[3.0, 4.0], w=["c"], r=[1])]
    serialized = numpy.array(all_records, object)
    none = numpy.array([], object)
    case("ParseExample", serialized=serialized, names=none, sparse_keys=["w", "r"],
         dense_keys=["x", "n"], dense_defaults=[f32(), i64(5)], sparse_types=[tf.string, tf.int64], dense_shapes=[[2], [1]])
    case("ParseExampleV2", serialized=serialized, names=none, sparse_keys=words("w"), dense_keys=words("x", "r"),
         ragged_keys=words("n"), dense_defaults=[f32(), i64(-1)], num_sparse=1, sparse_types=[tf.string],
         ragged_value_types=[tf.int64], ragged_split_types=[tf.int64], dense_shapes=[[2], [None]])
    case("ParseSingleExample", serialized=serialized[0], dense_defaults=[f32(), i64(5)], num_sparse=1,
         sparse_keys=["w"], dense_keys=["x", "n"], sparse_types=[tf.string], dense_shapes=[[2], [1]])
    case("DecodeRaw", bytes=numpy.array([b"\0\0\x80\x3f\0\0\0\x40", b"12345678"], object), out_type=tf.float32)
    case("DecodeRaw", bytes=numpy.array([b"\x01\x02\x03\x04"], object), out_type=tf.int32, little_endian=False)
    case("DecodePaddedRaw", input_bytes=numpy.array([b"abc", b"defghij"], object), fixed_length=numpy.int32(6),
         out_type=tf.uint8)
    case("Bitcast", input=Fed(f32(1, -2.5)), type=tf.int32)
    case("Bitcast", input=Fed(f64(1, -2.5)), type=tf.int32)
    case("Bitcast", input=Fed(i32(1, 2, 3, 4).reshape(2, 2)), type=tf.int64)
    case("DecodeCSV", records=words('1,2.5,"a ""b"",c"', "7,,d", "-3,1e3,"), field_delim=",",
         record_defaults=[i32(), f32(9), numpy.array(["z"])])
    case("DecodeCSV", records=words("1;NA;3"), field_delim=";", na_value="NA", select_cols=[1, 2],
         record_defaults=[i64(4), f64()])


def texts():
    case("StringFormat", inputs=[Fed(f32(1.5, -2, 1e20, NAN)), numpy.array(["a'b", "c\nd"]), i32(*range(20)).reshape(5, 4)],
         template="x %s y %s z %s.")
    case("StringFormat", inputs=[numpy.array(True), Fed(f64(0.1)), numpy.float32(3)], template="{} {} {}", placeholder="{}", summarize=-1)
    for pad, keeps in [(-1, False), (0, True), (1, False)]:
        case("StringNGrams", data=words("a", "b", "c", "d", "e"), data_splits=i64(0, 3, 3, 4, 5), separator="|",
             ngram_widths=[2, 3], left_pad="<", right_pad=">", pad_width=pad, preserve_short_sequences=keeps)
    broken = numpy.array([b"a\xc3\xa9b", b"", b"\xf0\x9f\x98\x80!", b"a\xff\xc3"], object)
    for errors in ["replace", "ignore"]:
        case("UnicodeDecodeWithOffsets", input=broken, input_encoding="UTF-8", errors=errors)
    case("UnicodeTranscode", input=broken[:3], input_encoding="UTF-8", output_encoding="UTF-16-BE")
    case("UnicodeTranscode", input=broken, input_encoding="UTF-8", output_encoding="UTF-8", replacement_char=63)


def others():
    case("BesselI0", tolerance=1e-9, gradients=True, x=Fed(f64(-1, 0.5, 3)))
    case("BesselI1", tolerance=1e-9, gradients=True, x=Fed(f64(-1, 0.5, 3)))
    for mode in ["REFLECT", "SYMMETRIC"]:
        case("FusedPadConv2D", input=Fed(numpy.arange(32, dtype=numpy.float32).reshape(1, 4, 4, 2)),
             paddings=i32(0, 0, 1, 1, 2, 1, 0, 0).reshape(4, 2), filter=numpy.ones((2, 2, 2, 1), numpy.float32),
             mode=mode, strides=[1, 1, 1, 1], padding="VALID")


def cases():
    return tf_graph_operations.cases(
        [sparse, sets, labels, cells, quantized, fractional, boxes, images, sounds, records, texts, others])
