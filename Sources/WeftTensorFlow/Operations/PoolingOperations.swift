// SPDX-License-Identifier: Apache-2.0
import Weft

/// The greatest elements and the means of windows, and what TensorFlow's gradients of them compute.
enum PoolingOperations {
    static let all: [OperationDefinition] = maxima + volumes + means + places

    private static let maxima: [OperationDefinition] =
        [
            OperationDefinition("MaxPool", defaults: ImageWindow.defaults) { call in
                try ImageWindow(call, spatialRank: 2).maximum(try call.tensor(0))
            },
            OperationDefinition("MaxPoolV2", defaults: ImageWindow.defaults) { call in
                try computedWindow(call, at: 1).maximum(try call.tensor(0))
            },
            OperationDefinition("MaxPoolGrad", defaults: ImageWindow.defaults) { call in
                try gradient(call, try ImageWindow(call, spatialRank: 2))
            },
            OperationDefinition("MaxPoolGradV2", defaults: ImageWindow.defaults) { call in
                try gradient(call, try computedWindow(call, at: 3))
            },
            OperationDefinition("MaxPoolGradGrad", defaults: ImageWindow.defaults) { call in
                try secondGradient(call, try ImageWindow(call, spatialRank: 2))
            },
            OperationDefinition("MaxPoolGradGradV2", defaults: ImageWindow.defaults) { call in
                try secondGradient(call, try computedWindow(call, at: 3))
            },
        ]

    /// A window whose sizes and strides are inputs.
    private static func computedWindow(_ call: NodeCall, at position: Int) throws -> ImageWindow {
        try ImageWindow(
            call, spatialRank: 2, sizes: try call.integers(position),
            strides: try call.integers(position + 1))
    }

    private static func gradient(_ call: NodeCall, _ window: ImageWindow) throws -> AnyTensor {
        try call.gradient(at: try call.tensor(0), from: try call.tensor(2)) { window.maximum($0) }
    }

    /// Of each window the element at the place of its maximum.
    private static func secondGradient(
        _ call: NodeCall, _ window: ImageWindow
    ) throws -> AnyTensor {
        try picked(call, window, at: try call.tensor(0), from: try call.tensor(2))
    }

    private static func picked(
        _ call: NodeCall, _ window: ImageWindow, at x: AnyTensor, from elements: AnyTensor
    ) throws -> AnyTensor {
        // The gradient puts elements into these places; the gradient of that takes them from there.
        let maxima = AnyTensor.zeros(like: window.maximum(x))
        return try call.gradient(at: maxima, from: elements) { seed in
            try call.gradient(at: x, from: seed) { window.maximum($0) }
        }
    }

    private static let volumes: [OperationDefinition] = [
        OperationDefinition("MaxPool3D", defaults: ImageWindow.volumeDefaults) { call in
            try ImageWindow(call, spatialRank: 3).maximum(try call.tensor(0))
        },
        OperationDefinition("MaxPool3DGrad", defaults: ImageWindow.volumeDefaults) { call in
            try gradient(call, try ImageWindow(call, spatialRank: 3))
        },
        OperationDefinition("MaxPool3DGradGrad", defaults: ImageWindow.volumeDefaults) { call in
            try secondGradient(call, try ImageWindow(call, spatialRank: 3))
        },
    ]

    private static let means: [OperationDefinition] = [
        OperationDefinition("AvgPool", defaults: ImageWindow.defaults) { call in
            try ImageWindow(call, spatialRank: 2).mean(try call.tensor(0))
        },
        OperationDefinition("AvgPool3D", defaults: ImageWindow.volumeDefaults) { call in
            try ImageWindow(call, spatialRank: 3).mean(try call.tensor(0))
        },
        OperationDefinition("AvgPoolGrad", defaults: ImageWindow.defaults) { call in
            try meanGradient(call, spatialRank: 2)
        },
        OperationDefinition("AvgPool3DGrad", defaults: ImageWindow.volumeDefaults) { call in
            try meanGradient(call, spatialRank: 3)
        },
    ]

    private static func meanGradient(_ call: NodeCall, spatialRank: Int) throws -> AnyTensor {
        let window = try ImageWindow(call, spatialRank: spatialRank)
        let seed = try call.tensor(1)
        return try call.gradient(at: try call.zeros(seed.dtype, sizes: 0), from: seed) {
            window.mean($0)
        }
    }

    private static let places: [OperationDefinition] = [
        OperationDefinition(
            "MaxPoolWithArgmax", outputs: ["output", "argmax"],
            defaults: ["Targmax": .type(.int64), "include_batch_in_index": false],
            tensors: { call in
                let window = try ImageWindow(call, spatialRank: 2)
                let x = try call.tensor(0)
                // A double holds the number of each element exactly.
                let wide = x.cast(to: .float64)
                let numbers = try elementNumbers(call, like: x).cast(to: .float64)
                let places = try picked(call, window, at: wide, from: numbers)
                return [window.maximum(x), places.cast(to: try call.dtype("Targmax"))]
            }),
        OperationDefinition("MaxPoolGradWithArgmax", defaults: ["include_batch_in_index": false]) {
            call in
            let (x, seed) = (try call.tensor(0), try call.tensor(1))
            let flat = AnyTensor.zeros(like: x, dtype: seed.dtype).reshaped(to: [-1])
            return flat.scattering(
                seed.reshaped(to: [-1]), at: try argmax(call, x).reshaped(to: [-1]), combining: .add
            ).reshaped(like: x)
        },
        OperationDefinition(
            "MaxPoolGradGradWithArgmax", defaults: ["include_batch_in_index": false]
        ) { call in
            let (x, elements) = (try call.tensor(0), try call.tensor(1))
            return elements.reshaped(to: [-1]).gathered(at: try argmax(call, x))
        },
    ]

    /// The numbers of the elements, counted in each example anew or not.
    private static func elementNumbers(_ call: NodeCall, like x: AnyTensor) throws -> AnyTensor {
        let numbers = AnyTensor.iota(like: x.reshaped(to: [-1]), dtype: .int64).reshaped(like: x)
        return try call.bool("include_batch_in_index") ? numbers : numbers % exampleCount(x)
    }

    private static func exampleCount(_ x: AnyTensor) -> AnyTensor {
        maximum(x.sizes.sliced(axis: 0, 1, nil).product(), .scalar(1, .int64))
    }

    /// The given places of maxima, counted through all examples.
    private static func argmax(_ call: NodeCall, _ x: AnyTensor) throws -> AnyTensor {
        let places = try call.tensor(2).cast(to: .int64)
        if try call.bool("include_batch_in_index") { return places }
        return places + AnyTensor.iota(like: places, axis: 0) * exampleCount(x)
    }
}
