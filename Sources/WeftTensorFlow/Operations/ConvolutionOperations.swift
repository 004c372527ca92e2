// SPDX-License-Identifier: Apache-2.0
import Weft

/// Convolutions, and what TensorFlow's gradients of them compute.
enum ConvolutionOperations {
    static let all: [OperationDefinition] = images + depthwise + volumes + dilations

    private static let images: [OperationDefinition] = [
        OperationDefinition("Conv2D", defaults: ImageWindow.defaults) { call in
            try ImageWindow(call, spatialRank: 2).convolved(
                try call.tensor(0), try call.tensor(1))
        },
        OperationDefinition("Conv2DBackpropInput", defaults: ImageWindow.defaults) { call in
            try inputGradient(call, spatialRank: 2)
        },
        OperationDefinition("Conv2DBackpropFilter", defaults: ImageWindow.defaults) { call in
            try filterGradient(call, spatialRank: 2)
        },
    ]

    private static func inputGradient(_ call: NodeCall, spatialRank: Int) throws -> AnyTensor {
        let window = try ImageWindow(call, spatialRank: spatialRank)
        let (filter, seed) = (try call.tensor(1), try call.tensor(2))
        let x = try call.zeros(seed.dtype, sizes: 0)
        return try call.gradient(at: x, from: seed) { window.convolved($0, filter) }
    }

    private static func filterGradient(_ call: NodeCall, spatialRank: Int) throws -> AnyTensor {
        let window = try ImageWindow(call, spatialRank: spatialRank)
        let (x, seed) = (try call.tensor(0), try call.tensor(2))
        let filter = try call.zeros(seed.dtype, sizes: 1)
        return try call.gradient(at: filter, from: seed) { window.convolved(x, $0) }
    }

    private static let depthwise: [OperationDefinition] = [
        OperationDefinition("DepthwiseConv2dNative", defaults: ImageWindow.defaults) { call in
            try ImageWindow(call, spatialRank: 2).depthwiseConvolved(
                try call.tensor(0), try call.tensor(1))
        },
        OperationDefinition(
            "DepthwiseConv2dNativeBackpropInput", defaults: ImageWindow.defaults
        ) { call in
            let window = try ImageWindow(call, spatialRank: 2)
            let (filter, seed) = (try call.tensor(1), try call.tensor(2))
            let x = try call.zeros(seed.dtype, sizes: 0)
            return try call.gradient(at: x, from: seed) { window.depthwiseConvolved($0, filter) }
        },
        OperationDefinition(
            "DepthwiseConv2dNativeBackpropFilter", defaults: ImageWindow.defaults
        ) { call in
            let window = try ImageWindow(call, spatialRank: 2)
            let (x, seed) = (try call.tensor(0), try call.tensor(2))
            let filter = try call.zeros(seed.dtype, sizes: 1)
            return try call.gradient(at: filter, from: seed) { window.depthwiseConvolved(x, $0) }
        },
    ]

    private static let volumes: [OperationDefinition] = [
        OperationDefinition("Conv3D", defaults: ImageWindow.volumeDefaults) { call in
            try ImageWindow(call, spatialRank: 3).convolved(
                try call.tensor(0), try call.tensor(1))
        },
        OperationDefinition("Conv3DBackpropInputV2", defaults: ImageWindow.volumeDefaults) { call in
            try inputGradient(call, spatialRank: 3)
        },
        OperationDefinition("Conv3DBackpropFilterV2", defaults: ImageWindow.volumeDefaults) {
            call in
            try filterGradient(call, spatialRank: 3)
        },
        // The first versions are given arrays, and not only their sizes.
        OperationDefinition("Conv3DBackpropInput", defaults: ImageWindow.volumeDefaults) { call in
            let window = try ImageWindow(call, spatialRank: 3)
            let filter = try call.tensor(1)
            return try call.gradient(
                at: .zeros(like: try call.tensor(0)), from: try call.tensor(2)
            ) { window.convolved($0, filter) }
        },
        OperationDefinition("Conv3DBackpropFilter", defaults: ImageWindow.volumeDefaults) { call in
            let window = try ImageWindow(call, spatialRank: 3)
            let x = try call.tensor(0)
            return try call.gradient(
                at: .zeros(like: try call.tensor(1)), from: try call.tensor(2)
            ) { window.convolved(x, $0) }
        },
    ]

    private static let dilations: [OperationDefinition] = [
        OperationDefinition("Dilation2D") { call in
            try dilated(call, try call.tensor(0), try call.tensor(1))
        },
        OperationDefinition("Dilation2DBackpropInput") { call in
            let filter = try call.tensor(1)
            return try call.gradient(at: try call.tensor(0), from: try call.tensor(2)) {
                try dilated(call, $0, filter)
            }
        },
        OperationDefinition("Dilation2DBackpropFilter") { call in
            let x = try call.tensor(0)
            return try call.gradient(at: try call.tensor(1), from: try call.tensor(2)) {
                try dilated(call, x, $0)
            }
        },
    ]

    /// The greatest sum of an element and one of the filter in each window; of equal ones the first counts.
    private static func dilated(
        _ call: NodeCall, _ x: AnyTensor, _ filter: AnyTensor
    ) throws -> AnyTensor {
        let window = try ImageWindow(call, spatialRank: 2, dilations: "rates")
        let (sizes, own) = (
            try call.dimensions(of: x, "the images"), try call.dimensions(of: filter, "the filter")
        )
        guard sizes.count == 4, own.count == 3, sizes[3] == own[2] else {
            throw call.error(.malformed, "\(filter.type) is no filter of \(x.type)")
        }
        let sides = (0..<2).map { axis -> (before: Int, after: Int) in
            guard window.padding == .same,
                let extent = ConvolutionAttributes.dilated(own[axis], window.dilations[axis]).value
            else { return (0, 0) }
            let padding = ConvolutionAttributes.AxisPadding.same.resolved(
                input: sizes[axis + 1], window: extent, stride: window.strides[axis])
            return (padding.low, padding.high)
        }
        // Whole numbers are computed as others, which have a number below all.
        let (wide, weights) =
            x.dtype.isInteger ? (x.cast(to: .float64), filter.cast(to: .float64)) : (x, filter)
        let around = wide.padded(
            with: .scalar(-.infinity, wide.dtype), sizes: [(0, 0)] + sides + [(0, 0)])
        let patches = around.patches(
            size: Array(own[..<2]), strides: window.strides, dilations: window.dilations)
        let found = try call.dimensions(of: patches, "the windows")
        let sums =
            patches.reshaped(to: [found[0], found[1], found[2], own[0] * own[1], own[2]])
            + weights.reshaped(to: [own[0] * own[1], own[2]])
        let greatest = stopGradient(sums).argMax(axis: 3, keepingDimensions: true)
        return sums.gathered(along: 3, at: greatest).squeezed(axes: [3]).cast(to: x.dtype)
    }
}
