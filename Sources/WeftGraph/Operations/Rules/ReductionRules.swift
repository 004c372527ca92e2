// SPDX-License-Identifier: Apache-2.0

extension Operation {
    func reductionType(_ kind: ReductionKind, _ axes: [Int], _ x: TensorType) throws -> TensorType {
        switch kind {
        case .sum, .product:
            guard x.dtype.isNumeric else {
                throw RuleViolation("it takes numbers, not \(x.dtype); convert with `cast(to:)`")
            }
        case .maximum, .minimum:
            guard x.dtype.isNumeric || x.dtype == .bool else {
                throw RuleViolation(
                    "it takes numbers or bool, not \(x.dtype); convert with `cast(to:)`")
            }
        case .all, .any:
            guard x.dtype == .bool else {
                throw RuleViolation("it takes bool, not \(x.dtype); convert with `cast(to:)`")
            }
        }
        try requireAxes(axes, rank: x.shape.rank)
        guard let dims = x.shape.dims else { return TensorType(x.dtype, .unknown) }
        let kept = dims.indices.filter { !axes.contains($0) }
        return TensorType(x.dtype, kept.map { dims[$0] })
    }

    func argReductionType(_ axis: Int, _ x: TensorType) throws -> TensorType {
        guard x.dtype.isNumeric else {
            throw RuleViolation("it takes numbers, not \(x.dtype); convert with `cast(to:)`")
        }
        try requireAxes([axis], rank: x.shape.rank)
        guard let dims = x.shape.dims else { return TensorType(.int64, .unknown) }
        if dims[axis] == 0 {
            throw RuleViolation("axis \(axis) of \(x) is empty and has no extreme element")
        }
        return TensorType(.int64, dims.indices.filter { $0 != axis }.map { dims[$0] })
    }

    func cumulativeType(_ attributes: CumulativeAttributes, _ x: TensorType) throws -> TensorType {
        guard x.dtype.isNumeric else {
            throw RuleViolation("it takes numbers, not \(x.dtype); convert with `cast(to:)`")
        }
        guard attributes.kind != .all, attributes.kind != .any else {
            throw RuleViolation("\(attributes.kind.rawValue) has no cumulative form")
        }
        try requireAxes([attributes.axis], rank: x.shape.rank)
        return x
    }

    func sortTypes(_ attributes: SortAttributes, _ x: TensorType) throws -> [TensorType] {
        guard x.dtype.isNumeric else {
            throw RuleViolation("it takes numbers, not \(x.dtype); convert with `cast(to:)`")
        }
        try requireAxes([attributes.axis], rank: x.shape.rank)
        return [x, TensorType(.int32, x.shape)]
    }

    func topKTypes(_ k: Int, _ x: TensorType) throws -> [TensorType] {
        guard x.dtype.isNumeric else {
            throw RuleViolation("it takes numbers, not \(x.dtype); convert with `cast(to:)`")
        }
        guard var dims = x.shape.dims else {
            return [TensorType(x.dtype, .unknown), TensorType(.int32, .unknown)]
        }
        guard let last = dims.last else {
            throw RuleViolation("a scalar has no last axis to choose from")
        }
        guard k >= 0, last < 0 || k <= last else {
            throw RuleViolation("k is \(k), but the last axis of \(x) has \(last) elements")
        }
        dims[dims.count - 1] = k
        return [TensorType(x.dtype, dims), TensorType(.int32, dims)]
    }
}
