// SPDX-License-Identifier: Apache-2.0
import Weft

/// The functions of probability theory and their like.
enum SpecialFunctionOperations {
    static let all: [OperationDefinition] = [
        .unary("Erf") { erf($0) },
        .unary("Erfc") { erfc($0) },
        .unary("Erfinv") { erfInverse($0) },
        .unary("Ndtri") { normalQuantile($0) },
        .unary("Lgamma") { lgamma($0) },
        .unary("Digamma") { digamma($0) },
        .binary("Polygamma") { polygamma($0, $1) },
        .binary("Zeta") { zeta.of([$0, $1]) },
        .binary("Igamma") { incompleteGamma.of([$0, $1]) },
        .binary("Igammac") { complementaryGamma.of([$0, $1]) },
        .binary("IgammaGradA") { incompleteGammaSlope.of([$0, $1]) },
        .binary("RandomGammaGrad") { randomGammaGradient($0, $1) },
        OperationDefinition("Betainc") {
            incompleteBeta.of([try $0.tensor(0), try $0.tensor(1), try $0.tensor(2)])
        },
        .unary("BesselI0e") { scaledBessel0.of([$0]) },
        .unary("BesselI1e") { scaledBessel1.of([$0]) },
        .unary("BesselI0") { scaledBessel0.of([$0]) * exp(abs($0)) },
        .unary("BesselI1") { scaledBessel1.of([$0]) * exp(abs($0)) },
        .binary("NextAfter") { NextNumber.function(for: $0.dtype).of([$0, $1]) },
    ]

    /// The x below which a standard normal number lies with the given probability.
    private static func normalQuantile(_ probability: AnyTensor) -> AnyTensor {
        let p = probability.cast(to: .float64)
        return (erfInverse(p * 2 - 1) * 1.4142135623730951).cast(to: probability.dtype)
    }

    // MARK: Functions of the host

    private static let zeta: NumberFunction = NumberFunction("zeta", 2) {
        SpecialNumbers.zeta($0[0], $0[1])
    } gradient: { inputs, _, g in
        let (s, q) = (inputs[0], inputs[1])
        return [nil, g * -s * zeta.of([s + 1, q])]
    }

    private static let incompleteGamma: NumberFunction = NumberFunction("igamma", 2) {
        SpecialNumbers.incompleteGamma($0[0], $0[1]).value
    } gradient: { inputs, _, g in
        let (a, x) = (inputs[0], inputs[1])
        return [g * incompleteGammaSlope.of([a, x]), g * gammaDensity(a, x)]
    }

    private static let complementaryGamma: NumberFunction = NumberFunction("igammac", 2) {
        SpecialNumbers.incompleteGamma($0[0], $0[1]).complement
    } gradient: { inputs, _, g in
        let (a, x) = (inputs[0], inputs[1])
        return [-g * incompleteGammaSlope.of([a, x]), -g * gammaDensity(a, x)]
    }

    /// The derivative of the incomplete gamma function by its first operand, which has none in turn.
    private static let incompleteGammaSlope: NumberFunction = NumberFunction("igammaGradA", 2) {
        SpecialNumbers.incompleteGamma($0[0], $0[1]).slope
    }

    private static let incompleteBeta: NumberFunction = NumberFunction("betainc", 3) {
        SpecialNumbers.incompleteBeta($0[0], $0[1], $0[2])
    } gradient: { inputs, _, g in
        let (a, b, x) = (inputs[0], inputs[1], inputs[2])
        let logBeta = lgamma(a) + lgamma(b) - lgamma(a + b)
        let density = exp((b - 1) * log(onePlus: -x) + (a - 1) * log(x) - logBeta)
        return [nil, nil, g * density]
    }

    private static let scaledBessel0: NumberFunction = NumberFunction("besselI0e", 1) {
        SpecialNumbers.scaledBessel(0, $0[0])
    } gradient: { inputs, outputs, g in
        [g * (scaledBessel1.of([inputs[0]]) - sign(inputs[0]) * outputs[0])]
    }

    private static let scaledBessel1: NumberFunction = NumberFunction("besselI1e", 1) {
        SpecialNumbers.scaledBessel(1, $0[0])
    } gradient: { inputs, outputs, g in
        // At 0 the quotient is 1/2.
        let x = inputs[0]
        let isZero = x .== 0
        let safe = select(isZero, .scalar(1, like: x), x)
        let slope = scaledBessel0.of([x]) - outputs[0] * (sign(x) + reciprocal(safe))
        return [g * select(isZero, .scalar(0.5, like: x), slope)]
    }

    /// The density of the gamma distribution.
    private static func gammaDensity(_ a: AnyTensor, _ x: AnyTensor) -> AnyTensor {
        exp((a - 1) * log(x) - x - lgamma(a))
    }

    /// How a draw from a gamma distribution follows its concentration, its place in the distribution kept.
    static func randomGammaGradient(_ a: AnyTensor, _ sample: AnyTensor) -> AnyTensor {
        -incompleteGammaSlope.of([a, sample]) / gammaDensity(a, sample)
    }
}

/// A function of numbers, element by element, which the host computes in `Double`.
struct NumberFunction: Sendable {
    typealias Gradient =
        @Sendable (
            _ inputs: [AnyTensor], _ outputs: [AnyTensor], _ gradient: AnyTensor
        ) -> [AnyTensor?]

    private let host: HostFunction

    init(
        _ name: String, _ operandCount: Int,
        _ body: @escaping @Sendable ([Double]) -> Double, gradient: Gradient? = nil
    ) {
        host = HostFunction(
            name, results: [.like(0)],
            gradient: gradient.map { gradient in
                .graph { gradient($0, $1, $2[0]) }
            }
        ) { arrays in
            let operands: [[Double]] = try arrays.map { try $0.scalars() }
            let count = operands[0].count
            let results = (0..<count).map { place in body(operands.map { $0[place] }) }
            return [try NDArray(results, shape: arrays[0].shape)]
        }
    }

    /// The function of tensors of one type of floating-point numbers, which are broadcast.
    func of(_ operands: [AnyTensor]) -> AnyTensor {
        .composed(host.name, operands) {
            try AnyTensor.requireSameDType(operands)
            for operand in operands { try operand.requireFloating() }
            let wide = AnyTensor.broadcastTogether(operands.map { $0.cast(to: .float64) })
            return hostCall(host, wide)[0].cast(to: operands[0].dtype)
        }
    }
}

extension AnyTensor {
    /// Tensors broadcast to one shape.
    static func broadcastTogether(_ tensors: [AnyTensor]) -> [AnyTensor] {
        guard let first = tensors.first else { return [] }
        if tensors.allSatisfy({ $0.shape == first.shape && $0.shape.isFullyKnown }) {
            return tensors
        }
        let all = tensors.map { zeros(like: $0, dtype: .bool) }
        let like = all.dropFirst().reduce(all[0]) { logicalOr($0, $1) }
        return tensors.map { $0.broadcasted(like: like) }
    }
}

/// The next number of a type in the direction of another one.
enum NextNumber {
    struct Function {
        let host: HostFunction

        func of(_ operands: [AnyTensor]) -> AnyTensor {
            .composed(host.name, operands) {
                try AnyTensor.requireSameDType(operands)
                for operand in operands where ![.float32, .float64].contains(operand.dtype) {
                    throw RuleViolation(
                        .wrongElementType(.operand, operand.dtype, wanted: [.float32, .float64]))
                }
                return hostCall(host, AnyTensor.broadcastTogether(operands))[0]
            }
        }
    }

    static func function(for dtype: DType) -> Function { dtype == .float32 ? single : double }

    private static let single = Function(host: host(Float.self))
    private static let double = Function(host: host(Double.self))

    private static func host<T: TensorScalar & BinaryFloatingPoint & NDArrayElement>(
        _ type: T.Type
    ) -> HostFunction {
        HostFunction("nextAfter", results: [.like(0)]) { arrays in
            let (from, to): ([T], [T]) = (try arrays[0].scalars(), try arrays[1].scalars())
            let next = zip(from, to).map { from, to -> T in
                if from.isNaN || to.isNaN { return .nan }
                return from == to ? to : from < to ? from.nextUp : from.nextDown
            }
            return [try NDArray(next, shape: arrays[0].shape)]
        }
    }
}
