// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// How far the outputs of a chain of elementwise functions may be off, element by element.
///
/// Every instruction may be off by its function's tolerance; what its operands are off by is
/// carried on by evaluating the function at the ends of their ranges. In f16 and bf16 an engine may
/// also leave out the rounding between the instructions that it fuses: one unit more each.
/// A bound of infinity says that nothing can be said (a comparison of nearly equal numbers picks
/// one of two branches, a pole is near).
enum ErrorPropagation {
    /// The corners of a box are not all of it.
    private static let slack = 1.5

    private struct Estimate {
        var numbers: [Double]
        var errors: [Double]
        var type: ArrayType
    }

    static func bounds(_ program: Program, _ inputs: [NDArray]) -> [[Double]]? {
        var estimates = [Estimate?](repeating: nil, count: program.values.count)
        for (value, array) in zip(program.inputs, inputs) {
            estimates[value] = Estimate(
                numbers: array.doubles, errors: Array(repeating: 0, count: array.count),
                type: array.type)
        }
        for instruction in program.instructions {
            let operands = instruction.inputs.compactMap { estimates[$0] }
            guard
                let result = evaluate(
                    instruction.primitive, operands, program.values[instruction.outputs[0]])
            else { return nil }
            estimates[instruction.outputs[0]] = result
        }
        return program.outputs.map { (estimates[$0]?.errors ?? []).map { $0 * slack } }
    }

    private static func evaluate(
        _ primitive: Primitive, _ operands: [Estimate], _ type: ArrayType
    ) -> Estimate? {
        let function: ([Double]) -> Double
        var tolerance = 0.0
        switch primitive {
        case .constant(let constant):
            let array = constant.array
            return Estimate(
                numbers: array.doubles, errors: Array(repeating: 0, count: array.count), type: type)
        case .unary(let kind):
            let row = kind.descriptor
            if !operands[0].type.dtype.isFloatingPoint, let integer = row.integer {
                let dtype = operands[0].type.dtype
                function = { Double(integer(Int64($0[0]), dtype)) }
            } else {
                function = { row.reference($0[0]) }
            }
            tolerance = row.tolerance
        case .binary(let kind):
            let row = kind.descriptor
            if type.dtype == .bool, let integer = row.integer {
                function = { Double(integer(Int64($0[0]), Int64($0[1]), .bool) ?? 0) }
            } else {
                function = { row.reference($0[0], $0[1]) }
            }
            tolerance = row.tolerance
        case .compare(let kind): function = { kind.holds($0[0], $0[1]) ? 1 : 0 }
        case .select: function = { $0[0] != 0 ? $0[1] : $0[2] }
        case .cast:
            function = { $0[0] }
            tolerance = type.dtype == .float16 || type.dtype == .bfloat16 ? 1 : 0
        default: return nil
        }
        let sources = operands.map { indices($0.type.shape, type.shape) }
        let isHalf = type.dtype == .float16 || type.dtype == .bfloat16
        var numbers: [Double] = []
        var errors: [Double] = []
        for i in 0..<type.count {
            let x = operands.indices.map { operands[$0].numbers[sources[$0][i]] }
            let e = operands.indices.map { operands[$0].errors[sources[$0][i]] }
            let y = NDArray.from([function(x)], type.dtype).doubles[0]
            var error = (isHalf ? max(tolerance, 1) : tolerance) * Comparison.ulp(y, type.dtype)
            if !type.dtype.isFloatingPoint { error = 0 }
            var spread = 0.0
            // Every corner of the box of operands.
            for corner in 0..<(e.contains { $0 > 0 } ? 1 << x.count : 0) {
                let z = function(
                    x.indices.map { k in
                        let moved = corner >> k & 1 == 1 ? x[k] + e[k] : x[k] - e[k]
                        return operands[k].type.dtype == .bool ? min(max(moved, 0), 1) : moved
                    })
                let distance = z == y || z.isNaN && y.isNaN ? 0 : abs(z - y)
                spread = distance.isNaN ? .infinity : max(spread, distance)
            }
            numbers.append(y)
            errors.append(error + spread)
        }
        return Estimate(numbers: numbers, errors: errors, type: type)
    }

    private static func indices(_ shape: [Int], _ output: [Int]) -> [Int] {
        RowMajor.broadcastSources(shape, to: output)
    }
}
