// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft

/// What programs outside of this package can write. This target does not see `package` declarations.
@Suite struct OutsideTests {
    private static let start = [1.0, -2, 3, 0.5, 2, -1]
    private static let centre = [0.5, 0.5, 0, 0, 1, 2]

    private static func initial(_ shape: [Int], _ dtype: DType) throws -> Initializer {
        .value(try NDArray(start).cast(to: dtype).reshaped(to: shape))
    }

    /// Half the sum of squared distances from the centre, times 1 to 6.
    private static func loss<T: FloatingScalar>(_ w: Variable<T>) throws -> Tensor<T> {
        let centre = try NDArray(Self.centre).cast(to: T.dtype).reshaped(to: w.shape)
        let weights = try NDArray([1, 2, 3, 4, 5, 6] as [Double]).cast(to: T.dtype)
        let distance = w.value - Tensor(centre)
        return (Tensor(try weights.reshaped(to: w.shape)) * distance * distance * 0.5).sum()
    }

    /// The rule once more, on a matrix of 2 by 3 in `Double`.
    private static func expected(steps: Int, rate: Double) -> [Double] {
        var (w, row, column) = (start, [0.0, 0], [0.0, 0, 0])
        for _ in 0..<steps {
            let g = (0..<6).map { Double($0 + 1) * (w[$0] - centre[$0]) }
            let squares = g.map { $0 * $0 }
            for i in 0..<2 {
                row[i] = 0.9 * row[i] + 0.1 * squares[(3 * i)..<(3 * i + 3)].reduce(0, +) / 3
            }
            for j in 0..<3 { column[j] = 0.9 * column[j] + 0.1 * (squares[j] + squares[j + 3]) / 2 }
            let mean = (row[0] + row[1]) / 2
            for k in 0..<6 {
                w[k] -= rate * g[k] / (row[k / 3] * column[k % 3] / mean).squareRoot()
            }
        }
        return w
    }

    @Test("an optimizer of one's own follows its rule, and is saved and restored")
    func optimizer() throws {
        let w = Variable<Double>(
            "w", shape: [2, 3], initializer: try Self.initial([2, 3], .float64))
        let optimizer = FactoredOptimizer(learningRate: 0.05)
        let step = try optimizer.minimize(try Self.loss(w))
        let session = Session()
        for _ in 0..<10 { _ = try session.run(step) }
        let ten: [Double] = try session.value(of: w).scalars()
        for (value, right) in zip(ten, Self.expected(steps: 10, rate: 0.05)) {
            #expect(abs(value - right) < 1e-12 * (1 + abs(right)))
        }
        #expect(
            optimizer.variables.map(\.name) == [
                "w/Factored_row", "w/Factored_column", "Factored/count",
            ])
        #expect(optimizer.variables.allSatisfy { !$0.isTrainable })
        // Built again, a step makes no new slots.
        _ = try optimizer.minimize(try Self.loss(w))
        #expect(optimizer.variables.count == 3)

        let state = try session.exportState()
        let other = Session()
        _ = try other.run(step)
        _ = try other.importPartialState(state)
        for _ in 0..<10 { _ = (try session.run(step), try other.run(step)) }
        let (one, two) = (try session.value(of: w), try other.value(of: w))
        #expect(one.hasSameBits(as: two))
        let steps: Int64 = try other.value(of: optimizer.count).scalar()
        #expect(steps == 20)
        for (value, right) in zip(
            try two.scalars(as: Double.self), Self.expected(steps: 20, rate: 0.05))
        { #expect(abs(value - right) < 1e-12 * (1 + abs(right))) }
    }

    @Test("it trains to the minimum, with its rate fed")
    func convergence() throws {
        let w = Variable<Float>("w", shape: [6], initializer: try Self.initial([6], .float32))
        let rate = Tensor<Float>.placeholder(shape: [], name: "rate")
        let step = try FactoredOptimizer(learningRate: rate).minimize(try Self.loss(w))
        let session = Session()
        let train = session.function(feeding: rate, fetching: step)
        for i in 0..<400 { _ = try train(NDArray(Float(0.1) / Float(1 + i / 40))) }
        let found: [Float] = try session.value(of: w).scalars()
        for (value, right) in zip(found, Self.centre) { #expect(abs(Double(value) - right) < 0.05) }
    }

    @Test("of 16-bit variables its slots are of 32 bits, and bad numbers are errors")
    func types() throws {
        let w = Variable<BFloat16>("w", shape: [6], initializer: try Self.initial([6], .bfloat16))
        let optimizer = FactoredOptimizer(learningRate: 0.1)
        let session = Session()
        _ = try session.run(try optimizer.minimize(try Self.loss(w)))
        #expect(optimizer.variables.map(\.dtype) == [.float32, .int64])
        #expect(try session.value(of: w).dtype == .bfloat16)

        func text(_ optimizer: FactoredOptimizer) -> String {
            do {
                _ = try optimizer.minimize(try Self.loss(w))
                return "no error"
            } catch { return "\(error)" }
        }
        let decay = text(FactoredOptimizer(learningRate: 0.1, decay: 1.5))
        #expect(decay.contains("Factored: decay must be at least 0 and less than 1, not 1.5"))
        #expect(text(FactoredOptimizer(learningRate: -1)).contains("a learning rate must be"))
    }

    @Test("a slot that is asked for in another shape or type is an error, and the first one stays")
    func slotsOfOneName() throws {
        let w = Variable<Float>("w", shape: [2, 3])
        let slots = OptimizerSlots(of: "Averaging")
        let first = slots.slot("mean", of: w.handle, shape: [2, 1])
        #expect(slots.slot("mean", of: w.handle, shape: [2, 1]) === first)
        let other = slots.slot("mean", of: w.handle)
        let reason =
            "it was made as f32[2, 1] and is asked for as f32[2, 3]; give another slot a name of its own"
        #expect(other.value.error?.reason == reason)
        #expect(other.assign(w.anyTensor).anyTensor.error?.reason == reason)
        #expect(other.update { $0 + 1 }.anyTensor.error?.reason == reason)
        let steps = slots.scalar("steps", as: .int64)
        #expect(slots.scalar("steps", as: .float32).value.error?.name == "steps")
        #expect(slots.all == [first, steps])
        let session = Session()
        let ones = Tensor<Float>.ones(shape: [2, 1]).anyTensor
        #expect(try session.run(first.assign(ones)).doubles == [1, 1])
    }

    /// A layer of one's own: adds what a dense layer makes.
    private struct Residual: Layer {
        let dense: Dense<Float>
        let gain: Variable<Float>

        init(_ name: String, width: Int) {
            (dense, gain) = withNameScope(name) {
                (
                    Dense("dense", inputs: width, units: width),
                    Variable("gain", shape: [], initializer: .zeros)
                )
            }
        }

        func callAsFunction(_ x: Tensor<Float>, mode: Mode) -> Tensor<Float> {
            x + gain.value * relu(dense(x))
        }
    }

    @Test("a layer of one's own stands among others")
    func layer() throws {
        let model = Sequential {
            Dense<Float>("in", inputs: 2, units: 8)
            for i in 0..<2 { Residual("block\(i)", width: 8) }
            Dense("out", inputs: 8, units: 1)
        }
        #expect(
            model.variables.map(\.name) == [
                "in/kernel", "in/bias", "block0/dense/kernel", "block0/dense/bias", "block0/gain",
                "block1/dense/kernel", "block1/dense/bias", "block1/gain", "out/kernel", "out/bias",
            ])
        // What is odd of two bits is not linear: without the blocks the error stays at a fourth.
        let x = Tensor<Float>.placeholder(shape: [nil, 2])
        let y = Tensor<Float>.placeholder(shape: [nil, 1])
        let loss = meanSquaredError(model(x, mode: .training), y)
        let step = try Adam(learningRate: 0.02).minimize(loss)
        let session = Session()
        let train = session.function(feeding: x, y, fetching: loss, step)
        var last: Float = 1
        for _ in 0..<600 {
            last = try train(
                [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]]
            )
            .0.scalar()
        }
        #expect(last < 0.05)
    }

    @Test("what is fetched becomes numbers of the type that is asked for")
    func numbers() throws {
        let x = Tensor<Float>([1, 2, 4])
        let session = Session()
        let sum: Float = try session.run(x.sum()).scalar()
        let squares: [Float] = try session.run(x * x).scalars()
        let isLarge: [Bool] = try session.run(x .> 1.5).scalars()
        #expect(sum == 7 && squares == [1, 4, 16] && isLarge == [false, true, true])
    }
}
