// SPDX-License-Identifier: Apache-2.0
public import Weft

/// Whether `get_variable` takes variables that there are: `true`, `false`, or `tf.AUTO_REUSE`.
public protocol ReuseConvertible: Sendable {
    /// The mode.
    var reuse: tf.Reuse { get }
}

extension Bool: ReuseConvertible {
    /// True: variables must be there; false: what is around decides.
    public var reuse: tf.Reuse { self ? .required : .none }
}

extension tf {
    /// Whether `get_variable` takes variables that there are.
    public enum Reuse: Sendable, Hashable, ReuseConvertible {
        /// It makes new ones.
        case none
        /// They must be there.
        case required
        /// It takes those that are there, and makes others.
        case automatic

        /// The mode itself.
        public var reuse: Reuse { self }
    }

    /// `get_variable` takes variables that there are, and makes others.
    public static let AUTO_REUSE = Reuse.automatic

    /// A penalty of weights: `tf.contrib.layers.l2_regularizer(0.1)`.
    public typealias Regularizer = @Sendable (Tensor) -> Tensor?

    /// What makes or finds a variable for a request, in the place of `get_variable`.
    public typealias CustomGetter =
        @Sendable (_ getter: (VariableRequest) throws -> Variable, _ request: VariableRequest)
        throws -> Variable

    /// Where `get_variable` makes variables, and how.
    public final class VariableScope: Sendable {
        @TaskLocal static var entered: VariableScope?
        /// The scope around.
        static var current: VariableScope { entered ?? Graph.current.root }

        /// The path before the names of variables.
        public let name: String
        /// The path before the names of operations, with a slash at its end.
        public let original_name_scope: String
        /// The initializer of variables without one of their own.
        public var initializer: (any InitialValue)? { facts.withLock { $0.initializer } }
        /// The penalty of variables without one of their own.
        public var regularizer: Regularizer? { facts.withLock { $0.regularizer } }
        /// What makes variables in the place of `get_variable`.
        public let custom_getter: CustomGetter?
        /// The element type of variables without one of their own.
        public let dtype: DType
        /// Whether variables that there are are taken.
        public var reuse: Reuse { facts.withLock { $0.reuse } }

        private struct Facts {
            var reuse: Reuse
            var initializer: (any InitialValue)?
            var regularizer: Regularizer?
        }
        private let facts: Guarded<Facts>

        init(
            name: String, originalNameScope: String = "", reuse: Reuse = .none,
            initializer: (any InitialValue)? = nil, regularizer: Regularizer? = nil,
            customGetter: CustomGetter? = nil, dtype: DType = .float32
        ) {
            self.name = name
            original_name_scope = originalNameScope
            custom_getter = customGetter
            self.dtype = dtype
            facts = Guarded(
                Facts(reuse: reuse, initializer: initializer, regularizer: regularizer))
        }

        /// From now on variables in this scope must be there.
        public func reuse_variables() { facts.withLock { $0.reuse = .required } }
        /// Sets the initializer of variables without one of their own.
        public func set_initializer(_ initializer: any InitialValue) {
            facts.withLock { $0.initializer = initializer }
        }
        /// Sets the penalty of variables without one of their own.
        public func set_regularizer(_ regularizer: @escaping Regularizer) {
            facts.withLock { $0.regularizer = regularizer }
        }
        /// The variables in this scope.
        public func global_variables() -> [Variable] {
            tf.global_variables(scope: name.isEmpty ? nil : name + "/")
        }
        /// The variables in this scope that optimizers change.
        public func trainable_variables() -> [Variable] {
            tf.trainable_variables(scope: name.isEmpty ? nil : name + "/")
        }

        func reset() {
            facts.withLock { $0 = Facts(reuse: .none, initializer: nil, regularizer: nil) }
        }
    }

    /// The scope that `get_variable` makes variables in.
    public static func get_variable_scope() -> VariableScope { .current }

    /// Makes what `body` makes in a variable scope: its name stands before the names of variables and of
    /// operations.
    ///
    /// - Parameters:
    ///   - name: The scope's name; nil for the first free one from `default_name`.
    ///   - reuse: Whether variables that there are are taken; nil for what is around.
    public static func variable_scope<R>(
        _ name: String?, default_name: String? = nil, values: [any TensorOperand] = [],
        initializer: (any InitialValue)? = nil, regularizer: Regularizer? = nil,
        reuse: (any ReuseConvertible)? = nil, dtype: DType? = nil,
        custom_getter: CustomGetter? = nil, auxiliary_name_scope: Bool = true,
        _ body: (VariableScope) throws -> R
    ) rethrows -> R {
        let (graph, outer) = (Graph.current, VariableScope.current)
        let part = name ?? graph.uniqueVariableScope(default_name ?? "scope", in: outer.name)
        let path = NameScope.joined(outer.name, part)
        graph.state.withLock { $0.variableScopes[path, default: 0] += 1 }
        defer {
            graph.state.withLock { state in
                for key in state.variableScopes.keys where key.hasPrefix(path + "/") {
                    state.variableScopes[key] = 0
                }
            }
        }
        let operations = auxiliary_name_scope ? graph.unique_name(part) : NameScope.path
        let scope = VariableScope(
            name: path, originalNameScope: operations + "/",
            reuse: inherited(reuse, from: outer), initializer: initializer ?? outer.initializer,
            regularizer: regularizer ?? outer.regularizer,
            customGetter: custom_getter ?? outer.custom_getter, dtype: dtype ?? outer.dtype)
        return try VariableScope.$entered.withValue(scope) {
            try NameScope.$path.withValue(operations) { try body(scope) }
        }
    }

    /// Makes what `body` makes in a variable scope.
    public static func variable_scope<R>(
        _ name: String?, default_name: String? = nil, values: [any TensorOperand] = [],
        initializer: (any InitialValue)? = nil, regularizer: Regularizer? = nil,
        reuse: (any ReuseConvertible)? = nil, dtype: DType? = nil,
        custom_getter: CustomGetter? = nil, auxiliary_name_scope: Bool = true,
        _ body: () throws -> R
    ) rethrows -> R {
        try variable_scope(
            name, default_name: default_name, values: values, initializer: initializer,
            regularizer: regularizer, reuse: reuse, dtype: dtype, custom_getter: custom_getter,
            auxiliary_name_scope: auxiliary_name_scope
        ) { _ in try body() }
    }

    /// Makes what `body` makes in a variable scope that was made before, wherever that is done.
    public static func variable_scope<R>(
        _ scope: VariableScope, initializer: (any InitialValue)? = nil,
        regularizer: Regularizer? = nil, reuse: (any ReuseConvertible)? = nil,
        dtype: DType? = nil, custom_getter: CustomGetter? = nil,
        auxiliary_name_scope: Bool = true, _ body: (VariableScope) throws -> R
    ) rethrows -> R {
        let graph = Graph.current
        let counts = graph.state.withLock { state in
            state.variableScopes[scope.name, default: 0] += 1
            return state.variableScopes
        }
        defer { graph.state.withLock { $0.variableScopes = counts } }
        let last = scope.name.split(separator: "/").last.map(String.init) ?? ""
        let operations =
            auxiliary_name_scope && !last.isEmpty ? graph.unique_name(last) : NameScope.path
        let inner = VariableScope(
            name: scope.name, originalNameScope: scope.original_name_scope,
            reuse: reuse.map { $0.reuse == .none ? scope.reuse : $0.reuse } ?? scope.reuse,
            initializer: initializer ?? scope.initializer,
            regularizer: regularizer ?? scope.regularizer,
            customGetter: custom_getter ?? scope.custom_getter, dtype: dtype ?? scope.dtype)
        return try VariableScope.$entered.withValue(inner) {
            try NameScope.$path.withValue(operations) { try body(inner) }
        }
    }

    /// Makes what `body` makes in a variable scope that was made before.
    public static func variable_scope<R>(
        _ scope: VariableScope, initializer: (any InitialValue)? = nil,
        regularizer: Regularizer? = nil, reuse: (any ReuseConvertible)? = nil,
        dtype: DType? = nil, custom_getter: CustomGetter? = nil,
        auxiliary_name_scope: Bool = true, _ body: () throws -> R
    ) rethrows -> R {
        try variable_scope(
            scope, initializer: initializer, regularizer: regularizer, reuse: reuse, dtype: dtype,
            custom_getter: custom_getter, auxiliary_name_scope: auxiliary_name_scope
        ) { _ in try body() }
    }

    private static func inherited(
        _ reuse: (any ReuseConvertible)?, from outer: VariableScope
    ) -> Reuse {
        let own = reuse?.reuse ?? .none
        return own == .none ? outer.reuse : own
    }
}

extension tf.Graph {
    /// The first name from `name` that no scope opened here has.
    func uniqueVariableScope(_ name: String, in outer: String) -> String {
        state.withLock { state in
            func isOpen(_ name: String) -> Bool {
                state.variableScopes[NameScope.joined(outer, name), default: 0] > 0
            }
            var result = name
            var suffix = 0
            while isOpen(result) {
                suffix += 1
                result = "\(name)_\(suffix)"
            }
            return result
        }
    }
}
