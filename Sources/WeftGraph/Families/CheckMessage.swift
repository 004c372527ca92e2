// SPDX-License-Identifier: Apache-2.0

/// What a check of a condition says when that does not hold.
package struct CheckMessage: Hashable, Sendable, ExpressibleByStringLiteral {
    package let text: String
    /// What the values are called that it shows: the operands after the condition.
    package let names: [String]
    /// Which of the values are numbers of strings.
    var strings: [Bool] = []
    /// How many elements of each value are shown.
    private let mostElements: Int

    package init(_ text: String, names: [String] = [], mostElements: Int = 0) {
        self.text = text
        self.names = names
        self.mostElements = max(mostElements, 0)
    }

    package init(stringLiteral text: String) { self.init(text) }

    /// The error, with the first elements of the values.
    ///
    /// - Parameter record: Whose strings they are.
    package func failure(
        showing values: [NDArray], of record: HostRecord?
    ) throws -> RunError.Kind {
        var values = values
        for i in values.indices where i < strings.count && strings[i] {
            values[i] = try record?.strings.strings(values[i]) ?? values[i]
        }
        return .checkFailed(text, showing: zip(names, values).map { "\($0) is \(shown($1))" })
    }

    /// Type, shape and first elements: `f32[3] [1.0, 2.0, ...]`.
    private func shown(_ array: NDArray) -> String {
        let type = "\(array.dtype)\(array.shape)"
        if array.shape.isEmpty, mostElements > 0 { return "\(type) \(array)" }
        let count = min(array.count, mostElements)
        let first = array.reinterpreted(shape: [array.count])[0..<count]
        if count == array.count { return "\(type) \(first)" }
        return "\(type) " + (count == 0 ? "[...]" : "\(first)".dropLast() + ", ...]")
    }
}
