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
        bad.add("?") {
            withNameScope("layer1") { matmul(a, b) }
        }
        bad.add("?") {
            matmul(a, b)
        }
        bad.add("?") {
            matmul(a, a, transposingFirst: true, transposingSecond: true)
        }
        bad.add("?") {
            matmul(a, v)
        }
        bad.add("?") {
            matmul(F(2), a)
        }
        bad.add("?") {
            matmul(v, v, transposingFirst: true)
        }
        bad.add("?") {
            matmul(unranked, a)
        }
        bad.add("?") {
            AnyTensor.matmul(a.anyTensor, Tensor<Double>.placeholder(shape: [784, 2]).anyTensor)
        }
        bad.add("?") {
            matmul(F.zeros(shape: [2, 4, 3]), F.zeros(shape: [5, 3, 4]))
        }
        bad.add("?") {
            AnyTensor.matmul((v .> 0).anyTensor, (v .> 0).anyTensor)
        }
        bad.add("?") {
            dot(a, v)
        }
        bad.add("?") {
            dot(v, F([1, 2]))
        }
        bad.add("?") {
            outer(v, a)
        }
        bad.add("?") {
            tensorDot(a, b, axes: ([0, 1], [0]))
        }
        bad.add("?") {
            tensorDot(a, b, axes: ([2], [0]))
        }
        bad.add("?") {
            tensorDot(a, b, axes: ([1], [1]))
        }
        bad.add("?") {
            einsum("ij,jk->ik", a, b)
        }
        bad.add("?") {
            einsum("ij,jk->ik", a)
        }
        bad.add("?") {
            einsum("ijk->ik", a)
        }
        bad.add("?") {
            einsum("ij->ijj", a)
        }
        bad.add("?") {
            einsum("ij->ik", a)
        }
        bad.add("?") {
            einsum("i1->i", a)
        }
        bad.add("?") {
            einsum("ij->i->j", a)
        }
        bad.add("?") {
            einsum("...i...->i", a)
        }
        bad.add("?") {
            einsum("ii->i", a)
        }
        bad.add("?") {
            einsum("i->i", unranked)
        }
        bad.add("?") {
            AnyTensor.einsum("", [])
        }
        bad.add("?") {
            einsum("...i,...i->...", a, F.placeholder(shape: [31, 784]))
        }
        return bad
    }()

    static let convolutions: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("?") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 4, 8]))
        }
        bad.add("?") {
            conv2D(a, filter: F.placeholder(shape: [3, 3, 3, 8]))
        }
        bad.add("?") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3]))
        }
        bad.add("?") {
            conv2D(image, filter: F.placeholder(shape: [9, 9, 3, 8]))
        }
        bad.add("?") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3, 8]), strides: [0])
        }
        bad.add("?") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3, 8]), strides: [1, 2, 1])
        }
        bad.add("?") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3, 8]), dilations: [-1])
        }
        bad.add("?") {
            conv2D(
                image, filter: F.placeholder(shape: [3, 3, 3, 8]),
                padding: .explicit(low: [1], high: [1]))
        }
        bad.add("?") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 1, 8]), groups: 3)
        }
        bad.add("?") {
            conv2D(image, filter: F.placeholder(shape: [3, 3, 3, 8]), groups: 0)
        }
        bad.add("?") {
            image.anyTensor.convolved("conv2D", spatialRank: 2, filter: index.anyTensor, strides: [1], padding: .valid, dilations: [1], groups: 1)
        }
        bad.add("?") {
            conv1D(image, filter: F.placeholder(shape: [3, 3, 8]))
        }
        bad.add("?") {
            depthwiseConv2D(image, filter: F.placeholder(shape: [3, 3, 2, 1]))
        }
        bad.add("?") {
            depthwiseConv2D(a, filter: F.placeholder(shape: [3, 3, 2, 1]))
        }
        bad.add("?") {
            depthwiseConv2D(image, filter: F.placeholder(shape: [3, 3, nil, 1]))
        }
        bad.add("?") {
            transposedConv2D(image, filter: F.placeholder(shape: [3, 3, 8, 4]))
        }
        bad.add("?") {
            transposedConv2D(v, filter: F.placeholder(shape: [3, 3, 8, 4]))
        }
        bad.add("?") {
            maxPool2D(a, size: [2])
        }
        bad.add("?") {
            maxPool2D(image, size: [2, 2, 2])
        }
        bad.add("?") {
            maxPool2D(image, size: [9])
        }
        bad.add("?") {
            maxPool2D(image, size: [2], padding: .explicit(low: [-1, 0], high: [0, 0]))
        }
        bad.add("?") {
            averagePool2D(image, size: [0])
        }
        bad.add("?") {
            averagePool1D(image, size: [2])
        }
        bad.add("?") {
            globalAveragePool(a)
        }
        bad.add("?") {
            conv2D(
                F.placeholder(shape: [1, 1 << 20, 1 << 20, 1]),
                filter: F.placeholder(shape: [1 << 30, 1, 1, 1]), dilations: [1 << 30])
        }
        return bad
    }()

    static let losses: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("?") {
            softmaxCrossEntropy(logits: a, labels: b)
        }
        bad.add("?") {
            softmaxCrossEntropy(logits: a, labels: index)
        }
        bad.add("?") {
            softmaxCrossEntropy(logits: a, labels: I.placeholder(shape: [32, 784]))
        }
        bad.add("?") {
            softmaxCrossEntropy(logits: F(1), labels: I(1))
        }
        bad.add("?") {
            softmaxCrossEntropy(logits: a, labels: a, axis: 3)
        }
        bad.add("?") {
            softmaxCrossEntropy(logits: a, labels: a, labelSmoothing: 1.5)
        }
        bad.add("?") {
            sigmoidCrossEntropy(logits: a, labels: b)
        }
        bad.add("?") {
            meanSquaredError(a, F.placeholder(shape: [32, 1]))
        }
        bad.add("?") {
            meanAbsoluteError(a, v)
        }
        bad.add("?") {
            huberLoss(v, v, delta: 0)
        }
        bad.add("?") {
            hingeLoss(a, b)
        }
        bad.add("?") {
            kullbackLeiblerDivergence(v, v, axis: 1)
        }
        bad.add("?") {
            layerNormalized(a, axes: [2])
        }
        bad.add("?") {
            layerNormalized(a, scale: v)
        }
        bad.add("?") {
            batchNormalized(a, mean: v, variance: v, epsilon: 0.001)
        }
        bad.add("?") {
            groupNormalized(image, groups: 2)
        }
        bad.add("?") {
            groupNormalized(v, groups: 1)
        }
        bad.add("?") {
            groupNormalized(F.placeholder(shape: [nil, nil, 4]), groups: 2)
        }
        bad.add("?") {
            dropout(a, rate: 1, stream: "d")
        }
        bad.add("?") {
            dropout(a, rate: -0.1, stream: "d")
        }
        bad.add("?") {
            dropout(a, rate: .nan, stream: "d")
        }
        bad.add("?") {
            dropout(a, keepProbability: v, stream: "d")
        }
        bad.add("?") {
            F.randomUniform(shape: [-1], stream: "u")
        }
        bad.add("?") {
            F.randomUniform(shape: [1], from: 2, to: 1, stream: "u")
        }
        bad.add("?") {
            F.randomNormal(shape: [1], standardDeviation: -1, stream: "n")
        }
        bad.add("?") {
            Tensor<Bool>.randomBernoulli(shape: [1], probability: 1.5, stream: "b")
        }
        bad.add("?") {
            I.randomIntegers(shape: [1], in: 3..<3, stream: "i")
        }
        bad.add("?") {
            I.randomPermutation(count: -1, stream: "p")
        }
        bad.add("?") {
            randomCategorical(logits: F(1), stream: "c")
        }
        bad.add("?") {
            index.anyTensor.dropout(rate: 0.5, stream: "d")
        }
        return bad
    }()

    @Test("products whose operands do not fit") func products() { Self.products.check() }
    @Test("windows that do not fit") func convolutions() { Self.convolutions.check() }
    @Test("losses, normalisations and draws that make no sense") func losses() { Self.losses.check() }
}
