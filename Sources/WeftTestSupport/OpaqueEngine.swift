// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// An engine whose values nobody can see into without reading them, as if they were in an accelerator's
/// memory. Another engine computes.
///
/// What is donated and held by nobody else is taken over: its memory is filled with ones, which are NaN in
/// every floating-point type, and becomes the other engine's to write a result in. Who uses such a value
/// afterwards gets an error.
package struct OpaqueEngine: Engine {
    /// What happened to the values of an engine.
    package struct Counts: Sendable {
        /// How many values were made of arrays.
        package var made = 0
        /// How many values were read.
        package var reads = 0
        /// How many donated values were taken over.
        package var takenOver = 0
        /// How many donated values somebody else held.
        package var shared = 0
        /// How many values exist now.
        package var living = 0
    }

    private let inner: any Engine
    private let tally = Tally()

    package init(_ inner: any Engine) { self.inner = inner }

    package var name: String { "opaque" }
    package var deviceDescription: String { "memory of its own before \(inner.deviceDescription)" }

    package var counts: Counts { tally.counts.withLock { $0 } }

    package func value(of array: NDArray) -> EngineValue {
        tally.counts.withLock { $0.made += 1 }
        return .buffer(OpaqueBuffer(array.copied(), tally))
    }

    package func compile(_ program: Program) throws -> any Executable {
        OpaqueExecutable(
            inner: try inner.compile(program), updateCount: program.roles.updateCount, tally: tally)
    }
}

private final class Tally: Sendable {
    let counts = Guarded(OpaqueEngine.Counts())
}

private final class OpaqueBuffer: EngineBuffer {
    let type: ArrayType
    /// Nil once it was taken over.
    private let array: Guarded<NDArray?>
    private let tally: Tally

    /// - Parameter array: Memory that nobody else holds.
    init(_ array: NDArray, _ tally: Tally) {
        type = ArrayType(array.dtype, array.shape)
        self.array = Guarded(array)
        self.tally = tally
        tally.counts.withLock { $0.living += 1 }
    }

    deinit { tally.counts.withLock { $0.living -= 1 } }

    func read() throws -> NDArray {
        tally.counts.withLock { $0.reads += 1 }
        return try contents().copied()
    }

    /// What the engine itself sees.
    func contents() throws -> NDArray {
        guard let array = array.withLock({ $0 }) else {
            throw RunError(.unsupported, "a value of \(type) is used that was given away")
        }
        return array
    }

    func takeOver() -> NDArray? {
        guard var array = array.withLock({ $0.take() }) else { return nil }
        array.withUnsafeMutableBytes { bytes in for i in bytes.indices { bytes[i] = 0xFF } }
        return array
    }
}

private struct OpaqueExecutable: Executable {
    let inner: any Executable
    let updateCount: Int
    let tally: Tally

    var keptBytes: Int { inner.keptBytes }

    func explain() throws -> String { try inner.explain() }

    func run(_ arguments: inout RunArguments, control: RunControl?) throws -> RunResults {
        try onArrays(&arguments) { try inner.run(&$0, control: control) }
    }

    func profile(
        _ arguments: inout RunArguments, control: RunControl?
    ) throws -> (RunResults, [StepTiming]) {
        var timings: [StepTiming] = []
        let results = try onArrays(&arguments) {
            let (results, taken) = try inner.profile(&$0, control: control)
            timings = taken
            return results
        }
        return (results, timings)
    }

    private func onArrays(
        _ arguments: inout RunArguments, _ body: (inout RunArguments) throws -> RunResults
    ) throws -> RunResults {
        var visible = RunArguments(
            feeds: try arguments.feeds.map(Self.array),
            state: try arguments.state.map { .host(try Self.array($0)) },
            randomState: arguments.randomState)
        visible.host = arguments.host
        for i in arguments.donated.indices {
            visible.donated.append(takeOver(arguments.donated[i].take()).map { .host($0) })
        }
        let results = try body(&visible)
        guard results.newState.count == updateCount else {
            throw RunError(.unsupported, "\(results.newState.count) new values for \(updateCount)")
        }
        // Nothing that leaves shares memory with what stays.
        return RunResults(
            fetches: results.fetches.map { $0.copied() },
            newState: try results.newState.map {
                .buffer(OpaqueBuffer(try Self.array($0).copied(), tally))
            })
    }

    private static func array(_ value: EngineValue) throws -> NDArray {
        switch value {
        case .host(let array): return array
        case .buffer(let buffer):
            guard let own = buffer as? OpaqueBuffer else {
                throw RunError(.unsupported, "a value of \(value.type) is another engine's")
            }
            return try own.contents()
        }
    }

    private func takeOver(_ value: consuming EngineValue?) -> NDArray? {
        guard case .buffer(let donated)? = consume value else { return nil }
        var own = (consume donated) as? OpaqueBuffer
        let isOurs = isKnownUniquelyReferenced(&own)
        tally.counts.withLock {
            if isOurs { $0.takenOver += 1 } else { $0.shared += 1 }
        }
        return isOurs ? own?.takeOver() : nil
    }
}

extension NDArray {
    /// The same in memory of its own.
    fileprivate func copied() -> NDArray {
        .copying(dtype, shape) { memory in
            withUnsafeBytes { bytes in
                if let address = bytes.baseAddress {
                    memory.copyMemory(from: address, byteCount: bytes.count)
                }
            }
        }
    }
}
