// SPDX-License-Identifier: Apache-2.0

/// The versions of variables inside a scope.
struct VariableVersions {
    /// What a plain read gives.
    var start: [UInt64: Int] = [:]
    /// The version after the updates so far.
    var current: [UInt64: Int] = [:]
    var writtenVariables: [VariableHandle] = []

    mutating func write(_ variable: VariableHandle, _ value: Int) {
        current[variable.id] = value
        if !writtenVariables.contains(variable) { writtenVariables.append(variable) }
    }
}

/// Where nodes become instructions: the whole graph, or the body of one region.
///
/// A pure node that only a region needs is lowered in the region's scope, so a branch that is not
/// taken costs nothing; what the enclosing scope computes anyway is captured from there.
final class LoweringScope {
    let context: LoweringContext
    let parent: LoweringScope?
    let level: Int

    // Nothing that changes one of these calls back, so that accesses need no check at run time: there
    // are a dozen to each node.
    @exclusivity(unchecked) private(set) var values: [ArrayType] = []
    private(set) var inputs: [Int] = []
    @exclusivity(unchecked) private(set) var instructions: [Program.Instruction] = []
    /// The values of nodes' first outputs, and of their others.
    @exclusivity(unchecked) private var firstOutputs = NodeTable()
    private var otherOutputs: [AnyTensor: Int] = [:]
    /// The values of the parent that come in as inputs after the parameters.
    private(set) var captured: [Int] = []
    /// What each of them stands for, so that another scope can hand in its own.
    private(set) var captureSources: [CaptureSource] = []
    private let depth: Int
    /// Scopes are lowered and run by recursion, so their nesting has a bound.
    static let maximumDepth = 128
    private var captureOf: [Int: Int] = [:]
    /// The types of the arrays that lists hold, as far as something was appended: a list's own type
    /// does not say, and what is taken out of it has a size that only the run settles.
    var elementTypes: [Int: ArrayType] = [:]
    var builtLists: [Int: BuiltList] = [:]
    /// The values that pairs, of complex numbers, were joined from.
    var partsOfPairs: [Int: (real: Int, imaginary: Int)] = [:]

    var versions = VariableVersions()
    /// The variables read, at the outermost scope, in the order of their inputs.
    private(set) var readOrder: [VariableHandle] = []
    var randomState: Int?
    /// Whether the scope's program may be called from elsewhere. Constants are then its own: they cost
    /// nothing, and engines like to see them where they are used.
    var isCalled = false
    /// Nodes that must not be captured: they depend on variables that this loop updates.
    var variantNodes: Set<UInt64> = []
    /// The nodes that this scope lowers itself, while it does.
    var demanded = NodeTable()
    /// Loops and calls that another one computes along with its own outputs, by their identity.
    @exclusivity(unchecked) var merged: [UInt64: Node] = [:]
    /// The arrays that values were found to be; nil for those that the run decides.
    @exclusivity(unchecked) var knownArrays: [Int: NDArray?] = [:]
    /// Whether the scope's program is as it is because of what values of the parent were found to be.
    var usesOuterElements = false
    /// The update before an update of the same variable.
    var updateBefore: [UInt64: [Node]] = [:]

    init(context: LoweringContext, parent: LoweringScope?, level: Int) {
        self.context = context
        self.parent = parent
        self.level = level
        depth = parent.map { $0.depth + 1 } ?? 0
    }

    /// A scope for the body of a branch, a loop, a call or an update.
    ///
    /// - Throws: `RunError` when scopes are nested too deep.
    func child(_ region: Region) throws -> LoweringScope {
        try requireDepth(adding: 1)
        return LoweringScope(context: context, parent: self, level: region.level)
    }

    /// - Throws: `RunError` when so many programs more cannot stand inside each other here.
    func requireDepth(adding count: Int) throws {
        guard depth + count <= Self.maximumDepth else {
            throw RunError(
                .unsupported,
                "branches, loops and calls are used inside each other more than "
                    + "\(Self.maximumDepth) deep; use a loop, or fetch what the inner ones give")
        }
    }

    // MARK: Values

    func newValue(_ type: ArrayType) -> Int {
        values.append(type)
        return values.count - 1
    }

    @discardableResult
    func addInput(_ tensor: AnyTensor?, _ type: ArrayType) -> Int {
        let value = newValue(type.inPrograms)
        inputs.append(value)
        if let tensor { note(tensor, value) }
        return value
    }

    func emit(
        _ primitive: Primitive, _ operands: [Int], _ types: [ArrayType],
        origin: Origin = Origin()
    ) -> [Int] {
        let outputs = Array(values.count..<values.count + types.count)
        values += types
        append(Program.Instruction(primitive, inputs: operands, outputs: outputs, origin: origin))
        return outputs
    }

    func append(_ instruction: Program.Instruction) {
        instructions.append(instruction)
        noteElementTypes(instruction.primitive, instruction.inputs, instruction.outputs)
    }

    func emit(
        _ primitive: Primitive, _ operands: [Int], _ type: ArrayType, origin: Origin = Origin()
    ) -> Int {
        emit(primitive, operands, [type], origin: origin)[0]
    }

    func constant(_ array: NDArray) -> Int {
        emit(.constant(ConstantValue(array)), [], ArrayType(array.dtype, array.shape))
    }

    /// The tensor is known to be this array.
    func bind(_ tensor: AnyTensor, toKnown array: NDArray) {
        let value = constant(array)
        knownArrays[value] = .some(array)
        note(tensor, value)
    }

    /// The node's outputs have these values, unless they were fed.
    func bind(_ node: Node, _ outputs: [Int]) {
        for (index, value) in outputs.enumerated() {
            note(AnyTensor(node: node, index: index), value)
        }
    }

    /// The node's only output has this value, unless it was fed.
    func bind(_ node: Node, _ output: Int) { firstOutputs.insert(node.id, output) }

    /// The tensor has this value, unless it has one: what is fed comes first.
    private func note(_ tensor: AnyTensor, _ value: Int) {
        if tensor.index == 0 {
            firstOutputs.insert(tensor.node.id, value)
        } else if otherOutputs[tensor] == nil {
            otherOutputs[tensor] = value
        }
    }

    /// The value of a tensor in this scope.
    private func known(_ tensor: AnyTensor) -> Int? {
        tensor.index == 0 ? firstOutputs[tensor.node.id] : otherOutputs[tensor]
    }

    // MARK: Availability

    /// Whether all the node's outputs are at hand, here or in an enclosing scope.
    func isAvailable(_ node: Node) -> Bool {
        for index in node.types.indices
        where !isAvailable(AnyTensor(node: node, index: index)) {
            return false
        }
        return true
    }

    func isAvailable(_ tensor: AnyTensor) -> Bool {
        var scope = self
        while scope.known(tensor) == nil {
            guard let parent = scope.parent, scope.mayCapture(tensor.node) else { return false }
            scope = parent
        }
        return true
    }

    /// Whether a node has the same value here as in the enclosing scope. What depends on the
    /// parameters or draws of this scope's region has not: the enclosing scope may belong to
    /// another region of the same level, and equal bodies are made of the same nodes.
    private func mayCapture(_ node: Node) -> Bool {
        node.freeLevels >> UInt64(level) == 0 && !variantNodes.contains(node.id)
            && !(isCalled && node.op.isConstant)
    }

    /// The value of a tensor; one of the parent's becomes an input of this scope.
    func lookUp(_ tensor: AnyTensor) -> Int? {
        if let value = known(tensor) { return value }
        guard let parent, mayCapture(tensor.node), let outer = parent.lookUp(tensor) else {
            return nil
        }
        let value = capture(outer, .tensor(tensor))
        note(tensor, value)
        return value
    }

    /// The value of the parent that comes in as `input`; nil where none does.
    func outerValue(_ input: Int) -> Int? { captureOf.first { $0.value == input }?.key }

    /// The input through which a value of the parent comes in.
    func capture(_ outer: Int, _ source: CaptureSource = .other) -> Int {
        if let value = captureOf[outer] {
            // Two things that are one value here may be two elsewhere.
            if let place = captured.firstIndex(of: outer), captureSources[place] != source {
                captureSources[place] = .other
            }
            return value
        }
        let value = addInput(nil, parent?.values[outer] ?? ArrayType(.bool, []))
        elementTypes[value] = parent?.elementTypes[outer]
        captured.append(outer)
        captureSources.append(source)
        captureOf[outer] = value
        return value
    }

    // MARK: Lowering

    /// The values of `tensors`, having lowered what they need.
    func lower(_ tensors: [AnyTensor]) throws -> [Int] {
        let nodes = try order(tensors)
        try context.countNodes(nodes.count)
        for node in nodes where !isAvailable(node) { try lowerNamed(node) }
        return try tensors.map { try value(of: $0) }
    }

    /// Makes room for as many nodes.
    func reserve(_ count: Int) {
        values.reserveCapacity(values.count + count)
        instructions.reserveCapacity(count)
        firstOutputs.reserve(count)
    }

    /// Lowers a node whose operands are available; errors name it.
    func lowerNamed(_ node: Node) throws {
        do {
            try lower(node)
        } catch let violation as RuleViolation {
            throw node.runError(.invalidShape(violation.kind))
        }
    }

    /// The value of a tensor that has been lowered, here or in an enclosing scope.
    ///
    /// - Throws: `RunError` when it has none: a parameter outside its region's body.
    func value(of tensor: AnyTensor) throws -> Int {
        if let value = lookUp(tensor) {
            if values[value].dtype == .list, tensor.dtype != .list { throw slicesDiffer(tensor) }
            return value
        }
        if case .parameter = tensor.node.op {
            throw RunError(
                .invalidFetch,
                "\(tensor) is a parameter of a branch, loop, call or update and has no value outside "
                    + "its body",
                site: tensor.node.origin.site)
        }
        throw RunError(
            .invalidFetch, "\(tensor) has no value in this run", site: tensor.node.origin.site)
    }

    /// The random state of this scope; enclosing scopes hand it in.
    func requireRandomState() -> Int {
        if let randomState { return randomState }
        let state: Int
        if let parent {
            state = capture(parent.requireRandomState(), .randomState)
        } else {
            state = addInput(nil, RandomState.type)
        }
        randomState = state
        return state
    }

    /// The version of a variable that a plain read in this scope gives.
    func readVersion(_ variable: VariableHandle) -> Int {
        if let value = versions.start[variable.id] { return value }
        let value: Int
        if let parent {
            value = capture(parent.readVersion(variable), .variable(variable))
        } else if variable === VariableHandle.host {
            value = constant(NDArray(Int64(0)))
        } else {
            value = addInput(nil, variable.arrayType)
            readOrder.append(variable)
        }
        versions.start[variable.id] = value
        return value
    }

    /// The newest version of a variable.
    func currentVersion(_ variable: VariableHandle) -> Int {
        if let value = versions.current[variable.id] { return value }
        let value =
            parent.map { capture($0.currentVersion(variable)) } ?? readVersion(variable)
        versions.current[variable.id] = value
        return value
    }

    // MARK: The finished program

    /// The program of the scope, without instructions that nothing needs. A check is needed: it
    /// guards what is fetched even where that depends only on a shape, or on a derivative. So is what
    /// the host is to see.
    func finish(outputs: [Int]) -> Program {
        var isLive = [Bool](repeating: false, count: values.count)
        for output in outputs { isLive[output] = true }
        var live: [Program.Instruction] = []
        live.reserveCapacity(instructions.count)
        for instruction in instructions.reversed()
        where instruction.outputs.contains(where: { isLive[$0] })
            || instruction.primitive.mustRun
        {
            for input in instruction.inputs { isLive[input] = true }
            live.append(instruction)
        }
        live.reverse()
        return Program(values: values, inputs: inputs, instructions: live, outputs: outputs)
    }
}
