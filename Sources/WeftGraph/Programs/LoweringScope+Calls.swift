// SPDX-License-Identifier: Apache-2.0

/// What a scope took from the one around it.
enum CaptureSource: Hashable {
    case tensor(AnyTensor)
    /// What a plain read of the variable gives.
    case variable(VariableHandle)
    case randomState
    /// What only the scope around can hand in.
    case other
}

/// The program of a body that was called, and what it takes from outside.
struct LoweredBody {
    struct Key: Hashable {
        let body: Region
        let types: [ArrayType]
    }

    let program: Program
    let captures: [CaptureSource]
}

extension LoweringScope {
    /// Bodies without updates are lowered once for all calls whose arguments have the same types,
    /// however deep they are nested: the program of a function that is used in a hundred places is in
    /// each of them the same object.
    func lowerCall(_ node: Node, _ attributes: CallAttributes, _ operands: [Int]) throws {
        let region = attributes.body
        let types = operands.map { values[$0] }
        let written = updatedVariables(node).sorted { $0.id < $1.id }
        let key = LoweredBody.Key(body: region, types: types)
        let isShared =
            !region.outputs.contains { $0.node.hasEffects || $0.dtype == .list }
            && !types.contains { $0.dtype == .list }
        if isShared {
            for known in context.bodies(key) {
                guard let captures = captures(known.captures, known.program, operands.count) else {
                    continue
                }
                try requireDepth(adding: known.program.nesting)
                emitCall(node, attributes, known.program, operands + captures, written)
                return
            }
        }
        let scope = try child(region)
        scope.isCalled = true
        for (parameter, operand) in zip(region.parameters, operands) {
            guard parameter.type.admits(values[operand]) else {
                throw RuleViolation(
                    "an argument is \(values[operand]), the body was built for \(parameter.type)")
            }
            let input = scope.addInput(parameter, values[operand])
            scope.elementTypes[input] = elementTypes[operand]
        }
        var outputs = try scope.lower(region.outputs)
        outputs += written.map { scope.currentVersion($0) }
        let program = scope.finish(outputs: outputs)
        if isShared, !scope.captureSources.contains(.other), !scope.usesOuterElements {
            context.add(LoweredBody(program: program, captures: scope.captureSources), key)
        }
        let results = emitCall(node, attributes, program, operands + scope.captured, written)
        noteElementTypes(of: results, from: [(scope, outputs)])
    }

    @discardableResult
    private func emitCall(
        _ node: Node, _ attributes: CallAttributes, _ program: Program, _ operands: [Int],
        _ written: [VariableHandle]
    ) -> [Int] {
        let called = CalledProgram(program, name: attributes.name, hint: attributes.hint)
        let results = emit(.call(called), operands, program.outputTypes, origin: node.origin)
        let count = attributes.body.outputs.count
        bind(node, Array(results.prefix(count)))
        for (variable, value) in zip(written, results.dropFirst(count)) {
            versions.write(variable, value)
        }
        return results
    }

    /// This scope's values for what a program takes from outside after its arguments; nil when it
    /// has not all of them, or has them in other types.
    private func captures(
        _ sources: [CaptureSource], _ program: Program, _ arguments: Int
    ) -> [Int]? {
        let types = program.inputTypes.dropFirst(arguments)
        for case .tensor(let tensor) in sources where !isAvailable(tensor) { return nil }
        var result: [Int] = []
        for (source, type) in zip(sources, types) {
            let value: Int?
            switch source {
            case .tensor(let tensor): value = lookUp(tensor)
            case .variable(let variable): value = readVersion(variable)
            case .randomState: value = requireRandomState()
            case .other: value = nil
            }
            guard let value, values[value] == type else { return nil }
            result.append(value)
        }
        return result
    }
}
