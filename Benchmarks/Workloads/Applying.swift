// SPDX-License-Identifier: Apache-2.0
import Weft

// Workloads that compute a result from what is fed, or from what the framework holds already.

extension Workload {
    /// A whole run of the smallest useful graph: `x · w`, x fed, the result read as host memory.
    static let dispatch = Workload(
        name: "W1-dispatch-mul",
        expected: [Expected(name: "check", value: 0.22870052, tolerance: 2e-5)]
    ) { budget, session in
        let x = Tensor<Float>.placeholder(shape: [100])
        let w = Variable<Float>(
            "w", shape: [100, 100], initializer: .value(Numbers.uniform(1000, [100, 100])))
        let product = x * w.value
        let batches = (0..<4).map { Numbers.uniform(1500 + 2 * $0, [100]) }
        return try Bench(kind: .apply) { step in
            [try session.run(product, feeding: [x: batches[step & 3]])]
        }.measure(budget: budget)
    }

    /// A million elements, x being held by the session.
    static let elementwise: [Workload] = [
        elementwise("W10-elementwise-1e6", 5.6406665) { tanh($0) * sigmoid($0) + $0 * $0 },
        elementwise("W10-gelu-tanh-1e6", 0.99873635) { gelu($0, isApproximate: true) },
        elementwise("W10-gelu-erf-1e6", 0.99873626) { gelu($0) },
    ]

    private static func elementwise(
        _ name: String, _ check: Double,
        _ body: @escaping @Sendable (Tensor<Float>) -> Tensor<Float>
    ) -> Workload {
        Workload(
            name: name, expected: [Expected(name: "check", value: check, tolerance: 2e-8)]
        ) { budget, session in
            let x = held("x", Numbers.uniform(10_500, [1_000_000], scale: 4))
            let y = body(x)
            return try Bench(kind: .apply) { _ in [try session.run(y)] }.measure(budget: budget)
        }
    }

    /// Softmax cross-entropy and its gradient with respect to the logits.
    static let crossEntropy = Workload(
        name: "W11-softmax-xent",
        expected: [
            Expected(name: "check", value: 4.8677242e-07, tolerance: 2e-5),
            Expected(name: "loss", value: 8.693665, tolerance: 2e-5),
        ]
    ) { budget, session in
        let z = held("z", Numbers.uniform(11_500, [4096, 1000], scale: 4))
        let y = Variable<Int32>(
            "y", shape: [4096], initializer: .value(Numbers.labels(11_501, 4096, classes: 1000)),
            isTrainable: false)
        let loss = softmaxCrossEntropy(logits: z, labels: y.value)
        let gradient = try Self.required(try gradient(of: loss, withRespectTo: z))
        return try Bench(
            kind: .apply, step: { _ in try session.run([loss, gradient]) },
            extras: { [("loss", $0[0].doubles[0])] }, checkedResult: 1
        ).measure(budget: budget)
    }

    /// Products of two matrices that the session holds.
    static let products: [Workload] = [
        product("W12-matmul-64", 64, 64, 64, 0.47633426),
        product("W12-matmul-256", 256, 256, 256, 0.46392871),
        product("W12-matmul-1024", 1024, 1024, 1024, 0.46074796),
        product("W12-matvec-1024", 1, 1024, 1024, 0.43406204),
    ]

    private static func product(
        _ name: String, _ m: Int, _ k: Int, _ n: Int, _ check: Double
    ) -> Workload {
        Workload(
            name: name, expected: [Expected(name: "check", value: check, tolerance: 2e-5)]
        ) { budget, session in
            let a = held("a", Numbers.uniform(12_500, [m, k]))
            let b = held("b", Numbers.uniform(12_501, [k, n], scale: (3 / Double(k)).squareRoot()))
            let c = matmul(a, b)
            return try Bench(kind: .apply) { _ in [try session.run(c)] }.measure(budget: budget)
        }
    }

    /// Ten thousand small nodes: what building, differentiating, compiling and running one costs.
    static let chain = Workload(
        name: "W14-chain-10000",
        expected: [
            Expected(name: "check", value: 16.818998, tolerance: 2e-5),
            Expected(name: "dw_wmean", value: 0.551596, tolerance: 2e-5),
            Expected(name: "dx_wmean", value: 0.7567565, tolerance: 2e-5),
        ]
    ) { budget, session in
        let weights = Numbers.uniform(14_501, [100], scale: 0.5).doubles.map { Float($0) + 1 }
        let arrays = (Numbers.uniform(14_500, [100]), NDArray(weights))
        let start = microseconds()
        let (x, w) = (held("x", arrays.0), held("w", arrays.1))
        var y = x
        for i in 0..<10_000 {
            switch i & 3 {
            case 0: y = y * x
            case 1: y = y + x
            case 2: y = tanh(y)
            default: y = y * w
            }
        }
        let loss = y.sum()
        let slopes = try gradients(of: loss, withRespectTo: [w, x]).map { try required($0) }
        let built = microseconds()
        let fetches = [loss] + slopes
        let first = try session.run(fetches)
        let ran = microseconds()
        var result = try Bench(kind: .apply) { _ in try session.run(fetches) }.measure(
            budget: budget)
        result.check = first[0].doubles[0]
        result.extras = [
            ("build_grad_ms", (built - start) / 1e3), ("first_run_ms", (ran - built) / 1e3),
            ("dw_wmean", Numbers.weightedMean(first[1].doubles)),
            ("dx_wmean", Numbers.weightedMean(first[2].doubles)),
        ]
        return result
    }

    /// A tensor whose numbers are the session's already when a step begins.
    private static func held(_ name: String, _ array: NDArray) -> Tensor<Float> {
        Variable<Float>(name, shape: array.shape, initializer: .value(array)).value
    }

    /// A gradient that must be there.
    private static func required(_ gradient: Tensor<Float>?) throws -> Tensor<Float> {
        guard let gradient else {
            throw GraphError(operation: "gradients", reason: "the loss does not depend on x")
        }
        return gradient
    }
}
