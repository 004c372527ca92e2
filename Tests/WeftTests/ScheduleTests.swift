// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Schedules against a hundred steps of TensorFlow 1, PyTorch and Optax (Tests/Goldens/training_schedules.json).
@Suite struct ScheduleTests {
    static let schedules: [(String, Schedule)] = [
        ("exponentialDecay", .exponentialDecay(from: 0.5, rate: 0.75, steps: 7)),
        (
            "exponentialDecay, stairs",
            .exponentialDecay(from: 0.5, rate: 0.75, steps: 7, isStaircase: true)
        ),
        ("naturalExponentialDecay", .naturalExponentialDecay(from: 0.5, rate: 0.75, steps: 7)),
        ("inverseTimeDecay", .inverseTimeDecay(from: 0.5, rate: 0.75, steps: 7)),
        (
            "inverseTimeDecay, stairs",
            .inverseTimeDecay(from: 0.5, rate: 0.75, steps: 7, isStaircase: true)
        ),
        ("polynomialDecay", .polynomialDecay(from: 0.5, to: 0.0625, steps: 60, power: 2)),
        (
            "polynomialDecay, cycles",
            .polynomialDecay(from: 0.5, to: 0.0625, steps: 32, power: 0.5, cycles: true)
        ),
        ("piecewiseConstant", .piecewiseConstant(boundaries: [20, 60], values: [0.5, 0.25, 0.1])),
        ("cosineDecay", .cosineDecay(from: 0.5, steps: 60, alpha: 0.125)),
        ("cosineRestarts", .cosineRestarts(from: 0.5, steps: 7, scale: 0.75, alpha: 0.125)),
        ("cosineRestarts, equal", .cosineRestarts(from: 0.5, steps: 15, growth: 1)),
        (
            "linearCosineDecay",
            .linearCosineDecay(from: 0.5, steps: 60, periods: 1.5, alpha: 0.125, beta: 0.0625)
        ),
        (
            "noisyLinearCosineDecay, no noise",
            .noisyLinearCosineDecay(from: 0.5, steps: 60, initialVariance: 0, periods: 1.5)
        ),
        ("StepLR", .exponentialDecay(from: 0.5, rate: 0.5, steps: 10, isStaircase: true)),
        (
            "CosineAnnealingWarmRestarts",
            .cosineRestarts(from: 0.5, steps: 6, growth: 3, alpha: 0.1)
        ),
        ("oneCycle", .oneCycle(most: 0.5, steps: 101)),
        (
            "oneCycle, three phases",
            .oneCycle(
                most: 0.5, steps: 101, rise: 0.25, initialDivisor: 10, finalDivisor: 100,
                shape: .linear, hasThreePhases: true)
        ),
        ("noam", .noam(modelSize: 64, warmUpSteps: 20)),
        (
            "warmedUp",
            .cosineDecay(from: 0.5, steps: 60, alpha: 0.1).warmedUp(steps: 20, from: 0.1)
        ),
        (
            "joined",
            .joined(
                [
                    .constant(0.25), .polynomialDecay(from: 0.5, to: 0.125, steps: 30),
                    .exponentialDecay(from: 0.5, rate: 0.5, steps: 10),
                ], at: [15, 50])
        ),
    ]

    /// Whose references are of single precision: they are compared as shares of the first rate.
    static let single: Set = [
        "polynomialDecay, cycles", "cosineDecay", "cosineRestarts", "cosineRestarts, equal",
        "linearCosineDecay", "noisyLinearCosineDecay, no noise",
    ]

    @Test("a hundred steps of the references", arguments: TestedEngine.allCases)
    func references(_ engine: TestedEngine) throws {
        let cases = try Golden("training_schedules.json").dictionary("cases")
        let session = engine.session()
        let step = AnyTensor.placeholder(.int64, shape: [])
        let rates = Self.schedules.map { $0.1(step) }
        var worst = [Double](repeating: 0, count: rates.count)
        let wanted = try Self.schedules.map { try Golden.requiredArray(cases[$0.0]).doubles }
        for t in 0..<100 {
            let found = try session.run(rates, feeding: [step: NDArray(Int64(t))])
            for (index, array) in found.enumerated() {
                #expect(array.dtype == .float64 && array.shape == [])
                let right = wanted[index][t]
                let scale = Self.single.contains(Self.schedules[index].0) ? 0.5 : abs(right)
                worst[index] = max(worst[index], abs(array.number - right) / scale)
            }
        }
        for ((name, _), off) in zip(Self.schedules, worst) {
            #expect(off <= 1e-6, "\(name) is off by \(off)")
        }
        let others: Set = ["metric", "plateau", "plateau, greatest"]
        #expect(Set(cases.keys) == others.union(Self.schedules.map(\.0)))
    }

    @Test("rates that fall on plateaus", arguments: TestedEngine.allCases)
    func plateaus(_ engine: TestedEngine) throws {
        let cases = try Golden("training_schedules.json").dictionary("cases")
        let metrics = try Golden.requiredArray(cases["metric"]).doubles
        let metric = Tensor<Double>.placeholder(shape: [])
        for (name, plateau) in [
            (
                "plateau",
                ReduceOnPlateau(from: 0.5, factor: 0.5, patience: 3, cooldown: 2, least: 0.01)
            ),
            (
                "plateau, greatest",
                ReduceOnPlateau(
                    from: 0.5, factor: 0.75, patience: 5, threshold: 0.25,
                    thresholdKind: .absolute, goal: .maximum)
            ),
        ] {
            let wanted = try Golden.requiredArray(cases[name]).doubles
            let heed = plateau.update(metric)
            let rate = plateau.learningRate.tensor(as: .float64, step: .scalar(0, as: .int64))
            var session = engine.session()
            for t in 0..<100 {
                #expect(abs(try session.run(rate).number - wanted[t]) <= 1e-9 * wanted[t], "\(t)")
                _ = try session.run(heed, feeding: [metric: NDArray(metrics[t])])
                // It is all in the state.
                if t == 40 {
                    let next = engine.session()
                    try next.importState(try session.exportState())
                    session = next
                }
            }
            #expect(
                plateau.variables.map(\.name)
                    == ["rate", "best", "bad", "resting"].map {
                        "ReduceOnPlateau/\($0)"
                    })
        }
    }

    @Test("an optimizer follows a schedule in one plan", arguments: TestedEngine.allCases)
    func following(_ engine: TestedEngine) throws {
        let (v, w) = (Variable<Float>("v", shape: []), Variable<Double>("w", shape: [2]))
        let optimizer = GradientDescent(
            learningRate: Schedule.piecewiseConstant(boundaries: [1, 3], values: [1, 10, 100]))
        // The gradients are 1.
        let loss = v.value + w.value.sum().cast(to: Float.self)
        let train = try optimizer.minimize(loss)
        let session = engine.session()
        var values: [Double] = []
        for _ in 0..<6 {
            _ = try session.run(train)
            values.append(-(try session.value(of: v).number))
        }
        #expect(values == [1, 2, 12, 22, 122, 222])
        #expect(try session.value(of: w).doubles == [-222, -222])
        #expect(optimizer.variables.map(\.name) == ["GradientDescent/steps"])
        #expect(try session.value(of: optimizer.variables[0]).number == 6)
        // Without a schedule there is nothing to count.
        let plain = GradientDescent(learningRate: 0.1)
        _ = try plain.minimize(loss)
        #expect(plain.variables.isEmpty)
    }

    @Test("noise is drawn anew in each step, and fades", arguments: TestedEngine.allCases)
    func noise(_ engine: TestedEngine) throws {
        let step = AnyTensor.placeholder(.int64, shape: [])
        let schedule = Schedule.noisyLinearCosineDecay(
            from: 1, steps: 1_000_000, initialVariance: 0.04, varianceDecay: 1, beta: 0)
        let rate = schedule(step)
        let session = engine.session(seed: 5)
        func deviation(at t: Int64) throws -> Double {
            let draws = try (0..<400).map { _ in
                try session.run(rate, feeding: [step: NDArray(t)]).number - 1
            }
            return (draws.map { $0 * $0 }.reduce(0, +) / 400).squareRoot()
        }
        #expect(try (0.16...0.24).contains(deviation(at: 0)))
        #expect(try (0.016...0.024).contains(deviation(at: 99)))
    }

    @Test("schedules refuse numbers that make no sense")
    func refusals() {
        let step = Tensor<Int64>.placeholder(shape: [])
        for (text, schedule) in [
            (
                "steps must be positive, not 0",
                Schedule.exponentialDecay(from: 1, rate: 1, steps: 0)
            ),
            ("the rate must be finite", .naturalExponentialDecay(from: 1, rate: .nan, steps: 1)),
            ("the start must be finite", .inverseTimeDecay(from: .infinity, rate: 1, steps: 1)),
            ("the power must be", .polynomialDecay(from: 1, steps: 1, power: .nan)),
            ("2 boundaries need 3 values", .piecewiseConstant(boundaries: [1, 2], values: [1])),
            ("must ascend", .piecewiseConstant(boundaries: [2, 1], values: [1, 2, 3])),
            ("steps must be", .cosineDecay(from: 1, steps: -1)),
            ("growth must be at least 1", .cosineRestarts(from: 1, steps: 1, growth: 0.5)),
            ("periods must be", .linearCosineDecay(from: 1, steps: 1, periods: .nan)),
            ("initialVariance", .noisyLinearCosineDecay(from: 1, steps: 1, initialVariance: -1)),
            ("must be positive", .noam(modelSize: 0, warmUpSteps: 1)),
            ("leave a phase without steps", .oneCycle(most: 1, steps: 2)),
            ("1 boundaries need 2 schedules", .joined([.constant(1)], at: [1])),
            ("steps must not be negative", Schedule.constant(1).warmedUp(steps: -1)),
            ("the factor must be", Schedule.constant(1).scaled(by: .nan)),
        ] {
            let error = errorText { try schedule(step).validated() }
            #expect(error.contains(text), "\(error)")
        }
        let vector = Tensor<Int64>.placeholder(shape: [2])
        #expect(
            Schedule.constant(1)(vector).error?.reason == "a step must be one number, not i64[2]")
        let plateau = ReduceOnPlateau(from: 1, patience: -1)
        #expect(plateau.update(Tensor<Float>(1)).anyTensor.error != nil)
        #expect(
            ReduceOnPlateau(from: 1).update(Tensor<Float>([1, 2])).anyTensor.error?.reason
                == "the metric must be one number, not f32[2]")
    }

    @Test("schedules in parts")
    func parts() throws {
        let session = Session()
        func numbers(_ schedule: Schedule, _ steps: [Double]) throws -> [Double] {
            try steps.map { try session.run(schedule(Tensor<Double>($0))).number }
        }
        #expect(try numbers(.constant(2).scaled(by: 3), [0, 9]) == [6, 6])
        #expect(
            try numbers(.constant(2).warmedUp(steps: 4), [0, 1, 2, 4, 9]) == [0, 0.5, 1, 2, 2])
        #expect(try numbers(.constant(2).warmedUp(steps: 0), [0]) == [2])
        #expect(try numbers(Schedule { $0 * $0 }, [3]) == [9])
        #expect(try numbers(.joined([.constant(1)], at: []), [5]) == [1])
        // The end of a cycle is the start of the next fall one step later.
        let restarts = Schedule.cosineRestarts(from: 1, steps: 10)
        #expect(try numbers(restarts, [0, 10, 30, 70, 150, 310, 10_230]).allSatisfy { $0 == 1 })
    }
}
