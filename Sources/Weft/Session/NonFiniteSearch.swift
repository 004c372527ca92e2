// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Finds the operation of a run that first made NaN or an infinity.
struct NonFiniteSearch {
    let plan: BoundPlan
    let engine: any Engine
    let feeds: [Feeds.Pair]
    /// What the program was given.
    let inputs: [NDArray]

    /// - Parameters:
    ///   - searches: Those of the run's segments so far, in order.
    ///   - host: What they have done to the host.
    /// - Throws: `RunError` when one of the last segment's results is not finite, which names the first
    ///   operation that gave such a number for finite operands, else the input that had one, else the
    ///   first operation that gave one.
    static func check(
        _ results: [NDArray], of searches: [NonFiniteSearch], _ host: HostRecord?,
        _ control: RunControl?
    ) throws {
        guard results.contains(where: { $0.firstNonFinite != nil }) else { return }
        host?.rewind(to: 0)
        for search in searches { try search.find(host, control) }
        for (index, result) in results.enumerated() {
            guard let bad = NonFiniteNumber(result) else { continue }
            throw RunError(bad.found("result \(index) of the run is \(bad), a constant"))
        }
    }

    private func find(_ host: HostRecord?, _ control: RunControl?) throws {
        let trace = InstructionTrace(plan.program, on: engine, host: host, control: control)
        var first: RunError?
        try trace.run(inputs) { instruction, operands, outputs in
            guard let bad = outputs.lazy.compactMap(NonFiniteNumber.init).first else { return }
            guard operands.allSatisfy({ $0.firstNonFinite == nil }) else {
                first =
                    first
                    ?? instruction.error(
                        bad.found(
                            "the result is \(bad), the first of the run that is not finite, for a "
                                + "constant that is not"))
                return
            }
            let given = operands.map(Self.range).joined(separator: ", ")
            throw instruction.error(
                bad.found(
                    "the result is \(bad)" + (given.isEmpty ? "" : " for \(given)")
                        + ", the first of the run that is not finite"))
        }
        for (index, input) in inputs.enumerated() {
            guard let bad = NonFiniteNumber(input) else { continue }
            let read = index - feeds.count
            let name =
                read < 0
                ? "what is fed for \(feeds[index].tensor)" : "variable '\(plan.reads[read].name)'"
            throw RunError(
                bad.found("\(name) is not finite before the run, \(bad)"),
                site: read < 0
                    ? feeds[index].tensor.node.origin.site : plan.reads[read].handle?.site)
        }
        if let first { throw first }
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

/// The first number of an array that is not finite, and where it is.
private struct NonFiniteNumber: CustomStringConvertible {
    private let number: Double
    private let place: [Int]
    private let type: TensorType

    /// nil where all numbers are finite.
    init?(_ array: NDArray) {
        guard let first = array.firstNonFinite else { return nil }
        // The sign of NaN says nothing.
        let found = array.doubles[first]
        number = found.isNaN ? .nan : found
        place = RowMajor.index(of: first, in: array.shape)
        type = TensorType(array.dtype, array.shape)
    }

    var description: String { "\(number) at \(place) of \(type)" }

    /// The error that says so.
    func found(_ words: String) -> RunError.Kind {
        .foundNotFinite(number: number, at: place, of: type, "\(words); no variable changed")
    }
}
