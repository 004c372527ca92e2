// SPDX-License-Identifier: Apache-2.0

/// What a check of a condition says when that does not hold.
package struct CheckMessage: Hashable, Sendable, ExpressibleByStringLiteral {
    package let text: String
    /// What the values are called that it shows: the operands after the condition.
    package let names: [String]
    /// How many elements of each value are shown.
    private let mostElements: Int

    package init(_ text: String, names: [String] = [], mostElements: Int = 0) {
        self.text = text
        self.names = names
        self.mostElements = max(mostElements, 0)
    }

    package init(stringLiteral text: String) { self.init(text) }

    /// The error, with the first elements of the values.
    package func failure(showing values: [NDArray]) -> RunError.Kind {
        .checkFailed(text, showing: zip(names, values).map { "\($0) is \(shown($1))" })
    }

    /// Type, shape and first elements: `f32[3] [1.0, 2.0, ...]`.
    private func shown(_ array: NDArray) -> String {
        let type = "\(array.dtype)\(array.shape)"
        if array.shape.isEmpty, mostElements > 0 { return "\(type) \(array)" }
        let count = min(array.count, mostElements)
        let first = NDArray.copying(array.dtype, [count]) { memory in
            array.withUnsafeBytes { bytes in
                guard let address = bytes.baseAddress, count > 0 else { return }
                memory.copyMemory(from: address, byteCount: count * array.dtype.size)
            }
        }
        if count == array.count { return "\(type) \(first)" }
        return "\(type) " + (count == 0 ? "[...]" : "\(first)".dropLast() + ", ...]")
    }
}
