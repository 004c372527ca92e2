// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// What is run for its effect.
    public struct Operation: Hashable, Sendable, GraphOperand {
        /// What to fetch to make it happen.
        public let anyTensor: AnyTensor
        fileprivate let given: String?
        /// Its name in the graph.
        public var name: String { given ?? anyTensor.operationName }
        /// First values that the session makes for variables when it is run.
        let firstValues: [FirstValue]

        /// A value that the session computes from its seed and feeds, for the update to assign.
        struct FirstValue: Hashable, Sendable {
            let placeholder: AnyTensor
            let variable: VariableHandle
            let initializer: Initializer

            static func == (a: Self, b: Self) -> Bool { a.placeholder == b.placeholder }
            func hash(into hasher: inout Hasher) { hasher.combine(placeholder) }
        }

        /// Weft's update.
        public var update: Update { Update(anyTensor) }

        /// The kind of operation, as drawings call it.
        public var type: String { anyTensor.node.op.summary }

        /// The tensors that it gives.
        public var outputs: [Tensor] { anyTensor.node.tensors }
        /// The tensors that it takes.
        public var inputs: [Tensor] { anyTensor.node.inputs }

        init(_ tensor: AnyTensor, name: String? = nil, firstValues: [FirstValue] = []) {
            anyTensor = tensor
            given = name
            self.firstValues = firstValues
        }

        init(_ update: Update, name: String? = nil, firstValues: [FirstValue] = []) {
            var tensor = update.anyTensor
            if let around = ControlDependencies.current, tensor.error == nil {
                tensor = Update.group(around.updates + [update]).anyTensor
            }
            self.init(
                tensor, name: name,
                firstValues: firstValues + (ControlDependencies.current?.firstValues ?? []))
        }

        /// Runs it in a session, the default one if none is given.
        ///
        /// - Throws: as `Session.run`; `RunError` without a session.
        public func run(feed_dict: FeedDict = [:], session: Session? = nil) throws {
            try Session.required(session, "run").run(self, feed_dict: feed_dict)
        }
    }

    /// Operations that happen together.
    public static func group(
        _ inputs: (any TensorConvertible)?..., name: String? = nil
    ) -> Operation {
        group(inputs, name: name)
    }

    /// Operations that happen together.
    public static func group(
        _ inputs: [(any TensorConvertible)?], name: String? = nil
    ) -> Operation {
        let inputs = inputs.compactMap(\.self)
        let firstValues = inputs.flatMap { ($0 as? Operation)?.firstValues ?? [] }
        let operation = Operation(
            Update.group(inputs.map { Update($0.anyTensor) }), name: name, firstValues: firstValues)
        _ = named(operation.anyTensor, name)
        return operation
    }

    /// Nothing to run; in a block of `control_dependencies`, what that waits for.
    public static func no_op(name: String? = nil) -> Operation { group([], name: name) }

    /// The tensors, each computed in runs in which all the others and `control_inputs` are.
    public static func tuple(
        _ tensors: [Tensor], name: String? = nil, control_inputs: [any TensorConvertible] = []
    ) -> [Tensor] {
        let all = (tensors as [any TensorConvertible] + control_inputs).map { Update($0.anyTensor) }
        return named(tensors.map { $0.after(all) }, name)
    }

    // MARK: Control dependencies

    /// What is to have happened before what is built in a block.
    struct ControlDependencies: Sendable {
        @TaskLocal static var current: ControlDependencies?

        let updates: [Update]
        let firstValues: [Operation.FirstValue]
        /// The variables' values after the updates.
        let values: [VariableHandle: AnyTensor]

        init(_ inputs: [any TensorConvertible], inside outer: ControlDependencies?) {
            let tensors = inputs.map(\.anyTensor)
            updates = (outer?.updates ?? []) + tensors.map { Update($0) }
            firstValues =
                (outer?.firstValues ?? [])
                + inputs.flatMap { ($0 as? Operation)?.firstValues ?? [] }
            var values = outer?.values ?? [:]
            // The last update of a variable says its value.
            var newest: [VariableHandle: UInt64] = [:]
            GraphWalk.visit(tensors.map(\.node)) { node in
                if case .update(let attributes) = node.op {
                    if newest[attributes.variable] ?? 0 <= node.id {
                        newest[attributes.variable] = node.id
                        values[attributes.variable] = AnyTensor(node: node, index: 0)
                    }
                    return []
                }
                if case .group = node.op { return node.dependencies }
                if case .withUpdates = node.op { return node.dependencies }
                if case .after = node.op { return node.dependencies }
                return []
            }
            self.values = values
        }

        /// What a variable's value is here.
        static func value(of handle: VariableHandle) -> AnyTensor {
            current?.values[handle] ?? handle.value
        }
    }

    /// Builds what `body` builds to be computed after `control_inputs`: running the tensor that it gives runs
    /// them, and variables have the values that they leave.
    public static func control_dependencies(
        _ control_inputs: [any TensorConvertible]?, _ body: () throws -> Tensor
    ) rethrows -> Tensor {
        let around = dependencies(control_inputs)
        let tensor = try ControlDependencies.$current.withValue(around, operation: body)
        return around.map { tensor.after($0.updates) } ?? tensor
    }

    /// Builds an operation that happens after `control_inputs`: running it runs them, and variables have the
    /// values that they leave.
    public static func control_dependencies(
        _ control_inputs: [any TensorConvertible]?, _ body: () throws -> Operation
    ) rethrows -> Operation {
        let around = dependencies(control_inputs)
        let operation = try ControlDependencies.$current.withValue(around, operation: body)
        guard let around else { return operation }
        return Operation(
            Update.group(around.updates + [operation.update]).anyTensor, name: operation.given,
            firstValues: around.firstValues + operation.firstValues)
    }

    /// Builds what `body` builds to be computed after `control_inputs`.
    @_disfavoredOverload
    public static func control_dependencies<R>(
        _ control_inputs: [any TensorConvertible]?, _ body: () throws -> R
    ) rethrows -> R {
        try ControlDependencies.$current.withValue(dependencies(control_inputs), operation: body)
    }

    private static func dependencies(
        _ inputs: [any TensorConvertible]?
    ) -> ControlDependencies? {
        inputs.map { ControlDependencies($0, inside: .current) }
    }
}

extension AnyTensor {
    /// The name that the operation was given, or what it is made by is called.
    var operationName: String {
        if case .readVariable(let variable) = node.op { return variable.name }
        let known = tf.Graph.current.state.withLock { state in
            state.named.first { $0.value.node === node }?.key
        }
        return known ?? node.name ?? node.op.summary
    }
}
