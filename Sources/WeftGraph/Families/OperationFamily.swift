// SPDX-License-Identifier: Apache-2.0

/// All that is known of an operation but its kernels: each family of operations states it in one
/// file, with the public functions that make such nodes.
protocol OperationFamily: Sendable {
    /// The name in messages, profiles and drawings.
    var name: String { get }

    /// What is neither name nor operand, for people: `axes: [1]`; empty for nothing.
    var attributeText: String { get }

    /// How many results there are, also when the operands are wrong.
    var outputCount: Int { get }

    /// Whether a run of it can never fail, so that it may run although nobody needs its result: what
    /// a loop would compute anew in each iteration is then computed once, before it.
    var cannotFail: Bool { get }

    /// The types of the results for operands of the given types, as exactly as these allow.
    ///
    /// The same rule holds when a graph is built, with dimensions unknown, and when a plan is made,
    /// with all known; then every result must be known too.
    ///
    /// - Throws: `RuleViolation` when the operands do not fit.
    func resultTypes(_ operands: [TensorType]) throws -> [TensorType]

    /// The same where what is known of the operands' elements says more: where one has sizes. Of an
    /// operand of which nothing is known `elements` gives nil.
    func resultTypes(
        _ operands: [TensorType], knowing elements: (_ operand: Int) -> KnownElements?
    ) throws -> [TensorType]

    /// How what is known of the elements of integer operands reaches the result when the graph is built.
    var elementFlow: ElementFlow { get }

    /// Whether the operand's values, and not just its shape or its integers, reach the result
    /// differentiably. Indices at and above the inputs stand for what regions take from outside.
    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool

    /// The gradients of the operands for those of the results; nil where none flows or none is
    /// needed. Operands are the inputs, then what the regions take from outside.
    ///
    /// It says what the derivative is and no more: the pass adds, checks and stops.
    func gradients(_ rule: GradientRule) throws -> [AnyTensor?]

    /// Writes the instructions of a node whose operands have these values, and binds its results.
    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws
}

extension OperationFamily {
    var attributeText: String { "" }

    var elementFlow: ElementFlow { .none }

    func resultTypes(
        _ operands: [TensorType], knowing elements: (_ operand: Int) -> KnownElements?
    ) throws -> [TensorType] {
        try resultTypes(operands)
    }

    /// The types that the rule gives for operands without unknown dimensions.
    func knownTypes(_ operands: [ArrayType]) throws -> [ArrayType] {
        try resultTypes(operands.map { TensorType($0.dtype, $0.shape) }).map { type in
            guard let shape = type.shape.dimensions else {
                throw RuleViolation("the shape of \(type) is not known")
            }
            return ArrayType(type.dtype, shape)
        }
    }
}

/// What engines compute. A family states as well what its primitive is in a program, and its
/// definition, which the reference interpreter runs.
protocol PrimitiveFamily: OperationFamily {
    /// The functions that the family has, each with the element types that it takes: of its first
    /// operand, without operands of its result, of lists those of their arrays.
    static var functions: [PrimitiveFunction] { get }

    /// Which of the functions it is; nil where there is only one.
    var function: String? { get }

    /// How many operands there are; nil for any number.
    var operandCount: Int? { get }

    /// The primitive in a program: with what depends on sizes resolved.
    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive

    /// The types of the results in a program. What no rule can know of them is taken from `results`,
    /// and checked against the operands.
    ///
    /// - Throws: `RuleViolation` when the operands do not fit.
    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType]

    /// The definition.
    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue]
}

/// One of the functions of a primitive, and the element types that it takes.
package struct PrimitiveFunction: Sendable {
    /// nil where the primitive has only one.
    package let name: String?
    package let dtypes: [DType]

    init(_ name: String? = nil, _ dtypes: [DType]) {
        self.name = name
        self.dtypes = dtypes
    }

    init(_ dtypes: [DType]) { self.init(nil, dtypes) }
}

/// A primitive that is in a program what it is in a graph: sizes settle nothing of it.
protocol SettledFamily: PrimitiveFamily {
    var primitive: Primitive { get }
}

extension SettledFamily {
    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive { primitive }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        try scope.emit(primitive, operands, of: node)
    }
}

extension PrimitiveFamily {
    var function: String? { nil }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        try knownTypes(operands)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let types = try scope.types(node, operands)
        let primitive = settled(operands.map { scope.values[$0] }, types)
        scope.bind(node, scope.emit(primitive, operands, types, origin: node.origin))
    }
}

/// A primitive whose operands and results are arrays.
protocol ArrayFamily: PrimitiveFamily {
    /// The definition: floats in `Double`, integers in wrapping 64 bits, each result rounded to its
    /// element type once.
    func evaluate(_ evaluation: Evaluation) throws -> [NDArray]
}

extension ArrayFamily {
    var elementFlow: ElementFlow { .computed }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let instruction = call.instruction
        let evaluation = Evaluation(
            instruction: instruction,
            inputs: try call.operands.map { try $0.array(for: instruction) }, types: call.types,
            control: call.interpreter.control)
        return try evaluate(evaluation).map { .array($0) }
    }
}

/// An operation through which no gradient flows.
protocol ConstantGradient: OperationFamily {}

extension ConstantGradient {
    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { false }
    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] { rule.nothing }
}

/// A primitive that lowering writes, and that no node of a graph is.
protocol ProgramFamily: PrimitiveFamily, ConstantGradient {}

extension ProgramFamily {
    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        throw RuleViolation("\(name) stands in programs only")
    }
}

extension Operation {
    /// The types of the outputs for operands of the given types: see `OperationFamily`.
    package func inferTypes(_ inputs: [TensorType]) throws -> [TensorType] {
        try family.resultTypes(inputs)
    }

    /// The same by what is known of the operands' elements.
    func inferTypes(
        _ inputs: [TensorType], knowing elements: (_ operand: Int) -> KnownElements?
    ) throws -> [TensorType] {
        try family.resultTypes(inputs, knowing: elements)
    }

    /// What of the operation is neither its name nor an operand, for people: `axes: [1]`.
    var attributeText: String { family.attributeText }

    /// Whether a run of the operation can never fail.
    var cannotFail: Bool { family.cannotFail }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool {
        family.passesGradient(toOperand: index, of: operands)
    }
}
