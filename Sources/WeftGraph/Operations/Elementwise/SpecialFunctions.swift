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

    static func hurwitzZeta(_ s: Double, _ q: Double) -> Double {
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

    /// A rational first guess (Giles 2010) and three of Newton's steps.
    package static func erfInverse(_ y: Double) -> Double {
        if y.isNaN || Swift.abs(y) > 1 { return .nan }
        if Swift.abs(y) == 1 { return y > 0 ? .infinity : -.infinity }
        if y == 0 { return y }
        let w = -log((1 - y) * (1 + y))
        var x: Double
        if w < 5 {
            let t = w - 2.5
            let c = [
                2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
                -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
            ]
            x = c.dropFirst().reduce(c[0]) { $0 * t + $1 } * y
        } else {
            let t = w.squareRoot() - 3
            let c = [
                -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
            ]
            x = c.dropFirst().reduce(c[0]) { $0 * t + $1 } * y
        }
        for _ in 0..<3 {
            // Near 1 the difference of complements keeps the digits that 1 − erf would lose.
            let miss = y > 0.5 ? (1 - y) - erfc(x) : y < -0.5 ? erfc(-x) - (1 + y) : erf(x) - y
            x -= miss / (1.1283791670955126 * exp(-x * x))
        }
        return x
    }

    /// Quotient toward zero and remainder; the smallest integer by −1 wraps. Nil for a divisor of 0.
    package static func truncatedQuotient(
        _ a: Int64, _ b: Int64, _ dtype: DType
    ) -> (quotient: Int64, remainder: Int64)? {
        if b == 0 { return nil }
        if dtype.isUnsignedInteger {
            let (q, r) = UInt64(bitPattern: a).quotientAndRemainder(dividingBy: UInt64(bitPattern: b))
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
