// SPDX-License-Identifier: Apache-2.0

extension LoweringScope {
    /// The nodes below `roots` that depend on a plain read of one of `variables`.
    func variants(_ roots: [AnyTensor], of variables: Set<VariableHandle>) -> Set<UInt64> {
        guard !variables.isEmpty else { return [] }
        var result: Set<UInt64> = []
        let order = GraphWalk.sorted(roots.map(\.node))
        for node in order {
            if case .readVariable(let variable) = node.op, variables.contains(variable) {
                result.insert(node.id)
            } else if node.dependencies.contains(where: { result.contains($0.node.id) }) {
                result.insert(node.id)
            }
        }
        return result
    }

    private func sorted(_ variables: Set<VariableHandle>) -> [VariableHandle] {
        variables.sorted { $0.id < $1.id }
    }

    // MARK: cond

    func lowerCond(_ node: Node, _ a: Region, _ b: Region, _ operands: [Int]) throws {
        guard values[operands[0]].shape.isEmpty else {
            throw RuleViolation(
                .wrongRank("the predicate", values[operands[0]].tensorType, wanted: 0...0))
        }
        // The branch that is not taken may be wrong for the sizes that are known.
        if let taken = knownArray(operands[0]) {
            let region = taken.doubles == [1] ? a : b
            let scope = try child(region)
            bind(node, splice(scope, try scope.lower(region.outputs), parameters: [:]))
            return
        }
        let written = sorted(updatedVariables(node))
        let branches = try [a, b].map { region -> (scope: LoweringScope, outputs: [Int]) in
            let scope = try child(region)
            do {
                var outputs = try scope.lower(region.outputs)
                outputs += written.map { scope.currentVersion($0) }
                return (scope, outputs)
            } catch let error as RunError {
                // It may be the branch that is not taken for these shapes.
                guard case .invalidShape = error.kind else { throw error }
                throw ChangingShape(error)
            }
        }
        for (index, outputs) in zip(branches[0].outputs, branches[1].outputs).enumerated() {
            let types = (
                branches[0].scope.values[outputs.0], branches[1].scope.values[outputs.1]
            )
            guard types.0 == types.1 else {
                throw ChangingShape(
                    node: node, .branchesDiffer(index, types.0.tensorType, types.1.tensorType))
            }
        }
        // Both programs take the captures of both.
        let captures = Self.union(branches.map(\.scope))
        let programs = branches.map { branch in
            let inputs = captures.map { branch.scope.capture($0) }
            let program = branch.scope.finish(outputs: branch.outputs)
            return Program(
                values: program.values, inputs: inputs, instructions: program.instructions,
                outputs: program.outputs)
        }
        let results = emit(
            .cond(programs[0], programs[1]), [operands[0]] + captures, programs[0].outputTypes,
            origin: node.origin)
        noteElementTypes(of: results, from: branches)
        bind(node, Array(results.prefix(a.outputs.count)))
        for (variable, value) in zip(written, results.dropFirst(a.outputs.count)) {
            versions.write(variable, value)
        }
    }

    // MARK: whileLoop

    /// The carries are the loop's variables, then the session variables that it updates, then, if
    /// it draws random numbers, the iteration's number.
    func lowerWhile(_ node: Node, _ attributes: WhileAttributes, _ operands: [Int]) throws {
        try requireLikeElements(in: operands, of: node)
        let written = sorted(updatedVariables(node))
        let blocked = variants(
            attributes.condition.outputs + attributes.body.outputs, of: Set(written))
        let draws = Self.draws(attributes.body) || Self.draws(attributes.condition)
        var carries = operands + written.map { currentVersion($0) }
        if draws { carries.append(constant(NDArray(Int64(0)))) }

        func enter(_ region: Region) throws -> LoweringScope {
            let scope = try child(region)
            scope.variantNodes = blocked
            for (parameter, value) in zip(region.parameters, operands) {
                guard parameter.type.admits(values[value]) else {
                    throw RuleViolation(
                        "a variable enters the loop as \(values[value]), its body was built for "
                            + "\(parameter.type)")
                }
                let input = scope.addInput(parameter, values[value])
                scope.elementTypes[input] = elementTypes[value]
            }
            for variable in written {
                let value = scope.addInput(nil, variable.arrayType)
                scope.versions.start[variable.id] = value
                scope.versions.current[variable.id] = value
            }
            if draws {
                let counter = scope.addInput(nil, ArrayType(.int64, []))
                let state = scope.capture(requireRandomState())
                scope.randomState = scope.emit(.foldRandom, [state, counter], RandomState.type)
            }
            return scope
        }

        let condition = try enter(attributes.condition)
        let body = try enter(attributes.body)
        let test = try condition.lower(attributes.condition.outputs)
        guard condition.values[test[0]] == ArrayType(.bool, []) else {
            throw RuleViolation(
                "the condition must be a scalar bool, not \(condition.values[test[0]])")
        }
        var next = try body.lower(attributes.body.outputs)
        for (i, value) in next.enumerated() where body.values[value] != values[operands[i]] {
            throw ChangingShape(
                node: node,
                .loopValueChanges(
                    "variable", i, enters: values[operands[i]].tensorType,
                    leaves: body.values[value].tensorType))
        }
        next += written.map { body.currentVersion($0) }
        if draws {
            let one = body.constant(NDArray(Int64(1)))
            next.append(
                body.emit(
                    .binary(.add), [body.inputs[carries.count - 1], one], ArrayType(.int64, [])))
        }
        let (captures, programs) = unify(
            [(condition, test), (body, next)], parameters: carries.count)
        let results = emit(
            .whileLoop(
                condition: programs[0], body: programs[1], carries: carries.count,
                maximumIterations: attributes.maximumIterations),
            carries + captures, carries.map { values[$0] }, origin: node.origin)
        noteElementTypes(of: results, from: [(body, next)])
        bind(node, Array(results.prefix(operands.count)))
        for (variable, value) in zip(written, results.dropFirst(operands.count)) {
            versions.write(variable, value)
        }
    }

    // MARK: scan

    /// The carries are the loop's own, then the session variables that it updates; if it draws
    /// random numbers, the iterations' numbers are one more sequence.
    func lowerScan(_ node: Node, _ attributes: ScanAttributes, _ operands: [Int]) throws {
        let n = attributes.carries
        let region = attributes.body
        let written = sorted(updatedVariables(node))
        var sequences = Array(operands[n...])
        let lengths = try zip(sequences, node.inputs[n...]).map { try self.length(of: $0, $1) }
        let length = lengths[0]
        if let other = lengths.firstIndex(where: { $0 != length }) {
            throw RuleViolation(
                "sequences differ in length: \(values[sequences[0]]) and "
                    + "\(values[sequences[other]])")
        }
        try requireLikeElements(in: Array(operands.prefix(n)), of: node)
        let carries = operands.prefix(n) + written.map { currentVersion($0) }

        let body = try child(region)
        body.variantNodes = variants(region.outputs, of: Set(written))
        let parameters = region.parameters
        for (parameter, value) in zip(parameters, operands.prefix(n)) {
            let input = body.addInput(parameter, values[value])
            body.elementTypes[input] = elementTypes[value]
        }
        for variable in written {
            let value = body.addInput(nil, variable.arrayType)
            body.versions.start[variable.id] = value
            body.versions.current[variable.id] = value
        }
        for (parameter, value) in zip(parameters.dropFirst(n), sequences) {
            let type = values[value]
            body.addInput(parameter, ArrayType(type.dtype, Array(type.shape.dropFirst())))
        }
        if Self.draws(region) {
            sequences.append(emit(.iota(axis: 0), [], ArrayType(.int64, [length])))
            let counter = body.addInput(nil, ArrayType(.int64, []))
            let state = body.capture(requireRandomState())
            body.randomState = body.emit(.foldRandom, [state, counter], RandomState.type)
        }
        let results = try body.lower(region.outputs)
        for i in 0..<n where body.values[results[i]] != values[operands[i]] {
            throw ChangingShape(
                node: node,
                .loopValueChanges(
                    "carry", i, enters: values[operands[i]].tensorType,
                    leaves: body.values[results[i]].tensorType))
        }
        let outputs =
            results.prefix(n) + written.map { body.currentVersion($0) } + results.dropFirst(n)
        let (captures, programs) = unify(
            [(body, Array(outputs))], parameters: carries.count + sequences.count)
        let types = programs[0].outputTypes.enumerated().map { i, type in
            i < carries.count ? type : ArrayType(type.dtype, [length] + type.shape)
        }
        let all = emit(
            .scan(
                body: programs[0], carries: carries.count, sequences: sequences.count,
                isReversed: attributes.isReversed),
            carries + sequences + captures, types, origin: node.origin)
        noteElementTypes(of: Array(all.prefix(carries.count)), from: [(body, Array(outputs))])
        bind(node, Array(all.prefix(n) + all.dropFirst(carries.count)))
        for (variable, value) in zip(written, all.dropFirst(n)) { versions.write(variable, value) }
    }

    /// What any of the scopes captures, each value once.
    private static func union(_ scopes: [LoweringScope]) -> [Int] {
        var seen: Set<Int> = []
        return scopes.flatMap(\.captured).filter { seen.insert($0).inserted }
    }

    /// Finishes scopes that share their parameters so that they share their captures too.
    private func unify(
        _ scopes: [(scope: LoweringScope, outputs: [Int])], parameters: Int
    ) -> (captures: [Int], programs: [Program]) {
        let captures = Self.union(scopes.map(\.scope))
        let programs = scopes.map { scope, outputs in
            let own = captures.map { scope.capture($0) }
            let program = scope.finish(outputs: outputs)
            let captureInputs = Set(own)
            let first = program.inputs.filter { !captureInputs.contains($0) }
            return Program(
                values: program.values, inputs: first + own, instructions: program.instructions,
                outputs: program.outputs)
        }
        return (captures, programs)
    }

    /// Whether a body draws random numbers of its own, nested bodies included.
    private static func draws(_ region: Region) -> Bool {
        var found = false
        GraphWalk.visit(region.outputs.map(\.node)) { node in
            if case .random(let attributes) = node.op,
                attributes.levels >> UInt64(region.level) != 0
            {
                found = true
            }
            let nested = node.op.regions.filter { $0.level > region.level }.flatMap(\.outputs)
            return found ? [] : node.inputs + nested
        }
        return found
    }
}
