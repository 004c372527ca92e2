// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

private typealias F = Tensor<Float>
private typealias I = Tensor<Int32>

private let a = F.placeholder(shape: [32, 784])
private let b = F.placeholder(shape: [512, 10])
private let v = F.placeholder(shape: [3])
private let unranked = F.placeholder()
private let image = F.placeholder(shape: [1, 8, 8, 3])
private let index = I.placeholder(shape: [4])

/// Products, convolutions, layers' functions and random draws that cannot be.
@Suite struct MalformedStructureTests {
    static let products: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("matmul 'layer1/matmul': inner dimensions differ: [32, 784] x [512, 10] (784 != 512).") {
            withNameScope("layer1") { matmul(a, b) }
        }
        bad.add("matmul: inner dimensions differ: [32, 784] x [512, 10] (784 != 512).") {
            matmul(a, b)
        }
        bad.add("matmul: inner dimensions differ: [32, 784] transposed x [32, 784] transposed (32 != 784).") {
            matmul(a, a, transposingFirst: true, transposingSecond: true)
        }
        bad.add("matmul: inner dimensions differ: [32, 784] x [3] (784 != 3).") {
            matmul(a, v)
        }
        bad.add("matmul: [] x [32, 784]: a scalar is no factor of a matrix product; use `*`.") {
            matmul(F(2), a)
        }
        bad.add("matmul: [3] x [3]: a vector cannot be transposed.") {
            matmul(v, v, transposingFirst: true)
        }
        bad.add("matmul: the rank of f32[...] is unknown; give the placeholder a shape, with nil for unknown dimensions.") {
            matmul(unranked, a)
        }
        bad.add("matmul: element types differ: f32[32, 784] and f64[784, 2]; convert one with `cast(to:)`.") {
            AnyTensor.matmul(a.anyTensor, Tensor<Double>.placeholder(shape: [784, 2]).anyTensor)
        }
        bad.add("matmul: batch dimensions differ: [2, 4, 3] x [5, 3, 4] (2 != 5).") {
            matmul(F.zeros(shape: [2, 4, 3]), F.zeros(shape: [5, 3, 4]))
        }
        bad.add("matmul: it takes numbers, not bool; convert with `cast(to:)`.") {
            AnyTensor.matmul((v .> 0).anyTensor, (v .> 0).anyTensor)
        }
        bad.add("dot: it takes two vectors, not [32, 784] and [3]; use `matmul`.") {
            dot(a, v)
        }
        bad.add("dot: inner dimensions differ: [3] x [2] (3 != 2).") {
            dot(v, F([1, 2]))
        }
        bad.add("outer: it takes two vectors, not [3] and [32, 784].") {
            outer(v, a)
        }
        bad.add("tensorDot: as many axes of one operand as of the other must be given: [0, 1] and [0].") {
            tensorDot(a, b, axes: ([0, 1], [0]))
        }
        bad.add("tensorDot: axis 2 is none of f32[32, 784]: axes are 0 to 1, or -2 to -1 from the end.") {
            tensorDot(a, b, axes: ([2], [0]))
        }
        bad.add("tensorDot: inner dimensions differ: [32, 784] x [512, 10] (784 != 10).") {
            tensorDot(a, b, axes: ([1], [1]))
        }
        bad.add("einsum: 'j' of 'ij,jk->ik' has sizes 784 and 512 in [32, 784], [512, 10].") {
            einsum("ij,jk->ik", a, b)
        }
        bad.add("einsum: the equation 'ij,jk->ik' is for 2 operands, 1 were given.") {
            einsum("ij,jk->ik", a)
        }
        bad.add("einsum: 'ijk' names 3 axes, operand 0 has 2; '...' stands for the axes not named.") {
            einsum("ijk->ik", a)
        }
        bad.add("einsum: 'j' occurs twice in the result of 'ij->ijj'.") {
            einsum("ij->ijj", a)
        }
        bad.add("einsum: 'k' in the result of 'ij->ik' is an axis of no operand.") {
            einsum("ij->ik", a)
        }
        bad.add("einsum: '1' in 'i1->i' is no label; labels are letters, as in 'ij,jk->ik'.") {
            einsum("i1->i", a)
        }
        bad.add("einsum: the equation 'ij->i->j' has more than one '->'.") {
            einsum("ij->i->j", a)
        }
        bad.add("einsum: '...i...' in '...i...->i' has more than one '...'.") {
            einsum("...i...->i", a)
        }
        bad.add("einsum: 'i' of 'ii->i' has sizes 32 and 784 in [32, 784].") {
            einsum("ii->i", a)
        }
        bad.add("einsum: the rank of f32[...] is unknown; give the placeholder a shape, with nil for unknown dimensions.") {
            einsum("i->i", unranked)
        }
        bad.add("einsum: there are no operands.") {
            AnyTensor.einsum("", [])
        }
        bad.add("einsum: '...' of '...i,...i->...' has sizes 32 and 31 in [32, 784], [31, 784].") {
            einsum("...i,...i->...", a, F.placeholder(shape: [31, 784]))
        }
        return bad
    }()

    static let convolutions: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("conv2D: the input has 3 channels, the filter wants 4: [1, 8, 8, 3] with [3, 3, 4, 8].") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 4, 8]))
        }
        bad.add("conv2D: the input must be of rank 4, not f32[32, 784].") {
            conv2D(a, filter: F.placeholder(shape: [3, 3, 3, 8]))
        }
        bad.add("conv2D: the filter must be of rank 4, not f32[3, 3, 3].") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3]))
        }
        bad.add("conv2D: the filter [9, 9, 3, 8] is larger than the padded input [1, 8, 8, 3].") {
            conv2D(image, filter: F.placeholder(shape: [9, 9, 3, 8]))
        }
        bad.add("conv2D: strides must be one or 2 positive numbers, not [0].") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3, 8]), strides: [0])
        }
        bad.add("conv2D: strides must be one or 2 positive numbers, not [1, 2, 1].") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3, 8]), strides: [1, 2, 1])
        }
        bad.add("conv2D: dilations must be one or 2 positive numbers, not [-1].") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3, 8]), dilations: [-1])
        }
        bad.add("conv2D: explicit padding must have 2 elements before and after, not [1] and [1].") {
            conv2D(
                image, filter: F.placeholder(shape: [3, 3, 3, 8]),
                padding: .explicit(low: [1], high: [1]))
        }
        bad.add("conv2D: 8 output channels cannot be divided into 3 groups.") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 1, 8]), groups: 3)
        }
        bad.add("conv2D: groups must be positive, not 0.") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3, 8]), groups: 0)
        }
        bad.add("conv2D: element types differ: f32[1, 8, 8, 3] and i32[4]; convert one with `cast(to:)`.") {
            image.anyTensor.convolved("conv2D", spatialRank: 2, filter: index.anyTensor, strides: [1], padding: .valid, dilations: [1], groups: 1)
        }
        bad.add("conv1D: the input must be of rank 3, not f32[1, 8, 8, 3].") {
            conv1D(image, filter: F.placeholder(shape: [3, 3, 8]))
        }
        bad.add("depthwiseConv2D: the input has 3 channels, the filter 2: [1, 8, 8, 3] with [3, 3, 2, 1].") {
            depthwiseConv2D(image, filter: F.placeholder(shape: [3, 3, 2, 1]))
        }
        bad.add("depthwiseConv2D: input and filter must be of rank 4, not f32[32, 784] and f32[3, 3, 2, 1].") {
            depthwiseConv2D(a, filter: F.placeholder(shape: [3, 3, 2, 1]))
        }
        bad.add("depthwiseConv2D: the size of axis 2 of f32[3, 3, ?, 1] must be known when the graph is built.") {
            depthwiseConv2D(image, filter: F.placeholder(shape: [3, 3, nil, 1]))
        }
        bad.add("transposedConv2D: the input has 3 channels, the filter wants 4 on its last axis: [1, 8, 8, 3] with [3, 3, 8, 4].") {
            transposedConv2D(image, filter: F.placeholder(shape: [3, 3, 8, 4]))
        }
        bad.add("transposedConv2D: input and filter must be of rank 4, not f32[3] and f32[3, 3, 8, 4].") {
            transposedConv2D(v, filter: F.placeholder(shape: [3, 3, 8, 4]))
        }
        bad.add("maxPool2D: the input must be of rank 4 with channels last, not f32[32, 784].") {
            maxPool2D(a, size: [2])
        }
        bad.add("maxPool2D: window sizes must be one or 2 positive numbers, not [2, 2, 2].") {
            maxPool2D(image, size: [2, 2, 2])
        }
        bad.add("maxPool2D: the window [1, 9, 9, 1] is larger than f32[1, 8, 8, 3].") {
            maxPool2D(image, size: [9])
        }
        bad.add("maxPool2D: the padding must not be negative: [-1, 0] before, [0, 0] after.") {
            maxPool2D(image, size: [2], padding: .explicit(low: [-1, 0], high: [0, 0]))
        }
        bad.add("averagePool2D: window sizes must be one or 2 positive numbers, not [0].") {
            averagePool2D(image, size: [0])
        }
        bad.add("averagePool1D: the input must be of rank 3 with channels last, not f32[1, 8, 8, 3].") {
            averagePool1D(image, size: [2])
        }
        bad.add("globalAveragePool: f32[32, 784] has no spatial axes between the first and the last.") {
            globalAveragePool(a)
        }
        bad.add("conv2D: the filter [1073741824, 1, 1, 1] is larger than the padded input [1, 1048576, 1048576, 1].") {
            conv2D(
                F.placeholder(shape: [1, 1 << 20, 1 << 20, 1]),
                filter: F.placeholder(shape: [1 << 30, 1, 1, 1]), dilations: [1 << 30])
        }
        return bad
    }()

    static let losses: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("softmaxCrossEntropy: logits and labels must have one shape: [32, 784] and [512, 10] differ.") {
            softmaxCrossEntropy(logits: a, labels: b)
        }
        bad.add("softmaxCrossEntropy: labels [4] must have the shape of logits [32, 784] without its last axis; for one-hot labels convert them to f32.") {
            softmaxCrossEntropy(logits: a, labels: index)
        }
        bad.add("softmaxCrossEntropy: labels [32, 784] must have the shape of logits [32, 784] without its last axis; for one-hot labels convert them to f32.") {
            softmaxCrossEntropy(logits: a, labels: I.placeholder(shape: [32, 784]))
        }
        bad.add("softmaxCrossEntropy: scalar logits have no axis of classes.") {
            softmaxCrossEntropy(logits: F(1), labels: I(1))
        }
        bad.add("softmaxCrossEntropy: axis 3 is none of f32[32, 784]: axes are 0 to 1, or -2 to -1 from the end.") {
            softmaxCrossEntropy(logits: a, labels: a, axis: 3)
        }
        bad.add("softmaxCrossEntropy: label smoothing must be in 0...1, not 1.5.") {
            softmaxCrossEntropy(logits: a, labels: a, labelSmoothing: 1.5)
        }
        bad.add("sigmoidCrossEntropy: logits and labels must have one shape: [32, 784] and [512, 10] differ.") {
            sigmoidCrossEntropy(logits: a, labels: b)
        }
        bad.add("meanSquaredError: predicted and expected must have one shape: [32, 784] and [32, 1] differ.") {
            meanSquaredError(a, F.placeholder(shape: [32, 1]))
        }
        bad.add("meanAbsoluteError: predicted and expected must have one shape: [32, 784] and [3] differ.") {
            meanAbsoluteError(a, v)
        }
        bad.add("huberLoss: delta must be positive, not 0.0.") {
            huberLoss(v, v, delta: 0)
        }
        bad.add("hingeLoss: predicted and expected must have one shape: [32, 784] and [512, 10] differ.") {
            hingeLoss(a, b)
        }
        bad.add("kullbackLeiblerDivergence: axis 1 is none of f32[3]: axes are 0 to 0, or -1 to -1 from the end.") {
            kullbackLeiblerDivergence(v, v, axis: 1)
        }
        bad.add("layerNormalized: axis 2 is none of f32[32, 784]: axes are 0 to 1, or -2 to -1 from the end.") {
            layerNormalized(a, axes: [2])
        }
        bad.add("layerNormalized: [32, 784] and [3] cannot be broadcast together (784 != 3); aligned at the end, dimensions must be equal or 1.") {
            layerNormalized(a, scale: v)
        }
        bad.add("batchNormalized: [32, 784] and [3] cannot be broadcast together (784 != 3); aligned at the end, dimensions must be equal or 1.") {
            batchNormalized(a, mean: v, variance: v, epsilon: 0.001)
        }
        bad.add("groupNormalized: 3 channels cannot be divided into 2 groups.") {
            groupNormalized(image, groups: 2)
        }
        bad.add("groupNormalized: the input must have a batch and a channel axis, not f32[3].") {
            groupNormalized(v, groups: 1)
        }
        bad.add("groupNormalized: only one axis of f32[?, ?, 4] may be of unknown size.") {
            groupNormalized(F.placeholder(shape: [nil, nil, 4]), groups: 2)
        }
        bad.add("dropout: the rate must be in 0..<1, not 1.0.") {
            dropout(a, rate: 1, stream: "d")
        }
        bad.add("dropout: the rate must be in 0..<1, not -0.1.") {
            dropout(a, rate: -0.1, stream: "d")
        }
        bad.add("dropout: the rate must be in 0..<1, not nan.") {
            dropout(a, rate: .nan, stream: "d")
        }
        bad.add("dropout: the probability must be a scalar f32, not f32[3].") {
            dropout(a, keepProbability: v, stream: "d")
        }
        bad.add("randomUniform: [-1] is not the shape of an array: a dimension is negative.") {
            F.randomUniform(shape: [-1], stream: "u")
        }
        bad.add("randomUniform: from 2.0 to 1.0 is no range: both must be finite, and the first not greater.") {
            F.randomUniform(shape: [1], from: 2, to: 1, stream: "u")
        }
        bad.add("randomNormal: mean 0.0 and standard deviation -1.0 must be finite, the latter not negative.") {
            F.randomNormal(shape: [1], standardDeviation: -1, stream: "n")
        }
        bad.add("randomBernoulli: the probability must be in 0...1, not 1.5.") {
            Tensor<Bool>.randomBernoulli(shape: [1], probability: 1.5, stream: "b")
        }
        bad.add("randomIntegers: the range 3..<3 is empty.") {
            I.randomIntegers(shape: [1], in: 3..<3, stream: "i")
        }
        bad.add("randomPermutation: the count must be in 0..<2^31, not -1.") {
            I.randomPermutation(count: -1, stream: "p")
        }
        bad.add("randomCategorical: scalar logits have no axis of classes.") {
            randomCategorical(logits: F(1), stream: "c")
        }
        bad.add("dropout: it takes floating-point numbers, not i32; convert with `cast(to:)`.") {
            index.anyTensor.dropout(rate: 0.5, stream: "d")
        }
        return bad
    }()

    @Test("products whose operands do not fit") func products() { Self.products.check() }
    @Test("windows that do not fit") func convolutions() { Self.convolutions.check() }
    @Test("losses, normalisations and draws that make no sense") func losses() { Self.losses.check() }
}
