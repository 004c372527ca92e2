// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The Fourier transform of one line in `Double`: what it means for short lines, and for long ones in
/// n · log n steps.
enum ReferenceFourier {
    struct Number {
        var real = 0.0
        var imaginary = 0.0

        static func + (a: Number, b: Number) -> Number {
            Number(real: a.real + b.real, imaginary: a.imaginary + b.imaginary)
        }
        static func - (a: Number, b: Number) -> Number {
            Number(real: a.real - b.real, imaginary: a.imaginary - b.imaginary)
        }
        static func * (a: Number, b: Number) -> Number {
            Number(
                real: a.real * b.real - a.imaginary * b.imaginary,
                imaginary: a.real * b.imaginary + a.imaginary * b.real)
        }
        var conjugate: Number { Number(real: real, imaginary: -imaginary) }
    }

    /// Lines up to here are summed as the definition says.
    private static let shortest = 64

    /// yⱼ = Σₖ xₖ · exp(∓2πi·jk / n).
    static func transform(_ x: [Number], isForward: Bool) -> [Number] {
        let n = x.count
        if n > shortest, n & (n - 1) == 0 { return powerOfTwo(x, isForward) }
        if n > shortest { return chirped(x, isForward) }
        let roots = roots(n, isForward)
        return (0..<n).map { j in
            var sum = Number()
            for k in 0..<n { sum = sum + x[k] * roots[j * k % n] }
            return sum
        }
    }

    /// exp(∓2πi·k / n) for all k.
    private static func roots(_ n: Int, _ isForward: Bool) -> [Number] {
        (0..<n).map { k in
            let angle = 2 * Double.pi * Double(k) / Double(n)
            return Number(real: cos(angle), imaginary: isForward ? -sin(angle) : sin(angle))
        }
    }

    /// Halves, quarters and so on are transformed and put together (Cooley and Tukey 1965).
    private static func powerOfTwo(_ x: [Number], _ isForward: Bool) -> [Number] {
        let n = x.count
        let roots = roots(n, isForward)
        let bits = n.trailingZeroBitCount
        var y = (0..<n).map { k in
            x[Int(truncatingIfNeeded: UInt64(k).bitReversed >> UInt64(64 - bits))]
        }
        var half = 1
        while half < n {
            for start in stride(from: 0, to: n, by: 2 * half) {
                for k in 0..<half {
                    let (a, b) = (y[start + k], y[start + half + k] * roots[k * (n / 2 / half)])
                    y[start + k] = a + b
                    y[start + half + k] = a - b
                }
            }
            half *= 2
        }
        return y
    }

    /// As a convolution with a chirp, since 2jk = j² + k² − (j − k)² (Bluestein 1970).
    private static func chirped(_ x: [Number], _ isForward: Bool) -> [Number] {
        let n = x.count
        var size = 1
        while size < 2 * n - 1 { size *= 2 }
        let roots = roots(2 * n, isForward)
        func chirp(_ k: Int) -> Number { roots[k * k % (2 * n)] }
        var a = [Number](repeating: Number(), count: size)
        var b = a
        for k in 0..<n {
            a[k] = x[k] * chirp(k)
            b[k] = chirp(k).conjugate
            if k > 0 { b[size - k] = b[k] }
        }
        let product = zip(powerOfTwo(a, true), powerOfTwo(b, true)).map { $0 * $1 }
        let scale = Number(real: 1 / Double(size), imaginary: 0)
        return powerOfTwo(product, false).prefix(n).enumerated().map { $1 * chirp($0) * scale }
    }
}

extension UInt64 {
    /// The bits in the opposite order.
    fileprivate var bitReversed: UInt64 {
        var x = self
        x = (x >> 1) & 0x5555_5555_5555_5555 | (x & 0x5555_5555_5555_5555) << 1
        x = (x >> 2) & 0x3333_3333_3333_3333 | (x & 0x3333_3333_3333_3333) << 2
        x = (x >> 4) & 0x0F0F_0F0F_0F0F_0F0F | (x & 0x0F0F_0F0F_0F0F_0F0F) << 4
        return x.byteSwapped
    }
}
