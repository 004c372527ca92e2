// SPDX-License-Identifier: Apache-2.0
import Weft

/// Sums, means, extrema and products of sub-tensors with equal segment numbers.
enum SegmentOperations {
    static let all: [OperationDefinition] =
        ascending + counted + unsorted + sparse + sparseGradients

    /// What is made of sub-tensors, their segment numbers and the count of segments.
    private typealias Reduction = @Sendable (AnyTensor, AnyTensor, AnyTensor) -> AnyTensor

    // MARK: Numbers that ascend

    /// The result has as many rows as the greatest number says; an empty one is 0, of products 1.
    private static let ascending: [OperationDefinition] = [
        ascending("SegmentSum") { $0.segmentSums($1, count: $2) },
        ascending("SegmentProd") { $0.segmentProducts($1, count: $2) },
        ascending("SegmentMean", mean),
        ascending("SegmentMax") { x, numbers, count in
            zeroed(x.segmentMax(numbers, count: count), x, numbers, count)
        },
        ascending("SegmentMin") { x, numbers, count in
            zeroed(x.segmentMin(numbers, count: count), x, numbers, count)
        },
    ]

    private static func ascending(
        _ name: String, _ reduce: @escaping Reduction
    ) -> OperationDefinition {
        .binary(name) { x, numbers in reduce(x, numbers, count(of: numbers)) }
    }

    /// The second versions are told how many segments there are.
    private static let counted: [OperationDefinition] = [
        unsorted("SegmentSumV2") { $0.segmentSums($1, count: $2) },
        unsorted("SegmentProdV2") { $0.segmentProducts($1, count: $2) },
        unsorted("SegmentMaxV2") { x, numbers, count in
            maximum(x.segmentMax(numbers, count: count), extreme(x.dtype, -1))
        },
        unsorted("SegmentMinV2") { x, numbers, count in
            minimum(x.segmentMin(numbers, count: count), extreme(x.dtype, 1))
        },
    ]

    /// One more than the greatest number; 0 of none.
    private static func count(of numbers: AnyTensor) -> AnyTensor {
        if let known = numbers.knownIntegers {
            return .constant(NDArray(Int64(max(known.max() ?? -1, -1)) &+ 1))
        }
        let none = AnyTensor.scalar(-1, .int64).reshaped(to: [1])
        let greatest = concatenated([numbers.cast(to: .int64), none]).max()
        // So that one more is a number, too.
        return minimum(greatest, .scalar(0x1p48, .int64)) + .scalar(1, .int64)
    }

    /// Integers' means are truncated.
    @Sendable private static func mean(
        _ x: AnyTensor, _ numbers: AnyTensor, _ count: AnyTensor
    ) -> AnyTensor {
        if x.dtype.isFloatingPoint { return x.segmentMeans(numbers, count: count) }
        let counts = perSegment(like: x, numbers, count)
        let sums = x.segmentSums(numbers, count: count)
        let divisors = select(counts .== .scalar(0, .int64), .scalar(1, .int64), counts)
        return sums / divisors.cast(to: x.dtype)
    }

    /// How many sub-tensors each segment has, with axes of size 1 in place of theirs.
    private static func perSegment(
        like x: AnyTensor, _ numbers: AnyTensor, _ count: AnyTensor
    ) -> AnyTensor {
        let counts = AnyTensor.ones(like: numbers, dtype: .int64).segmentSums(numbers, count: count)
        let rank = (x.shape.rank ?? 1) - (numbers.shape.rank ?? 1)
        return rank > 0 ? counts.expandingDimensions(at: Array(1...rank)) : counts
    }

    private static func zeroed(
        _ result: AnyTensor, _ x: AnyTensor, _ numbers: AnyTensor, _ count: AnyTensor
    ) -> AnyTensor {
        let isEmpty = perSegment(like: x, numbers, count) .== .scalar(0, .int64)
        return select(isEmpty, .scalar(0, x.dtype), result)
    }

    // MARK: Numbers in any order

    private static let unsorted: [OperationDefinition] = [
        unsorted("UnsortedSegmentSum") { $0.segmentSums($1, count: $2) },
        unsorted("UnsortedSegmentProd") { $0.segmentProducts($1, count: $2) },
        // Empty ones have the numbers at the ends of those that are finite.
        unsorted("UnsortedSegmentMax") { x, numbers, count in
            maximum(x.segmentMax(numbers, count: count), extreme(x.dtype, -1))
        },
        unsorted("UnsortedSegmentMin") { x, numbers, count in
            minimum(x.segmentMin(numbers, count: count), extreme(x.dtype, 1))
        },
    ]

    private static func unsorted(
        _ name: String, _ reduce: @escaping Reduction
    ) -> OperationDefinition {
        OperationDefinition(name) { call in
            reduce(try call.tensor(0), try call.tensor(1), try call.tensor(2))
        }
    }

    /// The finite number at the end of a type; what changes nothing for integers, whose extremes are theirs.
    private static func extreme(_ dtype: DType, _ sign: Double) -> AnyTensor {
        switch dtype {
        case .float16: .scalar(sign * 65504, dtype)
        case .bfloat16: .scalar(sign * 0x1.fep127, dtype)
        case .float32: .scalar(sign * Double(Float.greatestFiniteMagnitude), dtype)
        case .float64: .scalar(sign * Double.greatestFiniteMagnitude, dtype)
        default:
            .constant(
                NDArray(
                    integers: [
                        sign < 0
                            ? dtype.integers?.lowerBound ?? 0
                            : dtype == .uint64 ? -1 : dtype.integers?.upperBound ?? 0
                    ], dtype: dtype, shape: []))
        }
    }

    // MARK: Rows that are picked

    private enum Weight: CaseIterable {
        case sum, mean, root

        var name: String {
            switch self {
            case .sum: "Sum"
            case .mean: "Mean"
            case .root: "SqrtN"
            }
        }

        /// What the sums of segments are divided by; nil for nothing.
        func divisors(
            like x: AnyTensor, _ numbers: AnyTensor, _ count: AnyTensor
        ) -> AnyTensor? {
            if self == .sum { return nil }
            let counts = maximum(
                perSegment(like: x, numbers, count).cast(to: x.dtype), .scalar(1, x.dtype))
            return self == .mean ? counts : sqrt(counts)
        }
    }

    private static let sparse: [OperationDefinition] = Weight.allCases.flatMap { weight in
        let defaults: [String: AttributeDefault] = ["sparse_gradient": false]
        return [
            OperationDefinition("SparseSegment\(weight.name)", defaults: defaults) { call in
                try picked(call, weight, count: count(of: try call.tensor(2)))
            },
            OperationDefinition(
                "SparseSegment\(weight.name)WithNumSegments", defaults: defaults
            ) { call in
                try picked(call, weight, count: try call.tensor(3))
            },
        ]
    }

    private static func picked(
        _ call: NodeCall, _ weight: Weight, count: AnyTensor
    ) throws -> AnyTensor {
        let (numbers, rows) = (try call.tensor(2), try call.tensor(0).gathered(at: call.tensor(1)))
        let sums = rows.segmentSums(numbers, count: count)
        return weight.divisors(like: rows, numbers, count).map { sums / $0 } ?? sums
    }

    /// From the gradient of the segments, the rows' indices and segment numbers, and how many rows there
    /// are, the gradient of the rows.
    private static let sparseGradients: [OperationDefinition] = Weight.allCases.map { weight in
        OperationDefinition("SparseSegment\(weight.name)Grad") { call in
            let (gradient, numbers) = (try call.tensor(0), try call.tensor(2))
            let count = gradient.size(ofAxis: 0)
            let share =
                weight.divisors(like: gradient, numbers, count).map { gradient / $0 } ?? gradient
            return share.gathered(at: numbers)
                .segmentSums(try call.tensor(1), count: try call.tensor(3))
        }
    }
}
