// SPDX-License-Identifier: Apache-2.0

/// A function of the host as programs hold it. They keep none alive: whoever runs a graph has it, and a
/// closure may well hold the session that has the plan.
package final class HostCall: Hashable, Sendable {
    package let name: String
    package let isStateful: Bool
    /// How many results its closure gives.
    let resultCount: Int
    /// The positions of the operands of its closure that are numbers of strings.
    private let stringOperands: [Int]
    /// The positions of the results that are.
    private let stringResults: [Int]
    private let id: UInt64
    private weak let function: HostFunction?

    /// - Parameters:
    ///   - operands: The element types of its operands in the graph; none where no strings are among them.
    ///   - results: Those of its results.
    package init(_ function: HostFunction, operands: [DType] = [], results: [DType] = []) {
        stringOperands = operands.indices.filter { operands[$0] == .string }
        stringResults = results.indices.filter { results[$0] == .string }
        name = function.name
        isStateful = function.isStateful
        resultCount = function.results.count
        id = function.id
        self.function = function
    }

    /// Whether the function is gone, so that nobody can ask for it any more.
    package var isOrphaned: Bool { function == nil }

    package static func == (a: HostCall, b: HostCall) -> Bool {
        a.id == b.id && a.stringOperands == b.stringOperands && a.stringResults == b.stringResults
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension HostCall {
    /// Closures run sessions whose graphs call closures: on the stack of one thread.
    private static let mostNested = 32

    /// Calls the function.
    ///
    /// - Parameters:
    ///   - operands: Those of the instruction.
    ///   - types: The types of its results.
    ///   - record: What the run has done to its host so far; nil where nobody asks.
    ///   - error: An error of the instruction.
    /// - Returns: The results of the instruction.
    /// - Throws: `RunError` when the function throws or gives other results than it declares, and when
    ///   `control` stops the run before or after it.
    package func run(
        _ operands: [NDArray], _ types: [ArrayType], record: HostRecord?, control: RunControl?,
        error: (RunError.Kind) -> RunError
    ) throws -> [NDArray] {
        try control?.check()
        guard isStateful else {
            let results = try results(operands, types, record, error)
            try control?.check()
            return results
        }
        let order = Self.number(after: operands[0])
        let own = Array(operands.dropFirst())
        func call() throws -> [NDArray] {
            try self.results(own, Array(types.dropFirst()), record, error)
        }
        let results = try record?.results(of: call) ?? call()
        try control?.check()
        return [order] + results
    }

    /// The place in the order of effects that follows.
    package static func number(after order: NDArray) -> NDArray {
        NDArray((order.integers?.first ?? 0) &+ 1)
    }

    private func results(
        _ operands: [NDArray], _ types: [ArrayType], _ record: HostRecord?,
        _ error: (RunError.Kind) -> RunError
    ) throws -> [NDArray] {
        guard let function else {
            throw error(.other(.unsupported, "the function of the host is gone"))
        }
        let surroundings = HostSurroundings.current.entering(record)
        guard surroundings.depth <= Self.mostNested else {
            throw error(
                .other(
                    .unsupported,
                    "functions of the host run sessions inside each other more than "
                        + "\(Self.mostNested) deep"))
        }
        var (operands, types) = (operands, types)
        if !stringOperands.isEmpty || !stringResults.isEmpty {
            guard record != nil else {
                throw error(.other(.unsupported, "strings are computed in runs of sessions only"))
            }
        }
        for i in stringOperands {
            operands[i] = try record?.strings.strings(operands[i]) ?? operands[i]
        }
        for i in stringResults { types[i].dtype = .string }
        var results: [NDArray]
        do {
            results = try HostSurroundings.$current.withValue(surroundings) {
                try function.call(operands)
            }
        } catch let failure {
            throw error(.hostCallFailed(name, "\(failure)"))
        }
        guard results.count == resultCount else {
            throw error(.hostResultCount(name, results.count, wanted: resultCount))
        }
        for (index, (result, type)) in zip(results, types).enumerated()
        where result.dtype != type.dtype || result.shape != type.shape {
            throw error(
                .hostResultOfWrongType(
                    name, result: index, TensorType(result.dtype, result.shape),
                    wanted: type.tensorType))
        }
        for i in stringResults {
            results[i] = try record?.strings.numbers(of: results[i]) ?? results[i]
        }
        return results.isEmpty ? [NDArray(true)] : results
    }
}

/// The runs that a function of the host is called by.
package struct HostSurroundings: Sendable {
    /// How many there are, each inside the next.
    fileprivate var depth = 0
    /// The sessions of those that update variables.
    private var updating: [ObjectIdentifier] = []

    @TaskLocal fileprivate static var current = HostSurroundings()

    fileprivate func entering(_ record: HostRecord?) -> HostSurroundings {
        var inner = self
        inner.depth += 1
        if let session = record?.updatingSession { inner.updating.append(session) }
        return inner
    }

    /// Whether a run of the session that updates variables waits for what is going on here.
    package static func isInsideUpdate(of session: AnyObject) -> Bool {
        current.updating.contains(ObjectIdentifier(session))
    }
}
