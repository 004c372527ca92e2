// SPDX-License-Identifier: Apache-2.0

/// Measures the instructions of a run, also those inside branches, loops and calls.
final class InstructionRecorder {
    private let stopwatch = StepStopwatch()
    private var records: [(program: Program, position: Int, bytes: Int)] = []

    func measure<R>(
        _ plan: ReferencePlan, _ position: Int, _ body: () throws -> R
    ) rethrows -> R {
        let instruction = plan.program.instructions[position]
        // What the instructions inside do is counted there.
        let values =
            plan.inner[position] == nil ? instruction.inputs + instruction.outputs : []
        let bytes = values.reduce(0) { $0 + plan.program.values[$1].byteCount }
        records.append((plan.program, position, bytes))
        return try stopwatch.measure(body)
    }

    var timings: [StepTiming] {
        var known: [StepTiming.Identity: StepWords] = [:]
        return zip(records, stopwatch.times).map { record, time in
            let identity = StepTiming.Identity(record.program, record.position)
            let instruction = record.program.instructions[record.position]
            let words =
                known[identity] ?? StepWords(instruction.label, [instruction], of: record.program)
            known[identity] = words
            return StepTiming(identity, words, time: time, bytes: record.bytes, flops: 0)
        }
    }
}

extension Program {
    /// The instructions with the types of their results, one a line; those of a program inside stand
    /// further in, where it is first met.
    var listing: String {
        var (text, seen) = ("", Set<Program>())
        list(into: &text, &seen, indentation: "")
        return text
    }

    private func list(into text: inout String, _ seen: inout Set<Program>, indentation: String) {
        for instruction in instructions {
            let types = instruction.outputs.map { "\(values[$0])" }.joined(separator: ", ")
            text += "\(indentation)\(instruction.label) -> \(types)\n"
            for inner in instruction.primitive.programs where seen.insert(inner).inserted {
                inner.list(into: &text, &seen, indentation: indentation + "  ")
            }
        }
    }
}
