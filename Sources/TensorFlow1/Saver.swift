// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

extension tf.train {
    /// Writes variables into TensorFlow's checkpoints, and reads them.
    public final class Saver: Sendable {
        private let variables: [String: tf.Variable]
        let count: Int?
        /// The graph of a file that it came with, which says what variables are restored from.
        private let metaGraph: TensorFlowMetaGraph?
        private let saved = Guarded<[String]>([])

        /// The checkpoints that it has written and not removed, the newest last.
        public var last_checkpoints: [String] { saved.withLock { $0 } }

        /// A saver of variables under their names: of all that there are now but local ones if none are given.
        ///
        /// - Parameters:
        ///   - max_to_keep: How many checkpoints are kept; nil or 0 keeps all.
        public init(
            _ var_list: [tf.Variable]? = nil, max_to_keep: Int? = 5,
            keep_checkpoint_every_n_hours: Double = 10000
        ) {
            let graph = tf.Graph.current
            variables = Dictionary(
                (var_list ?? tf.global_variables()).map { (graph.savedName(of: $0.handle), $0) },
                uniquingKeysWith: { first, _ in first })
            metaGraph = nil
            count = max_to_keep.flatMap { $0 > 0 ? $0 : nil }
        }
        /// A saver of variables, the list labelled.
        public convenience init(var_list: [tf.Variable]?, max_to_keep: Int? = 5) {
            self.init(var_list, max_to_keep: max_to_keep)
        }
        /// A saver of variables under names of the checkpoint's.
        public init(_ var_list: [String: tf.Variable], max_to_keep: Int? = 5) {
            variables = var_list
            metaGraph = nil
            count = max_to_keep.flatMap { $0 > 0 ? $0 : nil }
        }
        /// A saver of the variables of a graph that was taken over.
        init(_ variables: [String: tf.Variable], of metaGraph: TensorFlowMetaGraph?) {
            self.variables = variables
            self.metaGraph = metaGraph
            count = metaGraph?.saver.flatMap { $0.maxToKeep > 0 ? $0.maxToKeep : nil }
        }

        /// Writes the variables' values in a session.
        ///
        /// - Parameters:
        ///   - save_path: What the files' names begin with; the folder must be there.
        ///   - global_step: A number, or a variable that has it, that stands behind the path: `model-100`.
        ///   - write_meta_graph: Whether the graph is written beside it, `model-100.meta`, as far as it has a form
        ///     in TensorFlow; see `export_meta_graph`.
        /// - Returns: the path with the number, which `restore` takes.
        /// - Throws: `RunError` when a variable has no value; `FileError` when a file cannot be written.
        @discardableResult
        public func save(
            _ sess: tf.Session, _ save_path: String, global_step: (any TensorOperand)? = nil,
            write_meta_graph: Bool = true
        ) throws -> String {
            var path = save_path
            if let global_step {
                let number = try sess.run(global_step.tensor(.int64)).doubles.first ?? 0
                path += "-\(Int(number))"
            }
            let names = variables.keys.sorted()
            let values = try sess.run(names.map { variables[$0]?.handle.value })
            try TensorFlowCheckpoint.write(
                Dictionary(uniqueKeysWithValues: zip(names, values)), to: path, keeping: count)
            if write_meta_graph { try writeMetaGraph(beside: path) }
            saved.withLock { saved in
                saved.removeAll { $0 == path }
                saved.append(path)
                if let count, saved.count > count { saved.removeFirst(saved.count - count) }
            }
            return path
        }

        /// Gives variables the values of a checkpoint: all of them or, when it fails, none.
        ///
        /// - Throws: `FileError` when the checkpoint is missing or damaged; `GraphError` when a variable is
        ///   not in it, or has another type or shape there (`TensorFlowError` for those of a graph taken over).
        public func restore(_ sess: tf.Session, _ save_path: String) throws {
            let checkpoint = try TensorFlowCheckpoint(save_path)
            if let metaGraph {
                try metaGraph.restore(checkpoint, into: sess.session)
                return
            }
            let values = try variables.map { name, variable in
                let handle = variable.handle
                guard try checkpoint.entry(named: name) != nil else {
                    throw GraphError(
                        operation: "restore",
                        reason: "Key \(name) not found in checkpoint '\(save_path)'")
                }
                let array = try checkpoint.array(named: name)
                guard array.shape == handle.shape, array.dtype == handle.dtype else {
                    throw GraphError(
                        operation: "restore",
                        reason:
                            "'\(name)' is \(array.dtype)\(array.shape) in '\(save_path)', and the "
                            + "variable is \(handle.dtype)\(handle.shape)")
                }
                return (handle, array)
            }
            for (handle, array) in values { try sess.session.set(handle, to: array) }
        }
    }

    /// The checkpoints that a folder names.
    public struct CheckpointState: Sendable {
        /// The newest.
        public let model_checkpoint_path: String
        /// All of them, the newest last.
        public let all_model_checkpoint_paths: [String]
    }

    /// The checkpoints that a folder's file `checkpoint` names; nil when there is none, or it cannot be read.
    public static func get_checkpoint_state(_ checkpoint_dir: String) -> CheckpointState? {
        guard let all = try? TensorFlowCheckpoint.prefixes(in: checkpoint_dir), let last = all.last
        else { return nil }
        return CheckpointState(model_checkpoint_path: last, all_model_checkpoint_paths: all)
    }
    /// The path of a folder's newest checkpoint; nil when there is none.
    public static func latest_checkpoint(_ checkpoint_dir: String) -> String? {
        get_checkpoint_state(checkpoint_dir)?.model_checkpoint_path
    }
    /// The path of a folder's newest checkpoint; nil when there is none.
    public static func latest_checkpoint(checkpoint_dir: String) -> String? {
        latest_checkpoint(checkpoint_dir)
    }
    /// Whether there is a checkpoint of that path.
    public static func checkpoint_exists(_ checkpoint_prefix: String) -> Bool {
        TensorFlowCheckpoint.exists(checkpoint_prefix)
    }
    /// The arrays of a checkpoint: names and shapes.
    ///
    /// - Throws: `FileError` when the checkpoint is missing or damaged.
    public static func list_variables(
        _ ckpt_dir_or_file: String
    ) throws -> [(name: String, shape: [Int])] {
        let path = latest_checkpoint(ckpt_dir_or_file) ?? ckpt_dir_or_file
        let checkpoint = try TensorFlowCheckpoint(path)
        return try checkpoint.names.map {
            ($0, try checkpoint.entry(named: $0)?.shape ?? [])
        }
    }
    /// A checkpoint, to be read array by array.
    ///
    /// - Throws: `FileError` when the checkpoint is missing or damaged.
    public static func NewCheckpointReader(_ filepattern: String) throws -> CheckpointReader {
        CheckpointReader(checkpoint: try TensorFlowCheckpoint(filepattern))
    }
    /// A checkpoint, to be read array by array.
    public struct CheckpointReader: Sendable {
        fileprivate let checkpoint: TensorFlowCheckpoint
        /// Whether there is an array of that name.
        public func has_tensor(_ name: String) -> Bool { checkpoint.names.contains(name) }
        /// An array.
        ///
        /// - Throws: `FileError` when there is none of that name, or its file is damaged.
        public func get_tensor(_ name: String) throws -> NDArray {
            try checkpoint.array(named: name)
        }
        /// The shapes of all arrays by name.
        ///
        /// - Throws: `FileError` when a file is damaged.
        public func get_variable_to_shape_map() throws -> [String: [Int]] {
            try checkpoint.names.reduce(into: [:]) {
                $0[$1] = try checkpoint.entry(named: $1)?.shape
            }
        }
    }
}
