// SPDX-License-Identifier: Apache-2.0

/// What one step of a run took.
package struct StepTiming: Sendable {
    /// Which step it is: the same in all runs of a program, and in all iterations of a loop.
    package struct Identity: Hashable, Sendable {
        private let owner: ObjectIdentifier
        private let number: Int

        /// A step of something that lives as long as the program.
        package init(_ owner: AnyObject, _ number: Int = 0) {
            self.owner = ObjectIdentifier(owner)
            self.number = number
        }
    }

    package var identity: Identity
    package var words: StepWords
    /// When it began, in nanoseconds since the run's first step did.
    package var startNanoseconds: Double
    /// How long it took, with the steps inside it.
    package var nanoseconds: Double
    /// What of that time was not the time of steps inside it.
    package var ownNanoseconds: Double
    /// In how many branches and loops it is.
    package var depth: Int
    /// Read and written; 0 for a step that holds others.
    package var bytes: Int
    /// Estimated floating-point operations; 0 for a step that holds others, and where an engine has no
    /// estimate.
    package var flops: Double

    package var label: String { words.label }

    package init(
        _ identity: Identity, _ words: StepWords, time: StepStopwatch.Time, bytes: Int,
        flops: Double
    ) {
        self.identity = identity
        self.words = words
        startNanoseconds = time.start
        nanoseconds = time.taken
        ownNanoseconds = time.own
        depth = time.depth
        self.bytes = bytes
        self.flops = flops
    }
}

/// What a step is, for people.
package struct StepWords: Sendable {
    /// The instruction, or the instructions that were fused.
    package let label: String
    /// The types of what the last of them gives.
    package let result: String
    /// The scopes that they come from, each with its estimated part of the work, in their order.
    package let scopes: [(name: String, share: Double)]

    package init(_ label: String, _ instructions: [Program.Instruction], of program: Program) {
        self.label = label
        result =
            instructions.last?.outputs.map { program.values[$0].tensorType.description }
            .joined(separator: ", ") ?? ""
        var scopes: [(name: String, share: Double)] = []
        let work = instructions.map { $0.estimatedWork(program.values) }
        let sum = Swift.max(work.reduce(0, +), .leastNonzeroMagnitude)
        for (instruction, work) in zip(instructions, work) {
            let name = instruction.origin.path
            if let place = scopes.firstIndex(where: { $0.name == name }) {
                scopes[place].share += work / sum
            } else {
                scopes.append((name, work / sum))
            }
        }
        self.scopes = scopes
    }
}

extension Program.Instruction {
    /// Roughly how many elements are gone through, to share out the time of what is fused; at least 1.
    fileprivate func estimatedWork(_ values: [ArrayType]) -> Double {
        let counts = (inputs + outputs).map { Double(values[$0].count) }
        let elements = Swift.max(counts.max() ?? 1, 1)
        switch primitive {
        case .dot, .convolution, .convolutionInputGradient, .convolutionFilterGradient:
            // Of matrices [m, k] and [k, n] this is m · k · n.
            return Swift.max(elements, counts.prefix(2).reduce(counts.last ?? 1, *).squareRoot())
        default: return elements
        }
    }
}

/// Takes the times of steps, some of which may run inside others. Used by one run.
package final class StepStopwatch {
    /// In nanoseconds.
    package struct Time: Sendable {
        package fileprivate(set) var start = 0.0
        package fileprivate(set) var taken = 0.0
        package fileprivate(set) var own = 0.0
        package let depth: Int
    }

    /// The times of steps in the order in which they began.
    package private(set) var times: [Time] = []
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private var depth = 0
    /// The nanoseconds that steps inside the step at hand have taken.
    private var inner = 0.0

    package init() { origin = clock.now }

    /// Runs a step, whose time is the next of `times`: before those of the steps inside it.
    package func measure<R>(_ step: () throws -> R) rethrows -> R {
        let place = times.count
        times.append(Time(depth: depth))
        let innerBefore = inner
        inner = 0
        depth += 1
        defer { depth -= 1 }
        let start = clock.now
        let result = try step()
        let taken = (clock.now - start).nanoseconds
        times[place].start = (start - origin).nanoseconds
        times[place].taken = taken
        times[place].own = max(taken - inner, 0)
        inner = innerBefore + taken
        return result
    }
}

extension Duration {
    fileprivate var nanoseconds: Double {
        Double(components.seconds) * 1e9 + Double(components.attoseconds) * 1e-9
    }
}
