// SPDX-License-Identifier: Apache-2.0

/// Sizes as tensors: what graphs compute from shapes.
///
/// A plan is made for known sizes. Numbers that follow from constants and from the shapes of what is fed
/// are known when it is made, and cost nothing when it runs. Where only the run finds them, it goes on in a
/// segment that is compiled for what it found; inside a loop, branch or function they must be known
/// before that runs, else it fails with `RunError`. What is known when the graph is built is known of the
/// result's shape, too.
extension TensorProtocol {
    /// The dimensions as numbers, also where they are known only when the graph runs.
    ///
    /// - Shape: [rank].
    public var sizes: Indices {
        Indices(anyTensor.numberedSizes)
    }

    /// The size of an axis as a number, also where it is known only when the graph runs.
    ///
    /// ```swift
    /// let rows = x.reshaped(to: stacked([x.size(ofAxis: 0), -1]))
    /// ```
    /// - Parameter axis: Negative ones count from the end.
    /// - Shape: a scalar.
    public func size(ofAxis axis: Int) -> Indices {
        let x = anyTensor
        return Indices(
            .composed("size", [x]) {
                // Where the rank is unknown, the run says whether there is such an axis.
                let axis = x.rank == nil ? axis : try x.resolvedAxis(axis)
                return x.numberedSizes.element(axis, axis: 0)
            })
    }

    /// The elements, in row-major order, under other dimensions.
    ///
    /// - Parameter sizes: The new dimensions; one of them may be −1 and is what remains. None of the
    ///   others is 0 then.
    /// - Shape: sizes [rank of the result].
    public func reshaped(to sizes: some IntegerTensor) -> Self {
        let sizes = sizes.anyTensor
        return composed("reshape", with: [sizes]) { x in
            .make(.reshapeLike, [x, .make(.shaped(.remaining), [sizes, x])])
        }
    }

    /// Repeated to other dimensions as NumPy does it: axes are aligned at the end, and an axis of
    /// size 1 is repeated.
    ///
    /// - Parameter sizes: The new dimensions; −1 for that of the tensor itself.
    /// - Shape: sizes [rank of the result].
    public func broadcasted(to sizes: some IntegerTensor) -> Self {
        let sizes = sizes.anyTensor
        return composed("broadcast", with: [sizes]) { x in
            if x.rank == 0 { return x.broadcasted(shapedBy: sizes, axes: []) }
            guard let target = sizes.shape[0], sizes.rank == 1 else {
                throw RuleViolation(.wrongRank("the sizes", sizes.type, wanted: 1...1))
            }
            let rank = try x.knownRank()
            guard rank <= target else {
                throw RuleViolation(
                    "\(x.shape) has more axes than the \(target) to which it is to be broadcast")
            }
            guard target <= AnyTensor.mostKnownElements else {
                throw RuleViolation(.tooLarge("the number of axes, \(target),"))
            }
            let numbers = try sizes.asNumbers("the sizes", shape: [target])
            let own = AnyTensor.concatenated(
                [.numbers(Array(repeating: -1, count: target - rank)), x.numberedSizes], axis: 0)
            return x.broadcasted(
                shapedBy: numbers.replacing(-1, with: own), axes: Array(target - rank..<target))
        }
    }

    /// `sizes` elements of each axis from computed positions.
    ///
    /// Positions from which the part would leave the tensor are moved so that it does not.
    /// - Parameters:
    ///   - starts: The first position on each axis.
    ///   - sizes: The result's dimensions; −1 for a whole axis.
    /// - Shape: starts [rank], sizes [rank].
    public func sliced(
        startingAt starts: some IntegerTensor, sizes: some IntegerTensor
    ) -> Self {
        let (starts, sizes) = (starts.anyTensor, sizes.anyTensor)
        return composed("dynamicSlice", with: [starts, sizes]) { x in
            let shape = [try x.knownRank()]
            let part = try sizes.asNumbers("the sizes", shape: shape)
                .replacing(-1, with: x.numberedSizes)
            let positions = try starts.asNumbers("the starts", shape: shape)
            return .make(.sliceLike, [x, positions, .shaped(by: part)])
        }
    }

    /// With a value around it.
    ///
    /// - Parameter sizes: How many elements go before and after each axis.
    /// - Shape: sizes [rank, 2]; [a] → [before + a + after].
    public func padded(with value: Self, sizes: some IntegerTensor) -> Self {
        let (value, sizes) = (value.anyTensor, sizes.anyTensor)
        return composed("pad", with: [value, sizes]) { x in
            let numbers = try sizes.asNumbers("the sizes", shape: [try x.knownRank(), 2])
            let sides = [0, 1].map {
                AnyTensor.shaped(by: numbers.element($0, axis: 1))
            }
            return .make(.padLike, [x, value] + sides)
        }
    }

    /// Put side by side with itself, `multiples[i]` times along axis i.
    ///
    /// - Shape: multiples [rank]; [a, b] → [a · multiples[0], b · multiples[1]].
    public func tiled(by multiples: some IntegerTensor) -> Self {
        let multiples = multiples.anyTensor
        return composed("tile", with: [multiples]) { x in
            let rank = try x.knownRank()
            let counts = try multiples.asNumbers("the multiples", shape: [rank])
            if rank == 0 { return x }
            let parts = stacked([counts, x.numberedSizes], axis: 1).reshaped(to: [2 * rank])
            // Each axis behind a new one of its own, along which it is repeated.
            return x.expandingDimensions(at: (0..<rank).map { 2 * $0 })
                .broadcasted(shapedBy: parts, axes: Array(0..<2 * rank))
                .regrouped((0..<rank).map { .product(2 * $0..<2 * $0 + 2) })
        }
    }

    /// With each element several times in a row along an axis.
    ///
    /// - Parameter counts: How many times: a scalar for all, or a number for each index of the axis.
    /// - Shape: counts a scalar or [n]; [n, a] → [Σ counts, a] along axis 0.
    public func repeated(_ counts: some IntegerTensor, axis: Int) -> Self {
        let counts = counts.anyTensor
        return composed("repeat", with: [counts]) { x in
            let (rank, axis) = (try x.knownRank(), try x.resolvedAxis(axis))
            if counts.rank == 1 { return try x.repeated(each: counts, axis: axis) }
            let count = try counts.asNumber("the counts")
            let own = x.numberedSizes
            let wide = concatenated([
                own.sliced(axis: 0, 0, axis + 1), count, own.sliced(axis: 0, axis + 1, nil),
            ])
            return x.expandingDimensions(at: [axis + 1])
                .broadcasted(shapedBy: wide, axes: Array(0..<rank + 1))
                .flattened(from: axis, through: axis + 1)
        }
    }

    /// The tensor cut into parts of the given sizes along an axis, as many as the sizes' shape says,
    /// which is known when the graph is built and at most 1,048,576.
    ///
    /// - Shape: sizes [parts], which make the size of the axis together.
    public func split(sizes: some IntegerTensor, axis: Int = 0) -> [Self] {
        let sizes = sizes.anyTensor
        return composedAll("split", with: [sizes], count: sizes.shape[0] ?? 1) { x in
            let axis = try x.resolvedAxis(axis)
            guard sizes.rank == 1, let count = sizes.shape[0] else {
                throw RuleViolation(.wrongRank("the sizes", sizes.type, wanted: 1...1))
            }
            try AnyTensor.requireParts(count)
            let numbers = try sizes.asNumbers("the sizes", shape: [count])
            let starts = numbers.cumulativeSum(axis: 0, isExclusive: true)
            return (0..<count).map { index in
                let like = AnyTensor.make(
                    .shaped(.part(axis: axis, index: index)), [numbers, x])
                return x.sliced(
                    axis: axis, from: starts.sliced(axis: 0, index, index + 1), like: like)
            }
        }
    }
}

extension NumericTensor {
    /// The numbers from `start` on in steps of `step`, as many as lie before `end`.
    ///
    /// A step of 0 and numbers that are not finite are errors.
    /// - Shape: scalars → [⌈(end − start) / step⌉], or [0] when the step leads away from `end`.
    @_disfavoredOverload
    public static func range(from start: Self, to end: Self, by step: Self) -> Self {
        let ends = [start.anyTensor, end.anyTensor, step.anyTensor]
        return Self(
            .composed("range", ends) {
                let like = AnyTensor.make(.shaped(.range), ends)
                let index = AnyTensor.make(.iotaLike(axis: 0), [like.cast(to: ends[0].dtype)])
                return index * ends[2] + ends[0]
            })
    }
}

extension AnyTensor {
    /// `number` everywhere in an array of the given dimensions.
    ///
    /// - Shape: sizes [rank of the result].
    public static func filled(
        _ dtype: DType, _ number: Double, shape sizes: some IntegerTensor
    ) -> AnyTensor {
        scalar(number, dtype).filling(sizes.anyTensor, "filled")
    }

    /// Zeros (of bool: false).
    ///
    /// - Shape: sizes [rank of the result].
    public static func zeros(_ dtype: DType, shape sizes: some IntegerTensor) -> AnyTensor {
        scalar(0, dtype).filling(sizes.anyTensor, "zeros")
    }

    /// Ones (of bool: true).
    ///
    /// - Shape: sizes [rank of the result].
    public static func ones(_ dtype: DType, shape sizes: some IntegerTensor) -> AnyTensor {
        scalar(1, dtype).filling(sizes.anyTensor, "ones")
    }
}

extension Tensor {
    /// The same value everywhere.
    ///
    /// - Shape: sizes [rank of the result].
    public static func filled(_ value: Scalar, shape sizes: some IntegerTensor) -> Tensor {
        Tensor(
            unchecked: AnyTensor.constant(NDArray(value)).filling(sizes.anyTensor, "filled"))
    }

    /// Zeros (of bool: false).
    ///
    /// - Shape: sizes [rank of the result].
    public static func zeros(shape sizes: some IntegerTensor) -> Tensor {
        Tensor(unchecked: .zeros(Scalar.dtype, shape: sizes))
    }

    /// Ones (of bool: true).
    ///
    /// - Shape: sizes [rank of the result].
    public static func ones(shape sizes: some IntegerTensor) -> Tensor {
        Tensor(unchecked: .ones(Scalar.dtype, shape: sizes))
    }
}

extension AnyTensor {
    /// The sizes as i64[rank].
    fileprivate var numberedSizes: AnyTensor {
        if let dims = shape.dimensions { return .numbers(dims) }
        return .make(.shapeOf, [self])
    }

    /// Integers as i64[n].
    package static func numbers(_ numbers: [Int]) -> AnyTensor {
        constant(NDArray(numbers.map(Int64.init)))
    }

    /// What has these sizes, for operations that take only its shape.
    package static func shaped(by sizes: AnyTensor) -> AnyTensor {
        make(.shaped(.sizes), [sizes])
    }

    /// Integers as i64 of a shape, which is checked.
    package func asNumbers(_ name: String, shape wanted: [Int]) throws -> AnyTensor {
        try requireElements(dtype, .integer, of: .argument(name))
        guard shape.admits(wanted) || !shape.isFullyKnown else {
            throw RuleViolation(
                .invalidArgument(name, value: "\(type)", wanted: "of shape \(Shape(dims: wanted))"))
        }
        let numbers = cast(to: .int64)
        return shape.dims == wanted ? numbers : numbers.reshaped(to: wanted)
    }

    /// A whole number as i64[1].
    package func asNumber(_ name: String) throws -> AnyTensor {
        guard rank ?? 0 == 0 else {
            throw RuleViolation(.wrongRank(name, type, wanted: 0...0))
        }
        return try asNumbers(name, shape: []).reshaped(to: [1])
    }

    /// The numbers 0, 1, ... as i64 in an array of these sizes, i64[1].
    package func indexed() -> AnyTensor {
        .make(.iotaLike(axis: 0), [AnyTensor.shaped(by: self).cast(to: .int64)])
    }

    /// With the elements that are `number` taken from another tensor. Arithmetic and not a choice, which
    /// would let nothing be known of the one before the other is.
    fileprivate func replacing(_ number: Double, with other: AnyTensor) -> AnyTensor {
        let isNumber = (self .== .scalar(number, like: self)).cast(to: dtype)
        return self * (1 - isNumber) + other * isNumber
    }

    fileprivate func broadcasted(shapedBy sizes: AnyTensor, axes: [Int]) -> AnyTensor {
        .make(.broadcastLike(axes: axes), [self, .shaped(by: sizes)])
    }

    /// Index i of an axis `counts[i]` times.
    fileprivate func repeated(each counts: AnyTensor, axis: Int) throws -> AnyTensor {
        if let size = shape[axis], let count = counts.shape[0], size != count {
            throw RuleViolation(
                .countsDiffer("counts", count, for: "elements of axis \(axis) of \(type)", size))
        }
        try requireElements(counts.dtype, .integer, of: .argument("the counts"))
        let counts = counts.cast(to: .int64).broadcasted(
            shapedBy: numberedSizes.sliced(axis: 0, axis, axis + 1), axes: [0])
        let isWrong = AnyTensor.compare(.less, counts, .scalar(0, .int64)).any(axes: [0])
        let sum = select(isWrong, AnyTensor.scalar(-1, .int64), counts.sum(axes: [0]))
        let total = AnyTensor.make(.shaped(.total), [counts, sum])
        // Where the elements of an index end, the next one begins: the sum of the ends so far.
        let ends = AnyTensor.zeros(like: total, dtype: .int64)
            .scattering(
                .ones(like: counts), at: counts.cumulativeSum(axis: 0), combining: .add,
                outOfBounds: .ignored)
        return gathered(at: ends.cumulativeSum(axis: 0), axis: axis)
    }

    /// A scalar in an array of these sizes.
    fileprivate func filling(_ sizes: AnyTensor, _ function: String) -> AnyTensor {
        .composed(function, [self, sizes]) { broadcasted(shapedBy: sizes, axes: []) }
    }

    /// The part of the shape of `like`, which has all of the other axes, from `start`, i64[1], on.
    package func sliced(axis: Int, from start: AnyTensor, like: AnyTensor) -> AnyTensor {
        // What has no axes carries an error.
        guard let rank = shape.rank, axis < rank else { return self }
        let zeros = [axis, rank - axis - 1].map {
            AnyTensor.numbers(Array(repeating: 0, count: $0))
        }
        let starts = rank == 1 ? start : .concatenated([zeros[0], start, zeros[1]], axis: 0)
        return .make(.sliceLike, [self, starts, like])
    }
}
