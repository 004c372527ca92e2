// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

/// How the arguments of a step go to the plan of a branch or body.
///
/// Arrays go by address: nothing is copied. Lists are handed over as values; one that nobody needs
/// afterwards is moved, so that appending to it does not copy it.
struct Binding {
    /// Position among the step's arguments and number of the plan's input.
    var arrays: [(position: Int, input: Int)] = []
    var lists: [(position: Int, input: Int, isMoved: Bool)] = []

    func bindArrays(_ arguments: Arguments, to child: Frame) {
        for (position, input) in arrays { child.slots[input] = arguments[position] }
    }

    @inline(__always)
    func bindLists(_ arguments: Arguments, of frame: Frame, to child: Frame) {
        for (position, input, isMoved) in lists {
            let number = Int(arguments.operands[position])
            let target = child.plan.inputLists[input]
            child.lists[target] = isMoved ? frame.takeList(number) : frame.lists[number]
        }
    }
}

/// One run of a branch or called body: where its inputs come from and its results go to.
struct BodyRun {
    var binding: Binding
    /// The position of the first output among the arguments.
    var firstOutput: Int
    /// The sizes of the outputs.
    var bytes: [Int]

    func run(_ child: Frame, _ arguments: Arguments, of frame: Frame) throws {
        binding.bindArrays(arguments, to: child)
        binding.bindLists(arguments, of: frame, to: child)
        defer { child.clearLists() }
        let results = child.plan.results
        for (k, result) in results.enumerated() {
            if case .slot(let slot) = result { child.slots[slot] = arguments[firstOutput + k] }
        }
        try child.execute()
        for (k, result) in results.enumerated() {
            let position = firstOutput + k
            switch result {
            case .slot: break
            case .input(let slot), .constant(_, let slot):
                copy(child.slots[slot], to: arguments[position], bytes[k])
            case .result(let first):
                copy(arguments[firstOutput + first], to: arguments[position], bytes[k])
            case .list(let number):
                frame.lists[Int(arguments.operands[position])] = child.lists[number]
            }
        }
    }
}

/// `cond`: one of two plans.
final class CondStep: Step {
    private let rule: CondRule

    init(_ recipe: Recipe, _ operands: UnsafePointer<Int32>, _ rule: CondRule) {
        self.rule = rule
        super.init(recipe, operands)
    }

    override var children: [Int] { [rule.whenTrue, rule.whenFalse] }

    override func run(_ frame: Frame) throws {
        let arguments = Arguments(slots: frame.slots, operands: operands)
        let isTrue = arguments.load(0, as: UInt8.self) != 0
        let child = try frame.child(isTrue ? rule.whenTrue : rule.whenFalse)
        try rule.run.run(child, arguments, of: frame)
    }
}

struct CondRule {
    var whenTrue: Int
    var whenFalse: Int
    var run: BodyRun
}

/// `call`: one plan.
final class CallStep: Step {
    private let rule: CallRule

    init(_ recipe: Recipe, _ operands: UnsafePointer<Int32>, _ rule: CallRule) {
        self.rule = rule
        super.init(recipe, operands)
    }

    override var children: [Int] { [rule.body] }

    override func run(_ frame: Frame) throws {
        try rule.run.run(
            try frame.child(rule.body), Arguments(slots: frame.slots, operands: operands), of: frame
        )
    }
}

struct CallRule {
    var body: Int
    var run: BodyRun
}

func copy(_ from: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ bytes: Int) {
    if bytes > 0, from != UnsafeRawPointer(target) {
        target.copyMemory(from: from, byteCount: bytes)
    }
}

/// The variables of a loop. Each has two buffers, its output and a workspace: an iteration reads
/// one and writes the other, or changes the one in place where the body can.
struct Carries {
    struct Variable {
        /// The position of the output among the step's arguments; for a list, of its number.
        var output: Int
        /// The position of the second buffer.
        var spare: Int
        var bytes: Int
        var isList: Bool
    }

    var variables: [Variable]

    /// Tells the body where to write.
    @inline(__always)
    func aim(_ body: Frame, _ arguments: Arguments) {
        for (i, result) in body.plan.results[..<variables.count].enumerated() {
            guard case .slot(let slot) = result else { continue }
            let current = body.slots[i]
            let isOwn =
                current == arguments[variables[i].output]
                || current == arguments[variables[i].spare]
            body.slots[slot] =
                isOwn && body.plan.replacesInput[i] ? current : target(i, body, arguments)
        }
    }

    /// The buffer of a variable that it is not in now.
    @inline(__always)
    private func target(_ i: Int, _ body: Frame, _ arguments: Arguments) -> UnsafeMutableRawPointer
    {
        let own = arguments[variables[i].output]
        return body.slots[i] == own ? arguments[variables[i].spare] : own
    }

    /// Makes the body's results its next inputs.
    func advance(_ body: Frame, _ arguments: Arguments, _ next: Slots) {
        let results = body.plan.results
        // Results that are other variables are copied while these are still in place.
        for i in variables.indices {
            switch results[i] {
            case .slot(let slot): next[i] = body.slots[slot]
            case .constant(_, let slot): next[i] = body.slots[slot]
            case .input(let input):
                if input == i || input >= variables.count {
                    next[i] = body.slots[input]
                } else {
                    next[i] = target(i, body, arguments)
                    copy(body.slots[input], to: next[i], variables[i].bytes)
                }
            case .result(let first):
                next[i] = target(i, body, arguments)
                copy(next[first], to: next[i], variables[i].bytes)
            case .list: break
            }
        }
        for i in variables.indices where !variables[i].isList { body.slots[i] = next[i] }
        if body.plan.listCount > 0 { advanceLists(body) }
    }

    private func advanceLists(_ body: Frame) {
        var lists: [(Int, [NDArray?])] = []
        for i in variables.indices {
            if case .list(let number) = body.plan.results[i] {
                lists.append((body.plan.inputLists[i], body.lists[number]))
            }
        }
        // Inputs that are not variables stay; everything else is let go.
        for i in body.lists.indices where !body.plan.inputLists[variables.count...].contains(i) {
            body.lists[i] = []
        }
        for i in lists.indices { body.lists[lists[i].0] = lists[i].1 }
    }

    /// Puts the variables where the step's outputs are.
    func finish(_ body: Frame, _ frame: Frame, _ arguments: Arguments) {
        for (i, variable) in variables.enumerated() {
            if variable.isList {
                let number = Int(arguments.operands[variable.output])
                frame.lists[number] = body.takeList(body.plan.inputLists[i])
            } else {
                copy(body.slots[i], to: arguments[variable.output], variable.bytes)
            }
        }
    }
}

/// `whileLoop`.
final class WhileStep: Step {
    private let rule: WhileRule

    init(_ recipe: Recipe, _ operands: UnsafePointer<Int32>, _ rule: WhileRule) {
        self.rule = rule
        super.init(recipe, operands)
    }

    private static let packingIteration = 4

    override var children: [Int] { [rule.condition, rule.body] }

    override func run(_ frame: Frame) throws {
        let arguments = Arguments(slots: frame.slots, operands: operands)
        let condition = try frame.child(rule.condition)
        let body = try frame.child(rule.body)
        rule.binding.bindArrays(arguments, to: body)
        rule.binding.bindLists(arguments, of: frame, to: body)
        defer {
            condition.clearLists()
            body.clearLists()
            body.forgetInputCopies()
        }
        let inputs = body.plan.inputCount
        let flag = ConditionResult(condition)
        try withUnsafeTemporaryAllocation(
            of: UnsafeMutableRawPointer.self, capacity: inputs + 1
        ) { next in
            guard let next = next.baseAddress else { return }
            var iterations = 0
            while iterations < rule.maximumIterations {
                try frame.control?.check()
                rule.captures.bindLists(arguments, of: frame, to: body)
                for i in 0..<inputs { condition.slots[i] = body.slots[i] }
                if condition.plan.listCount > 0 { lendLists(body, condition) }
                try condition.execute()
                if !flag.value(condition) { break }
                if condition.plan.listCount > 0 { condition.clearLists() }
                rule.captures.bindLists(arguments, of: frame, to: body)
                rule.carries.aim(body, arguments)
                // Whether copies of weights pay is known when the loop has gone on for a while.
                if iterations == Self.packingIteration { body.packWeights() }
                try body.execute()
                rule.carries.advance(body, arguments, next)
                iterations += 1
            }
        }
        rule.carries.finish(body, frame, arguments)
    }

    private func lendLists(_ body: Frame, _ condition: Frame) {
        for (input, number) in condition.plan.inputLists.enumerated() where number >= 0 {
            condition.lists[number] = body.lists[body.plan.inputLists[input]]
        }
    }
}

struct WhileRule {
    var condition: Int
    var body: Int
    /// What is bound once: all arrays, and the lists that are variables.
    var binding: Binding
    /// The lists that every iteration gets anew, because the last one may have used them up.
    var captures: Binding
    var carries: Carries
    var maximumIterations: Int
}

/// The scalar that a condition computes.
private struct ConditionResult {
    private let memory: UnsafeMutableRawPointer

    init(_ frame: Frame) {
        switch frame.plan.results[0] {
        case .slot(let slot):
            frame.slots[slot] = frame.scalar
            memory = frame.slots[slot]
        case .input, .constant, .result, .list: memory = frame.scalar
        }
    }

    func value(_ frame: Frame) -> Bool {
        switch frame.plan.results[0] {
        case .input(let slot), .constant(_, let slot):
            frame.slots[slot].load(as: UInt8.self) != 0
        case .slot, .result, .list: memory.load(as: UInt8.self) != 0
        }
    }
}
