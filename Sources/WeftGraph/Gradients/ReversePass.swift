// SPDX-License-Identifier: Apache-2.0

/// One reverse pass over a graph: which nodes lie between `ys` and `xs`, and the gradients along
/// them.
///
/// A node is younger than everything it is made from, so the order of the nodes' identities is
/// a topological one, and nothing here recurses along a graph.
struct ReversePass {
    let ys: [AnyTensor]
    let xs: [AnyTensor]
    /// Tensors that count as constants.
    let stops: Set<AnyTensor>
    private let targets: Set<AnyTensor>
    private let reached: ReachedGraph
    /// Whether a node of `reached` depends on an x.
    private var isActive: [Bool]

    init(ys: [AnyTensor], xs: [AnyTensor], stops: Set<AnyTensor>) {
        self.ys = ys
        self.xs = xs
        self.stops = stops
        targets = Set(xs)
        reached = ReachedGraph(ys: ys, xs: xs, stops: stops)
        isActive = Array(repeating: false, count: reached.nodes.count)
        if targets.isEmpty { return }
        for position in reached.nodes.indices {
            let node = reached.nodes[position]
            let operands = reached.operands(at: position)
            isActive[position] = operands.indices.contains {
                node.op.passesGradient(toOperand: $0, of: operands) && flows(to: operands[$0])
            }
        }
    }

    /// Whether a gradient of `tensor` is of use: it is an x, or an x lies behind it.
    func flows(to tensor: AnyTensor) -> Bool {
        guard tensor.dtype.hasGradient else { return false }
        if targets.contains(tensor) { return true }
        guard !stops.contains(tensor), let position = reached.position(of: tensor.node) else {
            return false
        }
        return isActive[position]
    }

    /// The gradient of each x for the given gradients of the ys; nil where none flows.
    func gradients(seeds: [AnyTensor?]) throws -> [AnyTensor?] {
        try CallDerivatives.shared { try passGradients(back: seeds) }
    }

    private func passGradients(back seeds: [AnyTensor?]) throws -> [AnyTensor?] {
        var sums = GradientSums(reached)
        for (y, seed) in zip(ys, seeds) {
            if let seed, flows(to: y) { sums.add(seed, to: y) }
        }
        for position in reached.nodes.indices.reversed() where isActive[position] {
            let node = reached.nodes[position]
            var outputs = sums.outputs(at: position, count: node.types.count)
            for index in outputs.indices
            where outputs[index] != nil && stops.contains(AnyTensor(node: node, index: index)) {
                outputs[index] = nil
            }
            if outputs.allSatisfy({ $0 == nil }) { continue }
            let operands = reached.operands(at: position)
            let needed = operands.indices.map {
                node.op.passesGradient(toOperand: $0, of: operands) && flows(to: operands[$0])
            }
            try node.differentiated {
                let results = try node.operandGradients(
                    outputs, needed: needed, captures: reached.captures(at: position))
                for index in operands.indices where needed[index] && index < results.count {
                    guard let gradient = results[index] else { continue }
                    try node.check(gradient, ofOperand: index, operands[index])
                    sums.add(gradient, to: operands[index])
                }
            }
        }
        return xs.map { sums.total(of: $0) }
    }
}

extension DType {
    /// Whether gradients flow through tensors of the type. A list's gradient is a list as long.
    var hasGradient: Bool { isDifferentiable || self == .list }

    /// Whether arrays of the type have gradients.
    package var isDifferentiable: Bool { isFloatingPoint || isComplex }
}

extension Node {
    /// Checks what a rule returned, so that a mistake is found at the operation that made it.
    fileprivate func check(
        _ gradient: AnyTensor, ofOperand index: Int, _ operand: AnyTensor
    ) throws {
        try gradient.validated()
        guard gradient.dtype == operand.dtype, gradient.shape.merged(with: operand.shape) != nil
        else {
            throw GraphError(
                operation: op.summary, name: name,
                reason: "its gradient for operand \(index) is \(gradient.type), "
                    + "the operand is \(operand.type)")
        }
    }
}

/// The gradients found so far, one sum for each output of each node.
private struct GradientSums {
    private let reached: ReachedGraph
    /// Where a node's outputs start in `sums`.
    private let starts: [Int]
    private var sums: [AnyTensor?]

    init(_ reached: ReachedGraph) {
        self.reached = reached
        var starts: [Int] = []
        starts.reserveCapacity(reached.nodes.count)
        var count = 0
        for node in reached.nodes {
            starts.append(count)
            count += node.types.count
        }
        self.starts = starts
        sums = Array(repeating: nil, count: count)
    }

    mutating func add(_ gradient: AnyTensor, to tensor: AnyTensor) {
        guard let position = reached.position(of: tensor.node) else { return }
        let slot = starts[position] + tensor.index
        guard let sum = sums[slot] else {
            sums[slot] = gradient
            return
        }
        sums[slot] = AnyTensor.sum(sum, gradient)
    }

    func outputs(at position: Int, count: Int) -> [AnyTensor?] {
        Array(sums[starts[position]..<starts[position] + count])
    }

    func total(of tensor: AnyTensor) -> AnyTensor? {
        guard let position = reached.position(of: tensor.node) else { return nil }
        return sums[starts[position] + tensor.index]
    }
}

extension AnyTensor {
    /// The sum of two gradients of one tensor.
    static func sum(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        if a.dtype.isComplex { return complexSum(a, b) }
        return a.dtype == .list ? make(.listAdd, [a, b]) : a + b
    }
}
