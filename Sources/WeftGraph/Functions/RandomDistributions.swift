// SPDX-License-Identifier: Apache-2.0

// Draws that are not one function of one number. Some are rejected and drawn anew, in a loop that ends
// when all elements have been accepted; which numbers come out is still a function of seed, stream and
// run alone. No gradient flows to the parameters.

/// Random numbers of gamma distributions with scale 1, one for each concentration.
///
/// Multiply with a scale for others; broadcast the concentrations for several numbers of each. By
/// rejection, after Marsaglia and Tsang 2000: of 20 draws about 19 are accepted at once.
/// - Parameter concentration: Above 0 and finite; of any other the result is NaN.
/// - Shape: that of the concentrations.
public func randomGamma<T: FloatingTensor>(concentration: T, stream: String) -> T {
    concentration.composed("randomGamma") { given in
        try given.requireFloating()
        let (name, wide) = (NameScope.qualified(stream), given.dtype.computing)
        let concentration = stopGradient(given.widened)
        let one = AnyTensor.scalar(1, wide)
        let isValid = (concentration .> 0) .& concentration.isFinite
        let safe = select(isValid, concentration, one)
        // Of a concentration below 1 the one that is greater by 1 is drawn, and made smaller.
        let isSmall = safe .< 1
        let d = select(isSmall, safe + 1, safe) - 1.0 / 3
        let c = rsqrt(d * 9)
        let none = AnyTensor.zeros(like: safe)
        let drawn = AnyTensor.accepted(like: none) {
            let x = AnyTensor.drawnNormal(
                .like(none), mean: 0, standardDeviation: 1, stream: name + "/normal",
                isTruncated: false, wide)
            let u = AnyTensor.openUniform(.like(none), stream: name + "/uniform", wide)
            let root = c * x + 1
            let v = root * root * root
            let isBelow = log(u) .< x * x * 0.5 + d * (1 - v + log(v))
            return (d * v, (v .> 0) .& isBelow)
        }
        let boost = pow(
            AnyTensor.openUniform(.like(none), stream: name + "/boost", wide), 1 / safe)
        return select(isValid, select(isSmall, drawn * boost, drawn), .scalar(.nan, wide))
            .cast(to: given.dtype)
    }
}

/// Random whole numbers of Poisson distributions, one for each rate.
///
/// Computed in `Double`: for rates below 10 by the inverse of the distribution function, for others by
/// rejection (PTRS, Hörmann 1993), which accepts 3 of 4 draws at a rate of 10 and 8 of 9 at great ones.
/// - Parameter rate: The mean, 0 or more and finite; of any other the result is NaN.
/// - Shape: that of the rates; whole numbers of the rates' type.
public func randomPoisson<T: FloatingTensor>(rate: T, stream: String) -> T {
    rate.composed("randomPoisson") { given in
        try given.requireFloating()
        let name = NameScope.qualified(stream)
        let rate = stopGradient(given.cast(to: .float64))
        let isValid = (rate .>= 0) .& rate.isFinite
        let isSmall = rate .< 10
        let small = AnyTensor.poissonByInversion(
            select(isValid .& isSmall, rate, .scalar(0, .float64)), name)
        let large = AnyTensor.poissonByRejection(
            select(isValid .& .!isSmall, rate, .scalar(10, .float64)), .!isValid .| isSmall, name)
        return select(isValid, select(isSmall, small, large), .scalar(.nan, .float64))
            .cast(to: given.dtype)
    }
}

/// The numbers of classes drawn with the probabilities softmax(logits), `count` of each distribution.
///
/// By the inverse of the distribution function in `Double`, which takes less memory than comparing noisy
/// logits. TensorFlow calls it `multinomial`.
/// - Shape: logits [..., classes] → [..., count].
public func randomCategorical<T: FloatingTensor>(
    logits: T, count: Int, stream: String
) -> T.Indices {
    T.Indices(
        logits.anyTensor.composed("randomCategorical") { logits in
            guard count >= 0 else {
                throw RuleViolation(.negative("the count", value: "\(count)"))
            }
            return try logits.drawnClasses(.numbers([count]), NameScope.qualified(stream))
        })
}

/// The numbers of classes drawn with the probabilities softmax(logits), a computed number of each.
///
/// - Parameter count: A scalar.
/// - Shape: logits [..., classes] → [..., count].
public func randomCategorical<T: FloatingTensor>(
    logits: T, count: some IntegerTensor, stream: String
) -> T.Indices {
    let count = count.anyTensor
    return T.Indices(
        logits.anyTensor.composed("randomCategorical", with: [count]) { logits in
            try logits.drawnClasses(count.asNumber("the count"), NameScope.qualified(stream))
        })
}

extension TensorProtocol {
    /// With the sub-tensors along an axis in random order.
    ///
    /// All orders are equally likely up to the chance that two of their random keys, of 32 bits, are the
    /// same. Its gradient is in the order from before.
    public func shuffled(axis: Int = 0, stream: String) -> Self {
        composed("shuffled") { x in
            let axis = try x.resolvedAxis(axis)
            let count = x.size(ofAxis: axis).reshaped(to: [1])
            let keys = AnyTensor.randomBits(.sizes(count), stream: NameScope.qualified(stream))
            return x.gathered(at: keys.argSorted(axis: 0), axis: axis, outOfBounds: .clamped)
        }
    }
}

extension AnyTensor {
    /// Draws until each element has been accepted.
    ///
    /// - Parameters:
    ///   - isDone: Elements that need not be drawn; they stay 0.
    ///   - draw: Values in the shape of `none`, and which of them are accepted.
    fileprivate static func accepted(
        like none: AnyTensor, except isDone: AnyTensor? = nil,
        _ draw: () -> (value: AnyTensor, isAccepted: AnyTensor)
    ) -> AnyTensor {
        // Three quarters of all draws are accepted at the least: so many times nobody meets.
        let most = 1000
        let start = isDone ?? .zeros(like: none, dtype: .bool)
        return whileLoop(
            [none, start], maximumIterations: most,
            condition: { .!($0[1].all()) },
            body: { state in
                let (value, isAccepted) = draw()
                return [select(state[1], state[0], value), state[1] .| isAccepted]
            })[0]
    }

    /// The least k for which the probability of at most k is not less than a uniform number.
    fileprivate static func poissonByInversion(_ rate: AnyTensor, _ name: String) -> AnyTensor {
        let u = openUniform(.like(rate), stream: name + "/inverse", .float64)
        let first = exp(-rate)
        let zero = AnyTensor.zeros(like: rate)
        func isOpen(_ state: [AnyTensor]) -> AnyTensor {
            // Behind numbers that hardly ever occur the sum stays as it is.
            (u .> state[2]) .& (state[1] .> 1e-18)
        }
        return whileLoop(
            [zero, first, first], condition: { isOpen($0).any() },
            body: { state in
                let k = state[0] + 1
                let probability = state[1] * rate / k
                let isOpen = isOpen(state)
                return zip([k, probability, state[2] + probability], state)
                    .map { select(isOpen, $0, $1) }
            })[0]
    }

    fileprivate static func poissonByRejection(
        _ rate: AnyTensor, _ isDone: AnyTensor, _ name: String
    ) -> AnyTensor {
        let b = sqrt(rate) * 2.53 + 0.931
        let a = b * 0.02483 - 0.059
        let logOfInverse = log(1.1328 / (b - 3.4) + 1.1239)
        let likely = 0.9277 - 3.6224 / (b - 2)
        let logRate = log(rate)
        return accepted(like: .zeros(like: rate), except: isDone) {
            let u = openUniform(.like(rate), stream: name + "/place", .float64) - 0.5
            let v = openUniform(.like(rate), stream: name + "/height", .float64)
            let edge = 0.5 - abs(u)
            let k = floor((a * 2 / edge + b) * u + rate + 0.43)
            let isInside = (edge .>= 0.07) .& (v .<= likely)
            let isOutside = (k .< 0) .| ((edge .< 0.013) .& (v .> edge))
            let height = log(v) + logOfInverse - log(a / (edge * edge) + b)
            let isBelow = height .<= k * logRate - rate - lgamma(k + 1)
            return (k, isInside .| (.!isOutside .& isBelow))
        }
    }

    /// - Parameter count: i64[1].
    fileprivate func drawnClasses(_ count: AnyTensor, _ name: String) throws -> AnyTensor {
        try requireFloating()
        let rank = try knownRank()
        guard rank > 0 else {
            throw RuleViolation(.scalarHasNoAxis("scalar logits have no axis of classes"))
        }
        let wide = stopGradient(cast(to: .float64))
        let sums = exp(wide - wide.max(axes: [-1], keepingDimensions: true))
            .cumulativeSum(axis: -1)
        let total = sums.max(axes: [-1], keepingDimensions: true)
        let dims = sizes.anyTensor
        let shape = AnyTensor.concatenated(
            [dims.sliced(axis: 0, 0, rank - 1), count], axis: 0)
        let u = try AnyTensor.uniform(.sizes(shape), stream: name, for: .float64)
        let place = searchSorted(sums, u * total, side: .right)
        return minimum(place, size(ofAxis: -1) - 1)
    }
}
