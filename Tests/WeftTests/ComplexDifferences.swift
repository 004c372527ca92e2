// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftComplex
import WeftGraph

/// Gradients with respect to complex numbers beside differences of values, and second derivatives beside
/// differences of gradients.
enum ComplexDifferences {
    typealias Z = Tensor<Complex<Double>>

    /// Checks a real number made of complex ones at a place, along a direction.
    static func check(
        _ name: String, _ loss: (Z) -> Tensor<Double>, at array: NDArray, along vector: NDArray,
        hasSecond: Bool = true, _ session: Session
    ) throws {
        let shape = Shape(array.shape.map { $0 })
        let (x, v) = (Z.placeholder(shape: shape), Z.placeholder(shape: shape))
        let y = loss(x)
        let slope = try #require(try gradients(of: [y], withRespectTo: [x])[0], "\(name)")
        #expect(slope.dtype == .complex128)
        let h = 1e-6
        let sides = try [h, -h].map {
            try session.run([y.anyTensor, slope], feeding: [x: sum(array, vector, times: $0)])
        }
        let expected = (sides[0][0].number - sides[1][0].number) / (2 * h)
        let found = inner(try session.run(slope, feeding: [x: array]), vector)
        #expect(
            abs(found - expected) <= 2e-6 * Swift.max(1, abs(expected)),
            "\(name): \(found), not \(expected)")
        guard hasSecond else { return }
        let product = try gradients(of: [slope], withRespectTo: [x], seeds: [v])[0]
        let products = try session.run(
            product ?? Z.zeros(like: x).anyTensor, feeding: [x: array, v: vector])
        // The Hessian is symmetric, so that its product is the derivative along the vector.
        let (above, below) = (sides[0][1].inReals.doubles, sides[1][1].inReals.doubles)
        let numbers = zip(above, below).map { ($0 - $1) / (2 * h) }
        let largest = numbers.map { abs($0) }.max() ?? 0
        for (a, b) in zip(products.inReals.doubles, numbers) {
            let isNear = abs(a - b) <= 1e-5 * Swift.max(1, largest)
            #expect(isNear, "the second derivative of \(name): \(a), not \(b)")
        }
    }

    /// The sum of the products of two arrays' parts.
    private static func inner(_ a: NDArray, _ b: NDArray) -> Double {
        zip(a.inReals.doubles, b.inReals.doubles).reduce(0) { $0 + $1.0 * $1.1 }
    }

    private static func sum(_ a: NDArray, _ b: NDArray, times factor: Double) throws -> NDArray {
        let numbers = zip(a.inReals.doubles, b.inReals.doubles).map { $0 + factor * $1 }
        return try NDArray(numbers, shape: a.inReals.shape).reinterpreted(
            as: a.dtype, shape: a.shape)
    }
}
