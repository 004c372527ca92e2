// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Optimizers against the numbers that TensorFlow gave (Tests/Goldens/tf_optimizers.json).
@Suite struct OptimizerGoldenTests {
    private let golden: Golden
    init() throws { golden = try Golden("tf_optimizers.json") }

    /// Weft's optimizer for a recorded case; nil when it has none of that kind.
    private static func optimizer(_ item: [String: Any]) throws -> (any Optimizer)? {
        let arguments = try Golden.dictionary(item["arguments"])
        func argument(_ name: String, _ standard: Double) -> Double {
            arguments[name] as? Double ?? standard
        }
        let rate = LearningRate(argument("learning_rate", 0.001))
        switch item["optimizer"] as? String {
        case "AdamOptimizer":
            return Adam(
                learningRate: rate, beta1: argument("beta1", 0.9), beta2: argument("beta2", 0.999),
                epsilon: argument("epsilon", 1e-8), epsilonPlacement: .beforeBiasCorrection)
        case "GradientDescentOptimizer": return GradientDescent(learningRate: rate)
        case "MomentumOptimizer":
            return Momentum(
                learningRate: rate, momentum: argument("momentum", 0.9),
                usesNesterov: arguments["use_nesterov"] as? Bool ?? false)
        case "RMSPropOptimizer":
            return RMSProp(
                learningRate: rate, decay: argument("decay", 0.9),
                momentum: argument("momentum", 0), epsilon: argument("epsilon", 1e-10),
                isCentered: arguments["centered"] as? Bool ?? false)
        case "AdagradOptimizer":
            return Adagrad(
                learningRate: rate, initialAccumulator: argument("initial_accumulator_value", 0.1))
        default: return nil
        }
    }

    /// The greatest distance in units of the last place.
    private func distance(_ a: NDArray, _ b: NDArray) throws -> Int {
        #expect(a.shape == b.shape)
        return try zip(a.scalars(as: Float.self), b.scalars(as: Float.self)).map { x, y in
            x == y
                ? 0
                : abs(Int(Int32(bitPattern: x.bitPattern)) - Int(Int32(bitPattern: y.bitPattern)))
        }.max() ?? 0
    }

    /// Expects the recorded slots, under TensorFlow's names, which have no scope for Adam's powers.
    private func expectSlots(
        _ recorded: Any?, of optimizer: any Optimizer, _ session: Session, within limit: Int,
        _ what: String
    ) throws {
        let wanted = try Golden.dictionary(recorded)
        var found: [String: NDArray] = [:]
        for variable in optimizer.variables {
            let name = variable.name
            let isPower = name.hasSuffix("_power")
            found[isPower ? String(name.dropFirst(optimizer.name.count + 1)) : name] =
                try session.value(of: variable)
        }
        #expect(Set(found.keys) == Set(wanted.keys), "\(what)")
        for (name, value) in found {
            let off = try distance(value, Golden.requiredArray(wanted[name]))
            #expect(off <= limit, "\(what): \(name) is \(off) units off")
        }
    }

    @Test("optimizers take TensorFlow's steps", arguments: TestedEngine.allCases)
    func steps(_ engine: TestedEngine) throws {
        let start = try Golden.requiredArray(golden.root["w at the start"])
        let curvature = Tensor<Float>(try Golden.requiredArray(golden.root["curvature"]))
        let centre = Tensor<Float>(try Golden.requiredArray(golden.root["centre"]))
        var count = 0
        for item in try golden.list("cases") {
            guard let optimizer = try Self.optimizer(item) else { continue }
            count += 1
            let name = "\(item["optimizer"] ?? "") \(item["arguments"] ?? "")"
            let w = Variable<Float>("w", shape: start.shape, initializer: .value(start))
            let difference = w.value - centre
            let loss = 0.5 * (curvature * difference * difference).sum()
            let train = try optimizer.minimize(loss)
            let session = engine.session()
            // Adam's arithmetic is TensorFlow's operation by operation; the others' is not.
            let limit = item["optimizer"] as? String == "AdamOptimizer" ? 0 : 2
            try expectSlots(
                item["slots at the start"], of: optimizer, session, within: 0, "\(name), start")
            let wantedLosses = try Golden.requiredArray(item["loss before each step"])
            var (losses, values): ([Float], [Float]) = ([], [])
            for _ in 0..<wantedLosses.count {
                losses.append(try session.run([loss, train])[0].scalar())
                values += try session.value(of: w).scalars()
            }
            let wanted = try Golden.requiredArray(item["w after each step"])
            let off = try distance(NDArray(values, shape: wanted.shape), wanted)
            #expect(off <= limit, "\(name): \(off) units off: \(values), must be \(wanted)")
            // A sum, whose order is the engine's.
            #expect(try distance(NDArray(losses), wantedLosses) <= 4, "\(name)")
            try expectSlots(
                item["slots at the end"], of: optimizer, session, within: 2 * limit,
                "\(name), end")
        }
        #expect(count == 9)
    }

    @Test("Adam takes TensorFlow's steps on the note's graph", arguments: TestedEngine.allCases)
    func note(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("note, Adam")
        let wanted = try Golden.requiredArray(recorded["w after each step"])
        let w = Variable<Float>("aa", shape: [1, 2], initializer: .constant(2))
        let rate = LearningRate(try #require(recorded["learning_rate"] as? Double))
        let step = try Adam(learningRate: rate, epsilonPlacement: .beforeBiasCorrection)
            .minimize(matmul(w.value, Tensor<Float>([[2, 3], [4, 5]])))
        let session = engine.session()
        for i in 0..<wanted.shape[0] {
            _ = try session.run(step)
            #expect(try session.value(of: w).doubles == wanted[i].doubles, "step \(i + 1)")
        }
    }

    @Test(
        "embeddings with repeated rows take TensorFlow's steps", arguments: TestedEngine.allCases)
    func sparse(_ engine: TestedEngine) throws {
        let cases = try golden.list("sparse")
        #expect(cases.count == 5)
        for item in cases {
            let optimizer = try #require(try Self.optimizer(item))
            let name = "\(item["optimizer"] ?? ""), \(item["indices of each step"] ?? "")"
            let table = Variable<Float>("e", shape: [3, 2], initializer: .ones)
            let indices = Tensor<Int32>.placeholder(shape: [3])
            let rows = embeddingLookup(table.value, at: indices)
            let step = try optimizer.minimize((rows * rows).sum())
            let session = engine.session()
            let wanted = try Golden.requiredArray(item["table after each step"])
            // TensorFlow's momentum leaves the rows alone that a step does not look up: they stand
            // still although their slots are not zero. Weft has one rule for all rows; the first
            // step is the same.
            let isLazy = item["optimizer"] as? String == "MomentumOptimizer"
            let steps = try #require(item["indices of each step"] as? [[Int]])
            for (i, looked) in steps.prefix(isLazy ? 1 : steps.count).enumerated() {
                _ = try session.run(
                    step, feeding: [indices: NDArray(looked.map { Int32($0) })])
                let off = try distance(session.value(of: table), wanted[i])
                #expect(off <= 2, "\(name), step \(i + 1): \(off) units off")
            }
            if !isLazy {
                try expectSlots(
                    item["slots at the end"], of: optimizer, session, within: 4, name)
            }
        }
    }
}
