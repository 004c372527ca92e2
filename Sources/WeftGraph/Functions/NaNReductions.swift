// SPDX-License-Identifier: Apache-2.0

// Reductions that pass over NaN.

extension AnyTensor {
    /// Where the elements are not NaN.
    private var isNumber: AnyTensor { .make(.compare(.equal), [self, self]) }

    /// The elements that are not NaN, with `number` in the place of the others, reduced.
    private func nanReduced(
        _ function: String, instead number: Double,
        _ reduce: (AnyTensor) -> AnyTensor
    ) -> AnyTensor {
        .composed(function, [self]) {
            try requireFloating()
            return reduce(.make(.select, [isNumber, self, .filled(number, like: self)]))
        }
    }

    /// Puts NaN where all elements were NaN, or where there were none.
    private func nanUnlessAny(
        of x: AnyTensor, _ axes: [Int]?, _ keepingDimensions: Bool
    ) -> AnyTensor {
        let hasNumber = x.isNumber
            .reduced(.any, axes: axes, keepingDimensions: keepingDimensions)
        return .make(.select, [hasNumber, self, .filled(.nan, like: self)])
    }

    /// The sum of the elements that are not NaN; 0 of none.
    public func nanSum(axes: [Int]? = nil, keepingDimensions: Bool = false) -> AnyTensor {
        nanReduced("nanSum", instead: 0) {
            $0.sum(axes: axes, keepingDimensions: keepingDimensions)
        }
    }

    /// The mean of the elements that are not NaN; NaN of none.
    public func nanMean(axes: [Int]? = nil, keepingDimensions: Bool = false) -> AnyTensor {
        .composed("nanMean", [self]) {
            try requireFloating()
            let x = widened
            let sum = AnyTensor.make(.select, [isNumber, x, .filled(0, like: x)])
                .sum(axes: axes, keepingDimensions: keepingDimensions)
            let count = isNumber.cast(to: x.dtype)
                .sum(axes: axes, keepingDimensions: keepingDimensions)
            return (sum / count).cast(to: dtype)
        }
    }

    /// The greatest of the elements that are not NaN; NaN of none.
    public func nanMax(axes: [Int]? = nil, keepingDimensions: Bool = false) -> AnyTensor {
        nanReduced("nanMax", instead: -.infinity) {
            $0.max(axes: axes, keepingDimensions: keepingDimensions)
                .nanUnlessAny(of: self, axes, keepingDimensions)
        }
    }

    /// The least of the elements that are not NaN; NaN of none.
    public func nanMin(axes: [Int]? = nil, keepingDimensions: Bool = false) -> AnyTensor {
        nanReduced("nanMin", instead: .infinity) {
            $0.min(axes: axes, keepingDimensions: keepingDimensions)
                .nanUnlessAny(of: self, axes, keepingDimensions)
        }
    }
}

extension Tensor where Scalar: FloatingScalar {
    /// The sum of the elements that are not NaN; 0 of none. The gradient of the others is 0.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func nanSum(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        Tensor(unchecked: anyTensor.nanSum(axes: axes, keepingDimensions: keepingDimensions))
    }

    /// The mean of the elements that are not NaN; NaN of none. The gradient of the others is 0.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func nanMean(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        Tensor(unchecked: anyTensor.nanMean(axes: axes, keepingDimensions: keepingDimensions))
    }

    /// The greatest of the elements that are not NaN; NaN of none.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func nanMax(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        Tensor(unchecked: anyTensor.nanMax(axes: axes, keepingDimensions: keepingDimensions))
    }

    /// The least of the elements that are not NaN; NaN of none.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func nanMin(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        Tensor(unchecked: anyTensor.nanMin(axes: axes, keepingDimensions: keepingDimensions))
    }
}
