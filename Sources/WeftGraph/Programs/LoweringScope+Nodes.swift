// SPDX-License-Identifier: Apache-2.0

extension LoweringScope {
    /// Lowers one node whose operands are available.
    func lower(_ node: Node) throws {
        if !merged.isEmpty, let large = merged[node.id] {
            bind(
                node,
                try node.types.indices.map { try value(of: AnyTensor(node: large, index: $0)) })
            return
        }
        let operands = try context.edges(of: node).map { try value(of: $0) }
        try node.op.family.lower(node, operands, in: self)
    }

    /// The concrete types of a node's outputs.
    func types(_ node: Node, _ operands: [Int]) throws -> [ArrayType] {
        if node.needsNoInference {
            return try node.types.map { try arrayType($0, of: node) }
        }
        return try knownTypes(node, operands)
    }

    /// The concrete types of a node's outputs, by what is known of its operands here.
    func knownTypes(_ node: Node, _ operands: [Int]) throws -> [ArrayType] {
        let types = try node.op.inferTypes(graphTypes(node, operands)) {
            knownElements(operands[$0])
        }
        return try zip(types, node.types).map { type, known in
            let result = try arrayType(type, of: node)
            // What was inferred from the type when the graph was built must hold here, too.
            guard known.admits(result) else {
                throw RuleViolation("the result is \(type), the graph was built for \(known)")
            }
            return result
        }
    }

    /// The types of a node's operands as the graph has them: strings have other ones here.
    private func graphTypes(_ node: Node, _ operands: [Int]) -> [TensorType] {
        operands.enumerated().map { position, operand in
            let type = values[operand]
            guard position < node.inputs.count else { return type.tensorType }
            return type.type(as: node.inputs[position].dtype).tensorType
        }
    }

    /// Writes the instruction that a node is, and binds its results.
    func emit(_ primitive: Primitive, _ operands: [Int], of node: Node) throws {
        if node.needsNoInference, node.types.count == 1 {
            let value = newValue(try arrayType(node.types[0], of: node))
            append(
                Program.Instruction(
                    primitive, inputs: operands, outputs: [value], origin: node.origin))
            bind(node, value)
        } else {
            bind(node, emit(primitive, operands, try types(node, operands), origin: node.origin))
        }
    }

    /// The type of a result, whose sizes are all known.
    func arrayType(_ type: TensorType, of node: Node) throws -> ArrayType {
        guard let shape = type.shape.dimensions else {
            throw RuleViolation("the shape \(type) does not follow from what was fed")
        }
        guard type.dtype == .list || ArraySize.fits(shape, type.dtype) else {
            throw RunError(
                .outOfMemory,
                "\(node.label): the result \(type) does not fit into the machine's memory, for "
                    + "the shapes that were fed")
        }
        return ArrayType(type.dtype, shape).inPrograms
    }

    /// How long the first axis of a tensor is, which has this value.
    ///
    /// - Throws: `RuleViolation` for a scalar: the graph may have left the rank open.
    func length(of value: Int, _ tensor: AnyTensor) throws -> Int {
        let type = values[value].type(as: tensor.dtype)
        guard let length = type.shape.first else {
            throw RuleViolation("\(type) is a scalar, which has no slices")
        }
        return length
    }

    func update(
        _ attributes: UpdateAttributes, _ operands: [Int], _ node: Node
    ) throws -> Int {
        let variable = attributes.variable
        let type = variable.arrayType
        let value: Int
        switch attributes.kind {
        case .assign: value = operands[0]
        case .modify(let region):
            let child = try child(region)
            let parameter = child.addInput(region.parameters[0], type)
            let outputs = try child.lower(region.outputs)
            let current = currentVersion(variable)
            value = splice(child, outputs, parameters: [parameter: current])[0]
        }
        guard values[value] == type else {
            throw RuleViolation(
                .valueDoesNotFitVariable(
                    variable.name, type.tensorType, value: values[value].tensorType))
        }
        versions.write(variable, value)
        return value
    }

    /// Puts the instructions of a child scope into this one, and its updates into effect.
    func splice(
        _ child: LoweringScope, _ outputs: [Int], parameters: [Int: Int]
    ) -> [Int] {
        let written = child.versions.writtenVariables
        let program = child.finish(outputs: outputs + written.map { child.currentVersion($0) })
        var own: [Int: Int] = parameters
        for (outer, inner) in zip(child.captured, program.inputs.suffix(child.captured.count)) {
            own[inner] = outer
        }
        for instruction in program.instructions {
            let results = emit(
                instruction.primitive, instruction.inputs.map { own[$0] ?? 0 },
                instruction.outputs.map { program.values[$0] }, origin: instruction.origin)
            for (inner, result) in zip(instruction.outputs, results) {
                own[inner] = result
                if let element = child.elementTypes[inner] { elementTypes[result] = element }
            }
        }
        for (variable, value) in zip(written, program.outputs.suffix(written.count)) {
            versions.write(variable, own[value] ?? 0)
        }
        return outputs.map { own[$0] ?? 0 }
    }

    /// An array taken out of a list has the type of those that were put there: what the node says of
    /// it may leave sizes open that the run settles.
    func typeOfElement(_ known: TensorType, of list: Int, _ node: Node) throws -> ArrayType {
        if known.shape.isFullyKnown { return try arrayType(known, of: node) }
        // Nothing was put there: the loop that takes from it runs no iteration.
        guard let element = elementTypes[list] else {
            throw ChangingShape(
                node: node, .other("the shape \(known) does not follow from what was fed"))
        }
        guard known.admits(element) else {
            throw RuleViolation("the list holds arrays of type \(element), not \(known)")
        }
        return element
    }

    /// A value in the shape of a type.
    func reshaped(_ x: Int, to type: ArrayType, _ node: Node) -> Int {
        values[x] == type ? x : emit(.reshape(type.shape), [x], type, origin: node.origin)
    }

    /// A value repeated to a type, whose axes `axes` are those of the value.
    func repeated(_ x: Int, to type: ArrayType, _ axes: [Int], _ node: Node) -> Int {
        values[x] == type
            ? x
            : emit(.broadcast(shape: type.shape, axes: axes), [x], type, origin: node.origin)
    }

    func unbroadcast(_ x: Int, to type: ArrayType, _ node: Node) -> Int {
        let dims = values[x].shape
        if dims == type.shape { return x }
        let extra = dims.count - type.shape.count
        let axes = dims.indices.filter { $0 < extra || type.shape[$0 - extra] != dims[$0] }
        let kept = dims.indices.filter { !axes.contains($0) }.map { dims[$0] }
        let sum = emit(
            .reduce(.sum, axes: axes), [x], ArrayType(type.dtype, kept), origin: node.origin)
        return kept == type.shape
            ? sum : emit(.reshape(type.shape), [sum], type, origin: node.origin)
    }

    /// A value in the place of a slice of zeros.
    func padded(
        _ x: Int, aroundSlice attributes: SliceAttributes, to type: ArrayType, _ node: Node
    ) -> Int {
        let dims = values[x].shape
        var pad = PadAttributes(low: attributes.starts, high: [], interior: [])
        for i in dims.indices {
            let covered = dims[i] == 0 ? 0 : (dims[i] - 1) * attributes.strides[i] + 1
            pad.high.append(type.shape[i] - attributes.starts[i] - covered)
            pad.interior.append(attributes.strides[i] - 1)
        }
        return emit(.pad(pad), [x, constant(.zeros(type.dtype, []))], type, origin: node.origin)
    }
}

extension Node {
    /// Whether what was known of the operands when the graph was built is all that there is to know.
    fileprivate var needsNoInference: Bool {
        hasKnownTypes && inputs.allSatisfy(\.node.hasKnownTypes)
    }
}

extension TensorType {
    /// Whether a value of a program may be a tensor of this type.
    func admits(_ type: ArrayType) -> Bool {
        let type = type.type(as: dtype)
        return dtype == type.dtype && shape.admits(type.shape)
    }
}

extension VariableHandle {
    /// The type of the variable's value in programs.
    var arrayType: ArrayType { ArrayType(dtype, shape).inPrograms }
}
