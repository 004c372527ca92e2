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
        try updating { try variables.set(variable, to: array) }
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
        try set(variable, to: firstValue(of: variable, by: initializer))
    }

    /// The value that an initializer has for a variable in this session.
    package func firstValue(
        of variable: VariableHandle, by initializer: Initializer
    ) throws -> NDArray {
        try variable.initialValue(initializer, seed: options.seed)
    }

    /// The values of all variables used so far, and the step.
    ///
    /// - Throws: `RunError` when two variables have one name, or the session has been closed.
    public func exportState() throws -> SessionState {
        try requireOpen()
        // Not while a run has committed its variables and not counted its step.
        return try updating {
            SessionState(variables: try variables.snapshot(), step: step, seed: options.seed)
        }
    }

    /// Goes on from a state, all of it: variables get their values by name, those not used yet on
    /// first use. Afterwards a variable that the state has no value for cannot be used until it is
    /// given one.
    ///
    /// - Parameters:
    ///   - variables: The variables that the state is for. Left out, they are those that the session
    ///     has used and those that the program holds under the state's names: make the model first.
    ///   - resumesDraws: Whether random draws go on where the state's session stopped, which takes a
    ///     session of its seed. If not, the session keeps its own seed and number of runs.
    /// - Throws: `RunError` when a variable has no value in the state, an entry of the state no
    ///   variable, or a value another type or shape than its variable, all of which are named; when
    ///   the state was made under another seed; or when two variables have one name. Nothing has
    ///   changed then.
    public func importState(
        _ state: SessionState, for variables: [VariableHandle]? = nil, resumesDraws: Bool = true
    ) throws {
        _ = try restore(state, variables, isPartial: false, resumesDraws)
    }

    /// Takes from a state what fits. Variables that it has no value for, or none that fits, keep
    /// theirs, or get one from their initializers; entries that no variable has the name of are left out.
    ///
    /// ```swift
    /// let report = try session.importPartialState(pretrained, resumesDraws: false)
    /// print(report)
    /// ```
    ///
    /// - Parameters:
    ///   - variables: The variables that the state is for. Left out, they are those that the session
    ///     has used and those that the program holds under the state's names: make the model first.
    ///   - resumesDraws: Whether random draws go on where the state's session stopped, which takes a
    ///     session of its seed. If not, the session keeps its own seed and number of runs.
    /// - Returns: what was imported and what was left alone.
    /// - Throws: `RunError` when the state was made under another seed, or two variables have one
    ///   name. Nothing has changed then.
    @discardableResult
    public func importPartialState(
        _ state: SessionState, for variables: [VariableHandle]? = nil, resumesDraws: Bool = true
    ) throws -> StateImport {
        try restore(state, variables, isPartial: true, resumesDraws)
    }

    /// What `importPartialState` would do. Nothing changes.
    package func compareState(
        _ state: SessionState, for wanted: [VariableHandle]? = nil
    ) throws -> StateImport {
        try requireOpen()
        return try updating { try variables.comparison(with: state.variables, for: wanted) }
    }

    private func restore(
        _ state: SessionState, _ wanted: [VariableHandle]?, isPartial: Bool, _ resumesDraws: Bool
    ) throws -> StateImport {
        try requireOpen()
        guard !resumesDraws || state.seed == options.seed else {
            throw RunError(.seedsDiffer(state: state.seed, session: options.seed))
        }
        return try updating {
            let result = try variables.restore(state.variables, for: wanted, isPartial: isPartial)
            if resumesDraws { step = state.step }
            return result
        }
    }
}
