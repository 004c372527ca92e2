// SPDX-License-Identifier: Apache-2.0

extension AnyTensor {
    /// A tensor that is given its value when the graph runs.
    ///
    /// Every call makes another placeholder, also with equal arguments.
    /// - Parameters:
    ///   - dtype: The type of the elements.
    ///   - shape: The dimensions; nil for one that may differ from run to run.
    ///   - name: A name for messages and drawings, put under the current name scope.
    public static func placeholder(
        _ dtype: DType, shape: Shape = .unknown, name: String? = nil
    ) -> AnyTensor {
        let name = name.map { NameScope.qualified($0) }
        if dtype == .list {
            return invalid("placeholder", name, "a list cannot be fed")
        }
        if let dims = shape.dims {
            let known = dims.filter { $0 != -1 }
            if ArraySize.count(known) == nil {
                return invalid(
                    "placeholder", name,
                    ArraySize.problem(known) + "; give nil for an unknown dimension",
                    type: TensorType(dtype, .unknown))
            }
        }
        return source(
            .placeholder(Placeholder(id: NodeIdentity.next(), name: name)),
            TensorType(dtype, shape),
            name: name)
    }

    /// A constant with the elements of `array`.
    public init(_ array: NDArray) { self = .constant(array) }

    /// A scalar that is `number` converted to `dtype`.
    public static func scalar(_ number: some BinaryFloatingPoint, as dtype: DType) -> AnyTensor {
        scalar(Double(number), dtype)
    }

    /// `number` everywhere in an array of the given dimensions.
    package static func filled(
        _ number: Double, _ dtype: DType, shape: [Int], _ function: String = "filled"
    ) -> AnyTensor {
        composed(function, []) {
            guard ArraySize.count(shape) != nil else {
                throw RuleViolation(ArraySize.problem(shape))
            }
            return scalar(number, dtype).broadcasted(to: shape)
        }
    }

    /// The index along `axis`, from 0, in an array of the given dimensions.
    package static func iota(_ dtype: DType, shape: [Int], axis: Int) -> AnyTensor {
        composed("iota", []) {
            let like = filled(0, dtype, shape: shape)
            try like.validated()
            return make(.iotaLike(axis: try normalizedAxis(axis, rank: shape.count)), [like])
        }
    }

    /// The numbers from `start` on in steps of `step`, as many as lie before `end`.
    package static func range(
        from start: Double, to end: Double, by step: Double, _ dtype: DType
    ) -> AnyTensor {
        composed("range", []) {
            guard dtype.isNumeric else { throw RuleViolation("it makes numbers, not \(dtype)") }
            guard step != 0, start.isFinite, end.isFinite, step.isFinite else {
                throw RuleViolation(
                    "from \(start) to \(end) by \(step) is no range; the step must not be 0, and "
                        + "all three must be finite")
            }
            let count = ((end - start) / step).rounded(.up)
            guard count < Double(1 << 40) else {
                throw RuleViolation(
                    "from \(start) to \(end) by \(step) is too long: \(count) numbers")
            }
            let index = iota(dtype, shape: [count > 0 ? Int(count) : 0], axis: 0)
            let scaled = step == 1 ? index : index * step
            return start == 0 ? scaled : scaled + start
        }
    }

    /// `count` numbers at equal distances, both ends included.
    package static func linspace(
        from start: Double, to end: Double, count: Int, _ dtype: DType
    ) -> AnyTensor {
        composed("linspace", []) {
            guard dtype.isFloatingPoint else {
                throw RuleViolation("it makes floating-point numbers, not \(dtype)")
            }
            guard count > 0, count < 1 << 32 else {
                throw RuleViolation("count is \(count); it must be positive")
            }
            let step = count > 1 ? (end - start) / Double(count - 1) : 0
            if count > 1 << 16 {
                return (iota(dtype.computing, shape: [count], axis: 0) * step + start)
                    .cast(to: dtype)
            }
            // Computed here and not in the graph: the last number must be `end` itself.
            let numbers = (0..<count).map { i -> Double in
                i == count - 1 && count > 1 ? end : start + Double(i) * step
            }
            return constant(NDArray(numbers).cast(to: dtype))
        }
    }

    /// A matrix with ones on the diagonal and zeros elsewhere.
    package static func identity(rows: Int, columns: Int, _ dtype: DType) -> AnyTensor {
        composed("identity", []) {
            let row = iota(.int64, shape: [rows, 1], axis: 0)
            let column = iota(.int64, shape: [1, columns], axis: 1)
            return compare(.equal, row, column).cast(to: dtype)
        }
    }

    /// `on` at each index along a new axis of length `depth`, `off` elsewhere; an index outside
    /// `0..<depth` has no `on`.
    package static func oneHot(
        _ indices: AnyTensor, depth: Int, on: Double = 1, off: Double = 0, axis: Int = -1,
        dtype: DType
    ) -> AnyTensor {
        composed("oneHot", [indices]) {
            guard indices.dtype.isInteger else {
                throw RuleViolation("the indices must be integers, not \(indices.dtype)")
            }
            guard depth >= 0 else {
                throw RuleViolation("the depth must not be negative: \(depth)")
            }
            let rank = try indices.knownRank() + 1
            let place = try normalizedAxis(axis, rank: rank)
            var shape = Array(repeating: 1, count: rank)
            shape[place] = depth
            let classes = iota(.int64, shape: shape, axis: place)
            let hits = compare(
                .equal, indices.cast(to: .int64).expandingDimensions(at: [place]), classes)
            if on == 1, off == 0 { return hits.cast(to: dtype) }
            return select(hits, scalar(on, dtype), scalar(off, dtype))
        }
    }
}
