// SPDX-License-Identifier: Apache-2.0
import Foundation
public import Weft
import WeftTensorFlow

extension tf {
    /// A graph as a file holds it.
    public final class GraphDef: Sendable {
        fileprivate let content = Guarded<(graph: TensorFlowGraph?, size: Int)>((nil, 0))

        /// A graph without nodes.
        public init() {}

        /// Takes a graph from the bytes of a file.
        ///
        /// - Throws: `TensorFlowError` when they are no graph.
        public func ParseFromString(_ serialized: some Sequence<UInt8>) throws {
            let bytes = [UInt8](serialized)
            let graph = try TensorFlowGraph(serialized: bytes)
            content.withLock { $0 = (graph, bytes.count) }
        }
        /// Takes a graph from the bytes of a file.
        ///
        /// - Throws: `TensorFlowError` when they are no graph.
        public static func FromString(_ serialized: some Sequence<UInt8>) throws -> GraphDef {
            let definition = GraphDef()
            try definition.ParseFromString(serialized)
            return definition
        }

        /// The bytes of a file with the graph.
        ///
        /// - Throws: `TensorFlowError` when it is larger than the format allows.
        public func SerializeToString() throws -> [UInt8] {
            try content.withLock { $0.graph }?.serialized() ?? []
        }

        fileprivate convenience init(_ graph: TensorFlowGraph) throws {
            self.init()
            let size = try graph.serialized().count
            content.withLock { $0 = (graph, size) }
        }

        /// How many bytes it was taken from, or is.
        public func ByteSize() -> Int { content.withLock { $0.size } }
    }

    /// Takes a graph's tensors over, under `name` and a stroke in front of their names; an empty name adds
    /// none. They are built when they are asked for, by `get_tensor_by_name` or in a list of what is
    /// returned: what Weft has nothing for stands in the way of what depends on it alone.
    ///
    /// - Parameters:
    ///   - input_map: Tensors that stand in the place of the file's own, by their names there.
    ///   - return_elements: Names of the file: of tensors, `x:0`, or of operations.
    /// - Returns: the elements that were asked for, as tensors.
    /// - Throws: `TensorFlowError` when one of them is not there, or cannot be built, or what stands for one
    ///   is of another type.
    @discardableResult
    public static func import_graph_def(
        _ graph_def: GraphDef, input_map: [String: any TensorConvertible] = [:],
        return_elements: [String] = [], name: String? = nil
    ) throws -> [Tensor] {
        guard var graph = graph_def.content.withLock({ $0.graph }) else { return [] }
        if !input_map.isEmpty { graph = try graph.replacing(input_map.mapValues(\.anyTensor)) }
        let scope = name ?? "import"
        let prefix = scope.isEmpty ? "" : Graph.current.unique_name(scope) + "/"
        Graph.current.state.withLock { $0.imports.append((prefix, graph)) }
        return try return_elements.map { try graph.tensor($0) }
    }
}

extension tf {
    /// Graphs as files hold them.
    public enum graph_util {
        /// The graph of some operations, with a session's values in the place of variables.
        ///
        /// - Parameters:
        ///   - input_graph_def: Accepted: the operations are those of the session's graph.
        ///   - output_node_names: The operations that are wanted; what they depend on comes with them.
        /// - Throws: `GraphError` when one is not in use; `TensorFlowError` when something has no form in TensorFlow.
        public static func convert_variables_to_constants(
            _ sess: Session, _ input_graph_def: GraphDef?, _ output_node_names: [String]
        ) throws -> GraphDef {
            let outputs = try output_node_names.map {
                ($0, try sess.graph.get_tensor_by_name($0.contains(":") ? $0 : "\($0):0"))
            }
            return try GraphDef(
                TensorFlowGraph(
                    exporting: Dictionary(outputs, uniquingKeysWith: { first, _ in first }),
                    freezing: sess.session))
        }
    }
}

extension tf.train {
    /// Writes a graph into a folder, as text unless told otherwise.
    ///
    /// - Returns: the file's path.
    /// - Throws: `FileError` when it cannot be written.
    @discardableResult
    public static func write_graph(
        _ graph_or_graph_def: tf.GraphDef, _ logdir: String, _ name: String, as_text: Bool = true
    ) throws -> String {
        try tf.gfile.MakeDirs(logdir)
        let path = "\(logdir)/\(name)"
        guard let graph = graph_or_graph_def.content.withLock({ $0.graph }) else {
            throw GraphError(operation: "write_graph", reason: "the graph is empty")
        }
        // What is written follows from a name's end.
        let written =
            as_text == path.hasSuffix(".pbtxt") ? path : path + (as_text ? ".pbtxt" : ".pb")
        try graph.write(to: written)
        if written != path { try tf.gfile.Rename(written, path, overwrite: true) }
        return path
    }
    /// Writes what is in use of a graph into a folder, as text unless told otherwise.
    ///
    /// - Throws: as the form of a `GraphDef`, and `Graph.as_graph_def`.
    @discardableResult
    public static func write_graph(
        _ graph: tf.Graph, _ logdir: String, _ name: String, as_text: Bool = true
    ) throws -> String {
        try write_graph(graph.as_graph_def(), logdir, name, as_text: as_text)
    }
}

extension tf.Graph {
    /// What has a name and is in use, as a file holds it. Variables stay variables.
    ///
    /// - Throws: `TensorFlowError` when something has no form in TensorFlow.
    public func as_graph_def() throws -> tf.GraphDef {
        let outputs = try names().map { ($0, try get_tensor_by_name($0 + ":0")) }
        return try tf.GraphDef(
            TensorFlowGraph(exporting: Dictionary(uniqueKeysWithValues: outputs)))
    }

    /// An operation of a graph that was taken over, which is run for what it does; nil when none has one of that
    /// name, or there is a tensor of one's own.
    ///
    /// - Throws: `TensorFlowError` when it is there, and cannot be built.
    func importedOperation(named name: String) throws -> tf.Operation? {
        guard !name.contains(":"), tensor(named: name) == nil else { return nil }
        for (prefix, graph) in state.withLock({ $0.imports }) where name.hasPrefix(prefix) {
            do {
                let program = try graph.program(
                    running: [String(name.dropFirst(prefix.count))])
                // What changes nothing is found by the tensor that it gives.
                if program.hasUpdates { return tf.Operation(program.update, name: name) }
            } catch let error as TensorFlowError where error.kind == .notFound {
                continue
            }
        }
        return nil
    }

    /// A tensor of a graph that was taken over; nil when none has one of that name.
    ///
    /// - Throws: `TensorFlowError` when it is there, and cannot be built.
    func importedTensor(named name: String) throws -> AnyTensor? {
        for (prefix, graph) in state.withLock({ $0.imports }) where name.hasPrefix(prefix) {
            do {
                return try graph.tensor(String(name.dropFirst(prefix.count)))
            } catch let error as TensorFlowError where error.kind == .notFound {
                continue
            }
        }
        return nil
    }
}
