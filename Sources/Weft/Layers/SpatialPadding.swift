// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Elements around the spatial axes: zero padding, and what mirrors or repeats the edge.
///
/// - Shape: of two axes, input `[n, h, w, c]` → `[n, low[0] + h + high[0], low[1] + w + high[1], c]`.
public struct Pad<Scalar: NumericScalar>: ModelessLayer {
    /// What stands around.
    public enum Filling: Hashable, Sendable {
        /// The same number everywhere.
        case constant(Double)
        /// The input's own elements.
        case own(PaddingMode)

        /// Zeros.
        public static var zeros: Filling { .constant(0) }
        /// The elements mirrored at the edge element.
        public static var reflect: Filling { .own(.reflect) }
        /// The edge element, which PyTorch calls replication.
        public static var edge: Filling { .own(.edge) }
    }

    /// How many elements go before each spatial axis.
    public let low: [Int]
    /// How many go after each.
    public let high: [Int]
    /// What stands there.
    public let filling: Filling

    /// The layer; it has no parameters. Each list is one number for each spatial axis, or one for all.
    public init(low: [Int], high: [Int], filling: Filling = .zeros) {
        self.low = low
        self.high = high
        self.filling = filling
    }

    /// As many elements before as after each spatial axis.
    public init(_ sizes: [Int], filling: Filling = .zeros) {
        self.init(low: sizes, high: sizes, filling: filling)
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        x.composed("pad") { x in
            let sizes = try x.spatialSizes(low, high)
            switch filling {
            case .constant(let number):
                return x.padded(with: .scalar(number, x.dtype), sizes: sizes)
            case .own(let mode): return x.padded(mode, sizes: sizes)
            }
        }
    }
}

/// Elements taken away around the spatial axes.
///
/// - Shape: of two axes, input `[n, h, w, c]` → `[n, h − low[0] − high[0], w − low[1] − high[1], c]`.
public struct Crop<Scalar: TensorScalar>: ModelessLayer {
    /// How many elements go before each spatial axis.
    public let low: [Int]
    /// How many go after each.
    public let high: [Int]

    /// The layer; it has no parameters. Each list is one number for each spatial axis, or one for all.
    public init(low: [Int], high: [Int]) {
        self.low = low
        self.high = high
    }

    /// The layer's output. To take away more than there is is an error.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        x.composed("crop") { x in
            let sizes = try x.spatialSizes(low, high)
            guard sizes.allSatisfy({ (0..<1 << 32).contains($0.before) }),
                sizes.allSatisfy({ (0..<1 << 32).contains($0.after) })
            else {
                throw RuleViolation(
                    .negative("the sizes", value: "\(low) before, \(high) after"))
            }
            return x.padded(low: sizes.map { -$0.before }, high: sizes.map { -$0.after })
        }
    }
}

/// Images that are larger by whole factors.
///
/// - Shape: of two axes, input `[n, h, w, c]` → `[n, h · factors[0], w · factors[1], c]`.
public struct Upsample<Scalar: FloatingScalar>: ModelessLayer {
    /// By how much each spatial axis becomes longer.
    public let factors: [Int]
    /// How the pixels are made.
    public let method: ResizeMethod

    /// The layer; it has no parameters.
    ///
    /// - Parameters:
    ///   - factors: One for each spatial axis, or one for all.
    ///   - method: `.nearest` repeats pixels; the others go between their middles, as TensorFlow 2, and PyTorch
    ///     without `align_corners`, do.
    public init(by factors: [Int], method: ResizeMethod = .nearest) {
        self.factors = factors
        self.method = method
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        x.composed("upsample") { x in
            let rank = try x.knownRank()
            let axes = max(rank - 2, 0)
            let all = factors.count == 1 ? Array(repeating: factors[0], count: axes) : factors
            guard rank > 2, all.count == rank - 2,
                all.allSatisfy({ $0 >= 1 && $0 < 1 << 31 })
            else {
                throw RuleViolation(
                    .invalidArgument(
                        "the factors", value: "\(factors)",
                        wanted: "positive, one for each spatial axis of \(x.type)"))
            }
            if case .nearest = method {
                var y = x
                for (index, factor) in all.enumerated() where factor > 1 {
                    y = y.repeated(factor, axis: index + 1)
                }
                return y
            }
            let sizes = x.sizes.sliced(axis: 0, 1, rank - 1) * AnyTensor.numbers(all)
            return x.resized(to: sizes, method: method)
        }
    }
}

extension AnyTensor {
    /// Numbers for all axes, none for the first and the last, from one for each spatial axis or one for all.
    fileprivate func spatialSizes(
        _ low: [Int], _ high: [Int]
    ) throws -> [(before: Int, after: Int)] {
        let rank = try knownRank()
        guard rank > 2 else {
            throw RuleViolation("\(type) has no spatial axes between the first and the last")
        }
        let lists = [low, high].map {
            $0.count == 1 ? Array(repeating: $0[0], count: rank - 2) : $0
        }
        guard lists.allSatisfy({ $0.count == rank - 2 }) else {
            throw RuleViolation(
                "one number for each of the \(rank - 2) spatial axes of \(type), or one for all, is wanted, not "
                    + "\(low) before and \(high) after")
        }
        let pairs = zip(lists[0], lists[1]).map { (before: $0, after: $1) }
        return [(0, 0)] + pairs + [(0, 0)]
    }
}
