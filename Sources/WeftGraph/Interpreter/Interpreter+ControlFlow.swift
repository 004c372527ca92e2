// SPDX-License-Identifier: Apache-2.0

extension Interpreter {
    private func isTrue(
        _ value: ReferenceValue, _ instruction: Program.Instruction
    ) throws -> Bool {
        try (value.array(for: instruction).integers ?? []).first.map { $0 != 0 } ?? false
    }

    /// Only the branch taken runs.
    func cond(
        _ plans: [ReferencePlan], _ instruction: Program.Instruction,
        _ operands: inout [ReferenceValue]
    ) throws -> [ReferenceValue] {
        let branch = try isTrue(operands[0], instruction) ? plans[0] : plans[1]
        operands.removeFirst()
        return try run(branch, &operands)
    }

    /// Stops when the condition is false, or after the iterations allowed.
    func whileLoop(
        _ plans: [ReferencePlan], _ instruction: Program.Instruction, _ carries: Int,
        _ maximumIterations: Int?, _ operands: inout [ReferenceValue]
    ) throws -> [ReferenceValue] {
        let captures = Array(operands[carries...])
        var state = Array(operands[..<carries])
        operands.removeAll()
        var iterations = 0
        while maximumIterations.map({ iterations < $0 }) ?? true {
            try control?.check()
            var inputs = state + captures
            guard try isTrue(run(plans[0], &inputs)[0], instruction) else { break }
            inputs = state + captures
            // The body holds the only reference to its carries, so that lists grow in place.
            state.removeAll()
            state = try run(plans[1], &inputs)
            iterations += 1
        }
        return state
    }

    /// A loop over the first axis of the sequences. A reversed scan goes from the last slice to the
    /// first; its outputs stand where the slices stood.
    func scan(
        _ plans: [ReferencePlan], _ instruction: Program.Instruction, _ types: [ArrayType],
        _ loop: (carries: Int, sequences: Int, isReversed: Bool), _ operands: inout [ReferenceValue]
    ) throws -> [ReferenceValue] {
        var state = Array(operands[..<loop.carries])
        let sequences = try operands[loop.carries..<loop.carries + loop.sequences].map {
            try $0.array(for: instruction)
        }
        let captures = Array(operands[(loop.carries + loop.sequences)...])
        operands.removeAll()
        let length =
            sequences.first?.shape.first ?? types.dropFirst(loop.carries).first?.shape.first
        var outputs = types.dropFirst(loop.carries).map { NDArray.zeros($0.dtype, $0.shape) }
        for iteration in 0..<(length ?? 0) {
            try control?.check()
            let position = loop.isReversed ? (length ?? 0) - 1 - iteration : iteration
            var inputs = state + sequences.map { .array($0[position]) } + captures
            state.removeAll()
            var results = try run(plans[0], &inputs)
            for (k, slice) in results[loop.carries...].enumerated() {
                let array = try slice.array(for: instruction)
                outputs[k].withUnsafeMutableBytes { target in
                    array.withUnsafeBytes { source in
                        guard let to = target.baseAddress, let from = source.baseAddress else {
                            return
                        }
                        (to + position * source.count).copyMemory(
                            from: from, byteCount: source.count)
                    }
                }
            }
            results.removeLast(results.count - loop.carries)
            state = results
        }
        return state + outputs.map { .array($0) }
    }

    func check(
        _ kind: CheckKind, _ instruction: Program.Instruction, _ operands: [ReferenceValue]
    ) throws {
        switch kind {
        case .finite(let message):
            let array = try operands[0].array(for: instruction)
            guard array.dtype.isFloatingPoint else { return }
            let numbers = Double.load(array)
            let bad = numbers.indices.filter { !numbers[$0].isFinite }
            guard let first = bad.first else { return }
            var rest = first
            let index = RowMajor.strides(array.shape).map { stride in
                defer { rest %= stride }
                return rest / stride
            }
            throw instruction.error(
                .kernelFailure,
                "\(message): \(bad.count) of \(numbers.count) values are not "
                    + "finite, the first is \(numbers[first]) at \(index)")
        case .condition(let message):
            if try isTrue(operands[1], instruction) { return }
            throw instruction.error(.kernelFailure, message)
        case .inRange(let message):
            let array = try operands[0].array(for: instruction)
            let numbers = array.integers ?? []
            let bound = try operands[1].array(for: instruction).integers?.first ?? 0
            if numbers.allSatisfy({ $0 >= 0 && $0 < bound }) { return }
            throw instruction.error(
                .kernelFailure,
                "\(message): \(RangeViolation.report(numbers, array.shape, bound))")
        }
    }
}

/// The words about elements that are not in 0..<bound.
package enum RangeViolation {
    package static func report(_ numbers: [Int64], _ shape: [Int], _ bound: Int64) -> String {
        let bad = numbers.indices.filter { numbers[$0] < 0 || numbers[$0] >= bound }
        guard let first = bad.first else { return "all are in range" }
        var rest = first
        let place = RowMajor.strides(shape).map { stride in
            defer { rest %= stride }
            return rest / stride
        }
        let range = bound > 0 ? "it must be 0 to \(bound - 1)" : "there are none"
        let others =
            bad.count > 1 ? " (and \(bad.count - 1) more of \(numbers.count) are wrong)" : ""
        return "\(numbers[first])" + (shape.isEmpty ? "" : " at \(place)") + ", \(range)\(others)"
    }
}
