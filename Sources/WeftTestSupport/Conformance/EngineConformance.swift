// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What every engine must pass: small programs, each run on it and on the reference interpreter.
///
/// ```swift
/// for item in EngineConformance.cases() {
///     let mismatches = EngineConformance.check(item, engine)
/// }
/// ```
package enum EngineConformance {
    /// All cases, the same ones in every process.
    package static func cases() -> [ConformanceCase] {
        var collection = CaseCollection()
        collection.addSources()
        collection.addUnary()
        collection.addBinary()
        collection.addOtherElementwise()
        collection.addReductions()
        collection.addProducts()
        collection.addConvolutions()
        collection.addWindows()
        collection.addMovement()
        collection.addIndexing()
        collection.addSorting()
        collection.addMatrices()
        collection.addFourier()
        collection.addControlFlow()
        collection.addCalls()
        collection.addLists()
        collection.addHost()
        collection.addStrings()
        collection.addChains()
        return collection.cases
    }

    /// Runs a case on both. Where the reference fails, the engine must fail with the same code.
    ///
    /// - Parameter isState: Whether the inputs and outputs are values of variables, which the engine
    ///   makes, keeps and reads, instead of feeds and fetches. It then runs twice, and is given the
    ///   results of the first run to write those of the second over.
    package static func check(
        _ item: ConformanceCase, _ engine: some Engine, isState: Bool = false
    ) -> [Mismatch] {
        func mismatch(_ reason: String) -> [Mismatch] {
            [Mismatch(caseName: item.name, reason: reason)]
        }
        let before = item.inputs.map { array in array.withUnsafeBytes { Array($0) } }
        let expected = outcome(ReferenceEngine(), item)
        let actual = isState ? outcomeOfState(engine, item) : outcome(engine, item)
        for (position, array) in item.inputs.enumerated()
        where array.withUnsafeBytes({ !$0.elementsEqual(before[position]) }) {
            return mismatch("input \(position) was changed")
        }
        switch (expected, actual) {
        case (.failure(let a), .failure(let b)):
            return a.code == b.code
                ? [] : mismatch("fails with \(b.code) (\(b)), not with \(a.code) (\(a))")
        case (.failure(let error), .success):
            return mismatch("succeeds where it must fail: \(error)")
        case (.success, .failure(let error)): return mismatch("fails: \(error)")
        case (.success(let a), .success(let b)): return Comparison(item: item).mismatches(a, b)
        }
    }

    private static func outcome(
        _ engine: some Engine, _ item: ConformanceCase
    ) -> Result<[NDArray], RunError> {
        result {
            var arguments = RunArguments(feeds: item.inputs)
            arguments.host = HostRecord(updating: nil, keepsResults: false)
            return try engine.compile(item.program).run(&arguments, control: nil).fetches
        }
    }

    private static func outcomeOfState(
        _ engine: some Engine, _ item: ConformanceCase
    ) -> Result<[NDArray], RunError> {
        result {
            let program = item.program
            let executable = try engine.compile(
                program.with(
                    Program.Roles(
                        stateCount: program.inputs.count, updateCount: program.outputs.count)))
            var arguments = RunArguments(
                feeds: [], state: try item.inputs.map { try engine.value(of: $0) })
            arguments.host = HostRecord(updating: nil, keepsResults: false)
            var state = try executable.run(&arguments, control: nil).newState
            arguments.donated = state
            state = []
            return try executable.run(&arguments, control: nil).newState.map { try $0.read() }
        }
    }

    private static func result(
        _ body: () throws -> [NDArray]
    ) -> Result<[NDArray], RunError> {
        do {
            return .success(try body())
        } catch {
            return .failure(
                error as? RunError ?? RunError(.unsupported, "not a RunError: \(error)"))
        }
    }

    /// The number of cases of each kind.
    package static func counts(_ cases: [ConformanceCase]) -> [PrimitiveKind: Int] {
        cases.reduce(into: [:]) { counts, item in
            if let kind = item.kind { counts[kind, default: 0] += 1 }
        }
    }

    /// The kinds and element types without a case; nothing may be missing.
    package static func missing(_ cases: [ConformanceCase]) throws -> [String] {
        var covered: Set<String> = []
        var primitives: [String: Primitive] = [:]
        for item in cases {
            guard let kind = item.kind else { continue }
            covered.insert("\(kind) \(item.dtype)")
            for instruction in item.program.instructions {
                primitives[instruction.primitive.kind.primitive] = instruction.primitive
            }
        }
        let wanted = primitives.values.flatMap { primitive in
            primitive.kinds.flatMap { kind, dtypes in dtypes.map { "\(kind) \($0)" } }
        }
        let unseen = try Primitive.declaredNames().filter { primitives[$0] == nil }
        return unseen + wanted.filter { !covered.contains($0) }
    }
}
