// SPDX-License-Identifier: Apache-2.0
import COneDNN
import CWeftKernels
import WeftGraph

/// Owns a convolution of oneDNN.
private final class VendorConvolution {
    let handle: OpaquePointer
    init(owning handle: OpaquePointer) { self.handle = handle }
    deinit { weft_dnn_conv_destroy(handle) }
}

extension Lowering {
    enum ConvolutionPart { case forward, inputGradient, filterGradient }

    func convolution(
        _ index: Int, _ part: ConvolutionPart, _ attributes: ConvolutionAttributes
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
        if let vendor = vendorConvolution(part, attributes, input, filter, output) {
            var result = kernel(index, flops: flops) { _ in WEFT_OK }
            result?.body = .frame(Self.vendorBody(part, vendor))
            result?.usesVendor = true
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
        let (table, dtype) = (CTable(one: spec), input.dtype.kernelType)
        switch part {
        case .forward:
            return kernel(index, flops: flops) {
                weft_convolve(dtype, table.pointer, $0[0], $0[1], $0[2])
            }
        case .inputGradient:
            return kernel(index, flops: flops) {
                weft_convolve_input_gradient(dtype, table.pointer, $0[0], $0[1], $0[2])
            }
        case .filterGradient:
            return kernel(index, flops: flops) {
                weft_convolve_filter_gradient(dtype, table.pointer, $0[0], $0[1], $0[2])
            }
        }
    }

    /// oneDNN's convolution where it has one: 32-bit floats, no gaps in the input, no cropping.
    private func vendorConvolution(
        _ part: ConvolutionPart, _ attributes: ConvolutionAttributes, _ input: ArrayType,
        _ filter: ArrayType, _ output: ArrayType
    ) -> VendorConvolution? {
        let rank = attributes.spatialRank
        guard input.dtype == .float32, attributes.inputDilation.allSatisfy({ $0 == 1 }),
            attributes.padding.allSatisfy({ $0.low >= 0 && $0.high >= 0 }),
            input.count > 0, filter.count > 0, output.count > 0
        else { return nil }
        var spec = weft_dnn_conv_spec()
        switch part {
        case .forward: spec.kind = WEFT_DNN_CONV_FORWARD
        case .inputGradient: spec.kind = WEFT_DNN_CONV_BACKWARD_DATA
        case .filterGradient: spec.kind = WEFT_DNN_CONV_BACKWARD_FILTER
        }
        spec.spatial_rank = Int32(rank)
        spec.batch = Int64(input.shape[0])
        spec.input_channels = Int64(input.shape[rank + 1])
        spec.output_channels = Int64(filter.shape[rank + 1])
        spec.groups = Int64(attributes.groups)
        fill(&spec.input, with: input.shape[1...rank], as: Int64.self)
        fill(&spec.kernel, with: filter.shape[..<rank], as: Int64.self)
        fill(&spec.output, with: output.shape[1...rank], as: Int64.self)
        fill(&spec.strides, with: attributes.strides, as: Int64.self)
        fill(&spec.dilations, with: attributes.filterDilation, as: Int64.self)
        fill(&spec.padding_low, with: attributes.padding.map(\.low), as: Int64.self)
        fill(&spec.padding_high, with: attributes.padding.map(\.high), as: Int64.self)
        spec.threads = Int32(compiler.threads)
        return weft_dnn_conv_create(&spec).map(VendorConvolution.init(owning:))
    }

    private static func vendorBody(
        _ part: ConvolutionPart, _ vendor: VendorConvolution
    ) -> FrameStep.Body {
        func floats(_ memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Float> {
            memory.assumingMemoryBound(to: Float.self)
        }
        return { frame, a, step in
            let status =
                switch part {
                case .forward:
                    weft_dnn_conv_forward(
                        vendor.handle, floats(a[0]), floats(a[1]), nil, floats(a[2]))
                case .inputGradient:
                    weft_dnn_conv_backward_data(
                        vendor.handle, floats(a[0]), floats(a[1]), floats(a[2]))
                case .filterGradient:
                    weft_dnn_conv_backward_filter(
                        vendor.handle, floats(a[0]), floats(a[1]), floats(a[2]), nil)
                }
            if status != WEFT_DNN_OK {
                throw KernelFailure.vendorError(step, in: frame.plan.program)
            }
        }
    }
}
