// SPDX-License-Identifier: Apache-2.0

extension NDArray: CustomStringConvertible, CustomDebugStringConvertible {
    /// The elements in nested brackets; of a long axis the first and last three. More than
    /// 32 axes are not nested: their elements stand in one row.
    public var description: String {
        let shape = rank > ArrayText.mostAxes ? [count] : shape
        if dtype.isComplex {
            return dtype == .complex64
                ? pairsText(shape, Float.self) : pairsText(shape, Double.self)
        }
        if dtype == .string {
            var text = ArrayText(shape, stringText)
            text.append(axis: 0, offset: 0)
            return text.text
        }
        func text<S: TensorScalar>(_: S.Type) -> String {
            withUnsafeBytes { bytes in
                let elements = bytes.assumingMemoryBound(to: S.self)
                var text = ArrayText(shape) { "\(elements[$0])" }
                text.append(axis: 0, offset: 0)
                return text.text
            }
        }
        return dtype.withScalarType { text($0) }
    }

    /// Complex numbers, with parts of this type, as `1.0-2.0i`.
    private func pairsText<Part: BinaryFloatingPoint>(_ shape: [Int], _: Part.Type) -> String {
        withUnsafeBytes { bytes in
            let parts = bytes.assumingMemoryBound(to: Part.self)
            var text = ArrayText(shape) {
                let (real, imaginary) = (parts[2 * $0], parts[2 * $0 + 1])
                let sign = imaginary.sign == .minus && !imaginary.isNaN ? "" : "+"
                return "\(real)\(sign)\(imaginary)i"
            }
            text.append(axis: 0, offset: 0)
            return text.text
        }
    }

    /// Type and shape before the elements: `f32[2, 2] [[1.0, 2.0], [3.0, 4.0]]`.
    public var debugDescription: String { "\(dtype)\(shape) \(description)" }
}

/// An array as text, written axis by axis.
private struct ArrayText {
    /// Axes are written by recursion.
    static let mostAxes = 32
    /// How many brackets and elements are written before long axes are cut short.
    private static let longest = 1000
    private static let edge = 3

    private(set) var text = ""
    private let shape: [Int]
    private let strides: [Int]
    private let abbreviates: Bool
    private let element: (Int) -> String

    init(_ shape: [Int], _ element: @escaping (Int) -> String) {
        self.shape = shape
        self.element = element
        var strides = shape
        var stride = 1
        for axis in shape.indices.reversed() {
            strides[axis] = stride
            stride *= shape[axis]
        }
        self.strides = strides
        // An array without elements can have brackets without end.
        abbreviates =
            CheckedSize(product: shape.filter { $0 > 0 }).value.map { $0 > Self.longest } ?? true
    }

    mutating func append(axis: Int, offset: Int) {
        guard axis < shape.count else {
            text += element(offset)
            return
        }
        let length = shape[axis]
        let isCut = abbreviates && length > 2 * Self.edge
        let shown =
            isCut ? Array(0..<Self.edge) + Array(length - Self.edge..<length) : Array(0..<length)
        let separator =
            axis == shape.count - 1 ? ", " : ",\n" + String(repeating: " ", count: axis + 1)
        text += "["
        for (position, i) in shown.enumerated() {
            if position > 0 { text += separator }
            if isCut && position == Self.edge { text += "..." + separator }
            append(axis: axis + 1, offset: offset + i * strides[axis])
        }
        text += "]"
    }
}
