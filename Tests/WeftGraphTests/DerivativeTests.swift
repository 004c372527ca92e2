// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

@Suite struct DerivativeTests {
    private let x = Tensor<Double>.placeholder(shape: [3])
    private let point = NDArray.from([1, 2, 3], .float64)

    private func value(_ tensor: Tensor<Double>) throws -> [Double] {
        try Reference.run([tensor], [x.anyTensor: point])[0].doubles
    }

    private func expectClose(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-9) {
        #expect(a.count == b.count)
        for (m, n) in zip(a, b) {
            #expect(abs(m - n) <= tolerance * max(1, abs(n)), "\(a) is not \(b)")
        }
    }

    private func reduced(_ kind: ReductionKind, _ x: Tensor<Double>) -> Tensor<Double> {
        Tensor(x.anyTensor.reduced(kind))
    }

    // The Hessians that TensorFlow gave are compared with in `GradientGoldenTests`.
    @Test func hessians() throws {
        let product = reduced(.product, x)
        expectClose(try value(hessian(of: product, withRespectTo: x)), [0, 3, 2, 3, 0, 1, 2, 1, 0])
        let vector = Tensor<Double>(.constant(.from([1, -1, 2], .float64)))
        expectClose(
            try value(hessianVectorProduct(of: product, withRespectTo: x, vector: vector)),
            [1, 5, 1])
        let linear = reduced(.sum, x)
        #expect(try value(hessian(of: linear, withRespectTo: x)) == Array(repeating: 0, count: 9))
    }

    @Test func jacobians() throws {
        let y = Tensor<Double>(
            .concatenated(
                [(x * x).anyTensor, reduced(.sum, x).anyTensor.expandingDimensions(at: [0])],
                axis: 0))
        let j = try jacobian(of: y, withRespectTo: x)
        #expect(j.shape == [4, 3])
        #expect(try value(j) == [2, 0, 0, 0, 4, 0, 0, 0, 6, 1, 1, 1])
        // Branches and loops inside: the loop over the rows must not be mistaken for theirs.
        let branch = cond(reduced(.sum, x) .> 0, then: { x * x }, else: { x })
        #expect(try value(jacobian(of: branch, withRespectTo: x)) == [2, 0, 0, 0, 4, 0, 0, 0, 6])
        let (_, running) = scan(over: x, initial: Tensor<Double>(.scalar(1, .float64))) { c, s in
            (c * s, c * s)
        }
        #expect(try value(jacobian(of: running, withRespectTo: x)) == [1, 0, 0, 2, 1, 0, 6, 3, 2])
        let nested = scan(over: [x.anyTensor]) { _, s in
            ([], cond(Tensor<Double>(s[0]) .> 1.5, then: { [s[0] * s[0]] }, else: { [s[0]] }))
        }
        #expect(
            try value(jacobian(of: Tensor(nested.outputs[0]), withRespectTo: x))
                == [1, 0, 0, 0, 4, 0, 0, 0, 6])
        // The Jacobian can be differentiated.
        let total = reduced(.sum, try jacobian(of: running, withRespectTo: x))
        let g = try #require(try gradient(of: total, withRespectTo: x))
        // 1 + b + 1 + bc + ac + ab + a, in a, b, c.
        #expect(try value(g) == [6, 5, 3])
        let unknown = Tensor<Double>.placeholder(shape: [nil])
        #expect {
            try jacobian(of: unknown * unknown, withRespectTo: unknown)
        } throws: {
            "\($0)".contains("the shapes must be fully known")
        }
    }

    @Test func forwardMode() throws {
        let tangent = Tensor<Double>(.constant(.from([1, 10, 100], .float64)))
        let square = try #require(try jvp(of: x * x, withRespectTo: x, tangent: tangent))
        #expect(try value(square) == [2, 40, 600])
        // The gradients of the roots cancel in the sum; their derivatives do not.
        let root = Tensor<Double>(.unary(.sqrt, x.anyTensor))
        let pair = try jvp(of: [root, root * -1], withRespectTo: [x], tangents: [tangent])
        let expected: [Double] = [0.5, 5 / Double(2).squareRoot(), 50 / Double(3).squareRoot()]
        let a = try #require(pair[0])
        let b = try #require(pair[1])
        expectClose(try value(Tensor(a)), expected)
        expectClose(try value(Tensor(b)), expected.map { -$0 })
        let (_, running) = scan(over: x, initial: Tensor<Double>(.scalar(1, .float64))) { c, s in
            (c * s, c * s)
        }
        let loop = try #require(try jvp(of: running, withRespectTo: x, tangent: tangent))
        #expect(try value(loop) == [1, 12, 236])
        let other = Tensor<Double>.placeholder(shape: [])
        #expect(try jvp(of: other, withRespectTo: x, tangent: tangent) == nil)
        #expect {
            try jvp(of: [x], withRespectTo: [x], tangents: [other])
        } throws: {
            "\($0)".contains("tangent 0 is f64[], but moves")
        }
    }
}
