// SPDX-License-Identifier: Apache-2.0

extension LoweringScope {
    /// Hands on what is known of the arrays in lists, from an instruction's operands to its results.
    /// Loops and branches do it themselves: what is appended inside is known when they are lowered.
    func noteElementTypes(_ primitive: Primitive, _ operands: [Int], _ outputs: [Int]) {
        switch primitive {
        case .listAppend: elementTypes[outputs[0]] = values[operands[1]]
        case .listPop, .listZerosLike, .listAdd:
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
