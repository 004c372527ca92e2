// SPDX-License-Identifier: Apache-2.0
import Weft

/// Random numbers that are others in each run. They follow from the session's seed and the node's name, and
/// not from the node's own seeds.
enum RandomOperations {
    static let all: [OperationDefinition] = numbers + distributions + choices

    private static let numbers: [OperationDefinition] = [
        OperationDefinition("RandomUniform") { call in
            .randomUniform(
                try call.dtype("dtype"), shape: try call.tensor(0), stream: call.stream)
        },
        OperationDefinition("RandomStandardNormal") { call in
            .randomNormal(try call.dtype("dtype"), shape: try call.tensor(0), stream: call.stream)
        },
        OperationDefinition("TruncatedNormal") { call in
            .randomTruncatedNormal(
                try call.dtype("dtype"), shape: try call.tensor(0), stream: call.stream)
        },
        OperationDefinition("RandomUniformInt") { call in
            let sizes = try call.tensor(0)
            let bits = [0, 32].map { shift in
                AnyTensor.randomBits(.sizes(sizes), stream: "\(call.stream)/\(shift)")
                    .cast(to: .uint64) << .scalar(Double(shift), .uint64)
            }
            return inRange(bits[0] | bits[1], try call.tensor(1), try call.tensor(2))
        },
    ]

    /// Whole numbers from `low` on below `high`, from 64 random bits each.
    static func inRange(_ bits: AnyTensor, _ low: AnyTensor, _ high: AnyTensor) -> AnyTensor {
        .composed("inRange", [bits, low, high]) {
            let start = check(
                low, that: low .< high, "a range of random integers must not be empty")
            let count = high.cast(to: .uint64) - start.cast(to: .uint64)
            return (bits % count).cast(to: low.dtype) + start
        }
    }

    // MARK: Distributions

    private static let distributions: [OperationDefinition] = [
        OperationDefinition("RandomGamma") { call in
            gamma(try spread(call, try call.tensor(1)), stream: call.stream)
        },
        OperationDefinition("RandomPoisson") { call in
            randomPoisson(rate: try spread(call, try call.tensor(1)), stream: call.stream)
        },
        OperationDefinition(
            "RandomPoissonV2", defaults: ["R": .type(.float64), "dtype": .type(.int64)]
        ) { call in
            let rate = try spread(call, try call.tensor(1)).cast(to: .float64)
            return randomPoisson(rate: rate, stream: call.stream).cast(to: try call.dtype("dtype"))
        },
        OperationDefinition("ParameterizedTruncatedNormal") { call in
            let parameters = try call.tensors(from: 1)
            guard parameters.count == 4 else {
                throw call.error(
                    .malformed, "there are \(parameters.count) parameters instead of 4")
            }
            let sizes = try call.tensor(0)
            let u = AnyTensor.openUniform(.sizes(sizes), stream: call.stream, .float64)
            return truncatedNormal(u, parameters)
        },
    ]

    /// Parameters, each as often as the sizes of the first input say, in front of their own axes.
    private static func spread(_ call: NodeCall, _ parameters: AnyTensor) throws -> AnyTensor {
        let sizes = try call.tensor(0).cast(to: .int64)
        return parameters.broadcasted(to: concatenated([sizes, parameters.sizes.cast(to: .int64)]))
    }

    /// Draws whose gradient keeps their places in the distributions.
    private static func gamma(_ concentration: AnyTensor, stream: String) -> AnyTensor {
        withCustomGradient([concentration]) { inputs in
            [randomGamma(concentration: inputs[0], stream: stream)]
        } gradient: { inputs, outputs, gradients in
            let slope = SpecialFunctionOperations.randomGammaGradient(inputs[0], outputs[0])
            return [gradients[0] * slope]
        }[0]
    }

    /// Normal numbers between bounds, by the inverse of the distribution function, from uniform ones.
    ///
    /// - Parameter parameters: Means, standard deviations, least and greatest numbers: scalars, or one for
    ///   each index of the first axis.
    static func truncatedNormal(_ u: AnyTensor, _ parameters: [AnyTensor]) -> AnyTensor {
        .composed("truncatedNormal", [u] + parameters) {
            let rank = try u.knownRank()
            let wide = parameters.map { parameter -> AnyTensor in
                let numbers = parameter.cast(to: .float64)
                return parameter.shape.rank == 1 && parameter.shape[0] != 1 && rank > 1
                    ? numbers.expandingDimensions(at: Array(1..<rank)) : numbers
            }
            let (mean, deviation) = (wide[0], wide[1])
            let bounds = wide[2...].map { ($0 - mean) / deviation }
            // Above the mean there are fewer digits: what lies there is drawn below, and mirrored.
            let isMirrored = bounds[0] .> 0
            let low = select(isMirrored, -bounds[1], bounds[0])
            let high = select(isMirrored, -bounds[0], bounds[1])
            func probability(_ x: AnyTensor) -> AnyTensor { erfc(x * -0.7071067811865476) * 0.5 }
            let (from, to) = (probability(low), probability(high))
            let p = from + u * (to - from)
            let standard = erfInverse(p * 2 - 1) * 1.4142135623730951
            let inside = maximum(minimum(standard, high), low)
            let number = mean + deviation * select(isMirrored, -inside, inside)
            return number.cast(to: parameters[0].dtype)
        }
    }

    // MARK: Choices

    private static let choices: [OperationDefinition] = [
        OperationDefinition("Multinomial", defaults: ["output_dtype": .type(.int64)]) { call in
            randomCategorical(
                logits: try call.tensor(0), count: try call.tensor(1), stream: call.stream
            ).cast(to: try call.dtype("output_dtype"))
        },
        OperationDefinition("RandomShuffle") { call in
            let x = try call.tensor(0)
            return x.shape.rank == 0 ? x : x.shuffled(axis: 0, stream: call.stream)
        },
    ]
}

extension NodeCall {
    /// The name of the node's random numbers. Each call of a function has its own.
    var stream: String {
        let label = GraphBody.label(node.name, in: scope.body.function)
        guard scope.body.function != nil else { return label }
        return scope.source.draw(label)
    }
}
