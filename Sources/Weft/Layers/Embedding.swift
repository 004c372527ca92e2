// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A table with a row for each of a number of things, such as words: indices become rows.
///
/// - Shape: input `[...]` → `[..., width]`.
public struct Embedding<Scalar: FloatingScalar>: ModelessLayer {
    /// Indices; other integers than these can be looked up, too.
    public typealias Input = Tensor<Int32>
    /// The rows.
    public typealias Output = Tensor<Scalar>

    /// The rows, `[entries, width]`.
    public let table: Variable<Scalar>

    /// A layer whose variable is `name/embeddings`.
    public init(
        _ name: String, entries: Int, width: Int,
        initializer: Initializer = .randomUniform(from: -0.05, to: 0.05)
    ) {
        table = withNameScope(name) {
            Variable("embeddings", shape: [entries, width], initializer: initializer)
        }
    }

    /// The rows at indices. One that is not of `0..<entries` fails the run.
    public func callAsFunction<Index: IntegerScalar>(_ indices: Tensor<Index>) -> Tensor<Scalar> {
        table.handle.inItsScope { embeddingLookup(table.value, at: indices) }
    }
}
