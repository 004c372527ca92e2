// SPDX-License-Identifier: Apache-2.0

/// The gradient of a list is a list of the gradients of its elements.
extension GradientRule {
    func listAppend() -> [AnyTensor?] {
        let popped = AnyTensor.makeAll(.listPop(inputs[1].type), [gradient])
        return each { popped.count == 2 ? popped[$0] : popped[0] }
    }

    func listPop() -> [AnyTensor?] {
        let rest = gradients[0] ?? AnyTensor.make(.listZerosLike, [AnyTensor(node: node, index: 0)])
        let element = gradients[1] ?? AnyTensor.zeros(like: AnyTensor(node: node, index: 1))
        return first(.make(.listAppend, [rest, element]))
    }
}
