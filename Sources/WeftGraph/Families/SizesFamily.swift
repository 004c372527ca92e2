// SPDX-License-Identifier: Apache-2.0

/// How numbers that a graph computes become the shape of a tensor.
package enum SizeRule: Hashable, Sendable {
    /// (sizes).
    case sizes
    /// (sizes, x): one size may be −1, what remains of the elements of x.
    case remaining
    /// (start, end, step): one axis, as long as the range.
    case range
    /// (counts, sum): one axis, as long as their sum. Where the run finds it, the sum is enough, which is
    /// negative when a count is.
    case total
    /// (sizes, x): the part `index` of those that an axis of x is cut into.
    case part(axis: Int, index: Int)
}

/// False in an array of sizes that the operands' elements say, of which mostly the shape alone is used:
/// numbers become the `like` operand of another operation.
struct SizesFamily: ConstantGradient {
    let rule: SizeRule

    var name: String { "shaped" }
    var attributeText: String { "\(rule)" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try resultTypes(operands) { _ in nil }
    }

    func resultTypes(
        _ operands: [TensorType], knowing elements: (_ operand: Int) -> KnownElements?
    ) throws -> [TensorType] {
        let shape: Shape =
            switch rule {
            case .sizes: try Self.shape(operands[0], elements(0), of: nil)
            case .remaining: try Self.shape(operands[0], elements(0), of: operands[1])
            case .range:
                [try RangeLength(operands)?.count(operands.indices.map(elements))]
            case .total: [try Self.total(operands[0], elements(0))]
            case .part(let axis, let index):
                try Self.part(axis, index, operands[0], elements(0), of: operands[1])
            }
        return [TensorType(.bool, shape)]
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let usesSum = rule == .total && scope.knownArray(operands[0]) == nil
        let deciding = rule == .range ? 0..<3 : usesSum ? 1..<2 : 0..<1
        let unknown = deciding.filter { scope.knownArray(operands[$0]) == nil }
        guard unknown.isEmpty else {
            throw UnknownElements(tensors: unknown.map { node.inputs[$0] })
        }
        let known = deciding.compactMap { scope.knownArray(operands[$0]) }
        let type: ArrayType
        if rule == .range {
            let length = try RangeLength.count(known)
            type = try scope.arrayType(TensorType(.bool, [length]), of: node)
        } else if usesSum {
            let sum = known[0].integers?.first.map { Int($0) } ?? 0
            guard sum >= 0 else { throw RuleViolation("one of the counts is negative") }
            type = try scope.arrayType(TensorType(.bool, [sum]), of: node)
        } else {
            type = try scope.knownTypes(node, operands)[0]
        }
        let zero = scope.constant(.zeros(.bool, []))
        scope.bind(node, [scope.repeated(zero, to: type, [], node)])
    }

    private static func shape(
        _ operand: TensorType, _ elements: KnownElements?, of whole: TensorType?
    ) throws -> Shape {
        let rank = try count(operand, "the sizes")
        if let rank, rank > AnyTensor.mostKnownElements {
            throw RuleViolation("\(rank) sizes are more than an array has axes")
        }
        guard let sizes = elements, sizes.count == rank else {
            return Shape(dims: rank.map { Array(repeating: -1, count: $0) })
        }
        let known = sizes.compactMap { $0 }
        if let whole, known.count == sizes.count { return try reshapeType(known, whole).shape }
        let positive = known.filter { whole == nil || $0 != -1 }
        guard ArraySize.count(positive) != nil else { throw RuleViolation(.invalidShape(known)) }
        return Shape(dims: sizes.map { $0 ?? -1 })
    }

    private static func total(_ operand: TensorType, _ elements: KnownElements?) throws -> Int? {
        let count = try count(operand, "the counts")
        guard let elements, elements.count == count else { return nil }
        if let bad = elements.compactMap(\.self).first(where: { $0 < 0 }) {
            throw RuleViolation(.invalidArgument("a count", value: "\(bad)", wanted: "0 or more"))
        }
        let known = elements.compactMap(\.self)
        guard known.count == elements.count else { return nil }
        return try CheckedSize(sum: known).required("the sum of the counts")
    }

    private static func part(
        _ axis: Int, _ index: Int, _ operand: TensorType, _ elements: KnownElements?,
        of x: TensorType
    ) throws -> Shape {
        _ = try count(operand, "the sizes of the parts")
        guard var dims = x.shape.dims else { return .unknown }
        try requireAxes([axis], rank: dims.count)
        let sizes = elements ?? []
        let known = sizes.compactMap(\.self)
        guard known.allSatisfy({ $0 >= 0 }), let total = CheckedSize(sum: known).value else {
            throw RuleViolation(
                .invalidArgument(
                    "the sizes of the parts", value: "\(known)", wanted: "0 or more and not huge"))
        }
        let isWhole = elements != nil && known.count == sizes.count
        if isWhole, dims[axis] >= 0, dims[axis] != total {
            throw RuleViolation(
                "the parts \(known) make \(total), but axis \(axis) of \(x) has \(dims[axis])")
        }
        dims[axis] = sizes.indices.contains(index) ? sizes[index] ?? -1 : -1
        return Shape(dims: dims)
    }

    /// How many numbers there are.
    private static func count(_ type: TensorType, _ name: String) throws -> Int? {
        try requireElements(type.dtype, .integer, of: .argument(name))
        guard type.shape.rank ?? 1 == 1 else {
            throw RuleViolation(.wrongRank(name, type, wanted: 1...1))
        }
        return type.shape.dimensions?.first
    }
}

/// How many numbers lie between two in steps of a third.
struct RangeLength {
    private let dtype: DType

    /// Scalars of one numeric type; nil where they are not integers, of which nothing is known before a
    /// plan is made.
    ///
    /// - Throws: `RuleViolation` when they are no such scalars.
    init?(_ operands: [TensorType]) throws {
        dtype = operands[0].dtype
        try requireElements(dtype, .numeric, of: .result)
        for (name, operand) in zip(["the start", "the end", "the step"], operands) {
            try requireSameElements(operands[0], operand)
            guard operand.shape.rank ?? 0 == 0 else {
                throw RuleViolation(.wrongRank(name, operand, wanted: 0...0))
            }
        }
        if !dtype.isInteger { return nil }
    }

    func count(_ elements: [KnownElements?]) throws -> Int? {
        let numbers = elements.compactMap { $0?.first ?? nil }
        guard numbers.count == 3, dtype != .uint64 || numbers.allSatisfy({ $0 >= 0 }) else {
            return nil
        }
        return try Self.count(numbers.map { Int128($0) })
    }

    static func count(_ arrays: [NDArray]) throws -> Int {
        if let integers = arrays.map(\.integers) as? [[Int64]] {
            let isUnsigned = arrays[0].dtype == .uint64
            return try count(
                integers.map { isUnsigned ? Int128(UInt64(bitPattern: $0[0])) : Int128($0[0]) })
        }
        let numbers = arrays.map { $0.doubles[0] }
        return try count(from: numbers[0], to: numbers[1], by: numbers[2])
    }

    private static func count(_ numbers: [Int128]) throws -> Int {
        let (start, end, step) = (numbers[0], numbers[1], numbers[2])
        guard step != 0 else { throw noRange("\(start)", "\(end)", "\(step)") }
        let distance = end - start
        if distance == 0 || (distance > 0) != (step > 0) { return 0 }
        // The quotient rounded up; both are of one sign.
        let count = (distance.magnitude - 1) / step.magnitude + 1
        guard count < 1 << 40 else {
            throw tooLong("\(start)", "\(end)", "\(step)", count: "\(count)")
        }
        return Int(count)
    }

    /// ⌈(end − start) / step⌉, and 0 when the step leads away from the end.
    static func count(from start: Double, to end: Double, by step: Double) throws -> Int {
        guard step != 0, start.isFinite, end.isFinite, step.isFinite else {
            throw noRange("\(start)", "\(end)", "\(step)")
        }
        let count = ((end - start) / step).rounded(.up)
        guard count < Double(1 << 40) else {
            throw tooLong("\(start)", "\(end)", "\(step)", count: "\(count)")
        }
        return count > 0 ? Int(count) : 0
    }

    private static func tooLong(
        _ start: String, _ end: String, _ step: String, count: String
    ) -> RuleViolation {
        RuleViolation("from \(start) to \(end) by \(step) is too long: \(count) numbers")
    }

    private static func noRange(_ start: String, _ end: String, _ step: String) -> RuleViolation {
        RuleViolation(
            "from \(start) to \(end) by \(step) is no range; the step must not be 0, and all three "
                + "must be finite")
    }
}
