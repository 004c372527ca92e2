// SPDX-License-Identifier: Apache-2.0

/// The element type and dimensions of a value in a program: nothing is unknown any more.
package struct ArrayType: Hashable, Sendable, CustomStringConvertible {
    package var dtype: DType
    package var shape: [Int]

    package init(_ dtype: DType, _ shape: [Int]) {
        self.dtype = dtype
        self.shape = shape
    }

    package var count: Int { shape.reduce(1, *) }
    package var byteCount: Int { count * dtype.size }
    package var description: String { "\(dtype)\(shape)" }

    /// The type as tensors have it.
    package var tensorType: TensorType { TensorType(dtype, shape) }

    /// The type that values have in programs: of complex numbers pairs of real ones, along one more axis
    /// at the end, and of strings the numbers that stand for them.
    package var inPrograms: ArrayType {
        if dtype.isComplex { return ArrayType(dtype.realPart, shape + [2]) }
        return ArrayType(dtype.inPrograms, shape)
    }

    /// The type of a tensor of `dtype` whose value in a program has this type.
    func type(as dtype: DType) -> ArrayType {
        if dtype.isComplex, !self.dtype.isComplex {
            return ArrayType(dtype, Array(shape.dropLast()))
        }
        return dtype == .string && self.dtype == .int64 ? ArrayType(dtype, shape) : self
    }
}

/// What an engine compiles: a graph made flat, for one set of shapes.
///
/// A program is pure. Values are numbered; every value is an input or the output of one
/// instruction, and instructions stand after those that they use. Variables come in as inputs and
/// leave as outputs, random numbers are functions of an input, loops and branches hold programs.
package final class Program: Sendable {
    /// An object, since the passes of compilers look at it, and keep it, many times.
    package final class Instruction: Sendable {
        package let primitive: Primitive
        package let inputs: [Int]
        package let outputs: [Int]
        package let origin: Origin

        package init(
            _ primitive: Primitive, inputs: [Int], outputs: [Int], origin: Origin = Origin()
        ) {
            self.primitive = primitive
            self.inputs = inputs
            self.outputs = outputs
            self.origin = origin
        }

        /// How messages call the instruction: `gather 'embedding/lookup'`.
        package var label: String { origin.label(primitive.summary) }

        /// An error of the instruction: what failed, what happened, what to do.
        package func error(_ kind: RunError.Kind) -> RunError {
            RunError(kind, of: origin.subject(primitive.summary), site: origin.site)
        }

        package func error(_ code: RunError.Code, _ reason: String) -> RunError {
            error(.other(code, reason))
        }
    }

    /// What the inputs and outputs are for. Inputs are what is fed, then values of variables, then perhaps
    /// the random state; outputs are what is fetched, then new values of variables.
    package struct Roles: Hashable, Sendable {
        /// How many inputs are values of variables.
        package var stateCount: Int
        /// Whether the last input is the random state.
        package var drawsRandomNumbers: Bool
        /// How many outputs are new values of variables.
        package var updateCount: Int
        /// The positions of the feeds that are numbers of strings.
        package var stringFeeds: [Int] = []
        /// The positions of the fetches that are.
        package var stringFetches: [Int] = []

        /// The outputs, by number, that are pairs of real numbers, and that whoever runs the program gets as
        /// complex numbers.
        package var complexOutputs: Set<Int> = []

        /// All inputs are fed, and all outputs fetched, unless said otherwise.
        package init(stateCount: Int = 0, drawsRandomNumbers: Bool = false, updateCount: Int = 0) {
            self.stateCount = stateCount
            self.drawsRandomNumbers = drawsRandomNumbers
            self.updateCount = updateCount
        }
    }

    /// The types of all values, by number.
    package let values: [ArrayType]
    package let inputs: [Int]
    package let instructions: [Instruction]
    /// A value may be given out more than once, and an input may be given out.
    package let outputs: [Int]
    /// What whoever runs the program gives and gets. Programs inside others have feeds and fetches only.
    package let roles: Roles
    /// Whether an instruction runs even if nobody needs its value, also inside branches and loops.
    package let mustRun: Bool
    /// Whether an instruction calls a function of the host, emits a value or needs to know what the run's
    /// strings are, also inside branches and loops.
    package let talksToHost: Bool
    /// How many programs stand inside each other at most, this one included.
    package let nesting: Int
    /// How many plans an engine makes that shares a called one among the calls in one program. Where
    /// branches double at each level this is far more than there are programs.
    package let planCount: Int

    /// An engine need not make more plans for one program.
    package static let mostPlans = 100_000

    package init(
        values: [ArrayType], inputs: [Int], instructions: [Instruction], outputs: [Int],
        roles: Roles = Roles()
    ) {
        self.values = values
        self.inputs = inputs
        self.instructions = instructions
        self.outputs = outputs
        self.roles = roles
        mustRun = instructions.contains { $0.primitive.mustRun }
        talksToHost = instructions.contains { $0.primitive.talksToHost }
        var nesting = 1
        var planCount = 1
        var called: Set<Program> = []
        for instruction in instructions {
            for inner in instruction.primitive.programs {
                nesting = max(nesting, 1 + inner.nesting)
                if case .call = instruction.primitive, !called.insert(inner).inserted { continue }
                planCount = min(planCount + inner.planCount, Self.mostPlans + 1)
            }
        }
        self.nesting = nesting
        self.planCount = planCount
    }

    /// The bytes of the constants and, an estimate, of the program itself, with the programs inside,
    /// each once.
    package var keptBytes: Int {
        var bytes = 0
        var pending = [self]
        var seen: Set<Program> = []
        while let program = pending.popLast() {
            bytes += 64 * program.values.count + 256 * program.instructions.count
            for instruction in program.instructions {
                switch instruction.primitive {
                case .constant(let value): bytes += value.array.byteCount
                case .strings(let operation): bytes += operation.function.keptBytes
                default: break
                }
                for inner in instruction.primitive.programs where seen.insert(inner).inserted {
                    pending.append(inner)
                }
            }
        }
        return bytes
    }

    /// The functions of the host that the program calls, also inside branches and loops.
    package var hostCalls: [HostCall] {
        var calls: Set<HostCall> = []
        var pending = [self]
        var seen: Set<Program> = []
        while let program = pending.popLast() {
            guard program.talksToHost, seen.insert(program).inserted else { continue }
            for instruction in program.instructions {
                if case .hostCall(let call) = instruction.primitive { calls.insert(call) }
                pending += instruction.primitive.programs
            }
        }
        return Array(calls)
    }

    package var inputTypes: [ArrayType] { inputs.map { values[$0] } }
    package var outputTypes: [ArrayType] { outputs.map { values[$0] } }

    /// The types of what a run gives: those of the outputs, but for complex numbers.
    package var resultTypes: [ArrayType] {
        roles.complexOutputs.isEmpty
            ? outputTypes
            : outputTypes.enumerated().map { index, type in
                roles.complexOutputs.contains(index)
                    ? type.type(as: type.dtype.withImaginaryPart) : type
            }
    }

    /// How many inputs are fed: the first ones.
    package var feedCount: Int {
        inputs.count - roles.stateCount - (roles.drawsRandomNumbers ? 1 : 0)
    }
    /// How many outputs are fetched: the first ones.
    package var fetchCount: Int { outputs.count - roles.updateCount }

    /// The same program with other roles for its inputs and outputs.
    package func with(_ roles: Roles) -> Program {
        Program(
            values: values, inputs: inputs, instructions: instructions, outputs: outputs,
            roles: roles)
    }
}

extension Program: Hashable {
    package static func == (a: Program, b: Program) -> Bool { a === b }
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
