// SPDX-License-Identifier: Apache-2.0
import Weft
public import WeftTensorFlow

extension tf {
    /// A graph with its collections, as the file beside a checkpoint holds it.
    public struct MetaGraphDef: Sendable {
        /// What it holds.
        public let metaGraph: TensorFlowMetaGraph

        init(_ metaGraph: TensorFlowMetaGraph) { self.metaGraph = metaGraph }

        /// Takes one from the bytes of a file.
        ///
        /// - Throws: `TensorFlowError` when they are none.
        public static func FromString(_ serialized: some Sequence<UInt8>) throws -> MetaGraphDef {
            MetaGraphDef(try TensorFlowMetaGraph(serialized: [UInt8](serialized)))
        }

        /// The bytes of a file.
        ///
        /// - Throws: `TensorFlowError` when it is larger than the format allows.
        public func SerializeToString() throws -> [UInt8] { try metaGraph.serialized() }

        /// What is listed, by name.
        public var collection_def: [String: TensorFlowCollection] { metaGraph.collections }
    }
}

extension tf.train {
    /// Takes over the graph of a file `model.ckpt-100.meta`: its tensors are found by `get_tensor_by_name`, its
    /// variables and what it lists are in the collections.
    ///
    /// What Weft has nothing for stands in the way of what depends on it alone; what of a collection cannot be
    /// built is not in it here. Variables have the file's own names, also in an `import_scope`.
    ///
    /// - Parameters:
    ///   - clear_devices: Accepted; there is one device.
    ///   - import_scope: What stands with a stroke in front of the names of tensors and operations.
    /// - Returns: what restores the variables, under the names that the file has for them.
    /// - Throws: `FileError` when the file cannot be read; `TensorFlowError` when it is none of the kind, or a
    ///   variable is of a type or an unknown shape that none can have.
    @discardableResult
    public static func import_meta_graph(
        _ meta_graph_or_file: String, clear_devices: Bool = false, import_scope: String? = nil
    ) throws -> Saver {
        try take(TensorFlowMetaGraph(contentsOf: meta_graph_or_file), import_scope)
    }

    /// Takes over a graph with its collections; see the form for files.
    ///
    /// - Throws: as the form for files.
    @discardableResult
    public static func import_meta_graph(
        _ meta_graph_or_file: tf.MetaGraphDef, clear_devices: Bool = false,
        import_scope: String? = nil
    ) throws -> Saver {
        try take(meta_graph_or_file.metaGraph, import_scope)
    }

    private static func take(_ meta: TensorFlowMetaGraph, _ scope: String?) throws -> Saver {
        let graph = tf.Graph.current
        let prefix = scope.map { $0.isEmpty ? "" : graph.unique_name($0) + "/" } ?? ""
        let handles = try meta.graph.allVariables()
        let saved = try meta.savedVariables()
        graph.state.withLock { state in
            state.imports.append((prefix, meta.graph))
            state.metaGraphs.append(meta)
        }
        graph.enter(handles, of: meta, saved)
        for (key, collection) in meta.collections {
            guard case .nodes(let names) = collection else { continue }
            let items = names.compactMap { item($0, prefix, of: meta.graph) }
            graph.state.withLock { $0.collections[key, default: []] += items }
        }
        let variables = saved.isEmpty ? handles : saved
        return Saver(
            variables.mapValues { tf.Variable($0) }, of: saved.isEmpty ? nil : meta)
    }

    /// A tensor or an operation that a collection names; nil for one that cannot be built.
    private static func item(
        _ name: String, _ prefix: String, of graph: TensorFlowGraph
    ) -> (any Sendable)? {
        if name.contains(":") { return try? graph.tensor(name) }
        return (try? graph.operation(name)).map { tf.Operation($0, name: prefix + name) }
    }

    /// The graph that things are made in, with its collections: what TensorFlow's `import_meta_graph` takes.
    ///
    /// It has the tensors that were given names and are in use, what is in collections, and all variables with
    /// the operations that save and restore them. What has no form in TensorFlow here, training steps above
    /// all, is left out.
    ///
    /// - Parameters:
    ///   - filename: Where it is written, too; nil for nowhere.
    ///   - as_text: Whether the file is text.
    /// - Throws: `FileError` when the file cannot be written; `TensorFlowError` when a variable has no form.
    @discardableResult
    public static func export_meta_graph(
        _ filename: String? = nil, as_text: Bool = false
    ) throws -> tf.MetaGraphDef {
        try tf.Graph.current.exported(maxToKeep: 5).written(to: filename, as_text)
    }

    /// The same, the file labelled.
    ///
    /// - Throws: as the form without a label.
    @discardableResult
    public static func export_meta_graph(
        filename: String?, as_text: Bool = false
    ) throws -> tf.MetaGraphDef {
        try export_meta_graph(filename, as_text: as_text)
    }
}

extension tf.train.Saver {
    /// The graph that things are made in, with its collections; see `tf.train.export_meta_graph`.
    ///
    /// - Throws: as `tf.train.export_meta_graph`.
    @discardableResult
    public func export_meta_graph(
        _ filename: String? = nil, as_text: Bool = false
    ) throws -> tf.MetaGraphDef {
        try tf.Graph.current.exported(maxToKeep: count ?? 0).written(to: filename, as_text)
    }

    /// Writes the graph beside a checkpoint. What cannot be written as TensorFlow's has no such file.
    func writeMetaGraph(beside path: String) throws {
        let definition: tf.MetaGraphDef
        do {
            definition = try tf.Graph.current.exported(maxToKeep: count ?? 0)
        } catch is TensorFlowError {
            return
        } catch is GraphError {
            return
        }
        try definition.metaGraph.write(to: path + ".meta")
    }
}

extension tf.MetaGraphDef {
    fileprivate func written(to path: String?, _ isText: Bool) throws -> tf.MetaGraphDef {
        if let path { try metaGraph.write(to: path, asText: isText) }
        return self
    }
}

extension tf.Graph {
    /// Lists the variables of a graph that was taken over in the collections that it has them in.
    fileprivate func enter(
        _ handles: [String: VariableHandle], of meta: TensorFlowMetaGraph,
        _ saved: [String: VariableHandle]
    ) {
        var collections: [String: Set<String>] = [:]
        var initial: [String: String] = [:]
        for key in meta.collections.keys {
            for variable in meta.variables(in: key) {
                let name = String(variable.name.prefix { $0 != ":" })
                collections[name, default: []].insert(key)
                initial[name] = variable.initialValue
            }
        }
        var savedNames: [VariableHandle: String] = [:]
        for (name, handle) in saved where handle.name != name { savedNames[handle] = name }
        for (name, handle) in handles {
            let first = initial[name].flatMap { $0.isEmpty ? nil : try? meta.graph.tensor($0) }
            let entry = GraphState.Entry(
                handle: handle,
                initial: first.map { GraphState.Initial.tensor($0) }
                    ?? .function(handle.initializer),
                collections: collections[name] ?? [tf.GraphKeys.GLOBAL_VARIABLES.name],
                savedName: savedNames[handle])
            state.withLock { $0.variables[handle.name] = entry }
        }
    }

    /// The graph in TensorFlow's form. One that was taken over, and to which nothing was added, is as it was.
    fileprivate func exported(maxToKeep: Int) throws -> tf.MetaGraphDef {
        let (named, lists, metaGraphs, count) = state.withLock { state in
            (
                state.named.compactMapValues(\.node), state.collections, state.metaGraphs,
                state.variables.values.filter { $0.handle != nil }.count
            )
        }
        if metaGraphs.count == 1, named.isEmpty, let only = metaGraphs.first,
            try only.graph.allVariables().count == count
        {
            return tf.MetaGraphDef(only)
        }
        var outputs: [String: AnyTensor] = [:]
        var names: [AnyTensor: String] = [:]
        for (name, node) in named.sorted(by: { $0.key < $1.key }) {
            let tensor = AnyTensor(node: node, index: 0)
            outputs[name] = tensor
            names[tensor] = names[tensor] ?? name
        }
        var collections: [String: TensorFlowCollection] = [:]
        for (key, items) in lists {
            var nodes: [String] = []
            for (index, item) in items.enumerated() where !(item is tf.Variable) {
                guard let tensor = (item as? any TensorConvertible)?.anyTensor else { continue }
                let name = names[tensor] ?? "\(key)/item_\(index)"
                outputs[name] = tensor
                names[tensor] = name
                nodes.append("\(name):0")
            }
            if !nodes.isEmpty { collections[key] = .nodes(nodes) }
        }
        let handles = as_default { tf.global_variables() }.map(\.handle)
        let saved = Dictionary(
            handles.map { ($0, savedName(of: $0)) }, uniquingKeysWith: { first, _ in first })
        return tf.MetaGraphDef(
            try TensorFlowMetaGraph(
                exporting: outputs, collections: collections, savedAs: saved, variables: handles,
                isPartial: true, maxToKeep: maxToKeep))
    }
}
