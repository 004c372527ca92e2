// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What a layer holds in its stored properties, in the order of their declaration.
struct LayerContents {
    private(set) var variables: [VariableHandle] = []
    private(set) var sublayers: [(name: String, layer: any Layer)] = []
    private var seen: Set<VariableHandle> = []

    init(of layer: some Layer) {
        visitChildren(of: Mirror(reflecting: layer), in: "")
    }

    /// What some layers hold, one after the other.
    init(of layers: [any Layer]) {
        for (index, layer) in layers.enumerated() { enter(layer, "\(index)") }
    }

    private mutating func enter(_ variable: VariableHandle) {
        if seen.insert(variable).inserted { variables.append(variable) }
    }

    private mutating func enter(_ layer: any Layer, _ name: String) {
        sublayers.append((name, layer))
        for variable in layer.variables { enter(variable) }
    }

    private mutating func visit(_ value: Any, _ name: String) {
        if let holder = value as? any VariableHolder { return enter(holder.handle) }
        if let layer = value as? any Layer { return enter(layer, name) }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional: for child in mirror.children { visit(child.value, name) }
        case .dictionary: visitEntries(of: mirror, in: name)
        case .struct, .enum, .tuple, .collection: visitChildren(of: mirror, in: name)
        // What is shared by reference belongs to others. The order of a set is another in each process.
        default: break
        }
    }

    private mutating func visitChildren(of mirror: Mirror, in path: String) {
        if let inherited = mirror.superclassMirror { visitChildren(of: inherited, in: path) }
        for (index, child) in mirror.children.enumerated() {
            // An array of numbers holds nothing, and may be long.
            if child.label == nil, child.value is any TensorScalar { return }
            // Variables that are made late are called as if they were the layer's own properties.
            if let late = child.value as? any LateContents {
                if let held = late.held { visitChildren(of: Mirror(reflecting: held), in: path) }
                continue
            }
            // The elements of tuples without a name are called .0, .1.
            let name =
                child.label.map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
                ?? "\(index)"
            visit(child.value, path.isEmpty ? name : "\(path).\(name)")
        }
    }

    private mutating func visitEntries(of mirror: Mirror, in path: String) {
        let entries = mirror.children.compactMap { child -> (key: String, value: Any)? in
            let parts = Array(Mirror(reflecting: child.value).children)
            return parts.count == 2 ? ("\(parts[0].value)", parts[1].value) : nil
        }
        for entry in entries.sorted(by: { $0.key < $1.key }) {
            visit(entry.value, "\(path).\(entry.key)")
        }
    }
}

/// A variable, its element type known or not.
private protocol VariableHolder {
    var handle: VariableHandle { get }
}

extension Variable: VariableHolder {}

extension VariableHandle: VariableHolder {
    fileprivate var handle: VariableHandle { self }
}
