// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Positions as rotations of pairs of numbers in queries and keys, so that their products depend on distances (Su et
/// al. 2021).
///
/// Pair i of a head of width d is turned by `position · base^(−2i / d)`.
public struct RotaryPositions: Hashable, Sendable {
    /// How slowly the last pairs turn: the frequencies go from 1 to 1 / base.
    public let base: Double
    /// Whether pairs are neighbours, as in the paper; else number i and number i + d / 2, as in Llama and in
    /// Hugging Face's models.
    public let isInterleaved: Bool

    /// Rotations; the defaults are Llama's.
    public init(base: Double = 10_000, isInterleaved: Bool = false) {
        self.base = base
        self.isInterleaved = isInterleaved
    }

    /// Queries or keys, turned by their positions.
    ///
    /// - Parameter first: The position of the first one, a scalar; nil for 0.
    /// - Shape: x [n, heads, positions, width] → the same; the width must be even.
    public func callAsFunction<Scalar: FloatingScalar>(
        _ x: Tensor<Scalar>, first: Tensor<Int32>? = nil
    ) -> Tensor<Scalar> {
        Tensor(rotated(x.anyTensor, first: first?.anyTensor))
    }

    func rotated(_ x: AnyTensor, first: AnyTensor?) -> AnyTensor {
        .composed("rotaryPositions", [x] + (first.map { [$0] } ?? [])) {
            guard x.rank == 4 else {
                throw RuleViolation(
                    .wrongRank("the input, [n, heads, positions, width],", x.type, wanted: 4...4))
            }
            try x.requireFloating()
            let width = try x.knownSize(3)
            guard width % 2 == 0, width > 0, width < 1 << 24 else {
                throw RuleViolation(
                    .invalidArgument("the width", value: "\(width)", wanted: "even and positive"))
            }
            guard base > 0, base.isFinite else {
                throw RuleViolation(
                    .invalidArgument("the base", value: "\(base)", wanted: "positive"))
            }
            let wide = x.widened
            // Of the sum only the shape is taken.
            let places = x.sum(axes: [0, 1, 3])
            var positions = AnyTensor.iota(like: places, axis: 0, dtype: wide.dtype)
            if let first { positions = positions + first.cast(to: wide.dtype) }
            let frequencies = (0..<width / 2).map { i in
                realPower(base, -2 * Double(i) / Double(width))
            }
            let rates = AnyTensor.constant(try NDArray(frequencies).cast(to: wide.dtype))
            let angles = positions.expandingDimension(at: 1) * rates
            return turned(wide, cosine: cos(angles), sine: sin(angles), width)
                .cast(to: x.dtype)
        }
    }

    private func turned(
        _ x: AnyTensor, cosine: AnyTensor, sine: AnyTensor, _ width: Int
    ) -> AnyTensor {
        let (half, last) = (width / 2, isInterleaved ? 4 : 3)
        let pairs =
            isInterleaved
            ? x.regrouped([
                .product(0..<1), .product(1..<2), .product(2..<3), .size(half), .size(2),
            ]) : x
        let middle = isInterleaved ? 1 : half
        var (a, b) = (pairs.sliced(axis: last, 0, middle), pairs.sliced(axis: last, middle, nil))
        if isInterleaved { (a, b) = (a.squeezed(axes: [4]), b.squeezed(axes: [4])) }
        let (first, second) = (a * cosine - b * sine, b * cosine + a * sine)
        guard isInterleaved else { return .concatenated([first, second], axis: 3) }
        return stacked([first, second], axis: 4).regrouped([
            .product(0..<1), .product(1..<2), .product(2..<3), .product(3..<5),
        ])
    }
}
