// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Batch normalisation of batches without elements, or with numbers whose squares overflow.
@Suite struct BatchNormEdgeTests {
    /// Trains one step on `batch` and returns scale, offset and the moving averages.
    private func trained<T: FloatingScalar>(
        _ engine: TestedEngine, _: T.Type, _ batch: NDArray, _ mode: Mode,
        feeding flag: (Tensor<Bool>, Bool)? = nil,
        rule: BatchNorm<T>.MovingVariance = .unbiased
    ) throws -> (state: [[Double]], output: [Double]) {
        let layer = BatchNorm<T>("norm", channels: 1, movingVarianceRule: rule)
        let x = Tensor<T>.placeholder(shape: [nil, 1])
        let y = layer(x, mode: mode)
        let step = try GradientDescent(learningRate: 0.125).minimize(y.sum())
        let session = engine.session()
        var feeds: Feeds = [x: try batch.cast(to: T.dtype)]
        if let flag { feeds = [x: try batch.cast(to: T.dtype), flag.0: NDArray(flag.1)] }
        let output = try session.run([y.anyTensor, step.anyTensor], feeding: feeds)[0].doubles
        let variables = [layer.scale, layer.offset, layer.movingMean, layer.movingVariance]
        return (try variables.map { try session.value(of: #require($0)).doubles }, output)
    }

    static let empty = NDArray.filled(.float32, [0, 1], 0)
    static func column(_ numbers: [Double]) throws -> NDArray {
        try NDArray(numbers, shape: [numbers.count, 1])
    }

    @Test("a batch without elements changes nothing", arguments: TestedEngine.allCases)
    func empty(_ engine: TestedEngine) throws {
        let flag = Tensor<Bool>.placeholder(shape: [])
        for rule in [BatchNorm<Float>.MovingVariance.unbiased, .population] {
            let trained = try trained(engine, Float.self, Self.empty, .training, rule: rule)
            #expect(trained.state == [[1], [0], [0], [1]] && trained.output.isEmpty)
            for trains in [true, false] {
                let decided = try self.trained(
                    engine, Float.self, Self.empty, .decided(by: flag), feeding: (flag, trains),
                    rule: rule)
                #expect(decided.state == [[1], [0], [0], [1]])
            }
        }
        #expect(
            try trained(engine, Float16.self, Self.empty, .training).state == [[1], [0], [0], [1]])
    }

    @Test(
        "a mode that is fed as false leaves the moving averages alone, whatever the batch",
        arguments: TestedEngine.allCases)
    func untaken(_ engine: TestedEngine) throws {
        let flag = Tensor<Bool>.placeholder(shape: [])
        func check<T: FloatingScalar>(
            _ type: T.Type, _ numbers: [Double], isSmall: Bool = true
        ) throws {
            let found = try trained(
                engine, type, Self.column(numbers), .decided(by: flag), feeding: (flag, false))
            #expect(found.state[2] == [0] && found.state[3] == [1], "\(numbers)")
            #expect(!isSmall || areFinite(found.state[0] + found.state[1]), "\(numbers)")
        }
        try check(Float16.self, [300, -300])
        try check(Float.self, [1e20, -1e20])
        // Here the gradient of the scale is no number of the type.
        try check(Float.self, [3e38, 3e38], isSmall: false)
        try check(Float.self, [.nan, .infinity], isSmall: false)
    }

    @Test("statistics of 16-bit batches are taken in 32 bits", arguments: TestedEngine.allCases)
    func large(_ engine: TestedEngine) throws {
        let found = try trained(engine, Float16.self, Self.column([300, -300]), .training)
        #expect(found.output == [1, -1])
        // The variance of 90,000 (unbiased 180,000) counts by a hundredth.
        #expect(found.state[2] == [0] && abs(found.state[3][0] - 1800.99) <= 0.5)
    }
}
