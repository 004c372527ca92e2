// SPDX-License-Identifier: Apache-2.0

/// One axis of a tensor whose axes are merged, split, added or dropped, in row-major order. Unlike
/// the dimensions of a reshape it says where an unknown size comes from.
package enum GroupedAxis: Hashable, Sendable {
    /// As long as the product of these axes of the operand; of size 1 for none.
    case product(Range<Int>)
    /// As long as the quotient of an axis of the operand, which has no remainder.
    case quotient(axis: Int, by: Int)
    /// Of this size.
    case size(Int)

    /// The size for an operand of these dimensions, which has the axes: −1 when it is unknown, nil
    /// when it is too large, or no whole number.
    func size(of dims: [Int]) -> Int? {
        switch self {
        case .size(let size): return size
        case .quotient(let axis, let divisor):
            if dims[axis] < 0 { return -1 }
            return dims[axis] % divisor == 0 ? dims[axis] / divisor : nil
        case .product(let axes):
            let sizes = dims[axes]
            if sizes.contains(0) { return 0 }
            return sizes.contains { $0 < 0 } ? -1 : CheckedSize(product: sizes).value
        }
    }

    /// Whether all of the size is the operand's.
    var givesNoSize: Bool {
        switch self {
        case .size(let size): size == 1
        case .product: true
        case .quotient(_, let divisor): divisor == 1
        }
    }
}

/// The elements of the first operand, in the same order, in the shape that the type rule says.
protocol SameElements: OperationFamily {}

extension SameElements {
    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.first(rule.gradient.reshaped(like: rule.inputs[0]))
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        try scope.reshape(node, operands)
    }
}

/// The same elements, in the same order, in another shape.
struct ReshapeFamily: ArrayFamily, SameElements {
    let dims: [Int]

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "reshape" }
    var attributeText: String { "to: \(Shape(dims: dims))" }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .same }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try reshapeType(dims, operands[0])]
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .reshape(results[0].shape)
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [try evaluation.reshape()] }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        try scope.reshape(node, operands)
    }
}

/// (x, like).
struct ReshapeLikeFamily: SameElements {
    var name: String { "reshapeLike" }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .same }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try reshapeLikeType(operands[0], operands[1])]
    }
}

/// Axes of size 1 put in.
struct ExpandFamily: SameElements {
    let axes: [Int]

    var name: String { "expand" }
    var attributeText: String { "axes: \(axes)" }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .same }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try expandType(axes, operands[0])]
    }
}

/// Axes multiplied with others, kept, or put in with a size.
struct RegroupFamily: SameElements {
    let groups: [GroupedAxis]

    var name: String { "regroup" }
    var attributeText: String { "to: " + groups.map(\.text).joined(separator: ", ") }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .same }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try regroupType(groups, operands[0])]
    }
}

/// The sizes of the axes as numbers.
struct ShapeOfFamily: OperationFamily, ConstantGradient {
    var name: String { "shapeOf" }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .sizes }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [TensorType(.int64, Shape(dims: [operands[0].shape.rank ?? -1]))]
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let shape = scope.values[operands[0]].shape
        scope.bind(node, [scope.constant(NDArray(shape.map(Int64.init)))])
    }
}

extension GroupedAxis {
    fileprivate var text: String {
        switch self {
        case .size(let size): "\(size)"
        case .product(let axes): axes.count == 1 ? "axis \(axes.lowerBound)" : "axes \(axes)"
        case .quotient(let axis, let divisor): "axis \(axis) / \(divisor)"
        }
    }
}

/// - Parameter dims: One may be −1 and is what remains of the elements.
func reshapeType(_ dims: [Int], _ x: TensorType) throws -> TensorType {
    let wildcards = dims.filter { $0 == -1 }.count
    guard wildcards <= 1, dims.allSatisfy({ $0 >= -1 }) else {
        throw RuleViolation(
            "\(dims) is no shape: one dimension may be -1, the others must not be negative")
    }
    guard let known = ArraySize.count(dims.filter { $0 >= 0 }) else {
        throw RuleViolation(.invalidShape(dims))
    }
    if wildcards > 0, known == 0 {
        throw RuleViolation(
            "what -1 stands for in \(dims) does not follow: "
                + "beside a dimension of 0 any size will do")
    }
    guard let count = x.shape.count else { return TensorType(x.dtype, dims) }
    if wildcards == 0 {
        guard known == count else {
            throw RuleViolation(.elementCountsDiffer(x, count, dimensions: dims, known))
        }
        return TensorType(x.dtype, dims)
    }
    guard count % known == 0 else {
        throw RuleViolation("the \(count) elements of \(x) do not fill \(dims)")
    }
    return TensorType(x.dtype, dims.map { $0 == -1 ? count / known : $0 })
}

/// `axes` are positions of the result.
private func expandType(_ axes: [Int], _ x: TensorType) throws -> TensorType {
    guard var dims = x.shape.dims else { return TensorType(x.dtype, .unknown) }
    try requireAxes(axes, rank: dims.count + axes.count)
    for axis in axes.sorted() { dims.insert(1, at: axis) }
    return TensorType(x.dtype, dims)
}

/// Where no size but 1 is given, an axis that is in no product must be of size 1.
private func regroupType(_ groups: [GroupedAxis], _ x: TensorType) throws -> TensorType {
    for case .size(let size) in groups where size < 0 {
        throw RuleViolation("\(size) is no size of an axis")
    }
    guard let dims = x.shape.dims else {
        let sizes = groups.map { group -> Int in
            if case .size(let size) = group { size } else { -1 }
        }
        return TensorType(x.dtype, sizes)
    }
    var result: [Int] = []
    var named: Set<Int> = []
    for group in groups {
        switch group {
        case .product(let axes):
            guard axes.lowerBound >= 0, axes.upperBound <= dims.count else {
                throw RuleViolation("\(axes) are not all axes of \(x)")
            }
            named.formUnion(axes)
        case .quotient(let axis, let divisor):
            guard dims.indices.contains(axis), divisor > 0 else {
                throw RuleViolation("axis \(axis) of \(x) cannot be divided by \(divisor)")
            }
            guard dims[axis] < 0 || dims[axis] % divisor == 0 else {
                throw RuleViolation(
                    "axis \(axis) of \(x) cannot be divided into \(divisor) equal parts")
            }
            named.insert(axis)
        case .size: break
        }
        guard let size = group.size(of: dims) else {
            throw RuleViolation(.tooLarge("an axis made of \(x)"))
        }
        result.append(size)
    }
    if groups.allSatisfy(\.givesNoSize),
        let axis = dims.indices.first(where: { !named.contains($0) && dims[$0] > 1 })
    {
        throw RuleViolation(.axisNotOne(axis, x, size: dims[axis]))
    }
    guard ArraySize.count(result.filter { $0 >= 0 }) != nil else {
        throw RuleViolation(.invalidShape(result))
    }
    let type = TensorType(x.dtype, result)
    if let before = x.shape.count, let after = type.shape.count, before != after {
        throw RuleViolation(.elementCountsDiffer(x, before, dimensions: result, after))
    }
    return type
}

private func reshapeLikeType(_ x: TensorType, _ like: TensorType) throws -> TensorType {
    if let a = x.shape.count, let b = like.shape.count, a != b {
        throw RuleViolation(.elementCountsDiffer(x, a, dimensions: like.shape.dims ?? [], b))
    }
    return TensorType(x.dtype, like.shape)
}

extension LoweringScope {
    fileprivate func reshape(_ node: Node, _ operands: [Int]) throws {
        let type = try types(node, operands)[0]
        bind(node, [reshaped(operands[0], to: type, node)])
    }
}

extension Evaluation {
    fileprivate func reshape() throws -> NDArray { inputs[0].reinterpreted(shape: shape) }
}
