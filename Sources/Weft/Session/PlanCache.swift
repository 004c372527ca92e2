// SPDX-License-Identifier: Apache-2.0
import Logging
import WeftGraph

/// The plans of a session: found by the identity of fetches and feeds, else by the graph's structure.
///
/// No node is kept alive: keys are identities that are never used again.
/// `@unchecked Sendable`: every access to the dictionaries is under the lock.
final class PlanCache: @unchecked Sendable {
    struct Key: Hashable {
        struct Feed: Hashable {
            let node: UInt64
            let index: Int
            let dtype: DType
            let shape: [Int]
        }
        let fetches: [UInt64]
        let feeds: [Feed]
        let facts: SegmentFacts.Key?

        init(_ fetches: [AnyTensor], _ feeds: [Feeds.Pair], _ facts: SegmentFacts?) {
            self.facts = facts?.key
            self.fetches = fetches.flatMap { [$0.node.id, UInt64($0.index)] }
            self.feeds = feeds.map {
                Feed(
                    node: $0.tensor.node.id, index: $0.tensor.index, dtype: $0.array.dtype,
                    shape: $0.array.shape)
            }
        }

        /// Whether a key made of these, for a run's first segment, would be equal, without making it.
        @inline(__always)
        func matches(_ fetches: [AnyTensor], _ feeds: [Feeds.Pair]) -> Bool {
            guard facts == nil, self.fetches.count == 2 * fetches.count,
                self.feeds.count == feeds.count
            else { return false }
            for i in fetches.indices {
                if self.fetches[2 * i] != fetches[i].node.id
                    || self.fetches[2 * i + 1] != UInt64(fetches[i].index)
                {
                    return false
                }
            }
            for i in feeds.indices {
                let (own, other) = (self.feeds[i], feeds[i])
                if own.node != other.tensor.node.id || own.index != other.tensor.index
                    || own.dtype != other.array.dtype || own.shape != other.array.shape
                {
                    return false
                }
            }
            return true
        }
    }

    private let lock = Lock()
    private let limit: Int
    private let byteLimit: Int
    private var byIdentity: [Key: BoundPlan] = [:]
    private var byStructure: [GraphFingerprint: BoundPlan] = [:]
    private var latest: (key: Key, plan: BoundPlan)?
    private var clock: UInt64 = 0
    private var watch = RecompilationWatch()
    /// How many plans were compiled.
    var compilations: Int { lock.withLock { compilationCount } }
    private var compilationCount = 0

    /// - Parameter limit: How many plans are kept; 0 and less keep one, more than a billion a billion.
    init(limit: Int, byteLimit: Int) {
        self.limit = min(max(limit, 1), 1 << 30)
        self.byteLimit = byteLimit
    }

    func find(_ fetches: [AnyTensor], _ feeds: [Feeds.Pair]) -> BoundPlan? {
        lock.withLock {
            if let latest, latest.key.matches(fetches, feeds) {
                // Later segments are used after it, and must not let it look old.
                if latest.plan.next != nil { noteUse(latest.plan) }
                return latest.plan
            }
            let key = Key(fetches, feeds, nil)
            guard let plan = use(key) else { return nil }
            latest = (key, plan)
            return plan
        }
    }

    /// The plan of a later segment of a run.
    func find(
        _ fetches: [AnyTensor], _ feeds: [Feeds.Pair], knowing facts: SegmentFacts
    ) -> BoundPlan? {
        let key = Key(fetches, feeds, facts)
        return lock.withLock { use(key) }
    }

    /// The lock is held.
    private func use(_ key: Key) -> BoundPlan? {
        guard let plan = byIdentity[key] else { return nil }
        noteUse(plan)
        return plan
    }

    /// The lock is held.
    private func noteUse(_ plan: BoundPlan) {
        clock += 1
        plan.lastUse = clock
    }

    /// Finds the plan of an equal graph, or compiles one.
    ///
    /// - Parameter facts: What earlier segments of the run have found out; nil for the first.
    func compile(
        _ fetches: [AnyTensor], _ feeds: [Feeds.Pair], knowing facts: SegmentFacts? = nil,
        engine: any Engine, variables: VariableStore
    ) throws -> BoundPlan {
        for fetch in fetches { try fetch.validated() }
        try Self.requireValid(feeds)
        let digest = GraphDigest(fetches, feeds, facts)
        let fingerprint = digest.fingerprint
        let known = lock.withLock { byStructure[fingerprint] }
        let plan: BoundPlan
        if let known {
            plan = known
        } else {
            let lowered = try LoweredGraph(
                fetches: fetches,
                feeds: feeds.map { ($0.tensor, ArrayType($0.array.dtype, $0.array.shape)) },
                order: digest.isPlain ? digest.nodes : nil, inSegments: true, facts: facts)
            let next = lowered.rest.map { NextSegment($0, of: fetches, in: digest.nodes) }
            plan = try BoundPlan(lowered, try engine.compile(lowered.program), variables, next)
            variables.sweep()
        }
        // Released when the lock is open.
        var dropped: [BoundPlan] = []
        var handles: [VariableHandle] = []
        var note: String?
        lock.withLock {
            noteUse(plan)
            if known == nil {
                compilationCount += 1
                // That sizes found on the way differ from run to run is what segments are for.
                if facts == nil { note = watch.record(digest.skeleton) }
                // Plans of variables that are gone hold the last values of these.
                dropped = dropOrphans(&handles)
            }
            let key = Key(fetches, feeds, facts)
            byIdentity[key] = plan
            byStructure[fingerprint] = plan
            if facts == nil { latest = (key, plan) }
            // Identities outlive their graphs when a loop rebuilds them; they are bounded too.
            if byIdentity.count > 4 * limit || byStructure.count > limit || bytes > byteLimit {
                dropped += evict()
            }
        }
        _ = (consume dropped, consume handles)
        if let note { Logger(label: "weft.session").warning("\(note)") }
        return plan
    }

    func removeAll() {
        lock.withLock {
            byIdentity = [:]
            byStructure = [:]
            latest = nil
        }
    }

    /// Drops the plans used least recently, some more than must go, so that not each new plan drops one.
    /// The lock is held; what is dropped is returned, to be released without it.
    private func evict() -> [BoundPlan] {
        let all = byStructure.values.map(\.self)
        let plans = byStructure.sorted { $0.value.lastUse > $1.value.lastUse }
        let most = plans.count > limit ? limit * 3 / 4 + 1 : plans.count
        var room = bytes > byteLimit ? byteLimit / 4 * 3 : Int.max
        let kept = plans.prefix(most).enumerated().prefix { position, entry in
            room -= entry.value.keptBytes
            return room >= 0 || position == 0
        }
        byStructure = Dictionary(
            uniqueKeysWithValues: kept.map { ($0.element.key, $0.element.value) })
        if byIdentity.count > 4 * limit {
            byIdentity = [:]
        } else {
            let plans = Set(byStructure.values.map { ObjectIdentifier($0) })
            byIdentity = byIdentity.filter { plans.contains(ObjectIdentifier($0.value)) }
        }
        return all
    }

    /// Drops the plans that nobody can ask for any more, since a variable of theirs is gone. The
    /// lock is held.
    ///
    /// - Parameter handles: Gets the variables that were seen, the last reference to which may be this.
    private func dropOrphans(_ handles: inout [VariableHandle]) -> [BoundPlan] {
        var orphans: [BoundPlan] = []
        for (key, plan) in byStructure where plan.isOrphaned(&handles) {
            byStructure.removeValue(forKey: key)
            orphans.append(plan)
        }
        guard !orphans.isEmpty else { return [] }
        let gone = Set(orphans.map { ObjectIdentifier($0) })
        byIdentity = byIdentity.filter { !gone.contains(ObjectIdentifier($0.value)) }
        if let latest, gone.contains(ObjectIdentifier(latest.plan)) { self.latest = nil }
        return orphans
    }

    /// How many plans are kept.
    var count: Int { lock.withLock { byStructure.count } }

    /// The bytes that they take.
    var keptBytes: Int { lock.withLock { bytes } }

    /// The lock is held.
    private var bytes: Int { byStructure.values.reduce(0) { $0 + $1.keptBytes } }

    private static func requireValid(_ feeds: [Feeds.Pair]) throws {
        var seen: Set<AnyTensor> = []
        for feed in feeds {
            let (tensor, array) = (feed.tensor, feed.array)
            try tensor.validated()
            guard seen.insert(tensor).inserted else {
                throw RunError(
                    .fedTwice(tensor.description), site: tensor.node.origin.site)
            }
            guard tensor.dtype == array.dtype else {
                throw RunError(
                    .feedOfWrongType(tensor.description, array.dtype, wanted: tensor.dtype),
                    site: tensor.node.origin.site)
            }
            guard tensor.shape.admits(array.shape) else {
                throw RunError(
                    .feedOfWrongShape(tensor.description, array.shape, wanted: tensor.shape),
                    site: tensor.node.origin.site)
            }
        }
    }
}
