// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Finds the operation of a run that first made NaN or an infinity.
struct NonFiniteSearch {
    let plan: BoundPlan
    let engine: any Engine
    let feeds: [Feeds.Pair]

    /// - Throws: `RunError` when a result of `run` is not finite, which names the first operation that
    ///   gave such a number for finite operands, else the input that had one, else the first operation
    ///   that gave one.
    func check(
        _ run: RunResults, of arguments: RunArguments, _ control: RunControl?
    ) throws {
        let results = try run.fetches + run.newState.map { try $0.read() }
        guard results.contains(where: { $0.firstNonFinite != nil }) else { return }
        let inputs = try arguments.read(for: plan.program)
        let trace = InstructionTrace(plan.program, on: engine, control: control)
        var first: RunError?
        try trace.run(inputs) { instruction, operands, outputs in
            guard let bad = outputs.first(where: { $0.firstNonFinite != nil }) else { return }
            guard operands.allSatisfy({ $0.firstNonFinite == nil }) else {
                first =
                    first
                    ?? instruction.error(
                        .kernelFailure,
                        "the result is \(Self.description(bad)), the first of the run that is not "
                            + "finite, for a constant that is not; no variable changed")
                return
            }
            let given = operands.map(Self.range).joined(separator: ", ")
            throw instruction.error(
                .kernelFailure,
                "the result is \(Self.description(bad))"
                    + (given.isEmpty ? "" : " for \(given)")
                    + ", the first of the run that is not finite; no variable changed")
        }
        for (index, input) in inputs.enumerated() where input.firstNonFinite != nil {
            let read = index - feeds.count
            let name =
                read < 0
                ? "what is fed for \(feeds[index].tensor)" : "variable '\(plan.reads[read].name)'"
            throw RunError(
                .kernelFailure,
                "\(name) is not finite before the run, \(Self.description(input)); "
                    + "no variable changed",
                site: read < 0
                    ? feeds[index].tensor.node.origin.site : plan.reads[read].handle?.site)
        }
        if let first { throw first }
        for (index, result) in results.enumerated() where result.firstNonFinite != nil {
            throw RunError(
                .kernelFailure,
                "result \(index) of the run is \(Self.description(result)), a constant; "
                    + "no variable changed")
        }
    }

    /// The first number that is not finite, and where it is.
    private static func description(_ array: NDArray) -> String {
        guard let first = array.firstNonFinite else { return "\(array.dtype)\(array.shape)" }
        var rest = first
        let index = array.shape.indices.map { axis in
            let stride = array.shape[(axis + 1)...].reduce(1, *)
            defer { rest %= stride }
            return rest / stride
        }
        // The sign of NaN says nothing.
        let number = array.doubles[first]
        return "\(number.isNaN ? .nan : number) at \(index) of \(array.dtype)\(array.shape)"
    }

    /// Type, shape and the least and greatest number: f32[3] from -1.0 to 2.0.
    private static func range(_ array: NDArray) -> String {
        let text = "\(array.dtype)\(array.shape)"
        let numbers = array.doubles
        guard let least = numbers.min(), let greatest = numbers.max() else { return text }
        return least == greatest
            ? "\(text) all \(least)" : "\(text) from \(least) to \(greatest)"
    }
}
