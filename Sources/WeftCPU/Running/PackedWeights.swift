// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// The packed copies of weights that the runs of an executable share.
///
/// A weight is packed when a run finds it where the run before did: weights that change from run to
/// run, as in training, are not worth it. A copy counts until a run finds other memory than it was made
/// of. Until then that memory is kept alive, so nobody changes it: who writes holds the only reference.
final class PackedWeights: Sendable {
    private struct Entry {
        /// The number of the memory that the last run read. That is not kept alive: in training it is
        /// the next step's to write.
        var last: UInt64 = 0
        var source: Storage?
        var copy: Storage?
        var isWorthless = false
    }

    private let plan: Plan
    private let entries: Guarded<[Entry]>

    /// nil where the plan has no weights to pack.
    init?(_ plan: Plan) {
        guard !plan.packings.isEmpty else { return nil }
        self.plan = plan
        entries = Guarded(plan.packings.map { _ in Entry() })
    }

    /// Gives `frame` the copies of what `arguments` are, until its run is over.
    ///
    /// - Throws: `RunError` for values of another engine.
    func lend(_ arguments: RunArguments, to frame: Frame) throws {
        var repeated: [Int] = []
        try entries.withLock { entries in
            for i in entries.indices where !entries[i].isWorthless {
                let source = try source(i, arguments)
                if let copy = entries[i].copy, entries[i].source === source {
                    frame.lend(copy, i)
                    continue
                }
                // What is stale would be kept for nothing.
                (entries[i].source, entries[i].copy) = (nil, nil)
                if entries[i].last == source.number { repeated.append(i) }
                entries[i].last = source.number
            }
        }
        for i in repeated { pack(i, try source(i, arguments), frame) }
    }

    private func source(_ i: Int, _ arguments: RunArguments) throws -> Storage {
        let slot = plan.packings[i].slot
        return try slot < plan.inputCount
            ? arguments.storage(slot) : plan.constants[slot - plan.inputCount].storage
    }

    /// Without the lock: meanwhile other runs read the weight as it is, as all do where no copy can be
    /// made, or there is no memory for one.
    private func pack(_ i: Int, _ source: Storage, _ frame: Frame) {
        let weights = plan.packings[i].weights
        let bytes = weights.packedBytes
        guard bytes > 0 else { return entries.withLock { $0[i].isWorthless = true } }
        guard let copy = try? Storage(allocating: bytes) else { return }
        guard weights.pack(source.address, into: copy.address) else { return }
        // A run that is stopped leaves off where it is.
        guard frame.control?.isStopping != true else { return }
        frame.lend(copy, i)
        entries.withLock { entries in
            entries[i].source = source
            entries[i].copy = copy
        }
    }

    /// The bytes of all copies.
    var byteCount: Int {
        entries.withLock { $0.reduce(0) { $0 + ($1.copy?.byteCount ?? 0) } }
    }
}
