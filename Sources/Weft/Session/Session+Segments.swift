// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Runs of several programs: each but the first is made for elements that the one before computed.
extension Session {
    /// What a segment is given.
    private struct Segment {
        let plan: BoundPlan
        let fetches: [AnyTensor]
        let feeds: [Feeds.Pair]
    }

    /// What a run has done so far.
    private struct Outcome {
        /// What the host saw of it; nil where it sees nothing.
        let host: HostRecord?
        let step: UInt64
        var results: [NDArray?]
        /// Of the segment's fetches, which are they of the run's?
        var positions: [Int]
        var writes: [VariableStore.Cell] = []
        var newState: [EngineValue] = []
        /// Whether results that are not finite are looked for.
        let findsNonFinite: Bool
        /// Whether nothing is to come of the run.
        let isTrial: Bool
        /// For what is not finite; empty where nobody asks.
        var searches: [NonFiniteSearch] = []
    }

    /// The end of a run of which nothing is to come.
    struct TrialEnd: Error {}

    /// Does a run, and commits what it updates and hands over what it emits, all at its end.
    ///
    /// - Parameters:
    ///   - mayRepeat: Whether `perform` may run a program more than once.
    ///   - isTrial: Whether results that are not finite are looked for and nothing else comes of the run: where
    ///     it finds none, it throws `TrialEnd`.
    ///   - receive: What is given the emitted values.
    func complete(
        _ plan: BoundPlan, _ fetches: [AnyTensor], _ feeds: [Feeds.Pair], _ control: RunControl?,
        mayRepeat: Bool = false, isTrial: Bool = false, emitting receive: (Emission) -> Void,
        _ perform: (BoundPlan, inout RunArguments) throws -> RunResults
    ) throws -> [NDArray] {
        try control?.check()
        let findsNonFinite = options.findsNonFinite || isTrial
        // Functions of the host live as long as what is fetched.
        defer { withExtendedLifetime(fetches) {} }
        let first = Segment(plan: plan, fetches: fetches, feeds: feeds)
        let hasUpdates = !plan.writes.isEmpty || plan.next?.hasUpdates == true
        let isRepeatable = mayRepeat || plan.next != nil || findsNonFinite
        let host =
            plan.isSimple
            ? nil : HostRecord(updating: hasUpdates ? self : nil, keepsResults: isRepeatable)
        while true {
            var missing = plan
            func attempt() throws -> (results: [NDArray], step: UInt64)? {
                let step = takeStep()
                var isDone = false
                defer { if !isDone { giveBack(step) } }
                host?.rewind(to: 0)
                var outcome = Outcome(
                    host: host, step: step,
                    results: Array(repeating: nil, count: first.fetches.count),
                    positions: Array(first.fetches.indices), findsNonFinite: findsNonFinite,
                    isTrial: isTrial)
                let results = try self.attempt(first, control, &outcome, &missing, perform)
                isDone = results != nil
                return results.map { ($0, step) }
            }
            let run = hasUpdates ? try updating(stoppingBy: control, attempt) : try attempt()
            if let run {
                for (name, value) in host?.emissions ?? [] {
                    receive(Emission(name: name, value: value, step: run.step))
                }
                return run.results
            }
            // No lock is held: an initializer may use the session.
            try variables.initialize(missing.reads, control: control)
        }
    }

    /// Runs one segment after the other; nil if a variable that `missing` reads has no value.
    private func attempt(
        _ first: Segment, _ control: RunControl?, _ outcome: inout Outcome,
        _ missing: inout BoundPlan,
        _ perform: (BoundPlan, inout RunArguments) throws -> RunResults
    ) throws -> [NDArray]? {
        var segment = first
        while true {
            guard let results = try results(of: segment, control, &outcome, perform)
            else {
                missing = segment.plan
                return nil
            }
            outcome.writes += segment.plan.writes
            outcome.newState += results.newState
            guard let next = segment.plan.next else {
                for (position, array) in zip(outcome.positions, results.fetches) {
                    outcome.results[position] = array
                }
                try control?.check()
                if outcome.isTrial { throw TrialEnd() }
                variables.commit(outcome.writes, outcome.newState)
                return outcome.results.compactMap(\.self)
            }
            segment = try self.next(next, after: segment, results.fetches, &outcome)
        }
    }

    private func results(
        of segment: Segment, _ control: RunControl?, _ outcome: inout Outcome,
        _ perform: (BoundPlan, inout RunArguments) throws -> RunResults
    ) throws -> RunResults? {
        let plan = segment.plan
        var arguments = plan.makeRoom(feeds: segment.feeds.count)
        defer { plan.takeBack(&arguments) }
        for feed in segment.feeds { arguments.values.append(.host(feed.array)) }
        if plan.feedsStrings {
            try outcome.host?.strings.replaceStrings(
                in: &arguments, plan.program.roles, control)
        }
        guard try variables.read(plan.reads, into: &arguments.values) else { return nil }
        if plan.drawsRandomNumbers {
            arguments.randomState = RandomState(seed: options.seed, step: outcome.step)
        }
        arguments.host = outcome.host
        var results = try perform(plan, &arguments)
        if plan.givesStrings {
            try outcome.host?.strings.replaceNumbers(in: &results, plan.program.roles, control)
        }
        if outcome.findsNonFinite {
            outcome.searches.append(
                NonFiniteSearch(
                    plan: plan, engine: engine, feeds: segment.feeds,
                    inputs: try arguments.read(for: plan.program)))
            // What is handed on is no result: a mask may be there to leave such numbers out.
            let handedOn = plan.next.map { $0.neededCount + $0.carriedCount } ?? 0
            try NonFiniteSearch.check(
                results.fetches.dropLast(handedOn),
                state: results.newState.map { try $0.read() }, of: outcome.searches,
                outcome.host, control)
        }
        return results
    }

    /// The segment that follows, for what this one gave.
    private func next(
        _ next: NextSegment, after segment: Segment, _ arrays: [NDArray], _ outcome: inout Outcome
    ) throws -> Segment {
        let tensors = next.tensors(segment.fetches, segment.feeds)
        let later = Set(next.positions)
        var own = arrays.makeIterator()
        for (place, position) in outcome.positions.enumerated() where !later.contains(place) {
            outcome.results[position] = own.next()
        }
        outcome.positions = next.positions.map { outcome.positions[$0] }
        let rest = arrays.suffix(next.neededCount + next.carriedCount)
        let facts = SegmentFacts(
            elements: zip(tensors.needed, rest).map { (tensor: $0, array: $1) },
            draws: tensors.draws, drawCounts: next.drawCounts)
        let feeds = zip(tensors.carried, rest.dropFirst(next.neededCount)).map {
            Feeds.Pair(tensor: $0, array: $1)
        }
        let plan =
            try plans.find(tensors.fetches, feeds, knowing: facts)
            ?? compile(tensors.fetches, feeds, knowing: facts)
        return Segment(plan: plan, fetches: tensors.fetches, feeds: feeds)
    }
}
