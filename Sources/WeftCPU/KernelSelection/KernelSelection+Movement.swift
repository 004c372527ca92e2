// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

extension KernelSelection {
    func iota(_ index: Int, _ axis: Int) -> Recipe? {
        let type = outputType(index)
        // Only the extent of the axis and what lies before and after it matter.
        let dims = CTable<Int64>(numbers: Self.around(axis, type.shape))
        let dtype = type.dtype.kernelType
        return kernel(index) { weft_iota(dtype, 3, dims.pointer, 1, $0[0]) }
    }

    /// The extents before, along and after an axis.
    static func around(_ axis: Int, _ shape: [Int]) -> [Int] {
        [shape[..<axis].volume, shape[axis], shape[(axis + 1)...].volume]
    }

    func transpose(_ index: Int, _ permutation: [Int]) throws -> Recipe? {
        let type = inputType(index, 0)
        guard let body = transposition(type.shape, permutation, size: type.dtype.size) else {
            throw unsupported(index, "this permutation of \(type.shape.count) axes")
        }
        return kernel(index, nanosecondsPerByte: 0.2) { body($0[0], $0[1]) }
    }

    typealias Mover = (_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer) -> weft_status

    /// Axes that stay together are moved as one. Nil when more are left than kernels take.
    func transposition(_ shape: [Int], _ permutation: [Int], size: Int) -> Mover? {
        var groups: [[Int]] = []
        for axis in permutation where shape[axis] != 1 {
            if let last = groups.last?.last, shape[(last + 1)..<max(axis, last + 1)].volume == 1,
                axis > last
            {
                groups[groups.count - 1].append(axis)
            } else {
                groups.append([axis])
            }
        }
        guard groups.count <= Int(WEFT_MAX_RANK) else { return nil }
        let order = groups.indices.sorted { groups[$0][0] < groups[$1][0] }
        let dims = CTable<Int64>(numbers: order.map { groups[$0].map { shape[$0] }.volume })
        let place = CTable<Int32>(
            numbers: groups.indices.map { group in order.firstIndex(of: group) ?? 0 })
        let (size, rank) = (Int64(size), Int32(groups.count))
        return { weft_transpose(size, rank, dims.pointer, place.pointer, $0, $1) }
    }

    func broadcast(_ index: Int, _ axes: [Int]) throws -> Recipe? {
        let (from, to) = (inputType(index, 0), outputType(index))
        let own = rowMajorStrides(from.shape)
        var strides = [Int](repeating: 0, count: to.shape.count)
        for (i, axis) in axes.enumerated() where from.shape[i] != 1 { strides[axis] = own[i] }
        let space = IterationSpace(to.shape, [.strided(strides.map(Int64.init))])
        try requireRank(index, space.dims)
        let dims = CTable<Int64>(numbers: space.dims)
        let steps = CTable<Int64>(numbers: space.strides[0])
        let (size, rank) = (Int64(to.dtype.size), Int32(dims.count))
        return kernel(index) {
            weft_broadcast(size, rank, dims.pointer, steps.pointer, $0[0], $0[1])
        }
    }

    func slice(_ index: Int, _ attributes: SliceAttributes) throws -> Recipe? {
        let (from, to) = (inputType(index, 0), outputType(index))
        try requireRank(index, from.shape)
        let dims = CTable<Int64>(numbers: from.shape)
        let starts = CTable<Int64>(numbers: attributes.starts)
        let strides = CTable<Int64>(numbers: attributes.strides)
        let extents = CTable<Int64>(numbers: to.shape)
        let (size, rank) = (Int64(to.dtype.size), Int32(from.shape.count))
        return kernel(index) {
            weft_slice(
                size, rank, dims.pointer, starts.pointer, strides.pointer, extents.pointer, $0[0],
                $0[1])
        }
    }

    func reverse(_ index: Int, _ axes: [Int]) throws -> Recipe? {
        let type = outputType(index)
        try requireRank(index, type.shape)
        let dims = CTable<Int64>(numbers: type.shape)
        let mask = Self.mask(axes)
        let (size, rank) = (Int64(type.dtype.size), Int32(type.shape.count))
        return kernel(index) { weft_reverse(size, rank, dims.pointer, mask, $0[0], $0[1]) }
    }

    static func mask(_ axes: some Sequence<Int>) -> UInt32 {
        axes.reduce(0) { $0 | 1 << UInt32($1) }
    }

    func pad(_ index: Int, _ attributes: PadAttributes) throws -> Recipe? {
        let type = inputType(index, 0)
        try requireRank(index, type.shape)
        let dims = CTable<Int64>(numbers: type.shape)
        let low = CTable<Int64>(numbers: attributes.low)
        let high = CTable<Int64>(numbers: attributes.high)
        let interior = CTable<Int64>(numbers: attributes.interior)
        let (size, rank) = (Int64(type.dtype.size), Int32(type.shape.count))
        return kernel(index) {
            weft_pad(
                size, rank, dims.pointer, low.pointer, high.pointer, interior.pointer, $0[1], $0[0],
                $0[2])
        }
    }

    func concatenate(_ index: Int, _ axis: Int) -> Recipe? {
        let instruction = program.instructions[index]
        let type = outputType(index)
        let count = instruction.inputs.count
        let dims = CTable<Int64>(numbers: Self.around(axis, type.shape))
        let extents = CTable<Int64>(
            numbers: instruction.inputs.map { program.values[$0].shape[axis] })
        let size = Int64(type.dtype.size)
        return kernel(index) { arguments in
            withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: count) { inputs in
                for i in 0..<count { inputs[i] = UnsafeRawPointer(arguments[i]) }
                return weft_concatenate(
                    size, 3, dims.pointer, 1, Int32(count), extents.pointer, inputs.baseAddress,
                    arguments[count])
            }
        }
    }

    // MARK: Slices at places that are data

    /// Calls `body` with start indices of either type as `Int64`.
    private static func withStarts(
        _ memory: UnsafeRawPointer, _ dtype: DType, _ rank: Int,
        _ body: (UnsafePointer<Int64>) -> weft_status
    ) -> weft_status {
        if dtype == .int64 { return body(memory.assumingMemoryBound(to: Int64.self)) }
        return withUnsafeTemporaryAllocation(of: Int64.self, capacity: rank + 1) { starts in
            for i in 0..<rank {
                starts[i] = Int64(memory.assumingMemoryBound(to: Int32.self)[i])
            }
            return body(UnsafePointer(starts.baseAddress.unsafelyUnwrapped))
        }
    }

    func dynamicSlice(_ index: Int) throws -> Recipe? {
        let (from, to, starts) = (inputType(index, 0), outputType(index), inputType(index, 1))
        try requireRank(index, from.shape)
        let dims = CTable<Int64>(numbers: from.shape)
        let extents = CTable<Int64>(numbers: to.shape)
        let (size, rank, startType) = (Int64(to.dtype.size), from.shape.count, starts.dtype)
        return kernel(index) { arguments in
            Self.withStarts(arguments[1], startType, rank) {
                weft_dynamic_slice(
                    size, Int32(rank), dims.pointer, extents.pointer, $0, arguments[0],
                    arguments[2])
            }
        }
    }

    func dynamicUpdateSlice(_ index: Int) throws -> Recipe? {
        let (type, update, starts) = (outputType(index), inputType(index, 1), inputType(index, 2))
        try requireRank(index, type.shape)
        let dims = CTable<Int64>(numbers: type.shape)
        let extents = CTable<Int64>(numbers: update.shape)
        let (size, rank, startType) = (Int64(type.dtype.size), type.shape.count, starts.dtype)
        let recipe = kernel(index) { arguments in
            Self.withStarts(arguments[2], startType, rank) {
                weft_dynamic_update_slice(
                    size, Int32(rank), dims.pointer, extents.pointer, $0, arguments[0],
                    arguments[1], arguments[3])
            }
        }
        return recipe.map(Self.updatingInPlace)
    }

    /// The output may take the memory of the first input, unless that is another input too.
    static func updatingInPlace(_ recipe: Recipe) -> Recipe {
        var recipe = recipe
        if recipe.inputs.filter({ $0 == recipe.inputs[0] }).count == 1 {
            recipe.inPlace = .pairs([(0, 0)])
        }
        return recipe
    }
}
