// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftDigits
import WeftGraph

/// Products of 16 bits in graphs of 32: what is rounded, what stays, and that digits are learnt as well.
@Suite struct MixedPrecisionTests {
    private typealias F = Tensor<Float>

    @Test(
        "operands and products are rounded, all else is of 32 bits",
        arguments: TestedEngine.allCases)
    func rounding(_ engine: TestedEngine) throws {
        let x = F([[1, 0x1p-9], [3, 1]])
        let w = Variable<Float>("w", shape: [2, 1], initializer: .constant(1 + 0x1p-10))
        let exact = matmul(x, w.value) + 0x1p-12
        let y = mixedPrecision(exact)
        let slope = try #require(
            try gradient(of: y.sum(), withRespectTo: w.value))
        let session = engine.session()
        // w is 1 in bf16; 1 + 2⁻⁹ is rounded to 1, and then 2⁻¹² is added.
        #expect(try session.run(y).doubles == [1 + 0x1p-12, 4 + 0x1p-12])
        #expect(y.dtype == .float32 && slope.dtype == .float32)
        #expect(try session.run(slope).doubles == [4, 1])
        #expect(try session.value(of: w).doubles[0] == 1 + 0x1p-10)
        let half = try session.run(mixedPrecision(exact, in: .float16)).doubles
        #expect(half[0] == 1 + 0x1p-9 + 0x1p-10 + 0x1p-12)
        #expect(mixedPrecision(exact, where: { _ in false }) == exact)
        #expect(mixedPrecision(y) == y)
        #expect(mixedPrecision(x) == x)
        #expect(mixedPrecision(exact, in: .float32).error != nil)
    }

    @Test(
        "convolutions, bodies of loops and branches, and what rides with values",
        arguments: TestedEngine.allCases)
    func bodies(_ engine: TestedEngine) throws {
        let small = Float(1 + 0x1p-10)
        let w = F([[small]])
        let start = F([[1]])
        let (loop, _) = scan(over: F.ones(shape: [3]), initial: start) { carry, _ in
            (matmul(carry, w), carry)
        }
        let branch = cond(Tensor<Bool>(true), then: { matmul(start, w) }, else: { start })
        let image = F.ones(shape: [1, 2, 2, 1])
        let filter = F.filled(small, shape: [1, 1, 1, 1])
        let image2 = conv2D(image, filter: filter)
        let count = Variable<Float>("count", shape: [], isTrainable: false)
        let riding = matmul(start, w).withUpdates([count.assignAdd(1)])
        let all = [loop, branch, image2.sum(axes: [0, 1, 2]), riding].map { mixedPrecision($0) }
        let session = engine.session()
        let found = try session.run(all).map(\.doubles)
        #expect(found == [[1], [1], [4], [1]])
        let v = Variable<Float>("v", shape: [1, 1], initializer: .ones)
        let loss = mixedPrecision(matmul(riding, v.value)).sum()
        _ = try session.run(try GradientDescent(learningRate: 0.5).minimize(loss))
        #expect(try session.value(of: count).number == 1)
        #expect(try session.value(of: v).number == 0.5)
    }

    /// The accuracy on the test digits after some epochs.
    private func accuracy(
        _ optimizer: any Optimizer, _ change: (F) -> F
    ) throws -> Double {
        let (training, test) = (try Digits.training(), try Digits.test())
        let images = F.placeholder(shape: [nil, 8, 8, 1])
        let labels = Tensor<Int32>.placeholder(shape: [nil])
        let model = Sequential {
            Conv2D<Float>("conv", inputs: 1, filters: 8, kernelSize: [3, 3], padding: .same)
            BatchNorm("norm", channels: 8, momentum: 0.9)
            relu
            MaxPool2D()
            Flatten()
            Dense("logits", inputs: 128, units: 10)
        }
        let logits = change(model(images, mode: .training))
        let train = try optimizer.minimize(softmaxCrossEntropy(logits: logits, labels: labels))
        let metric = Accuracy()
        let count = metric.update(change(model(images, mode: .inference)), labels)
        let session = Session(.init(seed: 4))
        let size = 64
        for _ in 0..<4 {
            for start in stride(from: 0, to: training.labels.count - size, by: size) {
                _ = try session.run(
                    train,
                    feeding: [
                        images: training.images[start..<start + size],
                        labels: training.labels[start..<start + size],
                    ])
            }
        }
        _ = try session.run(count, feeding: [images: test.images, labels: test.labels])
        return try session.run(metric.result).number
    }

    @Test("digits are learnt as in 32 bits")
    func digits() throws {
        let wide = try accuracy(Adam(learningRate: 0.01)) { $0 }
        let brain = try accuracy(Adam(learningRate: 0.01)) { mixedPrecision($0) }
        let half = try accuracy(LossScaling(Adam(learningRate: 0.01))) {
            mixedPrecision($0, in: .float16)
        }
        // One of the 360 test digits is 0.3 %: trainings that round differently differ by some.
        #expect(wide > 0.93, "\(wide)")
        #expect(abs(brain - wide) < 0.02 && abs(half - wide) < 0.02, "\(wide), \(brain), \(half)")
    }
}
