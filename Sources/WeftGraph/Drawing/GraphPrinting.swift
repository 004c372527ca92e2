// SPDX-License-Identifier: Apache-2.0

extension Graph: CustomStringConvertible {
    /// A listing: one line for each operation, behind those that it uses.
    ///
    /// ```text
    /// graph(x: f32[?, 2]) -> (y: f32[?, 1])
    ///   %0 = placeholder 'x' : f32[?, 2]
    ///   %1 = variable 'w' : f32[2, 1]
    ///   %2 = matmul(%0, %1) over: [1] x [0] : f32[?, 1]
    ///   return y: %2
    /// ```
    /// The bodies of branches and loops stand indented below the operation that runs them.
    public var description: String {
        func list(_ tensors: [(name: String, tensor: AnyTensor)]) -> String {
            "(" + tensors.map { "\($0.name): \($0.tensor.type)" }.joined(separator: ", ") + ")"
        }
        var listing = GraphListing(outline: outline)
        listing.write("graph\(list(namedInputs)) -> \(list(namedOutputs))")
        listing.writeSections()
        let results = namedOutputs.map { "\($0.name): \(listing.reference($0.tensor, from: 0))" }
        listing.write("  return " + results.joined(separator: ", "))
        return listing.text
    }
}

/// A listing of the operations that the tensors are computed by, each behind those that it uses.
///
/// The format is that of `Graph.description`; the tensors are named by their positions.
public func graphDescription(of tensors: [any TensorConvertible]) -> String {
    var outputs: [String: any TensorConvertible] = [:]
    // Names that sort like the positions that they are.
    let width = String(tensors.count).count
    for (index, tensor) in tensors.enumerated() {
        let digits = String(index)
        outputs[String(repeating: "0", count: width - digits.count) + digits] = tensor
    }
    return Graph(outputs: outputs).description
}

/// A listing while it is written.
private struct GraphListing {
    let outline: GraphOutline
    private(set) var text = ""
    /// The numbers of the nodes, by section.
    private var numbers: [[UInt64: Int]]
    private var count = 0

    init(outline: GraphOutline) {
        self.outline = outline
        numbers = Array(repeating: [:], count: outline.sections.count)
    }

    mutating func write(_ line: String) { text += line + "\n" }

    /// A body stands below the node that runs it, so a stack holds where to go on.
    mutating func writeSections() {
        var stack: [(section: Int, node: Int)] = [(0, 0)]
        while let (section, position) = stack.popLast() {
            let part = outline.sections[section]
            let indent = String(repeating: "    ", count: part.depth) + "  "
            if position == 0, section > 0 { write(String(indent.dropLast(2)) + part.title + ":") }
            guard position < part.nodes.count else {
                if section > 0 {
                    let results = part.outputs.map { reference($0, from: section) }
                    write(indent + "return " + results.joined(separator: ", "))
                }
                continue
            }
            let node = part.nodes[position]
            numbers[section][node.id] = count
            count += 1
            write(indent + line(node, in: section))
            stack.append((section, position + 1))
            for body in outline.bodies(of: node, in: section).reversed() { stack.append((body, 0)) }
        }
    }

    func reference(_ tensor: AnyTensor, from section: Int) -> String {
        guard let home = outline.home(of: tensor.node, seenFrom: section),
            let number = numbers[home][tensor.node.id]
        else { return "%?" }
        return "%\(number)" + (tensor.node.types.count > 1 ? "#\(tensor.index)" : "")
    }

    private func line(_ node: Node, in section: Int) -> String {
        var text = "%\(numbers[section][node.id] ?? 0) = \(node.label)"
        if !node.inputs.isEmpty {
            text +=
                "(" + node.inputs.map { reference($0, from: section) }.joined(separator: ", ") + ")"
        }
        // A variable's label may say its name already.
        let attributes = node.op.attributeText
        if !attributes.isEmpty { text += " " + attributes }
        if let error = node.error { text += " \(error)" }
        return text + " : " + node.types.map(\.description).joined(separator: ", ")
    }
}
