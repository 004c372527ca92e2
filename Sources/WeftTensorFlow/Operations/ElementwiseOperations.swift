// SPDX-License-Identifier: Apache-2.0
import Weft

extension OperationDefinition {
    /// An operation that is a function of one tensor.
    static func unary(
        _ name: String, _ function: @escaping @Sendable (AnyTensor) throws -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(name) { try function(try $0.tensor(0)) }
    }

    /// An operation that is a function of two tensors.
    static func binary(
        _ name: String, _ function: @escaping @Sendable (AnyTensor, AnyTensor) throws -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(name) { try function(try $0.tensor(0), try $0.tensor(1)) }
    }
}

/// Arithmetic and functions of single elements.
enum ElementwiseOperations {
    static let all: [OperationDefinition] =
        arithmetic + quotients + powers + trigonometry + rounding + sums

    private static let arithmetic: [OperationDefinition] = [
        .binary("Add") { $0.dtype == .string ? joined([$0, $1]) : $0 + $1 },
        .binary("AddV2") { $0 + $1 },
        .binary("Sub") { $0 - $1 },
        .binary("Mul") { $0 * $1 },
        // 0 wherever the second is 0, whatever the first is there.
        .binary("MulNoNan") { .multiplyNoNaN($0, $1) },
        .binary("Maximum") { maximum($0, $1) },
        .binary("Minimum") { minimum($0, $1) },
        .binary("SquaredDifference") { a, b in
            guard a.dtype.isComplex else { return squaredDifference(a, b) }
            let difference = a - b
            return difference * difference.conjugate()
        },
        .unary("Abs") { abs($0) },
        .unary("Neg") { -$0 },
        .unary("Sign") { sign($0) },
        .unary("Square") { square($0) },
    ]

    private static let quotients: [OperationDefinition] = [
        // Of integers truncated, as in C++.
        .binary("Div") { $0 / $1 },
        .binary("RealDiv") { $0 / $1 },
        .binary("TruncateDiv") { $0.dtype.isFloatingPoint ? trunc($0 / $1) : $0 / $1 },
        .binary("FloorDiv") { $0.floorDivided(by: $1) },
        .binary("FloorMod") { $0 % $1 },
        .binary("Mod") { $0.truncatingRemainder(dividingBy: $1) },
        .binary("TruncateMod") { $0.truncatingRemainder(dividingBy: $1) },
        .binary("DivNoNan") { divideNoNaN($0, $1) },
        .binary("Xdivy") { xdivy($0, $1) },
        .unary("Reciprocal") { reciprocal($0) },
        .unary("Inv") { reciprocal($0) },
    ]

    private static let powers: [OperationDefinition] = [
        .binary("Pow") { pow($0, $1) },
        .binary("Xlogy") { xlogy($0, $1) },
        .binary("Xlog1py") { xlogOnePlus($0, $1) },
        .unary("Exp") { exp($0) },
        .unary("Expm1") { expMinusOne($0) },
        .unary("Log") { log($0) },
        .unary("Log1p") { log(onePlus: $0) },
        .unary("Sqrt") { sqrt($0) },
        .unary("Rsqrt") { rsqrt($0) },
        .unary("Sigmoid") { sigmoid($0) },
    ]

    private static let trigonometry: [OperationDefinition] = [
        .unary("Sin") { sin($0) },
        .unary("Cos") { cos($0) },
        .unary("Tan") { tan($0) },
        .unary("Asin") { asin($0) },
        .unary("Acos") { acos($0) },
        .unary("Atan") { atan($0) },
        .binary("Atan2") { atan2($0, $1) },
        .unary("Sinh") { sinh($0) },
        .unary("Cosh") { cosh($0) },
        .unary("Tanh") { tanh($0) },
        .unary("Asinh") { asinh($0) },
        .unary("Acosh") { acosh($0) },
        .unary("Atanh") { atanh($0) },
    ]

    private static let rounding: [OperationDefinition] = [
        .unary("Floor") { floor($0) },
        .unary("Ceil") { ceil($0) },
        // To the nearest even number of two, whole numbers as they are.
        .unary("Round") { $0.dtype.isInteger ? $0 : round($0) },
        .unary("Rint") { round($0) },
        .unary("IsNan") { $0.isNaN },
        .unary("IsInf") { $0.isInfinite },
        .unary("IsFinite") { $0.isFinite },
    ]

    private static let sums: [OperationDefinition] = ["AddN", "AccumulateNV2"].map { name in
        OperationDefinition(name, outputs: ["sum"], values: sum)
    }

    private static func sum(_ call: NodeCall) throws -> [ImportedValue] {
        guard call.count > 0 else { throw call.error(.malformed, "it adds nothing") }
        if case .list = try call.input(0) { return [.list(try listSum(call))] }
        let terms = try call.tensors()
        let total = AnyTensor.composed(call.node.op, terms) {
            try AnyTensor.requireSameDType(terms)
            // Unlike others, these are not broadcast.
            for term in terms.dropFirst() where term.shape.merged(with: terms[0].shape) == nil {
                throw call.error(
                    .invalidRequest, "\(terms[0].type) and \(term.type) are of different shapes")
            }
            return terms.dropFirst().reduce(terms[0]) { $0 + $1 }
        }
        return [.tensor(total)]
    }

    /// Lists of equal counts, added place by place: gradients of lists.
    private static func listSum(_ call: NodeCall) throws -> ImportedList {
        let lists = try (0..<call.count).map { try call.list($0) }
        return lists.dropFirst().reduce(into: lists[0]) { $0.add($1) }
    }

    /// a · log(1 + b), but 0 wherever a is 0, whatever b is there; no gradient flows there either.
    private static func xlogOnePlus(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        .composed("xlogOnePlus", [a, b]) {
            let isZero = a .== .scalar(0, a.dtype)
            let zero = AnyTensor.scalar(0, b.dtype)
            return select(isZero, zero, a * log(onePlus: select(isZero, zero, b)))
        }
    }
}
