// SPDX-License-Identifier: Apache-2.0

/// The dimensions of a tensor, some or all of which may be unknown until it is fed.
public struct Shape: Hashable, Sendable {
    /// The dimensions, −1 for an unknown one; nil when even their number is unknown.
    package var dims: [Int]?

    package init(dims: [Int]?) { self.dims = dims }

    /// A shape of known rank; nil stands for an unknown dimension.
    public init(_ dimensions: [Int?]) { dims = dimensions.map { $0 ?? -1 } }

    /// The shape of which nothing is known.
    public static let unknown = Shape(dims: nil)
    /// The shape of a scalar.
    public static let scalar = Shape(dims: [])

    /// The number of dimensions; nil when unknown.
    public var rank: Int? { dims?.count }

    /// The dimensions when all are known.
    public var dimensions: [Int]? {
        guard let dims, dims.allSatisfy({ $0 >= 0 }) else { return nil }
        return dims
    }

    /// Whether every dimension is known.
    public var isFullyKnown: Bool { dimensions != nil }

    /// The number of elements; nil when a dimension is unknown or no array could be so large.
    public var count: Int? { dimensions.flatMap { ArraySize.count($0) } }

    /// A dimension; nil when it, or the rank, is unknown or `axis` is none of the shape's axes.
    public subscript(axis: Int) -> Int? {
        guard let dims else { return nil }
        let index = axis < 0 ? axis + dims.count : axis
        guard dims.indices.contains(index), dims[index] >= 0 else { return nil }
        return dims[index]
    }

    /// Whether an array of these dimensions may be fed where this shape stands.
    package func admits(_ dimensions: [Int]) -> Bool {
        guard let dims else { return true }
        guard dims.count == dimensions.count else { return false }
        for (own, given) in zip(dims, dimensions) where own >= 0 && own != given { return false }
        return true
    }

    /// What is known when both shapes hold; nil when they contradict each other.
    package func merged(with other: Shape) -> Shape? {
        guard let a = dims else { return other }
        guard let b = other.dims else { return self }
        guard a.count == b.count else { return nil }
        var result = a
        for i in a.indices {
            if a[i] < 0 { result[i] = b[i] } else if b[i] >= 0, a[i] != b[i] { return nil }
        }
        return Shape(dims: result)
    }

    /// What holds for both shapes: dimensions that differ become unknown.
    package func joined(with other: Shape) -> Shape {
        guard let a = dims, let b = other.dims, a.count == b.count else { return .unknown }
        return Shape(dims: zip(a, b).map { $0 == $1 ? $0 : -1 })
    }
}

extension Shape: ExpressibleByArrayLiteral {
    /// A shape from its dimensions, nil for unknown ones: `[nil, 784]`.
    public init(arrayLiteral elements: Int?...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
    /// The dimensions in brackets, `?` for unknown ones: `[?, 784]`; `unknown` for unknown rank.
    public var description: String {
        guard let dims else { return "unknown" }
        return "[" + dims.map { $0 < 0 ? "?" : String($0) }.joined(separator: ", ") + "]"
    }
}

/// The element type and shape of a tensor.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
    /// The type of the elements.
    public var dtype: DType
    /// The dimensions, as far as they are known.
    public var shape: Shape

    /// A type from its parts.
    public init(_ dtype: DType, _ shape: Shape) {
        self.dtype = dtype
        self.shape = shape
    }

    package init(_ dtype: DType, _ dims: [Int]) {
        self.init(dtype, Shape(dims: dims))
    }

    /// Type and shape: `f32[?, 784]`.
    public var description: String { "\(dtype)\(shape.dims == nil ? "[...]" : shape.description)" }
}

/// Arithmetic on sizes that may come from files or users: it reports overflow instead of trapping.
package enum ArraySize {
    /// The most elements an array may have: its bytes must be addressable with room to spare.
    package static let maximumCount = 1 << 48

    /// Whether no product of some of the dimensions is too large. Zero and unknown ones do not count:
    /// a product without them must not overflow either.
    package static func isAddressable(_ dimensions: [Int]) -> Bool {
        var count = 1
        for dimension in dimensions where dimension > 0 {
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
            if overflow || product > maximumCount { return false }
            count = product
        }
        return true
    }

    /// Why there is no array of these dimensions, for messages.
    package static func problem(_ dimensions: [Int]) -> String {
        "\(dimensions) is not the shape of an array: "
            + (dimensions.contains { $0 < 0 }
                ? "a dimension is negative" : "it has too many elements")
    }

    /// The number of elements of `dimensions`; nil when one is negative or there are too many.
    package static func count(_ dimensions: [Int]) -> Int? {
        if dimensions.contains(where: { $0 < 0 }) { return nil }
        guard isAddressable(dimensions) else { return nil }
        return dimensions.reduce(1, *)
    }

    /// Arrays of so few bytes are not worth asking the system about.
    private static let smallByteCount = 1 << 20

    /// Whether an array of these dimensions can be made on this machine.
    package static func fits(_ dimensions: [Int], _ dtype: DType) -> Bool {
        guard let count = count(dimensions) else { return false }
        return fits(bytes: count * dtype.size)
    }

    /// Whether the machine and the limits of the process allow so many bytes.
    package static func fits(bytes: Int) -> Bool {
        bytes <= smallByteCount || bytes <= MachineMemory.limit
    }
}
