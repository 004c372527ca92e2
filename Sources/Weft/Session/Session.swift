// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization
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
    public init(_ options: Options = Options()) {
        self.options = options
        engine = options.engine.make(options.memoryLimit)
        plans = PlanCache(limit: options.planLimit, byteLimit: options.planByteLimit)
        variables = VariableStore(seed: options.seed, engine: engine)
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
    /// that is under way ends as if it had come first, but for one that still has to find sizes: it throws.
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
    /// ```swift
    /// let mean: Float = try session.run(loss).scalar()
    /// let scores: [Float] = try session.run(logits, feeding: [x: rows]).scalars()
    /// ```
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
        if let plan = plans.find(fetches, feeds) {
            return try execute(plan, fetches, feeds, control)
        }
        let (plan, feeds) = try prepare(fetches, feeds)
        return try execute(plan, fetches, feeds, control)
    }

    /// The plan for these fetches and feeds, compiled if there is none yet, and the feeds in the types
    /// that the plan takes.
    func prepare(
        _ fetches: [AnyTensor], _ feeds: [Feeds.Pair]
    ) throws -> (plan: BoundPlan, feeds: [Feeds.Pair]) {
        try requireOpen()
        let feeds = try feeds.map { try $0.fitting() }
        if let plan = plans.find(fetches, feeds) { return (plan, feeds) }
        return (try compile(fetches, feeds), feeds)
    }

    /// A new plan, or that of an equal graph.
    func compile(
        _ fetches: [AnyTensor], _ feeds: [Feeds.Pair], knowing facts: SegmentFacts? = nil
    ) throws -> BoundPlan {
        let plan = try plans.compile(
            fetches, feeds, knowing: facts, engine: engine, variables: variables)
        // Whoever closed the session meanwhile could not know of this plan.
        if closed.load(ordering: .sequentiallyConsistent) {
            close()
            throw Self.closedError
        }
        return plan
    }

    @inline(__always)
    func execute(
        _ plan: BoundPlan, _ fetches: [AnyTensor], _ feeds: [Feeds.Pair], _ control: RunControl?
    ) throws -> [NDArray] {
        try execute(plan, fetches, feeds, control) {
            try $0.executable.run(&$1, control: control)
        }
    }

    /// Does a run whose programs are run by `perform`, and commits what they update.
    ///
    /// - Parameter mayRepeat: Whether `perform` may run a program more than once.
    /// - Returns: what is fetched.
    @inline(__always)
    func execute(
        _ plan: BoundPlan, _ fetches: [AnyTensor], _ feeds: [Feeds.Pair], _ control: RunControl?,
        mayRepeat: Bool = false,
        _ perform: (BoundPlan, inout RunArguments) throws -> RunResults
    ) throws -> [NDArray] {
        if !plan.isSimple || options.findsNonFinite {
            return try complete(
                plan, fetches, feeds, control, mayRepeat: mayRepeat,
                emitting: options.emissionHandler, perform)
        }
        return try complete(plan, feeds, control) { try perform(plan, &$0) }
    }

    @inline(__always)
    private func complete(
        _ plan: BoundPlan, _ feeds: [Feeds.Pair], _ control: RunControl?,
        _ perform: (inout RunArguments) throws -> RunResults
    ) throws -> [NDArray] {
        try control?.check()
        while true {
            let results =
                plan.writes.isEmpty
                ? try attempt(plan, feeds) { try perform(&$0).fetches }
                : try updating(stoppingBy: control) {
                    try attempt(plan, feeds) {
                        let results = try perform(&$0)
                        try control?.check()
                        variables.commit(plan.writes, results.newState)
                        return results.fetches
                    }
                }
            if let results { return results }
            // No lock is held: an initializer may use the session.
            try variables.initialize(plan.reads, control: control)
        }
    }

    /// Runs `body` while nobody else changes variables.
    ///
    /// - Throws: `RunError` when a function of the host asks for it whose run does so already.
    @inline(__always)
    func updating<R>(stoppingBy control: RunControl? = nil, _ body: () throws -> R) throws -> R {
        guard writing.tryAcquire() else {
            if HostSurroundings.isInsideUpdate(of: self) { throw Self.nestedUpdateError }
            return try writing.withLock(stoppingBy: control, body)
        }
        defer { writing.release() }
        return try body()
    }

    private static let nestedUpdateError = RunError(
        .unsupported,
        "a function of the host uses the session whose run calls it to change or export variables, and "
            + "that run updates variables itself: they would wait for each other; return the numbers and "
            + "update in the graph, or use another session")

    /// Does a run of one program if all variables have values; nil if not.
    ///
    /// A run that throws counts as if it had not been. Only one that draws random numbers takes its
    /// number before it ends; the number stays used if another run has ended or drawn since.
    @inline(__always)
    private func attempt(
        _ plan: BoundPlan, _ feeds: [Feeds.Pair],
        _ perform: (inout RunArguments) throws -> [NDArray]
    ) throws -> [NDArray]? {
        var arguments = plan.makeRoom(feeds: feeds.count)
        defer { plan.takeBack(&arguments) }
        for feed in feeds { arguments.values.append(.host(feed.array)) }
        if !plan.reads.isEmpty {
            guard try variables.read(plan.reads, into: &arguments.values) else { return nil }
        }
        guard plan.drawsRandomNumbers else {
            let results = try perform(&arguments)
            stepCount.wrappingAdd(1, ordering: .relaxed)
            return results
        }
        let step = takeStep()
        arguments.randomState = RandomState(seed: options.seed, step: step)
        do {
            return try perform(&arguments)
        } catch {
            giveBack(step)
            throw error
        }
    }

    /// The number of a run.
    func takeStep() -> UInt64 { stepCount.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// A run did not come about, and its number is the next one's, unless others have begun.
    func giveBack(_ step: UInt64) {
        _ = stepCount.compareExchange(expected: step &+ 1, desired: step, ordering: .relaxed)
    }
}
