// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Definitions that the C library does not have, in `Double`, and integer arithmetic that never traps.
package enum SpecialFunctions {
    package static func sigmoid(_ x: Double) -> Double {
        x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
    }

    package static func lgamma(_ x: Double) -> Double {
        var sign: Int32 = 0
        return lgamma_r(x, &sign)
    }

    /// By recurrence to 10 and the asymptotic series (Abramowitz and Stegun 6.3.18); reflection below 0.
    package static func digamma(_ x: Double) -> Double {
        if x.isNaN || x == -.infinity { return .nan }
        if x == .infinity { return .infinity }
        if x == 0 { return x.sign == .minus ? .infinity : -.infinity }
        if x < 0 {
            if x == x.rounded(.down) { return .nan }
            return digamma(1 - x) - .pi / tan(.pi * x)
        }
        var x = x
        var sum = 0.0
        while x < 10 {
            sum -= 1 / x
            x += 1
        }
        let s = 1 / (x * x)
        let tail =
            s
            * (1.0 / 12
                - s
                * (1.0 / 120
                    - s * (1.0 / 252 - s * (1.0 / 240 - s * (1.0 / 132 - s * 691.0 / 32760)))))
        return sum + log(x) - 0.5 / x - tail
    }

    /// (−1)^(n+1) n! zeta(n + 1, x), with Euler and Maclaurin's formula for the zeta function.
    package static func polygamma(_ n: Double, _ x: Double) -> Double {
        if n == 0 { return digamma(x) }
        if n < 0 || n != n.rounded() || x.isNaN { return .nan }
        let sign: Double = n.truncatingRemainder(dividingBy: 2) == 0 ? -1 : 1
        return sign * exp(lgamma(n + 1)) * hurwitzZeta(n + 1, x)
    }

    /// Σ (q + k)^−s over k ≥ 0, for s above 1.
    package static func hurwitzZeta(_ s: Double, _ q: Double) -> Double {
        if q <= 0 {
            if q == q.rounded(.down) { return .infinity }
            if s != s.rounded() { return .nan }
            // The terms at negative numbers are those of two zeta functions of positive ones;
            // adding them one by one would take as many steps as −q is large.
            let fraction = q - q.rounded(.down)
            let sign: Double = s.truncatingRemainder(dividingBy: 2) == 0 ? 1 : -1
            let negative = hurwitzZeta(s, 1 - fraction) - hurwitzZeta(s, 1 - q)
            return hurwitzZeta(s, fraction) + sign * negative
        }
        var sum = 0.0
        var a = q
        let terms = 12
        for _ in 0..<terms {
            sum += pow(a, -s)
            a += 1
        }
        sum += pow(a, 1 - s) / (s - 1) + 0.5 * pow(a, -s)
        // The even Bernoulli numbers over the factorials of their index.
        let bernoulli = [
            1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1_209_600, 1.0 / 47_900_160,
            -691.0 / 1_307_674_368_000, 1.0 / 74_724_249_600,
        ]
        var factor = s
        var power = pow(a, -s - 1)
        for (k, b) in bernoulli.enumerated() {
            sum += b * factor * power
            let j = Double(2 * k)
            factor *= (s + j + 1) * (s + j + 2)
            power /= a * a
        }
        return sum
    }

    /// Wichura's AS 241 for the quantile of the normal distribution, and one step of Halley's method.
    package static func erfInverse(_ y: Double) -> Double {
        if y.isNaN || Swift.abs(y) > 1 { return .nan }
        if Swift.abs(y) == 1 { return y > 0 ? .infinity : -.infinity }
        let magnitude = Swift.abs(y)
        if magnitude < 1e-8 { return y * 0.886226925452758 }
        var x: Double
        if magnitude <= 0.85 {
            let t = 0.180625 - 0.25 * magnitude * magnitude
            x = 0.5 * magnitude * rational(t, NormalQuantile.central)
        } else {
            let t = (-log(0.5 * (1 - magnitude))).squareRoot()
            x =
                t <= 5
                ? rational(t - 1.6, NormalQuantile.middle) : rational(t - 5, NormalQuantile.tail)
        }
        x *= 0.7071067811865476
        // Near 1 the difference of complements keeps the digits that 1 − erf would lose.
        let miss = magnitude < 0.5 ? erf(x) - magnitude : (1 - magnitude) - erfc(x)
        let step = miss / (1.1283791670955126 * exp(-x * x))
        x -= step / (1 + x * step)
        return y < 0 ? -x : x
    }

    /// The quotient of two polynomials, highest powers last.
    private static func rational(_ t: Double, _ c: (above: [Double], below: [Double])) -> Double {
        func value(_ polynomial: [Double]) -> Double {
            // An array that is reversed first would take most of the time of a drawn number.
            var result = 0.0
            var power = polynomial.count
            while power > 0 {
                power -= 1
                result = result * t + polynomial[power]
            }
            return result
        }
        return value(c.above) / value(c.below)
    }

    /// Quotient toward zero and remainder; the smallest integer by −1 wraps. Nil for a divisor of 0.
    package static func truncatedQuotient(
        _ a: Int64, _ b: Int64, _ dtype: DType
    ) -> (quotient: Int64, remainder: Int64)? {
        if b == 0 { return nil }
        if dtype.isUnsignedInteger {
            let (q, r) = UInt64(bitPattern: a).quotientAndRemainder(
                dividingBy: UInt64(bitPattern: b))
            return (Int64(bitPattern: q), Int64(bitPattern: r))
        }
        if b == -1 { return (0 &- a, 0) }
        return (a / b, a % b)
    }

    package static func isLess(_ a: Int64, _ b: Int64, _ dtype: DType) -> Bool {
        dtype.isUnsignedInteger ? UInt64(bitPattern: a) < UInt64(bitPattern: b) : a < b
    }

    /// By repeated squaring, wrapping. A negative exponent gives the power's truncation: 0 but for ±1.
    package static func integerPower(_ base: Int64, _ exponent: Int64, _ dtype: DType) -> Int64 {
        if !dtype.isUnsignedInteger, exponent < 0 {
            return base == 1 ? 1 : base == -1 ? (exponent & 1 == 0 ? 1 : -1) : 0
        }
        var result: Int64 = 1
        var square = base
        var rest = UInt64(bitPattern: exponent)
        while rest > 0 {
            if rest & 1 == 1 { result = result &* square }
            square = square &* square
            rest >>= 1
        }
        return result
    }
}

/// The coefficients of AS 241 (Wichura 1988), by how far the quantile is from the middle.
private enum NormalQuantile {
    static let central: (above: [Double], below: [Double]) = (
        [
            3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
            1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
            3.3430575583588128105e+4, 2.5090809287301226727e+3,
        ],
        [
            1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
            2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
            5.2264952788528545610e+3,
        ]
    )
    static let middle: (above: [Double], below: [Double]) = (
        [
            1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
            3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
            2.27238449892691845833e-2, 7.74545014278341407640e-4,
        ],
        [
            1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
            1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
            1.05075007164441684324e-9,
        ]
    )
    static let tail: (above: [Double], below: [Double]) = (
        [
            6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
            2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
            2.71155556874348757815e-5, 2.01033439929228813265e-7,
        ],
        [
            1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
            1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
            1.42151175831644588870e-7, 2.04426310338993978564e-15,
        ]
    )
}
