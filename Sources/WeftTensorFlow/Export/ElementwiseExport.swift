// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// Functions of single elements, reductions and sorting in TensorFlow.
extension ExportCall {
    func primitive(_ primitive: Primitive) throws -> [String] {
        switch primitive {
        case .constant(let value): [try writer.constant(value.array)]
        case .iota(let axis): [try iota(axis, sizes: try writer.vector(try knownSizes()))]
        case .unary(let kind): [try unary(kind)]
        case .binary(let kind): [try binary(kind)]
        case .compare(let kind): [try compare(kind)]
        case .select:
            [writer.add("SelectV2", try inputs(), ["T": try .of(type.dtype)])]
        case .cast(let target): [try writer.cast(try input(0), from: dtype, to: target)]
        case .reduce(let kind, let axes): [try reduce(kind, axes)]
        case .argReduce(let kind, let axis):
            [
                writer.add(
                    kind == .argMax ? "ArgMax" : "ArgMin",
                    [try input(0), try writer.scalar(axis)],
                    [
                        "T": try .of(dtype), "Tidx": try .of(.int64),
                        "output_type": try .of(.int64),
                    ])
            ]
        case .cumulative(let attributes): [try cumulative(attributes)]
        case .sort(let attributes): try sort(attributes)
        case .topK(let k): try topK(try writer.constant(NDArray(Int32(clamping: k))))
        case .check: [try input(0)]
        case .dot, .convolution, .convolutionInputGradient, .convolutionFilterGradient, .window,
            .windowSumGradient, .maxPoolGradient, .gather, .scatter, .cholesky, .qr,
            .triangularSolve, .lu, .svd, .selfAdjointEigen:
            try product(primitive)
        case .reshape, .broadcast, .transpose, .slice, .dynamicSlice, .dynamicUpdateSlice, .pad,
            .concatenate, .reverse:
            [try structure(primitive)]
        default: throw failure("write what does not depend on it")
        }
    }

    /// The sizes of the result, which must be known.
    func knownSizes() throws -> [Int] {
        guard let sizes = type.shape.dimensions else { throw failure("its shape is not known") }
        return sizes
    }

    // MARK: Single elements

    private static let unaries: [UnaryKind: String] = [
        .negate: "Neg", .abs: "Abs", .sign: "Sign", .floor: "Floor", .ceil: "Ceil",
        .round: "Round", .exp: "Exp", .expMinusOne: "Expm1", .log: "Log", .logOnePlus: "Log1p",
        .sqrt: "Sqrt", .rsqrt: "Rsqrt", .reciprocal: "Reciprocal", .sin: "Sin", .cos: "Cos",
        .tan: "Tan", .asin: "Asin", .acos: "Acos", .atan: "Atan", .sinh: "Sinh", .cosh: "Cosh",
        .tanh: "Tanh", .asinh: "Asinh", .acosh: "Acosh", .atanh: "Atanh", .sigmoid: "Sigmoid",
        .relu: "Relu", .erf: "Erf", .erfc: "Erfc", .erfInverse: "Erfinv", .lgamma: "Lgamma",
        .digamma: "Digamma", .isFinite: "IsFinite",
    ]

    private func unary(_ kind: UnaryKind) throws -> String {
        if let op = Self.unaries[kind] { return try unary(op) }
        let x = try input(0)
        func number(_ number: Double) throws -> String { try writer.scalar(number, dtype) }
        switch kind {
        case .not:
            return dtype == .bool
                ? writer.add("LogicalNot", [x]) : try writer.unary("Invert", x, dtype)
        case .populationCount:
            let count = try writer.unary("PopulationCount", x, dtype)
            return try writer.cast(count, from: .uint8, to: type.dtype)
        case .roundAwayFromZero:
            let size = try writer.unary("Abs", x, dtype)
            let more = try writer.binary("AddV2", size, try number(0.5), dtype)
            return try writer.binary(
                "Mul", try writer.unary("Sign", x, dtype), try writer.unary("Floor", more, dtype),
                dtype)
        case .cbrt:
            let root = try writer.binary(
                "Pow", try writer.unary("Abs", x, dtype), try number(1.0 / 3), dtype)
            return try writer.binary("Mul", try writer.unary("Sign", x, dtype), root, dtype)
        default: throw failure("there is no operation for it")
        }
    }

    private func binary(_ kind: BinaryKind) throws -> String {
        let isBool = dtype == .bool
        let op: String
        switch kind {
        case .add: op = isBool ? "LogicalOr" : "AddV2"
        case .subtract: op = "Sub"
        case .multiply: op = isBool ? "LogicalAnd" : "Mul"
        case .divide: op = dtype.isInteger ? "TruncateDiv" : "RealDiv"
        case .remainder: op = "TruncateMod"
        case .floorDivide: op = "FloorDiv"
        case .floorModulo: op = "FloorMod"
        case .maximum: op = isBool ? "LogicalOr" : "Maximum"
        case .minimum: op = isBool ? "LogicalAnd" : "Minimum"
        case .power: op = "Pow"
        case .atan2: op = "Atan2"
        case .and: op = isBool ? "LogicalAnd" : "BitwiseAnd"
        case .or: op = isBool ? "LogicalOr" : "BitwiseOr"
        case .xor: op = isBool ? "NotEqual" : "BitwiseXor"
        case .shiftLeft: op = "LeftShift"
        case .shiftRightArithmetic: op = "RightShift"
        case .shiftRightLogical:
            guard dtype.integers.map({ $0.lowerBound >= 0 }) ?? false else {
                throw failure("bits of signed integers are shifted as if they had no sign")
            }
            op = "RightShift"
        case .polygamma: op = "Polygamma"
        }
        if op.hasPrefix("Logical") { return writer.add(op, try inputs()) }
        if op == "NotEqual" { return try compare(.notEqual) }
        return writer.add(op, try inputs(), ["T": try .of(dtype)])
    }

    private func compare(_ kind: ComparisonKind) throws -> String {
        var attributes = ["T": try TFAttrValue.of(dtype)]
        let op: String
        switch kind {
        case .equal: op = "Equal"
        case .notEqual: op = "NotEqual"
        case .less: op = "Less"
        case .lessOrEqual: op = "LessEqual"
        case .greater: op = "Greater"
        case .greaterOrEqual: op = "GreaterEqual"
        }
        if kind == .equal || kind == .notEqual {
            attributes["incompatible_shape_error"] = .of(true)
        } else if dtype == .bool {
            throw failure("truth values have no order")
        }
        return writer.add(op, try inputs(), attributes)
    }

    // MARK: Reductions

    private func reduce(_ kind: ReductionKind, _ axes: [Int]) throws -> String {
        let op: String
        switch kind {
        case .sum: op = "Sum"
        case .product: op = "Prod"
        case .maximum: op = dtype == .bool ? "Any" : "Max"
        case .minimum: op = dtype == .bool ? "All" : "Min"
        case .all: op = "All"
        case .any: op = "Any"
        }
        return try writer.sum(try input(0), try writer.vector(axes), dtype, op: op)
    }

    private func cumulative(_ attributes: CumulativeAttributes) throws -> String {
        guard attributes.kind == .sum || attributes.kind == .product else {
            throw failure("there are running sums and products, and no others")
        }
        return writer.add(
            attributes.kind == .sum ? "Cumsum" : "Cumprod",
            [try input(0), try writer.scalar(attributes.axis)],
            [
                "T": try .of(dtype), "Tidx": try .of(.int64),
                "exclusive": .of(attributes.isExclusive), "reverse": .of(attributes.isReversed),
            ])
    }

    // MARK: Order

    private func sort(_ attributes: SortAttributes) throws -> [String] {
        guard dtype.isFloatingPoint || dtype.isInteger else {
            throw failure("elements of \(dtype) are sorted")
        }
        let (rank, axis) = (try rank(0), attributes.axis)
        // The greatest of the last axis come first: others are turned round. Of whole numbers all bits are, since
        // the least one has no negative.
        let turning = dtype.isInteger ? "Invert" : "Neg"
        var order = Array(0..<rank)
        order.swapAt(axis, rank - 1)
        func moved(_ x: String, _ dtype: DType) throws -> String {
            if axis == rank - 1 { return x }
            return writer.add(
                "Transpose", [x, try writer.vector(order)],
                ["T": try .of(dtype), "Tperm": try .of(.int64)])
        }
        var x = try moved(try input(0), dtype)
        if !attributes.isDescending { x = try writer.unary(turning, x, dtype) }
        let count = try writer.cast(
            try writer.element(axis, of: try sizes(of: 0)), from: .int64, to: .int32)
        let both = writer.add("TopKV2", [x, count], ["T": try .of(dtype), "sorted": .of(true)])
        let places = writer.output(1, of: both)
        let values = attributes.isDescending ? both : try writer.unary(turning, both, dtype)
        return [try moved(values, dtype), try moved(places, .int32)]
    }

    func topK(_ count: String) throws -> [String] {
        let both = writer.add(
            "TopKV2", [try input(0), count], ["T": try .of(dtype), "sorted": .of(true)])
        return [both, writer.output(1, of: both)]
    }

    // MARK: Sources

    /// The index along an axis, of an array of sizes, i64[rank].
    func iota(_ axis: Int, sizes: String) throws -> String {
        let rank = type.shape.rank ?? 1
        var range = writer.add(
            "Range",
            [try writer.scalar(0), try writer.element(axis, of: sizes), try writer.scalar(1)],
            ["Tidx": try .of(.int64)])
        range = try writer.cast(range, from: .int64, to: type.dtype)
        if rank == 1 { return range }
        let shape = (0..<rank).map { $0 == axis ? -1 : 1 }
        range = try writer.reshape(range, try writer.vector(shape), type.dtype)
        return try writer.broadcast(range, sizes, type.dtype)
    }

    /// Random bits, which are TensorFlow's own.
    func random(_ attributes: RandomAttributes) throws -> String {
        let sizes = try attributes.shape.map { try writer.vector($0) } ?? self.sizes(of: 0)
        let bits = writer.add(
            "RandomUniformInt",
            [
                sizes, try writer.constant(NDArray(Int32.min)),
                try writer.constant(NDArray(Int32.max)),
            ],
            [
                "T": try .of(.int64), "Tout": try .of(.int32), "seed": .of(0), "seed2": .of(0),
            ])
        return writer.add(
            "Bitcast", [bits], ["T": try .of(.int32), "type": try .of(type.dtype)])
    }
}
