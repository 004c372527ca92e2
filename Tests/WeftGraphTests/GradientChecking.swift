// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

/// Runs graphs on the reference interpreter.
enum Reference {
    /// The values of `fetches`. Variables and loose placeholders must be fed.
    static func run(
        _ fetches: [any TensorConvertible], _ feeds: [AnyTensor: NDArray] = [:], seed: UInt64 = 1
    ) throws -> [NDArray] {
        try Prepared(fetches.map(\.anyTensor), feeds).run(feeds, seed: seed)
    }

    /// A graph lowered once, run for many values.
    struct Prepared {
        let lowered: LoweredGraph
        let executable: any Executable

        init(_ fetches: [AnyTensor], _ feeds: [AnyTensor: NDArray]) throws {
            let types = feeds.sorted { $0.key.node.id < $1.key.node.id }
                .map { ($0.key, ArrayType($0.value.dtype, $0.value.shape)) }
            lowered = try LoweredGraph(fetches: fetches, feeds: types)
            executable = try ReferenceEngine().compile(lowered.program)
        }

        func run(_ feeds: [AnyTensor: NDArray], seed: UInt64 = 1) throws -> [NDArray] {
            let draws = lowered.program.roles.drawsRandomNumbers
            var arguments = RunArguments(
                feeds: lowered.feeds.compactMap { feeds[$0] },
                state: lowered.reads.map { .host(.zeros($0.dtype, $0.shape)) },
                randomState: draws ? RandomState(seed: seed, step: 3) : nil)
            return try executable.run(&arguments, control: nil).fetches
        }

        /// What is fetched and the new values of the variables, which have `state` before.
        func outputs(_ feeds: [NDArray], state: [NDArray]) throws -> [NDArray] {
            var arguments = RunArguments(feeds: feeds, state: state.map { .host($0) })
            let results = try executable.run(&arguments, control: nil)
            return try results.fetches + results.newState.map { try $0.read() }
        }
    }
}

/// A function of arrays whose gradients are to be checked, and where.
struct GradientCase: CustomTestStringConvertible, Sendable {
    let name: String
    let operands: [(shape: [Int], range: ClosedRange<Double>)]
    /// Whether it is also checked with placeholders whose dimensions are unknown.
    let allowsUnknownShapes: Bool
    let body: @Sendable ([AnyTensor]) throws -> AnyTensor

    init(
        _ name: String, _ shapes: [[Int]], in range: ClosedRange<Double> = -2...2,
        unknownShapes: Bool = true, _ body: @escaping @Sendable ([AnyTensor]) throws -> AnyTensor
    ) {
        self.name = name
        operands = shapes.map { ($0, range) }
        allowsUnknownShapes = unknownShapes
        self.body = body
    }

    init(
        _ name: String, operands: [(shape: [Int], range: ClosedRange<Double>)],
        _ body: @escaping @Sendable ([AnyTensor]) throws -> AnyTensor
    ) {
        self.name = name
        self.operands = operands
        allowsUnknownShapes = true
        self.body = body
    }

    var testDescription: String { name }

    /// Compares first and second derivatives with differences, in random directions and with
    /// random weights: all-ones weights would hide mistakes in what they sum away.
    func check(unknownShapes: Bool = false, tolerance: Double = 2e-6) throws {
        var random = TestRandom(name)
        let points = operands.map { random.array(.float64, $0.shape, in: $0.range) }
        let directions = operands.map { random.array(.float64, $0.shape, in: -1...1) }
        let xs = operands.map { operand in
            AnyTensor.placeholder(
                .float64,
                shape: unknownShapes
                    ? Shape(operand.shape.map { _ in nil }) : Shape(operand.shape.map { $0 }))
        }
        let y = try body(xs).validated()
        // The shape of y may be unknown: it is measured.
        let feeds = Dictionary(uniqueKeysWithValues: zip(xs, points))
        let shape = try Reference.run([y], feeds)[0].shape
        let weights = AnyTensor.constant(random.array(.float64, shape, in: 0.5...1.5))
        let loss = (y * weights).sum()
        func along(_ gradients: [AnyTensor?]) -> AnyTensor {
            var sum = AnyTensor.scalar(0, .float64)
            for (gradient, direction) in zip(gradients, directions) {
                if let gradient { sum = sum + (gradient * AnyTensor.constant(direction)).sum() }
            }
            return sum
        }
        let first = along(try gradients(of: [loss], withRespectTo: xs))
        let second = along(try gradients(of: [first], withRespectTo: xs))
        // Weights given as seeds are the same as weights multiplied with.
        let seeded = along(try gradients(of: [y], withRespectTo: xs, seeds: [weights]))
        let run = try Reference.Prepared([loss, first, second, seeded], feeds)
        func values(_ step: Double) throws -> [Double] {
            var moved: [AnyTensor: NDArray] = [:]
            for (x, (point, direction)) in zip(xs, zip(points, directions)) {
                let numbers = zip(point.doubles, direction.doubles).map { $0 + step * $1 }
                moved[x] = .from(numbers, .float64, point.shape)
            }
            return try run.run(moved).map { $0.doubles[0] }
        }
        let here = try values(0)
        #expect(abs(here[3] - here[1]) <= 1e-12 * max(1, abs(here[1])), "\(name): seeds")
        // Differences of fourth order: the error is near 1e-10 for a step of 1e-3.
        let h = 1e-3
        let (a, b, c, d) = (try values(-2 * h), try values(-h), try values(h), try values(2 * h))
        for order in 1...2 {
            let expected =
                (a[order - 1] - 8 * b[order - 1] + 8 * c[order - 1] - d[order - 1]) / (12 * h)
            let scale = max(1, abs(expected), abs(here[order - 1]))
            #expect(
                abs(here[order] - expected) <= tolerance * scale,
                "\(name), order \(order): \(here[order]), differences give \(expected)")
        }
    }
}
