// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Numbers that fall along a cosine; t is the step, counted from 0.
extension Schedule {
    /// `from · ((1 − α) · ½ (1 + cos(π t / steps)) + α)`, and `from · α` after the last step
    /// (Loshchilov and Hutter 2016).
    ///
    /// - Parameters:
    ///   - from: The number at the start.
    ///   - steps: How many steps the fall takes.
    ///   - alpha: The share of the start that is left at the end.
    public static func cosineDecay(from: Double, steps: Int, alpha: Double = 0) -> Schedule {
        let problem =
            finite([("the start", from), ("alpha", alpha)]) ?? positive([("steps", steps)])
        return Schedule("cosineDecay", problem) { t in
            let share = minimum(t / Double(steps), .scalar(1, .float64))
            return (halfCosine(share) * (1 - alpha) + alpha) * from
        }
    }

    /// The cosine's fall, again and again: `from · ((1 − α) · mⁱ · ½ (1 + cos(π f)) + α)`, where i counts the
    /// restarts and f is the share of the current fall that is over (SGDR, Loshchilov and Hutter 2016).
    ///
    /// TensorFlow's `cosine_decay_restarts`; with a scale of 1 PyTorch's `CosineAnnealingWarmRestarts`.
    /// - Parameters:
    ///   - from: The number at the start.
    ///   - steps: How many steps the first fall takes.
    ///   - growth: How many times as long each fall is as the one before; at least 1.
    ///   - scale: m, how many times as high each fall begins.
    ///   - alpha: The share of the start that is left at a fall's end.
    public static func cosineRestarts(
        from: Double, steps: Int, growth: Double = 2, scale: Double = 1, alpha: Double = 0
    ) -> Schedule {
        let problem =
            finite([
                ("the start", from), ("the growth", growth), ("scale", scale), ("alpha", alpha),
            ])
            ?? (growth < 1 ? "the growth must be at least 1, not \(growth)" : nil)
            ?? positive([("steps", steps)])
        return Schedule("cosineRestarts", problem) { t in
            let falls = t / Double(steps)
            let (restarts, share): (AnyTensor, AnyTensor)
            if growth == 1 {
                restarts = floor(falls)
                share = falls - restarts
            } else {
                // The falls before the i-th take (growthⁱ − 1) / (growth − 1) times the first one's steps. The
                // addend is above the error of the logarithms, and below what one step counts.
                let logarithm = log(falls * (growth - 1) + 1) / log(.scalar(growth, .float64))
                restarts = floor(logarithm + 1e-10)
                let length = pow(.scalar(growth, .float64), restarts)
                share = (falls - (length - 1) / (growth - 1)) / length
            }
            let height = pow(.scalar(scale, .float64), restarts)
            return (halfCosine(share) * height * (1 - alpha) + alpha) * from
        }
    }

    /// `from · ((α + 1 − t / steps) · ½ (1 + cos(2π · periods · t / steps)) + β)`
    /// (Bello et al. 2017).
    ///
    /// - Parameters:
    ///   - from: The number at the start.
    ///   - steps: How many steps the fall takes; after them the number stays.
    ///   - periods: How many periods of the cosine.
    public static func linearCosineDecay(
        from: Double, steps: Int, periods: Double = 0.5, alpha: Double = 0, beta: Double = 0.001
    ) -> Schedule {
        linearCosine("linearCosineDecay", from, steps, periods, alpha, beta) { _ in nil }
    }

    /// `linearCosineDecay` with noise on the line: drawn from a normal distribution of the variance
    /// `initialVariance / (1 + t)^varianceDecay` (Bello et al. 2017).
    ///
    /// - Parameters:
    ///   - initialVariance: The variance of the noise at the start; not negative.
    ///   - stream: The name of the random numbers: a session draws the same ones under it from the same seed.
    public static func noisyLinearCosineDecay(
        from: Double, steps: Int, initialVariance: Double = 1, varianceDecay: Double = 0.55,
        periods: Double = 0.5, alpha: Double = 0, beta: Double = 0.001,
        stream: String = "noisyLinearCosineDecay"
    ) -> Schedule {
        let problem =
            finite([("initialVariance", initialVariance), ("varianceDecay", varianceDecay)])
            ?? (initialVariance < 0
                ? "initialVariance must not be negative, as \(initialVariance) is" : nil)
        return linearCosine(
            "noisyLinearCosineDecay", from, steps, periods, alpha, beta, problem
        ) { t in
            let deviation = sqrt(
                initialVariance / pow(t + 1, .scalar(varianceDecay, .float64)))
            return AnyTensor.randomNormal(.float64, shape: [], stream: stream) * deviation
        }
    }

    private static func linearCosine(
        _ operation: String, _ from: Double, _ steps: Int, _ periods: Double, _ alpha: Double,
        _ beta: Double, _ problem: String? = nil,
        noise: @escaping @Sendable (_ step: AnyTensor) -> AnyTensor?
    ) -> Schedule {
        let problem =
            problem
            ?? finite([
                ("the start", from), ("periods", periods), ("alpha", alpha), ("beta", beta),
            ]) ?? positive([("steps", steps)])
        return Schedule(operation, problem) { t in
            let t = minimum(t, .scalar(Double(steps), .float64))
            let share = t / Double(steps)
            let line = 1 - share + alpha
            let height = noise(t).map { line + $0 } ?? line
            return (height * halfCosine(share * (2 * periods)) + beta) * from
        }
    }

    /// ½ (1 + cos(π x)): from 1 at 0 to 0 at 1.
    static func halfCosine(_ x: AnyTensor) -> AnyTensor { (cos(x * Double.pi) + 1) * 0.5 }
}
