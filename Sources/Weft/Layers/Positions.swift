// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Adds to each position waves of its number, which need no training (Vaswani et al. 2017): number 2i of position p is
/// sin(p / 10000^(2i / width)), number 2i + 1 the cosine of the same.
///
/// - Shape: input `[n, positions, width]` → the same.
public struct SinusoidalPositions<Scalar: FloatingScalar>: ModelessLayer {
    /// The layer; it has no parameters.
    public init() {}

    /// The layer's output. The width must be known.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        x.composed("sinusoidalPositions") { x in
            guard x.rank == 3 else {
                throw RuleViolation(
                    .wrongRank("the input, [n, positions, width],", x.type, wanted: 3...3))
            }
            let width = try x.knownSize(2)
            guard width < 1 << 24 else { throw RuleViolation(.tooLarge("the width")) }
            let wide = x.widened
            // Of the sum only the shape is taken.
            let places = AnyTensor.iota(like: x.sum(axes: [0, 2]), axis: 0, dtype: wide.dtype)
            let rates = (0..<width).map { realPower(10_000, -Double($0 / 2 * 2) / Double(width)) }
            let isEven = try NDArray((0..<width).map { $0 % 2 == 0 }, shape: [width])
            let angles =
                places.expandingDimension(at: 1)
                * AnyTensor.constant(try NDArray(rates, shape: [width]).cast(to: wide.dtype))
            let waves = select(AnyTensor.constant(isEven), sin(angles), cos(angles))
            return (wide + waves).cast(to: x.dtype)
        }
    }
}

/// Adds to each position a row of a table that is learned.
///
/// - Shape: input `[n, positions, width]` → the same.
public struct LearnedPositions<Scalar: FloatingScalar>: ModelessLayer {
    private struct Table: Sendable { let table: Variable<Scalar> }

    private let rows: SizedVariables<Table>
    /// How many positions there may be.
    public let most: Int

    /// A layer whose variable is `name/embeddings`.
    ///
    /// - Parameters:
    ///   - most: How many positions there may be. An input that has more fails the run.
    ///   - width: The size of the input's last axis; nil for that of the first input.
    public init(
        _ name: String, most: Int, width: Int? = nil,
        initializer: Initializer = .randomNormal(standardDeviation: 0.02)
    ) {
        self.most = most
        rows = SizedVariables(name, size: width) { width in
            Table(
                table: Variable("embeddings", shape: [most, width], initializer: initializer))
        }
    }

    /// The rows, `[most, width]`.
    public var table: Variable<Scalar> { rows.made?.table ?? rows.missing("embeddings") }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        Tensor(
            rows.output("learnedPositions", x.anyTensor) {
                let x = x.anyTensor
                guard x.rank == 3 else {
                    throw RuleViolation(
                        .wrongRank("the input, [n, positions, width],", x.type, wanted: 3...3))
                }
                let table = try rows.made(for: x, argument: "width").table.anyTensor
                guard let count = x.shape[1] else {
                    // Of the sum only the shape is taken.
                    let places = AnyTensor.iota(
                        like: x.sum(axes: [0, 2]), axis: 0, dtype: .int32)
                    return x + embeddingLookup(table, at: places)
                }
                guard count <= most else {
                    throw RuleViolation("there are \(count) positions, and rows for \(most)")
                }
                return x + table.sliced(axis: 0, 0, count)
            })
    }
}
