// SPDX-License-Identifier: Apache-2.0
import Weft

/// Sums, means, extrema and products over axes, and running ones.
enum ReductionOperations {
    static let all: [OperationDefinition] = reductions + positions + running

    private static let reductions: [OperationDefinition] = [
        summed("Sum") { $0.sum(axes: $1, keepingDimensions: $2) },
        summed("Mean") { $0.mean(axes: $1, keepingDimensions: $2) },
        reduction("Max") { $0.max(axes: $1, keepingDimensions: $2) },
        reduction("Min") { $0.min(axes: $1, keepingDimensions: $2) },
        reduction("Prod") { $0.product(axes: $1, keepingDimensions: $2) },
        reduction("All") { $0.all(axes: $1, keepingDimensions: $2) },
        reduction("Any") { $0.any(axes: $1, keepingDimensions: $2) },
        reduction("EuclideanNorm", euclideanNorm),
    ]

    private static func reduction(
        _ name: String,
        _ reduce: @escaping @Sendable (AnyTensor, _ axes: [Int], _ keeps: Bool) -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(name, defaults: ["keep_dims": false]) { call in
            reduce(try call.tensor(0), try call.integers(1), try call.bool("keep_dims"))
        }
    }

    /// A reduction whose axes may be told by the run: gradients of broadcasting, where shapes are computed.
    private static func summed(
        _ name: String,
        _ reduce: @escaping @Sendable (AnyTensor, _ axes: [Int], _ keeps: Bool) -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(name, defaults: ["keep_dims": false]) { call in
            let (x, axes) = (try call.tensor(0), try call.tensor(1))
            let keeps = try call.bool("keep_dims")
            guard let rank = x.rank, axes.error == nil, axes.knownIntegers == nil,
                try ConstantValues.integers(of: axes) == nil
            else { return reduce(x, try call.integers(1), keeps) }
            let given = axes.cast(to: .int64).reshaped(to: [-1])
            let (zero, one) = (AnyTensor.scalar(0, .int64), AnyTensor.scalar(1, .int64))
            let ascending = select(given .< zero, given + .scalar(Double(rank), .int64), given)
            let isSummed =
                AnyTensor.zeros(.int64, shape: [rank]).scattering(
                    .ones(like: given), at: ascending, combining: .maximum) .== one
            let sizes = select(isSummed, one, x.sizes.cast(to: .int64))
            var sum = x.unbroadcast(like: .shaped(by: sizes))
            if name == "Mean" {
                let count = x.sizes.product() / maximum(sizes.product(), one)
                sum = sum / count.cast(to: sum.dtype)
            }
            return keeps ? sum : sum.reshaped(to: x.sizes.masked(by: .!isSummed))
        }
    }

    @Sendable private static func euclideanNorm(
        _ x: AnyTensor, _ axes: [Int], _ keeps: Bool
    ) -> AnyTensor {
        if x.dtype.isFloatingPoint { return x.norm(axes: axes, keepingDimensions: keeps) }
        let squares =
            x.dtype.isComplex ? x.squaredMagnitude : (x * x).cast(to: .float64)
        return sqrt(squares.sum(axes: axes, keepingDimensions: keeps)).cast(to: x.dtype)
    }

    // MARK: Positions

    private static let positions: [OperationDefinition] = [
        position("ArgMax", least: -.infinity) { $0.argMax(axis: $1) },
        position("ArgMin", least: .infinity) { $0.argMin(axis: $1) },
    ]

    /// - Parameter least: What NaN counts as, which TensorFlow passes over.
    private static func position(
        _ name: String, least: Double,
        _ find: @escaping @Sendable (AnyTensor, _ axis: Int) -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(name, defaults: ["output_type": .type(.int64)]) { call in
            var x = try call.tensor(0)
            if x.dtype == .bool { x = x.cast(to: .uint8) }
            if x.dtype.isFloatingPoint { x = select(x.isNaN, .scalar(least, x.dtype), x) }
            return find(x, try call.integer(1)).cast(to: try call.dtype("output_type"))
        }
    }

    // MARK: Running

    private static let running: [OperationDefinition] = [
        running("Cumsum") { $0.cumulativeSum(axis: $1, isExclusive: $2, isReversed: $3) },
        running("Cumprod") { $0.cumulativeProduct(axis: $1, isExclusive: $2, isReversed: $3) },
        running("CumulativeLogsumexp") {
            $0.cumulativeLogSumExp(axis: $1, isExclusive: $2, isReversed: $3)
        },
    ]

    private static func running(
        _ name: String,
        _ accumulate: @escaping @Sendable (AnyTensor, _ axis: Int, Bool, Bool) -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(name, defaults: ["exclusive": false, "reverse": false]) { call in
            accumulate(
                try call.tensor(0), try call.integer(1), try call.bool("exclusive"),
                try call.bool("reverse"))
        }
    }
}
