// SPDX-License-Identifier: Apache-2.0
public import Weft

/// What can be put together into batches.
///
/// Arrays, numbers and strings can; a structure of arrays can when it is an ``Example``.
public protocol Batchable: Sendable {
    /// What a batch is.
    associatedtype Batch: Sendable
    /// Puts elements together, of which there is one at least.
    ///
    /// - Parameters:
    ///   - elements: The elements, in their order.
    ///   - padding: How arrays of different lengths are filled up; nil when they must be of one shape.
    /// - Throws: `ArrayError` when they do not fit together, or there is no memory for the batch.
    static func batch(_ elements: [Self], padding: BatchPadding?) throws -> Batch
}

/// A structure of arrays: an image and its label, for example. A batch of them, and all of them in memory, have the
/// same type; their arrays have one more axis, the first.
///
/// ```swift
/// struct Digit: Example {
///     var image: NDArray
///     var label: NDArray
///     static var arrays: [WritableKeyPath<Digit, NDArray>] { [\.image, \.label] }
/// }
/// ```
public protocol Example: Batchable where Batch == Self {
    /// The arrays. What a structure has beside them is that of its first element in a batch.
    static var arrays: [WritableKeyPath<Self, NDArray>] { get }
}

extension Example {
    /// The arrays of the elements, each along a new first axis.
    public static func batch(_ elements: [Self], padding: BatchPadding?) throws -> Self {
        guard var batch = elements.first else {
            throw ArrayError("a batch of no elements has no shape")
        }
        for path in arrays {
            batch[keyPath: path] = try NDArray.batch(
                elements.map { $0[keyPath: path] }, padding: padding)
        }
        return batch
    }

    /// The number of examples of a batch: the arrays' first dimension.
    ///
    /// - Throws: `ArrayError` when there is no array, one is a scalar, or the first dimensions differ.
    public func requireCount() throws -> Int {
        let shapes = Self.arrays.map { self[keyPath: $0].shape }
        guard let count = shapes.first?.first else {
            throw ArrayError("examples need at least one array with a first axis")
        }
        if let other = shapes.first(where: { $0.first != count }) {
            throw ArrayError("the arrays' first dimensions differ: \(shapes[0]) and \(other)")
        }
        return count
    }
}

extension NDArray: Batchable {
    /// The arrays along a new first axis.
    public static func batch(_ elements: [NDArray], padding: BatchPadding?) throws -> NDArray {
        try Stacking.stack(elements, padding)
    }
}

extension Batchable where Self: TensorScalar {
    /// The vector of the elements.
    public static func batch(_ elements: [Self], padding: BatchPadding?) throws -> NDArray {
        NDArray(elements)
    }
}

extension Bool: Batchable {}
extension Int8: Batchable {}
extension Int16: Batchable {}
extension Int32: Batchable {}
extension Int64: Batchable {}
extension UInt8: Batchable {}
extension UInt16: Batchable {}
extension UInt32: Batchable {}
extension UInt64: Batchable {}
extension Float: Batchable {}
extension Double: Batchable {}
extension String: Batchable {}

extension Int: Batchable {
    /// The vector of the elements as 64-bit integers, whatever they are: batches are of one type.
    public static func batch(_ elements: [Int], padding: BatchPadding?) throws -> NDArray {
        NDArray(elements.map { Int64($0) })
    }
}

/// How arrays of different lengths become one.
public struct BatchPadding: Sendable, Hashable {
    /// What stands behind the end of a shorter array: the number converted to its type, an empty string.
    public var value: Double
    /// Lengths are filled up to a multiple of this, so that fewer different shapes come and fewer plans are made.
    public var multiple: Int

    /// A padding from its parts.
    public init(value: Double = 0, multiple: Int = 1) {
        self.value = value
        self.multiple = multiple
    }

    var fault: String? {
        multiple > 0 ? nil : "lengths are no multiples of \(multiple); give a number of 1 or more"
    }
}
