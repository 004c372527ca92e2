// SPDX-License-Identifier: Apache-2.0
import COneDNN
import CWeftKernels
import WeftGraph

/// A convolution of oneDNN.
///
/// `@unchecked Sendable`: the handle is immutable.
final class VendorConvolution: PackableWeights, @unchecked Sendable {
    enum Part { case forward, inputGradient, filterGradient }

    struct Spec: Hashable {
        var part: Part
        var attributes: ConvolutionAttributes
        var input: ArrayType
        var filter: ArrayType
        var output: ArrayType

        fileprivate var types: ProductTypes {
            ProductTypes(lhs: input.dtype, rhs: filter.dtype, result: output.dtype)
        }
    }

    private let part: Part
    private let handle: OpaquePointer

    /// For every place of a row whose window reaches into padding, or whose filter's elements lie far
    /// apart, oneDNN generates code of its own: gigabytes of it where there are millions.
    private static let longestReach = 1 << 13

    /// nil where oneDNN has no such convolution: it takes no gaps in the input, no cropping, and for
    /// gradients 32-bit floats.
    init?(_ description: Spec) {
        let (attributes, input) = (description.attributes, description.input)
        let (filter, output) = (description.filter, description.output)
        let rank = attributes.spatialRank
        guard let types = VendorTypes(description.types),
            description.part == .forward || input.dtype == .float32,
            attributes.inputDilation.allSatisfy({ $0 == 1 }),
            attributes.padding.allSatisfy({
                (0...Self.longestReach).contains($0.low)
                    && (0...Self.longestReach).contains($0.high)
            }),
            zip(filter.shape, attributes.filterDilation).allSatisfy({
                $0 <= Self.longestReach && ($0 - 1) * $1 <= Self.longestReach
            }),
            input.count > 0, filter.count > 0, output.count > 0
        else { return nil }
        var spec = weft_dnn_conv_spec()
        (spec.input_type, spec.filter_type, spec.output_type) = (types.lhs, types.rhs, types.result)
        switch description.part {
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
        guard let handle = weft_dnn_conv_create(&spec) else { return nil }
        self.handle = handle
        part = description.part
    }

    deinit { weft_dnn_conv_destroy(handle) }

    /// What a run takes for itself.
    var scratchBytes: Int { weft_dnn_conv_scratch_bytes(handle) }

    var packedBytes: Int { weft_dnn_conv_packed_bytes(handle) }

    func pack(_ weights: UnsafeRawPointer, into copy: UnsafeMutableRawPointer) -> Bool {
        weft_dnn_conv_pack(handle, weights, copy) == WEFT_DNN_OK
    }

    /// - Parameter packed: A copy of the filter that ``pack(_:into:)`` made.
    func run(_ arrays: Arguments, packed: UnsafeRawPointer?) -> weft_dnn_status {
        func floats(_ position: Int) -> UnsafeMutablePointer<Float> {
            arrays[position].assumingMemoryBound(to: Float.self)
        }
        return switch part {
        case .forward where packed != nil:
            weft_dnn_conv_forward_packed(handle, arrays[0], packed, nil, arrays[2])
        case .forward: weft_dnn_conv_forward(handle, arrays[0], arrays[1], nil, arrays[2])
        case .inputGradient:
            weft_dnn_conv_backward_data(handle, floats(0), floats(1), floats(2))
        case .filterGradient:
            weft_dnn_conv_backward_filter(handle, floats(0), floats(1), floats(2), nil)
        }
    }
}
