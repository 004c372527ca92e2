// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftGraph

/// Convolutions, pools, margins and normalisations as they were recorded.
extension GoldenLayer {
    static var convolutions: [String: GoldenLayer] {
        var all: [String: GoldenLayer] = [:]
        all["conv1D"] = .init(Conv1D<T>("l", filters: 4, kernelSize: [3], strides: [2]))
        all["conv2D, groups"] = .init(
            Conv2D<T>(
                "l", filters: 6, kernelSize: [3, 2], strides: [2, 1],
                padding: .explicit(low: [1, 0], high: [1, 0]), groups: 2))
        all["conv2D, dilated"] = .init(
            Conv2D<T>(
                "l", filters: 3, kernelSize: [3], padding: .explicit(low: [2, 2], high: [2, 2]),
                dilations: [2]))
        all["conv3D"] = .init(
            Conv3D<T>("l", inputs: 2, filters: 3, kernelSize: [2], strides: [1, 2, 1]))
        all["transposedConv1D"] = .init(
            TransposedConv1D<T>(
                "l", filters: 2, kernelSize: [3], strides: [2],
                padding: .explicit(low: [1], high: [1]), outputSizes: [10]))
        all["transposedConv2D"] = .init(
            TransposedConv2D<T>(
                "l", filters: 2, kernelSize: [3], strides: [2],
                padding: .explicit(low: [1, 1], high: [1, 1]), groups: 2))
        all["transposedConv3D"] = .init(
            TransposedConv3D<T>(
                "l", filters: 3, kernelSize: [2, 3, 2], strides: [2, 1, 1], dilations: [1, 1, 2]))
        all["depthwiseConv1D"] = .init(
            DepthwiseConv1D<T>(
                "l", multiplier: 2, kernelSize: [3], strides: [2],
                padding: .explicit(low: [1], high: [1])))
        all["depthwiseConv2D"] = .init(
            DepthwiseConv2D<T>("l", multiplier: 2, kernelSize: [3], dilations: [2]))
        all["depthwiseConv3D"] = .init(DepthwiseConv3D<T>("l", kernelSize: [2]))
        all["separableConv2D"] = .init(
            SeparableConv2D<T>(
                "l", filters: 3, multiplier: 2, kernelSize: [3], padding: .same))
        return all
    }

    static var pools: [String: GoldenLayer] {
        var all: [String: GoldenLayer] = [:]
        all["maxPool1D"] = .init(MaxPool1D<T>(size: [3], strides: [2]))
        all["maxPool2D"] = .init(MaxPool2D<T>(size: [2, 3], strides: [2, 1]))
        all["maxPool2D, dilated"] = .init(MaxPool2D<T>(strides: [1], dilations: [2]))
        all["maxPool3D"] = .init(
            MaxPool3D<T>(padding: .explicit(low: [1, 1, 1], high: [1, 1, 1])))
        all["averagePool1D"] = .init(AveragePool1D<T>(size: [3]))
        all["averagePool2D"] = .init(
            AveragePool2D<T>(
                size: [3], strides: [2], padding: .explicit(low: [1, 1], high: [1, 1])))
        all["averagePool3D"] = .init(AveragePool3D<T>(size: [2, 2, 3]))
        all["globalMaxPool"] = .init(GlobalMaxPool<T>())
        all["globalAveragePool"] = .init(GlobalAveragePool<T>())
        all["adaptiveAveragePool1D"] = .init(AdaptiveAveragePool1D<T>(outputSizes: [3]))
        all["adaptiveAveragePool2D"] = .init(AdaptiveAveragePool2D<T>(outputSizes: [3, 7]))
        all["adaptiveMaxPool2D"] = .init(AdaptiveMaxPool2D<T>(outputSizes: [2, 3]))
        all["adaptiveMaxPool3D"] = .init(AdaptiveMaxPool3D<T>(outputSizes: [2, 2, 1]))
        return all
    }

    static var margins: [String: GoldenLayer] {
        var all: [String: GoldenLayer] = [:]
        all["pad, zeros"] = .init(Pad<T>(low: [1, 0], high: [1, 2]))
        all["pad, constant"] = .init(Pad<T>([1], filling: .constant(0.5)))
        all["pad, reflect"] = .init(Pad<T>(low: [2, 3], high: [0, 1], filling: .reflect))
        all["pad, edge"] = .init(Pad<T>(low: [2, 3], high: [0, 1], filling: .edge))
        all["crop"] = .init(Crop<T>(low: [1, 0], high: [0, 2]))
        all["upsample, nearest"] = .init(Upsample<T>(by: [2, 3]))
        all["upsample, linear"] = .init(Upsample<T>(by: [2], method: .linear))
        all["PReLU"] = .init(PReLU<T>("l"))
        all["PReLU, shared"] = .init(PReLU<T>("l", isShared: true))
        return all
    }

    static var norms: [String: GoldenLayer] {
        var all: [String: GoldenLayer] = [:]
        all["layerNorm"] = .init(LayerNorm<T>("l"))
        all["rmsNorm"] = .init(RMSNorm<T>("l"))
        all["groupNorm"] = .init(GroupNorm<T>("l", groups: 3))
        all["instanceNorm"] = .init(InstanceNorm<T>("l"))
        return all
    }
}
