// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftGraph

/// Losses at the ends of their domains, with weights and masks, and what they refuse.
@Suite struct LossTests {
    private typealias F = Tensor<Float>

    private func values(
        _ engine: TestedEngine, _ tensors: [any TensorConvertible]
    ) throws -> [[Double]] {
        try engine.session().run(tensors).map(\.doubles)
    }

    @Test(
        "entropies at certainty are finite, and so are gradients", arguments: TestedEngine.allCases)
    func certainty(_ engine: TestedEngine) throws {
        func check<T: FloatingScalar>(_: T.Type) throws {
            let p = Tensor<Double>([0, 1, 0, 1]).cast(to: T.self)
            let z = Tensor<Double>([0, 1, 1, 0]).cast(to: T.self)
            let binary = binaryCrossEntropy(probabilities: p, labels: z, reduction: .none)
            let x = Tensor<Double>([-30_000, 30_000, -30_000, 30_000]).cast(to: T.self)
            let sigmoid = sigmoidCrossEntropy(logits: x, labels: z, reduction: .none)
            let focal = sigmoidFocalLoss(logits: x, labels: z, gamma: 0.5, reduction: .none)
            let rows = Tensor<Double>([[1, 0], [0, 1]]).cast(to: T.self)
            let categorical = categoricalCrossEntropy(
                probabilities: rows, labels: Tensor<Int32>([0, 0]), reduction: .none)
            let slopes = try [
                gradient(of: binary, withRespectTo: p), gradient(of: sigmoid, withRespectTo: x),
                gradient(of: focal, withRespectTo: x),
                gradient(of: categorical, withRespectTo: rows),
            ].map { try #require($0) }
            let losses: [Tensor<T>] = [binary, sigmoid, focal, categorical]
            let found = try values(engine, losses + slopes)
            let large = Double(T.dtype == .bfloat16 ? 29_952 : 30_000)
            #expect(found[0] == [0, 0, 100, 100], "\(T.dtype)")
            #expect(found[1] == [0, 0, large, large], "\(T.dtype)")
            let areFinite = (found[2] + found[6]).allSatisfy { $0.isFinite }
            #expect(found[2].prefix(2) == [0, 0] && areFinite, "\(T.dtype)")
            #expect(found[3] == [0, 100], "\(T.dtype)")
            // A slope of 10¹² is no number of f16.
            if T.dtype != .float16 {
                #expect(found[4][0] == 1 && found[4][2] < -9e11 && found[4][3] > 9e11)
                #expect(found[7][0] == -1 && found[7][2] < -9e11)
            }
            #expect(found[5] == [0, 0, -1, 1], "\(T.dtype)")
        }
        try check(Float.self)
        try check(Double.self)
        try check(Float16.self)
        try check(BFloat16.self)
    }

    @Test(
        "log-cosh has the digits of small distances and does not overflow",
        arguments: TestedEngine.allCases)
    func logCosh(_ engine: TestedEngine) throws {
        let d = F([1e-4, 0.5, 1, 3, 1e30, -1e-4, 0])
        let loss = logCoshLoss(d, F.zeros(like: d), reduction: .none)
        let slope = try #require(try gradient(of: loss, withRespectTo: d))
        let found = try values(engine, [loss, slope])
        for (index, x) in [1e-4, 0.5, 1, 3].enumerated() {
            let exact = index == 0 ? x * x / 2 : Foundation.log(Foundation.cosh(x))
            #expect(abs(found[0][index] - exact) < exact * 1e-5, "\(x): \(found[0][index])")
            #expect(
                abs(found[1][index] - Foundation.tanh(x)) < 1e-5 * x, "\(x): \(found[1][index])")
        }
        #expect(found[0][4] == Double(Float(1e30)) && found[1][4] == 1)
        #expect(found[1][5] < 0 && found[0][6] == 0 && found[1][6] == 0)
    }

    @Test("what has no weight takes no part, whatever it is", arguments: TestedEngine.allCases)
    func masked(_ engine: TestedEngine) throws {
        let x = F([1, .nan, .infinity, 3])
        let mask = Tensor<Bool>([true, false, false, true]).cast(to: Float.self)
        let zero = F.zeros(like: x)
        let found = try values(
            engine,
            [
                meanAbsoluteError(x, zero, weights: mask),
                meanAbsoluteError(x, zero, weights: mask, reduction: .sum),
                meanAbsoluteError(x, zero, weights: mask, reduction: .none),
                meanAbsoluteError(x, zero, weights: mask, reduction: .sumOverBatchSize),
                meanAbsoluteError(x, zero, weights: F.zeros(like: x)),
            ])
        #expect(found == [[2], [4], [1, 0, 0, 3], [1], [0]])
    }

    @Test("ignored labels count nothing, and need be no classes", arguments: TestedEngine.allCases)
    func ignored(_ engine: TestedEngine) throws {
        let x = F([[2, 0], [0, 1], [5, 5]])
        let labels = Tensor<Int32>([0, -100, 1])
        let some = softmaxCrossEntropy(logits: x, labels: labels, ignoring: -100)
        let slope = try #require(try gradient(of: some, withRespectTo: x))
        let none = softmaxCrossEntropy(
            logits: x, labels: Tensor<Int32>([7, 7, 7]), ignoring: 7)
        let weighted = softmaxCrossEntropy(
            logits: x, labels: labels, ignoring: -100, weights: F([1, 9, 3]))
        let found = try values(engine, [some, slope, none, weighted])
        let (first, third) = (Foundation.log1p(Foundation.exp(-2.0)), Foundation.log(2.0))
        #expect(abs(found[0][0] - (first + third) / 2) < 1e-6)
        #expect(found[1][2] == 0 && found[1][3] == 0 && abs(found[1][4] - 0.25) < 1e-6)
        #expect(found[2] == [0])
        #expect(abs(found[3][0] - (first + 3 * third) / 4) < 1e-6)
        let text = errorText {
            _ = try values(engine, [softmaxCrossEntropy(logits: x, labels: labels)])
        }
        #expect(text.contains("a label is not the number of a class"), "\(text)")
    }

    @Test("a variance that is too small can grow", arguments: TestedEngine.allCases)
    func variance(_ engine: TestedEngine) throws {
        let v = F([0, -1])
        let loss = gaussianLoss(F([1, 1]), F([0, 0]), variance: v, epsilon: 0.5, reduction: .sum)
        let slope = try #require(try gradient(of: loss, withRespectTo: v))
        // (1 / 0.5 − 1 / 0.25) / 2.
        #expect(try values(engine, [slope]) == [[-1, -1]])
    }

    @Test("second derivatives", arguments: TestedEngine.allCases)
    func twice(_ engine: TestedEngine) throws {
        let p = Tensor<Double>([0.25, 0.5])
        let z = Tensor<Double>([1, 0])
        let loss = binaryCrossEntropy(probabilities: p, labels: z, reduction: .sum)
        let slope = try #require(try gradient(of: loss, withRespectTo: p))
        let second = try #require(try gradient(of: slope, withRespectTo: p))
        #expect(try values(engine, [slope, second]) == [[-4, 2], [16, 4]])
    }

    @Test("what does not fit is named")
    func misfits() {
        let x = F.placeholder(shape: [4, 2])
        func reason(_ loss: F) -> String { loss.error.map { "\($0)" } ?? "no error" }
        #expect(
            reason(meanSquaredError(x, x, weights: F([1, 2]))).contains(
                "the weights must be a scalar or of the first axes of the losses, [4, 2]"))
        #expect(
            reason(meanSquaredError(x, x, weights: F.ones(shape: [4, 2, 1])))
                .contains("the weights must be"))
        #expect(meanSquaredError(x, x, weights: F.ones(shape: [4])).error == nil)
        #expect(
            reason(
                softmaxCrossEntropy(
                    logits: x, labels: Tensor<Int32>([0, 0, 0, 0]), classWeights: F([1, 2, 3]))
            )
            .contains("the weights of classes must have the shape [2], not [3]"))
        #expect(reason(huberLoss(x, x, delta: 0)).contains("delta must be finite and positive"))
        #expect(
            reason(smoothL1Loss(x, x, beta: -1)).contains("beta must be finite and not negative"))
        #expect(
            reason(sigmoidFocalLoss(logits: x, labels: x, gamma: .nan)).contains("gamma must be"))
        #expect(
            reason(sigmoidCrossEntropy(logits: x, labels: x, labelSmoothing: 2))
                .contains("label smoothing must be in 0...1, not 2.0"))
        #expect(
            reason(tripletLoss(anchor: x, positive: x, negative: F.ones(shape: [4, 3])))
                .contains("anchor and negative must have one shape"))
        #expect(multiMarginLoss(scores: x, labels: Tensor<Int32>([0])).error != nil)
        let mixed = meanSquaredError(
            x.anyTensor, x.anyTensor, weights: AnyTensor(NDArray(Double(1))))
        #expect(mixed.error.map { "\($0)" }?.contains("element types differ") == true)
    }
}
