// SPDX-License-Identifier: Apache-2.0

/// Comparisons element by element, spelled as Swift's SIMD types spell them: `==` compares tensors,
/// `.==` compares their elements. A comparison with NaN is false, but `.!=` is true. Strings are in the order
/// of their bytes.
///
/// - Shape: a, b are broadcast → bool of the broadcast shape.
extension TensorProtocol {
    /// Where both are equal (0 and −0 are).
    public static func .== (a: Self, b: Self) -> Mask { comparison(.equal, a, b) }

    /// Where both differ.
    public static func .!= (a: Self, b: Self) -> Mask { comparison(.notEqual, a, b) }

    /// Where a is less than b.
    public static func .< (a: Self, b: Self) -> Mask { comparison(.less, a, b) }

    /// Where a is at most b.
    public static func .<= (a: Self, b: Self) -> Mask { comparison(.lessOrEqual, a, b) }

    /// Where a is greater than b.
    public static func .> (a: Self, b: Self) -> Mask { comparison(.greater, a, b) }

    /// Where a is at least b.
    public static func .>= (a: Self, b: Self) -> Mask { comparison(.greaterOrEqual, a, b) }
}

/// Comparisons of integers of different types, as numbers: the positions that `argMax` gives, of
/// `Int64`, with labels of `Int32`.
///
/// - Shape: a, b are broadcast → bool of the broadcast shape.
extension IntegerTensor {
    /// Where both are the same number.
    @_disfavoredOverload
    public static func .== (a: Self, b: some IntegerTensor) -> Mask { comparison(.equal, a, b) }

    /// Where both differ.
    @_disfavoredOverload
    public static func .!= (a: Self, b: some IntegerTensor) -> Mask { comparison(.notEqual, a, b) }

    /// Where a is less than b.
    @_disfavoredOverload
    public static func .< (a: Self, b: some IntegerTensor) -> Mask { comparison(.less, a, b) }

    /// Where a is at most b.
    @_disfavoredOverload
    public static func .<= (a: Self, b: some IntegerTensor) -> Mask {
        comparison(.lessOrEqual, a, b)
    }

    /// Where a is greater than b.
    @_disfavoredOverload
    public static func .> (a: Self, b: some IntegerTensor) -> Mask { comparison(.greater, a, b) }

    /// Where a is at least b.
    @_disfavoredOverload
    public static func .>= (a: Self, b: some IntegerTensor) -> Mask {
        comparison(.greaterOrEqual, a, b)
    }
}

extension TensorProtocol {
    /// Compares elements of one type, or integers of any two types as numbers.
    package static func comparison(
        _ kind: ComparisonKind, _ a: Self, _ b: some TensorProtocol
    ) -> Mask {
        let (a, b) = (a.anyTensor, b.anyTensor)
        guard a.dtype != b.dtype, a.dtype.isInteger, b.dtype.isInteger else {
            return Mask(.compare(kind, a, b))
        }
        return Mask(.compareIntegers(kind, a, b))
    }
}

extension AnyTensor {
    package static func compare(
        _ kind: ComparisonKind, _ a: AnyTensor, _ b: AnyTensor
    ) -> AnyTensor {
        make(.compare(kind), [a, b])
    }

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
        return select(
            signed .< 0, .scalar(isGreater ? 1 : 0, .bool),
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
