// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// L-BFGS against PyTorch's (Tests/Goldens/training_lbfgs.json), and what it does where nothing goes down.
@Suite struct LBFGSTests {
    /// A method's numbers under the name of its recorded case.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let make: @Sendable (AnyTensor, [VariableHandle]) throws -> LBFGS
    }

    static let cases: [Case] = [
        Case(testDescription: "line search") {
            try LBFGS(of: $0, variables: $1, iterations: 4)
        },
        Case(testDescription: "line search, short history") {
            try LBFGS(of: $0, variables: $1, history: 2, iterations: 5)
        },
        Case(testDescription: "fixed") {
            try LBFGS(of: $0, variables: $1, learningRate: 0.125, iterations: 4, lineSearch: .none)
        },
        Case(testDescription: "few evaluations") {
            try LBFGS(of: $0, variables: $1, iterations: 8, evaluations: 5)
        },
    ]

    private typealias D = Tensor<Double>

    private func rosenbrock(_ golden: Golden) throws -> (AnyTensor, [VariableHandle]) {
        let start = try Golden.requiredArray(golden.root["start"])
        let w = Variable<Double>("w", shape: [6], initializer: .value(start))
        let (x, y) = (w.value[0..<5], w.value[1...])
        let loss = (square(y - x * x) * 100 + square(1 - x)).sum() / 16
        return (loss.anyTensor, [w.handle])
    }

    private func logistic(_ golden: Golden) throws -> (AnyTensor, [VariableHandle]) {
        let w = Variable<Double>(
            "w", shape: [3], initializer: .value(NDArray([0.5, 0.25, -0.5] as [Double])))
        let b = Variable<Double>("b", shape: [], initializer: .constant(0.125))
        let rows = D(AnyTensor(try Golden.requiredArray(golden.root["rows"])))
        let bits = D(AnyTensor(try Golden.requiredArray(golden.root["bits"])))
        let loss =
            sigmoidCrossEntropy(logits: matmul(rows, w.value) + b.value, labels: bits)
            + dot(w.value, w.value) * 0.01
        return (loss.anyTensor, [w.handle, b.handle])
    }

    @Test("PyTorch's places, step by step", arguments: TestedEngine.allCases, cases)
    func places(_ engine: TestedEngine, _ item: Case) throws {
        let golden = try Golden("training_lbfgs.json")
        for (name, problem) in [
            ("Rosenbrock", try rosenbrock(golden)), ("logistic", try logistic(golden)),
        ] {
            let record = try Golden.dictionary(golden.dictionary(name)[item.testDescription])
            let points = try Golden.requiredArray(record["points"]).doubles
            let losses = try Golden.requiredArray(record["losses"]).doubles
            let method = try item.make(problem.0, problem.1)
            let (session, width) = (engine.session(), points.count / losses.count)
            var (evaluations, iterations) = (0, 0)
            for step in losses.indices {
                let loss = try session.run(problem.0).number
                #expect(
                    abs(loss - losses[step]) <= 1e-7 * abs(losses[step]) + 1e-12, "\(name) \(step)")
                let report = try method.step(in: session)
                evaluations += report.evaluations
                iterations += report.iterations
                let found = try problem.1.flatMap { try session.value(of: $0).doubles }
                for (x, y) in zip(found, points[step * width..<(step + 1) * width]) {
                    #expect(abs(x - y) <= 1e-6 * max(abs(y), 1), "\(name) \(step): \(x), not \(y)")
                }
            }
            #expect(evaluations == record["evaluations"] as? Int, "\(name)")
            #expect(iterations == record["iterations"] as? Int, "\(name)")
        }
    }

    @Test("it reaches the minimum in f64 and f32", arguments: TestedEngine.allCases)
    func minimum(_ engine: TestedEngine) throws {
        func distance<T: FloatingScalar>(_: T.Type) throws -> Double {
            let w = Variable<T>("w", shape: [2], initializer: .value(.filled(T.dtype, [2], -1)))
            let x = w.value
            let loss = square(x[1] - square(x[0])) * 10 + square(1 - x[0])
            let method = try LBFGS(of: loss, iterations: 100)
            let session = engine.session()
            let report = try method.step(in: session)
            #expect(report.loss < 1e-2 && report.iterations < 100)
            return try session.value(of: w).doubles.map { abs($0 - 1) }.max() ?? .nan
        }
        #expect(try distance(Float.self) < 1e-3)
        #expect(try distance(Double.self) < 1e-4)
    }

    @Test("a state taken in between goes on to the bit", arguments: TestedEngine.allCases)
    func resuming(_ engine: TestedEngine) throws {
        let (loss, variables) = try rosenbrock(Golden("training_lbfgs.json"))
        let method = try LBFGS(of: loss, variables: variables, iterations: 3)
        let (session, other) = (engine.session(), engine.session())
        try method.step(in: session)
        try other.importState(try session.exportState())
        let (one, two) = (try method.step(in: session), try method.step(in: other))
        #expect(one == two)
        #expect(
            try session.value(of: variables[0]).hasSameBits(as: other.value(of: variables[0])))
    }

    @Test("where it ends, and what it says", arguments: TestedEngine.allCases)
    func ends(_ engine: TestedEngine) throws {
        let x = D.placeholder(shape: [])
        let w = Variable<Double>("w", shape: [], initializer: .constant(2))
        let session = engine.session()
        let flat = try LBFGS(of: square(w.value - x))
        #expect(
            try flat.step(in: session, feeding: [x: NDArray(Double(2))]).end == .gradientIsSmall)
        #expect(
            try flat.step(in: session, feeding: [x: NDArray(Double.nan)]).end == .lossIsNotFinite)
        #expect(try session.value(of: w).doubles == [2])
        // Steps across the end of the domain count as too far.
        let edge = try LBFGS(
            of: x * w.value - log(w.value), learningRate: 100, iterations: 50, evaluations: 500,
            name: "edge")
        let report = try edge.step(in: session, feeding: [x: NDArray(Double(4))])
        #expect(abs(try session.value(of: w).doubles[0] - 0.25) < 1e-5, "\(report)")
    }

    @Test(
        "a run that fails leaves the variables where the last iteration did",
        arguments: TestedEngine.allCases)
    func failing(_ engine: TestedEngine) throws {
        let w = Variable<Double>("w", shape: [], initializer: .constant(2))
        let guarded = check(w.value, that: w.value .>= 1.5, "too far")
        let method = try LBFGS(of: square(guarded), learningRate: 10)
        let session = engine.session()
        let text = errorText { try method.step(in: session) }
        #expect(text.contains("too far"), "\(text)")
        #expect(try session.value(of: w).doubles == [2])
    }

    @Test("what does not fit is an error when it is made")
    func misfits() {
        let w = Variable<Float>("w", shape: [2])
        let loss = (w.value * w.value).sum()
        func reason(_ make: @autoclosure () throws -> LBFGS) -> String {
            errorText { _ = try make() }
        }
        #expect(reason(try LBFGS(of: w.value)).contains("the loss must be a scalar"))
        #expect(
            reason(try LBFGS(of: Tensor<Float>(1))).contains("depends on none of the variables"))
        #expect(reason(try LBFGS(of: loss, learningRate: 0)).contains("the learning rate must be"))
        #expect(reason(try LBFGS(of: loss, history: 0)).contains("the history must be 1 to"))
        #expect(reason(try LBFGS(of: loss, iterations: .max)).contains("the iterations must be"))
        #expect(reason(try LBFGS(of: loss, evaluations: 0)).contains("the evaluations must be"))
        #expect(
            reason(try LBFGS(of: loss, changeTolerance: .nan)).contains("the tolerance of changes"))
    }
}
