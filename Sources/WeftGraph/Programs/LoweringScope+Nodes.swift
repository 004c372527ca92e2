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
        switch node.op {
        case .invalid:
            throw node.error ?? GraphError(operation: "invalid", reason: "the tensor is invalid")
        case .constant(let value): bind(node, [constant(value.array)])
        case .placeholder(let placeholder):
            let name = placeholder.name.map { "'\($0)'" } ?? "without a name"
            throw RunError(
                .missingFeed,
                "placeholder \(name) of type \(node.types[0]) must be fed: "
                    + "add it to `feeding`", site: node.origin.site)
        case .readVariable(let variable): bind(node, [readVersion(variable)])
        case .parameter:
            throw RunError(
                .invalidFetch,
                "a parameter of a loop or branch was used outside its body")
        case .random(let attributes):
            let type = try types(node, operands)
            let draw = context.draw(of: node, stream: attributes.stream)
            bind(
                node,
                [emit(.randomBits(draw), [requireRandomState()], type[0], origin: node.origin)])
        case .stopGradient, .withUpdates, .after: bind(node, [operands[0]])
        case .customGradient(_, let outputs): bind(node, Array(operands.prefix(outputs)))
        case .group: bind(node, [constant(NDArray(true))])
        case .update(let attributes): bind(node, [try update(attributes, operands, node)])
        case .cond(let a, let b): try lowerCond(node, a, b, operands)
        case .whileLoop(let attributes): try lowerWhile(node, attributes, operands)
        case .scan(let attributes): try lowerScan(node, attributes, operands)
        case .rematerialized(let body, _): try lowerInline(node, body)
        default: try lowerPrimitive(node, operands)
        }
    }

    /// The concrete types of a node's outputs.
    func types(_ node: Node, _ operands: [Int]) throws -> [ArrayType] {
        // What was known of the operands when the graph was built needs no second inference.
        let isKnown = node.inputs.allSatisfy { $0.node.types[$0.index].shape.isFullyKnown }
        let types =
            isKnown && node.types.allSatisfy(\.shape.isFullyKnown)
            ? node.types
            : try node.op.inferTypes(
                operands.map { TensorType(values[$0].dtype, values[$0].shape) })
        return try zip(types, node.types).map { type, known in
            guard let shape = type.shape.dimensions else {
                throw RuleViolation("the shape \(type) does not follow from what was fed")
            }
            // What was inferred from the type when the graph was built must hold here, too.
            guard type.dtype == known.dtype, known.shape.admits(shape) else {
                throw RuleViolation("the result is \(type), the graph was built for \(known)")
            }
            guard type.dtype == .list || ArraySize.fits(shape, type.dtype) else {
                throw RunError(
                    .outOfMemory,
                    "\(node.label): the result \(type) does not fit into the machine's memory, for "
                        + "the shapes that were fed")
            }
            return ArrayType(type.dtype, shape)
        }
    }

    private func update(
        _ attributes: UpdateAttributes, _ operands: [Int], _ node: Node
    ) throws -> Int {
        let variable = attributes.variable
        let type = ArrayType(variable.dtype, variable.shape)
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
                "variable '\(variable.name)' is \(type), the value is \(values[value])")
        }
        versions.write(variable, value)
        return value
    }

    private func lowerInline(_ node: Node, _ body: Region) throws {
        let child = try child(body)
        let outputs = try child.lower(body.outputs)
        bind(node, splice(child, outputs, parameters: [:]))
    }

    /// Puts the instructions of a child scope into this one, and its updates into effect.
    private func splice(
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

    /// An array taken out of a list has the type of those that were appended: what the node says of
    /// it may leave sizes open that the run settles.
    private func popTypes(_ node: Node, _ list: Int) throws -> [ArrayType] {
        guard let element = elementTypes[list] else { return try types(node, [list]) }
        let known = node.types[1]
        guard known.dtype == element.dtype, known.shape.admits(element.shape) else {
            throw RuleViolation("the list holds arrays of type \(element), not \(known)")
        }
        return [values[list], element]
    }

    private func lowerPrimitive(_ node: Node, _ x: [Int]) throws {
        if case .listPop = node.op {
            bind(node, emit(.listPop, x, try popTypes(node, x[0]), origin: node.origin))
            return
        }
        let type = try types(node, x)
        func one(_ primitive: Primitive, _ operands: [Int]) {
            bind(node, emit(primitive, operands, type, origin: node.origin))
        }
        switch node.op {
        case .iota(let axis): one(.iota(axis: axis), [])
        case .unary(let kind): one(.unary(kind), x)
        case .binary(let kind): one(.binary(kind), x)
        case .compare(let kind): one(.compare(kind), x)
        case .select: one(.select, x)
        case .cast: one(.cast, x)
        case .reduce(let kind, let axes): one(.reduce(kind, axes: axes), x)
        case .argReduce(let kind, let axis): one(.argReduce(kind, axis: axis), x)
        case .cumulative(let attributes): one(.cumulative(attributes), x)
        case .dot(let dimensions): one(.dot(dimensions), x)
        case .convolution(let attributes):
            one(.convolution(resolved(attributes, x[0], x[1])), x)
        case .convolutionInputGradient(let attributes):
            one(.convolutionInputGradient(resolved(attributes, x[2], x[1])), [x[0], x[1]])
        case .convolutionFilterGradient(let attributes):
            one(.convolutionFilterGradient(resolved(attributes, x[0], x[2])), [x[0], x[1]])
        case .window(let kind, let attributes): one(.window(kind, resolved(attributes, x[0])), x)
        case .windowSumGradient(let attributes):
            one(.windowSumGradient(resolved(attributes, x[1])), [x[0]])
        case .maxPoolGradient(let attributes): one(.maxPoolGradient(resolved(attributes, x[0])), x)
        case .maxPoolPick(let attributes): one(.maxPoolPick(resolved(attributes, x[0])), x)
        case .reshape, .reshapeLike, .expand, .regroup:
            if values[x[0]] == type[0] { bind(node, [x[0]]) } else { one(.reshape, [x[0]]) }
        case .broadcast(_, let axes), .broadcastLike(let axes):
            if values[x[0]] == type[0] {
                bind(node, [x[0]])
            } else {
                one(.broadcast(axes: axes), [x[0]])
            }
        case .unbroadcastLike: bind(node, [unbroadcast(x[0], to: type[0], node)])
        case .transpose(let permutation): one(.transpose(permutation), x)
        case .slice(let attributes): one(.slice(resolved(attributes, x[0])), x)
        case .sliceGradient(let attributes): sliceGradient(node, attributes, x, type[0])
        case .dynamicSlice: one(.dynamicSlice, x)
        case .dynamicUpdateSlice: one(.dynamicUpdateSlice, x)
        case .pad(let attributes): one(.pad(attributes), x)
        case .concatenate(let axis): one(.concatenate(axis: axis), x)
        case .concatenateSlice(let axis, let index):
            let start = x[1...].prefix(index).reduce(0) { $0 + values[$1].shape[axis] }
            let dims = values[x[0]].shape
            var slice = SliceAttributes(
                starts: dims.map { _ in 0 }, limits: dims, strides: dims.map { _ in 1 })
            slice.starts[axis] = start
            slice.limits[axis] = start + type[0].shape[axis]
            one(.slice(slice), [x[0]])
        case .reverse(let axes): one(.reverse(axes: axes), x)
        case .gather(var attributes):
            attributes.sliceSizes = zip(attributes.sliceSizes, values[x[0]].shape).map {
                $0 == -1 ? $1 : $0
            }
            one(.gather(attributes), x)
        case .scatter(let kind, let attributes): one(.scatter(kind, attributes), x)
        case .sort(let attributes): one(.sort(attributes), x)
        case .topK(let k): one(.topK(k), x)
        case .shapeOf:
            bind(node, [constant(NDArray(values[x[0]].shape.map(Int64.init)))])
        case .listEmpty: one(.listEmpty, [])
        case .listAppend: one(.listAppend, x)
        case .listZerosLike: one(.listZerosLike, x)
        case .listAdd: one(.listAdd, x)
        case .check(let kind): one(.check(kind), x)
        case .invalid, .constant, .placeholder, .readVariable, .parameter, .random, .cond,
            .whileLoop, .scan, .rematerialized, .stopGradient, .customGradient, .withUpdates,
            .after, .update, .group, .listPop:
            throw RunError(.unsupported, "\(node.label) is no primitive", site: node.origin.site)
        }
    }

    private func unbroadcast(_ x: Int, to type: ArrayType, _ node: Node) -> Int {
        let dims = values[x].shape
        if dims == type.shape { return x }
        let extra = dims.count - type.shape.count
        let axes = dims.indices.filter { $0 < extra || type.shape[$0 - extra] != dims[$0] }
        let kept = dims.indices.filter { !axes.contains($0) }.map { dims[$0] }
        let sum = emit(
            .reduce(.sum, axes: axes), [x], ArrayType(type.dtype, kept), origin: node.origin)
        return kept == type.shape ? sum : emit(.reshape, [sum], type, origin: node.origin)
    }

    private func sliceGradient(
        _ node: Node, _ attributes: SliceAttributes, _ x: [Int], _ type: ArrayType
    ) {
        let dims = values[x[0]].shape
        var pad = PadAttributes(low: attributes.starts, high: [], interior: [])
        for i in dims.indices {
            let covered = dims[i] == 0 ? 0 : (dims[i] - 1) * attributes.strides[i] + 1
            pad.high.append(type.shape[i] - attributes.starts[i] - covered)
            pad.interior.append(attributes.strides[i] - 1)
        }
        let zero = constant(.zeros(type.dtype, []))
        bind(node, [emit(.pad(pad), [x[0], zero], type, origin: node.origin)])
    }

    // MARK: Attributes whose meaning depends on sizes

    private func resolved(_ slice: SliceAttributes, _ x: Int) -> SliceAttributes {
        var result = slice
        result.limits = zip(slice.limits, values[x].shape).map { $0 == Int.max ? $1 : $0 }
        return result
    }

    private func resolved(
        _ attributes: ConvolutionAttributes, _ x: Int, _ filter: Int
    ) -> ConvolutionAttributes {
        var result = attributes
        for i in 0..<attributes.spatialRank {
            let (low, high) = attributes.padding[i].resolved(
                input: ConvolutionAttributes.dilated(
                    values[x].shape[i + 1], attributes.inputDilation[i]
                ).value ?? 0,
                window: ConvolutionAttributes.dilated(
                    values[filter].shape[i], attributes.filterDilation[i]
                ).value ?? 0, stride: attributes.strides[i])
            result.padding[i] = .init(low, high)
        }
        return result
    }

    private func resolved(_ attributes: WindowAttributes, _ x: Int) -> WindowAttributes {
        var result = attributes
        for i in attributes.sizes.indices {
            let (low, high) = attributes.padding[i].resolved(
                input: values[x].shape[i],
                window: ConvolutionAttributes.dilated(
                    attributes.sizes[i], attributes.dilations[i]
                ).value ?? 0, stride: attributes.strides[i])
            result.padding[i] = .init(low, high)
        }
        return result
    }
}
