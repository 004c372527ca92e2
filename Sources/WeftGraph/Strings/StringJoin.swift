// SPDX-License-Identifier: Apache-2.0

/// Strings put one behind the other, element by element.
///
/// - Parameter separator: What stands between two.
/// - Shape: the strings are broadcast → the broadcast shape.
public func joined<T: StringTensor>(_ parts: [T], separator: String = "") -> T {
    let inputs = parts.map(\.anyTensor)
    return T(
        .composed("joined", inputs) {
            guard !inputs.isEmpty else {
                throw RuleViolation("there is nothing to join; give one tensor or more")
            }
            return .make(
                .strings(of: Joined(count: inputs.count, separator: Array(separator.utf8))), inputs)
        })
}

extension StringTensor {
    /// The strings along axes put one behind the other, in row-major order.
    ///
    /// - Parameters:
    ///   - axes: Those that are joined; nil for all. Negative ones count from the end.
    ///   - separator: What stands between two.
    ///   - keepingDimensions: Whether the axes stay, of size 1.
    /// - Shape: [a, b] → [a] along axis 1; of an axis without strings the empty string.
    public func joined(
        axes: [Int]? = nil, separator: String = "", keepingDimensions: Bool = false
    ) -> Self {
        composed("joined") { x in
            let axes = try x.resolvedAxes(axes)
            let result = AnyTensor.make(
                .strings(of: JoinedAxes(axes: axes, separator: Array(separator.utf8))), [x])
            return keepingDimensions ? result.expandingDimensions(at: axes) : result
        }
    }
}

private struct Joined: StringFunction {
    let count: Int
    let separator: [UInt8]

    var name: String { "joined" }
    var attributeText: String { "separator: \(separator.quoted)" }
    var operandCount: Int? { count }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try operands.forEach(requireStrings)
        let shape = try operands.dropFirst().reduce(operands[0].shape) {
            try Shape.broadcast($0, $1.shape)
        }
        return [TensorType(.string, shape)]
    }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        let sources = call.operands.indices.map(call.sources)
        var writer = call.writer
        try writer.whole(bound: nil) { writer in
            for place in 0..<call.shape.reduce(1, *) {
                for (operand, own) in sources.enumerated() {
                    if operand > 0 { try writer.add(separator) }
                    try call.operands[operand].withString(own[place]) { try writer.add($0) }
                }
                try writer.end()
            }
        }
        return [try writer.array(call.shape)]
    }
}

private struct JoinedAxes: StringFunction {
    let axes: [Int]
    let separator: [UInt8]

    var name: String { "joined" }
    var attributeText: String { "axes: \(axes), separator: \(separator.quoted)" }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireStrings(operands[0])
        guard let dims = operands[0].shape.dims else { return [TensorType(.string, .unknown)] }
        try requireAxes(axes, rank: dims.count)
        let kept = dims.indices.filter { !axes.contains($0) }.map { dims[$0] }
        return [TensorType(.string, Shape(dims: kept))]
    }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        let x = call.operands[0]
        let strides = RowMajor.strides(x.shape)
        /// Where elements stand that differ along some axes only.
        func places(_ axes: [Int]) -> [Int] {
            var places: [Int] = []
            RowMajor.forEach(axes.map { x.shape[$0] }) { index in
                places.append(zip(axes, index).reduce(0) { $0 + strides[$1.0] * $1.1 })
            }
            return places
        }
        let joined = places(x.shape.indices.filter(axes.contains))
        let kept = places(x.shape.indices.filter { !axes.contains($0) })
        var writer = call.writer
        try writer.whole(bound: nil) { writer in
            for start in kept {
                for (number, place) in joined.enumerated() {
                    if number > 0 { try writer.add(separator) }
                    try x.withString(start + place) { try writer.add($0) }
                }
                try writer.end()
            }
        }
        return [try writer.array(call.shape)]
    }
}

extension [UInt8] {
    /// The bytes as a literal, for people.
    var quoted: String { String(decoding: self, as: UTF8.self).debugDescription }
}
