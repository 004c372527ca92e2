// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization
import WeftCPU
public import WeftGraph

/// Runs graphs, and keeps the values of their variables from run to run.
///
/// ```swift
/// let session = Session()
/// let y = try session.run(x * w.value, feeding: [x: [1.0, 2.0, 3.0]])
/// ```
///
/// A session may be used from many threads at once. Runs that only read go on side by side; runs
/// that update variables wait for each other. A run that throws changes nothing.
public final class Session: Sendable {
    /// How a session behaves.
    public struct Options: Sendable {
        /// What initial values and random draws are functions of.
        public var seed: UInt64 = 0
        /// The most threads that one run uses; nil for one for each core.
        public var threads: Int?
        /// How many compiled plans are kept; the least recently used one goes first.
        public var planLimit = 64
        /// The most bytes that one run may take besides what is fed and the variables: its intermediate
        /// and final results, and what kernels need meanwhile. A run that needs more throws `RunError`
        /// with `.outOfMemory` before it begins; nil for what the machine and the process's limits have.
        public var memoryLimit: Int?
        /// How many bytes the plans that are kept may take, with the memory in which their runs keep
        /// intermediate results and the copies of weights; the least recently used one goes first, the
        /// newest stays. By default an eighth of the memory that the process may take, at most 1 GiB.
        public var planByteLimit = Self.usualPlanBytes
        private static let usualPlanBytes = min(1 << 30, MachineMemory.limit / 8)
        /// Whether weights that are the same from run to run are also kept in the layouts in which oneDNN
        /// reads them fastest: filters of convolutions, and some matrices. Small batches gain most.
        /// The results have the same bits; these weights take up to twice the memory.
        public var packsWeights = true
        /// Whether numbers nearer to zero than a type's smallest normal number (1.2e-38 for `Float`) count as
        /// zero, as operands and as results. Many processors are ten times slower with them, and
        /// training makes them: decaying moments, units that have died. The thread that runs gets its own
        /// setting back.
        public var flushesDenormals = true
        /// Whether programs are checked after each pass of the compiler that rewrites them: types,
        /// shapes, and that values are made before they are used. For tests, and for whoever doubts
        /// a result.
        public var verify = false
        /// Whether a run that gives NaN or an infinity, as a fetched value or as a variable's, throws
        /// and names the operation that first made one from finite operands: in the forward pass, the
        /// backward pass or an update, also inside branches and loops. Results are looked through in
        /// each run; finding the operation takes another run, one instruction at a time.
        public var findsNonFinite = false
        /// What computes.
        public var engine = Engine.native

        /// What computes the runs of a session.
        public enum Engine: Sendable {
            /// Kernels for the processor at hand.
            case native
            /// The interpreter that defines what each operation means: one element after the other, in
            /// `Double`, rounded once. For comparing with, not for work.
            case reference
        }

        /// The defaults.
        public init() {}

        /// Options with a seed.
        public init(seed: UInt64, threads: Int? = nil) {
            self.seed = seed
            self.threads = threads
        }
    }

    /// The options it was made with.
    public let options: Options
    package let engine: any Engine
    let plans: PlanCache
    package let variables: VariableStore
    /// Held by whoever changes variables: a run from reading them to committing them.
    let writing = Lock()
    /// Whether somebody does.
    package var isUpdating: Bool { writing.isHeld }
    private let stepCount = Atomic<UInt64>(0)
    private let closed = Atomic<Bool>(false)

    /// A session on the engine that the options name.
    public convenience init(_ options: Options = Options()) {
        switch options.engine {
        case .native:
            self.init(
                options,
                engine: CPUEngine(
                    threads: options.threads, verifiesPrograms: options.verify,
                    packsWeights: options.packsWeights, memoryLimit: options.memoryLimit,
                    flushesDenormals: options.flushesDenormals))
        case .reference:
            self.init(options, engine: ReferenceEngine(memoryLimit: options.memoryLimit))
        }
    }

    /// A session on any engine.
    package init(_ options: Options = Options(), engine: any Engine) {
        self.options = options
        self.engine = engine
        plans = PlanCache(limit: options.planLimit, byteLimit: options.planByteLimit)
        variables = VariableStore(seed: options.seed)
    }

    /// What the session runs on, for people.
    public var deviceDescription: String { engine.deviceDescription }

    /// The number of runs so far: part of the state, since random draws depend on it.
    public internal(set) var step: UInt64 {
        get { stepCount.load(ordering: .relaxed) }
        set { stepCount.store(newValue, ordering: .relaxed) }
    }

    /// How many plans were compiled so far.
    public var compilationCount: Int { plans.compilations }
    /// How many plans are kept.
    package var planCount: Int { plans.count }
    /// The bytes that they take.
    package var planByteCount: Int { plans.keptBytes }

    /// Ends the session: its variables and plans are dropped, and further use of it throws. A run
    /// that is under way ends as if it had come first.
    public func close() {
        closed.store(true, ordering: .sequentiallyConsistent)
        plans.removeAll()
        variables.close()
    }

    static let closedError = RunError(.closed)

    /// - Throws: `RunError` when the session has been closed.
    func requireOpen() throws {
        if closed.load(ordering: .sequentiallyConsistent) { throw Self.closedError }
    }

    // MARK: Runs

    /// Computes tensors and runs updates.
    ///
    /// Any tensor may be fed, not only placeholders: what is fed takes the place of what would be computed.
    ///
    /// - Returns: the values of `fetches`, in order.
    /// - Throws: `GraphError` when a fetch was built wrongly; `RunError` when a feed is missing or
    ///   does not fit, a kernel fails, or `control` stops the run. No variable changes then.
    public func run(
        _ fetches: [any TensorConvertible], feeding feeds: Feeds = [:], control: RunControl? = nil
    ) throws -> [NDArray] {
        try run(fetches.map(\.anyTensor), feeds.pairs, control)
    }

    /// Computes one tensor.
    ///
    /// - Throws: as `run` of several.
    public func run(
        _ fetch: some TensorConvertible, feeding feeds: Feeds = [:], control: RunControl? = nil
    ) throws -> NDArray {
        try run([fetch.anyTensor], feeds.pairs, control)[0]
    }

    package func run(
        _ fetches: [AnyTensor], _ feeds: [Feeds.Pair], _ control: RunControl?
    ) throws -> [NDArray] {
        if let plan = plans.find(fetches, feeds) { return try execute(plan, feeds, control) }
        let (plan, feeds) = try prepare(fetches, feeds)
        return try execute(plan, feeds, control)
    }

    /// The plan for these fetches and feeds, compiled if there is none yet, and the feeds in the types
    /// that the plan takes.
    func prepare(
        _ fetches: [AnyTensor], _ feeds: [Feeds.Pair]
    ) throws -> (plan: Plan, feeds: [Feeds.Pair]) {
        try requireOpen()
        let feeds = try feeds.map { try $0.fitting() }
        if let plan = plans.find(fetches, feeds) { return (plan, feeds) }
        let plan = try plans.compile(
            fetches, feeds, engine: engine, variables: variables)
        // Whoever closed the session meanwhile could not know of this plan.
        if closed.load(ordering: .sequentiallyConsistent) {
            close()
            throw Self.closedError
        }
        return (plan, feeds)
    }

    @inline(__always)
    func execute(
        _ plan: Plan, _ feeds: [Feeds.Pair], _ control: RunControl?
    ) throws -> [NDArray] {
        try execute(plan, feeds, control) { arguments in
            defer { for argument in arguments { argument.storage.noteRead() } }
            return try plan.run(arguments, control: control)
        }
    }

    /// Does a run whose program is run by `perform`, and commits what it updates.
    @inline(__always)
    func execute(
        _ plan: Plan, _ feeds: [Feeds.Pair], _ control: RunControl?,
        _ perform: ([NDArray]) throws -> [NDArray]
    ) throws -> [NDArray] {
        guard options.findsNonFinite else { return try complete(plan, feeds, control, perform) }
        return try complete(plan, feeds, control) { inputs in
            let results = try perform(inputs)
            let search = NonFiniteSearch(plan: plan, engine: engine, feeds: feeds)
            try search.check(results, of: inputs, control)
            return results
        }
    }

    @inline(__always)
    private func complete(
        _ plan: Plan, _ feeds: [Feeds.Pair], _ control: RunControl?,
        _ perform: ([NDArray]) throws -> [NDArray]
    ) throws -> [NDArray] {
        try control?.check()
        while true {
            let results =
                plan.writes.isEmpty
                ? try attempt(plan, feeds, perform)
                : try writing.withLock(stoppingBy: control) {
                    try attempt(plan, feeds) {
                        var results = try perform($0)
                        try control?.check()
                        variables.commit(plan.writes, results[plan.fetchCount...])
                        results.removeLast(plan.writes.count)
                        return results
                    }
                }
            if let results { return results }
            // No lock is held: an initializer may use the session.
            try variables.initialize(plan.reads, control: control)
        }
    }

    /// Does a run if all variables have values; nil if not.
    ///
    /// A run that throws counts as if it had not been. Only one that draws random numbers takes its
    /// number before it ends; the number stays used if another run has ended or drawn since.
    @inline(__always)
    private func attempt(
        _ plan: Plan, _ feeds: [Feeds.Pair], _ perform: ([NDArray]) throws -> [NDArray]
    ) throws -> [NDArray]? {
        var inputs: [NDArray] = []
        inputs.reserveCapacity(feeds.count + plan.reads.count + 1)
        for feed in feeds { inputs.append(feed.array) }
        if !plan.reads.isEmpty {
            guard try variables.read(plan.reads, into: &inputs) else { return nil }
        }
        guard plan.usesRandomState else {
            let results = try perform(inputs)
            stepCount.wrappingAdd(1, ordering: .relaxed)
            return results
        }
        let step = stepCount.wrappingAdd(1, ordering: .relaxed).oldValue
        inputs.append(RandomState(seed: options.seed, step: step).array)
        do {
            return try perform(inputs)
        } catch {
            _ = stepCount.compareExchange(
                expected: step &+ 1, desired: step, ordering: .relaxed)
            throw error
        }
    }
}
