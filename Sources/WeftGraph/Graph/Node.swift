// SPDX-License-Identifier: Apache-2.0

/// One operation of a graph: what is computed, and from what.
///
/// A node is owned by the tensors and nodes that use it, by nothing else. Pure nodes are interned:
/// two nodes with equal operation and inputs are one object, so equality is identity.
package final class Node: Sendable {
    /// Never used again, not even after the node is gone.
    package let id: UInt64
    package let op: Operation
    package let types: [TensorType]
    package let origin: Origin
    /// Why the node is invalid, if it is.
    package let error: GraphError?
    /// Bit `n` is set when the value depends on a parameter or draw of an enclosing region of level `n`.
    package let freeLevels: UInt64
    /// Whether the node is an update or depends on one.
    package let hasEffects: Bool
    /// Whether the operation runs bodies.
    package let hasRegions: Bool
    let internHash: Int

    /// Whether all sizes of the outputs are known.
    let hasKnownTypes: Bool
    /// Whether an output is of complex numbers.
    let hasComplexTypes: Bool

    /// Written once more, by `deinit`, which has no company: no two accesses meet, and walks over graphs
    /// spend no time on finding out.
    @exclusivity(unchecked)
    nonisolated(unsafe) package private(set) var inputs: [AnyTensor]

    init(
        op: Operation, inputs: [AnyTensor], types: [TensorType], origin: Origin,
        error: GraphError? = nil, internHash: Int
    ) {
        id = NodeIdentity.next()
        self.op = op
        self.inputs = inputs
        self.types = types
        self.origin = origin
        self.error = error
        self.internHash = internHash
        // One walk over the types and one over the inputs: graphs are built of many nodes.
        var (areKnown, areComplex) = (true, false)
        for type in types {
            areKnown = areKnown && type.shape.isFullyKnown
            areComplex = areComplex || type.dtype.isComplex
        }
        (hasKnownTypes, hasComplexTypes) = (areKnown, areComplex)
        let regions = op.regions
        hasRegions = !regions.isEmpty
        var (levels, effects) = (op.ownFreeLevels, op.isEffect)
        for input in inputs {
            levels |= input.node.freeLevels
            effects = effects || input.node.hasEffects
        }
        freeLevels = levels
        hasEffects = effects || regions.contains { $0.outputs.contains { $0.node.hasEffects } }
    }

    deinit {
        if op.isInterned && error == nil { InternTable.shared.remove(self) }
        // Releasing the inputs here would recurse along chains; a work list does not.
        if !inputs.isEmpty { NodeReclaimer.release(&inputs) }
    }
}

extension Node: Hashable {
    package static func == (a: Node, b: Node) -> Bool { a === b }
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension Node {
    /// The tensors that the node needs, those that its regions use included.
    package var dependencies: [AnyTensor] {
        hasRegions ? inputs + op.regions.flatMap(\.outputs) : inputs
    }

    package var tensors: [AnyTensor] { types.indices.map { AnyTensor(node: self, index: $0) } }

    /// The outputs of another operation that takes the node's place, under its name.
    func rebuilt(as op: Operation, _ inputs: [AnyTensor]) -> [AnyTensor] {
        origin.inherited { AnyTensor.makeAll(op, inputs, name: origin.given) }
    }

    /// How messages call the node: `matmul 'layer1/matmul'`.
    package var label: String { origin.label(op.summary) }

    package var name: String? { origin.name(op.summary) }
}
