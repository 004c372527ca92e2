// SPDX-License-Identifier: Apache-2.0
import Weft

/// The elements of a sparse array among the inputs of an operation: positions, values and sizes.
struct SparseElements {
    /// i64[elements, rank].
    let indices: AnyTensor
    /// [elements].
    let values: AnyTensor
    /// i64[rank].
    let sizes: AnyTensor
    let rank: Int

    /// - Parameters:
    ///   - positions: The inputs that have the indices, the values and the sizes.
    init(_ call: NodeCall, at positions: (indices: Int, values: Int, sizes: Int)) throws {
        try self.init(
            call, try call.tensor(positions.indices), try call.tensor(positions.values),
            try call.tensor(positions.sizes))
    }

    /// - Parameter first: The input that has the indices; values and sizes follow.
    init(_ call: NodeCall, from first: Int = 0) throws {
        try self.init(call, at: (first, first + 1, first + 2))
    }

    init(
        _ call: NodeCall, _ indices: AnyTensor, _ values: AnyTensor, _ sizes: AnyTensor
    ) throws {
        guard let rank = indices.shape[1] ?? sizes.shape[0], indices.rank ?? 2 == 2,
            sizes.rank ?? 1 == 1
        else {
            throw call.error(
                .unsupported,
                "indices \(indices.type) and sizes \(sizes.type) must be a matrix and a vector, the "
                    + "number of axes known before the graph runs")
        }
        self.indices = indices.cast(to: .int64)
        self.values = values
        self.sizes = sizes.cast(to: .int64)
        self.rank = rank
    }

    private init(_ indices: AnyTensor, _ values: AnyTensor, _ sizes: AnyTensor, _ rank: Int) {
        self.indices = indices
        self.values = values
        self.sizes = sizes
        self.rank = rank
    }

    /// The indices along an axis: i64[elements].
    func index(_ axis: Int) -> AnyTensor { indices.element(axis, axis: 1) }

    /// The size of an axis: i64[].
    func size(_ axis: Int) -> AnyTensor { sizes.element(axis, axis: 0) }

    /// The number of each element among all places of some axes, in row-major order: i64[elements].
    func numbers(over axes: [Int]) -> AnyTensor {
        axes.reduce(AnyTensor.zeros(like: values, dtype: .int64)) { number, axis in
            number * size(axis) + index(axis)
        }
    }

    /// How many places some axes have: i64[].
    func count(over axes: [Int]) -> AnyTensor {
        axes.reduce(AnyTensor.scalar(1, .int64)) { $0 * size($1) }
    }

    /// The elements in the order of their places.
    var ordered: SparseElements {
        let order = numbers(over: Array(0..<rank)).argSorted(axis: 0)
        return taking(order)
    }

    /// Elements by their numbers.
    func taking(_ places: AnyTensor) -> SparseElements {
        SparseElements(indices.gathered(at: places), values.gathered(at: places), sizes, rank)
    }

    /// The elements that a mask says.
    func masked(by mask: AnyTensor) -> SparseElements {
        SparseElements(indices.masked(by: mask), values.masked(by: mask), sizes, rank)
    }

    /// Elements with other indices, in an array of other sizes.
    func moved(to indices: AnyTensor, sizes: AnyTensor) -> SparseElements {
        SparseElements(indices, values, sizes, sizes.shape[0] ?? rank)
    }

    /// Indices, values and sizes.
    var tensors: [AnyTensor] { [indices, values, sizes] }

    /// The indices of places by their numbers: i64[elements, axes].
    ///
    /// - Parameter sizes: The sizes of the axes, scalars.
    static func unraveled(_ numbers: AnyTensor, sizes: [AnyTensor]) -> AnyTensor {
        var rest = numbers
        var columns: [AnyTensor] = []
        for size in sizes.reversed() {
            // Of no places, none is divided.
            let divisor = maximum(size, .scalar(1, .int64))
            columns.append(rest % divisor)
            rest = rest.floorDivided(by: divisor)
        }
        if columns.isEmpty {
            return AnyTensor.zeros(
                .int64, shape: stacked([numbers.size(ofAxis: 0), .scalar(0, .int64)]))
        }
        return stacked(Array(columns.reversed()), axis: 1)
    }
}
