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
    ///   - fetched: What the last segment gives.
    ///   - state: The values that it has for variables.
    ///   - searches: Those of the run's segments so far, in order.
    ///   - host: What they have done to the host.
    /// - Throws: `RunError` when one of the last segment's results is not finite, which names the first
    ///   operation that gave such a number for finite operands, else the input that had one, else the
    ///   first operation that gave one; and the variables that would not be finite.
    static func check(
        _ fetched: some Sequence<NDArray>, state: [NDArray], of searches: [NonFiniteSearch],
        _ host: HostRecord?, _ control: RunControl?
    ) throws {
        let results = Array(fetched) + state
        guard results.contains(where: { $0.firstNonFinite != nil }) else { return }
        host?.rewind(to: 0)
        let spoilt = searches.last.map { spoiltVariables($0.plan.writes, state) } ?? ""
        for search in searches { try search.find(spoilt, host, control) }
        for (index, result) in results.enumerated() {
            guard let bad = NonFiniteNumber(result) else { continue }
            throw RunError(bad.found("result \(index) of the run is \(bad), a constant", spoilt))
        }
    }

    /// The variables that an update would leave with a number that is not finite, in words: the model's before
    /// those of optimizers.
    private static func spoiltVariables(
        _ cells: [VariableStore.Cell], _ state: [NDArray]
    ) -> String {
        let spoilt = zip(cells, state).filter { $1.firstNonFinite != nil }.map(\.0)
        guard !spoilt.isEmpty else { return "" }
        let trainable = spoilt.filter { $0.handle?.isTrainable == true }
        let others = spoilt.filter { $0.handle?.isTrainable != true }
        return "; not finite after it: "
            + StateImport.list((trainable + others).map { "variable '\($0.name)'" })
    }

    private func find(
        _ spoilt: String, _ host: HostRecord?, _ control: RunControl?
    ) throws {
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
                                + "constant that is not", spoilt))
                return
            }
            let given = operands.map(Self.statistics).joined(separator: ", ")
            throw instruction.error(
                bad.found(
                    "the result is \(bad)" + (given.isEmpty ? "" : " for \(given)")
                        + ", the first of the run that is not finite", spoilt))
        }
        for (index, input) in inputs.enumerated() {
            guard let bad = NonFiniteNumber(input) else { continue }
            let read = index - feeds.count
            let name =
                read < 0
                ? "what is fed for \(feeds[index].tensor)" : "variable '\(plan.reads[read].name)'"
            throw RunError(
                bad.found("\(name) is not finite before the run, \(bad)", spoilt),
                site: read < 0
                    ? feeds[index].tensor.node.origin.site : plan.reads[read].handle?.site)
        }
        if let first { throw first }
    }

    /// Type, shape and statistics: f32[4] from -1.0 to 2.0 (mean 0.25, 50% zeros).
    private static func statistics(_ array: NDArray) -> String {
        let text = "\(array.dtype)\(array.shape)"
        let numbers = array.doubles
        guard let least = numbers.min(), let greatest = numbers.max() else { return text }
        if least == greatest { return "\(text) all \(least)" }
        let count = Double(numbers.count)
        let mean = numbers.reduce(0) { $0 + $1 / count }
        let zeros = Double(numbers.count { $0 == 0 }) / count
        let shown = [
            "mean \(Float(mean))", zeros > 0 ? "\(Int((zeros * 100).rounded()))% zeros" : nil,
        ]
        return
            "\(text) from \(least) to \(greatest) (\(shown.compactMap(\.self).joined(separator: ", ")))"
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
    ///
    /// - Parameter spoilt: Which variables are affected, in words.
    func found(_ words: String, _ spoilt: String) -> RunError.Kind {
        .foundNotFinite(
            number: number, at: place, of: type, "\(words); no variable changed\(spoilt)")
    }
}
