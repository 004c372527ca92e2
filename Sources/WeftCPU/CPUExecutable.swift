// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import Synchronization
import WeftGraph

/// A program compiled for this machine's processor.
///
/// `@unchecked Sendable`: the plan is immutable; a frame is used by the one run that took it out
/// of the pool.
package final class CPUExecutable: Executable, @unchecked Sendable {
    let plan: Plan
    /// What of the plan's inputs and results is a variable's.
    private let roles: Program.Roles
    private let resultTypes: [ArrayType]
    private let threads: Int32
    private let wantsTeam: Bool
    private let programBytes: Int
    private let flushesDenormals: Int32
    private let frames = FramePool()
    let packedWeights: PackedWeights?

    /// Runs that are estimated to take less than this are done by one thread without asking.
    private static let smallNanoseconds = 2000.0

    init(
        _ plan: Plan, roles: Program.Roles = Program.Roles(), threads: Int, flushesDenormals: Bool
    ) {
        self.plan = plan
        self.roles = roles
        resultTypes = plan.program.with(roles).resultTypes
        self.flushesDenormals = flushesDenormals ? 1 : 0
        self.threads = Int32(threads)
        packedWeights = PackedWeights(plan)
        programBytes = plan.program.keptBytes + Self.bytesOfStep * plan.allStepCount
        wantsTeam = plan.usesVendor || plan.work.nanoseconds >= Self.smallNanoseconds
    }

    /// What a step takes beside its operands, measured on plans of many steps.
    private static let bytesOfStep = 2048

    package var keptBytes: Int {
        programBytes + packedBytes + max(frames.count, 1) * plan.frameBytes
    }

    package func run(
        _ arguments: inout RunArguments, control: RunControl?
    ) throws -> RunResults {
        try run(&arguments, control) { try $0.execute() }
    }

    /// Runs the plan, its steps being done by `body`.
    @inline(__always)
    func run(
        _ arguments: inout RunArguments, _ control: RunControl?, _ body: (Frame) throws -> Void
    ) throws -> RunResults {
        let frame = try frames.take(plan)
        defer { frames.give(frame) }
        try bind(arguments, to: frame)
        defer { arguments.noteRead() }
        let results = try makeResults(&arguments, frame)
        frame.control = control
        frame.host = arguments.host
        if let control { weft_stop_watch(control.stopFlag, control.nanosecondsLeft ?? -1) }
        defer { if control != nil { weft_stop_watch(nil, -1) } }
        let floatControl = weft_denormals_set(flushesDenormals)
        defer { weft_denormals_restore(floatControl) }
        if wantsTeam {
            _ = weft_team_acquire(threads)
            defer { weft_team_release() }
            try packedWeights?.lend(arguments, to: frame)
            try body(frame)
        } else {
            try body(frame)
        }
        return results
    }

    @inline(__always)
    private func bind(_ arguments: borrowing RunArguments, to frame: Frame) throws {
        try arguments.require(roles, inputCount: plan.inputCount)
        try arguments.values.withUnsafeBufferPointer { values in
            for i in 0..<values.count {
                let (address, byteCount) = values[i].memory
                guard let address, byteCount >= plan.inputBytes[i] else {
                    throw misfit(i, values[i])
                }
                frame.slots[i] = address
            }
        }
        if let state = arguments.randomState {
            frame.randomState.storeBytes(of: state.words, as: type(of: state.words))
            frame.slots[plan.inputCount - 1] = frame.randomState
        }
    }

    private func misfit(_ input: Int, _ value: EngineValue) -> RunError {
        guard case .host = value else { return value.foreignError }
        return RunError(
            .invalidFeed,
            "input \(input) is \(value.type), the program was compiled for "
                + "\(plan.program.inputTypes[input])")
    }

    /// The arrays of the results; steps write into the new ones.
    @inline(__always)
    private func makeResults(
        _ arguments: inout RunArguments, _ frame: Frame
    ) throws -> RunResults {
        var results = RunResults(fetches: [], newState: [])
        let fetchCount = plan.results.count - roles.updateCount
        if fetchCount == 1 {
            // An array literal is made several times as fast as a growing array.
            results.fetches = [try makeResult(0, nil, arguments, frame, results)]
        } else {
            results.fetches.reserveCapacity(fetchCount)
            for k in 0..<fetchCount {
                results.fetches.append(try makeResult(k, nil, arguments, frame, results))
            }
        }
        if roles.updateCount == 0 { return results }
        results.newState.reserveCapacity(roles.updateCount)
        for k in fetchCount..<plan.results.count {
            let donated = arguments.takeDonatedStorage(
                k - fetchCount, byteCount: plan.resultBytes[k])
            results.newState.append(
                .host(try makeResult(k, donated, arguments, frame, results)))
        }
        return results
    }

    /// - Parameter donated: Memory that the result may have.
    @inline(__always)
    private func makeResult(
        _ k: Int, _ donated: Storage?, _ arguments: borrowing RunArguments, _ frame: Frame,
        _ earlier: borrowing RunResults
    ) throws -> NDArray {
        let type = resultTypes[k]
        let storage: Storage
        switch plan.results[k] {
        case .slot(let slot):
            storage = try donated ?? newResult(k, plan.resultBytes[k])
            frame.slots[slot] = storage.address
        case .input(let input): storage = try arguments.storage(input)
        case .constant(let number, _): storage = plan.constants[number].storage
        case .result(let first): storage = try earlier.storage(first)
        // Lists never leave a program.
        case .list: storage = try newResult(k, 0)
        }
        return NDArray(dtype: type.dtype, shape: type.shape, storage: storage)
    }
}

extension CPUExecutable {
    /// - Throws: `RunError` when there is no memory.
    private func newResult(_ k: Int, _ bytes: Int) throws -> Storage {
        do {
            return try Storage(allocating: bytes)
        } catch {
            throw error.runError("result \(k) of the run, \(plan.resultTypes[k])")
        }
    }
}

extension EngineValue {
    /// Where an array is, and its bytes; nil for another engine's value.
    @inline(__always)
    fileprivate var memory: (address: UnsafeMutableRawPointer?, byteCount: Int) {
        switch self {
        case .host(let array): (array.storage.address, array.storage.byteCount)
        case .buffer: (nil, 0)
        }
    }

    fileprivate var foreignError: RunError {
        RunError(.unsupported, "a value of \(type) is another engine's; read it, and feed that")
    }
}

extension RunArguments {
    /// The memory of an input of the program.
    ///
    /// - Throws: `RunError` for another engine's value.
    func storage(_ input: Int) throws -> Storage {
        if input == values.count, let randomState { return randomState.array.storage }
        guard case .host(let array) = values[input] else { throw values[input].foreignError }
        return array.storage
    }

    /// Says that this thread has read what it wanted to: the memory's next owner comes later.
    fileprivate func noteRead() {
        values.withUnsafeBufferPointer {
            for i in 0..<$0.count {
                if case .host(let array) = $0[i] { array.storage.noteRead() }
            }
        }
    }
}

extension RunResults {
    /// The memory of an output of the program.
    ///
    /// - Throws: `RunError` for another engine's value.
    fileprivate func storage(_ output: Int) throws -> Storage {
        if output < fetches.count { return fetches[output].storage }
        let value = newState[output - fetches.count]
        guard case .host(let array) = value else { throw value.foreignError }
        return array.storage
    }
}

/// The frames of an executable that no run uses.
private final class FramePool: Sendable {
    /// One frame for the ordinary case that runs follow one another.
    private let first = Atomic<UInt>(0)
    /// Addresses of frames that the pool owns, like that of `first`.
    private let others = Guarded<[UInt]>([])
    private static let limit = 64
    private let made = Atomic<Int>(0)

    /// How many frames there are, those of runs included.
    var count: Int { made.load(ordering: .relaxed) }

    private static func address(owning frame: Frame) -> UInt {
        UInt(bitPattern: Unmanaged.passRetained(frame).toOpaque())
    }

    private static func frame(_ address: UInt) -> Frame? {
        UnsafeRawPointer(bitPattern: address).map {
            Unmanaged<Frame>.fromOpaque($0).takeRetainedValue()
        }
    }

    /// - Throws: `RunError` when there is no memory for another.
    func take(_ plan: Plan) throws -> Frame {
        if let frame = Self.frame(first.exchange(0, ordering: .acquiring)) { return frame }
        let other = others.withLock { $0.popLast() }
        if let frame = other.flatMap(Self.frame) { return frame }
        try plan.requireMemory()
        let frame = try plan.makeFrame()
        made.wrappingAdd(1, ordering: .relaxed)
        return frame
    }

    func give(_ frame: Frame) {
        frame.endRun()
        let address = Self.address(owning: frame)
        if first.compareExchange(expected: 0, desired: address, ordering: .releasing).exchanged {
            return
        }
        let isKept = others.withLock { list in
            guard list.count < Self.limit else { return false }
            list.append(address)
            return true
        }
        if !isKept {
            made.wrappingSubtract(1, ordering: .relaxed)
            _ = Self.frame(address)
        }
    }

    deinit {
        _ = Self.frame(first.load(ordering: .acquiring))
        for address in others.withLock({ $0 }) { _ = Self.frame(address) }
    }
}
