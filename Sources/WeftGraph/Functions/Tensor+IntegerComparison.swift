// SPDX-License-Identifier: Apache-2.0

/// Comparisons of integers of different types, as numbers: the positions that `argMax` gives, of
/// `Int64`, with labels of `Int32`.
///
/// - Shape: a, b are broadcast → bool of the broadcast shape.
extension Tensor where Scalar: IntegerScalar {
    private static func compare<Other: IntegerScalar>(
        _ kind: ComparisonKind, _ a: Tensor, _ b: Tensor<Other>
    ) -> Tensor<Bool> {
        Tensor<Bool>(unchecked: .compareIntegers(kind, a.anyTensor, b.anyTensor))
    }

    /// Where both are the same number.
    @_disfavoredOverload
    public static func .== <Other: IntegerScalar>(
        a: Tensor, b: Tensor<Other>
    ) -> Tensor<Bool> {
        compare(.equal, a, b)
    }

    /// Where both differ.
    @_disfavoredOverload
    public static func .!= <Other: IntegerScalar>(
        a: Tensor, b: Tensor<Other>
    ) -> Tensor<Bool> {
        compare(.notEqual, a, b)
    }

    /// Where a is less than b.
    @_disfavoredOverload
    public static func .< <Other: IntegerScalar>(
        a: Tensor, b: Tensor<Other>
    ) -> Tensor<Bool> {
        compare(.less, a, b)
    }

    /// Where a is at most b.
    @_disfavoredOverload
    public static func .<= <Other: IntegerScalar>(
        a: Tensor, b: Tensor<Other>
    ) -> Tensor<Bool> {
        compare(.lessOrEqual, a, b)
    }

    /// Where a is greater than b.
    @_disfavoredOverload
    public static func .> <Other: IntegerScalar>(
        a: Tensor, b: Tensor<Other>
    ) -> Tensor<Bool> {
        compare(.greater, a, b)
    }

    /// Where a is at least b.
    @_disfavoredOverload
    public static func .>= <Other: IntegerScalar>(
        a: Tensor, b: Tensor<Other>
    ) -> Tensor<Bool> {
        compare(.greaterOrEqual, a, b)
    }
}

extension AnyTensor {
    /// Compares integers of any two types as numbers.
    fileprivate static func compareIntegers(
        _ kind: ComparisonKind, _ a: AnyTensor, _ b: AnyTensor
    ) -> AnyTensor {
        // Of all types only these have no common one.
        if a.dtype == .uint64, b.dtype.isSignedInteger {
            return compareLarge(a, b, kind) { .compare(kind, $0, $1) }
        }
        if b.dtype == .uint64, a.dtype.isSignedInteger {
            return compareLarge(b, a, kind.mirrored) { .compare(kind, $1, $0) }
        }
        let common = a.dtype == .uint64 || b.dtype == .uint64 ? DType.uint64 : .int64
        return .compare(kind, a.cast(to: common), b.cast(to: common))
    }

    /// Compares unsigned numbers with signed ones, of which the negative ones are less than all.
    private static func compareLarge(
        _ unsigned: AnyTensor, _ signed: AnyTensor, _ kind: ComparisonKind,
        _ compare: (AnyTensor, AnyTensor) -> AnyTensor
    ) -> AnyTensor {
        let isGreater = [.notEqual, .greater, .greaterOrEqual].contains(kind)
        return .select(
            .compare(.less, signed, .scalar(0, signed.dtype)), .scalar(isGreater ? 1 : 0, .bool),
            compare(unsigned, signed.cast(to: .uint64)))
    }
}

extension ComparisonKind {
    /// What holds of b and a where this holds of a and b.
    fileprivate var mirrored: ComparisonKind {
        switch self {
        case .equal, .notEqual: self
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }
}
