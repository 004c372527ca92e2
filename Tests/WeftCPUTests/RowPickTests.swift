// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Elements picked by row, where the rows come from sums over rows of another length.
@Suite struct RowPickTests {
    /// logits = Σ x² over the last axis of [n, classes, d], the loss the mean cross-entropy with class
    /// numbers. Its gradient is 2x · (softmax(logits) − [class = label]) / n.
    @Test(arguments: [[2, 10, 64], [5, 3, 1024], [32, 10, 128], [3, 2, 2], [17, 64, 10]])
    func ofSumsOverTheLastOfThreeAxes(_ shape: [Int]) throws {
        let (n, classes, d) = (shape[0], shape[1], shape[2])
        let x = AnyTensor.placeholder(.float32, shape: Shape(dims: shape), name: "x")
        let labels = (0..<n).map { ($0 * 7 + 1) % classes }
        let loss = softmaxCrossEntropy(
            logits: (x * x).sum(axes: [2]),
            labels: AnyTensor.constant(NDArray(labels.map(Int64.init))),
            reduction: .mean)
        let gradient = try #require(try gradients(of: [loss], withRespectTo: [x])[0])
        var random = TestRandom("picks \(shape)")
        let reach = 1 / Double(d).squareRoot()
        let input = random.array(.float32, shape, in: -reach...reach)

        let numbers = input.doubles
        var expectedLoss = 0.0
        var expected = [Double](repeating: 0, count: numbers.count)
        for i in 0..<n {
            let logits = (0..<classes).map { c in
                numbers[((i * classes + c) * d)..<((i * classes + c + 1) * d)]
                    .reduce(0) { $0 + $1 * $1 }
            }
            let total = logits.reduce(0) { $0 + exp($1) }
            expectedLoss -= (logits[labels[i]] - log(total)) / Double(n)
            for c in 0..<classes {
                let slope = (exp(logits[c]) / total - (c == labels[i] ? 1 : 0)) / Double(n)
                for j in 0..<d {
                    let place = (i * classes + c) * d + j
                    expected[place] = 2 * numbers[place] * slope
                }
            }
        }

        let program = try LoweredGraph(
            fetches: [loss, gradient], feeds: [(x, ArrayType(.float32, shape))]
        ).program
        for threads in [1, 2] {
            let results = try CPUEngine(threads: threads, verifiesPrograms: true)
                .compilePlan(program).run([input], control: nil)
            #expect(abs(results[0].doubles[0] - expectedLoss) <= 1e-5 * expectedLoss)
            // Each is a product of numbers that are right to some units in the last place.
            let scale = expected.map(abs).max() ?? 0
            let isRight = zip(results[1].doubles, expected).allSatisfy {
                abs($0 - $1) <= 1e-5 * scale
            }
            #expect(isRight, "\(shape), \(threads) threads")
        }
    }

    /// Each row is a[i] at its first index and b[i] at its second, and the sum of both where these are
    /// the same: of the two operands of the sum one is an addition to the other.
    @Test func twoForEachRow() throws {
        let (rows, columns) = (40, 64)
        let own = AnyTensor.iota(.int64, shape: [1, columns], axis: 1)
        func spread(_ index: [Int64], _ weight: AnyTensor) -> AnyTensor {
            let place = AnyTensor.constant(NDArray(index)).expandingDimension(at: 1)
            return select(place .== own, weight.expandingDimension(at: 1), .scalar(0, .float32))
        }
        let (a, b) = (
            AnyTensor.placeholder(.float32, shape: [rows]),
            AnyTensor.placeholder(.float32, shape: [rows])
        )
        let first = (0..<rows).map { Int64($0 * 7 % columns) }
        let second = (0..<rows).map { Int64($0 * 11 % columns) }
        let sum = spread(first, a) + spread(second, b)
        let type = ArrayType(.float32, [rows])
        let program = try LoweredGraph(
            fetches: [sum, (spread(second, b) + spread(first, a)) * sum],
            feeds: [(a, type), (b, type)]
        ).program
        let (x, y) = (
            (0..<rows).map { Double($0) + 1 }, (0..<rows).map { 100 - Double($0) }
        )
        let results = try CPUEngine(verifiesPrograms: true).compilePlan(program)
            .run([.from(x, .float32), .from(y, .float32)], control: nil)
        var expected = [Double](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            expected[row * columns + Int(first[row])] += x[row]
            expected[row * columns + Int(second[row])] += y[row]
        }
        #expect(results[0].doubles == expected)
        #expect(results[1].doubles == expected.map { $0 * $0 })
    }
}
