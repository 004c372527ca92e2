// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftGraph

/// Optimizers against the numbers that TensorFlow gave (Tests/Goldens/tf_optimizers.json).
@Suite struct OptimizerGoldenTests {
    private struct Golden: Decodable {
        struct Values: Decodable {
            let shape: [Int]
            let bits: String

            var floats: [Float] {
                bits.split(separator: " ").compactMap { UInt32($0, radix: 16) }
                    .map { Float(bitPattern: $0) }
            }
        }
        struct Case: Decodable {
            enum CodingKeys: String, CodingKey {
                case optimizer, arguments
                case losses = "loss before each step"
                case steps = "w after each step"
                case slots = "slots at the end"
            }
            struct Argument: Decodable {
                let number: Double
                init(from decoder: any Decoder) throws {
                    let container = try decoder.singleValueContainer()
                    if let flag = try? container.decode(Bool.self) {
                        number = flag ? 1 : 0
                    } else {
                        number = try container.decode(Double.self)
                    }
                }
            }
            let optimizer: String
            let arguments: [String: Argument]
            let losses: Values
            let steps: Values
            let slots: [String: Values]
        }
        enum CodingKeys: String, CodingKey {
            case curvature, centre, cases
            case start = "w at the start"
        }
        let curvature, centre, start: Values
        let cases: [Case]
    }

    private static func load() throws -> Golden {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = folder.appendingPathComponent("Goldens/tf_optimizers.json")
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    }

    private static func optimizer(_ item: Golden.Case) -> (any Optimizer)? {
        func argument(_ name: String, _ standard: Double) -> Double {
            item.arguments[name]?.number ?? standard
        }
        let rate = LearningRate(argument("learning_rate", 0.001))
        switch item.optimizer {
        case "AdamOptimizer":
            return Adam(
                learningRate: rate, beta1: argument("beta1", 0.9), beta2: argument("beta2", 0.999),
                epsilon: argument("epsilon", 1e-8), epsilonPlacement: .beforeBiasCorrection)
        case "GradientDescentOptimizer": return GradientDescent(learningRate: rate)
        case "MomentumOptimizer":
            return Momentum(
                learningRate: rate, momentum: argument("momentum", 0.9),
                usesNesterov: argument("use_nesterov", 0) == 1)
        case "RMSPropOptimizer":
            return RMSProp(
                learningRate: rate, decay: argument("decay", 0.9),
                momentum: argument("momentum", 0), epsilon: argument("epsilon", 1e-10),
                isCentered: argument("centered", 0) == 1)
        case "AdagradOptimizer":
            return Adagrad(
                learningRate: rate, initialAccumulator: argument("initial_accumulator_value", 0.1))
        default: return nil
        }
    }

    /// The greatest distance in units of the last place.
    private static func distance(_ a: [Float], _ b: [Float]) -> Int {
        guard a.count == b.count else { return .max }
        return zip(a, b).map { x, y in
            x == y
                ? 0
                : abs(Int(Int32(bitPattern: x.bitPattern)) - Int(Int32(bitPattern: y.bitPattern)))
        }.max() ?? 0
    }

    @Test("optimizers take TensorFlow's steps", arguments: TestedEngine.allCases)
    func steps(_ engine: TestedEngine) throws {
        let golden = try Self.load()
        var count = 0
        for item in golden.cases {
            guard let optimizer = Self.optimizer(item) else { continue }
            count += 1
            let start = NDArray(golden.start.floats)
            let w = Variable<Float>("w", shape: start.shape, initializer: .value(start))
            let curvature = Tensor<Float>(AnyTensor(NDArray(golden.curvature.floats)))
            let centre = Tensor<Float>(AnyTensor(NDArray(golden.centre.floats)))
            let difference = w.value - centre
            let loss = 0.5 * (curvature * difference * difference).sum()
            let train = try optimizer.minimize(loss)
            let session = engine.session()
            var (losses, values): ([Float], [Float]) = ([], [])
            for _ in 0..<item.losses.floats.count {
                losses.append(try session.run([loss, train])[0].scalar())
                values += try session.value(of: w).scalars()
            }
            let name = "\(item.optimizer) \(item.arguments.mapValues(\.number))"
            let off = Self.distance(values, item.steps.floats)
            #expect(off <= 2, "\(name): \(values) for \(item.steps.floats)")
            #expect(Self.distance(losses, item.losses.floats) <= 4, "\(name)")
            if item.optimizer == "AdamOptimizer" { #expect(off == 0, "\(name)") }
        }
        #expect(count >= 8)
    }
}
