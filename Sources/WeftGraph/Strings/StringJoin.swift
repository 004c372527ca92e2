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
        var packer = StringPacker()
        var watch = call.watch
        for place in sources[0].indices {
            var string: [UInt8] = []
            for (operand, own) in sources.enumerated() {
                if operand > 0 { string += separator }
                call.operands[operand].withString(own[place]) { string += $0 }
            }
            try watch.note(1 + string.count)
            packer.append(string)
        }
        return [try packer.array(call.shape)]
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
        let kept = x.shape.indices.filter { !axes.contains($0) }
        let strides = RowMajor.strides(call.shape)
        var strings = [[UInt8]](repeating: [], count: call.shape.reduce(1, *))
        var isBegun = [Bool](repeating: false, count: strings.count)
        var watch = call.watch
        var place = 0
        try RowMajor.forEach(x.shape) { index in
            let target = zip(kept, strides).reduce(0) { $0 + index[$1.0] * $1.1 }
            if isBegun[target] { strings[target] += separator }
            isBegun[target] = true
            try x.withString(place) {
                try watch.note(1 + $0.count)
                strings[target] += $0
            }
            place += 1
        }
        var packer = StringPacker()
        for string in strings { packer.append(string) }
        return [try packer.array(call.shape)]
    }
}

extension [UInt8] {
    /// The bytes as a literal, for people.
    var quoted: String { String(decoding: self, as: UTF8.self).debugDescription }
}
