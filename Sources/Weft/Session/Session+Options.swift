// SPDX-License-Identifier: Apache-2.0
import Logging
import WeftCPU
public import WeftGraph

extension Session {
    /// How a session behaves.
    public struct Options: Sendable {
        /// What initial values and random draws are functions of.
        public var seed: UInt64
        /// What computes, with the settings that only it has.
        public var engine: Engine
        /// How many compiled plans are kept; the least recently used one goes first.
        public var planLimit = 256
        /// The most bytes that one run may take besides what is fed and the variables: its intermediate
        /// and final results, and what kernels need meanwhile. A run that needs more throws `RunError`
        /// with `.outOfMemory` before it begins; nil for what the machine and the process's limits have.
        public var memoryLimit: Int?
        /// How many bytes the plans that are kept may take, with the memory in which their runs keep
        /// intermediate results and the copies of weights; the least recently used one goes first, the
        /// newest stays. By default an eighth of the memory that the process may take, at most 1 GiB.
        public var planByteLimit = Self.usualPlanBytes
        private static let usualPlanBytes = min(1 << 30, MachineMemory.limit / 8)
        /// Whether a run that gives NaN or an infinity, as a fetched value or as a variable's, throws
        /// and names the operation that first made one from finite operands: in the forward pass, the
        /// backward pass or an update, also inside branches and loops. Results are looked through in
        /// each run; finding the operation takes another run, one instruction at a time.
        public var findsNonFinite = false
        /// What is given the values that runs emit: see `emit(_:as:)`. It is called after the run, on the
        /// run's thread, and may use the session. By default they are logged, under `weft.emission`.
        public var emissionHandler: @Sendable (Emission) -> Void = {
            Logger(label: "weft.emission").info("\($0)")
        }

        /// Options with a seed and an engine, the defaults for the rest.
        public init(seed: UInt64 = 0, engine: Engine = .cpu()) {
            self.seed = seed
            self.engine = engine
        }
    }
}

extension Session.Options {
    /// What computes the runs of a session.
    ///
    /// ```swift
    /// let session = Session(.init(seed: 3, engine: .cpu(threads: 1)))
    /// ```
    public struct Engine: Sendable, CustomStringConvertible {
        /// The engine's name: `cpu`.
        public let description: String
        /// Makes the engine for a session whose runs may take so many bytes.
        let make: @Sendable (_ memoryLimit: Int?) -> any WeftGraph.Engine

        /// An engine of the program's own.
        package init(
            _ name: String,
            _ make: @escaping @Sendable (_ memoryLimit: Int?) -> any WeftGraph.Engine
        ) {
            description = name
            self.make = make
        }

        /// Kernels for the processor at hand.
        ///
        /// - Parameters:
        ///   - threads: The most threads that one run uses; nil for one for each core.
        ///   - packsWeights: Whether weights that are the same from run to run are also kept in the
        ///     layouts in which oneDNN reads them fastest: filters of convolutions, and some matrices.
        ///     Small batches gain most. The results have the same bits; these weights take up to twice
        ///     the memory.
        ///   - flushesDenormals: Whether numbers nearer to zero than a type's smallest normal number
        ///     (1.2e-38 for `Float`) count as zero, as operands and as results. Many processors are ten
        ///     times slower with them, and training makes them: decaying moments, units that have died.
        ///     The thread that runs gets its own setting back.
        ///   - verifiesPrograms: Whether what each pass of the compiler makes is checked after it: types,
        ///     shapes, that values are made before they are used, that arrays which are needed at once
        ///     do not overlap. For tests, and for whoever doubts a result; plans take longer to make.
        public static func cpu(
            threads: Int? = nil, packsWeights: Bool = true, flushesDenormals: Bool = true,
            verifiesPrograms: Bool = false
        ) -> Engine {
            Engine("cpu") {
                CPUEngine(
                    threads: threads, verifiesPrograms: verifiesPrograms,
                    packsWeights: packsWeights, memoryLimit: $0,
                    flushesDenormals: flushesDenormals)
            }
        }

        /// The interpreter that defines what each operation means: one element after the other, in
        /// `Double`, rounded once. For comparing with, not for work.
        public static let reference = Engine("reference") { ReferenceEngine(memoryLimit: $0) }
    }
}
