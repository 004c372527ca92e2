// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// What is fed: arrays for tensors, written as a dictionary.
///
/// Any tensor may be fed, one inside the graph too, and takes the fed value wherever it is used. Equal
/// expressions are one tensor: feeding `sigmoid(x)` also changes `silu(x)`, which multiplies by it.
public struct Feeds: Sendable, ExpressibleByDictionaryLiteral {
    package struct Pair: Sendable {
        package let tensor: AnyTensor
        package let array: NDArray
    }

    package private(set) var pairs: [Pair]

    /// Feeds from a literal: `[x: [1.0, 2.0, 3.0]]`.
    public init(dictionaryLiteral elements: (any TensorConvertible, NDArray)...) {
        pairs = elements.map { Pair(tensor: $0.0.anyTensor, array: $0.1) }
    }

    /// Feeds from pairs.
    public init(_ elements: [(AnyTensor, NDArray)]) {
        pairs = elements.map { Pair(tensor: $0.0, array: $0.1) }
    }

    package init(pairs: [Pair]) { self.pairs = pairs }

    /// Adds a feed, or replaces the one for the same tensor.
    public mutating func set(_ tensor: some TensorConvertible, to array: NDArray) {
        let tensor = tensor.anyTensor
        pairs.removeAll { $0.tensor == tensor }
        pairs.append(Pair(tensor: tensor, array: array))
    }
}

extension Feeds.Pair {
    /// The same feed in the tensor's type, where both are integers and every number has a place in
    /// it: integers that a program writes are `i32`, whatever the labels are.
    ///
    /// - Throws: `RunError` when a number has none.
    func fitting() throws -> Feeds.Pair {
        let (from, to) = (array.dtype, tensor.dtype)
        guard from != to, from.isInteger, to.isInteger else { return self }
        if let bad = array.firstInteger(where: { !to.holds($0, of: from) }) {
            let number =
                from.isSignedInteger ? "\(bad.number)" : "\(UInt64(bitPattern: bad.number))"
            throw RunError(
                .feedOutOfRange(
                    tensor.description, from, element: bad.index, value: "\(number)", wanted: to),
                site: tensor.node.origin.site)
        }
        let converted = try array.converted(
            to: to, for: "what is fed for \(tensor), converted to \(to)")
        return Feeds.Pair(tensor: tensor, array: converted)
    }
}

extension DType {
    /// Whether an integer type holds a number, given as the bits of one of `source`.
    fileprivate func holds(_ bits: Int64, of source: DType) -> Bool {
        let width = 8 * size
        let greatest = UInt64.max >> UInt64(isSignedInteger ? 65 - width : 64 - width)
        if source.isSignedInteger, bits < 0 {
            return isSignedInteger && bits >= Int64.min >> (64 - width)
        }
        return UInt64(bitPattern: bits) <= greatest
    }
}
