// SPDX-License-Identifier: Apache-2.0
import Weft

/// Images of other sizes, and what TensorFlow's gradients of that compute.
enum ResizingOperations {
    static let all: [OperationDefinition] =
        [
            OperationDefinition("ResizeBilinear", defaults: defaults) { call in
                try resized(call, try call.tensor(0).cast(to: .float32), .linear)
            },
            OperationDefinition("ResizeBicubic", defaults: defaults) { call in
                try resized(call, try call.tensor(0).cast(to: .float32), try cubic(call))
            },
            OperationDefinition("ResizeNearestNeighbor", defaults: defaults) { call in
                try resized(call, try call.tensor(0), .nearest)
            },
            OperationDefinition("ResizeBilinearGrad", defaults: defaults) { call in
                try gradient(call, .linear)
            },
            OperationDefinition("ResizeBicubicGrad", defaults: defaults) { call in
                try gradient(call, try cubic(call))
            },
            OperationDefinition("ResizeNearestNeighborGrad", defaults: defaults) { call in
                // It is given the size of the images, not the images.
                let seed = try call.tensor(0)
                let sizes = seed.sizes
                let own = try call.tensor(1).cast(to: .int64)
                let all = concatenated([
                    sizes.sliced(axis: 0, 0, 1), own, sizes.sliced(axis: 0, 3, 4),
                ])
                let x =
                    all.knownIntegers.map { AnyTensor.zeros(seed.dtype, shape: $0) }
                    ?? .zeros(seed.dtype, shape: all)
                let target = sizes.sliced(axis: 0, 1, 3)
                let grid = try grid(call)
                return try call.gradient(at: x, from: seed) {
                    resized($0, to: target, .nearest, grid)
                }
            },
            OperationDefinition("ResizeArea", defaults: ["align_corners": false]) { call in
                try averaged(call)
            },
        ]

    private static let defaults: [String: AttributeDefault] = [
        "align_corners": false, "half_pixel_centers": false,
    ]

    private static func grid(_ call: NodeCall) throws -> ResizeGrid {
        if try call.bool("align_corners") {
            guard try !call.bool("half_pixel_centers") else {
                throw call.error(
                    .malformed, "'align_corners' and 'half_pixel_centers' exclude one another")
            }
            return .alignedCorners
        }
        return try call.bool("half_pixel_centers") ? .halfPixelCentres : .asymmetric
    }

    /// With pixels in their middles the cubic is Keys' own.
    private static func cubic(_ call: NodeCall) throws -> ResizeMethod {
        .cubic(try call.bool("half_pixel_centers") ? .tensorFlow : .tensorFlow1)
    }

    private static func resized(
        _ x: AnyTensor, to sizes: AnyTensor, _ method: ResizeMethod, _ grid: ResizeGrid
    ) -> AnyTensor {
        if let known = sizes.knownIntegers {
            return x.resized(to: known, method: method, grid: grid)
        }
        return x.resized(to: sizes, method: method, grid: grid)
    }

    private static func resized(
        _ call: NodeCall, _ x: AnyTensor, _ method: ResizeMethod
    ) throws -> AnyTensor {
        resized(x, to: try call.tensor(1), method, try grid(call))
    }

    private static func gradient(_ call: NodeCall, _ method: ResizeMethod) throws -> AnyTensor {
        let (seed, x) = (try call.tensor(0), try call.tensor(1))
        let target = seed.sizes.sliced(axis: 0, 1, 3)
        let grid = try grid(call)
        return try call.gradient(at: .zeros(like: x, dtype: seed.dtype), from: seed) {
            resized($0, to: target, method, grid)
        }.cast(to: x.dtype)
    }

    /// The means of the areas that pixels of the result cover.
    private static func averaged(_ call: NodeCall) throws -> AnyTensor {
        let x = try call.tensor(0)
        let (own, sizes) = (try call.dimensions(of: x, "the images"), try call.integers(1))
        guard own.count == 4, sizes.count == 2, sizes.allSatisfy({ $0 > 0 && $0 < 1 << 30 }) else {
            throw call.error(.malformed, "\(x.type) cannot be resized to \(sizes)")
        }
        let isAligned = try call.bool("align_corners")
        let weights = (0..<2).map { axis -> AnyTensor in
            let (from, to) = (own[axis + 1], sizes[axis])
            let scale =
                isAligned && to > 1
                ? Float(from - 1) / Float(to - 1) : Float(from) / Float(to)
            let step = AnyTensor.constant(NDArray(scale))
            let start = AnyTensor.iota(.float32, shape: [to, 1]) * step
            let end = start + step
            let pixel = AnyTensor.iota(.float32, shape: [1, from], axis: 1)
            // What lies beyond the last pixel is that.
            let isLast = pixel .== AnyTensor.scalar(Double(from - 1), .float32)
            let behind = select(isLast, .scalar(.infinity, .float32), pixel + .scalar(1, .float32))
            let covered = minimum(behind, end) - maximum(pixel, start)
            return maximum(covered, .scalar(0, .float32)) / step
        }
        return einsum("oh,pw,nhwc->nopc", of: weights + [x.cast(to: .float32)])
    }
}
