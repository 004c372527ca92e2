// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

extension KernelSelection {
    func reduce(_ index: Int, _ reduction: ReductionKind, _ axes: [Int]) throws -> Recipe? {
        let type = inputType(index, 0)
        // Neighbours that are both reduced or both kept are one axis.
        var dims: [Int] = []
        var reduced: [Bool] = []
        for axis in type.shape.indices where type.shape[axis] != 1 {
            let isReduced = axes.contains(axis)
            if reduced.last == isReduced {
                dims[dims.count - 1] *= type.shape[axis]
            } else {
                dims.append(type.shape[axis])
                reduced.append(isReduced)
            }
        }
        try requireRank(index, dims)
        let mask = Self.mask(reduced.indices.filter { reduced[$0] })
        let table = CTable<Int64>(numbers: dims)
        let (rank, dtype, kind) = (Int32(dims.count), type.dtype.kernelType, reduction.kernelKind)
        return kernel(index) { weft_reduce(kind, dtype, rank, table.pointer, mask, $0[0], $0[1]) }
    }

    func argReduce(_ index: Int, _ reduction: ArgReductionKind, _ axis: Int) -> Recipe? {
        let (type, to) = (inputType(index, 0), outputType(index))
        let dims = CTable<Int64>(numbers: Self.around(axis, type.shape))
        let (dtype, result) = (type.dtype.kernelType, to.dtype.kernelType)
        let greatest: Int32 = reduction == .argMax ? 1 : 0
        return kernel(index, nanosecondsPerByte: 0.3) {
            weft_arg_reduce(greatest, dtype, 3, dims.pointer, 1, $0[0], result, $0[1])
        }
    }

    func cumulative(_ index: Int, _ attributes: CumulativeAttributes) -> Recipe? {
        let type = outputType(index)
        let dims = CTable<Int64>(numbers: Self.around(attributes.axis, type.shape))
        let (dtype, kind) = (type.dtype.kernelType, attributes.kind.kernelKind)
        let exclusive: Int32 = attributes.isExclusive ? 1 : 0
        let reversed: Int32 = attributes.isReversed ? 1 : 0
        var recipe = kernel(index, nanosecondsPerByte: 0.3) {
            weft_cumulative(kind, dtype, 3, dims.pointer, 1, exclusive, reversed, $0[0], $0[1])
        }
        recipe?.inPlace = .pairs([(0, 0)])
        return recipe
    }

    func sort(_ index: Int, _ attributes: SortAttributes) -> Recipe? {
        let type = inputType(index, 0)
        let outputs = program.instructions[index].outputs
        let (wantsValues, wantsIndices) = (isUsed(outputs[0]), isUsed(outputs[1]))
        let dims = CTable<Int64>(numbers: Self.around(attributes.axis, type.shape))
        let (dtype, descending) = (type.dtype.kernelType, Int32(attributes.isDescending ? 1 : 0))
        var recipe = kernel(index, nanosecondsPerByte: 5) {
            weft_sort(
                dtype, 3, dims.pointer, 1, descending, $0[0], wantsValues ? $0[1] : nil,
                wantsIndices ? $0[2].assumingMemoryBound(to: Int32.self) : nil)
        }
        recipe?.scratchBytes = sortScratchBytes(type, type.shape[attributes.axis])
        return recipe
    }

    /// Two items of a key and a position, and a key, for each element of the lines that are sorted at
    /// once.
    private func sortScratchBytes(_ type: ArrayType, _ extent: Int) -> Int {
        let cores = compiler.threads == 0 ? Int(weft_team_cores()) : compiler.threads
        return 40 * extent * min(cores, type.count / max(extent, 1))
    }

    func topK(_ index: Int, _ k: Int) -> Recipe? {
        let type = inputType(index, 0)
        let outputs = program.instructions[index].outputs
        let (wantsValues, wantsIndices) = (isUsed(outputs[0]), isUsed(outputs[1]))
        let rows = Int64(type.shape.dropLast().volume)
        let columns = Int64(type.shape.last ?? 1)
        let dtype = type.dtype.kernelType
        var recipe = kernel(index, nanosecondsPerByte: 1) {
            weft_top_k(
                dtype, rows, columns, Int64(k), $0[0], wantsValues ? $0[1] : nil,
                wantsIndices ? $0[2].assumingMemoryBound(to: Int32.self) : nil)
        }
        recipe?.scratchBytes = sortScratchBytes(type, Int(columns))
        return recipe
    }

    private func isUsed(_ value: Int) -> Bool { draft.uses.count[value] > 0 }

    // MARK: Random numbers

    func randomBits(_ index: Int, _ draw: RandomDraw) -> Recipe? {
        let count = Int64(outputType(index).count)
        return kernel(index, nanosecondsPerByte: 0.4) { arguments in
            let state = Self.state(arguments[0])
            let key = state.key(of: draw)
            weft_philox_bits(
                key.0, key.1, 0, state.words.2, state.words.3, count,
                arguments[1].assumingMemoryBound(to: UInt32.self))
            return WEFT_OK
        }
    }

    func foldRandom(_ index: Int) -> Recipe? {
        kernel(index) { arguments in
            let state = Self.state(arguments[0]).folded(arguments.load(1, as: Int64.self))
            arguments[2].storeBytes(of: state.words.0, as: UInt32.self)
            arguments[2].storeBytes(of: state.words.1, toByteOffset: 4, as: UInt32.self)
            arguments[2].storeBytes(of: state.words.2, toByteOffset: 8, as: UInt32.self)
            arguments[2].storeBytes(of: state.words.3, toByteOffset: 12, as: UInt32.self)
            return WEFT_OK
        }
    }

    private static func state(_ memory: UnsafeRawPointer) -> RandomState {
        let words = memory.assumingMemoryBound(to: UInt32.self)
        var state = RandomState(seed: 0, step: 0)
        state.words = (words[0], words[1], words[2], words[3])
        return state
    }
}
