// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftProtos

/// What a graph is asked for.
struct TensorFlowRequest: Hashable, Sendable {
    let fetches: [String]
    let operations: [String]
    let feeds: [String: TensorType]
}

/// Tensors and operations of a TensorFlow graph that are run together.
public struct TensorFlowProgram: Sendable {
    /// The tensors that were asked for, in order.
    public let fetches: [AnyTensor]
    /// What the run changes and does besides; fetching it makes it happen.
    public let update: Update
    /// What is fed, by the names that it was asked for under, and the placeholders that are needed.
    public let feeds: [String: AnyTensor]
    /// Whether the run changes or does something.
    package let hasUpdates: Bool

    /// Runs in a session: the fetched values, in order.
    ///
    /// Numbers of another type than a placeholder's are converted, as TensorFlow does.
    ///
    /// - Throws: `TensorFlowError` when a feed is none of `feeds`; what `Session.run` throws.
    public func run(
        in session: Session, feeding arrays: [String: NDArray] = [:], control: RunControl? = nil
    ) throws -> [NDArray] {
        let wanted = hasUpdates ? fetches + [update.anyTensor] : fetches
        let results = try run(wanted, in: session, feeding: arrays, control: control)
        return Array(results.prefix(fetches.count))
    }

    /// Runs tensors that were made of the program's, such as gradients, with its feeds, and nothing else.
    ///
    /// - Throws: as the run of the program itself.
    public func run(
        _ tensors: [AnyTensor], in session: Session, feeding arrays: [String: NDArray],
        control: RunControl? = nil
    ) throws -> [NDArray] {
        var pairs: [(tensor: AnyTensor, array: NDArray)] = []
        for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
            guard let tensor = feeds[name] else {
                throw TensorFlowError(
                    .invalidRequest, node: name, "it is fed, and the program was not built for it")
            }
            let isOther =
                array.dtype != tensor.dtype && array.dtype.isNumeric && tensor.dtype.isNumeric
            pairs.append((tensor, isOther ? try array.cast(to: tensor.dtype) : array))
        }
        return tensors.isEmpty
            ? [] : try session.run(tensors, feeding: Feeds(pairs), control: control)
    }
}

extension ImportSource {
    /// Builds what a request asks for.
    func program(_ request: TensorFlowRequest) throws -> TensorFlowProgram {
        let scope = ImportScope(self, body, state: ImportState())
        var feeds: [String: AnyTensor] = [:]
        for (place, tensor) in replacements { put(tensor, place, scope) }
        for (name, type) in request.feeds.sorted(by: { $0.key < $1.key }) {
            feeds[name] = try feed(name, type, scope)
        }
        let fetches = try request.fetches.map { try endpoint($0) }
        let operations = try request.operations.map { name in
            // "op:0" means the operation that gives it.
            try endpoint(name).node
        }
        try ImportDepth.$calls.withValue(Guarded(0)) {
            try scope.build(fetches, running: operations)
        }
        for node in body.nodes.indices {
            // What is needed besides and was not named.
            guard body.nodes[node].op.hasPrefix("Placeholder"), feeds[body.nodes[node].name] == nil,
                !replacements.contains(where: { $0.place.node == node }),
                case .tensor(let tensor)? = scope.values(of: node)?.first
            else { continue }
            feeds[body.nodes[node].name] = tensor
        }
        let tensors = try fetches.map { try scope.tensor($0) }
        var updates = scope.state.updates
        for resource in scope.state.changed {
            guard let variable = resource.variable,
                case .tensor(let value)? = scope.state[resource],
                // Variables of strings, which saved models keep the paths of files in, end with the run.
                variable.dtype != .string
            else { continue }
            updates.append(variable.assign(value))
        }
        return TensorFlowProgram(
            fetches: tensors, update: .group(updates), feeds: feeds, hasUpdates: !updates.isEmpty)
    }

    /// The place of a tensor by its name, `node` or `node:1`.
    func endpoint(_ name: String) throws -> Endpoint { try body.endpoint(name) }

    private func feed(
        _ name: String, _ type: TensorType, _ scope: ImportScope
    ) throws -> AnyTensor {
        let endpoint = try endpoint(name)
        let node = body.nodes[endpoint.node]
        var type = type
        if let declared = (node.attributes["dtype"] ?? node.attributes["T"])?.type.dtype,
            declared != type.dtype, declared.isNumeric, type.dtype.isNumeric
        {
            type = TensorType(declared, type.shape)
        }
        if node.op.hasPrefix("Placeholder"), let declared = node.attributes["shape"]?.shape.shape,
            // Files of TensorFlow before 1.0 have a scalar's shape where nothing is known.
            declared.rank != 0, declared.merged(with: type.shape) == nil
        {
            throw TensorFlowError(
                .invalidRequest, node: name,
                "it is fed \(type), and the placeholder has the shape \(declared)")
        }
        let tensor = placeholder(name, type)
        if let problem = tensor.error { throw problem }
        put(tensor, endpoint, scope)
        return tensor
    }

    /// Lets a tensor be an output of a node. Other outputs of the node are not there, and cannot be used beside.
    private func put(_ tensor: AnyTensor, _ endpoint: Endpoint, _ scope: ImportScope) {
        var values = scope.values(of: endpoint.node) ?? []
        while values.count <= endpoint.output { values.append(.nothing) }
        values[endpoint.output] = .tensor(tensor)
        scope.set(endpoint.node, to: values)
    }
}

extension GraphBody {
    /// The place of a tensor by its name, `node` or `node:1`.
    func endpoint(_ name: String) throws -> Endpoint {
        var node = name
        var output = 0
        if indices[name] == nil, let colon = name.lastIndex(of: ":"),
            let number = Int(name[name.index(after: colon)...]), number >= 0
        {
            node = String(name[..<colon])
            output = number
        }
        guard let index = indices[node] else {
            throw TensorFlowError(.notFound, "the graph has no node '\(node)'\(near(node))")
        }
        return Endpoint(node: index, output: output)
    }

    /// The names that come near, for messages.
    private func near(_ name: String) -> String {
        let last = name.split(separator: "/").last.map(String.init) ?? name
        let names = nodes.lazy.map(\.name).filter { $0.hasSuffix(last) || $0.hasPrefix(name) }
            .prefix(3)
        return names.isEmpty ? "" : "; there is '\(names.joined(separator: "', '"))'"
    }
}
