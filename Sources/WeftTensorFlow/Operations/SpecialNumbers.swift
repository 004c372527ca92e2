// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

/// Special functions of single numbers.
enum SpecialNumbers {
    /// Σ (q + k)^−s over k ≥ 0; ∞ for s of 1, NaN below.
    static func zeta(_ s: Double, _ q: Double) -> Double {
        if s.isNaN || q.isNaN { return .nan }
        if s == 1 { return .infinity }
        if s < 1 { return .nan }
        if q <= 0, q == q.rounded(.down) {
            return s.truncatingRemainder(dividingBy: 2) == 0 ? .infinity : .nan
        }
        return SpecialFunctions.hurwitzZeta(s, q)
    }

    // MARK: Incomplete gamma function

    struct IncompleteGamma {
        /// The probability of a gamma distribution below x.
        var value: Double
        /// The probability above x.
        var complement: Double
        /// The derivative of the value by a.
        var slope: Double

        static let undefined = IncompleteGamma(value: .nan, complement: .nan, slope: .nan)
    }

    /// Above and below the mean by different formulas, which converge there.
    static func incompleteGamma(_ a: Double, _ x: Double) -> IncompleteGamma {
        guard a >= 0, x >= 0, !(a == 0 && x == 0) else { return .undefined }
        if x == 0 { return IncompleteGamma(value: 0, complement: 1, slope: 0) }
        if a == 0 { return IncompleteGamma(value: 1, complement: 0, slope: .nan) }
        if a.isInfinite {
            return x.isInfinite ? .undefined : .init(value: 0, complement: 1, slope: 0)
        }
        if x.isInfinite { return IncompleteGamma(value: 1, complement: 0, slope: 0) }
        return x > 1 && x > a ? byFraction(a, x) : bySeries(a, x)
    }

    private static let mostTerms = 20_000

    /// x^a e^−x / Γ(a + 1) · Σ xⁿ / ((a + 1) … (a + n)).
    private static func bySeries(_ a: Double, _ x: Double) -> IncompleteGamma {
        var (term, sum) = (1.0, 1.0)
        var (termSlope, sumSlope) = (0.0, 0.0)
        for n in 1...mostTerms {
            let divisor = a + Double(n)
            termSlope = (termSlope - term / divisor) * x / divisor
            term *= x / divisor
            sum += term
            sumSlope += termSlope
            if term <= sum * 1e-17, abs(termSlope) <= abs(sumSlope) * 1e-17 { break }
        }
        let logScale = a * Foundation.log(x) - x - SpecialFunctions.lgamma(a + 1)
        let scale = Foundation.exp(logScale)
        let scaleSlope = Foundation.log(x) - SpecialFunctions.digamma(a + 1)
        let value = scale * sum
        return IncompleteGamma(
            value: value, complement: 1 - value, slope: scale * (sumSlope + scaleSlope * sum))
    }

    /// Of the complement, by Legendre's continued fraction, evaluated as Lentz does; each number has its
    /// derivative by a beside it.
    private static func byFraction(_ a: Double, _ x: Double) -> IncompleteGamma {
        var b = Slope(x + 1 - a, -1)
        var c = Slope(1e300, 0)
        var d = Slope(1, 0) / b
        var fraction = d
        for n in 1...mostTerms {
            let i = Double(n)
            let factor = Slope(-i * (i - a), i)
            b = b + Slope(2, 0)
            d = Slope(1, 0) / (factor * d + b)
            c = b + factor / c
            let change = c * d
            fraction = fraction * change
            if abs(change.value - 1) < 1e-16, abs(change.slope) < 1e-16 { break }
        }
        let logScale = a * Foundation.log(x) - x - SpecialFunctions.lgamma(a)
        let value = Foundation.exp(logScale)
        let scale = Slope(
            value, value * (Foundation.log(x) - SpecialFunctions.digamma(a)))
        let complement = scale * fraction
        return IncompleteGamma(
            value: 1 - complement.value, complement: complement.value, slope: -complement.slope)
    }

    /// A number and its derivative.
    private struct Slope {
        var value: Double
        var slope: Double

        init(_ value: Double, _ slope: Double) {
            self.value = value
            self.slope = slope
        }

        static func + (a: Slope, b: Slope) -> Slope { Slope(a.value + b.value, a.slope + b.slope) }
        static func * (a: Slope, b: Slope) -> Slope {
            Slope(a.value * b.value, a.slope * b.value + a.value * b.slope)
        }
        static func / (a: Slope, b: Slope) -> Slope {
            let quotient = a.value / b.value
            return Slope(quotient, (a.slope - quotient * b.slope) / b.value)
        }
    }

    // MARK: Incomplete beta function

    /// The probability of a beta distribution below x.
    static func incompleteBeta(_ a: Double, _ b: Double, _ x: Double) -> Double {
        guard a > 0, b > 0, x >= 0, x <= 1 else { return .nan }
        if x == 0 || x == 1 { return x }
        // The fraction converges fast below the mean.
        if x > (a + 1) / (a + b + 2) { return 1 - incompleteBetaBelow(b, a, 1 - x) }
        return incompleteBetaBelow(a, b, x)
    }

    private static func incompleteBetaBelow(_ a: Double, _ b: Double, _ x: Double) -> Double {
        let lgamma = SpecialFunctions.lgamma
        let scale = Foundation.exp(
            a * Foundation.log(x) + b * Foundation.log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)
        )
        func nonzero(_ number: Double) -> Double { abs(number) < 1e-300 ? 1e-300 : number }
        var c = 1.0
        var d = 1 / nonzero(1 - (a + b) * x / (a + 1))
        var fraction = d
        for n in 1...mostTerms {
            let m = Double(n)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / nonzero(1 + even * d)
            c = nonzero(1 + even / c)
            fraction *= c * d
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / nonzero(1 + odd * d)
            c = nonzero(1 + odd / c)
            fraction *= c * d
            if abs(c * d - 1) < 1e-16 { break }
        }
        return scale * fraction / a
    }

    // MARK: Bessel functions

    /// e^−|x| times the modified Bessel function of the first kind, of order 0 or 1.
    ///
    /// By its integral over the half circle, for which the trapezoidal rule converges as fast as a power
    /// series; for great x by the first terms of the asymptotic one.
    static func scaledBessel(_ order: Int, _ x: Double) -> Double {
        if x.isNaN { return .nan }
        let size = abs(x)
        let sign: Double = order == 1 && x < 0 ? -1 : 1
        if size > 1e4 {
            let mu = Double(4 * order * order)
            let t = 1 / (8 * size)
            let first = (mu - 1) * t
            let second = first * (mu - 9) * t / 2
            let third = second * (mu - 25) * t / 3
            return sign * (1 - first + second - third) / (2 * Double.pi * size).squareRoot()
        }
        let steps = 32 + Int(10 * size.squareRoot())
        var sum = 0.0
        for step in 0...steps {
            let angle = Double.pi * Double(step) / Double(steps)
            let weight = step == 0 || step == steps ? 0.5 : 1
            sum +=
                weight * Foundation.exp(size * (Foundation.cos(angle) - 1))
                * (order == 0 ? 1 : Foundation.cos(angle))
        }
        return sign * sum / Double(steps)
    }
}
