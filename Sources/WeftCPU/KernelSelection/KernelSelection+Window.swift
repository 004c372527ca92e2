// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

extension KernelSelection {
    private func description(
        _ index: Int, _ attributes: WindowAttributes, over shape: [Int]
    ) throws -> CTable<weft_window> {
        try requireRank(index, shape)
        var window = weft_window()
        window.rank = Int32(shape.count)
        fill(&window.dims, with: shape, as: Int64.self)
        fill(&window.window, with: attributes.sizes, as: Int64.self)
        fill(&window.strides, with: attributes.strides, as: Int64.self)
        fill(&window.low_padding, with: attributes.padding.map(\.low), as: Int64.self)
        fill(&window.high_padding, with: attributes.padding.map(\.high), as: Int64.self)
        fill(&window.dilations, with: attributes.dilations, as: Int64.self)
        return CTable(one: window)
    }

    private func operations(_ attributes: WindowAttributes, _ type: ArrayType) -> Double {
        attributes.sizes.reduce(Double(type.count)) { $0 * Double($1) }
    }

    func window(
        _ index: Int, _ reduction: WindowKind, _ attributes: WindowAttributes
    ) throws -> Recipe? {
        let type = inputType(index, 0)
        let attributes = attributes.clipped(to: type.shape, outputs: outputType(index).shape)
        let table = try description(index, attributes, over: type.shape)
        let dtype = type.dtype.kernelType
        let kind =
            switch reduction {
            case .sum: WEFT_REDUCE_SUM
            case .maximum: WEFT_REDUCE_MAX
            case .minimum: WEFT_REDUCE_MIN
            }
        return kernel(index, flops: operations(attributes, outputType(index))) {
            weft_window_reduce(kind, dtype, table.pointer, $0[0], $0[1])
        }
    }

    func windowSumGradient(_ index: Int, _ attributes: WindowAttributes) throws -> Recipe? {
        let type = outputType(index)
        let attributes = attributes.clipped(to: type.shape, outputs: inputType(index, 0).shape)
        let table = try description(index, attributes, over: type.shape)
        let dtype = type.dtype.kernelType
        return kernel(index, flops: operations(attributes, inputType(index, 0))) {
            weft_window_sum_gradient(dtype, table.pointer, $0[0], $0[1])
        }
    }

    func maxPoolGradient(_ index: Int, _ attributes: WindowAttributes) throws -> Recipe? {
        let type = outputType(index)
        let attributes = attributes.clipped(to: type.shape, outputs: inputType(index, 1).shape)
        let table = try description(index, attributes, over: type.shape)
        let dtype = type.dtype.kernelType
        var recipe = kernel(index, flops: operations(attributes, inputType(index, 1))) {
            weft_window_max_gradient(dtype, table.pointer, $0[0], $0[1], $0[2])
        }
        // Sums of smaller floats are made in 64 bits.
        if type.dtype.size < 8 { recipe?.scratchBytes = 8 * type.count }
        return recipe
    }

    func maxPoolPick(_ index: Int, _ attributes: WindowAttributes) throws -> Recipe? {
        let type = inputType(index, 0)
        let attributes = attributes.clipped(to: type.shape, outputs: outputType(index).shape)
        let table = try description(index, attributes, over: type.shape)
        let dtype = type.dtype.kernelType
        return kernel(index, flops: operations(attributes, outputType(index))) {
            weft_window_max_pick(dtype, table.pointer, $0[0], $0[1], $0[2])
        }
    }
}
