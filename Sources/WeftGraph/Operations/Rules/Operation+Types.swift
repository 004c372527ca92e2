// SPDX-License-Identifier: Apache-2.0

extension Operation {
    /// The types of the outputs for operands of the given types, as exactly as these allow.
    ///
    /// The same rules run when a graph is built, with dimensions unknown, and when a plan is
    /// made, with all known; then every result must be known too.
    ///
    /// - Throws: `RuleViolation` when the operands do not fit.
    package func inferTypes(_ inputs: [TensorType]) throws -> [TensorType] {
        switch self {
        case .invalid, .constant, .placeholder, .readVariable, .parameter:
            throw RuleViolation("a source has no type rule")
        case .iota(let axis): return [try iotaType(axis, inputs)]
        case .random(let attributes): return [try randomType(attributes, inputs)]
        case .unary(let kind): return [try unaryType(kind, inputs[0])]
        case .binary(let kind): return [try binaryType(kind, inputs[0], inputs[1])]
        case .compare(let kind): return [try comparisonType(kind, inputs[0], inputs[1])]
        case .select: return [try selectType(inputs)]
        case .cast(let dtype):
            try requireArray(inputs[0])
            try requireArray(TensorType(dtype, inputs[0].shape))
            return [TensorType(dtype, inputs[0].shape)]
        case .reduce(let kind, let axes): return [try reductionType(kind, axes, inputs[0])]
        case .argReduce(_, let axis): return [try argReductionType(axis, inputs[0])]
        case .cumulative(let attributes): return [try cumulativeType(attributes, inputs[0])]
        case .dot(let dimensions): return [try dotType(dimensions, inputs[0], inputs[1])]
        case .convolution(let attributes):
            return [try convolutionType(attributes, inputs[0], inputs[1])]
        case .convolutionInputGradient(let attributes):
            return [try convolutionInputGradientType(attributes, inputs)]
        case .convolutionFilterGradient(let attributes):
            return [try convolutionFilterGradientType(attributes, inputs)]
        case .window(_, let attributes): return [try windowType(attributes, inputs[0])]
        case .windowSumGradient(let attributes):
            return [try windowGradientType(attributes, of: inputs[1], inputs[0])]
        case .maxPoolGradient(let attributes):
            return [try windowGradientType(attributes, of: inputs[0], inputs[1])]
        case .maxPoolPick(let attributes): return [try maxPoolPickType(attributes, inputs)]
        case .reshape(let dims): return [try reshapeType(dims, inputs[0])]
        case .reshapeLike: return [try reshapeLikeType(inputs[0], inputs[1])]
        case .expand(let axes): return [try expandType(axes, inputs[0])]
        case .regroup(let groups): return [try regroupType(groups, inputs[0])]
        case .broadcast(let shape, let axes):
            return [try broadcastType(inputs[0], to: Shape(dims: shape), axes, keepsOwn: true)]
        case .broadcastLike(let axes):
            return [try broadcastType(inputs[0], to: inputs[1].shape, axes)]
        case .unbroadcastLike: return [try unbroadcastType(inputs[0], like: inputs[1])]
        case .transpose(let permutation): return [try transposeType(permutation, inputs[0])]
        case .slice(let attributes): return [try sliceType(attributes, inputs[0])]
        case .sliceGradient(let attributes):
            return [try sliceGradientType(attributes, inputs[0], of: inputs[1])]
        case .dynamicSlice(let sizes): return [try dynamicSliceType(sizes, inputs)]
        case .dynamicUpdateSlice: return [try dynamicUpdateSliceType(inputs)]
        case .pad(let attributes): return [try padType(attributes, inputs[0], inputs[1])]
        case .concatenate(let axis): return [try concatenateType(axis, inputs)]
        case .concatenateSlice(let axis, let index):
            return [try concatenateSliceType(axis, index, inputs)]
        case .reverse(let axes): return [try reverseType(axes, inputs[0])]
        case .gather(let attributes): return [try gatherType(attributes, inputs[0], inputs[1])]
        case .scatter(_, let attributes): return [try scatterType(attributes, inputs)]
        case .sort(let attributes): return try sortTypes(attributes, inputs[0])
        case .topK(let k): return try topKTypes(k, inputs[0])
        case .shapeOf:
            return [TensorType(.int64, Shape(dims: [inputs[0].shape.rank ?? -1]))]
        case .cond(let a, let b): return try condTypes(a, b, inputs)
        case .whileLoop(let attributes): return try whileTypes(attributes, inputs)
        case .scan(let attributes): return try scanTypes(attributes, inputs)
        case .rematerialized(let body, _): return body.outputs.map(\.type)
        case .listEmpty: return [TensorType(.list, [])]
        case .listAppend:
            try requireList(inputs[0])
            return [inputs[0]]
        case .listPop(let element):
            try requireList(inputs[0])
            return [inputs[0], element]
        case .listZerosLike:
            try requireList(inputs[0])
            return [inputs[0]]
        case .listAdd:
            try requireList(inputs[0])
            try requireList(inputs[1])
            return [inputs[0]]
        case .stopGradient: return [inputs[0]]
        case .customGradient(_, let outputs): return Array(inputs.prefix(outputs))
        case .check(let kind): return [try checkType(kind, inputs)]
        case .withUpdates, .after: return [inputs[0]]
        case .update(let attributes): return [try updateType(attributes, inputs)]
        case .group: return [TensorType(.bool, [])]
        }
    }

    private func requireArray(_ type: TensorType) throws {
        if type.dtype == .list { throw RuleViolation("a list is no operand here") }
    }

    private func requireList(_ type: TensorType) throws {
        if type.dtype != .list { throw RuleViolation("\(type) is no list") }
    }

    private func checkType(_ kind: CheckKind, _ inputs: [TensorType]) throws -> TensorType {
        if case .condition = kind {
            guard inputs[1].dtype == .bool, inputs[1].shape.rank ?? 0 == 0 else {
                throw RuleViolation("the condition must be a scalar bool, not \(inputs[1])")
            }
        }
        if case .inRange = kind {
            guard inputs[0].dtype == .int64, inputs[1].dtype == .int64, inputs[1].shape.admits([])
            else {
                throw RuleViolation(
                    "it takes 64-bit integers and a scalar bound, not \(inputs[0]) and \(inputs[1])"
                )
            }
        }
        return inputs[0]
    }
}

/// Resolves a negative axis and checks that it is one of the operand's.
package func normalizedAxis(_ axis: Int, rank: Int) throws -> Int {
    let index = axis < 0 ? axis + rank : axis
    guard index >= 0, index < rank else {
        throw RuleViolation("axis \(axis) \(axisRange(rank))")
    }
    return index
}

/// Checks that axes are distinct and those of the operand; they must be non-negative already.
package func requireAxes(_ axes: [Int], rank: Int?) throws {
    if Set(axes).count != axes.count { throw RuleViolation("an axis is given twice: \(axes)") }
    guard let rank else { return }
    if let bad = axes.first(where: { $0 < 0 || $0 >= rank }) {
        throw RuleViolation("axis \(bad) \(axisRange(rank))")
    }
}

/// Why an axis is none, for messages.
package func axisRange(_ rank: Int, of type: String? = nil) -> String {
    rank == 0
        ? "is asked for, but a scalar has no axes"
        : "is none of \(type ?? "rank \(rank)"): axes are 0 to \(rank - 1), or \(-rank) to -1 from the end"
}
