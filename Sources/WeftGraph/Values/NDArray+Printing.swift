// SPDX-License-Identifier: Apache-2.0

extension NDArray: CustomStringConvertible, CustomDebugStringConvertible {
    /// The elements in nested brackets; of a long axis the first and last three.
    public var description: String {
        var text = ""
        append(to: &text, axis: 0, offset: 0, indent: 0)
        return text
    }

    /// Type and shape before the elements: `f32[2, 2] [[1.0, 2.0], [3.0, 4.0]]`.
    public var debugDescription: String { "\(dtype)\(shape) \(description)" }

    private static let edge = 3

    private func append(to text: inout String, axis: Int, offset: Int, indent: Int) {
        guard axis < rank else {
            text += elementText(offset)
            return
        }
        let stride = shape[(axis + 1)...].reduce(1, *)
        let length = shape[axis]
        let abbreviates = count > 1000 && length > 2 * Self.edge
        let shown =
            abbreviates
            ? Array(0..<Self.edge) + Array((length - Self.edge)..<length) : Array(0..<length)
        text += "["
        for (position, i) in shown.enumerated() {
            if position > 0 {
                text += axis == rank - 1 ? ", " : ",\n" + String(repeating: " ", count: indent + 1)
            }
            if abbreviates && position == Self.edge {
                text +=
                    axis == rank - 1
                    ? "..., " : "...,\n" + String(repeating: " ", count: indent + 1)
            }
            append(to: &text, axis: axis + 1, offset: offset + i * stride, indent: indent + 1)
        }
        text += "]"
    }

    private func elementText(_ index: Int) -> String {
        func read<S: TensorScalar>(_: S.Type) -> String {
            withUnsafeBytes { "\($0.assumingMemoryBound(to: S.self)[index])" }
        }
        return dtype.withScalarType { read($0) }
    }
}
