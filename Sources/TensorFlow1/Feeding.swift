// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// What is fed: `[x: batch, keep_prob: 0.5]`. Keys are tensors, variables or names (`"x:0"`), values arrays,
    /// numbers or nested lists; numbers of another type are converted.
    public struct FeedDict: Sendable, ExpressibleByDictionaryLiteral {
        private enum Target {
            case tensor(AnyTensor)
            case name(String)
        }

        private var pairs: [(key: Target, value: any TensorOperand)] = []

        /// What a literal says.
        public init(dictionaryLiteral elements: (any TensorOperand, any TensorOperand)...) {
            for (key, value) in elements { self[key] = value }
        }

        /// The feeds of a session of Weft.
        public init(_ feeds: Feeds) {
            pairs = feeds.pairs.map { (.tensor($0.tensor), $0.array) }
        }

        /// What is fed for a tensor, or a name of one.
        public subscript(key: any TensorOperand) -> (any TensorOperand)? {
            get { pairs.first { Self.matches($0.key, key) }?.value }
            set {
                pairs.removeAll { Self.matches($0.key, key) }
                guard let newValue else { return }
                if let state = key as? nn.rnn_cell.State, state.tensors.count > 1 {
                    return feed(state, newValue)
                }
                if let name = key as? String {
                    pairs.append((.name(name), newValue))
                } else {
                    pairs.append((.tensor(key.tensor(nil)), newValue))
                }
            }
        }

        /// Feeds the tensors of a state, for which there is a list of as many values.
        private mutating func feed(_ state: nn.rnn_cell.State, _ value: any TensorOperand) {
            guard let parts = value as? [any TensorOperand], parts.count == state.tensors.count
            else {
                let reason =
                    "a state of \(state.tensors.count) tensors is fed by a list of as many arrays"
                pairs.append((.tensor(.invalid("feed_dict", nil, reason)), value))
                return
            }
            for (tensor, part) in zip(state.tensors, parts) { self[tensor] = part }
        }

        /// Adds all of another, in the place of what is fed for the same tensors.
        public mutating func update(_ other: FeedDict) {
            for (key, value) in other.pairs {
                switch key {
                case .tensor(let tensor): self[tensor] = value
                case .name(let name): self[name] = value
                }
            }
        }

        private static func matches(_ key: Target, _ other: any TensorOperand) -> Bool {
            switch key {
            case .name(let name): return other as? String == name
            case .tensor(let tensor): return !(other is String) && other.tensor(nil) == tensor
            }
        }

        /// The arrays to feed, in their tensors' types.
        func feeds(in graph: Graph) throws -> Feeds {
            Feeds(
                try pairs.map { key, value in
                    let tensor =
                        switch key {
                        case .tensor(let tensor): tensor
                        case .name(let name): try graph.get_tensor_by_name(name)
                        }
                    let array = try value.array(tensor.dtype)
                    guard array.dtype != tensor.dtype, array.dtype.isNumeric, tensor.dtype.isNumeric
                    else { return (tensor, array) }
                    return (
                        tensor,
                        try array.converted(to: tensor.dtype, for: "what is fed for \(tensor)")
                    )
                })
        }
    }

    /// Settings of a session. Those about graphics processors and placement are accepted and mean nothing.
    public struct ConfigProto: Sendable {
        /// The most threads of one operation; 0 for one for each core.
        public var intra_op_parallelism_threads: Int
        /// Accepted: operations follow one another.
        public var inter_op_parallelism_threads: Int
        /// Accepted: there is one device.
        public var allow_soft_placement: Bool
        /// Accepted: there is one device.
        public var log_device_placement: Bool
        /// Accepted: there is no graphics processor.
        public var gpu_options: GPUOptions

        /// Settings, all of which may be left out.
        public init(
            allow_soft_placement: Bool = false, log_device_placement: Bool = false,
            gpu_options: GPUOptions = GPUOptions(), inter_op_parallelism_threads: Int = 0,
            intra_op_parallelism_threads: Int = 0, device_count: [String: Int] = [:]
        ) {
            self.intra_op_parallelism_threads = intra_op_parallelism_threads
            self.inter_op_parallelism_threads = inter_op_parallelism_threads
            self.allow_soft_placement = allow_soft_placement
            self.log_device_placement = log_device_placement
            self.gpu_options = gpu_options
        }
    }

    /// Settings of graphics processors, which are accepted and mean nothing.
    public struct GPUOptions: Sendable {
        /// Accepted.
        public var allow_growth: Bool
        /// Accepted.
        public var per_process_gpu_memory_fraction: Double
        /// Accepted.
        public var visible_device_list: String

        /// Settings, all of which may be left out.
        public init(
            per_process_gpu_memory_fraction: Double = 1, allow_growth: Bool = false,
            visible_device_list: String = ""
        ) {
            self.allow_growth = allow_growth
            self.per_process_gpu_memory_fraction = per_process_gpu_memory_fraction
            self.visible_device_list = visible_device_list
        }
    }

    /// Settings of a run.
    public struct RunOptions: Sendable {
        /// How much is traced.
        public enum TraceLevel: Sendable {
            /// Nothing.
            case NO_TRACE
            /// What each step takes.
            case FULL_TRACE
        }
        /// Nothing is traced.
        public static let NO_TRACE = TraceLevel.NO_TRACE
        /// Everything is traced.
        public static let FULL_TRACE = TraceLevel.FULL_TRACE
        /// How much is to be traced.
        public var trace_level: TraceLevel

        /// Settings of a run.
        public init(trace_level: TraceLevel = .NO_TRACE) { self.trace_level = trace_level }
    }

    /// What is known of a run that was traced in full.
    public final class RunMetadata: Sendable {
        private let taken = Guarded<RunProfile?>(nil)
        /// What its steps took; nil until a run has filled it.
        public var profile: RunProfile? { taken.withLock(\.self) }

        /// Nothing known.
        public init() {}

        func fill(_ profile: RunProfile) { taken.withLock { $0 = profile } }
    }
}
