// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// TensorFlow 1's initializers. Random ones are functions of the session's seed and the variable's name.
extension Initializer {
    /// All zeros (false for bool).
    public static let zeros = constant(0)
    /// All ones.
    public static let ones = constant(1)

    /// The same number everywhere.
    public static func constant(_ number: Double) -> Initializer {
        Initializer { dtype, shape, _ in
            try NDArray(repeating: number, dtype: dtype, shape: shape)
        }
    }

    /// The given array, which must have the variable's type and shape.
    public static func value(_ array: NDArray) -> Initializer { Initializer { _, _, _ in array } }

    /// Uniform between `low` (included) and `high` (excluded), which are rounded to the variable's type.
    public static func randomUniform(
        from low: Double = 0, to high: Double = 1
    ) -> Initializer {
        Initializer { dtype, shape, stream in
            var last = Double.infinity
            if dtype.isFloatingPoint, low < high, dtype.nearest(high).isFinite {
                // Rounding to the nearest reaches the upper bound.
                last = max(dtype.nearest(low), dtype.predecessor(of: dtype.nearest(high)))
            }
            let isWide = !(high - low).isFinite
            return try fill(dtype, shape, &stream) { stream in
                let share = stream.nextUniform()
                return min(
                    isWide ? low * (1 - share) + high * share : low + (high - low) * share, last)
            }
        }
    }

    /// Of the normal distribution.
    public static func randomNormal(
        mean: Double = 0, standardDeviation: Double = 1
    ) -> Initializer {
        random { stream in mean + standardDeviation * stream.nextNormal() }
    }

    /// Of the normal distribution, drawn again while more than two standard deviations off.
    public static func randomTruncatedNormal(
        mean: Double = 0, standardDeviation: Double = 1
    ) -> Initializer {
        random { stream in
            var x = stream.nextNormal()
            while abs(x) > 2 { x = stream.nextNormal() }
            return mean + standardDeviation * x
        }
    }

    /// What the variance of `varianceScaling` is divided by.
    public enum FanMode: Sendable { case fanIn, fanOut, fanAverage }
    /// How `varianceScaling` draws.
    public enum Distribution: Sendable { case truncatedNormal, untruncatedNormal, uniform }

    /// Variance `scale` divided by the number of inputs, outputs, or their mean
    /// (Glorot and Bengio 2010; He et al. 2015).
    public static func varianceScaling(
        scale: Double = 1, mode: FanMode = .fanIn, distribution: Distribution = .truncatedNormal
    ) -> Initializer {
        Initializer { dtype, shape, stream in
            let (fanIn, fanOut) = fans(shape)
            let n: Double =
                switch mode {
                case .fanIn: fanIn
                case .fanOut: fanOut
                case .fanAverage: (fanIn + fanOut) / 2
                }
            let variance = scale / max(1, n)
            switch distribution {
            case .uniform:
                let limit = (3 * variance).squareRoot()
                return try fill(dtype, shape, &stream) { limit * (2 * $0.nextUniform() - 1) }
            case .untruncatedNormal:
                return try fill(dtype, shape, &stream) { variance.squareRoot() * $0.nextNormal() }
            case .truncatedNormal:
                // The truncated distribution's own standard deviation is 0.8796.
                let deviation = variance.squareRoot() / 0.87962566103423978
                return try fill(dtype, shape, &stream) {
                    var x = $0.nextNormal()
                    while abs(x) > 2 { x = $0.nextNormal() }
                    return deviation * x
                }
            }
        }
    }

    /// Uniform with variance 2 / (inputs + outputs).
    public static let glorotUniform = varianceScaling(mode: .fanAverage, distribution: .uniform)
    /// Truncated normal with variance 2 / (inputs + outputs).
    public static let glorotNormal = varianceScaling(mode: .fanAverage)
    /// Uniform with variance 2 / inputs.
    public static let heUniform = varianceScaling(scale: 2, distribution: .uniform)
    /// Truncated normal with variance 2 / inputs.
    public static let heNormal = varianceScaling(scale: 2)
    /// Uniform with variance 1 / inputs.
    public static let lecunUniform = varianceScaling(distribution: .uniform)
    /// Truncated normal with variance 1 / inputs.
    public static let lecunNormal = varianceScaling()

    /// TensorFlow's `uniform_unit_scaling`: uniform within ±factor·sqrt(3 / inputs).
    public static func uniformUnitScaling(factor: Double = 1) -> Initializer {
        Initializer { dtype, shape, stream in
            let inputs = max(1, shape.dropLast().reduce(1.0) { $0 * Double($1) })
            let limit = (3 / inputs).squareRoot() * factor
            return try fill(dtype, shape, &stream) { limit * (2 * $0.nextUniform() - 1) }
        }
    }

    /// `gain` on the diagonal of a matrix, zeros elsewhere. A variable that is no matrix is an
    /// error, as in TensorFlow.
    public static func identity(gain: Double = 1) -> Initializer {
        Initializer { dtype, shape, _ in
            guard shape.count == 2 else {
                throw ArrayError(
                    "the identity initializer is for matrices, not for the shape \(shape)")
            }
            var diagonal = 0
            return try fill(dtype, shape) { position in
                guard position == diagonal, position < shape[1] * shape[1] else { return 0 }
                diagonal += shape[1] + 1
                return gain
            }
        }
    }

    /// A random matrix with orthonormal rows or columns, whichever are fewer, scaled by `gain`
    /// (Saxe et al. 2013). Axes before the last count as one; a variable of fewer than two axes is an
    /// error, as in TensorFlow.
    public static func orthogonal(gain: Double = 1) -> Initializer {
        Initializer { dtype, shape, stream in
            guard shape.count >= 2 else {
                throw ArrayError(
                    "the orthogonal initializer is for two or more axes, not for the shape \(shape)"
                )
            }
            let columns = shape[shape.count - 1]
            let rows = shape.dropLast().reduce(1, *)
            let (long, short) = (max(rows, columns), min(rows, columns))
            // Gram and Schmidt, twice for accuracy, on `short` random vectors of length `long`.
            var vectors: [[Double]] = []
            while vectors.count < short {
                var v = (0..<long).map { _ in stream.nextNormal() }
                for _ in 0..<2 {
                    for u in vectors {
                        let dot = zip(u, v).reduce(0) { $0 + $1.0 * $1.1 }
                        for i in v.indices { v[i] -= dot * u[i] }
                    }
                }
                let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
                if norm > 1e-9 { vectors.append(v.map { $0 / norm }) }
            }
            return try fill(dtype, shape) { position in
                let (i, j) = position.quotientAndRemainder(dividingBy: columns)
                return gain * (rows >= columns ? vectors[j][i] : vectors[i][j])
            }
        }
    }

    /// Inputs and outputs of one unit, as TensorFlow counts them: the last two axes, times the rest.
    private static func fans(_ shape: [Int]) -> (Double, Double) {
        switch shape.count {
        case 0: return (1, 1)
        case 1: return (Double(shape[0]), Double(shape[0]))
        default:
            let field = shape.dropLast(2).reduce(1.0) { $0 * Double($1) }
            return (
                field * Double(shape[shape.count - 2]), field * Double(shape[shape.count - 1])
            )
        }
    }

    private static func random(
        _ draw: @escaping @Sendable (inout RandomStream) -> Double
    ) -> Initializer {
        Initializer { dtype, shape, stream in try fill(dtype, shape, &stream, draw) }
    }

    private static func fill(
        _ dtype: DType, _ shape: [Int], _ stream: inout RandomStream,
        _ draw: (inout RandomStream) -> Double
    ) throws -> NDArray {
        try fill(dtype, shape) { _ in draw(&stream) }
    }

    /// The numbers of all positions, in order, written where they stay: a large variable is never
    /// held in `Double` as well.
    private static func fill(
        _ dtype: DType, _ shape: [Int], _ number: (_ position: Int) -> Double
    ) throws -> NDArray {
        let count = shape.reduce(1, *)
        func write<S: TensorScalar>(_: S.Type) throws -> NDArray {
            try NDArray(dtype: dtype, shape: shape) { memory in
                let target = memory.assumingMemoryBound(to: S.self)
                for i in 0..<count { target[i] = S(converting: number(i)) }
            }
        }
        return switch dtype {
        // The usual types have code of their own.
        case .float32: try write(Float.self)
        case .float64: try write(Double.self)
        default: try dtype.withScalarType { try write($0) }
        }
    }
}
