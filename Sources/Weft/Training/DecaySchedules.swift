// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Numbers that fall by powers, quotients and stages; t is the step, counted from 0. TensorFlow 1's
/// functions of these names (`tf.train.exponential_decay` and so on) give the same.
extension Schedule {
    /// `from · rate^(t / steps)`.
    ///
    /// With stairs t / steps is rounded down: PyTorch's `StepLR`.
    /// - Parameters:
    ///   - from: The number at the start.
    ///   - rate: What the number is multiplied by.
    ///   - steps: How many steps that takes.
    ///   - isStaircase: Whether it falls only once in so many steps.
    public static func exponentialDecay(
        from: Double, rate: Double, steps: Int, isStaircase: Bool = false
    ) -> Schedule {
        let problem =
            finite([("the start", from), ("the rate", rate)]) ?? positive([("steps", steps)])
        return Schedule("exponentialDecay", problem) { t in
            pow(.scalar(rate, .float64), share(t, steps, isStaircase)) * from
        }
    }

    /// `from · e^(−rate · t / steps)`.
    ///
    /// - Parameter isStaircase: Whether t / steps is rounded down.
    public static func naturalExponentialDecay(
        from: Double, rate: Double, steps: Int, isStaircase: Bool = false
    ) -> Schedule {
        let problem =
            finite([("the start", from), ("the rate", rate)]) ?? positive([("steps", steps)])
        return Schedule("naturalExponentialDecay", problem) { t in
            exp(share(t, steps, isStaircase) * -rate) * from
        }
    }

    /// `from / (1 + rate · t / steps)`.
    ///
    /// - Parameter isStaircase: Whether t / steps is rounded down.
    public static func inverseTimeDecay(
        from: Double, rate: Double, steps: Int, isStaircase: Bool = false
    ) -> Schedule {
        let problem =
            finite([("the start", from), ("the rate", rate)]) ?? positive([("steps", steps)])
        return Schedule("inverseTimeDecay", problem) { t in
            from / (share(t, steps, isStaircase) * rate + 1)
        }
    }

    private static func share(_ t: AnyTensor, _ steps: Int, _ isStaircase: Bool) -> AnyTensor {
        let share = t / Double(steps)
        return isStaircase ? floor(share) : share
    }

    /// `(from − to) · (1 − t / steps)^power + to`, and `to` after the last step.
    ///
    /// With cycles, once the end is reached `steps` becomes the next multiple of itself that is not below t: the
    /// number rises again. A power of 1 is a straight line: Optax's `linear_schedule`.
    /// - Parameters:
    ///   - from: The number at the start; below `to` it is a rise.
    ///   - to: The number at the end.
    ///   - steps: How many steps lie between.
    public static func polynomialDecay(
        from: Double, to: Double = 0.0001, steps: Int, power: Double = 1, cycles: Bool = false
    ) -> Schedule {
        let problem =
            finite([("the start", from), ("the end", to), ("the power", power)])
            ?? positive([("steps", steps)])
        return Schedule("polynomialDecay", problem) { t in
            let length = AnyTensor.scalar(Double(steps), .float64)
            let share =
                cycles
                ? t / (length * maximum(ceil(t / length), .scalar(1, .float64)))
                : minimum(t, length) / length
            return pow(1 - share, .scalar(power, .float64)) * (from - to) + to
        }
    }

    /// `values[i]`, where i is how many of the boundaries lie below t: at a boundary itself the number is still
    /// the one before, as TensorFlow has it.
    ///
    /// - Parameter values: One more than there are boundaries.
    public static func piecewiseConstant(boundaries: [Int], values: [Double]) -> Schedule {
        let problem =
            values.count != boundaries.count + 1
            ? "\(boundaries.count) boundaries need \(boundaries.count + 1) values, not "
                + "\(values.count)"
            : ascending(boundaries) ?? finite(values.map { ("a value", $0) })
        return Schedule("piecewiseConstant", problem) { t in
            zip(values.dropFirst(), boundaries).reduce(.scalar(values[0], .float64)) {
                select(t .> .scalar(Double($1.1), .float64), .scalar($1.0, .float64), $0)
            }
        }
    }

    /// `factor · d^(−½) · min(n^(−½), n · w^(−1.5))` with n = t + 1: a rise along a line for w steps, then a fall
    /// with the root of the step (Vaswani et al. 2017, 5.3).
    ///
    /// - Parameters:
    ///   - modelSize: d, the width of the model.
    ///   - warmUpSteps: w.
    ///   - factor: What all is multiplied by.
    public static func noam(modelSize: Int, warmUpSteps: Int, factor: Double = 1) -> Schedule {
        let problem =
            positive([("modelSize", modelSize), ("warmUpSteps", warmUpSteps)])
            ?? finite([("the factor", factor)])
        return Schedule("noam", problem) { t in
            let n = t + 1
            let width = Double(modelSize).squareRoot()
            let w = Double(warmUpSteps)
            return minimum(rsqrt(n), n / (w * w.squareRoot())) * (factor / width)
        }
    }
}
