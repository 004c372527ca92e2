// SPDX-License-Identifier: Apache-2.0
import Weft

// Workloads that compute a result from what is fed, or from what the framework holds already.

extension Workload {
    /// A whole run of the smallest useful graph: `x · w`, x fed, the result read as host memory.
    static let dispatch = Workload(
        name: "W1-dispatch-mul",
        expected: [Expected(name: "check", value: 0.22870052, tolerance: 2e-5)],
        body: .steps { session in
            let (x, w, batches) = dispatchParts()
            let product = x * w
            return Bench(
                kind: .apply, session: session, fetches: [product.anyTensor],
                feeds: batches.map { [x: $0] },
                step: { [try session.run(product, feeding: [x: batches[$0 & 3]])] })
        })

    /// What the first two workloads multiply: what is fed, a variable, and the batches.
    static func dispatchParts() -> (x: Tensor<Float>, w: Tensor<Float>, batches: [NDArray]) {
        let w = Variable<Float>(
            "w", shape: [100, 100], initializer: .value(Numbers.uniform(1000, [100, 100])))
        return (
            .placeholder(shape: [100]), w.value,
            (0..<4).map { Numbers.uniform(1500 + 2 * $0, [100]) }
        )
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
            name: name, expected: [Expected(name: "check", value: check, tolerance: 2e-8)],
            body: .steps { session in
                applying(session, body(held("x", Numbers.uniform(10_500, [1_000_000], scale: 4))))
            })
    }

    /// Softmax cross-entropy and its gradient with respect to the logits.
    static let crossEntropy = Workload(
        name: "W11-softmax-xent",
        expected: [
            Expected(name: "check", value: 4.8677242e-07, tolerance: 2e-5),
            Expected(name: "loss", value: 8.693665, tolerance: 2e-5),
        ],
        body: .steps { session in
            let z = held("z", Numbers.uniform(11_500, [4096, 1000], scale: 4))
            let y = Variable<Int32>(
                "y", shape: [4096],
                initializer: .value(Numbers.labels(11_501, 4096, classes: 1000)),
                isTrainable: false)
            let loss = softmaxCrossEntropy(logits: z, labels: y.value)
            let gradient = try required(try gradient(of: loss, withRespectTo: z))
            return Bench(
                kind: .apply, session: session, fetches: [loss.anyTensor, gradient.anyTensor],
                feeds: [[:]], resultNames: ["loss", "gradient"],
                extras: { [("loss", $0[0].doubles[0])] },
                step: { _ in try session.run([loss, gradient]) })
        })

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
            name: name, expected: [Expected(name: "check", value: check, tolerance: 2e-5)],
            body: .steps { session in
                let a = held("a", Numbers.uniform(12_500, [m, k]))
                let b = held(
                    "b", Numbers.uniform(12_501, [k, n], scale: (3 / Double(k)).squareRoot()))
                return applying(session, matmul(a, b))
            })
    }

    /// Steps that compute one tensor from nothing that is fed.
    static func applying<Scalar>(_ session: Session, _ y: Tensor<Scalar>) -> Bench {
        Bench(
            kind: .apply, session: session, fetches: [y.anyTensor], feeds: [[:]],
            step: { _ in [try session.run(y)] })
    }

    /// A tensor whose numbers are the session's already when a step begins.
    static func held<Scalar: TensorScalar>(
        _ name: String, _ array: NDArray, as type: Scalar.Type = Float.self
    ) -> Tensor<Scalar> {
        Variable<Scalar>(
            name, shape: array.shape, initializer: .value(array),
            isTrainable: Scalar.dtype.isFloatingPoint
        ).value
    }

    /// A gradient that must be there.
    static func required(_ gradient: Tensor<Float>?) throws -> Tensor<Float> {
        guard let gradient else {
            throw GraphError(operation: "gradients", reason: "the loss does not depend on x")
        }
        return gradient
    }
}
