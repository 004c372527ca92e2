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
    private let threads: Int32
    private let wantsTeam: Bool
    private let programBytes: Int
    private let flushesDenormals: Int32
    private let frames = FramePool()
    let packedWeights: PackedWeights?

    /// Runs that are estimated to take less than this are done by one thread without asking.
    private static let smallNanoseconds = 2000.0

    init(_ plan: Plan, threads: Int, flushesDenormals: Bool) {
        self.plan = plan
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

    package func run(_ inputs: [NDArray], control: RunControl?) throws -> [NDArray] {
        var spares: [Storage?] = []
        return try run(inputs, &spares, control) { try $0.execute() }
    }

    package func run(
        _ inputs: [NDArray], reusing spares: inout [Storage?], control: RunControl?
    ) throws -> [NDArray] {
        try run(inputs, &spares, control) { try $0.execute() }
    }

    /// Runs the plan, its steps being done by `body`.
    @inline(__always)
    func run(
        _ inputs: [NDArray], _ spares: inout [Storage?], _ control: RunControl?,
        _ body: (Frame) throws -> Void
    ) throws -> [NDArray] {
        let frame = try frames.take(plan)
        defer { frames.give(frame) }
        try bind(inputs, to: frame)
        let results = try makeResults(inputs, &spares, frame)
        frame.control = control
        if let control { weft_stop_watch(control.stopFlag, control.nanosecondsLeft ?? -1) }
        defer { if control != nil { weft_stop_watch(nil, -1) } }
        let floatControl = weft_denormals_set(flushesDenormals)
        defer { weft_denormals_restore(floatControl) }
        if wantsTeam {
            _ = weft_team_acquire(threads)
            defer { weft_team_release() }
            packedWeights?.lend(inputs, to: frame)
            try body(frame)
        } else {
            try body(frame)
        }
        return results
    }

    @inline(__always)
    private func bind(_ inputs: [NDArray], to frame: Frame) throws {
        guard inputs.count == plan.inputCount else {
            throw RunError(
                .invalidFeed,
                "the program has \(plan.inputCount) inputs, \(inputs.count) arrays were given")
        }
        try inputs.withUnsafeBufferPointer { inputs in
            for i in 0..<inputs.count {
                let storage = inputs[i].storage
                guard storage.byteCount >= plan.inputBytes[i] else {
                    throw RunError(
                        .invalidFeed,
                        "input \(i) is \(inputs[i].dtype)\(inputs[i].shape), the program was "
                            + "compiled for \(plan.program.inputTypes[i])")
                }
                frame.slots[i] = storage.address
            }
        }
    }

    /// The arrays of the results; steps write into the new ones.
    @inline(__always)
    private func makeResults(
        _ inputs: [NDArray], _ spares: inout [Storage?], _ frame: Frame
    ) throws -> [NDArray] {
        if plan.results.count == 1 {
            // An array literal is made several times as fast as a growing array.
            return [try makeResult(0, inputs, &spares, frame, earlier: [])]
        }
        var results: [NDArray] = []
        results.reserveCapacity(plan.results.count)
        for k in 0..<plan.results.count {
            results.append(try makeResult(k, inputs, &spares, frame, earlier: results))
        }
        return results
    }

    @inline(__always)
    private func makeResult(
        _ k: Int, _ inputs: [NDArray], _ spares: inout [Storage?], _ frame: Frame,
        earlier: [NDArray]
    ) throws -> NDArray {
        let type = plan.resultTypes[k]
        let storage: Storage
        switch plan.results[k] {
        case .slot(let slot):
            let bytes = plan.resultBytes[k]
            let spare = k - (plan.results.count - spares.count)
            let unshared =
                spare < 0 ? nil : Storage.takeUnshared(&spares[spare], byteCount: bytes)
            storage = try unshared ?? newResult(k, bytes)
            frame.slots[slot] = storage.address
        case .input(let input): storage = inputs[input].storage
        case .constant(let number, _): storage = plan.constants[number].storage
        case .result(let first): storage = earlier[first].storage
        // Lists never leave a program.
        case .list: storage = Storage(byteCount: 0)
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
