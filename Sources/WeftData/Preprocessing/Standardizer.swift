// SPDX-License-Identifier: Apache-2.0
public import WeftArrays

/// Brings each feature to mean 0 and standard deviation 1, as it was in the data that this was fitted to: fit it to the
/// training part, apply it to all parts.
///
/// ```swift
/// let standardize = try Standardizer(fitting: training.features)
/// let features = try standardize(test.features)
/// ```
///
/// A feature is a place in an example; for images, whose channels are features, fit and apply it to arrays of pixels
/// `[n, channels]`.
public struct Standardizer: Sendable {
    /// The mean of each feature, in 64 bits.
    public let mean: NDArray
    /// The standard deviation of each feature, of the population, in 64 bits. A feature that is always the same has 0,
    /// and is brought to 0.
    public let standardDeviation: NDArray

    /// The moments of the rows of an array: `[n, features…]`. NaN stands for a value that is not known, and is passed
    /// over.
    ///
    /// - Throws: `DataError` when there is no row, or the array holds no real numbers.
    public init(fitting rows: NDArray) throws { try self.init(fitting: Dataset(rowsOf: rows)) }

    /// The moments of the examples of a dataset, which is read to the end of its first epoch.
    ///
    /// - Throws: `DataError` when there is no example, one has another shape than the first, or cannot be read.
    public init(fitting examples: Dataset<NDArray>) throws {
        let stream = examples.stream()
        var shape: [Int]?
        var moments: [RunningMoments] = []
        while let example = try stream.next() {
            guard example.dtype.isNumeric else {
                throw DataError("standardize", "\(example.dtype) is no type of real numbers")
            }
            if shape == nil {
                shape = example.shape
                moments = Array(repeating: RunningMoments(), count: example.count)
            }
            guard example.shape == shape else {
                throw DataError(
                    "standardize", record: stream.count - 1,
                    "the example has the shape \(example.shape), the first one \(shape ?? [])")
            }
            for (place, number) in example.doubles.enumerated() where !number.isNaN {
                moments[place].add(number)
            }
        }
        guard let shape else {
            throw DataError("standardize", "there are no examples to take means of")
        }
        mean = try NDArray(moments.map(\.mean), shape: shape)
        standardDeviation = try NDArray(moments.map(\.standardDeviation), shape: shape)
    }

    /// Moments that are known already, of one shape.
    ///
    /// - Throws: `DataError` when the shapes differ.
    public init(mean: NDArray, standardDeviation: NDArray) throws {
        guard mean.shape == standardDeviation.shape else {
            throw DataError(
                "standardize",
                "means of \(mean.shape) and standard deviations of \(standardDeviation.shape)")
        }
        self.mean = try mean.cast(to: .float64)
        self.standardDeviation = try standardDeviation.cast(to: .float64)
    }

    /// An example, or several along more axes at the front, with each feature standardised. Integers become `f32`,
    /// floating-point numbers keep their type; NaN stays.
    ///
    /// - Throws: `ArrayError` when the last axes are not those of the features, or there is no memory.
    public func callAsFunction(_ examples: NDArray) throws -> NDArray {
        let (means, scales) = (mean.doubles, standardDeviation.doubles.map { $0 > 0 ? $0 : 1 })
        return try transformed(examples) { ($0 - means[$1]) / scales[$1] }
    }

    /// What was standardised as it was before.
    ///
    /// - Throws: as the other way.
    public func inverted(_ examples: NDArray) throws -> NDArray {
        let (means, scales) = (mean.doubles, standardDeviation.doubles.map { $0 > 0 ? $0 : 1 })
        return try transformed(examples) { $0 * scales[$1] + means[$1] }
    }

    private func transformed(
        _ examples: NDArray, _ transform: (_ number: Double, _ feature: Int) -> Double
    ) throws -> NDArray {
        guard examples.dtype.isNumeric, Array(examples.shape.suffix(mean.rank)) == mean.shape else {
            throw ArrayError(
                "examples of \(examples.dtype)\(examples.shape) have not the features \(mean.shape), as "
                    + "numbers, along their last axes")
        }
        let dtype = examples.dtype.isFloatingPoint ? examples.dtype : .float32
        let features = max(mean.count, 1)
        let numbers = examples.doubles.enumerated().map { transform($1, $0 % features) }
        return try NDArray(numbers, shape: examples.shape).cast(to: dtype)
    }
}
