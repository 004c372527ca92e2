// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

private typealias F = Tensor<Float>
private typealias I = Tensor<Int32>

private let matrix = F.placeholder(shape: [2, 3])
private let logits = F.placeholder(shape: [2, 7, 5])
private let labels = I.placeholder(shape: [2, 4])
private let lengths = I.placeholder(shape: [2])
private let boxes = F.placeholder(shape: [6, 4])
private let scores = F.placeholder(shape: [6])
private let positions = I.placeholder(shape: [6, 2])

/// Quantisation, label sequences, boxes and sparse tensors that cannot be.
@Suite struct MalformedModelTests {
    static let graphs: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add(
            matrix.fakeQuantized(from: -1, to: 1, bits: 1),
            says: "fakeQuantized: the bits must be in 2...16, not 1")
        bad.add(
            matrix.fakeQuantized(from: F([0, 0]), to: 1),
            says: "fakeQuantized: an end of the range must be a scalar, or a vector as long as the "
                + "last axis of f32[2, 3], not f32[2]")
        bad.add(
            matrix.quantized(scale: 1, zeroPoint: Tensor<Int64>(0)),
            says: "quantized: the integers must be i8 or i16 or i32 or u8 or u16 or u32, not i64")
        bad.add(
            matrix.quantized(scale: F([1, 2]), zeroPoint: I([0, 0])),
            says: "quantized: the scale must have the shape [3], not [2]")
        bad.add(
            matrix.quantized(scale: F([1, 2]), zeroPoint: I([0])),
            says: "quantized: scale and zero point must have one shape: [2] and [1] differ")
        bad.add(
            labels.dequantized(scale: matrix, zeroPoint: I.placeholder(shape: [2, 3])),
            says: "dequantized: the scale must be of rank 0 to 1, not f32[2, 3]")
        bad.add(
            ctcLoss(
                logits: matrix, labels: labels, logitLengths: lengths, labelLengths: lengths),
            says: "ctcLoss: the logits must be of rank 3, not f32[2, 3]")
        bad.add(
            ctcLoss(
                logits: logits, labels: lengths, logitLengths: lengths, labelLengths: lengths),
            says: "ctcLoss: the labels must be of rank 2, with an element for each of "
                + "f32[2, 7, 5], not i32[2]")
        bad.add(
            ctcLoss(
                logits: logits, labels: labels, logitLengths: I([1]), labelLengths: lengths),
            says: "ctcLoss: the logits' lengths must be of rank 1, with an element for each of "
                + "f32[2, 7, 5], not i32[1]")
        bad.add(
            ctcLoss(
                logits: logits, labels: labels, logitLengths: lengths, labelLengths: lengths,
                blank: 5),
            says: "ctcLoss: the blank must be in -1..<5, not 5")
        bad.add(
            nonMaxSuppression(boxes: matrix, scores: scores, most: 3),
            says: "nonMaxSuppression: the boxes must be of shape [n, 4], not f32[2, 3]")
        bad.add(
            nonMaxSuppression(boxes: boxes, scores: F.placeholder(shape: [5]), most: 3),
            says: "nonMaxSuppression: the scores must have the shape [6], not [5]")
        bad.add(
            nonMaxSuppression(boxes: boxes, scores: scores, most: -3),
            says: "nonMaxSuppression: the most must not be negative: -3")
        bad.add(
            paddedNonMaxSuppression(boxes: boxes, scores: scores, most: 3, overlap: 2).found,
            says: "nonMaxSuppression: overlap and least score must be in 0...1 and a number, not "
                + "2.0 and -inf")
        bad.add(
            SparseTensor(indices: positions, values: F([1, 2]), shape: [3, 3]).dense(),
            says: "dense: indices [6, 2] and values [2] must be [elements, rank] and [elements]")
        bad.add(
            SparseTensor(indices: positions, values: scores, shape: [3]).dense(),
            says: "dense: the sizes must have the shape [2], not [1]")
        bad.add(
            SparseTensor(indices: positions, values: scores, shape: [3, -3]).dense(),
            says: "dense: [3, -3] is not the shape of an array: a dimension is negative")
        bad.add(
            matmul(SparseTensor(indices: positions, values: scores, shape: [3, 3]), logits),
            says: "matmul: the dense factor must be of rank 1 to 2, not f32[2, 7, 5]")
        bad.add(
            matmul(
                SparseTensor(indices: I([[0]]), values: F([1]), shape: [3]), matrix),
            says: "matmul: a sparse factor must be a matrix, not of rank 1")
        bad.add(
            matrix.broadcasted(to: Tensor<Int64>.placeholder(shape: [1 << 32])),
            says: "broadcast: the number of axes, 4294967296, would be too large")
        return bad
    }()

    @Test("functions of models that cannot be carry an error that says why")
    func graphs() { Self.graphs.check() }
}
