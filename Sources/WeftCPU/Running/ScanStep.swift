// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

/// `scan`: slices of the sequences are read, and those of the outputs written, where they stand.
final class ScanStep: Step {
    private let rule: ScanRule

    init(_ recipe: Recipe, _ operands: UnsafePointer<Int32>, _ rule: ScanRule) {
        self.rule = rule
        super.init(recipe, operands)
    }

    private static let packingLength = 8

    override var children: [Int] { [rule.body] }

    override func run(_ frame: Frame) throws {
        let arguments = Arguments(slots: frame.slots, operands: operands)
        let body = try frame.child(rule.body)
        rule.binding.bindArrays(arguments, to: body)
        rule.binding.bindLists(arguments, of: frame, to: body)
        // Copying a weight costs about as much as a few iterations gain.
        if rule.length >= Self.packingLength { body.packWeights() }
        defer {
            body.clearLists()
            body.forgetInputCopies()
        }
        try withUnsafeTemporaryAllocation(
            of: UnsafeMutableRawPointer.self, capacity: body.plan.inputCount + 1
        ) { next in
            guard let next = next.baseAddress else { return }
            for iteration in 0..<rule.length {
                try frame.control?.check()
                let index = rule.isReversed ? rule.length - 1 - iteration : iteration
                for sequence in rule.sequences {
                    body.slots[sequence.input] =
                        arguments[sequence.position] + index * sequence.bytes
                }
                rule.captures.bindLists(arguments, of: frame, to: body)
                rule.carries.aim(body, arguments)
                aimOutputs(body, arguments, index, isLast: iteration == rule.length - 1)
                try body.execute()
                collectOutputs(body, arguments, index)
                rule.carries.advance(body, arguments, next)
            }
        }
        rule.carries.finish(body, frame, arguments)
    }

    /// Tells the body where to write its outputs. A variable of the loop that is also stacked is written
    /// into the stack, and read from there by the next iteration: as this one's result, or else as
    /// what the next one found.
    private func aimOutputs(
        _ body: Frame, _ arguments: Arguments, _ index: Int, isLast: Bool
    ) {
        let (results, carries) = (body.plan.results, rule.carries.variables.count)
        if !isLast {
            let next = rule.isReversed ? index - 1 : index + 1
            for output in rule.outputs {
                if case .input(let input) = results[output.input], input < carries,
                    case .slot(let slot) = results[input]
                {
                    body.slots[slot] = arguments[output.position] + next * output.bytes
                }
            }
        }
        for output in rule.outputs {
            let place = arguments[output.position] + index * output.bytes
            switch results[output.input] {
            case .slot(let slot): body.slots[slot] = place
            case .result(let first) where first < carries:
                if case .slot(let slot) = results[first] { body.slots[slot] = place }
            case .result, .input, .constant, .list: break
            }
        }
    }

    /// Copies the outputs that the body did not compute where they belong, but passed on.
    private func collectOutputs(_ body: Frame, _ arguments: Arguments, _ index: Int) {
        for output in rule.outputs {
            let target = arguments[output.position] + index * output.bytes
            switch body.plan.results[output.input] {
            case .slot, .list: break
            case .input(let slot), .constant(_, let slot):
                if body.slots[slot] != target { copy(body.slots[slot], to: target, output.bytes) }
            case .result(let first):
                if case .slot(let slot) = body.plan.results[first], body.slots[slot] != target {
                    copy(body.slots[slot], to: target, output.bytes)
                }
            }
        }
    }
}

struct ScanRule {
    struct Slice {
        /// The position among the step's arguments.
        var position: Int
        /// The number among the body's inputs, or of an output among its results.
        var input: Int
        var bytes: Int
    }

    var body: Int
    var binding: Binding
    /// The lists that every iteration gets anew, because the last one may have used them up.
    var captures: Binding
    var carries: Carries
    var sequences: [Slice]
    var outputs: [Slice]
    var length: Int
    var isReversed: Bool
}
