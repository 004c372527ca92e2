// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Puts the instructions of called programs in the place of the calls, so that they are fused with
/// what is around them.
///
/// What is left are calls for which there is a kernel, and those of programs that are called so
/// often that a plan for each call would be large: they share one plan.
package enum Inlining {
    /// The most instructions that the calls of one program may become, in the program around them.
    static let mostInstructions = 10_000

    package static func inlined(_ program: Program) -> Program {
        guard program.nesting > 1 else { return program }
        var pass = InliningPass(program)
        return pass.inlined(program)
    }
}

private struct InliningPass {
    /// What became of each program.
    private var done: [Program: Program] = [:]
    /// How often each program is called, in all the programs.
    private var calls: [Program: Int] = [:]

    init(_ root: Program) {
        var pending = [root]
        var seen: Set<Program> = [root]
        while let program = pending.popLast() {
            calls.merge(Self.callCounts(program), uniquingKeysWith: +)
            for instruction in program.instructions {
                for inner in instruction.primitive.programs where seen.insert(inner).inserted {
                    pending.append(inner)
                }
            }
        }
    }

    /// The program, and the programs inside it, without the calls that are put in place.
    mutating func inlined(_ program: Program) -> Program {
        if let known = done[program] { return known }
        var result = program
        if program.instructions.contains(where: { !$0.primitive.programs.isEmpty }) {
            var text = InlinedText(program)
            let callsHere = Self.callCounts(program)
            for instruction in program.instructions {
                if case .call(let called) = instruction.primitive {
                    let body = inlined(called.program)
                    let size = body.instructions.count
                    let (total, isTooLarge) = size.multipliedReportingOverflow(
                        by: callsHere[called.program] ?? 1)
                    let isSmall = !isTooLarge && total <= Inlining.mostInstructions
                    if CallKernel(instruction, in: program) != nil {
                        text.append(instruction)
                    } else if isSmall || calls[called.program] == 1 {
                        text.inline(body, called.name, instruction)
                    } else {
                        let call = CalledProgram(body, name: called.name, hint: called.hint)
                        text.append(instruction, .call(call))
                    }
                } else {
                    text.append(instruction, withPrograms(of: instruction.primitive))
                }
            }
            result = text.program(program)
        }
        done[program] = result
        return result
    }

    private static func callCounts(_ program: Program) -> [Program: Int] {
        program.instructions.reduce(into: [:]) { counts, instruction in
            if case .call(let called) = instruction.primitive {
                counts[called.program, default: 0] += 1
            }
        }
    }

    /// The primitive with the programs that became of its own.
    private mutating func withPrograms(of primitive: Primitive) -> Primitive {
        switch primitive {
        case .cond(let a, let b): .cond(inlined(a), inlined(b))
        case .whileLoop(let condition, let body, let carries, let maximum):
            .whileLoop(
                condition: inlined(condition), body: inlined(body), carries: carries,
                maximumIterations: maximum)
        case .scan(let body, let carries, let sequences, let isReversed):
            .scan(
                body: inlined(body), carries: carries, sequences: sequences,
                isReversed: isReversed)
        default: primitive
        }
    }
}

/// A program while calls are replaced in it.
private struct InlinedText {
    private let builder: ProgramBuilder
    /// By value of the program: the one that takes its place.
    private var standIn: [Int]

    init(_ program: Program) {
        builder = ProgramBuilder(replacing: program)
        standIn = Array(program.values.indices)
    }

    func append(_ instruction: Program.Instruction, _ primitive: Primitive? = nil) {
        builder.append(
            primitive ?? instruction.primitive, instruction.inputs.map { standIn[$0] },
            instruction.outputs, origin: instruction.origin)
    }

    mutating func inline(_ body: Program, _ name: String, _ call: Program.Instruction) {
        var own = Array(repeating: 0, count: body.values.count)
        for (input, operand) in zip(body.inputs, call.inputs) { own[input] = standIn[operand] }
        for instruction in body.instructions {
            for output in instruction.outputs {
                own[output] = builder.newValue(body.values[output])
            }
            builder.append(
                instruction.primitive, instruction.inputs.map { own[$0] },
                instruction.outputs.map { own[$0] },
                origin: instruction.origin.inside(name, calledAt: call.origin))
        }
        for (result, output) in zip(call.outputs, body.outputs) { standIn[result] = own[output] }
    }

    func program(_ original: Program) -> Program {
        builder.program(original.outputs.map { standIn[$0] })
    }
}

extension Origin {
    /// The origin of an instruction of a body that stands where the body is called: below the call's
    /// name. A body may have been built in the scope of another call, which says nothing here.
    fileprivate func inside(_ name: String, calledAt outer: Origin) -> Origin {
        let scope = outer.given ?? NameScope.joined(outer.scope, name)
        func below(_ path: String) -> String {
            if outer.scope.isEmpty { return path }
            let prefix = outer.scope + "/"
            return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : ""
        }
        return moved(
            to: NameScope.joined(scope, below(self.scope)),
            given: given.map { NameScope.joined(scope, below($0)) },
            role: outer.role == .forward ? nil : outer.role)
    }
}
