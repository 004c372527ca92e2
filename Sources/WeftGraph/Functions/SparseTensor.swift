// SPDX-License-Identifier: Apache-2.0

/// A tensor of which some elements are given, with their positions, and all others are 0: what
/// TensorFlow's `SparseTensor` and a COO tensor of PyTorch are.
///
/// ```swift
/// let adjacency = SparseTensor(indices: edges, values: weights, shape: [nodes, nodes])
/// let next = matmul(adjacency, features)
/// ```
/// Positions need not be in order. The elements of a position that is given twice are added. What does not
/// fit together makes results that carry an error; a position outside of the shape fails the run.
public struct SparseTensor<Values: NumericTensor>: Sendable {
    /// Where the elements stand.
    ///
    /// - Shape: [elements, rank].
    public let indices: Values.Indices
    /// The elements.
    ///
    /// - Shape: [elements].
    public let values: Values
    /// The dimensions of the tensor.
    ///
    /// - Shape: [rank].
    public let sizes: Values.Indices

    /// Elements at positions of a tensor of this shape.
    ///
    /// - Shape: indices [elements, rank], values [elements].
    public init(indices: some IntegerTensor, values: Values, shape: [Int]) {
        self.init(indices: indices, values: values, sizes: AnyTensor.numbers(shape))
    }

    /// Elements at positions of a tensor of computed sizes.
    ///
    /// - Shape: indices [elements, rank], values [elements], sizes [rank].
    public init(indices: some IntegerTensor, values: Values, sizes: some IntegerTensor) {
        self.indices = Values.Indices(indices.anyTensor.asLongIndices)
        self.values = values
        self.sizes = Values.Indices(sizes.anyTensor.asLongIndices)
    }

    /// The elements of a tensor that are not 0, in row-major order. The run finds how many they are: see
    /// `nonZero` for what follows from it.
    public init(_ dense: Values) {
        let indices = dense.nonZero()
        self.init(indices: indices, values: dense.gatheredND(at: indices), sizes: dense.sizes)
    }

    /// All elements.
    ///
    /// - Parameter other: What stands where no element is given, a scalar; 0 when it is nil.
    /// - Shape: `sizes`.
    public func dense(else other: Values? = nil) -> Values {
        combined("dense", with: other.map { [$0.anyTensor] } ?? []) { indices, values, sizes in
            let zeros = AnyTensor.zeros(values.dtype, shape: sizes)
            let sums = zeros.scatteringND(values, at: indices, combining: .add)
            guard let other = other?.anyTensor else { return sums }
            try AnyTensor.requireSameDType([values, other])
            guard other.rank ?? 0 == 0 else {
                throw RuleViolation(.wrongRank("the other element", other.type, wanted: 0...0))
            }
            let given = AnyTensor.zeros(.bool, shape: sizes).scatteringND(
                .ones(like: values, dtype: .bool), at: indices, combining: .maximum)
            return select(given, sums, other)
        }
    }

    /// What `body` makes of positions, elements and sizes that fit together.
    fileprivate func combined(
        _ function: String, with others: [AnyTensor],
        _ body: (_ indices: AnyTensor, _ values: AnyTensor, _ sizes: AnyTensor) throws -> AnyTensor
    ) -> Values {
        let (indices, sizes) = (indices.anyTensor, sizes.anyTensor)
        return values.composed(function, with: [indices, sizes] + others) { values in
            try requireElements(values.dtype, .numeric)
            for (name, tensor) in [("the indices", indices), ("the sizes", sizes)] {
                try requireElements(tensor.dtype, .integer, of: .argument(name))
            }
            let count = Shape([indices.shape[0]])
            guard try indices.knownRank() == 2, values.shape.merged(with: count) != nil,
                values.rank ?? 1 == 1
            else {
                throw RuleViolation(
                    "indices \(indices.shape) and values \(values.shape) must be [elements, rank] "
                        + "and [elements]")
            }
            let rank = Shape([indices.shape[1]])
            guard sizes.shape.merged(with: rank) != nil else {
                throw RuleViolation(.wrongShape("the sizes", sizes.shape, wanted: rank))
            }
            return try body(indices, values, sizes)
        }
    }
}

/// The product of a matrix with few elements and a dense one, or a vector.
///
/// Its work grows with the elements given. Differentiable by them and by the dense factor.
/// - Parameter transposingFirst: Whether `a` is [k, m].
/// - Shape: a [m, k], b [k, n] → [m, n]; b [k] → [m].
public func matmul<T: NumericTensor>(
    _ a: SparseTensor<T>, _ b: T, transposingFirst: Bool = false
) -> T {
    let b = b.anyTensor
    return a.combined("matmul", with: [b]) { indices, values, sizes in
        try AnyTensor.requireSameDType([values, b])
        guard (1...2).contains(try b.knownRank()) else {
            throw RuleViolation(.wrongRank("the dense factor", b.type, wanted: 1...2))
        }
        guard indices.shape[1] ?? 2 == 2 else {
            throw RuleViolation(
                "a sparse factor must be a matrix, not of rank \(indices.shape[1] ?? 2)")
        }
        let (outer, inner) = transposingFirst ? (1, 0) : (0, 1)
        let dims = try sizes.asNumbers("the sizes", shape: [2])
        let rows = dims.element(outer, axis: 0)
        let fitting = check(
            indices, that: dims.element(inner, axis: 0) .== b.size(ofAxis: 0),
            "matmul: the sparse factor's inner dimension is not that of the dense one")
        let row = AnyTensor.make(
            .check(.inRange("the row of a sparse element is none")),
            [fitting.element(outer, axis: 1), rows])
        // Elements outside fail the run, also where the dense factor has no columns.
        let factors = b.gathered(at: fitting.element(inner, axis: 1))
        let terms = b.rank == 1 ? values : values.expandingDimensions(at: [1])
        return (factors * terms).segmentSums(row, count: rows)
    }
}

extension AnyTensor {
    /// As i64 where they are integers; what else they are is told where they are used.
    fileprivate var asLongIndices: AnyTensor { dtype.isInteger ? cast(to: .int64) : self }
}
