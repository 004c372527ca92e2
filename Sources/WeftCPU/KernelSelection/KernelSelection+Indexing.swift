// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

extension KernelSelection {
    private static func mode(_ mode: IndexMode) -> weft_index_mode {
        switch mode {
        case .checked: WEFT_INDEX_ERROR
        case .clamped: WEFT_INDEX_CLAMP
        case .ignored: WEFT_INDEX_DROP
        }
    }

    func gather(_ index: Int, _ attributes: GatherAttributes) throws -> Recipe? {
        let (operand, indices) = (inputType(index, 0), inputType(index, 1))
        try requireRank(index, operand.shape, indices.shape, outputType(index).shape)
        var spec = weft_gather_spec()
        spec.operand_rank = Int32(operand.shape.count)
        spec.indices_rank = Int32(indices.shape.count)
        spec.index_vector_dim = Int32(attributes.indexVectorAxis)
        spec.offset_count = Int32(attributes.offsetAxes.count)
        spec.collapsed_count = Int32(attributes.collapsedAxes.count)
        spec.map_count = Int32(attributes.startIndexMap.count)
        fill(&spec.offset_dims, with: attributes.offsetAxes.sorted(), as: Int32.self)
        fill(&spec.collapsed_slice_dims, with: attributes.collapsedAxes.sorted(), as: Int32.self)
        fill(&spec.start_index_map, with: attributes.startIndexMap, as: Int32.self)
        fill(&spec.operand_dims, with: operand.shape, as: Int64.self)
        fill(&spec.indices_dims, with: indices.shape, as: Int64.self)
        let sizes = zip(attributes.sliceSizes, operand.shape).map { $0 < 0 ? $1 : $0 }
        fill(&spec.slice_sizes, with: sizes, as: Int64.self)
        let table = CTable(one: spec)
        let (size, mode) = (Int64(operand.dtype.size), Self.mode(attributes.mode))
        let indexType = indices.dtype.kernelType
        var recipe = kernel(index, checks: true) {
            weft_gather(size, indexType, mode, table.pointer, $0[0], $0[1], $0[2])
        }
        // The table that is read from may be far larger than what is read.
        let bytes = 2 * outputType(index).byteCount + indices.byteCount
        recipe?.work = Work(nanoseconds: 20 + Double(bytes) * 0.2, bytes: bytes)
        return recipe
    }

    func scatter(
        _ index: Int, _ combination: ScatterKind, _ attributes: ScatterAttributes
    ) throws -> Recipe? {
        let (operand, indices) = (inputType(index, 0), inputType(index, 1))
        let updates = inputType(index, 2)
        try requireRank(index, operand.shape, indices.shape, updates.shape)
        var spec = weft_scatter_spec()
        spec.operand_rank = Int32(operand.shape.count)
        spec.indices_rank = Int32(indices.shape.count)
        spec.updates_rank = Int32(updates.shape.count)
        spec.index_vector_dim = Int32(attributes.indexVectorAxis)
        spec.window_count = Int32(attributes.updateWindowAxes.count)
        spec.inserted_count = Int32(attributes.insertedWindowAxes.count)
        spec.map_count = Int32(attributes.scatterAxesToOperandAxes.count)
        fill(&spec.update_window_dims, with: attributes.updateWindowAxes, as: Int32.self)
        fill(
            &spec.inserted_window_dims, with: attributes.insertedWindowAxes.sorted(),
            as: Int32.self)
        fill(
            &spec.scatter_dims_to_operand_dims, with: attributes.scatterAxesToOperandAxes,
            as: Int32.self)
        fill(&spec.operand_dims, with: operand.shape, as: Int64.self)
        fill(&spec.indices_dims, with: indices.shape, as: Int64.self)
        fill(&spec.updates_dims, with: updates.shape, as: Int64.self)
        let combiner =
            switch combination {
            case .set: WEFT_SCATTER_SET
            case .add: WEFT_SCATTER_ADD
            case .multiply: WEFT_SCATTER_MUL
            case .maximum: WEFT_SCATTER_MAX
            case .minimum: WEFT_SCATTER_MIN
            }
        let table = CTable(one: spec)
        let (dtype, indexType) = (operand.dtype.kernelType, indices.dtype.kernelType)
        let mode = Self.mode(attributes.mode)
        var recipe = kernel(index, nanosecondsPerByte: 0.2, checks: true) {
            weft_scatter(
                dtype, indexType, combiner, mode, table.pointer, $0[0], $0[1], $0[2], $0[3])
        }
        // Sums of 16-bit floats are made in 32 bits.
        if operand.dtype.isFloatingPoint, operand.dtype.size == 2 {
            recipe?.scratchBytes = 4 * (operand.count + updates.count)
        }
        return recipe.map(Self.updatingInPlace)
    }
}
