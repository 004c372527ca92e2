// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

private typealias F = Tensor<Float>
private typealias I = Tensor<Int32>

private let a = F.placeholder(shape: [32, 784])
private let b = F.placeholder(shape: [512, 10])
private let pixels = Tensor<UInt8>.placeholder(shape: [2, 784])
private let weights = Tensor<Int8>.placeholder(shape: [784, 10])
private let v = F.placeholder(shape: [3])
private let unranked = F.placeholder()
private let image = F.placeholder(shape: [1, 8, 8, 3])
private let index = I.placeholder(shape: [4])

/// Products, convolutions, layers' functions and random draws that cannot be.
@Suite struct MalformedStructureTests {
    static let products: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add(
            matmul(pixels, pixels, accumulatingIn: Int16.self, transposingSecond: true),
            says:
                "matmul: what products of u8 and u8 are summed in must be i32 or i64 or u8 or u32 or "
                + "u64, not i16")
        bad.add(
            matmul(pixels, weights, accumulatingIn: UInt32.self),
            says: "matmul: what products of u8 and i8 are summed in must be i32 or i64, not u32")
        bad.add(
            matmul(pixels, a, accumulatingIn: Float.self, transposingSecond: true),
            says: "matmul: element types differ: u8[2, 784] and f32[32, 784]; convert one with "
                + "`cast(to:)`")
        bad.add(
            matmul(pixels, pixels, accumulatingIn: Int32.self),
            says: "matmul: inner dimensions differ: [2, 784] x [2, 784] (784 != 2)")
        bad.add(
            conv2D(image, filter: F.zeros(shape: [3, 3, 3, 1]), accumulatingIn: .bfloat16),
            says: "conv2D: what products of f32 and f32 are summed in must be f32 or f64, not bf16")
        bad.add(
            conv2D(image, filter: F.zeros(shape: [3, 3, 2, 1]), accumulatingIn: Double.self),
            says: "conv2D: the input has 3 channels, the filter wants 2: [1, 8, 8, 3] with "
                + "[3, 3, 2, 1]")
        bad.add(
            quantizedMatmul(pixels, weights, scales: (F(1), F([1, 2]))),
            says: "quantizedMatmul: the second scale must have the shape [10], not [2]")
        bad.add(
            quantizedMatmul(index, weights, scales: (F(1), F(1))),
            says: "quantizedMatmul: the first factor must be i8 or i16 or u8 or u16, not i32")
        bad.add(
            quantizedMatmul(
                pixels, weights, scales: (F(1), F(1)), firstZeroPoint: Tensor<UInt8>([1, 2])),
            says: "quantizedMatmul: the first zero point must have the shape [2, 1], not [2]")
        bad.add(
            quantizedMatmul(pixels, Tensor<Int8>([1, 2]), scales: (F(1), F(1))),
            says: "quantizedMatmul: the factors must be a matrix, or several, and a matrix, not "
                + "u8[2, 784] and i8[2]")
        bad.add(
            dot(Tensor<Bool>.placeholder(shape: [3]).anyTensor, v, accumulatingIn: .int32),
            says: "dot: it takes numbers, not bool; convert with `cast(to:)`")
        bad.add(
            einsum("ij,kj->ik", pixels, pixels, accumulatingIn: .float32),
            says:
                "einsum: what products of u8 and u8 are summed in must be i32 or i64 or u8 or u32 or "
                + "u64, not f32")
        bad.add(
            tensorDot(pixels, weights, axes: ([1], []), accumulatingIn: .int32),
            says: "tensorDot: as many axes of one operand as of the other must be given: [1] and []"
        )
        bad.add(
            withNameScope("layer1") { matmul(a, b) },
            says: "matmul 'layer1/matmul': inner dimensions differ: [32, 784] x [512, 10] (784 "
                + "!= 512)")
        bad.add(
            matmul(a, b),
            says: "matmul: inner dimensions differ: [32, 784] x [512, 10] (784 != 512)")
        bad.add(
            matmul(a, a, transposingFirst: true, transposingSecond: true),
            says: "matmul: inner dimensions, both transposed, differ: [32, 784] x [32, 784] "
                + "(32 != 784)")
        bad.add(
            matmul(a, v),
            says: "matmul: inner dimensions differ: [32, 784] x [3] (784 != 3)")
        bad.add(
            matmul(F(2), a),
            says: "matmul: [] x [32, 784]: a scalar is no factor of a matrix product; use `*`")
        bad.add(
            matmul(v, v, transposingFirst: true),
            says: "matmul: [3] x [3]: a vector cannot be transposed")
        bad.add(
            matmul(unranked, a),
            says: "matmul: the rank of f32[...] is unknown; give the placeholder a shape, with "
                + "nil for unknown dimensions")
        bad.add(
            matmul(a.anyTensor, Tensor<Double>.placeholder(shape: [784, 2]).anyTensor),
            says: "matmul: element types differ: f32[32, 784] and f64[784, 2]; convert one with "
                + "`cast(to:)`")
        bad.add(
            matmul(F.zeros(shape: [2, 4, 3]), F.zeros(shape: [5, 3, 4])),
            says: "matmul: batch dimensions differ: [2, 4, 3] x [5, 3, 4] (2 != 5)")
        bad.add(
            matmul((v .> 0).anyTensor, (v .> 0).anyTensor),
            says: "matmul: it takes numbers, not bool; convert with `cast(to:)`")
        bad.add(
            dot(a, v),
            says: "dot: it takes two vectors, not [32, 784] and [3]; use `matmul`")
        bad.add(
            dot(v, F([1, 2])),
            says: "dot: inner dimensions differ: [3] x [2] (3 != 2)")
        bad.add(
            outer(v, a),
            says: "outer: it takes two vectors, not [3] and [32, 784]")
        bad.add(
            tensorDot(a, b, axes: ([0, 1], [0])),
            says: "tensorDot: as many axes of one operand as of the other must be given: [0, 1] "
                + "and [0]")
        bad.add(
            tensorDot(a, b, axes: ([2], [0])),
            says: "tensorDot: axis 2 is none of f32[32, 784]: axes are 0 to 1, or -2 to -1 from "
                + "the end")
        bad.add(
            tensorDot(a, b, axes: ([1], [1])),
            says: "tensorDot: inner dimensions differ: [32, 784] x [512, 10] (784 != 10)")
        bad.add(
            einsum("ij,jk->ik", a, b),
            says: "einsum: 'j' of 'ij,jk->ik' has sizes 784 and 512 in [32, 784], [512, 10]")
        bad.add(
            einsum("ij,jk->ik", a),
            says: "einsum: the equation 'ij,jk->ik' is for 2 operands, 1 were given")
        bad.add(
            einsum("ijk->ik", a),
            says: "einsum: 'ijk' names 3 axes, operand 0 has 2; '...' stands for the axes not "
                + "named")
        bad.add(
            einsum("ij->ijj", a),
            says: "einsum: 'j' occurs twice in the result of 'ij->ijj'")
        bad.add(
            einsum("ij->ik", a),
            says: "einsum: 'k' in the result of 'ij->ik' is an axis of no operand")
        bad.add(
            einsum("i1->i", a),
            says: "einsum: '1' in 'i1->i' is no label; labels are letters, as in 'ij,jk->ik'")
        bad.add(
            einsum("ij->i->j", a),
            says: "einsum: the equation 'ij->i->j' has more than one '->'")
        bad.add(
            einsum("...i...->i", a),
            says: "einsum: '...i...' in '...i...->i' has more than one '...'")
        bad.add(
            einsum("ii->i", a),
            says: "einsum: 'i' of 'ii->i' has sizes 32 and 784 in [32, 784]")
        bad.add(
            einsum("i->i", unranked),
            says: "einsum: the rank of f32[...] is unknown; give the placeholder a shape, with "
                + "nil for unknown dimensions")
        bad.add(
            einsum("") as AnyTensor,
            says: "einsum: there are no operands")
        bad.add(
            einsum("...i,...i->...", a, F.placeholder(shape: [31, 784])),
            says: "einsum: '...' of '...i,...i->...' has sizes 32 and 31 in [32, 784], [31, 784]")
        return bad
    }()

    static let convolutions: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add(
            conv2D(image, filter: F.placeholder(shape: [3, 3, 4, 8])),
            says: "conv2D: the input has 3 channels, the filter wants 4: [1, 8, 8, 3] with [3, "
                + "3, 4, 8]")
        bad.add(
            conv2D(a, filter: F.placeholder(shape: [3, 3, 3, 8])),
            says: "conv2D: the input must be of rank 4, not f32[32, 784]")
        bad.add(
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3])),
            says: "conv2D: the filter must be of rank 4, not f32[3, 3, 3]")
        bad.add(
            conv2D(image, filter: F.placeholder(shape: [9, 9, 3, 8])),
            says: "conv2D: the filter [9, 9, 3, 8] is larger than the padded input [1, 8, 8, 3]")
        bad.add(
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3, 8]), strides: [0]),
            says: "conv2D: strides must be one or 2 positive numbers, not [0]")
        bad.add(
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3, 8]), strides: [1, 2, 1]),
            says: "conv2D: strides must be one or 2 positive numbers, not [1, 2, 1]")
        bad.add(
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3, 8]), dilations: [-1]),
            says: "conv2D: dilations must be one or 2 positive numbers, not [-1]")
        bad.add(
            conv2D(
                image, filter: F.placeholder(shape: [3, 3, 3, 8]),
                padding: .explicit(low: [1], high: [1])),
            says: "conv2D: explicit padding must have 2 elements before and after, not [1] and "
                + "[1]")
        bad.add(
            conv2D(image, filter: F.placeholder(shape: [3, 3, 1, 8]), groups: 3),
            says: "conv2D: 8 output channels cannot be divided into 3 groups")
        bad.add(
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3, 8]), groups: 0),
            says: "conv2D: groups must be positive, not 0")
        bad.add(
            conv2D(image.anyTensor, filter: index.anyTensor),
            says: "conv2D: element types differ: f32[1, 8, 8, 3] and i32[4]; convert one with "
                + "`cast(to:)`")
        bad.add(
            conv1D(image, filter: F.placeholder(shape: [3, 3, 8])),
            says: "conv1D: the input must be of rank 3, not f32[1, 8, 8, 3]")
        bad.add(
            depthwiseConv2D(image, filter: F.placeholder(shape: [3, 3, 2, 1])),
            says: "depthwiseConv2D: the input has 3 channels, the filter 2: [1, 8, 8, 3] with "
                + "[3, 3, 2, 1]")
        bad.add(
            depthwiseConv2D(a, filter: F.placeholder(shape: [3, 3, 2, 1])),
            says: "depthwiseConv2D: input and filter must be of rank 4, not f32[32, 784] and "
                + "f32[3, 3, 2, 1]")
        bad.add(
            depthwiseConv2D(image, filter: F.placeholder(shape: [3, 3, nil, 1])),
            says: "depthwiseConv2D: the size of axis 2 of f32[3, 3, ?, 1] must be known when the "
                + "graph is built")
        bad.add(
            transposedConv2D(image, filter: F.placeholder(shape: [3, 3, 8, 4])),
            says: "transposedConv2D: the input has 3 channels, the filter wants 4 on its last "
                + "axis: [1, 8, 8, 3] with [3, 3, 8, 4]")
        bad.add(
            transposedConv2D(v, filter: F.placeholder(shape: [3, 3, 8, 4])),
            says: "transposedConv2D: input and filter must be of rank 4, not f32[3] and f32[3, "
                + "3, 8, 4]")
        bad.add(
            maxPool2D(a, size: [2]),
            says: "maxPool2D: the input must be of rank 4 with channels last, not f32[32, 784]")
        bad.add(
            maxPool2D(image, size: [2, 2, 2]),
            says: "maxPool2D: window sizes must be one or 2 positive numbers, not [2, 2, 2]")
        bad.add(
            maxPool2D(image, size: [9]),
            says: "maxPool2D: the window [1, 9, 9, 1] is larger than f32[1, 8, 8, 3]")
        bad.add(
            maxPool2D(image, size: [2], padding: .explicit(low: [-1, 0], high: [0, 0])),
            says: "maxPool2D: the padding must not be negative: [-1, 0] before, [0, 0] after")
        bad.add(
            averagePool2D(image, size: [0]),
            says: "averagePool2D: window sizes must be one or 2 positive numbers, not [0]")
        bad.add(
            averagePool1D(image, size: [2]),
            says: "averagePool1D: the input must be of rank 3 with channels last, not f32[1, 8, "
                + "8, 3]")
        bad.add(
            globalAveragePool(a),
            says: "globalAveragePool: f32[32, 784] has no spatial axes between the first and the "
                + "last")
        bad.add(
            conv2D(
                F.placeholder(shape: [1, 1 << 20, 1 << 20, 1]),
                filter: F.placeholder(shape: [1 << 30, 1, 1, 1]), dilations: [1 << 30]),
            says: "conv2D: a window of 1073741824 elements with dilation 1073741824 is too "
                + "large; it may span less than 2147483648 elements")
        return bad
    }()

    static let losses: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add(
            softmaxCrossEntropy(logits: a, labels: b),
            says: "softmaxCrossEntropy: logits and labels must have one shape: [32, 784] and "
                + "[512, 10] differ")
        bad.add(
            softmaxCrossEntropy(logits: a, labels: index),
            says: "softmaxCrossEntropy: labels [4] must have the shape of logits [32, 784] "
                + "without its last axis; for one-hot labels convert them to f32")
        bad.add(
            softmaxCrossEntropy(logits: a, labels: I.placeholder(shape: [32, 784])),
            says: "softmaxCrossEntropy: labels [32, 784] must have the shape of logits [32, 784] "
                + "without its last axis; for one-hot labels convert them to f32")
        bad.add(
            softmaxCrossEntropy(logits: F(1), labels: I(1)),
            says: "softmaxCrossEntropy: scalar logits have no axis of classes")
        bad.add(
            softmaxCrossEntropy(logits: a, labels: a, axis: 3),
            says: "softmaxCrossEntropy: axis 3 is none of f32[32, 784]: axes are 0 to 1, or -2 "
                + "to -1 from the end")
        bad.add(
            softmaxCrossEntropy(logits: a, labels: a, labelSmoothing: 1.5),
            says: "softmaxCrossEntropy: label smoothing must be in 0...1, not 1.5")
        bad.add(
            sigmoidCrossEntropy(logits: a, labels: b),
            says: "sigmoidCrossEntropy: logits and labels must have one shape: [32, 784] and "
                + "[512, 10] differ")
        bad.add(
            meanSquaredError(a, F.placeholder(shape: [32, 1])),
            says: "meanSquaredError: predicted and expected must have one shape: [32, 784] and "
                + "[32, 1] differ")
        bad.add(
            meanAbsoluteError(a, v),
            says: "meanAbsoluteError: predicted and expected must have one shape: [32, 784] and "
                + "[3] differ")
        bad.add(
            huberLoss(v, v, delta: 0),
            says: "huberLoss: delta must be finite and positive, not 0.0")
        bad.add(
            hingeLoss(a, b),
            says: "hingeLoss: predicted and expected must have one shape: [32, 784] and [512, "
                + "10] differ")
        bad.add(
            kullbackLeiblerDivergence(v, v, axis: 1),
            says: "kullbackLeiblerDivergence: axis 1 is none of f32[3]: axes are 0 to 0, or -1 "
                + "to -1 from the end")
        bad.add(
            layerNormalized(a, axes: [2]),
            says: "layerNormalized: axis 2 is none of f32[32, 784]: axes are 0 to 1, or -2 to -1 "
                + "from the end")
        bad.add(
            layerNormalized(a, scale: v),
            says: "layerNormalized: [32, 784] and [3] cannot be broadcast together (784 != 3); "
                + "aligned at the end, dimensions must be equal or 1")
        bad.add(
            batchNormalized(a, mean: v, variance: v, epsilon: 0.001),
            says: "batchNormalized: [32, 784] and [3] cannot be broadcast together (784 != 3); "
                + "aligned at the end, dimensions must be equal or 1")
        bad.add(
            groupNormalized(image, groups: 2),
            says: "groupNormalized: 3 channels cannot be divided into 2 groups")
        bad.add(
            groupNormalized(v, groups: 1),
            says: "groupNormalized: the input must have a batch and a channel axis, not f32[3]")
        bad.add(
            dropout(a, rate: 1, stream: "d"),
            says: "dropout: the rate must be in 0..<1, not 1.0")
        bad.add(
            dropout(a, rate: -0.1, stream: "d"),
            says: "dropout: the rate must be in 0..<1, not -0.1")
        bad.add(
            dropout(a, rate: .nan, stream: "d"),
            says: "dropout: the rate must be in 0..<1, not nan")
        bad.add(
            dropout(a, keepProbability: v, stream: "d"),
            says: "dropout: the probability must be a scalar f32, not f32[3]")
        bad.add(
            F.randomUniform(shape: [-1], stream: "u"),
            says: "randomUniform: [-1] is not the shape of an array: a dimension is negative")
        bad.add(
            F.randomUniform(shape: [1], from: 2, to: 1, stream: "u"),
            says: "randomUniform: from 2.0 to 1.0 is no range: both must be finite, and the "
                + "first not greater")
        bad.add(
            F.randomNormal(shape: [1], standardDeviation: -1, stream: "n"),
            says: "randomNormal: mean 0.0 and standard deviation -1.0 must be finite, the latter "
                + "not negative")
        bad.add(
            Tensor<Bool>.randomBernoulli(shape: [1], probability: 1.5, stream: "b"),
            says: "randomBernoulli: the probability must be in 0...1, not 1.5")
        bad.add(
            I.randomIntegers(shape: [1], in: 3..<3, stream: "i"),
            says: "randomIntegers: the range 3..<3 is empty")
        bad.add(
            I.randomPermutation(count: -1, stream: "p"),
            says: "randomPermutation: the count must be in 0..<2^31, not -1")
        bad.add(
            randomCategorical(logits: F(1), stream: "c"),
            says: "randomCategorical: scalar logits have no axis of classes")
        bad.add(
            dropout(index.anyTensor, rate: 0.5, stream: "d"),
            says: "dropout: it takes floating-point numbers, not i32; convert with `cast(to:)`")
        return bad
    }()

    @Test("products whose operands do not fit") func products() { Self.products.check() }
    @Test("windows that do not fit") func convolutions() { Self.convolutions.check() }
    @Test("losses, normalisations and draws that make no sense") func losses() {
        Self.losses.check()
    }
}
