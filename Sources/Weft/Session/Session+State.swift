// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Everything that a session's results depend on besides the graph: what exact resumption needs.
public struct SessionState: Sendable {
    /// The values of the variables, by name.
    public var variables: [String: NDArray]
    /// The number of runs so far, which random draws depend on.
    public var step: UInt64
    /// The seed the session was made with.
    public var seed: UInt64

    /// A state from its parts.
    public init(variables: [String: NDArray], step: UInt64, seed: UInt64) {
        self.variables = variables
        self.step = step
        self.seed = seed
    }
}

extension Session {
    /// The value of a variable, made by its initializer if there is none yet.
    ///
    /// - Throws: `RunError` when the variable waits for an explicit initialisation.
    public func value(of variable: VariableHandle) throws -> NDArray {
        try requireOpen()
        return try variables.value(variable)
    }

    /// The value of a variable, made by its initializer if there is none yet.
    ///
    /// - Throws: `RunError` when the variable waits for an explicit initialisation.
    public func value<Scalar>(of variable: Variable<Scalar>) throws -> NDArray {
        try value(of: variable.handle)
    }

    /// Gives a variable a value.
    ///
    /// - Throws: `RunError` when type or shape are not the variable's.
    public func set(_ variable: VariableHandle, to array: NDArray) throws {
        try requireOpen()
        try writing.withLock { try variables.set(variable, to: array) }
    }

    /// Gives a variable a value.
    ///
    /// - Throws: `RunError` when type or shape are not the variable's.
    public func set<Scalar>(_ variable: Variable<Scalar>, to array: NDArray) throws {
        try set(variable.handle, to: array)
    }

    /// Gives a variable the value of an initializer, whatever it had before.
    ///
    /// - Throws: `RunError` when the initializer has none to give, or its value does not fit.
    public func initialize(_ variable: VariableHandle, by initializer: Initializer) throws {
        try set(variable, to: variable.initialValue(initializer, seed: options.seed))
    }

    /// The values of all variables used so far, and the step.
    ///
    /// - Throws: `RunError` when two variables have one name.
    public func exportState() throws -> SessionState {
        try requireOpen()
        // Not while a run has counted its step and not committed its variables.
        return try writing.withLock {
            SessionState(variables: try variables.snapshot(), step: step, seed: options.seed)
        }
    }

    /// Goes on from a state: variables get their values by name, those not used yet on first use.
    ///
    /// - Throws: `RunError` when the state was made under another seed, or a value does not fit its
    ///   variable; then nothing has changed.
    public func importState(_ state: SessionState) throws {
        guard state.seed == options.seed else {
            throw RunError(
                .invalidState,
                "the state was made with seed \(state.seed), the session has \(options.seed); "
                    + "make the session with `Session.Options(seed: \(state.seed))`")
        }
        try requireOpen()
        try writing.withLock {
            try variables.restore(state.variables)
            step = state.step
        }
    }
}
