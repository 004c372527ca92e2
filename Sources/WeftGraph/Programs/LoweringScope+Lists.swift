// SPDX-License-Identifier: Apache-2.0

/// A list whose arrays are known one by one, since it was built in the scope that uses it.
enum BuiltList {
    case empty
    /// A list's value, and that of the array behind its last.
    case appended(to: Int, Int)
}

extension LoweringScope {
    /// The arrays of a list that was built in this scope, the first one first; nil for others.
    func builtElements(_ list: Int) -> [Int]? {
        var elements: [Int] = []
        var place = list
        while let built = builtLists[place] {
            guard case .appended(let rest, let last) = built else { return elements.reversed() }
            elements.append(last)
            place = rest
        }
        return nil
    }

    /// The list of these arrays.
    func builtList(_ elements: [Int]) -> Int {
        let list = ArrayType(.list, [])
        return elements.reduce(emit(.listEmpty, [], list)) { emit(.listAppend, [$0, $1], list) }
    }

    /// The error of slices that are used as one array, though they differ in shape; a scan takes them one
    /// by one when it is written out.
    func slicesDiffer(_ tensor: AnyTensor) -> ChangingShape {
        let types = (lookUp(tensor).flatMap { builtElements($0) } ?? []).map {
            values[$0].tensorType
        }
        let other = types.first { $0 != types.first } ?? tensor.type
        return ChangingShape(
            node: tensor.node,
            .shapesDiffer(
                "the slices that iterations give", (types.first ?? tensor.type).shape, other.shape))
    }

    /// A loop takes arrays of one type out of a list, since it is one program.
    ///
    /// - Throws: `ChangingShape` when a list that it is given has others.
    func requireLikeElements(in operands: [Int], of node: Node) throws {
        for operand in operands where values[operand].dtype == .list {
            let types = (builtElements(operand) ?? []).map { values[$0] }
            guard let first = types.first, let other = types.first(where: { $0 != first }) else {
                continue
            }
            throw ChangingShape(
                node: node,
                .loopValueChanges(
                    "an array of variable", operands.firstIndex(of: operand) ?? 0,
                    enters: first.tensorType, leaves: other.tensorType))
        }
    }

    /// Hands on what is known of the arrays in lists, from an instruction's operands to its results.
    /// Loops and branches do it themselves: what is appended inside is known when they are lowered.
    func noteElementTypes(_ primitive: Primitive, _ operands: [Int], _ outputs: [Int]) {
        switch primitive {
        case .listEmpty: builtLists[outputs[0]] = .empty
        case .listAppend:
            elementTypes[outputs[0]] = values[operands[1]]
            if builtLists[operands[0]] != nil {
                builtLists[outputs[0]] = .appended(to: operands[0], operands[1])
            }
        case .listSet: elementTypes[outputs[0]] = values[operands[1]]
        case .listUnstack:
            let whole = values[operands[0]]
            elementTypes[outputs[0]] = ArrayType(whole.dtype, Array(whole.shape.dropFirst()))
        case .listPop, .listZerosLike, .listAdd, .listClear, .listResize:
            elementTypes[outputs[0]] = operands.lazy.compactMap { self.elementTypes[$0] }.first
        default: break
        }
    }

    /// The results of a branch or loop hold what its bodies appended to the lists they return.
    func noteElementTypes(of results: [Int], from bodies: [(scope: LoweringScope, outputs: [Int])])
    {
        for (position, result) in results.enumerated() where values[result].dtype == .list {
            elementTypes[result] =
                bodies.lazy.compactMap { body in
                    position < body.outputs.count
                        ? body.scope.elementTypes[body.outputs[position]] : nil
                }.first
        }
    }
}
