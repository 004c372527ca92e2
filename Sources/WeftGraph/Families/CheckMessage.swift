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
        let texts = try zip(names, values).enumerated().map { position, value in
            let isString = position < strings.count && strings[position]
            return "\(value.0) is \(try shown(value.1, isString ? record?.strings : nil))"
        }
        return .checkFailed(text, showing: texts)
    }

    /// Type, shape and first elements: `f32[3] [1.0, 2.0, ...]`.
    ///
    /// - Parameter strings: What the elements are the numbers of, where they are.
    private func shown(_ array: NDArray, _ strings: StringTable?) throws -> String {
        func inGraph(_ array: NDArray) throws -> NDArray { try strings?.strings(array) ?? array }
        let type = "\(strings == nil ? array.dtype : .string)\(array.shape)"
        if array.shape.isEmpty, mostElements > 0 { return "\(type) \(try inGraph(array))" }
        let count = min(array.count, mostElements)
        let first = try inGraph(array.reinterpreted(shape: [array.count])[0..<count])
        if count == array.count { return "\(type) \(first)" }
        return "\(type) " + (count == 0 ? "[...]" : "\(first)".dropLast() + ", ...]")
    }
}
