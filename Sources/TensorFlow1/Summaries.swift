// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorBoard

extension tf {
    /// Summaries for TensorBoard, as in `tf.summary`: tensors of strings, which a writer takes.
    ///
    /// ```swift
    /// tf.summary.scalar("loss", loss)
    /// let merged = tf.summary.merge_all()
    /// let writer = try tf.summary.FileWriter("logs", sess.graph)
    /// let (summary, _) = try sess.run((merged, train))
    /// try writer.add_summary(summary, step)
    /// ```
    public enum summary {
        /// A number.
        @discardableResult
        public static func scalar(
            _ name: String, _ tensor: some TensorOperand,
            collections: [CollectionKey<Tensor>]? = nil, family: String? = nil
        ) -> Tensor {
            make(name, tensor, collections, family) { try SerializedSummary.scalar($0, $1) }
        }

        /// How the elements of a tensor are spread.
        @discardableResult
        public static func histogram(
            _ name: String, _ values: some TensorOperand,
            collections: [CollectionKey<Tensor>]? = nil, family: String? = nil
        ) -> Tensor {
            make(name, values, collections, family) { try SerializedSummary.histogram($0, $1) }
        }

        /// The first pictures of a batch, count × height × width × channels: bytes, or numbers from 0 to 1. Other numbers
        /// are spread as TensorFlow does: those of a picture without negative ones so that its greatest is 255, of one
        /// with negative ones so that 0 is 128 and the greatest magnitude is reached.
        @discardableResult
        public static func image(
            _ name: String, _ tensor: some TensorOperand, max_outputs: Int = 3,
            collections: [CollectionKey<Tensor>]? = nil, family: String? = nil
        ) -> Tensor {
            make(name, tensor, collections, family) {
                try SerializedSummary.images($0, ImageScaling.scaled($1), most: max_outputs)
            }
        }

        /// The first sounds of a batch, count × frames × channels or count × frames, from −1 to 1.
        @discardableResult
        public static func audio(
            _ name: String, _ tensor: some TensorOperand, _ sample_rate: Double,
            max_outputs: Int = 3, collections: [CollectionKey<Tensor>]? = nil,
            family: String? = nil
        ) -> Tensor {
            make(name, tensor, collections, family) {
                try SerializedSummary.audio($0, $1, sampleRate: sample_rate, most: max_outputs)
            }
        }

        /// The same with the rate by its label.
        @discardableResult
        public static func audio(
            _ name: String, _ tensor: some TensorOperand, sample_rate: Double,
            max_outputs: Int = 3, collections: [CollectionKey<Tensor>]? = nil,
            family: String? = nil
        ) -> Tensor {
            audio(
                name, tensor, sample_rate, max_outputs: max_outputs, collections: collections,
                family: family)
        }

        /// Text, in Markdown.
        @discardableResult
        public static func text(
            _ name: String, _ tensor: some TensorOperand,
            collections: [CollectionKey<Tensor>]? = nil
        ) -> Tensor {
            make(name, tensor, collections, nil) { try SerializedSummary.text($0, $1) }
        }

        /// Several summaries as one.
        public static func merge(
            _ inputs: [Tensor], collections: [CollectionKey<Tensor>]? = nil, name: String? = nil
        ) -> Tensor {
            // Of two messages, the bytes of one behind the other's are both.
            let merged =
                inputs.isEmpty
                ? AnyTensor(NDArray("")) : inputs.count == 1 ? inputs[0] : string_join(inputs)
            return collected(named(merged, name), collections ?? [])
        }

        /// All summaries of the graph as one. Without any it is an empty one, which writers pass over; in TensorFlow it is
        /// `None`, which cannot be run.
        public static func merge_all(
            key: CollectionKey<Tensor> = GraphKeys.SUMMARIES, scope: String? = nil
        ) -> Tensor {
            merge(get_collection(key, scope: scope))
        }

        /// The same with the collection unlabelled.
        public static func merge_all(_ key: CollectionKey<Tensor>) -> Tensor { merge_all(key: key) }

        private static func make(
            _ name: String, _ tensor: some TensorOperand, _ collections: [CollectionKey<Tensor>]?,
            _ family: String?, _ encode: @escaping @Sendable (String, NDArray) throws -> [UInt8]
        ) -> Tensor {
            let name = clean(name)
            // Names are made unique, and tags with them, below the scopes around.
            let scope = Graph.current.unique_name(
                family.map { "\(clean($0))/\(name)" } ?? name)
            let tag = family.map { "\(clean($0))/\(scope)" } ?? scope
            let function = HostFunction("Summary", results: [.array(.string, [])]) {
                [try NDArray(byteStrings: [encode(tag, $0[0])], shape: [])]
            }
            let summary = hostCall(function, [tensor.tensor(nil)])[0]
            _ = NameScope.$path.withValue("") { tf.named(summary, scope) }
            return collected(summary, collections ?? [GraphKeys.SUMMARIES])
        }

        private static func collected(
            _ summary: Tensor, _ collections: [CollectionKey<Tensor>]
        ) -> Tensor {
            for key in collections { add_to_collection(key, summary) }
            return summary
        }

        /// What a tag may have.
        private static func clean(_ name: String) -> String {
            let clean = String(
                name.map { $0.isLetter || $0.isNumber || "-/_.".contains($0) ? $0 : "_" })
            return String(clean.drop { $0 == "/" })
        }

        // MARK: Writing

        /// Writes summaries and graphs into a file of a folder, for TensorBoard.
        public final class FileWriter: Sendable {
            private let writer: EventWriter

            /// Begins a file.
            ///
            /// - Parameters:
            ///   - logdir: The folder, which is made where it is missing.
            ///   - graph: A graph that is written, too.
            ///   - max_queue: Accepted: memory bounds what is kept.
            ///   - flush_secs: After how many seconds at most what was added is written.
            ///   - filename_suffix: What the file's name ends with.
            /// - Throws: `FileError` when the folder or file cannot be made or written.
            public init(
                _ logdir: String, _ graph: Graph? = nil, max_queue: Int = 10,
                flush_secs: Double = 120, filename_suffix: String? = nil
            ) throws {
                writer = try EventWriter(
                    logdir, suffix: filename_suffix ?? "",
                    flushingEvery: .seconds(
                        flush_secs.isFinite ? min(max(flush_secs, 0), 1e6) : 120))
                if let graph { try add_graph(graph) }
            }

            /// Begins a file, the graph by its label.
            ///
            /// - Throws: as with the graph unlabelled.
            public convenience init(
                _ logdir: String, graph: Graph?, max_queue: Int = 10, flush_secs: Double = 120,
                filename_suffix: String? = nil
            ) throws {
                try self.init(
                    logdir, graph, max_queue: max_queue, flush_secs: flush_secs,
                    filename_suffix: filename_suffix)
            }

            /// Begins a file, the folder by its label.
            ///
            /// - Throws: as with the folder unlabelled.
            public convenience init(
                logdir: String, graph: Graph? = nil, max_queue: Int = 10, flush_secs: Double = 120,
                filename_suffix: String? = nil
            ) throws {
                try self.init(
                    logdir, graph, max_queue: max_queue, flush_secs: flush_secs,
                    filename_suffix: filename_suffix)
            }

            /// The folder.
            public func get_logdir() -> String { writer.folder }

            /// Adds what a run of a summary gave.
            ///
            /// - Throws: `FileError` when what was added before still cannot be written; `SummaryError` when it is
            ///   no summary, or the writer is closed.
            public func add_summary(_ summary: NDArray, _ global_step: Int = 0) throws {
                for bytes in try summary.byteStrings() {
                    try writer.add(serialized: bytes, step: global_step)
                }
            }

            /// The same with the step by its label.
            ///
            /// - Throws: as with the step unlabelled.
            public func add_summary(_ summary: NDArray, global_step: Int) throws {
                try add_summary(summary, global_step)
            }

            /// Adds what a run of a summary gave, at the step that a run gave.
            ///
            /// - Throws: as with a number.
            public func add_summary(_ summary: NDArray, _ global_step: NDArray) throws {
                try add_summary(summary, step(global_step))
            }

            /// The same with the step by its label.
            ///
            /// - Throws: as with a number.
            public func add_summary(_ summary: NDArray, global_step: NDArray) throws {
                try add_summary(summary, step(global_step))
            }

            /// Adds values that the program has.
            ///
            /// - Throws: as with what a run gave.
            public func add_summary(_ summary: Summary, _ global_step: Int = 0) throws {
                try writer.addScalars(
                    Dictionary(
                        summary.value.map { ($0.tag, Double($0.simple_value)) },
                        uniquingKeysWith: { $1 }), step: global_step)
            }

            /// The same with the step by its label.
            ///
            /// - Throws: as with what a run gave.
            public func add_summary(_ summary: Summary, global_step: Int) throws {
                try add_summary(summary, global_step)
            }

            /// Adds what is known of a graph: the operations and variables that have names and are in use, and what
            /// they are computed from.
            ///
            /// - Throws: as `add_summary`.
            public func add_graph(_ graph: Graph, global_step: Int? = nil) throws {
                try writer.addGraph(graph.drawn)
            }

            /// Adds what a run took, under a name.
            ///
            /// - Throws: as `add_summary`; nothing is added of a run that was not traced.
            public func add_run_metadata(
                _ run_metadata: RunMetadata, _ tag: String, _ global_step: Int = 0
            ) throws {
                guard let profile = run_metadata.profile else { return }
                try writer.addProfile(tag, profile, step: global_step)
            }

            /// The same with the step by its label.
            ///
            /// - Throws: as with the step unlabelled.
            public func add_run_metadata(
                _ run_metadata: RunMetadata, _ tag: String, global_step: Int
            ) throws {
                try add_run_metadata(run_metadata, tag, global_step)
            }

            /// Waits until all is in the file.
            ///
            /// - Throws: `FileError` when it cannot be written.
            public func flush() throws { try writer.flush() }

            /// Writes the rest, and ends the file.
            ///
            /// - Throws: `FileError` when it cannot be written.
            public func close() throws { try writer.close() }

            private func step(_ array: NDArray) throws -> Int {
                let number: Int64 = try array.cast(to: .int64).reshaped(to: []).scalar()
                return Int(number)
            }
        }
    }

    /// Values that the program has, for a writer: numbers under tags.
    public struct Summary: Sendable {
        /// A number under a tag.
        public struct Value: Sendable {
            /// What it is called.
            public var tag: String
            /// The number.
            public var simple_value: Float
            /// A number under a tag.
            public init(tag: String, simple_value: Float) {
                (self.tag, self.simple_value) = (tag, simple_value)
            }
        }

        /// The numbers.
        public var value: [Value]
        /// Several numbers.
        public init(value: [Value] = []) { self.value = value }
    }
}

extension tf.Graph {
    /// What is known of the graph, for drawing.
    fileprivate var drawn: Weft.Graph {
        var outputs: [String: any TensorConvertible] = [:]
        for name in names() { outputs[name] = tensor(named: name) }
        let handles = state.withLock { $0.variables.compactMapValues(\.handle) }
        for (name, handle) in handles where outputs[name] == nil { outputs[name] = handle.value }
        return Weft.Graph(outputs: outputs)
    }
}

/// TensorFlow's way from numbers to bytes of a picture.
private enum ImageScaling {
    /// A batch of which each picture's numbers are spread over the bytes; bytes, and what is no batch, as they are.
    static func scaled(_ images: NDArray) throws -> NDArray {
        guard images.dtype.isFloatingPoint, images.rank == 4, images.count > 0 else {
            return images
        }
        let numbers: [Float] = try images.cast(to: .float32).scalars()
        let size = images.count / images.shape[0]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(numbers.count)
        for start in stride(from: 0, to: numbers.count, by: size) {
            let picture = numbers[start..<start + size]
            let finite = picture.filter(\.isFinite)
            let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
            let (offset, scale): (Float, Float)
            if low >= 0 {
                (offset, scale) = (0, high < 1e-6 ? 0 : 255 / high)
            } else {
                let most = max(-low, high)
                (offset, scale) = (128, most < 1e-6 ? 0 : 127 / most)
            }
            for number in picture {
                let level = number.isFinite ? number * scale + offset : 255
                bytes.append(UInt8(min(max(level, 0), 255)))
            }
        }
        return try NDArray(bytes, shape: images.shape)
    }
}
