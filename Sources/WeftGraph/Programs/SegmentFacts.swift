// SPDX-License-Identifier: Apache-2.0

/// Sizes need the elements of tensors, and only the run can tell them.
struct UnknownElements: Error {
    let tensors: [AnyTensor]
}

/// What a program leaves to the next segment of a run, which is lowered when the elements of some
/// tensors are known: the number of `true` in a mask, say, on which the shapes of all that follows
/// depend.
package struct LoweredRest: Sendable {
    /// The places of the fetches that are left.
    package let fetches: [Int]
    /// The tensors that stand for them from here on, where the graph of the rest is not that of the
    /// run: loops were unrolled, and what was computed is cut off. Then the tensors below are of that
    /// graph, too.
    package let continuation: [AnyTensor]?
    /// The tensors whose elements the next segment is made for.
    package let needed: [AnyTensor]
    /// The tensors whose values it takes.
    package let carried: [AnyTensor]
    /// Whether some of what is left changes variables.
    package let hasUpdates: Bool
    /// The random draws so far: a body that is computed again draws the same numbers.
    package let draws: [(node: Node, draw: RandomDraw)]
    /// How many of them each stream has.
    package let drawCounts: [UInt64: UInt32]
}

/// What earlier segments of a run have found out.
package struct SegmentFacts: Sendable {
    /// Tensors whose elements are known, and these.
    package let elements: [(tensor: AnyTensor, array: NDArray)]
    /// The random draws of earlier segments, as far as this one may need them.
    package let draws: [(node: Node, draw: RandomDraw)]
    /// How many draws each stream has in earlier segments.
    package let drawCounts: [UInt64: UInt32]

    package init(
        elements: [(tensor: AnyTensor, array: NDArray)], draws: [(node: Node, draw: RandomDraw)],
        drawCounts: [UInt64: UInt32]
    ) {
        self.elements = elements
        self.draws = draws
        self.drawCounts = drawCounts
    }
}

extension SegmentFacts {
    /// What plans are found by; it keeps no tensor alive.
    package struct Key: Hashable, Sendable {
        private struct Element: Hashable {
            let node: UInt64
            let index: Int
            let value: ArrayBits
        }
        private let elements: [Element]
        private let draws: [UInt64: RandomDraw]
        private let drawCounts: [UInt64: UInt32]

        fileprivate init(_ facts: SegmentFacts) {
            elements = facts.elements.map {
                Element(
                    node: $0.tensor.node.id, index: $0.tensor.index, value: ArrayBits($0.array))
            }
            draws = Dictionary(
                facts.draws.map { ($0.node.id, $0.draw) }, uniquingKeysWith: { first, _ in first })
            drawCounts = facts.drawCounts
        }
    }

    package var key: Key { Key(self) }
}

/// An array by its bits, however many they are.
package struct ArrayBits: Hashable, Sendable {
    private let array: NDArray

    package init(_ array: NDArray) { self.array = array }

    package static func == (a: Self, b: Self) -> Bool { a.array.hasSameBits(as: b.array) }

    package func hash(into hasher: inout Hasher) { array.hashBits(into: &hasher) }
}
