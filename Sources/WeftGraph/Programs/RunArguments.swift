// SPDX-License-Identifier: Apache-2.0

/// What one run of a program is given, by the roles of the program's inputs.
///
/// What a run's way has to do with it is inlined in the modules on that way.
package struct RunArguments: Sendable {
    /// What is fed, then the values of variables: the program's inputs but for the random state, in order.
    package var values: [EngineValue]
    /// How many of `values` are fed: the first ones.
    package var feedCount: Int
    /// What random draws are functions of, where the program draws.
    package var randomState: RandomState?
    /// Earlier values of the variables that the run updates, one for each update or none at all, given
    /// away: the run may take over the memory of what nobody else holds, and may write the new
    /// value of the same update there. Nobody asks for them again, whatever becomes of the run.
    package var donated: [EngineValue?]
    /// Where what the run does to its host is noted; nil where it does nothing, or nobody asks.
    package var host: HostRecord?

    /// Values for all roles.
    @inlinable
    package init(
        values: [EngineValue] = [], feedCount: Int = 0, randomState: RandomState? = nil,
        donated: [EngineValue?] = []
    ) {
        self.values = values
        self.feedCount = feedCount
        self.randomState = randomState
        self.donated = donated
    }

    /// Values for all roles, the feeds as arrays.
    package init(feeds: [NDArray], state: [EngineValue] = [], randomState: RandomState? = nil) {
        self.init(
            values: feeds.map { .host($0) } + state, feedCount: feeds.count,
            randomState: randomState)
    }

    /// What is fed, in order.
    package var feeds: ArraySlice<EngineValue> { values[..<feedCount] }
    /// The values of the variables that the program reads, in order.
    package var state: ArraySlice<EngineValue> { values[feedCount...] }

    /// Forgets all values, and keeps the room for as many.
    package mutating func removeAll() {
        values.removeAll(keepingCapacity: true)
        for i in donated.indices { donated[i] = nil }
        host = nil
    }
}

extension RunArguments {
    /// Takes the memory of the donated value of an update, when it is the host's, has as many bytes, and
    /// nobody else holds it.
    package mutating func takeDonatedStorage(_ update: Int, byteCount: Int) -> Storage? {
        guard update < donated.count, case .host(let array)? = donated[update].take() else {
            return nil
        }
        var storage: Storage? = (consume array).takeStorage()
        return Storage.takeUnshared(&storage, byteCount: byteCount)
    }

    /// The values on the host, with the random state as an array: the program's inputs in order, complex
    /// numbers as pairs of real ones.
    ///
    /// - Throws: `RunError` when the values are not those of the program's inputs, or cannot be read.
    package func read(for program: Program) throws -> [NDArray] {
        try require(program.roles, inputCount: program.inputs.count)
        return try values.map { try $0.read().inReals } + (randomState.map { [$0.array] } ?? [])
    }

    /// - Throws: `RunError` when there are not as many values as a program of so many inputs has, for
    ///   each role.
    @inlinable
    package func require(_ roles: Program.Roles, inputCount: Int) throws {
        let drawn = roles.drawsRandomNumbers ? 1 : 0
        if feedCount + roles.stateCount + drawn != inputCount || values.count + drawn != inputCount
            || (randomState != nil) != roles.drawsRandomNumbers
        {
            throw mismatch(roles, inputCount)
        }
    }

    @usableFromInline
    package func mismatch(_ roles: Program.Roles, _ inputCount: Int) -> RunError {
        func text(_ feeds: Int, _ variables: Int, _ isDrawing: Bool) -> String {
            "\(feeds) arrays fed, \(variables) variables and \(isDrawing ? "a" : "no") random state"
        }
        let drawn = roles.drawsRandomNumbers
        return RunError(
            .invalidFeed,
            "the program takes "
                + text(inputCount - roles.stateCount - (drawn ? 1 : 0), roles.stateCount, drawn)
                + "; it was given " + text(feedCount, state.count, randomState != nil))
    }
}

/// What one run of a program gives.
package struct RunResults: Sendable {
    /// What was fetched, on the host.
    package var fetches: [NDArray]
    /// The new values of the variables that the run updates, in order.
    package var newState: [EngineValue]

    @inlinable
    package init(fetches: [NDArray], newState: [EngineValue] = []) {
        self.fetches = fetches
        self.newState = newState
    }

    /// Results in the order of the program's outputs.
    package init(_ outputs: [NDArray], of program: Program) {
        let results = zip(outputs, program.resultTypes).map {
            $0.reinterpreted(as: $1.dtype, shape: $1.shape)
        }
        fetches = Array(results.prefix(program.fetchCount))
        newState = results.dropFirst(program.fetchCount).map { .host($0) }
    }
}
