// SPDX-License-Identifier: Apache-2.0

/// One of two bodies, by a scalar bool. (predicate); the bodies take what they use from outside.
struct CondFamily: OperationFamily {
    let branches: [Region]

    var name: String { "cond" }
    var outputCount: Int { max(branches[0].outputs.count, branches[1].outputs.count, 1) }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try condTypes(branches[0], branches[1], operands)
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index > 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.cond(branches[0], branches[1])
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        try scope.lowerCond(node, branches[0], branches[1], operands)
    }
}

/// (predicate, captures...) → outputs. Both programs take all captures; only the branch taken runs.
struct CondProgramFamily: ProgramFamily, SettledFamily {
    let branches: [Program]

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "cond" }
    var outputCount: Int { branches[0].outputs.count }
    var operandCount: Int? { nil }
    var cannotFail: Bool { false }

    var primitive: Primitive { .cond(branches[0], branches[1]) }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        let (a, b) = (branches[0], branches[1])
        guard operands.first == ArrayType(.bool, []), a.inputTypes == b.inputTypes,
            a.inputTypes == Array(operands.dropFirst()), a.outputTypes == b.outputTypes
        else { throw RuleViolation("the branches do not fit the operands or each other") }
        return a.outputTypes
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let branch = try call.isTrue(call.operands[0]) ? call.inner[0] : call.inner[1]
        var operands = Array(call.operands.dropFirst())
        call.operands.removeAll()
        return try call.interpreter.run(branch, &operands)
    }
}

func requirePredicate(_ type: TensorType, _ what: String) throws {
    guard type.dtype == .bool else {
        throw RuleViolation(.wrongElementType(.argument(what), type.dtype, wanted: [.bool]))
    }
    guard type.shape.admits([]) else {
        throw RuleViolation(
            "\(what) must be a scalar, not \(type); combine its elements with `all()` or `any()`"
        )
    }
}

private func condTypes(_ a: Region, _ b: Region, _ inputs: [TensorType]) throws -> [TensorType] {
    try requirePredicate(inputs[0], "the predicate")
    guard a.outputs.count == b.outputs.count else {
        throw RuleViolation(
            "the branches return \(a.outputs.count) and \(b.outputs.count) tensors")
    }
    guard !a.outputs.isEmpty else { throw RuleViolation("the branches return nothing") }
    return try zip(a.outputs, b.outputs).enumerated().map { index, pair in
        guard pair.0.dtype == pair.1.dtype else {
            throw RuleViolation(.branchesDiffer(index, pair.0.type, pair.1.type))
        }
        return TensorType(pair.0.dtype, pair.0.shape.joined(with: pair.1.shape))
    }
}

extension GradientRule {
    /// The taken branch is differentiated inside a `cond` on the same predicate; what only the
    /// other one uses gets zeros, as in TensorFlow.
    fileprivate func cond(_ a: Region, _ b: Region) throws -> [AnyTensor?] {
        let wanted = captures.indices.filter { needed[inputs.count + $0] }
        let level = gradientLevel(a)
        let first = try branchGradients(a, level, wanted)
        let second = try branchGradients(b, level, wanted)
        let used = wanted.indices.filter { first[$0] != nil || second[$0] != nil }
        if used.isEmpty { return nothing }
        func region(_ results: [AnyTensor?]) -> Region {
            Region(
                level: level, parameterTypes: [],
                outputs: used.map { results[$0] ?? .zeros(like: captures[wanted[$0]]) })
        }
        // The gradients that come in are needed whichever branch is taken. As inputs they are
        // computed before it, once, and not in each branch of a chain of such nodes.
        let outputs = AnyTensor.makeAll(
            .cond(region(first), region(second)), [inputs[0]] + gradients.compactMap(\.self))
        return placed(outputs, at: used.map { inputs.count + wanted[$0] })
    }

    /// The gradients of what a branch takes from outside, as tensors for a region of `level`.
    fileprivate func branchGradients(
        _ region: Region, _ level: Int, _ wanted: [Int]
    ) throws -> [AnyTensor?] {
        try Region.$currentLevel.withValue(max(level, Region.currentLevel)) {
            let kept = Dictionary(captures.map { ($0, $0) }) { a, _ in a }
            let outputs = try Rewriting(replacing: kept, stripsUpdates: true)
                .apply(to: region.outputs)
            return try ReversePass(
                ys: outputs, xs: wanted.map { captures[$0] }, stops: Set(captures)
            ).gradients(seeds: gradients)
        }
    }

    /// The level of a region over the gradients: that of the original one, unless a gradient
    /// depends on a region of that level or a higher one, as in a loop over seeds.
    fileprivate func gradientLevel(_ region: Region) -> Int {
        let free = gradients.reduce(UInt64(0)) { $0 | ($1?.node.freeLevels ?? 0) }
        return max(region.level, UInt64.bitWidth - free.leadingZeroBitCount)
    }

    /// Results at some of the operands' positions.
    func placed(_ results: [AnyTensor], at positions: [Int]) -> [AnyTensor?] {
        var all = nothing
        for (index, position) in positions.enumerated() {
            all[position] = results[min(index, results.count - 1)]
        }
        return all
    }
}
