// SPDX-License-Identifier: Apache-2.0
import Weft

/// Colours, crops and boxes of images.
enum ImageOperations {
    static let all: [OperationDefinition] = colours + crops + boxes

    private static let colours: [OperationDefinition] = [
        OperationDefinition("RGBToHSV") { try hsv(channels(try $0.tensor(0), $0)) },
        OperationDefinition("HSVToRGB") { try rgb(channels(try $0.tensor(0), $0)) },
        OperationDefinition("AdjustHue") { call in
            let x = try call.tensor(0)
            let all = try channels(hsv(channels(x.widened, call)), call)
            let hue =
                (all[0] + (try call.tensor(1)).cast(to: all[0].dtype)) % .scalar(1, all[0].dtype)
            return rgb([hue, all[1], all[2]]).cast(to: x.dtype)
        },
        OperationDefinition("AdjustSaturation") { call in
            let x = try call.tensor(0)
            let all = try channels(hsv(channels(x.widened, call)), call)
            let (zero, one) = (AnyTensor.scalar(0, all[0].dtype), AnyTensor.scalar(1, all[0].dtype))
            let saturation = (all[1] * (try call.tensor(1)).cast(to: all[0].dtype))
                .clipped(from: zero, to: one)
            return rgb([all[0], saturation, all[2]]).cast(to: x.dtype)
        },
        OperationDefinition("AdjustContrastv2") { call in
            let x = try call.tensor(0)
            let wide = x.widened
            let mean = wide.mean(axes: [-3, -2], keepingDimensions: true)
            return ((wide - mean) * (try call.tensor(1)).cast(to: wide.dtype) + mean)
                .cast(to: x.dtype)
        },
        OperationDefinition("AdjustContrast") { call in
            let x = try call.tensor(0).cast(to: .float32)
            let mean = x.mean(axes: [-3, -2], keepingDimensions: true)
            return ((x - mean) * (try call.tensor(1)) + mean)
                .clipped(from: try call.tensor(2), to: try call.tensor(3))
        },
    ]

    /// The three channels, each with an axis of size 1.
    private static func channels(_ x: AnyTensor, _ call: NodeCall) throws -> [AnyTensor] {
        guard try call.rank(of: x, "the images") >= 1, x.shape[-1] ?? 3 == 3 else {
            throw call.error(.malformed, "\(x.type) has not three channels")
        }
        return x.split(into: 3, axis: -1)
    }

    private static func hsv(_ channels: [AnyTensor]) -> AnyTensor {
        let (r, g, b) = (channels[0], channels[1], channels[2])
        func number(_ number: Double) -> AnyTensor { .scalar(number, r.dtype) }
        let value = maximum(r, maximum(g, b))
        let range = value - minimum(r, minimum(g, b))
        let saturation = select(value .> number(0), range / value, number(0))
        let unit = number(1) / (range * number(6))
        let turned = select(
            r .== value, unit * (g - b),
            select(
                g .== value, unit * (b - r) + number(2.0 / 6), unit * (r - g) + number(4.0 / 6)))
        let hue = select(range .> number(0), turned, number(0))
        return concatenated(
            [select(hue .< number(0), hue + number(1), hue), saturation, value], axis: -1)
    }

    private static func rgb(_ channels: [AnyTensor]) -> AnyTensor {
        let (h, s, v) = (channels[0], channels[1], channels[2])
        func number(_ number: Double) -> AnyTensor { .scalar(number, h.dtype) }
        let turn = h * number(6)
        let parts = [
            abs(turn - number(3)) - number(1), number(2) - abs(turn - number(2)),
            number(2) - abs(turn - number(4)),
        ]
        return concatenated(
            parts.map {
                (number(1) - s + s * $0.clipped(from: number(0), to: number(1))) * v
            }, axis: -1)
    }

    private static let crops: [OperationDefinition] = [
        OperationDefinition(
            "CropAndResize", defaults: ["method": "bilinear", "extrapolation_value": 0.0]
        ) { call in
            try cropped(
                call, try call.tensor(0).cast(to: .float32), try call.tensor(1),
                try call.tensor(2), to: try call.integers(3),
                outside: try call.float("extrapolation_value"))
        },
        OperationDefinition("CropAndResizeGradImage", defaults: ["method": "bilinear"]) { call in
            let (seed, type) = (try call.tensor(0), try call.dtype("T"))
            let (boxes, images) = (try call.tensor(1), try call.tensor(2))
            let sizes = try call.dimensions(of: seed, "the gradient")
            let x = try call.zeros(.float32, sizes: 3)
            return try call.gradient(at: x, from: seed) {
                try cropped(call, $0, boxes, images, to: Array(sizes.dropFirst().dropLast()))
            }.cast(to: type)
        },
        OperationDefinition("CropAndResizeGradBoxes", defaults: ["method": "bilinear"]) { call in
            let (seed, images) = (try call.tensor(0), try call.tensor(3))
            let x = try call.tensor(1).cast(to: .float32)
            let sizes = try call.dimensions(of: seed, "the gradient")
            return try call.gradient(at: try call.tensor(2), from: seed) {
                try cropped(call, x, $0, images, to: Array(sizes.dropFirst().dropLast()))
            }
        },
    ]

    private static func cropped(
        _ call: NodeCall, _ x: AnyTensor, _ boxes: AnyTensor, _ images: AnyTensor, to sizes: [Int],
        outside: Double = 0
    ) throws -> AnyTensor {
        let method: ResizeMethod
        switch try call.string("method") {
        case "bilinear": method = .linear
        case "nearest": method = .nearest
        case let other: throw call.error(.malformed, "the method '\(other)' is none")
        }
        return x.crops(boxes: boxes, images: images, to: sizes, method: method, outside: outside)
    }

    private static let boxes: [OperationDefinition] = [
        OperationDefinition("NonMaxSuppression", defaults: ["iou_threshold": 0.5]) { call in
            try best(call, overlap: try call.float("iou_threshold"))
        },
        OperationDefinition("NonMaxSuppressionV2") { call in
            try best(call, overlap: try call.number(3))
        },
        OperationDefinition("NonMaxSuppressionV3") { call in
            try best(call, overlap: try call.number(3), least: try call.number(4))
        },
        OperationDefinition(
            "NonMaxSuppressionV4", outputs: ["selected_indices", "valid_outputs"],
            defaults: ["pad_to_max_output_size": false],
            tensors: { call in
                let found = try bestPadded(call)
                return [found.positions, found.count]
            }),
        OperationDefinition(
            "NonMaxSuppressionV5",
            outputs: ["selected_indices", "selected_scores", "valid_outputs"],
            defaults: ["pad_to_max_output_size": false],
            tensors: { call in
                if try call.tensor(5).knownNumbers != [0] {
                    let found = try BoxOperations.softlySuppressed(call)
                    guard found.count == 3, try !call.bool("pad_to_max_output_size") else {
                        return found
                    }
                    let count = found[2].cast(to: .int64).reshaped(to: [1])
                    return found[..<2].map {
                        $0.sliced(startingAt: AnyTensor.numbers([0]), sizes: count)
                    }
                        + [found[2]]
                }
                let found = try bestPadded(call)
                var scores = try call.tensor(1).gathered(at: found.positions)
                if try call.bool("pad_to_max_output_size") {
                    let isTaken = AnyTensor.iota(like: found.positions) .< found.count
                    scores = select(isTaken, scores, .zeros(like: scores))
                }
                return [found.positions, scores, found.count]
            }),
    ]

    private static func best(
        _ call: NodeCall, overlap: Double, least: Double = -.infinity
    ) throws -> AnyTensor {
        nonMaxSuppression(
            boxes: try call.tensor(0), scores: try call.tensor(1), most: try call.integer(2),
            overlap: overlap, leastScore: least
        ).cast(to: .int32)
    }

    private static func bestPadded(
        _ call: NodeCall
    ) throws -> (positions: AnyTensor, count: AnyTensor) {
        let (overlap, least) = (try call.number(3), try call.number(4))
        guard try call.bool("pad_to_max_output_size") else {
            let positions = try best(call, overlap: overlap, least: least)
            return (positions, positions.size(ofAxis: 0).cast(to: .int32))
        }
        let found = paddedNonMaxSuppression(
            boxes: try call.tensor(0), scores: try call.tensor(1), most: try call.integer(2),
            overlap: overlap, leastScore: least)
        return (found.positions.cast(to: .int32), found.found.cast(to: .int32))
    }
}

extension NodeCall {
    /// The only number of an input that is a constant: a limit, a factor.
    func number(_ position: Int) throws -> Double {
        let tensor = try tensor(position)
        if let error = tensor.error { throw error }
        guard case .primitive(.constant(let value)) = tensor.node.op,
            let numbers = try? value.array.cast(to: .float64).scalars(as: Double.self),
            numbers.count == 1
        else {
            throw error(
                .unsupported, "input \(position), \(tensor.type), must be one constant number")
        }
        return numbers[0]
    }
}
