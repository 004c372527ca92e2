// SPDX-License-Identifier: Apache-2.0

extension AnyTensor {
    /// The outputs of `op` on `inputs`: an existing node when there is an equal one.
    ///
    /// An input that carries an error hands it on; a violated shape rule makes a new one.
    package static func makeAll(
        _ op: Operation, _ inputs: [AnyTensor], name: String? = nil
    ) -> [AnyTensor] {
        if let parts = composedOfParts(op, inputs, name) { return parts }
        return node(op, inputs, name).tensors
    }

    /// The only output of `op` on `inputs`.
    package static func make(
        _ op: Operation, _ inputs: [AnyTensor], name: String? = nil
    ) -> AnyTensor {
        if let parts = composedOfParts(op, inputs, name) { return parts[0] }
        return AnyTensor(node: node(op, inputs, name), index: 0)
    }

    /// The outputs of a primitive on `inputs`.
    package static func makeAll(
        _ primitive: Primitive, _ inputs: [AnyTensor], name: String? = nil
    ) -> [AnyTensor] {
        makeAll(.primitive(primitive), inputs, name: name)
    }

    /// The only output of a primitive on `inputs`.
    package static func make(
        _ primitive: Primitive, _ inputs: [AnyTensor], name: String? = nil
    ) -> AnyTensor {
        make(.primitive(primitive), inputs, name: name)
    }

    /// The only output of what shapes have still to settle.
    package static func make(
        _ unsettled: Unsettled, _ inputs: [AnyTensor], name: String? = nil
    ) -> AnyTensor {
        make(.unsettled(unsettled), inputs, name: name)
    }

    /// What an operation on complex numbers is made of; nil for one that takes its operands as they are.
    @inline(__always)
    private static func composedOfParts(
        _ op: Operation, _ inputs: [AnyTensor], _ name: String?
    ) -> [AnyTensor]? {
        for tensor in inputs where tensor.node.hasComplexTypes {
            return ComplexOperation(op, inputs, name).results()
        }
        return nil
    }

    private static func node(
        _ op: Operation, _ inputs: [AnyTensor], _ name: String?
    ) -> Node {
        let hash = internHash(op, inputs, nil)
        if op.isInterned,
            let node = InternTable.shared.find(
                hash: hash, op: op, inputs: inputs, types: nil)
        {
            return node
        }
        for tensor in inputs {
            if let error = tensor.error { return invalid(error, count: op.family.outputCount) }
        }
        for region in op.regions {
            for tensor in region.outputs {
                if let error = tensor.error { return invalid(error, count: op.family.outputCount) }
            }
        }
        do {
            let types = try op.inferTypes(inputs.map(\.type)) { inputs[$0].knownElements }
            for type in types {
                guard ArraySize.isAddressable(type.shape.dims ?? []) else {
                    throw RuleViolation(.tooLarge("the result \(type)"))
                }
            }
            guard op.isInterned else {
                return Node(
                    op: op, inputs: inputs, types: types, origin: .current(name), internHash: hash)
            }
            return InternTable.shared.findOrInsert(
                hash: hash, op: op, inputs: inputs, types: types, origin: .current(name))
        } catch {
            let graphError = GraphError(
                operation: op.summary, name: name ?? Origin.name(ofOperation: op.summary),
                GraphError.Kind(error))
            return invalid(graphError, count: op.family.outputCount)
        }
    }

    /// The output of an operation without inputs whose type is not computed but given.
    package static func source(
        _ op: Operation, _ type: TensorType, name: String? = nil
    ) -> AnyTensor {
        let hash = internHash(op, [], [type])
        if let node = InternTable.shared.find(hash: hash, op: op, inputs: [], types: [type]) {
            return AnyTensor(node: node, index: 0)
        }
        let node = InternTable.shared.findOrInsert(
            hash: hash, op: op, inputs: [], types: [type], origin: .ofSource(name))
        return AnyTensor(node: node, index: 0)
    }

    private static func internHash(
        _ op: Operation, _ inputs: [AnyTensor], _ types: [TensorType]?
    ) -> Int {
        var hasher = Hasher()
        hasher.combine(op)
        hasher.combine(inputs)
        if let types { hasher.combine(types) }
        return hasher.finalize()
    }

    /// A tensor that carries an error made here.
    package static func invalid(
        _ operation: String, _ name: String?, _ kind: GraphError.Kind,
        type: TensorType = TensorType(.float32, .unknown)
    ) -> AnyTensor {
        invalid(GraphError(operation: operation, name: name, kind), type: type)
    }

    package static func invalid(
        _ operation: String, _ name: String?, _ reason: String,
        type: TensorType = TensorType(.float32, .unknown)
    ) -> AnyTensor {
        invalid(operation, name, .other(reason), type: type)
    }

    package static func invalid(
        _ error: GraphError, type: TensorType = TensorType(.float32, .unknown)
    ) -> AnyTensor {
        AnyTensor(
            node: Node(
                op: .invalid, inputs: [], types: [type], origin: Origin(), error: error,
                internHash: 0),
            index: 0)
    }

    private static func invalid(_ error: GraphError, count: Int) -> Node {
        Node(
            op: .invalid, inputs: [],
            types: Array(repeating: TensorType(.float32, .unknown), count: Swift.max(count, 1)),
            origin: Origin(), error: error, internHash: 0)
    }

    /// A constant. Small ones are equal when their bits are; large ones when they share memory.
    package static func constant(_ array: NDArray, name: String? = nil) -> AnyTensor {
        if array.dtype == .list {
            return invalid("constant", name, "an array of lists is none; its type must be another")
        }
        return source(
            .primitive(.constant(ConstantValue(array))), TensorType(array.dtype, array.shape),
            name: name)
    }

    /// A scalar of `dtype` with the value nearest to `number`; of strings there is the empty one, for 0.
    package static func scalar(_ number: Double, _ dtype: DType) -> AnyTensor {
        if dtype == .list || dtype == .string && number != 0 {
            return invalid("constant", nil, "a \(dtype) is no number")
        }
        return constant(.filled(dtype, [], number))
    }
}
