// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Compares an engine's outputs with the reference's.
struct Comparison {
    let item: ConformanceCase

    func mismatches(_ expected: [NDArray], _ actual: [NDArray]) -> [Mismatch] {
        guard expected.count == actual.count else {
            return [mismatch("gives \(actual.count) outputs, not \(expected.count)")]
        }
        var result: [Mismatch] = []
        let bounds = bounds(expected)
        for (output, (a, b)) in zip(expected, actual).enumerated() {
            guard a.type == b.type else {
                result.append(mismatch("output \(output) is \(b.type), not \(a.type)"))
                continue
            }
            if let reason = difference(a, b, bounds.map { $0[output] }) {
                result.append(mismatch("output \(output) \(reason)"))
            }
        }
        return result
    }

    private func mismatch(_ reason: String) -> Mismatch {
        Mismatch(caseName: item.name, reason: reason)
    }

    /// Says how many elements differ and which is the first.
    private func difference(_ a: NDArray, _ b: NDArray, _ bound: [Double]?) -> String? {
        if let x = a.integers, let y = b.integers {
            if a.dtype == .bool, b.withUnsafeBytes({ $0.contains { $0 > 1 } }) {
                return "holds a bool that is neither 0 nor 1"
            }
            return report(x.indices.filter { x[$0] != y[$0] }, x, y, a.shape)
        }
        let (x, y) = (a.doubles, b.doubles)
        let alternatives = alternatives(x.count)
        let bad = x.indices.filter { i in
            if matches(x[i], y[i], a.dtype, bound?[i]) { return false }
            return alternatives.map { $0[i] != y[i] } ?? true
        }
        return report(bad, x, y, a.shape)
    }

    private func report<T>(_ bad: [Int], _ x: [T], _ y: [T], _ shape: [Int]) -> String? {
        guard let first = bad.first else { return nil }
        return "differs in \(bad.count) of \(x.count) elements of \(shape), first at \(first): "
            + "\(y[first]), not \(x[first])"
    }

    private func matches(_ x: Double, _ y: Double, _ dtype: DType, _ bound: Double?) -> Bool {
        if x.isNaN || y.isNaN { return x.isNaN && y.isNaN || bound == .infinity }
        if x == y, x != 0 || x.sign == y.sign { return true }
        switch item.tolerance {
        case .exact, .flooredQuotient: return false
        case .ulps(let count, let ignoringZeroSign):
            if x == 0, y == 0 { return ignoringZeroSign }
            return Self.isWithin(x, y, count * Self.ulp(x, dtype), dtype)
        case .terms:
            if x == 0, y == 0 { return true }
            return Self.isWithin(x, y, (bound ?? 0) + Self.ulp(x, dtype), dtype)
        case .propagated, .unitsOfGreatest:
            if x == 0, y == 0 { return true }
            return Self.isWithin(x, y, bound ?? 0, dtype)
        }
    }

    /// Near the type's greatest number one side may be infinite: then the other must be as near to
    /// where infinity starts.
    private static func isWithin(_ x: Double, _ y: Double, _ bound: Double, _ dtype: DType) -> Bool
    {
        if bound == .infinity { return true }
        let limit = NDArray.greatest(dtype) + ulp(NDArray.greatest(dtype), dtype)
        func clamped(_ v: Double) -> Double { v.isInfinite ? (v > 0 ? limit : -limit) : v }
        guard x.isFinite || y.isFinite else { return false }
        return abs(clamped(x) - clamped(y)) <= bound
    }

    /// The distance of neighbours at `x` in a type; subnormal numbers are all equally far apart.
    static func ulp(_ x: Double, _ dtype: DType) -> Double {
        let smallest: Double =
            switch dtype {
            case .float16: 0x1p-24
            case .bfloat16: 0x1p-133
            case .float32: 0x1p-149
            case .float64: Double.leastNonzeroMagnitude
            default: 1
            }
        if !x.isFinite { return smallest }
        if x == 0 { return smallest }
        return max(x.binade.magnitude * dtype.epsilon, smallest)
    }

    private func alternatives(_ count: Int) -> [Double]? {
        guard case .flooredQuotient = item.tolerance, item.inputs.count == 2 else { return nil }
        let quotient = Program.single(
            .binary(.divide), item.program.inputTypes, item.program.outputTypes)
        // f16 and bf16 are divided in f32.
        let working: DType = item.dtype == .float64 ? .float64 : .float32
        let program = Program(
            values: quotient.values.map { ArrayType(working, $0.shape) }, inputs: quotient.inputs,
            instructions: quotient.instructions, outputs: quotient.outputs)
        guard
            let inputs = try? item.inputs.map({ try $0.cast(to: working) }),
            let result = try? ReferenceEngine().compile(program).run(inputs, control: nil).first
        else { return nil }
        return NDArray.from(result.doubles.map { $0.rounded(.down) }, item.dtype).doubles
    }

    // MARK: Bounds

    private func bounds(_ expected: [NDArray]) -> [[Double]]? {
        switch item.tolerance {
        case .unitsOfGreatest(let count):
            expected.map { array in
                let numbers = array.doubles
                let greatest = numbers.lazy.map(abs).max() ?? 0
                return numbers.map { _ in count * Self.ulp(greatest, item.dtype) }
            }
        case .exact, .ulps, .flooredQuotient: nil
        case .terms(let count): sumBound(count)
        case .propagated: ErrorPropagation.bounds(item.program, item.inputs)
        }
    }

    /// How far a sum of `count` products may be off, beside one unit of the result's last place.
    ///
    /// In any order of summation the error is at most about count · u · Σ|terms|, u being half the
    /// distance of 1 and the next number. Roundings go both ways, so that the error grows like
    /// √count in practice; (2 + √count) · 2u · Σ|terms| holds with much to spare for the random
    /// data used here, and is tight enough to notice a term left out. Σ|terms| comes from the
    /// reference: the same program on absolute values in f64. f16 and bf16 are summed in f32 and
    /// rounded once.
    private func sumBound(_ count: Int) -> [[Double]]? {
        let program = item.program
        let wide = Program(
            values: program.values.map {
                ArrayType($0.dtype.isFloatingPoint ? .float64 : $0.dtype, $0.shape)
            }, inputs: program.inputs, instructions: program.instructions, outputs: program.outputs)
        let inputs = item.inputs.map { array in
            array.dtype.isFloatingPoint
                ? NDArray.from(array.doubles.map(abs), .float64, array.shape) : array
        }
        guard let sums = try? ReferenceEngine().compile(wide).run(inputs, control: nil) else {
            return nil
        }
        let working: DType = item.dtype == .float64 ? .float64 : .float32
        let factor = (2 + Double(count).squareRoot()) * working.epsilon
        return sums.map { array in
            array.doubles.map { $0.isFinite ? factor * $0 : 0 }
        }
    }
}

extension NDArray {
    /// The greatest finite number of a floating-point type.
    static func greatest(_ dtype: DType) -> Double {
        switch dtype {
        case .float16: 65504
        case .bfloat16: 0x1.FEp127
        case .float32: Double(Float.greatestFiniteMagnitude)
        default: Double.greatestFiniteMagnitude
        }
    }
}
