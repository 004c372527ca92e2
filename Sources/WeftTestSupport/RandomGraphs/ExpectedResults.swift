// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What a program must give, and how far an engine may be from it.
///
/// Right are the numbers of the reference interpreter in f64. How much roundings matter, the program
/// tells itself: it runs again in f64 with every rounded result multiplied by 1 + r·u, u being the
/// distance of 1 and the next number of the program's own type (for a sum of n terms √n times that)
/// and r random in −1...1: Monte Carlo arithmetic. In the first run each element has an r of its own,
/// in the others all of an instruction share one, since equal numbers are rounded alike. The
/// largest change of an output's elements, times `factor`, is the bound for all of them, so that
/// badly conditioned programs are given more room and the others none. Integers and bool are exact.
package struct ExpectedResults {
    /// All samples may be on the small side, and some functions are off by several units (tanh by three).
    private static let factor = 32.0

    private let outputs: [NDArray]
    private let wide: [NDArray]
    private let bounds: [Double]

    /// - Throws: `RunError` where the reference fails.
    package init(_ program: Program, _ arrays: [NDArray]) throws {
        let reference = ReferenceEngine()
        outputs = try reference.compile(program).run(arrays, control: nil)
        let wideArrays = try arrays.map {
            $0.dtype.isFloatingPoint ? try $0.cast(to: .float64) : $0
        }
        let plain = try WideProgram(program)
        let right = try reference.compile(plain.program).run(wideArrays, control: nil)
        wide = right
        var bounds = [Double](repeating: 0, count: right.count)
        for sample in 0..<3 where program.outputTypes.contains(where: \.dtype.isFloatingPoint) {
            let shaken = try WideProgram(
                program, shakenBy: TestRandom("roundings \(sample)"), evenly: sample > 0)
            let moved = try reference.compile(shaken.program).run(wideArrays, control: nil)
            for i in bounds.indices where right[i].dtype.isFloatingPoint {
                bounds[i] = max(bounds[i], Self.distance(right[i].doubles, moved[i].doubles))
            }
        }
        for i in bounds.indices {
            let dtype = outputs[i].dtype
            guard dtype.isFloatingPoint else { continue }
            let scale = right[i].doubles.filter(\.isFinite).map(abs).max() ?? 0
            // One rounding of the result, of what is too small for the type as well.
            let least: Double = dtype == .float16 ? 0x1p-20 : 0x1p-120
            bounds[i] = Self.factor * (bounds[i] + 2 * dtype.epsilon * scale) + least
        }
        self.bounds = bounds
    }

    private static func distance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { result, pair in
            let distance = abs(pair.0 - pair.1)
            return distance.isFinite ? max(result, distance) : result
        }
    }

    /// Says how the first outputs of a program, given by an engine, are off; nil if they are right.
    package func difference(from actual: [NDArray]) -> String? {
        for (i, array) in actual.enumerated() {
            let right = outputs[i]
            guard array.type == right.type else {
                return "output \(i) is \(array.type), not \(right.type)"
            }
            if let x = right.integers, let y = array.integers {
                guard let place = x.indices.first(where: { x[$0] != y[$0] }) else { continue }
                return "output \(i) \(array.type) has \(y[place]) at \(place), not \(x[place])"
            }
            let (own, x, y) = (right.doubles, wide[i].doubles, array.doubles)
            let wrong = x.indices.filter { !isRight(y[$0], own[$0], x[$0], bounds[i]) }
            guard let place = wrong.first else { continue }
            return
                "output \(i) \(array.type) is wrong in \(wrong.count) elements, first at \(place): "
                + "\(y[place]), not \(x[place]) within \(bounds[i])"
        }
        return nil
    }

    /// - Parameters:
    ///   - own: What the reference has in the program's own types: where that overflows, the program
    ///     does, and an engine may do so earlier or later; and where something inside is too small for
    ///     them, which no bound that is in proportion covers, an engine may have what the reference has.
    private func isRight(_ actual: Double, _ own: Double, _ wide: Double, _ bound: Double) -> Bool {
        if own.isFinite && wide.isFinite {
            return abs(actual - wide) <= bound || abs(actual - own) <= bound
        }
        return own.isFinite || wide.isFinite || !actual.isFinite
    }
}

/// A program in which all floating-point numbers are f64.
private struct WideProgram {
    private(set) var program: Program

    init(_ source: Program, shakenBy shaking: TestRandom? = nil, evenly isEven: Bool = false) throws
    {
        var random = shaking
        var values = source.values.map { Self.widened($0) }
        var current = Array(values.indices)
        var instructions: [Program.Instruction] = []
        for instruction in source.instructions {
            var primitive = instruction.primitive
            if case .constant(let constant) = primitive, constant.array.dtype.isFloatingPoint {
                primitive = .constant(ConstantValue(try constant.array.cast(to: .float64)))
            }
            if case .call(let called) = primitive {
                let body = try WideProgram(called.program, shakenBy: random, evenly: isEven)
                primitive = .call(CalledProgram(body.program, name: called.name))
            }
            instructions.append(
                Program.Instruction(
                    primitive, inputs: instruction.inputs.map { current[$0] },
                    outputs: instruction.outputs, origin: instruction.origin))
            let output = instruction.outputs[0]
            guard random != nil, source.values[output].dtype.isFloatingPoint,
                let terms = Self.roundedTerms(instruction, in: source)
            else { continue }
            let reach = source.values[output].dtype.epsilon * terms.squareRoot()
            let shape = isEven ? [] : values[output].shape
            let factors = (0..<shape.reduce(1, *)).map { _ in
                random?.number(in: (1 - reach)...(1 + reach)) ?? 1
            }
            values += [ArrayType(.float64, shape), values[output]]
            instructions.append(
                Program.Instruction(
                    .constant(ConstantValue(.from(factors, .float64, shape))), inputs: [],
                    outputs: [values.count - 2]))
            instructions.append(
                Program.Instruction(
                    .binary(.multiply), inputs: [output, values.count - 2],
                    outputs: [values.count - 1]))
            current[output] = values.count - 1
        }
        program = Program(
            values: values, inputs: source.inputs, instructions: instructions,
            outputs: source.outputs.map { current[$0] })
    }

    private static func widened(_ type: ArrayType) -> ArrayType {
        ArrayType(type.dtype.isFloatingPoint ? .float64 : type.dtype, type.shape)
    }

    /// How many roundings go into an element of a result; nil where it is exact.
    private static func roundedTerms(
        _ instruction: Program.Instruction, in program: Program
    ) -> Double? {
        let output = program.values[instruction.outputs[0]]
        switch instruction.primitive {
        case .cast:
            let from = program.values[instruction.inputs[0]].dtype
            return from.isFloatingPoint && from.epsilon < output.dtype.epsilon ? 1 : nil
        case .unary(let kind): return kind.descriptor.tolerance == 0 ? nil : 1
        case .binary(let kind):
            return kind == .maximum || kind == .minimum ? nil : 1
        case .reduce(.sum, _), .reduce(.product, _):
            return Double(program.values[instruction.inputs[0]].count / max(output.count, 1))
        case .dot(let dimensions):
            let shape = program.values[instruction.inputs[0]].shape
            return Double(dimensions.lhsContracting.reduce(1) { $0 * shape[$1] })
        case .cumulative(let attributes): return Double(output.shape[attributes.axis])
        case .scatter: return 4
        default: return nil
        }
    }
}
