// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// Reductions, statistics, softmax and losses by hand-computed numbers.
@Suite struct ReductionFunctionTests {
    typealias F = Tensor<Float>

    static let x = F([[1, 2, 3], [4, 5, 6]])

    @Test("reductions take some axes, all axes, and keep them if asked")
    func reductions() {
        let x = Self.x
        expect(x.sum(), [], [21])
        expect(x.sum(axes: [0]), [3], [5, 7, 9])
        expect(x.sum(axes: [-1], keepingDimensions: true), [2, 1], [6, 15])
        expect(x.sum(axes: []), [2, 3], [1, 2, 3, 4, 5, 6])
        expect(x.product(axes: [1]), [2], [6, 120])
        expect(x.mean(), [], [3.5])
        expect(x.max(axes: [0]), [3], [4, 5, 6])
        expect(x.min(keepingDimensions: true), [1, 1], [1])
        expect(x.argMax(axis: 1), [2], [2, 2])
        expect(x.argMin(axis: 0, keepingDimensions: true), [1, 3], [0, 0, 0])
        expect((x .> 2).any(axes: [1]), [2], [1, 1])
        expect((x .> 2).all(axes: [1]), [2], [0, 1])
        expect((x .> 2).countTrue(), [], [4])
        expect((x - 1).countNonZero(axes: [1]), [2], [2, 3])
    }

    @Test("empty reductions have their neutral elements, an empty mean is NaN")
    func empty() {
        let none = F.zeros(shape: [0])
        expect(none.sum(), [], [0])
        expect(none.product(), [], [1])
        expect(none.mean(), [], [.nan])
        expect(none.max(), [], [-.infinity])
        expect(none.logSumExp(), [], [-.infinity])
    }

    @Test("statistics divide by n, or by n - 1 if asked")
    func statistics() {
        let x = Self.x
        expect(x.variance(), [], [35.0 / 12])
        expect(x.variance(axes: [1], isUnbiased: true), [2], [1, 1])
        expect(x.standardDeviation(axes: [0]), [3], [1.5, 1.5, 1.5])
        let (mean, variance) = x.moments(axes: [0], keepingDimensions: true)
        expect(mean, [1, 3], [2.5, 3.5, 4.5])
        expect(variance, [1, 3], [2.25, 2.25, 2.25])
        expect(x.moments(axes: [1]).mean, [2], [2, 5])
        expect(F([3, -4]).norm(), [], [5])
        expect(F([3, -4]).norm(.l1), [], [7])
        expect(F([3, -4]).norm(.infinity), [], [4])
    }

    @Test("running sums and products go both ways, with or without the element itself")
    func cumulative() {
        let x = F([1, 2, 3])
        expect(x.cumulativeSum(axis: 0), [3], [1, 3, 6])
        expect(x.cumulativeSum(axis: 0, isExclusive: true), [3], [0, 1, 3])
        expect(x.cumulativeSum(axis: 0, isReversed: true), [3], [6, 5, 3])
        expect(x.cumulativeProduct(axis: -1, isExclusive: true, isReversed: true), [3], [6, 3, 1])
    }

    @Test("unknown dimensions are counted when the graph runs")
    func unknown() throws {
        let x = F.placeholder(shape: [nil, nil])
        let fed: [(any TensorConvertible, NDArray)] = [(x, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])]
        expect(x.mean(), [], [3.5], feeding: fed)
        expect(x.mean(axes: [0]), [3], [2.5, 3.5, 4.5], feeding: fed)
        expect(x.mean(axes: [1], keepingDimensions: true), [2, 1], [2, 5], feeding: fed)
        expect(x.variance(isUnbiased: true), [], [3.5], feeding: fed)
        expect(softmax(x * 0), [2, 3], Array(repeating: 1.0 / 3, count: 6), feeding: fed)
        let any = F.placeholder()
        expect(any.sum(), [], [21], feeding: [(any, fed[0].1)])
        expect(any.mean(), [], [3.5], feeding: [(any, fed[0].1)])
    }

    @Test("softmax and its logarithm neither overflow nor underflow")
    func softmaxes() {
        let x = F([[1000, 1001, 1002], [-1000, 0, 0]])
        expect(
            softmax(x), [2, 3], [0.09003057, 0.24472847, 0.66524096, 0, 0.5, 0.5])
        expect(
            logSoftmax(x), [2, 3],
            [-2.4076059, -1.4076059, -0.4076059, -1000.6931472, -0.6931472, -0.6931472])
        expect(x.logSumExp(axes: [1]), [2], [1002.4076059, 0.6931472])
        expect(softmax(x, axis: 0), [2, 3], [1, 1, 1, 0, 0, 0])
        expect(softmax(F([-.infinity, -.infinity])), [2], [.nan, .nan])
        expect(F([.infinity, 1]).logSumExp(), [], [.infinity])
    }

    @Test("cross-entropy has TensorFlow's value and derivatives, with dense and sparse labels")
    func crossEntropy() throws {
        // Not a constant: one equal to the weights below would be the same node as they.
        let logits = F.placeholder(shape: [nil, 3])
        let fed: [(any TensorConvertible, NDArray)] = [(logits, [[1.0, 2.0, 3.0]])]
        let dense = softmaxCrossEntropy(logits: logits, labels: F([[0, 1, 0]]), reduction: .none)
        let sparse = softmaxCrossEntropy(
            logits: logits, labels: Tensor<Int32>([1]), reduction: .none)
        for loss in [dense, sparse] {
            expect(loss, [1], [1.4076059], feeding: fed)
            let first = try #require(try gradient(of: loss, withRespectTo: logits))
            expect(first, [1, 3], [0.09003057, -0.75527155, 0.66524094], feeding: fed)
            let weighted = first * F([[1, 2, 3]])
            let second = try #require(try gradient(of: weighted, withRespectTo: logits))
            expect(second, [1, 3], [-0.14181709, -0.14077035, 0.28258747], feeding: fed)
        }
        let smooth = softmaxCrossEntropy(
            logits: logits, labels: F([[0, 1, 0]]), labelSmoothing: 0.3, reduction: .sum)
        let wanted = 0.7 * 1.4076059 + 0.1 * (2.4076059 + 1.4076059 + 0.4076059)
        expect(smooth, [], [wanted], feeding: fed)
    }

    @Test("a label that is no class fails the run")
    func invalidLabel() throws {
        let logits = F([[1, 2, 3]])
        for label: Int32 in [-1, 3] {
            let loss = softmaxCrossEntropy(logits: logits, labels: Tensor<Int32>([label]))
            #expect(throws: RunError.self) { try evaluate(loss) }
        }
    }

    @Test("losses have their definitions' values under every reduction")
    func losses() throws {
        let (p, e) = (F([0, 2, 5]), F([1, 2, 2]))
        expect(meanSquaredError(p, e), [], [10.0 / 3])
        expect(meanSquaredError(p, e, reduction: .sum), [], [10])
        expect(meanSquaredError(p, e, reduction: .none), [3], [1, 0, 9])
        expect(meanAbsoluteError(p, e), [], [4.0 / 3])
        expect(huberLoss(p, e, reduction: .none), [3], [0.5, 0, 2.5])
        expect(
            huberLoss(p, e, delta: 2, reduction: .none), [3], [0.5, 0, 4])
        expect(
            hingeLoss(F([0.5, 2, -1]), F([1, 1, 1]), reduction: .none), [3],
            [0.5, 0, 2])
        expect(
            kullbackLeiblerDivergence(
                F([[0.5, 0.5]]), F([[1, 0]]), reduction: .none), [1],
            [0.6931472])
        let x = F([0, 100, -100])
        let loss = sigmoidCrossEntropy(logits: x, labels: F([0, 1, 1]), reduction: .none)
        expect(loss, [3], [0.6931472, 0, 100])
        let slope = try #require(try gradient(of: loss, withRespectTo: x))
        expect(slope, [3], [0.5, 0, -1])
    }
}
