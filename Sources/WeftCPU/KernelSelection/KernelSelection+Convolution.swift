// SPDX-License-Identifier: Apache-2.0
import COneDNN
import CWeftKernels
import WeftGraph

extension KernelSelection {
    func convolution(
        _ index: Int, _ part: VendorConvolution.Part, _ attributes: ConvolutionAttributes
    ) throws -> Recipe? {
        let (input, filter, output) =
            switch part {
            case .forward: (inputType(index, 0), inputType(index, 1), outputType(index))
            case .inputGradient: (outputType(index), inputType(index, 1), inputType(index, 0))
            case .filterGradient: (inputType(index, 0), outputType(index), inputType(index, 1))
            }
        let rank = attributes.spatialRank
        let perOutput = Double(filter.shape.dropLast().volume)
        let flops = 2 * Double(output.count) * perOutput
        let description = VendorConvolution.Spec(
            part: part, attributes: attributes, input: input, filter: filter, output: output)
        if let vendor = compiler.kernels.convolution(description) {
            var result = kernel(index, flops: flops) { _ in WEFT_OK }
            result?.body = .frame { frame, arguments, step in
                let packed = frame.packedWeights(of: step)
                let status = vendor.run(arguments, packed: packed)
                if status != WEFT_DNN_OK {
                    throw KernelFailure.vendorError(step, status, in: frame.plan.program)
                }
            }
            result?.usesVendor = true
            result?.scratchBytes = vendor.scratchBytes
            if part == .forward, let input = result?.inputs[1], isSteady(input) {
                result?.packing = Recipe.Packing(input: 1, weights: vendor)
            }
            return result
        }
        var spec = weft_convolution()
        spec.spatial_rank = Int32(rank)
        spec.batch = Int64(input.shape[0])
        spec.in_channels = Int64(input.shape[rank + 1])
        spec.out_channels = Int64(filter.shape[rank + 1])
        spec.groups = Int64(attributes.groups)
        fill(&spec.input, with: input.shape[1...rank], as: Int64.self)
        fill(&spec.filter, with: filter.shape[..<rank], as: Int64.self)
        fill(&spec.strides, with: attributes.strides, as: Int64.self)
        fill(&spec.low_padding, with: attributes.padding.map(\.low), as: Int64.self)
        fill(&spec.high_padding, with: attributes.padding.map(\.high), as: Int64.self)
        fill(&spec.input_dilation, with: attributes.inputDilation, as: Int64.self)
        fill(&spec.filter_dilation, with: attributes.filterDilation, as: Int64.self)
        let (table, dtype) = (CTable(one: spec), output.dtype.kernelType)
        let (left, right) = (input.dtype.kernelType, filter.dtype.kernelType)
        var result =
            switch part {
            case .forward:
                kernel(index, flops: flops) {
                    weft_convolve(left, right, dtype, table.pointer, $0[0], $0[1], $0[2])
                }
            case .inputGradient:
                kernel(index, flops: flops) {
                    weft_convolve_input_gradient(dtype, table.pointer, $0[0], $0[1], $0[2])
                }
            case .filterGradient:
                kernel(index, flops: flops) {
                    weft_convolve_filter_gradient(dtype, table.pointer, $0[0], $0[1], $0[2])
                }
            }
        // Smaller elements are widened first.
        result?.scratchBytes = [input, filter, output].filter { $0.dtype.size < 8 }
            .reduce(0) { $0 + 8 * $1.count }
        return result
    }
}
