// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension CaseCollection {
    /// Shapes, and the axis that is transformed: short, long, prime and even lines, many and one, side by side
    /// and one behind the other.
    private static let fourierLines: [(shape: [Int], axis: Int)] = [
        ([1], 0), ([2], 0), ([7], 0), ([8], 0), ([101], 0), ([128], 0), ([1000], 0), ([5, 12], 1),
        ([300, 16], 1), ([3, 97], 1), ([12, 5], 0), ([9, 40], 0), ([2, 6, 35], 1),
        ([2, 3, 4, 3], 2),
        ([70, 33], 0), ([0, 4], 1), ([4, 0, 3], 0),
    ]

    mutating func addFourier() {
        for dtype in [DType.float32, .float64] {
            var random = TestRandom("fourier \(dtype)")
            for (shape, axis) in Self.fourierLines {
                let n = shape[axis]
                var half = shape
                half[axis] = n / 2 + 1
                let pairs = random.array(dtype, shape + [2])
                for scaling in [FourierAttributes.Scaling.none, .length, .root] {
                    func add(
                        _ kind: FourierAttributes.Kind, _ operand: NDArray, _ result: [Int]
                    ) {
                        self.add(
                            .fourierPairs(FourierAttributes(kind, axis: axis, scaling: scaling)),
                            [operand], [ArrayType(dtype, result)], dtype: dtype,
                            .unitsOfGreatest(20), "\(kind), \(shape) along \(axis), \(scaling)")
                    }
                    add(.forward, pairs, pairs.shape)
                    add(.backward, pairs, pairs.shape)
                    add(.real, random.array(dtype, shape), half + [2])
                    add(.inverseReal(length: n), random.array(dtype, half + [2]), shape)
                }
            }
        }
    }
}
